//! What can be wrong with pixel data.

use crate::{
    error::{Detail, ErrorKind},
    memory::OutOfMemory,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum PixelError {
    #[error("the data set has no {0}: its pixels cannot be read without it")]
    Missing(&'static str),
    #[error("{name} is {found}: expected {expected}")]
    Value { name: &'static str, found: i64, expected: &'static str },
    #[error("HighBit is {found} with {stored} BitsStored: only pixels stored in the lowest bits are read")]
    HighBit { found: i64, stored: i64 },
    #[error(
        "SamplesPerPixel is {samples} and PhotometricInterpretation is {name}: expected 1 and MONOCHROME1 or MONOCHROME2, so export a grayscale image"
    )]
    Color { samples: i64, name: &'static str },
    #[error("the pixels are floating-point numbers: only integers are read")]
    Float,
    #[error(
        "Rows {rows}, Columns {columns} and NumberOfFrames {frames} claim more pixels than the limit of {limit}"
    )]
    TooLarge { rows: i64, columns: i64, frames: i64, limit: u64 },
    #[error("the file has no pixel data: expected an image")]
    NoPixels,
    #[error("the transfer syntax says {syntax} but the pixel data {found}: the header contradicts itself")]
    Layout { syntax: &'static str, found: &'static str },
    #[error(
        "the pixel data has {found} bytes: Rows {rows}, Columns {columns}, NumberOfFrames {frames} and BitsAllocated {bits} make {expected}"
    )]
    Length { found: u64, expected: u64, frames: usize, rows: usize, columns: usize, bits: u16 },
    #[error("{syntax} pixels with {bits} bits allocated are not supported")]
    Bits { syntax: &'static str, bits: u16 },
    #[error(
        "the pixels are compressed with {syntax}, which this build does not read: build it with the cargo feature `{feature}`, or decompress the file first"
    )]
    #[cfg_attr(
        all(feature = "jpeg2000", feature = "jpegls"),
        allow(dead_code, reason = "every codec is built in")
    )]
    Feature { syntax: &'static str, feature: &'static str },
    #[error("NumberOfFrames is {frames} with {fragments} fragments of pixel data: {problem}")]
    Fragments { frames: usize, fragments: usize, problem: &'static str },
    #[error("frame {chosen} was requested but there are {frames}, counted from 0")]
    NoFrame { chosen: usize, frames: usize },
    #[error("rows up to {end} were requested but there are {rows}")]
    NoRows { end: usize, rows: usize },
    #[error("values of another type than that of the pixels were requested")]
    OtherType,
    #[error("frame {frame} cannot be read: {problem}")]
    Damaged { frame: usize, problem: Damage },
    #[error("{bytes} bytes of pixels do not fit into memory")]
    Memory { bytes: u64 },
}

/// What is wrong with one compressed frame.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Damage {
    #[error("it ends before its last pixel")]
    CutShort,
    #[error("its RLE header claims {found} segments: expected {expected}, one per byte of a pixel")]
    Segments { found: u32, expected: usize },
    #[error("its RLE header places segment {segment} outside the frame or before the one that precedes it")]
    SegmentOffset { segment: usize },
    #[error("RLE segment {segment} does not hold exactly {expected} bytes")]
    SegmentLength { segment: usize, expected: usize },
    #[error("it is not {expected}")]
    NotCodestream { expected: &'static str },
    #[error("{name} of its compressed image is {found}: the data set says {expected}")]
    Contradiction { name: &'static str, found: usize, expected: usize },
    #[error("its compressed samples have {found} bits: the data set stores {stored} of {allocated}")]
    Precision { found: u16, stored: u16, allocated: u16 },
    #[error("its compressed samples have another sign than the data set says")]
    Sign,
    #[error("it is compressed with loss, which its transfer syntax rules out")]
    Lossy,
    #[error("more than one scan, or a segment where none may be")]
    Scans,
    #[cfg_attr(not(feature = "jpeg2000"), allow(dead_code, reason = "only JPEG 2000 has parts"))]
    #[error("its parts do not add up to its size")]
    Parts,
    #[error("it claims more pixels than its bytes can hold")]
    TooFewBytes,
    #[error("{0} is not supported: decompress the file first")]
    Unsupported(&'static str),
    #[error("its pixels do not fit into memory")]
    Memory,
    #[error("the decoder refused it")]
    Refused,
}

impl From<OutOfMemory> for PixelError {
    fn from(OutOfMemory { bytes }: OutOfMemory) -> Self {
        Self::Memory { bytes }
    }
}

impl From<OutOfMemory> for Damage {
    fn from(_: OutOfMemory) -> Self {
        Self::Memory
    }
}

impl Detail for PixelError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::HighBit { .. }
            | Self::Color { .. }
            | Self::Float
            | Self::Bits { .. }
            | Self::Feature { .. }
            | Self::Damaged { problem: Damage::Unsupported(_), .. } => ErrorKind::Unsupported,
            Self::TooLarge { .. } | Self::Memory { .. } | Self::Damaged { problem: Damage::Memory, .. } => {
                ErrorKind::Limit
            }
            Self::NoFrame { .. } | Self::NoRows { .. } | Self::OtherType => ErrorKind::Parameter,
            _ => ErrorKind::Malformed,
        }
    }
}
