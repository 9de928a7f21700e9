//! The tests' writer of DICOM files.

#![allow(dead_code, reason = "the tests use the rest")]

#[path = "../../../tests/it/support/dicom/classic.rs"]
pub(crate) mod classic;
#[path = "../../../tests/it/support/dicom/dataset.rs"]
pub(crate) mod dataset;
#[path = "../../../tests/it/support/dicom/encode.rs"]
pub(crate) mod encode;
#[path = "../../../tests/it/support/dicom/enhanced.rs"]
pub(crate) mod enhanced;
#[path = "../../../tests/it/support/dicom/file.rs"]
pub(crate) mod file;
#[path = "../../../tests/it/support/dicom/place.rs"]
pub(crate) mod place;
#[path = "../../../tests/it/support/dicom/rle.rs"]
pub(crate) mod rle;
#[path = "../../../tests/it/support/dicom/rtstruct.rs"]
pub(crate) mod rtstruct;
#[path = "../../../tests/it/support/dicom/secrets.rs"]
pub(crate) mod secrets;
#[path = "../../../tests/it/support/dicom/seg.rs"]
pub(crate) mod seg;
#[path = "../../../tests/it/support/dicom/study.rs"]
pub(crate) mod study;
#[path = "../../../tests/it/support/dicom/tags.rs"]
pub(crate) mod tags;
