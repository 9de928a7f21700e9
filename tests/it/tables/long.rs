//! The tables of levels and of measures.

use std::collections::BTreeMap;

use approx::{abs_diff_eq, assert_abs_diff_eq};
use hemastage::{
    stage::Stage,
    table::{Outcome, Table},
};

use crate::tables::{Row, holds, rows, studies};

fn number(row: &Row, column: &str) -> Option<f64> {
    Some(&row[column]).filter(|cell| *cell != "n/a").map(|cell| cell.parse().unwrap())
}

#[test]
fn levels_hold_what_the_report_does() {
    let report = studies::full();
    let levels = rows(Table::Levels, report);
    let records = &report.levels.as_ref().unwrap().per_level;
    assert!(records.len() >= 4, "{}", records.len());
    for record in records {
        let json = serde_json::to_value(record).unwrap();
        let row = levels.iter().find(|row| row["level"] == record.level.to_string()).unwrap();
        let pairs = [("volume_mm3", "mm3"), ("covered_mm", "covered_mm"), ("involved", "involved")];
        for (column, key) in pairs.into_iter().chain([("inferred", "inferred"), ("stage", "stage")]) {
            assert!(holds(&row[column], &json[key]), "{column}");
        }
        for stage in Stage::ALL {
            let column = format!("{}_volume_mm3", stage.key());
            assert!(holds(&row[&column], &json["stage_mm3"][stage.key()]), "{column}");
        }
    }
    let cord = report.shape.cord_t2.as_ref().unwrap();
    assert!(cord.len() >= records.len(), "the cord is longer than the hematoma");
    for signal in cord {
        let row = levels.iter().find(|row| row["level"] == signal.level.to_string()).unwrap();
        assert_eq!(number(row, "cord_t2_median_ratio"), signal.median_ratio);
        assert_eq!(number(row, "cord_t2_voxels"), Some(signal.voxels as f64));
    }
}

#[test]
fn levels_are_in_order_and_add_up() {
    let report = studies::full();
    let levels = rows(Table::Levels, report);
    // the numbers of the Spinal Cord Toolbox rise from the head down
    let numbers: Vec<f64> = levels.iter().filter_map(|row| number(row, "VertLevel")).collect();
    assert_eq!(numbers.len(), levels.len());
    assert!(numbers.is_sorted_by(|a, b| a < b), "{numbers:?}");
    let volume: f64 = levels.iter().filter_map(|row| number(row, "volume_mm3")).sum();
    let outside = report.levels.as_ref().unwrap().outside_mm3;
    assert_abs_diff_eq!(volume + outside, report.hematoma.volume_mm3, epsilon = 1e-3);
    let empty: Vec<&Row> = levels.iter().filter(|row| row["volume_mm3"] == "0").collect();
    assert!(!empty.is_empty(), "levels without blood are listed for the cord's signal");
    for row in empty {
        let cells = ["covered_mm", "involved", "inferred", "stage"].map(|column| row[column].as_str());
        assert_eq!(cells, ["0", "false", "n/a", "n/a"], "{}", row["level"]);
        assert_eq!((&*row["area_mm2"], &*row["thickness_ap_mm"]), ("n/a", "n/a"), "{}", row["level"]);
    }
}

#[test]
fn the_largest_of_the_levels_is_the_summarys() {
    let report = studies::full();
    let (summary, levels) = (&rows(Table::Summary, report)[0], rows(Table::Levels, report));
    for (column, at) in [
        ("thickness_ap_mm", "thickness_ap_level"),
        ("thickness_lr_mm", "thickness_lr_level"),
        ("canal_occupancy_area_share", "canal_occupancy_area_level"),
        ("canal_occupancy_ap_share", "canal_occupancy_ap_level"),
        ("canal_occupancy_midline_share", "canal_occupancy_midline_level"),
        ("cord_displacement_mm", "cord_displacement_level"),
    ] {
        let of_level = levels.iter().find(|row| row["level"] == summary[at]).unwrap();
        let (there, whole) = (number(of_level, column).unwrap(), number(summary, column).unwrap());
        assert!(abs_diff_eq!(there, whole, epsilon = 2e-6), "{column}: {there} {whole}");
        let all = levels.iter().filter_map(|row| number(row, column));
        assert!(all.fold(0.0_f64, f64::max) <= whole + 2e-6, "{column}");
    }
}

#[test]
fn studies_without_levels_have_none() {
    for report in [studies::plain(), &studies::empty()] {
        assert_eq!(Table::Levels.rows("study", &Outcome::Staged(report)), "");
        let measures = rows(Table::Measures, report);
        assert!(measures.iter().all(|row| row["level"] == "all") && measures.len() > 20);
    }
}

/// Columns that hold a number but measure nothing: what was given, or numbers that name something.
fn is_no_measure(column: &str) -> bool {
    let given = ["_below_ratio", "_above_ratio", "_event_shares", "ert_level", "VertLevel"];
    let words = [
        "onset_h",
        "candidate_probabilities",
        "warnings",
        "infos",
        "software_version",
        "shift_left_mm",
        "shift_front_mm",
        "shift_correlation",
        "post_shift_left_mm",
        "post_shift_front_mm",
        "post_shift_up_mm",
    ];
    column.contains("_spacing_") || given.iter().any(|end| column.ends_with(end)) || words.contains(&column)
}

#[test]
fn measures_are_the_numbers_of_the_other_tables() {
    let report = studies::full();
    let mut found: BTreeMap<(String, String), f64> = BTreeMap::new();
    for row in rows(Table::Measures, report) {
        let unit = Some(row["unit"].as_str()).filter(|unit| !["1", "arbitrary"].contains(unit));
        let region = Some(row["roi"].as_str()).filter(|region| *region != "hematoma");
        let parts = [region, Some(row["measure"].as_str()), unit];
        let column = parts.into_iter().flatten().collect::<Vec<_>>().join("_");
        let before = found.insert((row["level"].clone(), column), number(&row, "value").unwrap());
        assert_eq!(before, None, "twice: {row:?}");
    }
    let mut expected = BTreeMap::new();
    let summary = rows(Table::Summary, report).into_iter().map(|row| ("all".to_owned(), row));
    let levels = rows(Table::Levels, report).into_iter().map(|row| (row["level"].clone(), row));
    for (level, row) in summary.chain(levels) {
        for (column, cell) in row.iter().filter(|(column, _)| !is_no_measure(column)) {
            if let Ok(value) = cell.parse::<f64>() {
                expected.insert((level.clone(), column.clone()), value);
            }
        }
    }
    assert_eq!(found, expected);
    assert!(found.len() > 100, "{}", found.len());
}
