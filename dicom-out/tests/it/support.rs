//! What these tests share with the library's.

#[path = "../../../tests/it/support/dicom/mod.rs"]
pub(crate) mod dicom;
