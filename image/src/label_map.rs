//! A label map as sparse runs with their labels, on the map's own grid.

use std::collections::BTreeMap;

use ndarray::ArrayView3;

use crate::{
    error::{Detail, ErrorKind, Result},
    grid::{Affine, Grid},
    roi::{Labels, Roi, RoiBuilder, Values, label},
    stretches::{each_row, each_stretch},
    volume::Voxel,
};

/// Contiguous voxels of one label along i: those at `(i..i + len, j, k)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelRun {
    /// Index i of the first voxel.
    pub i: u32,
    /// Index j of all its voxels.
    pub j: u32,
    /// Index k of all its voxels.
    pub k: u32,
    /// Number of voxels; at least 1.
    pub len: u32,
    /// The label; not 0.
    pub label: i64,
}

/// The labeled voxels of a map; 0 is background.
///
/// # Shape and units
/// Runs come in memory order, i fastest; the [`Grid`] maps indices to RAS+ millimeters. Labels are
/// whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMap {
    grid: Grid,
    runs: Vec<LabelRun>,
    voxels: BTreeMap<i64, usize>,
}

impl LabelMap {
    /// The label map of an array indexed (i, j, k), with its affine to RAS+ mm.
    ///
    /// # Errors
    /// When a value is not a whole number, every voxel is 0, or the map is noise: more than 2^25 runs or 2^16 labels.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, label_map::LabelMap};
    /// let mut labels = ndarray::Array3::<u8>::zeros((9, 9, 9));
    /// labels[[3, 3, 3]] = 7;
    /// labels[[4, 3, 3]] = 7;
    /// labels[[0, 0, 0]] = 4;
    /// let map = LabelMap::from_array(labels.view(), Affine::identity())?;
    /// assert_eq!(map.labels().collect::<Vec<_>>(), [(4, 1), (7, 2)]);
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
    pub fn from_array<T: Voxel>(labels: ArrayView3<'_, T>, affine: Affine) -> Result<Self> {
        let grid = Grid::new(labels.dim().into(), affine)?;
        let mut builder = LabelMapBuilder::new(grid);
        each_row(&labels, |j, k, row| builder.add_row(j, k, row));
        builder.finish()
    }

    /// The map's grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Each label and its number of voxels, by increasing label; never 0.
    pub fn labels(&self) -> impl Iterator<Item = (i64, usize)> + '_ {
        self.voxels.iter().map(|(&label, &count)| (label, count))
    }

    /// All runs, in memory order.
    pub fn runs(&self) -> &[LabelRun] {
        &self.runs
    }

    /// The region of some labels.
    ///
    /// # Errors
    /// `Malformed` when the map has none of them, `Limit` when the region has more than 2^24 voxels.
    pub fn region(&self, labels: &[i64]) -> Result<Roi> {
        let mut region = RoiBuilder::new(self.grid, Labels::Only(labels.to_vec())).with_all_chosen();
        for run in &self.runs {
            region.add([run.i, run.j, run.k].map(|n| n as usize), run.len as usize, run.label as f64);
        }
        region.finish()
    }
}

/// Maximum number of runs of a map, 24 bytes each, so that noise read as labels does not fill the memory.
const MAX_RUNS: usize = 1 << 25;

/// Maximum number of labels of a map.
const MAX_LABELS: usize = 1 << 16;

/// Makes a [`LabelMap`] from voxels that are streamed in, row by row in memory order; the volume is never held.
///
/// # Example
/// ```
/// use hemastage_image::{Affine, Grid, label_map::LabelMapBuilder};
/// let mut builder = LabelMapBuilder::new(Grid::new([4, 2, 1], Affine::identity())?);
/// builder.add_row(0, 0, &[0_u8, 7, 7, 0]);
/// builder.add_row(1, 0, &[0_u8, 7, 4, 4]);
/// assert_eq!(builder.finish()?.labels().collect::<Vec<_>>(), [(4, 2), (7, 3)]);
/// # Ok::<(), hemastage_image::Error>(())
/// ```
#[derive(Debug)]
pub struct LabelMapBuilder {
    grid: Grid,
    runs: Vec<LabelRun>,
    voxels: BTreeMap<i64, usize>,
    /// Values that are no labels.
    others: Values,
    error: Option<LabelMapError>,
}

impl LabelMapBuilder {
    /// A label map on this grid.
    pub fn new(grid: Grid) -> Self {
        Self { grid, runs: Vec::new(), voxels: BTreeMap::new(), others: Values::new(), error: None }
    }

    /// Adds row (j, k): the values along i.
    pub fn add_row<T: Voxel>(&mut self, j: usize, k: usize, row: &[T]) {
        each_stretch(row, |at, value| self.add([at.start, j, k], at.len(), value.value()));
    }

    /// Adds `len` voxels of one value, from an index on along i. Indices increase in memory order.
    pub fn add(&mut self, [i, j, k]: [usize; 3], len: usize, value: f64) {
        let Some(label) = label(value) else {
            self.others.add(value);
            // whatever else is wrong, this says best what the file is not
            if !matches!(self.error, Some(LabelMapError::NotInteger { .. })) {
                self.fail(LabelMapError::NotInteger { value });
            }
            return;
        };
        if label == 0 || self.error.is_some() {
            return;
        }
        let last = self.runs.last();
        if !self.grid.has_run([i, j, k], len)
            || last.is_some_and(|last| (k as u32, j as u32, i as u32) < (last.k, last.j, last.i + last.len))
        {
            let shape = self.grid.shape();
            return self.fail(LabelMapError::Misplaced { index: [i, j, k], shape });
        }
        let run = LabelRun { i: i as u32, j: j as u32, k: k as u32, len: len as u32, label };
        *self.voxels.entry(run.label).or_insert(0) += len;
        match self.runs.last_mut() {
            Some(last)
                if (last.i + last.len, last.j, last.k, last.label) == (run.i, run.j, run.k, run.label) =>
            {
                last.len += run.len;
            }
            _ => self.runs.push(run),
        }
        if self.runs.len() > MAX_RUNS || self.voxels.len() > MAX_LABELS {
            self.fail(LabelMapError::TooLarge);
        }
    }

    fn fail(&mut self, error: LabelMapError) {
        self.error = Some(error);
        self.runs = Vec::new();
    }

    /// The label map of all that was added.
    ///
    /// # Errors
    /// `Malformed` when a value is not a whole number or every voxel is 0, `Parameter` when voxels were added outside
    /// the grid or out of order, `Limit` when the map has more than 2^25 runs or 2^16 labels.
    pub fn finish(self) -> Result<LabelMap> {
        if self.others.are_of_image() {
            return Err(LabelMapError::Image { found: self.others.described() }.into());
        }
        if let Some(error) = self.error {
            return Err(error.into());
        }
        if self.runs.is_empty() {
            return Err(LabelMapError::Empty.into());
        }
        Ok(LabelMap { grid: self.grid, runs: self.runs, voxels: self.voxels })
    }
}

#[derive(Debug, thiserror::Error)]
enum LabelMapError {
    #[error(
        "the label map holds a value that is not a whole number (found {value}): expected labels, so give the map before any interpolation"
    )]
    NotInteger { value: f64 },
    #[error(
        "looks like an image ({found} that are not whole numbers), not a label map: give the map that was made of the image"
    )]
    Image { found: String },
    #[error("the label map is empty: found no voxel that is not 0, expected labeled vertebrae")]
    Empty,
    #[error(
        "the label map has more than {MAX_RUNS} stretches of equal voxels or {MAX_LABELS} labels: expected few labels in large parts, so check that the file is a label map"
    )]
    TooLarge,
    #[error(
        "voxels from {index:?} on were added outside the grid of {shape:?} or after later ones: expected each voxel once, in memory order (i fastest)"
    )]
    Misplaced { index: [usize; 3], shape: [usize; 3] },
}

impl Detail for LabelMapError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotInteger { .. } | Self::Image { .. } | Self::Empty => ErrorKind::Malformed,
            Self::TooLarge => ErrorKind::Limit,
            Self::Misplaced { .. } => ErrorKind::Parameter,
        }
    }

    fn is_about_role(&self) -> bool {
        matches!(self, Self::Image { .. })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    #[test]
    fn runs_hold_what_the_array_holds() {
        let array = Array3::from_shape_fn((7, 6, 5), |(i, j, k)| ((i + j * 13 + k * 29) / 2 % 4) as i16 - 1);
        let map = LabelMap::from_array(array.view(), Affine::identity()).unwrap();
        let mut back = Array3::<i16>::zeros(array.dim());
        for run in map.runs() {
            for i in run.i..run.i + run.len {
                back[[i as usize, run.j as usize, run.k as usize]] = run.label as i16;
            }
        }
        assert_eq!(back, array);
        for (label, count) in map.labels() {
            assert_eq!(count, array.iter().filter(|&&v| i64::from(v) == label).count());
        }
        assert_eq!(map.labels().map(|(label, _)| label).collect::<Vec<_>>(), [-1, 1, 2]);
    }

    #[test]
    fn refuses_what_is_no_label_map() {
        let error = |value: f32| {
            LabelMap::from_array(Array3::from_elem((2, 2, 2), value).view(), Affine::identity())
                .unwrap_err()
                .to_string()
        };
        assert!(error(0.0).contains("is empty"));
        assert!(error(0.4).contains("found 0.4"));
        assert!(error(f32::NAN).contains("NaN"));
        assert!(
            LabelMap::from_array(Array3::from_elem((2, 2, 2), 3.0004_f32).view(), Affine::identity()).is_ok()
        );
    }

    #[test]
    fn refuses_voxels_outside_the_grid_or_out_of_order() {
        let grid = Grid::new([4, 3, 2], Affine::identity()).unwrap();
        for (index, len) in [([0, 0, 0], 1), ([1, 1, 0], 4), ([0, 3, 0], 1), ([0, 0, 2], 1)] {
            let mut builder = LabelMapBuilder::new(grid);
            builder.add([0, 0, 0], 2, 5.0);
            builder.add(index, len, 5.0);
            let error = builder.finish().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert!(error.to_string().starts_with(&format!("voxels from {index:?} on were")), "{error}");
        }
    }
}
