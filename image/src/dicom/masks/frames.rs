//! The frames of a segmentation: where each lies, and which segment it is of.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{error::MaskError, own_grid::SliceSpacing};
use crate::{
    dicom::{dataset::Dataset, functional_groups::FrameGroups, plane::Plane},
    error::Result,
    memory::reserve_exact,
};

/// One frame of a segmentation.
#[derive(Debug, Clone, Copy)]
pub(super) struct SegmentFrame {
    pub(super) plane: Plane,
    /// The number of its segment; `None` in a label map, whose pixels hold the numbers.
    pub(super) segment: Option<i64>,
}

/// The frames of a file; `one_segment_each` unless it is a label map.
///
/// # Errors
/// When a frame has no position in the patient or no segment, or functional groups and frames differ in number.
pub(super) fn read_frames(
    dataset: Dataset<'_>,
    frames: usize,
    one_segment_each: bool,
) -> Result<Vec<SegmentFrame>> {
    let groups = FrameGroups::of_frames(dataset).count();
    if groups != frames {
        return Err(MaskError::FrameCount { groups, frames }.into());
    }
    let mut read = Vec::new();
    reserve_exact(&mut read, frames).map_err(MaskError::from)?;
    for (groups, frame) in FrameGroups::of_frames(dataset).zip(1..) {
        let segment = if one_segment_each { Some(segment_of(&groups, frame)?) } else { None };
        let plane = groups.plane(None, |keyword| MaskError::Unplaced { frame, keyword }.into())?;
        read.push(SegmentFrame { plane, segment });
    }
    Ok(read)
}

fn segment_of(groups: &FrameGroups<'_>, frame: usize) -> Result<i64> {
    let group = groups.group(tags::SEGMENT_IDENTIFICATION_SEQUENCE);
    let number = group.map_or(Ok(None), |group| group.integer(tags::REFERENCED_SEGMENT_NUMBER))?;
    Ok(number.ok_or(MaskError::NoSegment { frame })?)
}

/// What the first frame's pixel measures give as the distance between planes; an unreadable value gives none.
pub(super) fn slice_spacing(dataset: Dataset<'_>) -> SliceSpacing {
    let measures = FrameGroups::of_frame(dataset, 0).group(tags::PIXEL_MEASURES_SEQUENCE);
    let number = |tag: Tag| measures.and_then(|measures| measures.number(tag).ok().flatten());
    SliceSpacing::new(number(tags::SPACING_BETWEEN_SLICES), number(tags::SLICE_THICKNESS))
}

/// Whether the frames lie on a slide and not in a patient.
pub(super) fn is_slide(dataset: Dataset<'_>) -> bool {
    let first = dataset.item(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    dataset.has(tags::TOTAL_PIXEL_MATRIX_COLUMNS)
        || first.is_some_and(|groups| groups.has(tags::PLANE_POSITION_SLIDE_SEQUENCE))
}
