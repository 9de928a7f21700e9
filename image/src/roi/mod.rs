//! A mask's voxels as a sparse list in memory order (i fastest), with the grid they lie on.
//!
//! Every quantity of a voxel is a column beside the list: a slice with one entry per voxel.

mod column;
mod interior;
mod parts;

use std::ops::Range;

use ndarray::ArrayView3;
use rayon::prelude::*;

pub use self::{column::Column, parts::part_sizes};
use crate::{
    error::{Detail, ErrorKind, Result},
    grid::{Affine, Grid, IndexBox},
    roi::interior::mark_interior,
    stretches::{each_row, each_stretch},
    volume::Voxel,
};

/// How far from a whole number a mask's value may be.
pub const INTEGER_TOLERANCE: f64 = 1e-3;

/// Voxels of a piece of a region, at least: less work is not worth another thread.
const PIECE_VOXELS: usize = 1 << 15;

/// The steps of a grid in itself.
const ONE_BY_ONE: [[i64; 3]; 3] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

/// Which values of a mask belong to the region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Labels {
    /// Every value but 0.
    #[default]
    NonZero,
    /// These values.
    Only(Vec<i64>),
}

impl Labels {
    /// Whether a value belongs to the region.
    pub fn contains(&self, value: i64) -> bool {
        match self {
            Self::NonZero => value != 0,
            Self::Only(values) => values.contains(&value),
        }
    }
}

/// Voxels side by side along i: columns `first..first + len` lie at (i.., j, k).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub i: u32,
    pub j: u32,
    pub k: u32,
    pub len: u32,
    pub first: u32,
}

impl Run {
    pub fn end(&self) -> u32 {
        self.i + self.len
    }

    /// Its row as one number, which rises in memory order.
    pub fn row(&self) -> i64 {
        (i64::from(self.k) << 32) + i64::from(self.j)
    }
}

/// A region of interest: the voxels of a mask on the mask's own grid.
///
/// # Shape and units
/// Voxels come in memory order, i fastest; [`Roi::position`] of the n-th voxel of [`Roi::voxels`] is n.
#[derive(Debug, Clone)]
pub struct Roi {
    grid: Grid,
    labels: Labels,
    bounds: IndexBox,
    runs: Vec<Run>,
    /// For each slice k of `bounds`, its first run; one more at the end. Within a slice, runs rise by j, then i.
    slices: Vec<u32>,
    len: usize,
}

impl Roi {
    /// The region of an array indexed (i, j, k), with its affine to RAS+ mm.
    ///
    /// # Errors
    /// When a value is not a whole number, or no voxel belongs to the region.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, Labels, Roi};
    /// let affine = Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]])?;
    /// let mut mask = ndarray::Array3::<u8>::zeros((9, 9, 9));
    /// mask[[4, 5, 6]] = 1;
    /// let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero)?;
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

    /// The mask's grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Which values of the mask the region was made of.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The smallest box that holds the region.
    pub fn bounds(&self) -> &IndexBox {
        &self.bounds
    }

    /// Voxels in the region; at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a region always holds a voxel")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Volume of the region.
    pub fn volume_mm3(&self) -> f64 {
        self.len as f64 * self.grid.voxel_mm3()
    }

    /// The voxels' indices in memory order.
    pub fn voxels(&self) -> impl Iterator<Item = [usize; 3]> + Clone + '_ {
        voxels(&self.runs)
    }

    /// Millimeters of the voxels' centers, in memory order.
    pub fn centers(&self) -> impl Iterator<Item = [f64; 3]> + Clone + '_ {
        self.voxels().map(|voxel| self.grid.center(voxel))
    }

    /// The column position of a voxel; none when it is not in the region.
    pub fn position(&self, index: [usize; 3]) -> Option<usize> {
        let runs = self.row(index[1], index[2]);
        let i = u32::try_from(index[0]).ok()?;
        let run = &runs[runs.partition_point(|run| run.end() <= i)..].first()?;
        (run.i <= i).then(|| (run.first + (i - run.i)) as usize)
    }

    /// The positions of a voxel's two face neighbors along an axis, where they are in the region.
    pub fn neighbors(&self, index: [usize; 3], axis: usize) -> [Option<usize>; 2] {
        let moved = |to: usize| {
            let mut next = index;
            next[axis] = to;
            self.position(next)
        };
        [index[axis].checked_sub(1).and_then(moved), moved(index[axis] + 1)]
    }

    /// Which voxels have all face neighbors along the given axes in the region; beyond the grid is outside.
    pub fn interior(&self, axes: [bool; 3]) -> Vec<bool> {
        self.filled(|slices, inside| mark_interior(self, axes, slices, inside))
    }

    /// Which voxels have their center in another region, on whatever grid.
    pub fn shared_with(&self, other: &Self) -> Vec<bool> {
        let map = self.grid.map_to(&other.grid);
        let shift =
            map.on_voxels(&self.bounds).filter(|(_, steps)| *steps == ONE_BY_ONE).map(|(first, _)| first);
        self.filled(|slices, shared| {
            let runs = self.slices_of(&slices);
            let Some(first) = shift else {
                let inside = |voxel| map.nearest(voxel).is_some_and(|index| other.position(index).is_some());
                shared.iter_mut().zip(voxels(runs)).for_each(|(shared, voxel)| *shared = inside(voxel));
                return;
            };
            let moved = |run: &Run| {
                let start = self.bounds.start;
                let to = |a: usize, at: u32| first[a] as usize + at as usize - start[a];
                (to(0, run.i), to(1, run.j), to(2, run.k))
            };
            let mut rest = shared;
            for run in runs {
                let (shared, after) = rest.split_at_mut(run.len as usize);
                let (i, j, k) = moved(run);
                let end = i + run.len as usize;
                let row = other.row(j, k);
                let before = row.partition_point(|other| other.end() as usize <= i);
                for other in row[before..].iter().take_while(|other| (other.i as usize) < end) {
                    let (from, to) = ((other.i as usize).max(i), (other.end() as usize).min(end));
                    shared[from - i..to - i].fill(true);
                }
                rest = after;
            }
        })
    }

    /// One value per voxel, filled piece by piece in parallel: `fill` gets some slices of the region's bounds and the
    /// entries of their voxels. The pieces do not depend on the number of threads.
    pub fn filled<T: Copy + Default + Send>(&self, fill: impl Fn(Range<usize>, &mut [T]) + Sync) -> Vec<T> {
        self.filled_with(fill).0
    }

    /// The same with what `fill` returns for each piece, in their order.
    pub fn filled_with<T: Copy + Default + Send, R: Send>(
        &self,
        fill: impl Fn(Range<usize>, &mut [T]) -> R + Sync,
    ) -> (Vec<T>, Vec<R>) {
        let mut column = vec![T::default(); self.len];
        let mut rest = column.as_mut_slice();
        let mut pieces = Vec::new();
        for slices in self.pieces() {
            let voxels = self.voxels_of(&slices);
            let (piece, after) = std::mem::take(&mut rest).split_at_mut(voxels);
            pieces.push((slices, piece));
            rest = after;
        }
        let found = pieces.into_par_iter().map(|(slices, piece)| fill(slices, piece)).collect();
        (column, found)
    }

    /// The slices of the region's bounds in pieces that are worth a thread's while.
    fn pieces(&self) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let (mut start, mut voxels) = (0, 0);
        let count = self.slices.len() - 1;
        for slice in 0..count {
            voxels += self.voxels_of(&(slice..slice + 1));
            if voxels >= PIECE_VOXELS || slice + 1 == count {
                pieces.push(start..slice + 1);
                (start, voxels) = (slice + 1, 0);
            }
        }
        pieces
    }

    /// How many voxels some slices of the region's bounds have.
    fn voxels_of(&self, slices: &Range<usize>) -> usize {
        let before = |slice: usize| {
            self.runs.get(self.slices[slice] as usize).map_or(self.len, |run| run.first as usize)
        };
        before(slices.end) - before(slices.start)
    }

    /// The runs of a slice of the region's bounds; none past its end.
    pub fn slice(&self, slice: usize) -> &[Run] {
        if slice + 1 < self.slices.len() { self.slices_of(&(slice..slice + 1)) } else { &[] }
    }

    /// The runs of some slices of the region's bounds.
    pub fn slices_of(&self, slices: &Range<usize>) -> &[Run] {
        &self.runs[self.slices[slices.start] as usize..self.slices[slices.end] as usize]
    }

    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The runs of row (j, k), by rising i.
    fn row(&self, j: usize, k: usize) -> &[Run] {
        let b = &self.bounds;
        if !(b.start[1]..b.end[1]).contains(&j) || !(b.start[2]..b.end[2]).contains(&k) {
            return &[];
        }
        let slice = k - b.start[2];
        let runs = &self.runs[self.slices[slice] as usize..self.slices[slice + 1] as usize];
        let j = j as u32;
        let first = runs.partition_point(|run| run.j < j);
        let row = &runs[first..];
        &row[..row.partition_point(|run| run.j == j)]
    }
}

/// The indices of the voxels of runs.
pub fn voxels(runs: &[Run]) -> impl Iterator<Item = [usize; 3]> + Clone + '_ {
    let of_run = |run: &Run| {
        let (j, k) = (run.j as usize, run.k as usize);
        (run.i..run.end()).map(move |i| [i as usize, j, k])
    };
    runs.iter().flat_map(of_run)
}

/// Gathers a mask row by row, in memory order, without ever holding the volume.
#[derive(Debug)]
pub struct RoiBuilder {
    grid: Grid,
    labels: Labels,
    runs: Vec<Run>,
    len: usize,
    /// The value before, and whether it belongs to the region: neighbors often share one.
    last: (f64, bool),
    /// Values met, as long as they are few.
    found: std::collections::BTreeSet<i64>,
    broken: Vec<f64>,
}

/// Voxels that a region may have; a dense mask of a large isotropic scan has a third of it.
const MAX_VOXELS: usize = 1 << 26;

/// Whole numbers are exact in `f64` up to this.
const MAX_LABEL: f64 = (1_u64 << 53) as f64;

/// Distinct values that an error lists at most.
const LISTED: usize = 8;

impl RoiBuilder {
    pub fn new(grid: Grid, labels: Labels) -> Self {
        Self {
            grid,
            labels,
            runs: Vec::new(),
            len: 0,
            last: (f64::NAN, false),
            found: std::collections::BTreeSet::new(),
            broken: Vec::new(),
        }
    }

    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// Adds row (j, k): the values along i.
    pub fn add_row<T: Voxel>(&mut self, j: usize, k: usize, row: &[T]) {
        each_stretch(row, |at, value| self.add([at.start, j, k], at.len(), value.value()));
    }

    /// Adds `len` voxels along i from a place on, which share a value; places rise in memory order.
    pub fn add(&mut self, [i, j, k]: [usize; 3], len: usize, value: f64) {
        if value == 0.0 && !self.labels.contains(0) {
            return;
        }
        if value != self.last.0 {
            self.last = (value, self.check(value) && self.labels.contains(value.round() as i64));
        }
        if !self.last.1 {
            return;
        }
        let run = Run { i: i as u32, j: j as u32, k: k as u32, len: len as u32, first: self.len as u32 };
        self.len += len;
        if self.len > MAX_VOXELS {
            // a region this large is no hematoma; its voxels are counted on but not kept
            self.runs = Vec::new();
            return;
        }
        match self.runs.last_mut() {
            Some(last) if (last.end(), last.j, last.k) == (run.i, run.j, run.k) => last.len += run.len,
            _ => {
                if self.runs.len() == self.runs.capacity() {
                    self.grow(j, k);
                }
                self.runs.push(run);
            }
        }
    }

    /// Makes room for as many runs as there will be if the rest of the mask is like what is read: without copies of
    /// a long list, and with little to spare.
    fn grow(&mut self, j: usize, k: usize) {
        let [_, nj, nk] = self.grid.shape();
        let known = self.runs.len();
        let expected = known as f64 * (nj * nk) as f64 / (k * nj + j + 1) as f64;
        self.runs
            .reserve_exact(((1.06 * expected) as usize).clamp(known + known / 4, 8 * known).max(64) - known);
    }

    /// Notes a value; false when it is not a label.
    fn check(&mut self, value: f64) -> bool {
        let is_label = (value - value.round()).abs() <= INTEGER_TOLERANCE && value.abs() < MAX_LABEL;
        if is_label {
            if self.found.len() <= LISTED {
                self.found.insert(value.round() as i64);
            }
        } else if self.broken.len() <= LISTED
            && !self.broken.iter().any(|known| known.to_bits() == value.to_bits())
        {
            self.broken.push(value);
        }
        is_label
    }

    pub fn finish(self) -> Result<Roi> {
        if !self.broken.is_empty() {
            let plain = |v: &f64| if v.abs() < 1e9 { v.to_string() } else { format!("{v:e}") };
            let values: Vec<String> = self.broken.iter().map(plain).collect();
            return Err(RoiError::NotInteger { values: listed(&values) }.into());
        }
        if self.len == 0 {
            return Err(self.empty().into());
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
        Ok(Roi { grid: self.grid, labels: self.labels, bounds, runs: self.runs, slices, len: self.len })
    }

    fn empty(&self) -> RoiError {
        let found: Vec<i64> = self.found.iter().copied().filter(|&v| v != 0).collect();
        match &self.labels {
            Labels::Only(wanted) if !found.is_empty() => {
                RoiError::NoLabel { wanted: listed(wanted), found: listed(&found) }
            }
            _ => RoiError::Empty,
        }
    }
}

fn listed<T: std::fmt::Display>(values: &[T]) -> String {
    let mut text: Vec<String> = values.iter().take(LISTED).map(ToString::to_string).collect();
    if values.len() > LISTED {
        text.push("…".into());
    }
    text.join(", ")
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
    #[error("the mask is empty: found no voxel that is not 0, expected the region to be marked")]
    Empty,
    #[error("the mask has no voxel labeled {wanted}: it holds {found}")]
    NoLabel { wanted: String, found: String },
    #[error(
        "the region has {voxels} voxels: expected at most {MAX_VOXELS}, so check that the file is a mask"
    )]
    TooLarge { voxels: usize },
}

impl Detail for RoiError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotInteger { .. } | Self::Empty => ErrorKind::Malformed,
            Self::NoLabel { .. } => ErrorKind::Parameter,
            Self::TooLarge { .. } => ErrorKind::Limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    fn unit() -> Affine {
        Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]]).unwrap()
    }

    /// A scattered mask with several labels.
    fn mask() -> Array3<u8> {
        Array3::from_shape_fn((7, 6, 5), |(i, j, k)| ((i * 7 + j * 13 + k * 29) % 11 / 3) as u8)
    }

    #[test]
    fn agrees_with_the_dense_mask() {
        let mask = mask();
        for labels in [Labels::NonZero, Labels::Only(vec![2]), Labels::Only(vec![1, 3])] {
            let roi = Roi::from_array(mask.view(), unit(), &labels).unwrap();
            let mut dense = Vec::new();
            for k in 0..5 {
                for j in 0..6 {
                    for i in 0..7 {
                        if labels.contains(i64::from(mask[[i, j, k]])) {
                            dense.push([i, j, k]);
                        }
                    }
                }
            }
            assert_eq!(roi.voxels().collect::<Vec<_>>(), dense);
            assert_eq!(roi.len(), dense.len());
            for k in 0..7 {
                for j in 0..7 {
                    for i in 0..8 {
                        let expected = dense.iter().position(|&v| v == [i, j, k]);
                        assert_eq!(roi.position([i, j, k]), expected);
                    }
                }
            }
            for axes in [[true; 3], [true, true, false], [false, true, true], [true, false, false]] {
                let one_by_one = roi.voxels().map(|voxel| {
                    let mut near =
                        (0..3).filter(|&axis| axes[axis]).flat_map(|axis| roi.neighbors(voxel, axis));
                    near.all(|near| near.is_some())
                });
                assert!(roi.interior(axes).into_iter().eq(one_by_one), "{labels:?} {axes:?}");
            }
        }
    }

    #[test]
    fn shares_what_the_nearest_voxel_is_in() {
        let roi = Roi::from_array(mask().view(), unit(), &Labels::NonZero).unwrap();
        for (spacing, shift) in [(1.0, 0.0), (1.0, 2.0), (1.0, -1.0), (1.0, 0.4), (0.7, 0.2), (-1.0, 5.0)] {
            let row = |a: usize| {
                std::array::from_fn(|c| if c == a { spacing } else { 0.0 } + if c == 3 { shift } else { 0.0 })
            };
            let affine = Affine::new([row(0), row(1), row(2), [0., 0., 0., 1.]]).unwrap();
            let part = Array3::from_shape_fn((2, 2, 2), |(i, j, k)| mask()[[i, j + 1, k + 1]]);
            for array in [mask(), part] {
                let other = Roi::from_array(array.view(), affine, &Labels::Only(vec![1, 2])).unwrap();
                let (there, back) = (roi.grid().map_to(other.grid()), other.grid().map_to(roi.grid()));
                let inside = |map: &crate::grid::GridMap, to: &Roi, voxel| {
                    map.nearest(voxel).is_some_and(|index| to.position(index).is_some())
                };
                assert!(
                    roi.shared_with(&other).into_iter().eq(roi.voxels().map(|v| inside(&there, &other, v)))
                );
                assert!(
                    other.shared_with(&roi).into_iter().eq(other.voxels().map(|v| inside(&back, &roi, v)))
                );
            }
        }
    }

    #[test]
    fn interior_needs_neighbors_inside_the_grid() {
        let roi = Roi::from_array(Array3::<u8>::ones((3, 3, 2)).view(), unit(), &Labels::NonZero).unwrap();
        let count = |axes| roi.interior(axes).into_iter().filter(|&inside| inside).count();
        assert_eq!(count([true, true, false]), 2, "the middle of both slices");
        assert_eq!(count([true, true, true]), 0);
        assert_eq!(count([false; 3]), 18);
    }

    #[test]
    fn refuses_what_is_no_mask() {
        let error = |array: Array3<f32>, labels: Labels| {
            Roi::from_array(array.view(), unit(), &labels).unwrap_err().to_string()
        };
        assert!(error(Array3::zeros((2, 2, 2)), Labels::NonZero).contains("the mask is empty"));
        assert!(error(Array3::from_elem((2, 2, 2), 0.4), Labels::NonZero).contains("found 0.4"));
        assert!(error(Array3::from_elem((2, 2, 2), f32::NAN), Labels::NonZero).contains("NaN"));
        assert!(error(Array3::from_elem((2, 2, 2), f32::INFINITY), Labels::NonZero).contains("inf"));
        assert!(
            error(Array3::from_elem((2, 2, 2), 5.0), Labels::Only(vec![3])).contains("labeled 3: it holds 5")
        );
        assert!(
            Roi::from_array(Array3::from_elem((2, 2, 2), 1.0004_f32).view(), unit(), &Labels::NonZero)
                .is_ok()
        );
    }
}
