//! Reads NIfTI-1 and NIfTI-2 files by block: `.nii`, `.nii.gz`, and `.hdr`/`.img` pairs; masks and label maps as runs.
//! Writes label maps.
//!
//! Every size in a header is checked against the file and the caller's [`Limits`](crate::Limits) before anything is
//! allocated. What is unusual but harmless becomes a [`Finding`](crate::Finding); what could give a wrong voxel is an
//! error.

mod error;
mod extensions;
mod file;
mod header;
mod label_map;
mod orientation;
mod pair;

pub(crate) use self::pair::other_half;
pub use self::{
    file::NiftiFile,
    header::NiftiVersion,
    label_map::{LabelMapHeader, write_label_map},
    orientation::Orientation,
};
pub use crate::raster::Datatype;
