//! Reads DICOM images ([`DicomSeries`]: a series of slices or an enhanced multi-frame file) and masks ([`Segmentation`]
//! and [`StructureSet`]).
//!
//! Opening reads headers only: pixel data is located, and nothing is decoded. Every length in a file is checked against
//! the bytes left in it before anything is allocated; nesting and the number of elements are bounded.

// one file
mod character_set;
mod dataset;
mod encoding;
mod error;
mod file;
mod guard;
mod header;
mod object;
mod pixel_data;
mod source;
mod start;
mod stated;
mod transfer_syntax;
// its frames
mod acquisition;
mod frames;
mod functional_groups;
mod pixels;
mod plane;
mod spacing;
// images and masks
mod masks;
mod origin;
mod series;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    file::DicomFile,
    masks::{listed as listed_masks, masks_in, selected as selected_mask},
    series::files_in,
};
pub use self::{
    masks::{ImageSpace, MaskPart, MaskSummary, Segmentation, StructureSet, list_masks},
    object::ObjectKind,
    origin::{COPIED, CopiedAttribute, CopiedEntity, Origin, SourceSlice},
    series::{AnatomicalPlane, DicomSeries, Selector, SeriesSummary, list},
};
pub use crate::choice::SegmentChoice;
