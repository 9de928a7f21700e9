//! One study in every form: NIfTI, series, enhanced images, segments, contours. The numbers are the same.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../dicom_parts/mod.rs"]
mod dicom_parts;
#[path = "../same_json/mod.rs"]
mod same_json;
#[path = "../support/mod.rs"]
mod support;

mod choice;
mod contours;
mod forms;
mod written;
