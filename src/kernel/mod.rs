//! Loops written for the processor.

pub(crate) mod statistics;
