//! Series, segments and contours that cannot be read right are refused, each with the numbers at fault.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

#[path = "../dicom_parts/mod.rs"]
mod dicom_parts;

mod enhanced;
mod given;
mod masks;
mod pixels;
mod series;
