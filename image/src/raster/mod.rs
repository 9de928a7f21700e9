//! Voxels as numbers one after the other in a file, plain, packed or as text: what NIfTI, NRRD and MetaImage share.
//!
//! | file | what it does |
//! |---|---|
//! | `file.rs` | an opened NRRD or MetaImage file |
//! | `voxels.rs` | where the voxels of a file lie, and its rows in order |
//! | `block.rs` | a box of an image |
//! | `mask.rs` | masks and label maps as runs |
//! | `stream.rs` | the bytes of a file, read forward and inflated where needed |
//! | `gzip.rs` | the members of a gzip file |
//! | `ascii.rs` | numbers written as text |
//! | `header_text.rs` | the lines of a text header |
//! | `datatype.rs` | number types |

mod ascii;
mod block;
mod datatype;
mod error;
mod file;
mod gzip;
mod header_text;
mod mask;
mod stream;
mod voxels;

pub use self::{datatype::Datatype, file::RasterFile};
pub(crate) use self::{
    error::VoxelError,
    file::{DataFileError, data_file},
    header_text::{HeaderText, MAX_LINES, after_lines},
    stream::Stream,
    voxels::{Encoding, Layout, StoredVoxels},
};
