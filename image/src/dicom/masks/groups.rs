//! The functional groups of a segmentation: where each frame lies and which segment it is of.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{error::MaskError, placement::SliceSpacing};
use crate::{
    dicom::{Dataset, plane::Plane},
    error::Result,
};

/// One frame of a segmentation.
#[derive(Debug, Clone, Copy)]
pub(super) struct SegmentFrame {
    pub(super) plane: Plane,
    /// Its segment; none in a label map, whose pixels name their segments.
    pub(super) segment: Option<i64>,
}

/// The frames of a file by their functional groups; `segmented` where each is of one segment.
///
/// # Errors
/// When a frame has no place in the patient or no segment, or there are not as many groups as frames.
///
/// # Reference
/// DICOM PS3.3, C.7.6.16 Multi-frame Functional Groups.
pub(super) fn read_frames(dataset: Dataset<'_>, frames: usize, segmented: bool) -> Result<Vec<SegmentFrame>> {
    let groups = dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).count();
    if groups != frames {
        return Err(MaskError::FrameCount { groups, frames }.into());
    }
    let shared = dataset.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let shared = shared.map(Groups::of).transpose()?.unwrap_or_default();
    let mut found = Vec::new();
    found.try_reserve_exact(frames).map_err(|_| MaskError::Memory)?;
    for (own, frame) in dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).zip(1..) {
        let groups = Groups::of(own)?.or(&shared);
        let segment =
            if segmented { Some(groups.segment.ok_or(MaskError::NoSegment { frame })?) } else { None };
        found.push(SegmentFrame { plane: groups.plane(frame)?, segment });
    }
    Ok(found)
}

/// What the shared pixel measures, or the first frame's, say of the distance between planes.
///
/// # Errors
/// When a number cannot be read.
pub(super) fn slice_spacing(dataset: Dataset<'_>) -> Result<SliceSpacing> {
    let measures = |groups| dataset.item(groups).and_then(|group| group.item(tags::PIXEL_MEASURES_SEQUENCE));
    let found = measures(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)
        .or_else(|| measures(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE));
    let number = |tag: Tag| found.map_or(Ok(None), |measures| measures.number(tag));
    Ok(SliceSpacing {
        between_slices: number(tags::SPACING_BETWEEN_SLICES)?,
        thickness: number(tags::SLICE_THICKNESS)?,
    })
}

/// Whether the frames lie on a slide and not in a patient.
pub(super) fn is_slide(dataset: Dataset<'_>) -> bool {
    let first = dataset.item(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    dataset.has(tags::TOTAL_PIXEL_MATRIX_COLUMNS)
        || first.is_some_and(|groups| groups.has(tags::PLANE_POSITION_SLIDE_SEQUENCE))
}

/// What the groups of one frame, or those that all share, say.
#[derive(Debug, Clone, Copy, Default)]
struct Groups {
    position: Option<[f64; 3]>,
    orientation: Option<[f64; 6]>,
    spacing: Option<[f64; 2]>,
    segment: Option<i64>,
}

impl Groups {
    fn of(item: Dataset<'_>) -> Result<Self> {
        let segment = item.item(tags::SEGMENT_IDENTIFICATION_SEQUENCE);
        Ok(Self {
            position: numbers(item, tags::PLANE_POSITION_SEQUENCE, tags::IMAGE_POSITION_PATIENT)?,
            orientation: numbers(item, tags::PLANE_ORIENTATION_SEQUENCE, tags::IMAGE_ORIENTATION_PATIENT)?,
            spacing: numbers(item, tags::PIXEL_MEASURES_SEQUENCE, tags::PIXEL_SPACING)?,
            segment: segment
                .map(|group| group.integer(tags::REFERENCED_SEGMENT_NUMBER))
                .transpose()?
                .flatten(),
        })
    }

    /// A frame's own groups stand before the shared ones.
    fn or(self, shared: &Self) -> Self {
        Self {
            position: self.position.or(shared.position),
            orientation: self.orientation.or(shared.orientation),
            spacing: self.spacing.or(shared.spacing),
            segment: self.segment.or(shared.segment),
        }
    }

    fn plane(&self, frame: usize) -> Result<Plane> {
        let missing = |keyword| MaskError::Unplaced { frame, keyword };
        Plane::of(
            self.position.ok_or_else(|| missing("ImagePositionPatient"))?,
            self.orientation.ok_or_else(|| missing("ImageOrientationPatient"))?,
            self.spacing.ok_or_else(|| missing("PixelSpacing"))?,
        )
    }
}

fn numbers<const N: usize>(item: Dataset<'_>, sequence: Tag, tag: Tag) -> Result<Option<[f64; N]>> {
    item.item(sequence).map_or(Ok(None), |group| group.numbers(tag))
}
