//! One value per voxel of a region, filled in parallel.

use std::ops::Range;

use rayon::prelude::*;

use super::Roi;

/// Minimum number of voxels of a piece: less work is not worth another thread.
pub(super) const MIN_PIECE_VOXELS: usize = 1 << 15;

impl Roi {
    /// One value per voxel, filled in pieces, in parallel on the current rayon pool.
    ///
    /// `fill` gets a range of slices, counted from the first of the region's bounds, and the entries of their voxels;
    /// [`Roi::runs_of_slices`] gives their runs. The pieces do not depend on the number of threads.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, Labels, Roi, roi::voxels};
    /// let mask = ndarray::Array3::<u8>::ones((2, 1, 3));
    /// let roi = Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero)?;
    /// let k: Vec<usize> = roi.filled(|slices, entries| {
    ///     for (entry, voxel) in entries.iter_mut().zip(voxels(roi.runs_of_slices(&slices))) {
    ///         *entry = voxel[2];
    ///     }
    /// });
    /// assert_eq!(k, [0, 0, 1, 1, 2, 2]);
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    pub fn filled<T: Copy + Default + Send>(&self, fill: impl Fn(Range<usize>, &mut [T]) + Sync) -> Vec<T> {
        self.filled_with(fill).0
    }

    /// As [`Roi::filled`], with what `fill` returns for each piece, in order.
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
        let results = pieces.into_par_iter().map(|(slices, piece)| fill(slices, piece)).collect();
        (column, results)
    }

    /// The slices of the region's bounds, in pieces large enough for a thread.
    fn pieces(&self) -> Vec<Range<usize>> {
        let mut pieces = Vec::new();
        let (mut start, mut voxels) = (0, 0);
        let count = self.slices.len() - 1;
        for slice in 0..count {
            voxels += self.voxels_of(&(slice..slice + 1));
            if voxels >= MIN_PIECE_VOXELS || slice + 1 == count {
                pieces.push(start..slice + 1);
                (start, voxels) = (slice + 1, 0);
            }
        }
        pieces
    }

    /// Number of voxels in a range of slices.
    fn voxels_of(&self, slices: &Range<usize>) -> usize {
        let before = |slice: usize| {
            self.runs.get(self.slices[slice] as usize).map_or(self.len, |run| run.first as usize)
        };
        before(slices.end) - before(slices.start)
    }
}
