//! One row per study: whether it was staged, the numbers for comparing studies, and what it was staged with.

use std::sync::LazyLock;

use hemastage_image::finding::{self, Severity};

use super::{
    Outcome,
    cell::{Cell, Format},
    column::{Column, Definition, Unit},
    further, line, shape, signal, spine, study_column,
};
use crate::{report::Report, vocabulary::contrast::Contrast};

/// The columns that are filled for a failed study too.
static LEADING: LazyLock<[Definition; 3]> = LazyLock::new(|| {
    let status = Definition::new("status", "Status", "Whether the study was staged");
    let status = status.with_words(&[
        ("ok", "the study was staged"),
        ("none", "its images show no hematoma; all other columns are missing"),
        ("failed", "it was not; the column `reason` says why, and all others are missing"),
    ]);
    [study_column(), status, Definition::new("reason", "Reason", "Why the study was not staged")]
});

/// The columns of a staged study: the answer first, what it was made with last.
static COLUMNS: LazyLock<Vec<Column<Report>>> = LazyLock::new(|| {
    let groups = [
        signal::call(),
        signal::mixture(),
        signal::hematoma(),
        signal::stages(),
        further::further(),
        spine::levels(),
        shape::shape(),
        shape::surroundings(),
        signal::reference(),
        criteria(),
        images(),
        findings(),
    ];
    groups.into_iter().flatten().collect()
});

pub(super) fn definitions() -> Vec<&'static Definition> {
    LEADING.iter().chain(columns().iter().map(|column| &column.definition)).collect()
}

/// The columns after the leading ones.
pub(super) fn columns() -> &'static [Column<Report>] {
    &COLUMNS
}

/// The row of a study.
pub(super) fn row(study: &str, outcome: &Outcome<'_>) -> String {
    let (status, reason) = match outcome {
        Outcome::Staged(_) => ("ok", Cell::Missing),
        Outcome::WithoutHematoma(_) => ("none", Cell::Missing),
        Outcome::Failed(reason) => ("failed", Cell::from(*reason)),
    };
    let leading = [study.into(), status.into(), reason];
    let cell = |column: &Column<Report>| match outcome {
        Outcome::Staged(report) => column.cell(report),
        Outcome::WithoutHematoma(_) | Outcome::Failed(_) => Cell::Missing,
    };
    line(leading.into_iter().chain(columns().iter().map(cell)))
}

/// The profile, its thresholds and the onsets.
fn criteria() -> Vec<Column<Report>> {
    let mut columns = vec![
        Column::word("software_version", "Software version", "Version of hemastage", |r: &Report| {
            Cell::from(&r.software.version)
        }),
        Column::word("criteria", "Criteria profile", "Name of the profile of criteria", |r: &Report| {
            Cell::from(&r.criteria.name)
        }),
        Column::number(
            ("onset", Unit::Hour),
            "Onsets",
            "Hours from each bleeding event to the scan",
            |r: &Report| Cell::list(r.criteria.onset_hours.iter().copied()),
        )
        .with_lists()
        .with_format(Format::Number),
    ];
    columns.extend(Contrast::BOTH.into_iter().flat_map(thresholds));
    columns
}

fn thresholds(contrast: Contrast) -> [Column<Report>; 2] {
    let key = contrast.key();
    let of_report = move |r: &Report| r.criteria.thresholds[contrast].clone();
    [
        Column::number(
            (&format!("{key}_hypo_below_ratio"), Unit::One),
            &format!("{contrast} threshold for hypo"),
            "Signal is hypo below this ratio to the reference",
            move |r: &Report| of_report(r).hypo_below,
        ),
        Column::number(
            (&format!("{key}_hyper_above_ratio"), Unit::One),
            &format!("{contrast} threshold for hyper"),
            "Signal is hyper above this ratio to the reference",
            move |r: &Report| of_report(r).hyper_above,
        ),
    ]
}

/// Voxel sizes of the images and of the hematoma's mask.
fn images() -> Vec<Column<Report>> {
    let of_role = |role: &'static str| {
        ["i", "j", "k"].into_iter().enumerate().map(move |(axis, name)| {
            Column::number(
                (&format!("{role}_spacing_{name}"), Unit::Millimeter),
                &format!("Voxel spacing of {role} along {name}"),
                &format!("Distance between voxel centers of the input {role} along its axis {name}"),
                move |r: &Report| {
                    r.inputs.iter().find(|input| input.role == role).map(|input| input.spacing_mm[axis])
                },
            )
        })
    };
    ["t1", "t2", "hematoma"].into_iter().flat_map(of_role).collect()
}

/// Findings by severity: their number and codes.
fn findings() -> Vec<Column<Report>> {
    let of_severity = |severity: Severity| {
        let (one, more) = (severity.key(), format!("{}s", severity.key()));
        let count = Column::number(
            (&more, Unit::One),
            &format!("Number of {more}"),
            &format!("Number of findings of severity {one}"),
            move |r: &Report| r.findings.iter().filter(|finding| finding.severity == severity).count(),
        );
        let codes = Column::word(
            &format!("{one}_codes"),
            &format!("Codes of the {more}"),
            &format!("Codes of the findings of severity {one}, each once, in the order of the report"),
            move |r: &Report| Cell::list(finding::codes(&r.findings, severity)),
        );
        [count, codes.with_lists()]
    };
    [Severity::Warning, Severity::Info].into_iter().flat_map(of_severity).collect()
}
