//! Masks among the files of a study: listed without free text, and selected by their series numbers.

use std::{fs, path::Path};

use hemastage::{
    ErrorKind,
    io::{
        Limits, MaskReader,
        dicom::{MaskSummary, ObjectKind, SegmentChoice, list_masks},
    },
};

use super::{
    crafted::{oblique, volumes},
    voxels,
};
use crate::support::dicom::{
    dataset::Dataset,
    file::{Syntax, write, write_shuffled},
    rtstruct::{Contour, structure_set},
    secrets::{kind, uid},
    seg::{Segmentation, SegmentationType},
    small_study::assert_private,
    study::Scans,
    tags::{
        CODE_MEANING, CODE_VALUE, CODING_SCHEME_DESIGNATOR, INSTANCE_NUMBER, MODALITY, NUMBER_OF_FRAMES,
        PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, REFERENCED_INSTANCE_SEQUENCE, REFERENCED_ROI_NUMBER,
        REFERENCED_SERIES_SEQUENCE, REFERENCED_SOP_INSTANCE_UID, ROI_CONTOUR_SEQUENCE,
        RT_ROI_OBSERVATIONS_SEQUENCE, SEGMENT_SEQUENCE, SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE,
        SERIES_INSTANCE_UID, SERIES_NUMBER, SOP_CLASS_UID, SOP_INSTANCE_UID, Tag,
    },
};
use crate::support::phantoms::shared_phantom;

fn segments() -> Dataset {
    Segmentation::new(SegmentationType::Binary, volumes(2), oblique()).dataset()
}

fn contours() -> Dataset {
    let boxes = |k| vec![Contour::rectangle(k, [2, 8], [3, 9])];
    structure_set(&oblique(), 2, &[boxes(1), [boxes(1), boxes(3)].concat()])
}

fn code(scheme: &str, value: &str) -> Dataset {
    Dataset::default()
        .with(CODING_SCHEME_DESIGNATOR, scheme)
        .with(CODE_VALUE, value)
        .with(CODE_MEANING, "Tuesday's clot of Zebedaeus")
}

fn listed(folder: &Path) -> Vec<MaskSummary> {
    let masks = list_masks(folder, Limits::default()).unwrap();
    for mask in &masks {
        let text = format!("{mask} {mask:?}");
        assert_private(&text, "a line");
        assert!(!text.contains("Zebedaeus"), "{text}");
    }
    masks
}

fn marked(volume: usize) -> usize {
    volumes(2)[volume].iter().filter(|&&voxel| voxel > 0).count()
}

#[test]
fn masks_are_listed_beside_series() {
    let folder = tempfile::tempdir().unwrap();
    let scans = Scans::of(&shared_phantom(&hemastage_phantom::PhantomOptions::small()));
    write_shuffled(&folder.path().join("images"), &scans.t1_series().slices(), Syntax::ExplicitLittle, 1);
    write_shuffled(&folder.path().join("images"), &scans.t2_series().slices(), Syntax::ExplicitLittle, 2);
    fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
    assert!(listed(folder.path()).is_empty());
    let mut seg = segments();
    seg.items(SEGMENT_SEQUENCE)[1].set(SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, code("SRT", "T-A7010"));
    let series = Dataset::default().with(SERIES_INSTANCE_UID, uid(kind::SERIES, 1)).with(
        REFERENCED_INSTANCE_SEQUENCE,
        Dataset::default().with(REFERENCED_SOP_INSTANCE_UID, uid(kind::IMAGE, 1003)),
    );
    seg.set(REFERENCED_SERIES_SEQUENCE, series);
    write(&folder.path().join("a"), "x", &seg, Syntax::ExplicitLittle);
    let mut set = contours();
    let identification = Tag(0x3006, 0x0086, "SQ");
    set.items(RT_ROI_OBSERVATIONS_SEQUENCE)[1].set(identification, code("SCT", "35566002"));
    write(&folder.path().join("b"), "y", &set, Syntax::Deflated);
    let masks = listed(folder.path());
    let lines: Vec<String> = masks.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            format!(
                "#70: segmentation of #1; 1: Hematoma, {} voxels; 2: Spinal cord, {} voxels",
                marked(0),
                marked(1)
            ),
            "#80: structure set of #2; 1: 1 contour; 2: Hematoma, 2 contours".into(),
        ]
    );
    assert_eq!((masks[0].kind, masks[0].name.as_str()), (ObjectKind::Segmentation, "x"));
    assert_eq!(masks[1].kind, ObjectKind::StructureSet);
    // codes of no standard, or that it does not have, are not shown
    for (scheme, value) in [("99ZEBEDAEUS", "35566002"), ("SCT", "Zebedaeus"), ("SCT", "42")] {
        seg.items(SEGMENT_SEQUENCE)[1].set(SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, code(scheme, value));
        write(&folder.path().join("a"), "x", &seg, Syntax::ExplicitLittle);
        assert_eq!(listed(folder.path())[0].parts[1].property, None);
    }
}

#[test]
fn a_mask_is_selected_by_its_series_number() {
    let folder = tempfile::tempdir().unwrap();
    let scans = Scans::of(&shared_phantom(&hemastage_phantom::PhantomOptions::small()));
    write_shuffled(folder.path(), &scans.t2_series().slices(), Syntax::ExplicitLittle, 2);
    write(folder.path(), "x", &segments(), Syntax::ExplicitLittle);
    write(folder.path(), "y", &contours(), Syntax::ExplicitLittle);
    let open = |series: &str| MaskReader::open(folder.path(), Some(series), Limits::default());
    let MaskReader::Segmentation(found) = open("70").unwrap() else { panic!("no segmentation") };
    let roi = found.read_roi(&SegmentChoice::parse("2"), &[], &mut Vec::new()).unwrap();
    assert_eq!(voxels(&roi).len(), marked(1));
    let prefix = uid(kind::SERIES, 80);
    assert!(matches!(open("80").unwrap(), MaskReader::StructureSet(_)));
    assert!(matches!(open(&prefix).unwrap(), MaskReader::StructureSet(_)));
    assert!(matches!(open("2").unwrap(), MaskReader::Image(_)));
    let error = open("71").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter);
    for part in ["no series has that number", "#2:", "#70: segmentation", "#80: structure set"] {
        assert!(error.to_string().contains(part), "{part}: {error}");
    }
    assert_private(&error.to_string(), "the error");
}

#[test]
fn masks_of_one_number_are_told_apart_by_their_instance_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = Vec::new();
    for (instance, name) in [(3, "a"), (1, "b"), (2, "c")] {
        let mut volume = volumes(2).remove(0);
        // a different number of voxels for each
        volume.iter_mut().filter(|voxel| **voxel > 0).take(instance).for_each(|voxel| *voxel = 0);
        let mut seg = Segmentation::new(SegmentationType::Binary, vec![volume], oblique()).dataset();
        seg.set(INSTANCE_NUMBER, instance).set(SOP_INSTANCE_UID, uid(kind::IMAGE, 90_000 - instance));
        write(folder.path(), name, &seg, Syntax::ExplicitLittle);
        expected.push((instance, marked(0) - instance));
    }
    expected.sort_unstable();
    for (part, voxels_of) in expected {
        let open = MaskReader::open(folder.path(), Some(&format!("70.{part}")), Limits::default()).unwrap();
        let MaskReader::Segmentation(found) = open else { panic!("no segmentation") };
        let roi = found.read_roi(&SegmentChoice::All, &[], &mut Vec::new()).unwrap();
        assert_eq!(roi.len(), voxels_of);
    }
    let error = MaskReader::open(folder.path(), Some("70"), Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "3 masks have that series number or UID: add one of these to the path, or give the file\n  #70.1: segmentation\n  #70.2: segmentation\n  #70.3: segmentation"
    );
    assert_eq!(
        listed(folder.path()).iter().map(|mask| mask.part).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(3)]
    );
}

#[test]
fn a_mask_is_one_by_its_class_or_its_modality() {
    let folder = tempfile::tempdir().unwrap();
    let open = |dataset: &Dataset| {
        let path = write(folder.path(), "mask.dcm", dataset, Syntax::ExplicitLittle);
        MaskReader::open(&path, None, Limits::default())
    };
    for tag in [MODALITY, SOP_CLASS_UID] {
        let (mut seg, mut set) = (segments(), contours());
        seg.remove(tag);
        set.remove(tag);
        assert!(matches!(open(&seg).unwrap(), MaskReader::Segmentation(_)), "{tag:?}");
        assert!(matches!(open(&set).unwrap(), MaskReader::StructureSet(_)), "{tag:?}");
        assert_eq!(listed(folder.path()).len(), 1, "{tag:?}");
    }
    let mut seg = segments();
    seg.set(MODALITY, "MR");
    assert!(matches!(open(&seg).unwrap(), MaskReader::Segmentation(_)));
}

#[test]
fn a_damaged_mask_is_listed_with_its_problem() {
    let folder = tempfile::tempdir().unwrap();
    let mut seg = segments();
    seg.set(NUMBER_OF_FRAMES, 1);
    write(folder.path(), "x", &seg, Syntax::ExplicitLittle);
    let mut set = contours();
    set.remove(SERIES_NUMBER).items(ROI_CONTOUR_SEQUENCE)[0].set(REFERENCED_ROI_NUMBER, "Zebedaeus");
    write(folder.path(), "y", &set, Syntax::ExplicitLittle);
    let masks = listed(folder.path());
    assert!(masks[0].to_string().starts_with("#70: segmentation; cannot be used: x: "), "{}", masks[0]);
    assert_eq!(masks[1].to_string(), "#none: structure set; 1: 0 contours; 2: 2 contours");
    assert_eq!(masks[1].choice(), "none");
    assert!(matches!(
        MaskReader::open(folder.path(), Some("none"), Limits::default()).unwrap(),
        MaskReader::StructureSet(_)
    ));
    let frames = seg.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).len();
    assert!(masks[0].problem.as_ref().unwrap().contains(&frames.to_string()));
}
