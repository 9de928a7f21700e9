//! DICOM: a series of slices, an enhanced multi-frame file, a segmentation or a structure set.
//!
//! Every length in a file is checked against the bytes left in it before anything is allocated; nesting
//! and the number of elements are bounded. Nothing is decoded on opening, and pixel data is only located.
//!
//! | file | what it does |
//! |---|---|
//! | `file.rs` | one file: its header read and checked, its pixel data located |
//! | `start.rs` | where the data set starts and how it is written: preamble and file meta information |
//! | `source.rs` | the bytes of the data set read forward, inflated where needed |
//! | `guard.rs` | the walk over the elements before the pixel data, which trusts no length |
//! | `encoding.rs` | the headers of elements and items, decoded |
//! | `header.rs` | those elements, kept in one piece of memory |
//! | `dataset.rs` | typed, fallible getters of their values |
//! | `object.rs` | what a file is read as |
//! | `pixel_data.rs` | where the pixel data is, and its bytes on demand |
//! | `pixels/` | frames as numbers: pixel formats, fragments, decoders |
//! | `transfer_syntax.rs` | the ways a file can be written |
//! | `plane.rs` | where a frame lies; LPS becomes RAS+ |
//! | `frames.rs` | the frames of one file, classic or enhanced |
//! | `masks/` | segmentations and structure sets as masks |
//! | `series/` | frames of a folder or file as stacks on regular grids |
//! | `acquisition.rs` | what the scanner was told |

mod acquisition;
mod dataset;
mod encoding;
mod error;
mod file;
mod frames;
mod guard;
mod header;
mod masks;
mod object;
mod pixel_data;
mod pixels;
mod plane;
mod series;
mod source;
mod start;
#[cfg(test)]
mod tests;
mod transfer_syntax;

pub use self::masks::{ImageSpace, SegmentChoice, Segmentation, StructureSet};
pub use self::object::ObjectKind;
pub use self::series::{AnatomicalPlane, DicomSeries, Selector, SeriesSummary, list};
pub(crate) use self::{
    dataset::Dataset,
    file::DicomFile,
    pixels::{FrameReader, PixelFormat},
    series::files_in,
};
