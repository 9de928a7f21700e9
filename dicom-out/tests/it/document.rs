//! The content of a structured report.

use std::collections::BTreeMap;

use dicom_dictionary_std::tags;
use dicom_object::InMemDicomObject;
use hemastage::{ErrorKind, Report, stage::Stage};
use hemastage_dicom::{SegmentationOptions, segmentation, structured_report};
use hemastage_phantom::Layout;

use crate::{
    bench::{Source, USUAL, small, staged_with},
    elements::{item, items, read, text},
};

/// A group of measurements, as a reader sees it.
#[derive(Debug)]
struct Group {
    template: String,
    segment: Option<u16>,
    images: usize,
    sites: Vec<String>,
    /// Value and unit by name.
    numbers: BTreeMap<String, (f64, String)>,
    /// Meaning by name.
    codes: BTreeMap<String, String>,
}

fn meaning(object: &InMemDicomObject, tag: dicom_core::Tag) -> String {
    text(&item(object, tag), tags::CODE_MEANING)
}

fn content(object: &InMemDicomObject) -> Vec<InMemDicomObject> {
    items(object, tags::CONTENT_SEQUENCE)
}

impl Group {
    fn of(object: &InMemDicomObject) -> (String, Self) {
        let template = text(&item(object, tags::CONTENT_TEMPLATE_SEQUENCE), tags::TEMPLATE_IDENTIFIER);
        let (mut name, mut sites, mut segment, mut images) = (String::new(), Vec::new(), None, 0);
        let (mut numbers, mut codes) = (BTreeMap::new(), BTreeMap::new());
        for child in content(object) {
            let concept = meaning(&child, tags::CONCEPT_NAME_CODE_SEQUENCE);
            match text(&child, tags::VALUE_TYPE).as_str() {
                "TEXT" if concept == "Tracking Identifier" => name = text(&child, tags::TEXT_VALUE),
                "CODE" if concept == "Finding Site" => {
                    sites.push(meaning(&child, tags::CONCEPT_CODE_SEQUENCE));
                }
                "CODE" => drop(codes.insert(concept, meaning(&child, tags::CONCEPT_CODE_SEQUENCE))),
                "NUM" => {
                    let value = item(&child, tags::MEASURED_VALUE_SEQUENCE);
                    let number = text(&value, tags::NUMERIC_VALUE).parse().unwrap();
                    let unit = text(&item(&value, tags::MEASUREMENT_UNITS_CODE_SEQUENCE), tags::CODE_VALUE);
                    numbers.insert(concept, (number, unit));
                }
                "IMAGE" => {
                    let image = item(&child, tags::REFERENCED_SOP_SEQUENCE);
                    match image.element_opt(tags::REFERENCED_SEGMENT_NUMBER).unwrap() {
                        Some(number) => segment = Some(number.to_int().unwrap()),
                        None => images += 1,
                    }
                }
                _ => {}
            }
        }
        (name, Self { template, segment, images, sites, numbers, codes })
    }
}

/// The groups by their tracking identifiers, and the number of segments.
fn groups(report: &Report, map: &hemastage::report::StageMap) -> (BTreeMap<String, Group>, usize) {
    let source = Source::usual();
    let origin = source.origin();
    let stages = segmentation(map, &origin, SegmentationOptions::default()).unwrap();
    let object = read(&structured_report(report, &stages).unwrap());
    let measurements = content(&object).pop().unwrap();
    (content(&measurements).iter().map(Group::of).collect(), stages.segments().len())
}

/// What further contrasts say, as a report of a study with them holds it.
const FURTHER: &str = r#"{
    "enhancement": {"class": "rim", "share": 0.6, "rim_share": 0.9, "inner_share": 0.2, "center_share": 0.0,
        "rim_rise": 0.8, "rim_voxels": 90, "inner_voxels": 40, "median_rise": 0.5, "reference_median": 300.0,
        "shift": {"left_mm": 0.0, "front_mm": 0.0, "up_mm": 0.0, "correlation": 0.9, "correlation_unmoved": 0.9, "points": 600}},
    "susceptibility": {"blooming": 0.3, "median_ratio": 0.7, "rim_ratio": 0.5, "dark_rim": true, "reference_median": 200.0},
    "fat": {"share": 0.07, "voxels": 9, "image": "suppressed"}
}"#;

#[test]
fn further_contrasts_are_there_where_they_were_given() {
    let (plain, _) = groups(&USUAL.report, &USUAL.stage_map);
    let whole = &plain["hematoma whole"];
    assert!(!whole.codes.contains_key("Where contrast agent is taken up"), "{whole:?}");
    let mut report = serde_json::to_value(&USUAL.report).unwrap();
    let further: serde_json::Value = serde_json::from_str(FURTHER).unwrap();
    for key in ["enhancement", "susceptibility", "fat"] {
        report[key] = further[key].clone();
    }
    let report: Report = serde_json::from_value(report).unwrap();
    let (found, _) = groups(&report, &USUAL.stage_map);
    let whole = &found["hematoma whole"];
    assert_eq!(whole.codes["Where contrast agent is taken up"], "In the rim");
    assert_eq!(whole.codes["Rim darker than the inside on T2*"], "Yes");
    for (name, value) in [
        ("Share that takes up contrast agent", 0.6),
        ("Share of the core that is dark on T2*", 0.3),
        ("T2* signal relative to the reference tissue", 0.7),
        ("Share of the mask that is fat", 0.07),
    ] {
        assert_eq!(whole.numbers[name], (value, "1".to_owned()), "{name}");
    }
}

const T1: &str = "T1 signal relative to the reference tissue";
const T2: &str = "T2 signal relative to the reference tissue";

#[test]
fn every_number_with_a_code_is_there() {
    let report = &USUAL.report;
    let (groups, segments) = groups(report, &USUAL.stage_map);
    let levels = &report.levels.as_ref().unwrap().per_level;
    assert_eq!(groups.len(), 1 + segments + levels.len());
    let whole = &groups["hematoma whole"];
    let number = |group: &Group, name: &str, unit: &str| {
        let (number, found) = group.numbers.get(name).unwrap_or_else(|| panic!("{name}: {group:?}"));
        assert_eq!(found, unit, "{name}");
        *number
    };
    assert_eq!((whole.template.as_str(), whole.segment, whole.images), ("1501", None, 10));
    assert_eq!(number(whole, "Volume", "mm3"), report.hematoma.volume_mm3);
    assert_eq!(number(whole, T1, "1"), report.hematoma.signal.t1.median_ratio);
    assert_eq!(number(whole, T2, "1"), report.hematoma.signal.t2.median_ratio);
    assert_eq!(number(whole, "Length", "mm"), report.shape.extent.as_ref().unwrap().length_mm);
    let [ap, lr] =
        [&report.shape.thickness_ap, &report.shape.thickness_lr].map(|largest| largest.as_ref().unwrap());
    assert_eq!(number(whole, "Anteroposterior thickness", "mm"), ap.value);
    assert_eq!(number(whole, "Transverse thickness", "mm"), lr.value);
    assert_eq!(whole.codes["Blood of more than one stage"], "Yes");
    assert_eq!(whole.codes["Finding"], "Hemorrhage");
    let involved =
        levels.iter().filter(|level| level.involved).map(|level| format!("{} vertebra", level.level));
    let sites: Vec<String> = ["Vertebral canal".to_owned()].into_iter().chain(involved).collect();
    assert!(sites.len() >= 3, "{sites:?}");
    assert_eq!(whole.sites, sites);

    for phase in &report.mixed_phase.phases {
        let group = &groups[&format!("hematoma {}", phase.stage)];
        assert_eq!((group.template.as_str(), group.images), ("1411", 10));
        assert!(group.segment.is_some());
        assert_eq!(number(group, "Volume", "mm3"), report.stage.volume_mm3[phase.stage]);
        assert_eq!(number(group, T1, "1"), phase.t1_ratio);
        assert_eq!(number(group, T2, "1"), phase.t2_ratio);
    }
    assert_eq!(groups["hematoma acute"].codes["Stage of the hematoma"], "Acute");
    for level in levels {
        let group = &groups[&format!("hematoma {}", level.level)];
        assert_eq!(group.sites, [format!("{} vertebra", level.level)]);
        assert_eq!(number(group, "Volume", "mm3"), level.mm3);
        assert_eq!(group.codes.contains_key("Stage of the hematoma"), level.stage.is_some());
    }
}

#[test]
fn what_is_null_is_left_out() {
    let mut report = USUAL.report.clone();
    report.levels = None;
    (report.shape.extent, report.shape.thickness_ap, report.shape.thickness_lr) = (None, None, None);
    let (groups, segments) = groups(&report, &USUAL.stage_map);
    assert_eq!(groups.len(), 1 + segments);
    let whole = &groups["hematoma whole"];
    assert_eq!(whole.numbers.keys().collect::<Vec<_>>(), [T1, T2, "Volume"]);
    assert_eq!(whole.sites, ["Vertebral canal"]);
}

#[test]
fn the_standard_words_are_used_for_stages_that_have_one() {
    let staged = staged_with(small(), Layout::Single(Stage::LateSubacute), false);
    let (groups, _) = groups(&staged.report, &staged.stage_map);
    assert_eq!(groups["hematoma late subacute"].codes["Stage of the hematoma"], "Late subacute");
    assert_eq!(groups["hematoma whole"].codes["Blood of more than one stage"], "No");
}

#[test]
fn refuses_the_report_of_another_study() {
    let source = Source::usual();
    let origin = source.origin();
    let stages = segmentation(&USUAL.stage_map, &origin, SegmentationOptions::default()).unwrap();
    let mut fewer = USUAL.report.clone();
    fewer.hematoma.sampled_voxels -= 1;
    let mut other = USUAL.report.clone();
    other.stage.volume_mm3[Stage::Acute] = 0.0;
    for report in [fewer, other] {
        let error = structured_report(&report, &stages).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter);
        assert_eq!(
            error.to_string(),
            "the report is of another study than the stage map: expected both of one `stage`"
        );
    }
}
