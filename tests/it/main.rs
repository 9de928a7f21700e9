//! The library as its users see it: whole studies, steps, tables and reports, from arrays and from files.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod dicom_forms;
mod dicom_masks;
mod dicom_parts;
mod dicom_privacy;
mod dicom_refused;
mod dicom_series;
mod golden;
mod imports;
mod invariance;
mod level_parts;
mod levels;
mod levels_real;
mod load;
mod misuse;
mod moved_studies;
mod odd_studies;
mod oracle;
mod phantom_parts;
mod phantoms;
mod profiles;
mod real_data;
mod report_schema;
mod rigid;
mod same_json;
mod sequence;
mod shape;
mod shape_masks;
mod shape_parts;
#[path = "../../image/tests/it/support/mod.rs"]
mod support;
mod tables;
