//! What each segment is.

use dicom_dictionary_std::tags;
use hemastage_image::dicom::Origin;

use super::{Segment, SegmentationType};
use crate::{
    codes::{ABNORMAL, BACKGROUND, HEMORRHAGE, VERTEBRAL_CANAL, label, stage},
    color::cielab,
    dataset::Dataset,
    header::PROGRAM,
    report::tracking,
};

/// The items of the segment sequence.
pub(super) fn segments(present: &[Segment], origin: &Origin, kind: SegmentationType) -> Vec<Dataset> {
    // a label map names what its zeros are
    let background = (kind == SegmentationType::LabelMap).then(background);
    background.into_iter().chain(present.iter().map(|segment| item(segment, origin))).collect()
}

fn item(segment: &Segment, origin: &Origin) -> Dataset {
    let kind = HEMORRHAGE
        .item()
        .item(tags::SEGMENTED_PROPERTY_TYPE_MODIFIER_CODE_SEQUENCE, stage(segment.stage).item());
    let tracking = tracking(origin, segment.stage.key());
    described(segment.number, label(segment.stage))
        .item(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, ABNORMAL.item())
        .item(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, kind)
        .item(tags::ANATOMIC_REGION_SEQUENCE, VERTEBRAL_CANAL.item())
        .shorts(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, &cielab(segment.stage.rgb()))
        .text(tags::TRACKING_ID, tracking.id)
        .text(tags::TRACKING_UID, tracking.uid)
}

fn background() -> Dataset {
    described(0, "Background")
        .item(tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, BACKGROUND.item())
        .item(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, BACKGROUND.item())
        .shorts(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE, &cielab([0; 3]))
}

fn described(number: u16, label: &str) -> Dataset {
    Dataset::new()
        .shorts(tags::SEGMENT_NUMBER, &[number])
        .text(tags::SEGMENT_LABEL, label)
        .text(tags::SEGMENT_ALGORITHM_TYPE, "AUTOMATIC")
        .text(tags::SEGMENT_ALGORITHM_NAME, PROGRAM)
}
