//! The readers of NIfTI, NRRD and MetaImage against nibabel, damage and writers of the tests' own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod nifti_contract;
mod nifti_crafted;
mod nifti_gzip;
mod nifti_masks;
mod nifti_mutations;
mod nifti_writer;
mod raster_mutations;
mod raster_writer;
mod rasters;
