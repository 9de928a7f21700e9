//! A mask's voxels as a sparse list: a [`Roi`] holds runs of voxels in memory order (i fastest), and the grid they
//! lie on.
//!
//! Every quantity per voxel is a [`Column`]: one entry for each voxel of the region, in its order, with the region itself.

mod builder;
mod column;
mod fill;
mod interior;
mod labels;
mod overlap;
mod parts;
mod run;
mod surface;
mod values;

use std::{ops::Range, sync::Arc};

pub use self::{
    builder::RoiBuilder,
    column::Column,
    labels::Labels,
    parts::{Parts, part_sizes},
    run::{Run, voxels},
};
pub(crate) use self::{labels::label, values::Values};
use crate::{
    error::Result,
    grid::{Grid, IndexBox},
};

/// A region of interest: the voxels of a mask on the mask's own grid.
///
/// # Shape and units
/// Voxels come in memory order, i fastest; [`Roi::position`] of the n-th voxel of [`Roi::voxels`] is n.
#[derive(Debug, Clone)]
pub struct Roi {
    grid: Grid,
    labels: Labels,
    joined: Arc<[i64]>,
    bounds: IndexBox,
    /// Shared by clones, of which columns keep one each; a vector, as making a slice would hold all runs twice.
    runs: Arc<Vec<Run>>,
    /// For each slice k of `bounds`, the index of its first run, and one more at the end. Within a slice, runs are
    /// sorted by j, then i.
    slices: Arc<Vec<u32>>,
    len: usize,
}

impl Roi {
    /// The mask's grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Which values of the mask the region was made of.
    pub fn labels(&self) -> &Labels {
        &self.labels
    }

    /// The labels, segments or structures that were taken together because none was chosen, rising; at most 64, and
    /// none where some were chosen. A label that segments in different layers share is there for each of them.
    pub fn joined(&self) -> &[i64] {
        &self.joined
    }

    /// Sets which were taken together, where the region's values do not tell.
    pub(crate) fn with_joined(mut self, numbers: &[i64]) -> Self {
        self.joined = numbers.into();
        self
    }

    /// The smallest box that holds the region.
    pub fn bounds(&self) -> &IndexBox {
        &self.bounds
    }

    /// Number of voxels; at least 1.
    #[expect(clippy::len_without_is_empty, reason = "a region always holds a voxel")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Volume of the region.
    pub fn volume_mm3(&self) -> f64 {
        self.len as f64 * self.grid.voxel_mm3()
    }

    /// The voxels' indices (i, j, k) in memory order.
    pub fn voxels(&self) -> impl Iterator<Item = [usize; 3]> + Clone + '_ {
        voxels(&self.runs)
    }

    /// The voxels' centers in RAS+ millimeters, in memory order.
    pub fn centers(&self) -> impl Iterator<Item = [f64; 3]> + Clone + '_ {
        self.voxels().map(|voxel| self.grid.center(voxel))
    }

    /// The position of a voxel in the region, and so in every column; `None` when it is not in the region.
    #[inline]
    pub fn position(&self, index: [usize; 3]) -> Option<usize> {
        let runs = self.row(index[1], index[2]);
        let i = u32::try_from(index[0]).ok()?;
        let run = &runs[runs.partition_point(|run| run.end() <= i)..].first()?;
        (run.i <= i).then(|| (run.first + (i - run.i)) as usize)
    }

    /// The positions of a voxel's two face neighbors along an axis, where they are in the region.
    #[inline]
    pub fn neighbors(&self, index: [usize; 3], axis: usize) -> [Option<usize>; 2] {
        let moved = |to: usize| {
            let mut next = index;
            next[axis] = to;
            self.position(next)
        };
        [index[axis].checked_sub(1).and_then(moved), moved(index[axis] + 1)]
    }

    /// The region of some of its runs, each chosen by its index and itself.
    ///
    /// # Errors
    /// `Malformed` when none is.
    pub fn of_runs(&self, is_chosen: impl Fn(usize, &Run) -> bool) -> Result<Self> {
        let mut builder = RoiBuilder::new(self.grid, Labels::NonZero);
        for (_, run) in self.runs.iter().enumerate().filter(|&(n, run)| is_chosen(n, run)) {
            builder.add([run.i, run.j, run.k].map(|n| n as usize), run.len as usize, 1.0);
        }
        let region = builder.finish()?;
        Ok(Self { labels: self.labels.clone(), joined: self.joined.clone(), ..region })
    }

    /// All runs, in memory order.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The runs of a slice, counted from the first of the region's bounds; empty past the last.
    pub fn runs_of_slice(&self, slice: usize) -> &[Run] {
        if slice + 1 < self.slices.len() { self.runs_of_slices(&(slice..slice + 1)) } else { &[] }
    }

    /// The runs of a range of slices, counted from the first of the region's bounds.
    pub fn runs_of_slices(&self, slices: &Range<usize>) -> &[Run] {
        &self.runs[self.slices[slices.start] as usize..self.slices[slices.end] as usize]
    }

    /// The runs of row (j, k), by increasing i.
    #[inline]
    fn row(&self, j: usize, k: usize) -> &[Run] {
        let b = &self.bounds;
        if !(b.start[1]..b.end[1]).contains(&j) || !(b.start[2]..b.end[2]).contains(&k) {
            return &[];
        }
        let runs = self.runs_of_slice(k - b.start[2]);
        let j = j as u32;
        let first = runs.partition_point(|run| run.j < j);
        let row = &runs[first..];
        &row[..row.partition_point(|run| run.j == j)]
    }
}

impl Grid {
    /// The box that interpolation needs for some regions; empty where all lie outside.
    pub fn reached<'a>(&self, regions: impl IntoIterator<Item = &'a Roi>) -> IndexBox {
        let reach = |roi: &Roi| roi.grid().map_to(self).reach(roi.bounds());
        let nothing = IndexBox { start: [0; 3], end: [0; 3] };
        regions.into_iter().fold(nothing, |all, roi| all.union(&reach(roi)))
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::Affine;

    /// A scattered mask with several labels.
    pub(super) fn mask() -> Array3<u8> {
        Array3::from_shape_fn((7, 6, 5), |(i, j, k)| ((i * 7 + j * 13 + k * 29) % 11 / 3) as u8)
    }

    #[test]
    fn agrees_with_the_dense_mask() {
        let mask = mask();
        for labels in [Labels::NonZero, Labels::Only(vec![2]), Labels::Only(vec![1, 3])] {
            let roi = Roi::from_array(mask.view(), Affine::identity(), &labels).unwrap();
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
}
