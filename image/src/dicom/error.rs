//! What can be wrong with a DICOM file. No text contains the value of an element.

use std::io;

use crate::{
    error::{Detail, ErrorKind},
    memory::OutOfMemory,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum DicomError {
    #[error("the file could not be opened ({0}): check that it exists and is readable")]
    Open(#[source] io::Error),
    #[error("not a regular file: expected a DICOM file")]
    NotAFile,
    #[error("reading failed ({0})")]
    Read(#[source] io::Error),
    #[error(
        "not a DICOM file: expected `DICM` at byte 128, or a data set that starts with group 0002 or 0008"
    )]
    NotDicom,
    #[error("a DICOMDIR, which is an index of other files: give the folder with the images themselves")]
    Directory,
    #[error(
        "the transfer syntax is {0}, which is not supported: export the file uncompressed (explicit VR little endian)"
    )]
    Syntax(&'static str),
    #[error(
        "the transfer syntax is not one of the DICOM standard: export the file uncompressed (explicit VR little endian)"
    )]
    UnknownSyntax,
    #[error(
        "the transfer syntax is stated as {stated}, but the elements are {found}: export the file uncompressed (explicit VR little endian)"
    )]
    Contradicted { stated: &'static str, found: &'static str },
    #[error("the header is damaged at byte {at}: copy or export the file again")]
    Damaged { at: u64 },
    #[error("the header could not be read: it is damaged, so copy or export the file again")]
    Unreadable,
    #[error(
        "the element at byte {at} claims {claimed} bytes, but {left} are left: the file is damaged or was cut short, so copy or export it again"
    )]
    TooLong { at: u64, claimed: u64, left: u64 },
    #[error("the file ends within an element, at byte {at}: it was cut short, so copy or export it again")]
    CutShort { at: u64 },
    #[error("sequences are nested deeper than {max} at byte {at}: the file is damaged")]
    TooDeep { at: u64, max: usize },
    #[error("the header holds more than {max} elements: the file is damaged")]
    TooMany { max: usize },
    #[error("the header inflates to more than {max} bytes: the file is damaged")]
    Bomb { max: u64 },
    #[error("the compressed data set is damaged: copy or export the file again")]
    Deflate,
    #[error(
        "the file ends before its last pixel: its header claims {claimed} bytes of pixel data but the file has {available}: it was cut short, so copy or export it again"
    )]
    PixelsCutShort { claimed: u64, available: u64 },
    #[error(
        "the pixel data claims {claimed} bytes, but the image has {expected}: the header contradicts itself"
    )]
    PixelBytes { claimed: u64, expected: u64 },
    #[error("the header claims {pixels} pixels: the limit is {limit}")]
    TooLarge { pixels: u64, limit: u64 },
    #[error(
        "pixel data of a stated length, but the transfer syntax is {syntax}, which has fragments: the header contradicts itself"
    )]
    NotFragments { syntax: &'static str },
    #[error("pixel data in fragments, but the transfer syntax is {syntax}: the header contradicts itself")]
    Fragments { syntax: &'static str },
    #[error("the fragments of the pixel data are damaged at byte {at}: copy or export the file again")]
    BadFragment { at: u64 },
    #[error("the requested pixels lie outside the pixel data")]
    OutOfRange,
    #[error("{bytes} bytes do not fit into memory")]
    Memory { bytes: u64 },
    #[error("{keyword} is not a number: expected {expected}")]
    NotANumber { keyword: String, expected: &'static str },
    #[error("{keyword} has {found} values: expected {expected}")]
    Count { keyword: String, found: usize, expected: usize },
}

impl DicomError {
    /// The error for a failed read; the end of the file is one too.
    pub(super) fn from_read(error: io::Error, at: u64) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::CutShort { at },
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => Self::Deflate,
            _ => Self::Read(error),
        }
    }
}

impl From<OutOfMemory> for DicomError {
    fn from(OutOfMemory { bytes }: OutOfMemory) -> Self {
        Self::Memory { bytes }
    }
}

impl Detail for DicomError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Open(_) | Self::NotAFile | Self::Read(_) => ErrorKind::Io,
            Self::Directory | Self::Syntax(_) | Self::UnknownSyntax => ErrorKind::Unsupported,
            Self::TooMany { .. } | Self::Bomb { .. } | Self::TooLarge { .. } | Self::Memory { .. } => {
                ErrorKind::Limit
            }
            Self::OutOfRange => ErrorKind::Parameter,
            _ => ErrorKind::Malformed,
        }
    }
}
