//! What can be wrong with the bytes of voxels.

use std::io;

use crate::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(crate) enum VoxelError {
    #[error("the file could not be opened ({0}): check that it exists and is readable")]
    Open(#[source] io::Error),
    #[error("not a regular file: expected an image")]
    NotAFile,
    #[error("reading failed ({0})")]
    Read(#[source] io::Error),
    #[error("the {stream} stream is damaged ({source}): copy or export the file again")]
    Packed { stream: &'static str, source: io::Error },
    #[error(
        "more than {max} bytes follow the last voxel in the {stream} stream, so its checksum was not reached: copy or export the file again"
    )]
    Trailing { max: u64, stream: &'static str },
    #[error("the voxels are written as text, but {0}: copy or export the file again")]
    Text(#[source] io::Error),
    #[error("the file ends before its last voxel: it was cut short, so copy or export it again")]
    Truncated,
    #[error(
        "the file ends before its last voxel: its header claims {claimed} bytes, but it can hold at most {capacity}"
    )]
    TooShort { claimed: u64, capacity: u64 },
    #[error("the file holds {volumes} volumes: choose one, 0 to {}", volumes - 1)]
    ChooseVolume { volumes: usize },
    #[error("volume {chosen} was chosen but the file holds {volumes}: choose 0 to {}", volumes - 1)]
    NoVolume { chosen: usize, volumes: usize },
    #[error("the requested block lies outside the image, or ends before it starts")]
    OutOfRange,
    #[error(
        "the voxels are {found:?} along i, j, k, and the given grid is {given:?}: expected the same shape"
    )]
    GivenGrid { found: [usize; 3], given: [usize; 3] },
    #[error("{voxels} voxels do not fit into memory")]
    Memory { voxels: usize },
}

impl Detail for VoxelError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Open(_) | Self::NotAFile | Self::Read(_) => ErrorKind::Io,
            Self::ChooseVolume { .. } | Self::NoVolume { .. } | Self::OutOfRange => ErrorKind::Parameter,
            Self::GivenGrid { .. } => ErrorKind::Geometry,
            Self::Memory { .. } => ErrorKind::Limit,
            Self::Packed { .. }
            | Self::Trailing { .. }
            | Self::Text(_)
            | Self::Truncated
            | Self::TooShort { .. } => ErrorKind::Malformed,
        }
    }
}
