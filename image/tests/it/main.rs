//! The NIfTI reader against nibabel, damage and a writer of the tests' own.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at what it did not expect")]

mod nifti_contract;
mod nifti_crafted;
mod nifti_gzip;
mod nifti_masks;
mod nifti_mutations;
mod nifti_writer;
