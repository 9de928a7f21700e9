//! What these tests share with the others.

#[path = "../it/support/dicom/mod.rs"]
pub(crate) mod dicom;
