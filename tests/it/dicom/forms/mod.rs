//! One study in every form: NIfTI, series, enhanced images, segments, contours. The numbers are the same.

mod choice;
mod contours;
mod equivalent;
mod written;
