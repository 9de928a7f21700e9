//! Files in and out.

pub mod output;

pub use hemastage_image::{ImageReader, Limits, MaskReader, dicom, is_dicom, metaimage, nifti, nrrd, raster};
