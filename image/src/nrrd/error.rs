//! What can be wrong with an NRRD file.

use crate::{
    error::{Detail, ErrorKind},
    raster::{DataFileError, MAX_LINES, VoxelError},
};

#[derive(Debug, thiserror::Error)]
pub(super) enum NrrdError {
    #[error(transparent)]
    Voxels(#[from] VoxelError),
    #[error(transparent)]
    DataFile(#[from] DataFileError),
    #[error("an NRRD file of an unknown version: expected 1 to 5, so save it again")]
    Version,
    #[error(
        "the NRRD header does not end within {max} bytes or {MAX_LINES} lines: expected an empty line after it"
    )]
    HeaderLength { max: u64 },
    #[error(
        "the NRRD header has no empty line after it and names no data file: the file was cut short, so copy or export it again"
    )]
    NoVoxels,
    #[error(
        "line {line} of the NRRD header is neither `field: value` nor `key:=value`: the header is damaged"
    )]
    Line { line: usize },
    #[error("line {line} of the NRRD header repeats a field: the header contradicts itself")]
    Repeated { line: usize },
    #[error("the NRRD header has no `{field}`: expected it, so save the image again")]
    Missing { field: &'static str },
    #[error("`{field}` of the NRRD header is not a whole number: the header is damaged")]
    Number { field: &'static str },
    #[error("`{field}` of the NRRD header has {found} entries: expected {expected}, one per axis")]
    PerAxis { field: &'static str, found: usize, expected: usize },
    #[error(
        "the image has {found} axes: expected 3, or 4 of a file with several volumes, so save it as a volume"
    )]
    Dimension { found: i64 },
    #[error("`sizes` of the NRRD header are {sizes:?}: expected 1 to 32767 voxels along each axis of space")]
    Sizes { sizes: Vec<i64> },
    #[error("the header claims {} voxels: the limit is {limit}", sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x "))]
    TooLarge { sizes: Vec<i64>, limit: u64 },
    #[error("the voxels have {found} components: expected at most {max}")]
    Components { found: i64, max: usize },
    #[error(
        "`type` of the NRRD header is none of the ten integer and float types: save the image as one of them"
    )]
    Type,
    #[error(
        "the voxels are colors: expected one number per voxel, so export a grayscale image or a label map"
    )]
    Color,
    #[error("the voxels are complex: expected real numbers, so export the magnitude")]
    Complex,
    #[error(
        "the voxels are not numbers along the axes of space, by `kinds` of the NRRD header: export one number per voxel"
    )]
    Kind,
    #[error(
        "of the 4 axes, the first or the last must be that of the volumes (`kinds` list or `space directions` none), and the others those of space: save the image again"
    )]
    VolumeAxis,
    #[error("`encoding` of the NRRD header is none of raw, gzip and ascii: save the image with one of them")]
    Encoding,
    #[error(
        "`endian` of the NRRD header is missing or unknown: expected `little` or `big` for numbers of several bytes"
    )]
    Endian,
    #[error("`{field}` is {found}: expected {expected} with this encoding")]
    Skip { field: &'static str, found: i64, expected: &'static str },
    #[error(
        "`space` of the NRRD header is unknown: expected left-posterior-superior or right-anterior-superior"
    )]
    Space,
    #[error("`space dimension` of the NRRD header is {found}: expected 3, as of an image of a patient")]
    SpaceDimension { found: i64 },
    #[error(
        "`{field}` of the NRRD header is not a list of vectors of 3 finite numbers, as (0.5,0,0): the header is damaged"
    )]
    Vectors { field: &'static str },
    #[error(
        "the NRRD header has neither `space directions` nor `spacings`: the size of a voxel is unknown, so save the image with its geometry"
    )]
    NoSpacing,

    #[error(
        "`{key}` of a segment is not a whole number, or missing of one of several: export the segmentation again"
    )]
    SegmentNumber { key: &'static str },
    #[error("a segment is in layer {layer} but the file has {layers}: the header contradicts itself")]
    Layer { layer: i64, layers: usize },
    #[error("the file describes more than {max} segments: expected fewer")]
    Segments { max: usize },
    #[error("a segment has the label 0, which is the background: number the segments from 1")]
    Background,
    #[error("the layers of the segments are the last axis: expected the first, as 3D Slicer writes them")]
    LastLayers,
    #[error("two segments have the label {label} in the same layer: the header contradicts itself")]
    SameLabel { label: i64 },
    #[error("the segmentation was saved as {stored}: expected voxels, so export a binary label map")]
    Representation { stored: &'static str },
    #[error(
        "the label {label} is that of {segments} segments, in different layers: choose the segment by its name"
    )]
    Ambiguous { label: i64, segments: usize },
    #[error(
        "the segments {one} and {other} overlap: a label map holds one label per voxel, so choose one segment at a time"
    )]
    Overlap { one: i64, other: i64 },
}

impl Detail for NrrdError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Voxels(error) => error.kind(),
            Self::DataFile(error) => error.kind(),
            Self::Version
            | Self::Dimension { .. }
            | Self::Type
            | Self::Color
            | Self::Complex
            | Self::Kind
            | Self::VolumeAxis
            | Self::Encoding
            | Self::Representation { .. }
            | Self::Background
            | Self::LastLayers
            | Self::Space => ErrorKind::Unsupported,
            Self::TooLarge { .. }
            | Self::Components { .. }
            | Self::Segments { .. }
            | Self::HeaderLength { .. } => ErrorKind::Limit,
            Self::SpaceDimension { .. } | Self::Vectors { .. } | Self::NoSpacing => ErrorKind::Geometry,
            Self::Ambiguous { .. } | Self::Overlap { .. } => ErrorKind::Parameter,
            Self::NoVoxels
            | Self::Line { .. }
            | Self::Repeated { .. }
            | Self::Missing { .. }
            | Self::Number { .. }
            | Self::PerAxis { .. }
            | Self::Sizes { .. }
            | Self::Endian
            | Self::Skip { .. }
            | Self::SegmentNumber { .. }
            | Self::Layer { .. }
            | Self::SameLabel { .. } => ErrorKind::Malformed,
        }
    }
}
