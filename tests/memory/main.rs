//! Damaged DICOM files: an error with a text or a study, in bounded time and memory, and never a panic.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod crafted;
mod damage;
mod harness;
mod real;
mod seeds;
mod support;
