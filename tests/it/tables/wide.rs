//! The summary: each column holds its value of the report's JSON, and no value of the JSON is forgotten.

use std::collections::BTreeSet;

use hemastage::{Report, stage::Stage, table::Table};
use serde_json::Value;

use crate::tables::{holds, rows, studies};

/// Columns that hold one value, by the place of the value.
const PLACES: [(&str, &str); 96] = [
    ("enhancement", "/enhancement/class"),
    ("enhancing_share", "/enhancement/share"),
    ("enhancing_rim_share", "/enhancement/rim_share"),
    ("enhancing_inner_share", "/enhancement/inner_share"),
    ("enhancing_center_share", "/enhancement/center_share"),
    ("enhancement_rise", "/enhancement/median_rise"),
    ("post_shift_left_mm", "/enhancement/shift/left_mm"),
    ("post_shift_front_mm", "/enhancement/shift/front_mm"),
    ("post_shift_up_mm", "/enhancement/shift/up_mm"),
    ("blooming_share", "/susceptibility/blooming"),
    ("t2star_median_ratio", "/susceptibility/median_ratio"),
    ("t2star_rim_ratio", "/susceptibility/rim_ratio"),
    ("dark_rim", "/susceptibility/dark_rim"),
    ("fat_share", "/fat/share"),
    ("software_version", "/software/version"),
    ("criteria", "/criteria/name"),
    ("t1_hypo_below_ratio", "/criteria/thresholds/t1/hypo_below"),
    ("t1_hyper_above_ratio", "/criteria/thresholds/t1/hyper_above"),
    ("t2_hypo_below_ratio", "/criteria/thresholds/t2/hypo_below"),
    ("t2_hyper_above_ratio", "/criteria/thresholds/t2/hyper_above"),
    ("t1_spacing_i_mm", "/inputs/0/spacing_mm/0"),
    ("t1_spacing_j_mm", "/inputs/0/spacing_mm/1"),
    ("t1_spacing_k_mm", "/inputs/0/spacing_mm/2"),
    ("t2_spacing_i_mm", "/inputs/1/spacing_mm/0"),
    ("t2_spacing_j_mm", "/inputs/1/spacing_mm/1"),
    ("t2_spacing_k_mm", "/inputs/1/spacing_mm/2"),
    ("hematoma_spacing_i_mm", "/inputs/2/spacing_mm/0"),
    ("hematoma_spacing_j_mm", "/inputs/2/spacing_mm/1"),
    ("hematoma_spacing_k_mm", "/inputs/2/spacing_mm/2"),
    ("reference_tissue", "/reference/t1/tissue"),
    ("reference_t1_mode", "/reference/t1/mode"),
    ("reference_t1_median", "/reference/t1/median"),
    ("reference_t1_spread", "/reference/t1/spread"),
    ("reference_t1_voxels", "/reference/t1/voxels"),
    ("reference_t1_drift_ratio", "/reference/t1/drift"),
    ("reference_t2_mode", "/reference/t2/mode"),
    ("reference_t2_median", "/reference/t2/median"),
    ("reference_t2_spread", "/reference/t2/spread"),
    ("reference_t2_voxels", "/reference/t2/voxels"),
    ("reference_t2_drift_ratio", "/reference/t2/drift"),
    ("volume_mm3", "/hematoma/volume_mm3"),
    ("voxels", "/hematoma/voxels"),
    ("sampled_voxels", "/hematoma/sampled_voxels"),
    ("t1_median_ratio", "/hematoma/signal/t1/median_ratio"),
    ("t1_p10_ratio", "/hematoma/signal/t1/p10"),
    ("t1_p90_ratio", "/hematoma/signal/t1/p90"),
    ("t1_signal", "/hematoma/signal/t1/level"),
    ("t2_median_ratio", "/hematoma/signal/t2/median_ratio"),
    ("t2_p10_ratio", "/hematoma/signal/t2/p10"),
    ("t2_p90_ratio", "/hematoma/signal/t2/p90"),
    ("t2_signal", "/hematoma/signal/t2/level"),
    ("stage", "/stage/call"),
    ("core_voxels", "/stage/core_voxels"),
    ("mixed_phase", "/mixed_phase/flag"),
    ("mixture_kind", "/mixed_phase/kind"),
    ("model", "/stage/model/name"),
    ("table_stage", "/stage/pattern/call"),
    ("separated_probability", "/mixed_phase/separated_probability"),
    ("suggests_rebleed", "/mixed_phase/suggests_rebleed"),
    ("t2_hypo_share", "/mixed_phase/t2_hypo_fraction"),
    ("level_scheme", "/levels/scheme"),
    ("span", "/levels/span"),
    ("vertebrae", "/levels/vertebrae"),
    ("interspaces", "/levels/interspaces"),
    ("outside_levels_mm3", "/levels/outside_mm3"),
    ("shift_left_mm", "/alignment/left_mm"),
    ("shift_front_mm", "/alignment/front_mm"),
    ("shift_correlation", "/alignment/correlation"),
    ("largest_collection_mm3", "/shape/collections_mm3/0"),
    ("surface_mm2", "/shape/surface_mm2"),
    ("center_line", "/shape/line"),
    ("length_mm", "/shape/extent/length_mm"),
    ("length_beyond_line_mm", "/shape/extent/beyond_mm"),
    ("upper_end_level", "/shape/extent/upper/level"),
    ("lower_end_level", "/shape/extent/lower/level"),
    ("thickness_ap_mm", "/shape/thickness_ap/value"),
    ("thickness_ap_level", "/shape/thickness_ap/place/level"),
    ("thickness_lr_mm", "/shape/thickness_lr/value"),
    ("thickness_lr_level", "/shape/thickness_lr/place/level"),
    ("ventral_share", "/shape/sectors/ventral"),
    ("dorsal_share", "/shape/sectors/dorsal"),
    ("left_share", "/shape/sectors/left"),
    ("right_share", "/shape/sectors/right"),
    ("position", "/shape/position"),
    ("canal_occupancy_area_share", "/shape/occupancy_area/value"),
    ("canal_occupancy_area_level", "/shape/occupancy_area/place/level"),
    ("canal_occupancy_ap_share", "/shape/occupancy_ap/value"),
    ("canal_occupancy_ap_level", "/shape/occupancy_ap/place/level"),
    ("canal_occupancy_midline_share", "/shape/occupancy_midline/value"),
    ("canal_occupancy_midline_level", "/shape/occupancy_midline/place/level"),
    ("outside_canal_share", "/shape/outside_canal"),
    ("cord_displacement_mm", "/shape/displacement/mm"),
    ("cord_displacement_right_mm", "/shape/displacement/right_mm"),
    ("cord_displacement_anterior_mm", "/shape/displacement/anterior_mm"),
    ("cord_displacement_direction", "/shape/displacement/direction"),
    ("cord_displacement_level", "/shape/displacement/place/level"),
];

/// What of the report stands in no column of the summary, by the beginning of its place, and why.
const LEFT_OUT: [(&str, &str); 52] = [
    ("/schema", "of the report's form"),
    ("/software/name", "the same in each report"),
    ("/disclaimer", "the same in each report"),
    ("/inputs", "provenance; the spacing has columns"),
    ("/criteria/source", "follows from the profile"),
    ("/criteria/sha256", "follows from the profile's text"),
    ("/software/results_revision", "follows from the version"),
    ("/visit", "of a follow-up"),
    ("/settings", "the same in all studies of a run"),
    ("/stage/model", "the images' headers; its name has a column"),
    ("/stage/expected", "follows from the model"),
    ("/stage/pattern/agrees", "the call and the table's stage"),
    ("/stage/pattern/t", "the signal levels"),
    ("/stage/likelihood", "the probabilities without the onsets"),
    ("/mixed_phase/phases/0/t1_ratio", "the ratios of the whole have columns"),
    ("/mixed_phase/phases/0/t2_ratio", "the ratios of the whole have columns"),
    ("/mixed_phase/phases/1/t1_ratio", "the ratios of the whole have columns"),
    ("/mixed_phase/phases/1/t2_ratio", "the ratios of the whole have columns"),
    ("/mixed_phase/phases/0/likelihood", "the signal of a phase alone"),
    ("/mixed_phase/phases/1/likelihood", "the signal of a phase alone"),
    ("/reference/t2/tissue", "the same on T1"),
    ("/reference/t1/trend", "how the drift was found; lesions are a finding"),
    ("/reference/t2/trend", "how the drift was found; lesions are a finding"),
    ("/alignment/correlation_unmoved", "a shift that matters is a finding"),
    ("/alignment/points", "of the way it is measured"),
    ("/alignment/undone", "a setting, where a shift is a finding"),
    ("/mixed_phase/phases/0/fraction", "the stage's share of the core"),
    ("/mixed_phase/phases/1/fraction", "the stage's share of the core"),
    ("/mixed_phase/phases/0/centroid_mm", "a point of the scanner's space"),
    ("/mixed_phase/phases/1/centroid_mm", "a point of the scanner's space"),
    ("/mixed_phase/phases/0/events/0/onset_hours", "the onsets"),
    ("/mixed_phase/phases/0/events/1/onset_hours", "the onsets"),
    ("/mixed_phase/phases/1/events/0/onset_hours", "the onsets"),
    ("/mixed_phase/phases/1/events/1/onset_hours", "the onsets"),
    ("/enhancement/rim_voxels", "the size of what the shares are of"),
    ("/enhancement/inner_voxels", "the size of what the shares are of"),
    ("/enhancement/rim_rise", "of the way the class is found"),
    ("/enhancement/reference_median", "of the way it is measured"),
    ("/enhancement/shift/correlation", "of the way it is measured"),
    ("/enhancement/shift/points", "of the way it is measured"),
    ("/susceptibility/reference_median", "of the way it is measured"),
    ("/fat/voxels", "the share of the sampled voxels"),
    ("/fat/image", "the file that was given"),
    ("/levels/facts", "follow from the span"),
    ("/levels/per_level", "levels.tsv"),
    ("/shape/volume_mm3", "the hematoma's volume"),
    ("/shape/collections_mm3", "all but the largest are only counted"),
    ("/shape/profile", "levels.tsv"),
    ("/shape/cord_t2", "levels.tsv"),
    ("/reasons", "why cells are missing"),
    ("/findings", "texts; codes have columns"),
    ("/levels/runs", "counted; the span names them"),
];

/// Parts of places that stand in no column: points of the scanner's space and places along a line.
const POINTS: [&str; 2] = ["/along_mm", "/point_mm/"];

fn json(report: &Report) -> Value {
    serde_json::from_str(&report.to_json()).unwrap()
}

/// The places of all values that are no objects or lists.
fn places(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| places(value, &format!("{at}/{key}"), found));
        }
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(n, value)| places(value, &format!("{at}/{n}"), found));
        }
        _ => drop(found.insert(at.to_owned())),
    }
}

/// Columns of the six stages that hold one value.
fn stage_places() -> Vec<(String, String)> {
    let kinds = [("volume_mm3", "volume_mm3"), ("core_share", "fractions"), ("probability", "probabilities")];
    let keys = Stage::ALL.map(Stage::key);
    keys.iter()
        .flat_map(|key| kinds.map(|(c, p)| (format!("{key}_{c}"), format!("/stage/{p}/{key}"))))
        .collect()
}

/// Columns that hold several values or a count: their texts by hand from the JSON, and the places used.
fn lists(report: &Value) -> Vec<(String, String, Vec<String>)> {
    let join = |places: Vec<String>| {
        let texts: Vec<String> = places
            .iter()
            .map(|place| match report.pointer(place).unwrap() {
                Value::String(text) => text.clone(),
                number => number.to_string().trim_end_matches(".0").to_owned(),
            })
            .collect();
        (texts.join(";"), places)
    };
    let many = |list: &str, end: &str| -> Vec<String> {
        let count = report.pointer(list).unwrap().as_array().unwrap().len();
        (0..count).map(|n| format!("{list}/{n}{end}")).collect()
    };
    let mut found = Vec::new();
    for (column, list, end) in [
        ("candidates", "/stage/candidates", "/stage"),
        ("candidate_probabilities", "/stage/candidates", "/probability"),
        ("phases", "/mixed_phase/phases", "/stage"),
        ("onset_h", "/criteria/onset_hours", ""),
        ("regions", "/levels/regions", ""),
    ] {
        let (text, places) = join(many(list, end));
        found.push((column.to_owned(), text, places));
    }
    for place in many("/mixed_phase/phases", "") {
        let stage = report.pointer(&place).unwrap()["stage"].as_str().unwrap().to_owned();
        for (column, end) in [("phase_parts", "/parts"), ("phase_largest_part_mm3", "/largest_mm3")] {
            let (text, places) = join(vec![format!("{place}{end}")]);
            found.push((format!("{stage}_{column}"), text, places));
        }
        let (text, places) = join(many(&format!("{place}/events"), "/share"));
        found.push((format!("{stage}_event_shares"), text, places));
    }
    found
}

#[test]
fn every_value_of_the_report_is_in_its_column() {
    let report = json(studies::full());
    let row = &rows(Table::Summary, studies::full())[0];
    assert_eq!((&*row["study"], &*row["status"], &*row["reason"]), ("study", "ok", "n/a"));
    let mut used: BTreeSet<String> = BTreeSet::new();
    let mut columns: BTreeSet<&str> = ["study", "status", "reason"].into();
    let one: Vec<(String, String)> = PLACES.iter().map(|&(c, p)| (c.into(), p.into())).collect();
    let (one, lists) = ([one, stage_places()].concat(), lists(&report));
    for (column, place) in &one {
        let value = report.pointer(place).unwrap_or_else(|| panic!("no {place}"));
        assert!(holds(&row[column], value), "{column}: {} instead of {value}", row[column]);
        used.insert(place.clone());
        columns.insert(column);
    }
    for (column, text, places) in &lists {
        assert_eq!(&row[column], text, "{column}");
        used.extend(places.iter().cloned());
        columns.insert(column);
    }
    let mut all = BTreeSet::new();
    places(&report, "", &mut all);
    let left_out = |place: &str| {
        LEFT_OUT.iter().any(|(start, _)| place.starts_with(start)) || POINTS.iter().any(|p| place.contains(p))
    };
    let forgotten: Vec<&String> =
        all.iter().filter(|place| !used.contains(*place) && !left_out(place)).collect();
    assert!(forgotten.is_empty(), "neither in a column nor left out: {forgotten:#?}");

    // what is counted, picked or missing instead of copied
    let derived = row.keys().filter(|name| !columns.contains(name.as_str()));
    let derived: Vec<&str> = derived.map(String::as_str).filter(|name| !name.contains("acute_")).collect();
    let expected = [
        "chronic_event_shares",
        "chronic_phase_largest_part_mm3",
        "chronic_phase_parts",
        "collections",
        "info_codes",
        "infos",
        "lower_level",
        "lower_vert_level",
        "runs",
        "upper_level",
        "upper_vert_level",
        "warning_codes",
        "warnings",
    ];
    assert_eq!(derived, expected);
}

#[test]
fn what_is_counted_or_picked_is_right() {
    let report = studies::full();
    let levels = report.levels.as_ref().unwrap();
    let row = &rows(Table::Summary, report)[0];
    let text = |column: &str| row[column].as_str();
    // by hand from the phantom: blood at C4 to C6 and at T1
    assert_eq!((text("upper_level"), text("upper_vert_level")), ("C4", "4"));
    assert_eq!((text("lower_level"), text("lower_vert_level")), ("T1", "8"));
    assert_eq!((text("runs"), text("collections"), text("vertebrae")), ("2", "2", "4"));
    assert_eq!(levels.runs.len(), 2);
    assert_eq!(
        (text("stage"), text("mixed_phase"), text("onset_h")),
        (report.stage.call.key(), "true", "216;5")
    );
    assert_eq!(text("phases"), "hyperacute;late_subacute");
    assert_eq!(text("acute_phase_parts"), "n/a", "acute is no phase");
}

#[test]
fn findings_are_counted_and_their_codes_named_once() {
    let mut report = studies::empty();
    let found = |severity: &str, code: &str| {
        let finding = serde_json::json!({ "severity": severity, "code": code, "message": "", "place": null });
        serde_json::from_value::<hemastage::Finding>(finding).unwrap()
    };
    report.findings =
        vec![found("warning", "b"), found("info", "c"), found("warning", "a"), found("warning", "b")];
    let row = &rows(Table::Summary, &report)[0];
    let cells = ["warnings", "warning_codes", "infos", "info_codes"].map(|column| row[column].as_str());
    assert_eq!(cells, ["3", "b;a", "1", "c"]);
}

#[test]
fn every_stage_has_its_word() {
    for stage in Stage::ALL {
        let mut report = studies::plain().clone();
        report.stage.call = stage;
        assert_eq!(rows(Table::Summary, &report)[0]["stage"], stage.key());
    }
}

#[test]
fn a_report_with_nothing_that_can_be_missing_is_a_row() {
    let row = &rows(Table::Summary, &studies::empty())[0];
    let missing = row.values().filter(|cell| *cell == "n/a").count();
    assert!(missing > 60, "{missing} of {}", row.len());
    let known = ["stage", "volume_mm3", "t1_median_ratio", "reference_t2_median", "collections", "warnings"];
    assert!(known.iter().all(|&column| row[column] != "n/a"), "{row:#?}");
}

#[test]
fn a_report_read_back_gives_the_same_rows() {
    let mut long = studies::full().clone();
    // decimals that a fast reader of numbers gets wrong in the last place
    (long.stage.probabilities.acute, long.stage.probabilities.chronic) = (1.234_567_89e-30, 5.432_109_87e-25);
    long.criteria.thresholds.t1.hypo_below = 0.123_456_789_012_345_67;
    long.levels.as_mut().unwrap().span = Some("T11-L2; T13".parse().unwrap());
    for report in [studies::full(), studies::plain(), &studies::empty(), &long] {
        let back: Report = serde_json::from_str(&report.to_json()).unwrap();
        for table in Table::ALL {
            let text = |report| table.rows("study", &hemastage::table::Outcome::Staged(report));
            assert_eq!(text(&back), text(report));
        }
    }
}
