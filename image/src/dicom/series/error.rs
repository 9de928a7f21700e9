//! What can be wrong with a folder or a series, in words for a person.

use std::{fmt, io};

use super::{spacing::Mm, summary::SeriesSummary};
use crate::error::{Detail, ErrorKind};

/// Series that an error lists at most.
const LISTED: usize = 24;

#[derive(Debug, thiserror::Error)]
pub(super) enum SeriesError {
    #[error("the path could not be opened ({0}): check that it exists and is readable")]
    Open(#[source] io::Error),
    #[error("a folder could not be read ({0}): check that it is readable")]
    Folder(#[source] io::Error),
    #[error("more than {most} files: give the folder of the series itself")]
    TooManyFiles { most: usize },
    #[error("no DICOM image in the folder: expected the files of a series")]
    NoImages,
    #[error("DICOM, but no image: expected a file with pixels, other than a segmentation")]
    NoImage,
    #[error(
        "{volumes} volumes at the same {positions} positions (time points, diffusion or other), the first two that differ at {at} mm along the normal: expected one volume, so export the one to be staged"
    )]
    Repeated { at: Mm, volumes: usize, positions: usize },
    #[error("the series claims {columns} x {rows} x {positions} voxels: the limit is {limit}")]
    TooLarge { columns: usize, rows: usize, positions: usize, limit: u64 },
    #[error("{} stacks of slices, so which one is meant is not clear: {HOW_TO_CHOOSE}{}", .0.len(), Listed(.0))]
    Several(Vec<SeriesSummary>),
    #[error("no series has that number, part or UID: {HOW_TO_CHOOSE}{}", Listed(.0))]
    NoSuchSeries(Vec<SeriesSummary>),
    #[error(
        "what stands after `#` chooses no series: write a series number (`#5`), a part of one (`#5.2`) or the start of a series UID of at least 6 characters"
    )]
    Selector,
    #[error("the asked block lies outside the image")]
    OutOfRange,
    #[error("{voxels} voxels do not fit into memory")]
    Memory { voxels: usize },
    #[error("{problem}; {unread}")]
    Unread { kind: ErrorKind, problem: String, unread: String },
    #[error("low values are the bright ones (MONOCHROME1): expected a mask stored as MONOCHROME2")]
    InvertedMask,
}

/// How a caller says which stack is meant.
const HOW_TO_CHOOSE: &str =
    "add one of these to the path, or `#` and the start of the series UID, or give a file of the series";

/// One line for each, up to a number.
struct Listed<'a>(&'a [SeriesSummary]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for series in self.0.iter().take(LISTED) {
            write!(f, "\n  {series}")?;
        }
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(f, "\n  and {more} more"),
        }
    }
}

impl Detail for SeriesError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Open(_) | Self::Folder(_) => ErrorKind::Io,
            Self::Unread { kind, .. } => *kind,
            Self::NoImages => ErrorKind::Malformed,
            Self::NoImage | Self::Repeated { .. } | Self::InvertedMask => ErrorKind::Unsupported,
            Self::TooManyFiles { .. } | Self::TooLarge { .. } | Self::Memory { .. } => ErrorKind::Limit,
            Self::Several(_) | Self::NoSuchSeries(_) | Self::Selector | Self::OutOfRange => {
                ErrorKind::Parameter
            }
        }
    }
}
