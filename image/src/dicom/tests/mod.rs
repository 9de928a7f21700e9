//! Valid, unusual, damaged and hostile files.

mod bytes;
mod hostile;
mod memory;
mod mutations;
mod real;
mod values;
