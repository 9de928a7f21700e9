//! Reads MetaImage files by block: `.mha`, and `.mhd` with a data file in the same folder.
//!
//! | file | what it does |
//! |---|---|
//! | `header.rs` | the keys of a header, as found |
//! | `open.rs` | a header checked: where the voxels lie, and what they are |

mod error;
mod header;
mod open;

pub use self::open::open;
pub(crate) use self::{header::is_first_line, open::voxel_file};
