//! What can be wrong with a segmentation or a structure set.

use crate::{
    error::{Detail, ErrorKind},
    memory::OutOfMemory,
};

#[derive(Debug, thiserror::Error)]
pub(super) enum MaskError {
    #[error("{keyword} is missing: a {of} needs it, so export the file again")]
    Missing { keyword: &'static str, of: &'static str },
    #[error("{keyword} is {found}: expected {expected}")]
    Value { keyword: &'static str, found: i64, expected: &'static str },

    #[error("the file is a DICOM object of another kind: expected a segmentation")]
    NotSegmentation,
    #[error(
        "SegmentationType is not known: expected BINARY, FRACTIONAL or LABELMAP, so export the mask as one of them"
    )]
    SegmentationType,
    #[error("{bits} bits are allocated to a pixel: expected {expected} in a {of} segmentation")]
    Bits { bits: u16, of: &'static str, expected: &'static str },
    #[error(
        "the segmentation is of a slide: its frames have positions on the glass, expected positions in a patient"
    )]
    Slide,
    #[error(
        "frame {frame} has no position in the patient (no {keyword}): expected the mask of a volume, not of a single picture"
    )]
    Unplaced { frame: usize, keyword: &'static str },
    #[error(
        "the header places {groups} frames (PerFrameFunctionalGroupsSequence) but the pixel data has {frames}: the header contradicts itself"
    )]
    FrameCount { groups: usize, frames: usize },
    #[error("frame {frame} belongs to segment {number}, which SegmentSequence does not list")]
    UnknownSegment { frame: usize, number: i64 },
    #[error(
        "frame {frame} holds voxels of the number {number}, which SegmentSequence does not list: export the mask again"
    )]
    UnlistedValue { frame: usize, number: i64 },
    #[error("frame {frame} names no segment (no ReferencedSegmentNumber): export the mask again")]
    NoSegment { frame: usize },
    #[error("the label map is compressed with loss, which changes labels: export it without loss")]
    LossyLabels,
    #[error("segment 0 is not the background, which is not supported: number the segments from 1")]
    SegmentZero,
    #[error(
        "frames {one} and {other} are of the same segment at the same position: expected one, as in a segmentation of one volume"
    )]
    SamePosition { one: usize, other: usize },
    #[error(
        "frame {frame} does not lie on the grid of the other frames: expected parallel frames with the same pixel spacing, stacked along their normal"
    )]
    OffGrid { frame: usize },
    #[error(
        "planes at {low:.2} and {high:.2} mm along the normal are not a whole number of steps of {step:.2} mm apart: expected planes of one regular grid, so give the image that was segmented in the same orientation or export the mask again"
    )]
    Uneven { low: f64, high: f64, step: f64 },
    #[error(
        "planes are {smallest:.2} mm apart where SpacingBetweenSlices is {stated:.2} mm: the mask was drawn on blocks of slices that overlap; expected those of one block, so give the image that was segmented, or export the mask of each block by itself"
    )]
    Blocks { smallest: f64, stated: f64 },
    #[error(
        "the mask has one slice and neither SpacingBetweenSlices nor SliceThickness: give the image that was segmented"
    )]
    NoThickness,
    #[error(
        "the segments {one} and {other} overlap: a label map holds one label per voxel, so choose one segment at a time"
    )]
    Overlap { one: i32, other: i32 },
    #[error(
        "the frame of reference is that of none of the images: the mask was drawn on another scan, so its place here is unknown"
    )]
    FrameOfReference,

    #[error("the file is a DICOM object of another kind: expected a structure set")]
    NotStructureSet,
    #[error("ROI {roi} has no contour of the type CLOSED_PLANAR: points and open lines enclose no voxels")]
    ContourType { roi: i64 },
    #[error("ROI {roi}, contour {contour}: found {numbers} coordinates, expected 3 for each point")]
    ContourLength { roi: i64, contour: usize, numbers: usize },
    #[error("ROI {roi}, contour {contour}: a coordinate is not a finite number")]
    ContourNumber { roi: i64, contour: usize },
    #[error("ROI {roi} has no contours: expected at least one")]
    NoContours { roi: i64 },
    #[error("ROI {roi} has no contour of two points or more: expected one that encloses voxels")]
    EnclosesNothing { roi: i64 },
    #[error(
        "a structure set has contours but no voxels: give the image that they were drawn on, in its frame of reference"
    )]
    NoImage,
    #[error(
        "ROI {roi}, contour {contour} is {distance_mm:.2} mm away from the nearest slice of the image, or bent or tilted by that much: expected at most {max_mm:.2} mm, so give the series that it was drawn on"
    )]
    OffSlice { roi: i64, contour: usize, distance_mm: f64, max_mm: f64 },
    #[error(
        "ROI {roi}, contour {contour} lies beyond the image's first or last slice: give the series that it was drawn on"
    )]
    BeyondSlices { roi: i64, contour: usize },
    #[error("the contours cross more than {max} rows of voxels: expected the outlines of a region")]
    Crossings { max: usize },

    #[error("the mask has more than {max} runs of voxels: expected few regions in large parts")]
    Marks { max: usize },
    #[error("the mask's frames span {voxels} voxels: the limit is {limit}")]
    Voxels { voxels: u64, limit: u64 },
    #[error("the mask does not fit into memory")]
    Memory,
}

impl From<OutOfMemory> for MaskError {
    fn from(_: OutOfMemory) -> Self {
        Self::Memory
    }
}

impl Detail for MaskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Overlap { .. } => ErrorKind::Parameter,
            Self::NotSegmentation
            | Self::NotStructureSet
            | Self::SegmentationType
            | Self::Slide
            | Self::SegmentZero
            | Self::LossyLabels
            | Self::Unplaced { .. }
            | Self::ContourType { .. }
            | Self::SamePosition { .. } => ErrorKind::Unsupported,
            Self::Missing { .. }
            | Self::Value { .. }
            | Self::Bits { .. }
            | Self::FrameCount { .. }
            | Self::UnknownSegment { .. }
            | Self::UnlistedValue { .. }
            | Self::NoSegment { .. }
            | Self::ContourLength { .. }
            | Self::ContourNumber { .. }
            | Self::NoContours { .. }
            | Self::EnclosesNothing { .. } => ErrorKind::Malformed,
            Self::OffGrid { .. }
            | Self::Uneven { .. }
            | Self::Blocks { .. }
            | Self::NoThickness
            | Self::FrameOfReference
            | Self::NoImage
            | Self::OffSlice { .. }
            | Self::BeyondSlices { .. } => ErrorKind::Geometry,
            Self::Crossings { .. } | Self::Marks { .. } | Self::Voxels { .. } | Self::Memory => {
                ErrorKind::Limit
            }
        }
    }
}
