//! Files that are right, odd, damaged or hostile.

mod bytes;
mod hostile;
mod memory;
mod mutations;
mod real;
mod values;
