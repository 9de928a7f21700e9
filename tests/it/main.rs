//! The library as its users see it: whole studies, steps, tables and reports, from arrays and from files.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod alignment;
mod anatomy;
mod batch;
mod dicom;
mod documents;
mod followup;
mod further;
mod golden;
mod imports;
mod invariance;
mod levels;
mod load;
mod misuse;
mod moved_studies;
mod nulls;
mod oracle;
mod phantoms;
mod profiles;
mod real_cords;
mod real_data;
mod report_schema;
mod roles;
mod sequence;
mod shape;
mod support;
mod tables;
mod unusual_studies;
