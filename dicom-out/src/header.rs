//! What both objects share: patient, study, equipment, series.

use std::collections::BTreeSet;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use hemastage_image::dicom::{CopiedEntity, Origin};

use crate::{codes::OWN_SCHEME, dataset::Dataset, uid::uid};

/// The program, its maker and its model.
pub(crate) const PROGRAM: &str = "hemastage";
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The date and time of a study that has none, as in a de-identified one: the standard wants a value.
const NO_DATE: &[u8] = b"19000101";
const NO_TIME: &[u8] = b"000000";

/// What tells one object from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// `SOPClassUID`.
    pub(crate) class: &'static str,
    /// `SOPInstanceUID`.
    pub(crate) instance: String,
    /// `SeriesInstanceUID`.
    pub(crate) series: String,
}

impl Identity {
    /// The identity of an object of this class that is made from these parts.
    pub(crate) fn new(class: &'static str, origin: &Origin, parts: &[&[u8]]) -> Self {
        let images = instances(origin).into_iter().map(|(_, instance)| instance.as_bytes());
        let source: Vec<&[u8]> =
            [class.as_bytes(), origin.series().as_bytes()].into_iter().chain(images).collect();
        let parts = [source.as_slice(), parts].concat();
        Self { class, instance: uid("instance", &parts), series: uid("series", &parts) }
    }
}

/// What the objects call their series.
pub(crate) struct Series {
    pub(crate) modality: &'static str,
    pub(crate) number: u16,
    pub(crate) description: &'static str,
}

/// The attributes that both objects have, with those of the source that are described by one of `entities`.
pub(crate) fn header(
    origin: &Origin,
    identity: &Identity,
    series: &Series,
    entities: &[CopiedEntity],
) -> Dataset {
    let mut dataset = Dataset::new();
    if !origin.character_set().is_empty() {
        dataset = dataset.stored(tags::SPECIFIC_CHARACTER_SET, origin.character_set());
    }
    for (attribute, value) in origin.copied().filter(|(attribute, _)| entities.contains(&attribute.of)) {
        let [group, element] = attribute.tag;
        dataset = dataset.stored(Tag(group, element), value);
    }
    let own_scheme = Dataset::new()
        .text(tags::CODING_SCHEME_DESIGNATOR, OWN_SCHEME)
        .text(tags::CODING_SCHEME_NAME, "hemastage, keys of its reports")
        .text(tags::CODING_SCHEME_RESPONSIBLE_ORGANIZATION, PROGRAM);
    dataset
        .text(tags::SOP_CLASS_UID, identity.class)
        .text(tags::SOP_INSTANCE_UID, &*identity.instance)
        .text(tags::SERIES_INSTANCE_UID, &*identity.series)
        .text(tags::SERIES_NUMBER, series.number.to_string())
        .text(tags::SERIES_DESCRIPTION, series.description)
        .text(tags::MODALITY, series.modality)
        .text(tags::INSTANCE_NUMBER, "1")
        .stored(tags::CONTENT_DATE, date(origin))
        .stored(tags::CONTENT_TIME, time(origin))
        .text(tags::MANUFACTURER, PROGRAM)
        .text(tags::MANUFACTURER_MODEL_NAME, PROGRAM)
        .text(tags::DEVICE_SERIAL_NUMBER, "none")
        .text(tags::SOFTWARE_VERSIONS, VERSION)
        .item(tags::CODING_SCHEME_IDENTIFICATION_SEQUENCE, own_scheme)
}

/// A reference to an image.
pub(crate) fn reference(class: &str, instance: &str) -> Dataset {
    Dataset::new()
        .text(tags::REFERENCED_SOP_CLASS_UID, class)
        .text(tags::REFERENCED_SOP_INSTANCE_UID, instance)
}

/// The images of the source, each once: class and instance.
pub(crate) fn instances(origin: &Origin) -> Vec<(&str, &str)> {
    let mut known = BTreeSet::new();
    let new = origin.slices().iter().filter(|slice| known.insert(&slice.instance));
    new.map(|slice| (&*slice.class, &*slice.instance)).collect()
}

/// `StudyDate`, so that the same study gives the same bytes at any time.
fn date(origin: &Origin) -> &[u8] {
    let date = value(origin, "StudyDate");
    if date.len() == 8 && date.iter().all(u8::is_ascii_digit) { date } else { NO_DATE }
}

fn time(origin: &Origin) -> &[u8] {
    let time = value(origin, "StudyTime");
    let is_time = time.len() >= 2 && time.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if is_time { time } else { NO_TIME }
}

fn value<'a>(origin: &'a Origin, keyword: &str) -> &'a [u8] {
    origin.copied().find(|(attribute, _)| attribute.keyword == keyword).map_or(&[], |(_, value)| value)
}
