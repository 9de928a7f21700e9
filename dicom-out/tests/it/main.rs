//! Stage maps and reports as DICOM, read back by the project's own reader and element by element.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on must stop")]

mod bench;
mod damage;
mod document;
mod elements;
mod identity;
mod support;
mod voxels;
