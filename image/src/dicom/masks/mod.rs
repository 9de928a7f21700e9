//! Masks that are not images: segmentations (SEG) and structure sets (RTSTRUCT).
//!
//! | file | what it does |
//! |---|---|
//! | `segmentation.rs` | a segmentation: its frames put on a grid |
//! | `frames.rs` | its frames: where each lies and which segment it is of |
//! | `stored.rs` | its pixels as numbers of segments |
//! | `placement.rs` | where the pixels of a frame lie in a grid |
//! | `own_grid.rs` | the grid that the frames make |
//! | `structure_set.rs` | a structure set: its contours filled on an image's slices |
//! | `contours.rs` | its contours as points in space |
//! | `slices.rs` | contours in the slices of an image |
//! | `fill.rs` | the pixels inside closed contours |
//! | `images.rs` | the images that a mask may have been drawn on |
//! | `marks.rs` | marked voxels, from any order into memory order |

mod contours;
mod error;
mod fill;
mod frames;
mod images;
mod marks;
mod own_grid;
mod placement;
mod segmentation;
mod slices;
mod stored;
mod structure_set;

pub use self::{images::ImageSpace, segmentation::Segmentation, structure_set::StructureSet};
