//! The report as an Enhanced SR: an Imaging Measurement Report (TID 1500).
//!
//! | file | what it does |
//! |---|---|
//! | `items.rs` | content items by their value types |
//! | `groups.rs` | the groups of measurements: the hematoma, its stages, its vertebral levels |

mod groups;
mod items;

use dicom_dictionary_std::{tags, uids};
use hemastage::{Report, Result};
use hemastage_image::dicom::{CopiedEntity, Origin};

use self::{
    groups::groups,
    items::{Item, Relation, Template},
};
use crate::{
    codes::{
        DEVICE, DEVICE_NAME, DEVICE_UID, ENGLISH, LANGUAGE, MEASUREMENTS, MRI, OBSERVER_TYPE, PROCEDURE,
        REPORT,
    },
    dataset::Dataset,
    error::WriteError,
    header::{Identity, PROGRAM, Series, header, instances, reference},
    segmentation::Segmentation,
    uid::uid,
};

const SERIES: Series =
    Series { modality: "SR", number: 9002, description: "hemastage report, research use only" };

/// The report as a DICOM structured report that refers to the segments and to the source images.
///
/// It holds the numbers of the report that have a code: volumes, median ratios, length and thickness, vertebral levels,
/// stages, whether the hematoma is mixed-phase, and what further contrasts say. What is null in the report is left out.
///
/// # Errors
/// `Parameter` when the report is of another study than the segmentation.
///
/// # Reference
/// DICOM PS3.3, A.35.2 Enhanced SR; PS3.16, TID 1500, 1411 and 1501.
pub fn structured_report(report: &Report, segmentation: &Segmentation<'_>) -> Result<Vec<u8>> {
    check(report, segmentation)?;
    let origin = segmentation.origin();
    // names of files are no part of what is written
    let mut content = report.clone();
    content.inputs.clear();
    let parts =
        [segmentation.identity().instance.as_bytes(), content.to_json().as_bytes()].map(<[u8]>::to_vec);
    let identity = Identity::new(uids::ENHANCED_SR_STORAGE, origin, &[&parts[0], &parts[1]]);
    header(origin, &identity, &SERIES, &[CopiedEntity::Study])
        .items(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, [])
        .items(tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, [])
        .text(tags::COMPLETION_FLAG, "COMPLETE")
        .text(tags::VERIFICATION_FLAG, "UNVERIFIED")
        .item(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE, evidence(segmentation))
        .content(document(report, segmentation))
        .file()
}

/// What a region is followed by, in the segmentation, in this report and in later ones of the same images.
pub(crate) struct Tracking {
    pub(crate) id: String,
    pub(crate) uid: String,
}

/// The tracking of a part of the hematoma, by its key.
pub(crate) fn tracking(origin: &Origin, key: &str) -> Tracking {
    let parts = [origin.series().as_bytes(), key.as_bytes()];
    Tracking { id: format!("hematoma {}", key.replace('_', " ")), uid: uid("tracking", &parts) }
}

/// Refuses the report of another study: its stages must be the segments.
fn check(report: &Report, segmentation: &Segmentation<'_>) -> Result<(), WriteError> {
    let voxels: usize = segmentation.segments().iter().map(|segment| segment.voxels).sum();
    let is_present = |stage| segmentation.segments().iter().any(|segment| segment.stage == stage);
    let fits = |(stage, &volume): (_, &f64)| (volume > 0.0) == is_present(stage);
    if report.hematoma.sampled_voxels == voxels && report.stage.volume_mm3.iter().all(fits) {
        Ok(())
    } else {
        Err(WriteError::OtherReport)
    }
}

/// The objects that the content refers to.
fn evidence(segmentation: &Segmentation<'_>) -> Dataset {
    let (origin, identity) = (segmentation.origin(), segmentation.identity());
    let series = |uid: &str, images: Vec<Dataset>| {
        Dataset::new().items(tags::REFERENCED_SOP_SEQUENCE, images).text(tags::SERIES_INSTANCE_UID, uid)
    };
    let sources = instances(origin).into_iter().map(|(class, instance)| reference(class, instance)).collect();
    let of_segments = vec![reference(identity.class, &identity.instance)];
    let study = origin.copied().find(|(attribute, _)| attribute.keyword == "StudyInstanceUID");
    Dataset::new().stored(tags::STUDY_INSTANCE_UID, study.map_or(&[], |(_, value)| value)).items(
        tags::REFERENCED_SERIES_SEQUENCE,
        [series(&identity.series, of_segments), series(origin.series(), sources)],
    )
}

/// The content: who observed, what was done, what was measured.
fn document(report: &Report, segmentation: &Segmentation<'_>) -> Item {
    let observer = uid("device", &[]);
    let content = vec![
        Item::code(Relation::Modifier, LANGUAGE, ENGLISH),
        Item::code(Relation::Observer, OBSERVER_TYPE, DEVICE),
        Item::uid(Relation::Observer, DEVICE_UID, &observer),
        Item::text(Relation::Observer, DEVICE_NAME, PROGRAM),
        Item::code(Relation::Modifier, PROCEDURE, MRI),
        Item::container(MEASUREMENTS, None, groups(report, segmentation)),
    ];
    Item::container(REPORT, Some(Template("1500")), content)
}
