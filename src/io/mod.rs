//! Files in and out.

pub mod output;

pub use hemastage_image::{Limits, dicom, is_dicom, nifti};
