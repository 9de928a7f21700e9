//! Voxels in space, and the files that hold them.
//!
//! Reads the box of a NIfTI or DICOM image that is asked for, and masks and label maps as runs of voxels. A whole
//! volume is never held. It knows grids, signal and labels, and nothing of what they show.

pub mod acquisition;
pub mod dicom;
pub mod error;
mod file_name;
pub mod finding;
pub mod grid;
mod image;
pub mod label_map;
mod limits;
mod mask;
pub mod nifti;
pub mod roi;
pub mod sidecar;
pub mod simd;
mod sink;
mod stretches;
pub mod vector;
pub mod volume;
#[doc(hidden)]
pub mod word;

pub use self::{
    error::{Error, ErrorKind, Result},
    file_name::file_name,
    finding::{Finding, Severity},
    grid::{Affine, Grid},
    image::{Image, Source, files_of, is_dicom},
    limits::Limits,
    mask::{Found, Mask, Parts},
    roi::{Labels, Roi},
    volume::Volume,
};
