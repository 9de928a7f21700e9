//! What several of the tests share.

pub(crate) mod bodies;
pub(crate) mod cache;
pub(crate) mod dicom;
pub(crate) mod json;
#[path = "../../../image/tests/it/nifti_writer.rs"]
pub(crate) mod nifti;
pub(crate) mod phantoms;
pub(crate) mod real_files;
pub(crate) mod rigid;
pub(crate) mod spine;
pub(crate) mod storage;
