//! Reads NIfTI, NRRD, MetaImage and DICOM images by block, and masks and label maps as runs of voxels, each on its own grid in RAS+
//! millimeters.
//!
//! * [`ImageReader`] and [`MaskReader`] open a file or folder of any format; [`nifti`], [`nrrd`], [`metaimage`] and
//!   [`dicom`] hold what is particular to one.
//! * [`Grid`] and [`Affine`] say where voxels lie; [`Volume`] is a block of an image; [`Roi`] and
//!   [`LabelMap`](label_map::LabelMap) are sparse masks.
//! * [`acquisition`] holds the scan parameters and the weighting that follows from them.
//!
//! A whole volume is never held in memory. Every size in a header is checked against the file and the caller's
//! [`Limits`] before anything is allocated. What is unusual but harmless is a [`Finding`], what could give a wrong
//! voxel is an [`Error`].

pub mod acquisition;
mod array;
mod choice;
mod contained;
mod content;
pub mod dicom;
pub mod error;
mod file;
pub mod finding;
mod folder;
mod foreign;
pub mod grid;
mod image;
pub mod label_map;
mod limits;
mod mask;
mod mask_contents;
mod memory;
pub mod metaimage;
pub mod nifti;
pub mod nrrd;
#[doc(hidden)] // as `simd`
pub mod principal_axis;
pub mod raster;
pub mod roi;
pub mod sidecar;
#[doc(hidden)] // internals that the other crates of the workspace share; no part of the stable API
pub mod simd;
mod sink;
mod stretches;
#[doc(hidden)] // as `simd`
pub mod text;
#[doc(hidden)] // as `simd`
pub mod vector;
pub mod volume;
#[doc(hidden)]
pub mod word;

pub use self::{
    array::ArrayImage,
    contained::panics_are_contained,
    error::{Error, ErrorKind, Result},
    file::{file_name, open_regular},
    finding::{Finding, Severity},
    folder::mask_in,
    grid::{Affine, Grid},
    image::{ImageReader, SourceInfo, files_of, is_dicom},
    limits::Limits,
    mask::MaskReader,
    mask_contents::{MaskContents, WithFindings},
    roi::{Labels, Roi},
    volume::Volume,
};
