//! What can be wrong with a folder or a series.

use std::io;

use super::super::spacing::Mm;
use crate::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum SeriesError {
    #[error("the path could not be opened ({0}): check that it exists and is readable")]
    Open(#[source] io::Error),
    #[error("a folder could not be read ({0}): check that it is readable")]
    Folder(#[source] io::Error),
    #[error("more than {max} files: give the folder of the series itself")]
    TooManyFiles { max: usize },
    #[error("no DICOM image in the folder: expected the files of a series")]
    NoImages,
    #[error("DICOM but not an image: expected a file with pixels, other than a segmentation")]
    NoImage,
    #[error(
        "{volumes} volumes at the same {positions} positions (time points, diffusion or other), the first two that differ at {at} mm along the normal: expected one volume, so export the one to be staged"
    )]
    Repeated { at: Mm, volumes: usize, positions: usize },
    #[error("{images} images of one slice: expected slices at two or more positions")]
    OneSlice { images: usize },
    #[error("the series claims {columns} x {rows} x {positions} voxels: the limit is {limit}")]
    TooLarge { columns: usize, rows: usize, positions: usize, limit: u64 },
    #[error("the requested block lies outside the image, or ends before it starts")]
    OutOfRange,
    #[error("{voxels} voxels do not fit into memory")]
    Memory { voxels: usize },
    #[error("{problem}; {unread}")]
    Unread { kind: ErrorKind, problem: String, unread: String },
    #[error("low values are bright (MONOCHROME1): expected a mask stored as MONOCHROME2")]
    InvertedMask,
}

impl Detail for SeriesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Open(_) | Self::Folder(_) => ErrorKind::Io,
            Self::Unread { kind, .. } => *kind,
            Self::NoImages => ErrorKind::Malformed,
            Self::NoImage | Self::OneSlice { .. } | Self::Repeated { .. } | Self::InvertedMask => {
                ErrorKind::Unsupported
            }
            Self::TooManyFiles { .. } | Self::TooLarge { .. } | Self::Memory { .. } => ErrorKind::Limit,
            Self::OutOfRange => ErrorKind::Parameter,
        }
    }
}
