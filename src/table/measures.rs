//! One row per number: the measures of the summary for the whole study, those of the levels for each level.

use std::sync::LazyLock;

use super::{
    Outcome,
    cell::{Cell, Format},
    column::{Column, Definition, Measure},
    levels::{self, AtLevel},
    line, study_column, summary,
};

/// The level of a measure of the whole study.
const ALL_LEVELS: &str = "all";

static DEFINITIONS: LazyLock<[Definition; 6]> = LazyLock::new(|| {
    [
        study_column(),
        Definition::new("roi", "Region", "Region that the number describes").with_words(&[
            ("hematoma", "the hematoma's mask"),
            ("reference", "the tissue that signal is relative to"),
            ("cord", "the spinal cord"),
            ("canal", "the spinal canal"),
            ("hyperacute", "the hematoma's voxels of this stage"),
            ("acute", "the hematoma's voxels of this stage"),
            ("early_subacute", "the hematoma's voxels of this stage"),
            ("late_subacute", "the hematoma's voxels of this stage"),
            ("chronic", "the hematoma's voxels of this stage"),
            ("indeterminate", "the hematoma's voxels that fit none of the five stages"),
        ]),
        Definition::new("level", "Vertebral level", "Name of the vertebra, or `all` for the whole study"),
        Definition::new(
            "measure",
            "Measure",
            "Name of the measure: the column's name in summary.tsv or levels.tsv, without region and unit",
        ),
        Definition::new("value", "Value", "The number; unknown measures have no row")
            .with_format(Format::Number),
        Definition::new("unit", "Unit", "Unit of the number").with_words(&[
            ("1", "a share, ratio, probability or count"),
            ("arbitrary", "signal in an image's own values"),
            ("mm", "millimeter"),
            ("mm2", "square millimeter"),
            ("mm3", "cubic millimeter"),
        ]),
    ]
});

pub(super) fn definitions() -> Vec<&'static Definition> {
    DEFINITIONS.iter().collect()
}

/// The rows of a study.
pub(super) fn rows(study: &str, outcome: &Outcome<'_>) -> String {
    let Outcome::Staged(report) = outcome else { return String::new() };
    let mut text = numbers(study, ALL_LEVELS, summary::columns(), *report);
    for at in &AtLevel::all(report) {
        text += &numbers(study, &at.level.to_string(), levels::columns(), at);
    }
    text
}

/// The known numbers of one row of another table, a line each.
fn numbers<Row>(study: &str, level: &str, columns: &[Column<Row>], row: &Row) -> String {
    let number = |column: &Column<Row>| {
        let Measure { region, name, unit } = column.definition.measure.as_ref()?;
        let value = Some(column.cell(row)).filter(Cell::is_number)?;
        let words = [study, region.key(), level, name].map(Cell::from);
        Some(line(words.into_iter().chain([value, unit.key().into()])))
    };
    columns.iter().filter_map(number).collect()
}
