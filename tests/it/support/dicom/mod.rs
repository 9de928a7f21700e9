//! A DICOM writer for tests, byte by byte from the standard, so that no reader checks itself.
//!
//! | file | what it does |
//! |---|---|
//! | `tags.rs` | the attributes, by the standard's keywords |
//! | `dataset.rs` | values by tag |
//! | `encode.rs` | a data set as bytes, in either byte order, with explicit or implicit types |
//! | `file.rs` | preamble, meta group, deflate; a folder of files under names that say nothing |
//! | `rle.rs` | pixels in runs |
//! | `place.rs` | slices in the patient: RAS to LPS |
//! | `secrets.rs` | identifying and free text in every data set |
//! | `classic.rs` | an MR series, one file per slice |
//! | `enhanced.rs` | the same as one multi-frame file |
//! | `seg.rs`, `rtstruct.rs` | masks as segments and as contours |
//! | `study.rs` | a phantom's images and masks as series and segments |
//! | `small_study.rs` | a small NIfTI study of which one input is replaced |
//! | `reader.rs` | the identifying texts of a file of another writer |
//! | `leaky.rs` | inputs full of secrets, sound and bad |

#![allow(dead_code, reason = "each test binary uses a part")]

pub(crate) mod classic;
pub(crate) mod dataset;
pub(crate) mod encode;
pub(crate) mod enhanced;
pub(crate) mod file;
pub(crate) mod leaky;
pub(crate) mod place;
pub(crate) mod reader;
pub(crate) mod rle;
pub(crate) mod rtstruct;
pub(crate) mod secrets;
pub(crate) mod seg;
pub(crate) mod small_study;
pub(crate) mod study;
pub(crate) mod tags;
