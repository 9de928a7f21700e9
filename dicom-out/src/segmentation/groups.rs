//! Where each frame lies, and what it was made from.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use hemastage_image::dicom::{Origin, SourceSlice};

use super::{
    SegmentationType,
    frames::{Frame, Frames},
};
use crate::{
    codes::{SEGMENTED, SOURCE_IMAGE},
    dataset::Dataset,
    header::{Identity, instances, reference},
    planes::Planes,
    uid::uid,
};

/// What the dimension indices of a frame count: the segment, unless all are in one frame, and the position.
pub(super) fn dimensions(dataset: Dataset, identity: &Identity, kind: SegmentationType) -> Dataset {
    let organization = uid("dimensions", &[identity.instance.as_bytes()]);
    let index = |pointer: Tag, group: Tag| {
        Dataset::new()
            .text(tags::DIMENSION_ORGANIZATION_UID, &*organization)
            .tag(tags::DIMENSION_INDEX_POINTER, pointer)
            .tag(tags::FUNCTIONAL_GROUP_POINTER, group)
    };
    let segment = (kind == SegmentationType::Binary)
        .then(|| index(tags::REFERENCED_SEGMENT_NUMBER, tags::SEGMENT_IDENTIFICATION_SEQUENCE));
    let position = index(tags::IMAGE_POSITION_PATIENT, tags::PLANE_POSITION_SEQUENCE);
    dataset
        .item(
            tags::DIMENSION_ORGANIZATION_SEQUENCE,
            Dataset::new().text(tags::DIMENSION_ORGANIZATION_UID, &*organization),
        )
        .items(tags::DIMENSION_INDEX_SEQUENCE, segment.into_iter().chain([position]))
}

/// What all frames share; also what they were made from, unless each says it.
pub(super) fn shared(planes: &Planes, origin: &Origin, each_says_source: bool) -> Dataset {
    let [columns, rows, slices] = planes.spacing_mm();
    let measures = Dataset::new()
        .decimals(tags::PIXEL_SPACING, &[rows, columns])
        .decimals(tags::SLICE_THICKNESS, &[slices])
        .decimals(tags::SPACING_BETWEEN_SLICES, &[slices]);
    let orientation = Dataset::new().decimals(tags::IMAGE_ORIENTATION_PATIENT, &planes.orientation());
    let groups = Dataset::new()
        .item(tags::PIXEL_MEASURES_SEQUENCE, measures)
        .item(tags::PLANE_ORIENTATION_SEQUENCE, orientation);
    if each_says_source {
        return groups;
    }
    let sources = instances(origin).into_iter().map(|(class, instance)| source(reference(class, instance)));
    groups.item(tags::DERIVATION_IMAGE_SEQUENCE, derivation(sources))
}

/// What each frame has for itself. `on_source` gives the slice of the source that each one is.
pub(super) fn per_frame(
    frames: &Frames,
    planes: &Planes,
    origin: &Origin,
    on_source: Option<&[usize]>,
) -> Vec<Dataset> {
    let one = |(n, frame): (usize, Frame)| {
        let position = frame.slice as u32 + 1;
        let index: Vec<u32> = frame.segment.map(u32::from).into_iter().chain([position]).collect();
        let mut groups = Dataset::new()
            .item(tags::FRAME_CONTENT_SEQUENCE, Dataset::new().longs(tags::DIMENSION_INDEX_VALUES, &index))
            .item(
                tags::PLANE_POSITION_SEQUENCE,
                Dataset::new().decimals(tags::IMAGE_POSITION_PATIENT, &planes.position(frame.slice)),
            );
        if let Some(number) = frame.segment {
            let segment = Dataset::new().shorts(tags::REFERENCED_SEGMENT_NUMBER, &[number]);
            groups = groups.item(tags::SEGMENT_IDENTIFICATION_SEQUENCE, segment);
        }
        let slice = on_source.and_then(|slices| origin.slices().get(slices[n]));
        match slice {
            Some(slice) => groups.item(tags::DERIVATION_IMAGE_SEQUENCE, derivation([of_slice(slice)])),
            None => groups,
        }
    };
    frames.iter().enumerate().map(one).collect()
}

/// The source's series with all its images.
pub(super) fn referenced_series(origin: &Origin) -> Dataset {
    let images = instances(origin).into_iter().map(|(class, instance)| reference(class, instance));
    Dataset::new()
        .text(tags::SERIES_INSTANCE_UID, origin.series())
        .items(tags::REFERENCED_INSTANCE_SEQUENCE, images)
}

fn derivation(sources: impl IntoIterator<Item = Dataset>) -> Dataset {
    Dataset::new()
        .items(tags::SOURCE_IMAGE_SEQUENCE, sources)
        .item(tags::DERIVATION_CODE_SEQUENCE, SEGMENTED.item())
}

fn of_slice(slice: &SourceSlice) -> Dataset {
    let image = source(reference(&slice.class, &slice.instance));
    match slice.frame {
        Some(frame) => image.text(tags::REFERENCED_FRAME_NUMBER, frame.to_string()),
        None => image,
    }
}

fn source(image: Dataset) -> Dataset {
    image.item(tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE, SOURCE_IMAGE.item())
}
