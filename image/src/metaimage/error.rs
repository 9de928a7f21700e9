//! What can be wrong with a MetaImage file.

use crate::{
    error::{Detail, ErrorKind},
    raster::{DataFileError, VoxelError},
};

#[derive(Debug, thiserror::Error)]
pub(super) enum MetaImageError {
    #[error(transparent)]
    Voxels(#[from] VoxelError),
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    #[error(
        "the MetaImage header has no `ElementDataFile` as its last line: the file was cut short, so copy or export it again"
    )]
    NoDataFile,
    #[error("line {line} of the MetaImage header is not `key = value`: the header is damaged")]
    Line { line: usize },
    #[error("line {line} of the MetaImage header repeats a key: the header contradicts itself")]
    Repeated { line: usize },
    #[error("the MetaImage header has no `{key}`: expected it, so save the image again")]
    Missing { key: &'static str },
    #[error("`{key}` of the MetaImage header is not a whole number: the header is damaged")]
    Number { key: &'static str },
    #[error("`{key}` of the MetaImage header is not {expected} finite numbers: the header is damaged")]
    Numbers { key: &'static str, expected: usize },
    #[error(
        "`{}` and `{}` of the MetaImage header mean the same and differ: where the image lies is unknown, so save it again from the program that made it", keys[0], keys[1]
    )]
    Contradiction { keys: [&'static str; 2] },
    #[error("the MetaImage file holds something else than an image: expected `ObjectType = Image`")]
    NotImage,
    #[error("the image has {found} axes: expected 3, so save it as one volume")]
    Dimension { found: i64 },
    #[error("`DimSize` of the MetaImage header is {sizes:?}: expected 1 to 32767 voxels along each axis")]
    Sizes { sizes: [f64; 3] },
    #[error("the header claims {} x {} x {} voxels of {channels} channels: the limit is {limit}", sizes[0], sizes[1], sizes[2])]
    TooLarge { sizes: [usize; 3], channels: usize, limit: u64 },
    #[error("the voxels have {found} channels: expected 1 to {max}")]
    Channels { found: i64, max: i64 },
    #[error(
        "`ElementType` of the MetaImage header is none of the ten integer and float types: save the image as one of them"
    )]
    Type,
    #[error(
        "`HeaderSize` is {found}: expected the bytes to skip in front of the voxels, or -1 for voxels at the end of a file that is not compressed"
    )]
    HeaderSize { found: i64 },
    #[error(
        "the voxels are compressed but `CompressedDataSize` is missing or no number of bytes: save the image again"
    )]
    NoPackedSize,
    #[error(
        "the file ends before its last voxel: its header claims {claimed} compressed bytes, but there are {found}"
    )]
    PackedSize { claimed: u64, found: u64 },
    #[error("the compressed voxels are text, which no program writes: the header is damaged")]
    PackedText,
    #[error(
        "the MetaImage header has no `ElementSpacing`: the size of a voxel is unknown, so save the image again"
    )]
    NoSpacing,
}

impl Detail for MetaImageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Voxels(error) => error.kind(),
            Self::DataFile(error) => error.kind(),
            Self::NotImage | Self::Dimension { .. } | Self::Type | Self::Channels { .. } => {
                ErrorKind::Unsupported
            }
            Self::TooLarge { .. } => ErrorKind::Limit,
            Self::NoSpacing | Self::Contradiction { .. } => ErrorKind::Geometry,
            Self::NoDataFile
            | Self::Line { .. }
            | Self::Repeated { .. }
            | Self::Missing { .. }
            | Self::Number { .. }
            | Self::Numbers { .. }
            | Self::Sizes { .. }
            | Self::HeaderSize { .. }
            | Self::NoPackedSize
            | Self::PackedSize { .. }
            | Self::PackedText => ErrorKind::Malformed,
        }
    }
}
