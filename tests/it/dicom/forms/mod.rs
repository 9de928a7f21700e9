//! One study in every form: NIfTI, NRRD, MetaImage, series, enhanced images, segments, contours. The numbers are the same.

mod choice;
mod contours;
mod equivalent;
mod rasters;
mod written;
