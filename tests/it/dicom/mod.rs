//! DICOM files: the numbers that they give, what is refused, and what must not come out of them.

mod forms;
mod masks;
mod privacy;
mod refused;
mod series;
