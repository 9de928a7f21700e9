//! Reads NRRD files by block: `.nrrd`, and `.nhdr` with a data file in the same folder; segmentations of 3D Slicer (`.seg.nrrd`)
//! as regions of their segments.
//!
//! | file | what it does |
//! |---|---|
//! | `header.rs` | the fields and keys of a header, as found |
//! | `axes.rs` | which axes are those of space, and the affine |
//! | `open.rs` | a header checked: where the voxels are, and what they are |
//! | `segments.rs` | the segments that the keys describe |
//! | `segmentation.rs` | a segmentation, read segment by segment |

mod axes;
mod error;
mod header;
mod open;
mod segmentation;
mod segments;

pub(crate) use self::open::voxel_file;
pub use self::{
    open::open,
    segmentation::{NrrdSegmentation, SegmentInfo},
    segments::SegmentMeaning,
};
