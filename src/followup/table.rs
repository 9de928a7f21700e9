//! Follow-ups as one long table: a row per patient, visit, measure and level.
//!
//! The record of a follow-up is `followup.json`, so the table and its dictionary are `followups.tsv` and `followups.json`.

use std::{collections::BTreeMap, sync::LazyLock};

use super::{Against, ChangeRecord, FollowUp, VisitRecord};
use crate::{
    table::{Cell, Column, Definition, dictionary as dictionary_of, line},
    vocabulary::{round::rounded, vertebra::VertebralLevel},
};

/// The table's file.
pub const FILE_NAME: &str = "followups.tsv";
/// Its dictionary's file.
pub const DICTIONARY_NAME: &str = "followups.json";

const HOURS_PER_DAY: f64 = 24.0;

/// A number of a visit.
struct Row {
    patient: String,
    visit: String,
    hours: Option<f64>,
    measure: &'static str,
    level: Option<VertebralLevel>,
    value: f64,
    unit: &'static str,
    /// Since the visit before.
    change: Option<f64>,
    percent_of_first: Option<f64>,
    percent_of_largest: Option<f64>,
    per_day: Option<f64>,
    certain: Option<bool>,
    sigma: Option<f64>,
}

static COLUMNS: LazyLock<Vec<Column<Row>>> = LazyLock::new(|| {
    vec![
        Column::word("patient", "Patient", "Name of the patient, as the caller gave it", |row: &Row| {
            Cell::from(&row.patient)
        }),
        Column::word("visit", "Visit", "Name of the visit, else its number in time from 1", |row: &Row| {
            Cell::from(&row.visit)
        }),
        Column::word("hours", "Hours", "Hours since the first visit", |row: &Row| row.hours),
        Column::word("measure", "Measure", "What was measured", |row: &Row| row.measure)
            .with_words(&MEASURES),
        Column::word(
            "level",
            "Vertebral level",
            "Level of the number; missing for the whole",
            |row: &Row| row.level,
        ),
        Column::word("value", "Value", "The number, in the unit of the column `unit`", |row: &Row| row.value),
        Column::word(
            "unit",
            "Unit",
            "Unit of value, change, per_day and sigma; 1 for ratios and shares",
            |row: &Row| row.unit,
        ),
        Column::word("change", "Change", "The value less that of the visit before", |row: &Row| row.change),
        Column::word(
            "percent_of_first",
            "Percent of the first",
            "The value in percent of that at the first visit; missing where that is 0",
            |row: &Row| row.percent_of_first,
        ),
        Column::word(
            "percent_of_largest",
            "Percent of the largest",
            "The value in percent of the largest at this or an earlier visit; missing where that is 0",
            |row: &Row| row.percent_of_largest,
        ),
        Column::word(
            "per_day",
            "Change per day",
            "The change of the volume per day; missing unless it is certain and the times are known",
            |row: &Row| row.per_day,
        ),
        Column::word(
            "certain",
            "Certain",
            "Whether the change of the volume is more than the outlines explain",
            |row: &Row| row.certain,
        )
        .with_words(&[("true", "yes"), ("false", "no")]),
        Column::word(
            "sigma",
            "Standard deviation",
            "Standard deviation of the volume: an outline that lies a quarter of a voxel off",
            |row: &Row| row.sigma,
        ),
    ]
});

const MEASURES: [(&str, &str); 7] = [
    ("volume", "volume of the hematoma, whole or at a level"),
    ("thickness_ap", "largest AP thickness"),
    ("occupancy_area", "largest canal occupancy by area"),
    ("occupancy_ap", "largest canal occupancy by AP diameter"),
    ("displacement", "largest displacement of the cord"),
    ("cord_t2", "median T2 ratio of the cord at a level to its own reference"),
    ("vertebrae", "number of involved vertebrae"),
];

/// The names of the columns as one line, line break included.
pub fn header() -> String {
    let names: Vec<&str> = definitions().map(|column| column.name.as_str()).collect();
    names.join("\t") + "\n"
}

/// The data dictionary as indented JSON, as for the other [tables](crate::table).
pub fn dictionary() -> String {
    dictionary_of(definitions())
}

fn definitions() -> impl Iterator<Item = &'static Definition> {
    COLUMNS.iter().map(|column| &column.definition)
}

/// The rows of a patient, line breaks included.
pub fn rows(patient: &str, found: &FollowUp) -> String {
    let mut rows = String::new();
    let mut earlier: BTreeMap<(&'static str, Option<VertebralLevel>), Series> = BTreeMap::new();
    for (n, visit) in found.visits.iter().enumerate() {
        let name = visit.name.clone().unwrap_or_else(|| (n + 1).to_string());
        let step = found.changes.iter().find(|it| it.to == n && it.against == Against::Previous);
        for Number { measure, level, value, unit } in numbers(visit) {
            let series = earlier.entry((measure, level)).or_default();
            let is_whole = measure == "volume" && level.is_none();
            let of_volume = step.filter(|_| is_whole);
            let before = series.last.filter(|(at, _)| at + 1 == n).map(|(_, value)| value);
            series.add(n, value);
            let row = Row {
                patient: patient.to_owned(),
                visit: name.clone(),
                hours: visit.hours,
                measure,
                level,
                value,
                unit,
                change: before.map(|before| rounded(value - before)),
                percent_of_first: percent(value, series.first),
                percent_of_largest: percent(value, Some(series.largest)),
                per_day: of_volume.and_then(per_day),
                certain: of_volume.and_then(|step| step.volume.certain),
                sigma: visit.sigma_mm3.filter(|_| is_whole),
            };
            rows.push_str(&line(COLUMNS.iter().map(|column| column.cell(&row))));
        }
    }
    rows
}

/// The change of the volume in mm3 per day, where it is certain.
fn per_day(step: &ChangeRecord) -> Option<f64> {
    let hours = step.hours.filter(|_| step.volume.certain == Some(true))?;
    Some(rounded(step.volume.difference_mm3 / (hours / HOURS_PER_DAY)))
}

fn percent(value: f64, of: Option<f64>) -> Option<f64> {
    of.filter(|&of| of > 0.0).map(|of| rounded(100.0 * value / of))
}

/// The values of a measure so far.
#[derive(Debug, Default)]
struct Series {
    /// At the first visit of all.
    first: Option<f64>,
    largest: f64,
    /// The last, with its visit.
    last: Option<(usize, f64)>,
}

impl Series {
    fn add(&mut self, visit: usize, value: f64) {
        if visit == 0 {
            self.first = Some(value);
        }
        self.largest = self.largest.max(value);
        self.last = Some((visit, value));
    }
}

struct Number {
    measure: &'static str,
    level: Option<VertebralLevel>,
    value: f64,
    unit: &'static str,
}

/// The numbers of a visit that are known.
fn numbers(visit: &VisitRecord) -> Vec<Number> {
    let whole =
        |measure, value: Option<f64>, unit| value.map(|value| Number { measure, level: None, value, unit });
    let wholes = [
        whole("volume", Some(visit.volume_mm3), "mm3"),
        whole("thickness_ap", visit.thickness_ap, "mm"),
        whole("occupancy_area", visit.occupancy_area, "1"),
        whole("occupancy_ap", visit.occupancy_ap, "1"),
        whole("displacement", visit.displacement, "mm"),
        whole("vertebrae", visit.vertebrae.map(|n| n as f64), "1"),
    ];
    let levels = visit.levels.iter().flatten().map(|at| Number {
        measure: "volume",
        level: Some(at.level),
        value: at.mm3,
        unit: "mm3",
    });
    let cord = visit.cord_t2.iter().flatten().filter_map(|at| {
        Some(Number { measure: "cord_t2", level: Some(at.level), value: at.ratio?, unit: "1" })
    });
    wholes.into_iter().flatten().chain(levels).chain(cord).collect()
}
