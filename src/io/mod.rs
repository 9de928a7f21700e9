//! Files in and out. Reading goes by block, so that no caller ever needs a whole volume; writing is
//! whole or not at all.

pub mod dicom;
mod image;
mod mask;
pub mod nifti;
pub mod output;
pub(crate) mod sidecar;
mod sink;

pub use self::image::is_dicom;
pub(crate) use self::{
    image::{Image, Source, files_of},
    mask::{Found, Mask, Parts},
};

use std::path::Path;

/// How much a file may claim before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Voxels in a file, all volumes together.
    pub max_voxels: u64,
}

impl Default for Limits {
    /// 2^31 voxels, twenty times a large isotropic spine scan.
    fn default() -> Self {
        Self { max_voxels: 1 << 31 }
    }
}

impl Limits {
    /// Sets the number of voxels a file may claim.
    pub fn with_max_voxels(mut self, max_voxels: u64) -> Self {
        self.max_voxels = max_voxels;
        self
    }
}

/// A file's name without its folder, which may name a patient; a folder has no name of its own here.
pub(crate) fn file_name(path: &Path) -> String {
    if path.is_dir() {
        return "(a folder)".into();
    }
    path.file_name().map_or_else(|| "(no file name)".into(), |name| name.to_string_lossy().into_owned())
}
