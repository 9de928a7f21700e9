//! The elements of a segmentation, read by another library.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{FileDicomObject, InMemDicomObject, from_reader};
use hemastage_dicom::{SegmentationOptions, SegmentationType, segmentation, structured_report};

use crate::{
    bench::{Source, T2_GRID, USUAL, grids, series, staged},
    support::dicom::{
        file::Syntax,
        secrets::{kind, uid},
    },
};

pub(crate) type Object = FileDicomObject<InMemDicomObject>;

pub(crate) fn read(bytes: &[u8]) -> Object {
    // the reader of a file starts after the preamble
    from_reader(&bytes[128..]).unwrap()
}

pub(crate) fn items(object: &InMemDicomObject, tag: Tag) -> Vec<InMemDicomObject> {
    object.element(tag).unwrap().items().unwrap().to_vec()
}

pub(crate) fn item(object: &InMemDicomObject, tag: Tag) -> InMemDicomObject {
    let items = items(object, tag);
    assert_eq!(items.len(), 1, "{tag}");
    items[0].clone()
}

pub(crate) fn text(object: &InMemDicomObject, tag: Tag) -> String {
    object.element(tag).unwrap().to_str().unwrap().trim_end_matches(['\0', ' ']).to_owned()
}

/// The instance and the frame that each frame of a segmentation on the source's planes was made from, by position.
fn sources(object: &Object) -> Vec<(Vec<f64>, String, Option<String>)> {
    let of_frame = |frame: &InMemDicomObject| {
        let position = item(frame, tags::PLANE_POSITION_SEQUENCE);
        let position = position.element(tags::IMAGE_POSITION_PATIENT).unwrap().to_multi_float64().unwrap();
        let source = item(&item(frame, tags::DERIVATION_IMAGE_SEQUENCE), tags::SOURCE_IMAGE_SEQUENCE);
        let number = source.element_opt(tags::REFERENCED_FRAME_NUMBER).unwrap();
        let number = number.map(|number| number.to_str().unwrap().trim().to_owned());
        (position, text(&source, tags::REFERENCED_SOP_INSTANCE_UID), number)
    };
    items(object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).iter().map(of_frame).collect()
}

#[test]
fn a_frame_on_a_plane_of_the_source_names_its_image() {
    let source = Source::usual();
    let origin = source.origin();
    let object =
        read(segmentation(&USUAL.stage_map, &origin, SegmentationOptions::default()).unwrap().bytes());
    let mut n = 0;
    for (position, instance, frame) in sources(&object) {
        let ras = [-position[0], -position[1], position[2]];
        let index = T2_GRID.affine().world_to_index(ras);
        assert!(index[0].abs() < 1e-4 && index[1].abs() < 1e-4, "{index:?}");
        assert_eq!(instance, uid(kind::IMAGE, 2000 + index[2].round() as usize), "{index:?}");
        assert_eq!(frame, None);
        n += 1;
    }
    assert!(n > 4);
}

#[test]
fn a_frame_of_an_enhanced_source_is_named_by_its_number() {
    let t2 = series(&T2_GRID);
    let source = Source::enhanced(&t2);
    let origin = source.origin();
    let written = crate::support::dicom::enhanced::enhanced(&t2, 4);
    let mut whole = written.clone();
    let groups = whole.items(crate::support::dicom::tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).clone();
    let mut number_at = BTreeMap::new();
    for (mut group, number) in groups.into_iter().zip(1..) {
        let content = &group.items(crate::support::dicom::tags::FRAME_CONTENT_SEQUENCE)[0];
        let k = content.number(crate::support::dicom::tags::IN_STACK_POSITION_NUMBER) as usize - 1;
        number_at.insert(k, number.to_string());
    }
    let object =
        read(segmentation(&USUAL.stage_map, &origin, SegmentationOptions::default()).unwrap().bytes());
    let mut n = 0;
    for (position, instance, frame) in sources(&object) {
        let index = T2_GRID.affine().world_to_index([-position[0], -position[1], position[2]]);
        assert_eq!(instance, uid(kind::IMAGE, 2900));
        assert_eq!(frame.as_ref(), number_at.get(&(index[2].round() as usize)));
        n += 1;
    }
    assert!(n > 4);
    // the image is one, whatever the number of its frames
    let referenced = item(&object, tags::REFERENCED_SERIES_SEQUENCE);
    assert_eq!(items(&referenced, tags::REFERENCED_INSTANCE_SEQUENCE).len(), 1);
}

#[test]
fn other_planes_name_the_whole_source() {
    let source = Source::usual();
    let origin = source.origin();
    for (name, spec) in grids() {
        let map = staged(spec).stage_map;
        let object = read(segmentation(&map, &origin, SegmentationOptions::default()).unwrap().bytes());
        let shared = item(&object, tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
        let derivation = shared.element_opt(tags::DERIVATION_IMAGE_SEQUENCE).unwrap();
        let on_source = ["sagittal", "reordered", "left-handed"].contains(&name);
        assert_eq!(derivation.is_none(), on_source, "{name}");
        let first = &items(&object, tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE)[0];
        assert_eq!(
            first.element_opt(tags::DERIVATION_IMAGE_SEQUENCE).unwrap().is_some(),
            on_source,
            "{name}"
        );
        if !on_source {
            let images = item(&shared, tags::DERIVATION_IMAGE_SEQUENCE);
            assert_eq!(items(&images, tags::SOURCE_IMAGE_SEQUENCE).len(), T2_GRID.shape()[2]);
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let source = Source::usual();
    let again = Source::classic(&series(&T2_GRID).slices(), Syntax::ExplicitBig);
    let other =
        Source::classic(&series(&T2_GRID).with(|series| series.number = 3).slices(), Syntax::ImplicitLittle);
    let origins = [&source, &source, &again, &other].map(Source::origin);
    let label_map = SegmentationOptions::default().with_kind(SegmentationType::LabelMap);
    let written = |n: usize, options| {
        let stages = segmentation(&USUAL.stage_map, &origins[n], options).unwrap();
        let report = structured_report(&USUAL.report, &stages).unwrap();
        (stages.bytes().to_vec(), report)
    };
    let usual = SegmentationOptions::default();
    assert_eq!(written(0, usual), written(1, usual));
    assert_eq!(
        written(0, usual),
        written(2, usual),
        "whatever the encoding and the names of the source's files"
    );
    let instance = |bytes: &[u8]| text(&read(bytes), tags::SOP_INSTANCE_UID);
    let first = written(0, usual);
    let mut changed = USUAL.report.clone();
    changed.mixed_phase.flag ^= true;
    let stages = segmentation(&USUAL.stage_map, &origins[0], usual).unwrap();
    let changed = structured_report(&changed, &stages).unwrap();
    let mut renamed = USUAL.report.clone();
    renamed.inputs.clear();
    assert_eq!(structured_report(&renamed, &stages).unwrap(), first.1, "names of files do not count");
    let mut instances: Vec<String> = [&first, &written(3, usual), &written(0, label_map)]
        .into_iter()
        .flat_map(|(stages, report)| [instance(stages), instance(report)])
        .chain([instance(&changed)])
        .collect();
    assert!(instances.iter().all(|uid| uid.starts_with("2.25.") && uid.len() <= 64));
    instances.sort();
    instances.dedup();
    assert_eq!(instances.len(), 7, "what differs has another identifier");
}
