//! Agreement as a table with one row per study.
//!
//! The record is `agreement.json`, so the table and its dictionary are `agreements.tsv` and `agreements.json`.

use std::sync::LazyLock;

use super::{Pair, StudyAgreement};
use crate::table::{Cell, Column, dictionary as dictionary_of, line};

/// The table's file.
pub const FILE_NAME: &str = "agreements.tsv";
/// Its dictionary's file.
pub const DICTIONARY_NAME: &str = "agreements.json";

static COLUMNS: LazyLock<Vec<Column<StudyAgreement>>> = LazyLock::new(|| {
    let mut columns = vec![
        Column::word("study", "Study", "Name of the study", |row: &StudyAgreement| Cell::from(&row.name)),
        Column::word(
            "dice",
            "Dice",
            "Twice the shared volume over the sum of both",
            |row: &StudyAgreement| row.overlap.map(|overlap| overlap.dice),
        ),
        Column::word(
            "surface_mean_mm",
            "Mean surface distance",
            "Mean distance of the voxels of either surface from the other, mm",
            |row: &StudyAgreement| row.overlap.map(|overlap| overlap.surface_mean_mm),
        ),
        Column::word(
            "surface_p95_mm",
            "95 % surface distance",
            "95th percentile of the distances from one surface to the other, mm, where it is larger",
            |row: &StudyAgreement| row.overlap.map(|overlap| overlap.surface_p95_mm),
        ),
    ];
    columns.extend(pair("volume_mm3", "Volume, mm3", |row| Some(row.volume_mm3)));
    columns.extend(pair("thickness_ap_mm", "Largest AP thickness, mm", |row| row.thickness_ap));
    columns.extend(pair("vertebrae", "Number of involved vertebrae", |row| row.vertebrae));
    columns.extend(pair("t1_ratio", "Median T1 ratio", |row| row.t1_ratio));
    columns.extend(pair("t2_ratio", "Median T2 ratio", |row| row.t2_ratio));
    columns.extend([
        Column::word("stage_a", "Stage, first", "Stage by the first reading", |row: &StudyAgreement| {
            row.call.a
        }),
        Column::word("stage_b", "Stage, second", "Stage by the second reading", |row: &StudyAgreement| {
            row.call.b
        }),
        Column::word(
            "mixed_phase_a",
            "Mixed-phase, first",
            "By the first reading",
            |row: &StudyAgreement| row.mixed_phase.a,
        ),
        Column::word(
            "mixed_phase_b",
            "Mixed-phase, second",
            "By the second reading",
            |row: &StudyAgreement| row.mixed_phase.b,
        ),
        Column::word("span_a", "Levels, first", "By the first reading", |row: &StudyAgreement| {
            row.span.a.as_ref().map(|span| Cell::from(&span.to_string()))
        }),
        Column::word("span_b", "Levels, second", "By the second reading", |row: &StudyAgreement| {
            row.span.b.as_ref().map(|span| Cell::from(&span.to_string()))
        }),
        Column::word(
            "levels_differ",
            "Levels that differ",
            "Levels that one of the two involves alone",
            |row: &StudyAgreement| Cell::list(row.levels_differ.iter().flatten().copied()),
        )
        .with_lists(),
    ]);
    columns
});

/// The columns of a number: both readings', and the difference.
fn pair(name: &str, long_name: &str, of: fn(&StudyAgreement) -> Option<Pair>) -> [Column<StudyAgreement>; 3] {
    let column = |end: &str, text: &str, value: fn(Pair) -> f64| {
        Column::word(
            &format!("{name}_{end}"),
            &format!("{long_name}, {text}"),
            &format!("{long_name}: {text}"),
            move |row: &StudyAgreement| of(row).map(value),
        )
    };
    [
        column("a", "first reading", |pair| pair.a),
        column("b", "second reading", |pair| pair.b),
        column("difference", "second less first", |pair| pair.difference),
    ]
}

/// The names of the columns as one line, line break included.
pub fn header() -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.definition.name.as_str()).collect();
    names.join("\t") + "\n"
}

/// The data dictionary as indented JSON.
pub fn dictionary() -> String {
    dictionary_of(COLUMNS.iter().map(|column| &column.definition))
}

/// The row of a study, line break included.
pub fn row(study: &StudyAgreement) -> String {
    line(COLUMNS.iter().map(|column| column.cell(study)))
}
