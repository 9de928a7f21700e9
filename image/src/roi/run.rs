//! Runs of contiguous voxels.

/// Contiguous voxels of a region along i: those at `(i..i + len, j, k)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Index i of the first voxel.
    pub i: u32,
    /// Index j of all its voxels.
    pub j: u32,
    /// Index k of all its voxels.
    pub k: u32,
    /// Number of voxels; at least 1.
    pub len: u32,
    /// Position of the first voxel in the region, and so in every column.
    pub first: u32,
}

impl Run {
    /// One past the last index i.
    #[inline]
    pub fn end(&self) -> u32 {
        self.i + self.len
    }

    /// The row (j, k) as one number that increases in memory order.
    #[inline]
    pub fn row(&self) -> i64 {
        (i64::from(self.k) << 32) + i64::from(self.j)
    }
}

/// The indices (i, j, k) of the voxels of runs, in memory order.
pub fn voxels(runs: &[Run]) -> impl Iterator<Item = [usize; 3]> + Clone + '_ {
    let of_run = |run: &Run| {
        let (j, k) = (run.j as usize, run.k as usize);
        (run.i..run.end()).map(move |i| [i as usize, j, k])
    };
    runs.iter().flat_map(of_run)
}
