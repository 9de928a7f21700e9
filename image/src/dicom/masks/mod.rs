//! Masks that are not images: segmentations (SEG) and structure sets (RTSTRUCT).
//!
//! | file | what it does |
//! |---|---|
//! | `segmentation.rs` | a segmentation: its frames put on a grid |
//! | `frames.rs` | its frames: where each lies and which segment it is of |
//! | `stored.rs` | its pixels as numbers of segments |
//! | `place.rs` | where its frames lie: on the grid of an image, or on one of their own |
//! | `placement.rs` | where the pixels of a frame lie in a grid |
//! | `own_grid.rs` | the step of the frames, and the grid that they make |
//! | `structure_set.rs` | a structure set: its contours filled on an image's slices |
//! | `contours.rs` | its contours as points in space |
//! | `contour_planes.rs` | their planes, and which slices of an image these are |
//! | `slices.rs` | contours in the slices of an image |
//! | `fill.rs` | the pixels inside closed contours |
//! | `images.rs` | the images that a mask may have been drawn on |
//! | `references.rs` | which of them it refers to |
//! | `found.rs` | the masks in a folder |
//! | `summary.rs` | what a mask holds, in a line |
//! | `codes.rs` | what the codes of segmented properties mean |
//! | `marks.rs` | marked voxels, from any order into memory order |

mod codes;
mod contour_planes;
mod contours;
mod error;
mod fill;
mod found;
mod frames;
mod images;
mod marks;
mod own_grid;
mod place;
mod placement;
mod references;
mod segmentation;
mod slices;
mod stored;
mod structure_set;
mod summary;

pub(crate) use self::found::{listed, masks_in, selected};
pub use self::{
    found::list_masks,
    images::ImageSpace,
    segmentation::Segmentation,
    structure_set::StructureSet,
    summary::{MaskPart, MaskSummary},
};
