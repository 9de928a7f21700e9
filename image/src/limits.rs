//! Limits on what a file may claim.

/// How much a file may claim before it is refused, so that no header can exhaust the memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Maximum number of voxels in a file, all volumes together.
    pub max_voxels: u64,
}

impl Default for Limits {
    /// 2^31 voxels, twenty times a large isotropic spine scan.
    fn default() -> Self {
        Self { max_voxels: 1 << 31 }
    }
}

impl Limits {
    /// Sets the maximum number of voxels in a file.
    pub fn with_max_voxels(mut self, max_voxels: u64) -> Self {
        self.max_voxels = max_voxels;
        self
    }
}
