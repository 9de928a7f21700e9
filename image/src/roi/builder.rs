//! A region from a mask that is streamed in.

use std::collections::BTreeSet;

use ndarray::ArrayView3;

use super::{
    Labels, Roi, Run,
    values::{MAX_LISTED, Values},
};
use crate::{
    error::{Detail, ErrorKind, Result},
    grid::{Affine, Grid, IndexBox},
    stretches::{each_row, each_stretch},
    text::listed,
    volume::Voxel,
};

/// Maximum number of voxels of a region; the canal of a whole spine at 0.4 mm has a seventh of it.
const MAX_VOXELS: usize = 1 << 24;

impl Roi {
    /// The region of an array indexed (i, j, k), with its affine to RAS+ mm.
    ///
    /// # Errors
    /// When a value is not a whole number, or no voxel belongs to the region.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, Labels, Roi};
    /// let mut mask = ndarray::Array3::<u8>::zeros((9, 9, 9));
    /// mask[[4, 5, 6]] = 1;
    /// let roi = Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero)?;
    /// assert_eq!(roi.voxels().collect::<Vec<_>>(), [[4, 5, 6]]);
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
    pub fn from_array<T: Voxel>(mask: ArrayView3<'_, T>, affine: Affine, labels: &Labels) -> Result<Self> {
        let grid = Grid::new(mask.dim().into(), affine)?;
        let mut builder = RoiBuilder::new(grid, labels.clone());
        each_row(&mask, |j, k, row| builder.add_row(j, k, row));
        builder.finish()
    }
}

/// Makes a [`Roi`] from a mask that is streamed in, row by row in memory order; the volume is never held.
///
/// # Example
/// ```
/// use hemastage_image::{Affine, Grid, Labels, roi::RoiBuilder};
/// let grid = Grid::new([64, 64, 2], Affine::from_spacing([0.5, 0.5, 4.0])?)?;
/// let mut builder = RoiBuilder::new(grid, Labels::Only(vec![3]));
/// let mut row = [0_u8; 64];
/// row[10..15].fill(3);
/// for k in 0..2 {
///     for j in 0..64 {
///         builder.add_row(j, k, if j == 20 { &row } else { &[0; 64] });
///     }
/// }
/// let roi = builder.finish()?;
/// assert_eq!((roi.len(), roi.volume_mm3()), (10, 10.0));
/// # Ok::<(), hemastage_image::Error>(())
/// ```
#[derive(Debug)]
pub struct RoiBuilder {
    grid: Grid,
    labels: Labels,
    runs: Vec<Run>,
    len: usize,
    /// One past the last voxel of the region so far, in memory order of the grid.
    end: usize,
    /// The previous value, and whether it belongs to the region: neighbors often share one.
    previous: (f64, bool),
    /// The values found.
    values: Values,
    /// Which of the chosen labels were found.
    chosen: BTreeSet<i64>,
    /// Voxels outside the grid or out of order, if any were added.
    misplaced: Option<[usize; 3]>,
}

impl RoiBuilder {
    /// A region on this grid of the voxels with these labels.
    pub fn new(grid: Grid, labels: Labels) -> Self {
        Self {
            grid,
            labels,
            runs: Vec::new(),
            len: 0,
            end: 0,
            previous: (f64::NAN, false),
            values: Values::new(),
            chosen: BTreeSet::new(),
            misplaced: None,
        }
    }

    /// Says that all chosen labels are in the mask, even where others cover them.
    pub(crate) fn with_all_chosen(mut self) -> Self {
        if let Labels::Only(labels) = &self.labels {
            self.chosen.extend(labels);
        }
        self
    }

    /// Which values belong to the region.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Adds row (j, k): the values along i.
    pub fn add_row<T: Voxel>(&mut self, j: usize, k: usize, row: &[T]) {
        each_stretch(row, |at, value| self.add([at.start, j, k], at.len(), value.value()));
    }

    /// Adds `len` voxels of one value, from an index on along i. Indices increase in memory order.
    pub fn add(&mut self, [i, j, k]: [usize; 3], len: usize, value: f64) {
        if value == 0.0 && !self.labels.contains(0) {
            return;
        }
        if value != self.previous.0 {
            self.previous = (value, self.belongs(value));
        }
        if !self.previous.1 {
            return;
        }
        let [ni, nj, _] = self.grid.shape();
        let start = if self.grid.has_run([i, j, k], len) { Some(i + ni * (j + nj * k)) } else { None };
        let Some(start) = start.filter(|&start| start >= self.end) else {
            self.misplaced.get_or_insert([i, j, k]);
            return;
        };
        let is_next = start == self.end && i > 0;
        self.end = start + len;
        let run = Run { i: i as u32, j: j as u32, k: k as u32, len: len as u32, first: self.len as u32 };
        self.len += len;
        if self.len > MAX_VOXELS || self.is_image() {
            // refused in the end, which needs no voxel
            self.runs = Vec::new();
            return;
        }
        match self.runs.last_mut() {
            Some(last) if is_next => last.len += run.len,
            _ => {
                if self.runs.len() == self.runs.capacity() {
                    self.grow(j, k);
                }
                self.runs.push(run);
            }
        }
    }

    /// Reserves as many runs as there will be if the rest of the mask is like the part before row (j, k): this avoids
    /// copies of a long list, and leaves little unused.
    fn grow(&mut self, j: usize, k: usize) {
        let [_, nj, nk] = self.grid.shape();
        let known = self.runs.len();
        let expected = known as f64 * (nj * nk) as f64 / (k * nj + j + 1) as f64;
        self.runs
            .reserve_exact(((1.06 * expected) as usize).clamp(known + known / 4, 8 * known).max(64) - known);
    }

    /// Whether a value belongs to the region; keeps it for the error texts.
    fn belongs(&mut self, value: f64) -> bool {
        let Some(label) = self.values.add(value) else { return false };
        let belongs = self.labels.contains(label);
        if belongs && self.labels != Labels::NonZero {
            self.chosen.insert(label);
        }
        belongs
    }

    /// Whether the values are those of an image or of a map of many labels, of which none was chosen.
    fn is_image(&self) -> bool {
        self.labels == Labels::NonZero && self.values.are_of_image()
    }

    /// The region of all that was added.
    ///
    /// # Errors
    /// `Malformed` when a value is not a whole number, all are 0, a chosen label was not found, or none was chosen and the
    /// values are those of an image; `Parameter` when voxels were added outside the grid or out of order, `Limit` when the region has more than 2^24 voxels.
    pub fn finish(self) -> Result<Roi> {
        if let Some(index) = self.misplaced {
            return Err(RoiError::Misplaced { index, shape: self.grid.shape() }.into());
        }
        if self.is_image() {
            return Err(RoiError::Image { found: self.values.described() }.into());
        }
        if let Some(values) = self.values.not_labels() {
            return Err(RoiError::NotInteger { values }.into());
        }
        let missing = self.missing();
        if self.len == 0 || !missing.is_empty() {
            return Err(self.without(missing).into());
        }
        if self.len > MAX_VOXELS {
            return Err(RoiError::TooLarge { voxels: self.len }.into());
        }
        let bounds = bounds(&self.runs);
        let mut slices = vec![0_u32; bounds.shape()[2] + 1];
        for run in &self.runs {
            slices[run.k as usize - bounds.start[2] + 1] += 1;
        }
        for k in 1..slices.len() {
            slices[k] += slices[k - 1];
        }
        let (runs, slices) = (self.runs.into(), slices.into());
        let joined = if self.labels == Labels::NonZero { self.values.labels } else { BTreeSet::new() };
        let joined = joined.into_iter().collect();
        Ok(Roi { grid: self.grid, labels: self.labels, joined, bounds, runs, slices, len: self.len })
    }

    /// The chosen labels that were not found.
    fn missing(&self) -> Vec<i64> {
        let is_missing = |label: &i64| self.len == 0 || !self.chosen.contains(label);
        match &self.labels {
            Labels::Only(wanted) => wanted.iter().copied().filter(is_missing).collect(),
            Labels::NonZero => Vec::new(),
        }
    }

    fn without(&self, missing: Vec<i64>) -> RoiError {
        let found = &self.values.labels;
        if missing.is_empty() || found.is_empty() {
            return RoiError::Empty;
        }
        let (wanted, found) = (listed(missing, MAX_LISTED), listed(found, MAX_LISTED));
        RoiError::NoLabel { wanted, found, has_others: self.len > 0 }
    }
}

fn bounds(runs: &[Run]) -> IndexBox {
    let (mut start, mut end) = ([u32::MAX; 3], [0; 3]);
    if let (Some(first), Some(last)) = (runs.first(), runs.last()) {
        (start[2], end[2]) = (first.k, last.k + 1);
    }
    for run in runs {
        start = [start[0].min(run.i), start[1].min(run.j), start[2]];
        end = [end[0].max(run.end()), end[1].max(run.j + 1), end[2]];
    }
    IndexBox { start: start.map(|n| n as usize), end: end.map(|n| n as usize) }
}

#[derive(Debug, thiserror::Error)]
enum RoiError {
    #[error(
        "the mask holds values that are not whole numbers (found {values}): expected labels, so threshold a probability map first"
    )]
    NotInteger { values: String },
    #[error(
        "looks like an image ({found}) or a map of many labels, not a mask: give the mask that was drawn on the image, or name a label, as in `labels.nii.gz:3`"
    )]
    Image { found: String },
    #[error("the mask is empty: found no voxel that is not 0, expected the region to be marked")]
    Empty,
    #[error("the mask has no voxel labeled {wanted}: it holds {found}")]
    NoLabel {
        wanted: String,
        found: String,
        /// Whether other chosen labels are there.
        has_others: bool,
    },
    #[error(
        "the region has {voxels} voxels: expected at most {MAX_VOXELS}, so check that the file is a mask"
    )]
    TooLarge { voxels: usize },
    #[error(
        "voxels from {index:?} on were added outside the grid of {shape:?} or after later ones: expected each voxel once, in memory order (i fastest)"
    )]
    Misplaced { index: [usize; 3], shape: [usize; 3] },
}

impl Detail for RoiError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotInteger { .. } | Self::Image { .. } | Self::NoLabel { .. } | Self::Empty => {
                ErrorKind::Malformed
            }
            Self::Misplaced { .. } => ErrorKind::Parameter,
            Self::TooLarge { .. } => ErrorKind::Limit,
        }
    }

    fn is_about_role(&self) -> bool {
        matches!(self, Self::Image { .. })
    }

    fn is_empty_mask(&self) -> bool {
        matches!(self, Self::Empty | Self::NoLabel { has_others: false, .. })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn refuses_what_is_no_mask() {
        let error = |array: Array3<f32>, labels: Labels| {
            Roi::from_array(array.view(), Affine::identity(), &labels).unwrap_err().to_string()
        };
        assert!(error(Array3::zeros((2, 2, 2)), Labels::NonZero).contains("the mask is empty"));
        assert!(error(Array3::from_elem((2, 2, 2), 0.4), Labels::NonZero).contains("found 0.4"));
        assert!(error(Array3::from_elem((2, 2, 2), f32::NAN), Labels::NonZero).contains("NaN"));
        assert!(error(Array3::from_elem((2, 2, 2), f32::INFINITY), Labels::NonZero).contains("inf"));
        assert!(
            error(Array3::from_elem((2, 2, 2), 5.0), Labels::Only(vec![3])).contains("labeled 3: it holds 5")
        );
        let labels = Array3::from_shape_fn((3, 2, 2), |(i, ..)| i as f32 + 1.0);
        assert!(error(labels.clone(), Labels::Only(vec![1, 9])).contains("labeled 9: it holds 1, 2, 3"));
        assert!(Roi::from_array(labels.view(), Affine::identity(), &Labels::Only(vec![1, 3])).is_ok());
        assert!(
            Roi::from_array(
                Array3::from_elem((2, 2, 2), 1.0004_f32).view(),
                Affine::identity(),
                &Labels::NonZero
            )
            .is_ok()
        );
    }

    #[test]
    fn an_image_is_no_mask_unless_a_label_is_chosen() {
        let made = |n: usize, of: fn(usize) -> f32, labels: Labels| {
            let array = Array3::from_shape_fn((n, 2, 2), |(i, ..)| of(i));
            Roi::from_array(array.view(), Affine::identity(), &labels).map_err(|error| error.to_string())
        };
        let image = |n, of| made(n, of, Labels::NonZero).unwrap_err();
        assert_eq!(made(64, |i| i as f32 + 1.0, Labels::NonZero).unwrap().joined().len(), 64);
        assert!(
            image(65, |i| i as f32 + 1.0).starts_with("looks like an image (more than 64 distinct values)")
        );
        assert!(image(65, |i| i as f32 + 0.5).starts_with("looks like an image (more than 64"));
        assert!(image(65, |i| i as f32 / 65.0).contains("threshold a probability map first"));
        assert!(
            image(3, |i| i as f32 - 2.5).starts_with("looks like an image (3 distinct values, some below 0)")
        );
        assert_eq!(made(2, |i| 2.0 * i as f32 - 1.0, Labels::NonZero).unwrap().joined(), [-1, 1]);
        assert_eq!(made(65, |i| i as f32 + 1.0, Labels::Only(vec![7])).unwrap().len(), 4);
    }

    #[test]
    fn refuses_voxels_outside_the_grid_or_out_of_order() {
        let grid = Grid::new([4, 3, 2], Affine::identity()).unwrap();
        let added = |runs: &[([usize; 3], usize)]| {
            let mut builder = RoiBuilder::new(grid, Labels::NonZero);
            for &(index, len) in runs {
                builder.add(index, len, 1.0);
            }
            builder.finish()
        };
        assert_eq!(added(&[([0, 0, 0], 2), ([2, 0, 0], 2), ([1, 2, 1], 3)]).unwrap().len(), 7);
        for runs in [
            [([0, 0, 0], 1), ([0, 0, 0], 1)],
            [([2, 0, 0], 1), ([1, 0, 0], 1)],
            [([0, 0, 1], 1), ([0, 2, 0], 1)],
            [([0, 0, 0], 1), ([1, 0, 0], 4)],
            [([0, 0, 0], 1), ([0, 3, 0], 1)],
            [([0, 0, 0], 1), ([0, 0, 2], 1)],
        ] {
            let error = added(&runs).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            let text = format!("voxels from {:?} on were added outside the grid of [4, 3, 2] or", runs[1].0);
            assert!(error.to_string().starts_with(&text), "{error}");
        }
    }
}
