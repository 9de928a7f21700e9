//! DICOM: a series of slices, an enhanced multi-frame file, a segmentation or a structure set.
