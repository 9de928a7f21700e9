//! The summary's columns on the involved vertebral levels.

use super::{
    cell::Cell,
    column::{Column, Region, Unit, capitalized},
    levels::VERT_LEVEL,
};
use crate::{
    report::{Levels, Report},
    vocabulary::{span::NamedRegion, vertebra::VertebralLevel},
};

/// Span, ends, regions and counts of the levels; missing when the levels are unknown.
pub(super) fn levels() -> Vec<Column<Report>> {
    let mut columns = vec![
        Column::word(
            "level_scheme",
            "Numbering of the vertebrae",
            "Scheme of the label map with the vertebrae, or `landmarks`",
            |r: &Report| r.levels.as_ref().map(|levels| Cell::from(&levels.scheme)),
        ),
        Column::word("span", "Span", "Involved vertebral levels as text", |r: &Report| {
            r.levels.as_ref().and_then(|levels| levels.span.as_ref()).map(|span| Cell::Word(span.to_string()))
        }),
    ];
    columns.extend(end("upper", |levels| levels.first().copied()));
    columns.extend(end("lower", |levels| levels.last().copied()));
    columns.push(
        Column::word(
            "regions",
            "Regions",
            "Regions of the spine that are touched, and junctions that are crossed",
            |r: &Report| r.levels.as_ref().map(|levels| Cell::list(&levels.regions)),
        )
        .with_lists()
        .with_words(&regions().each_ref().map(|(key, name)| (*key, name.as_str()))),
    );
    columns.extend(counts());
    columns
}

/// The involved level at one end, by name and by number.
fn end(which: &'static str, of_span: fn(&[VertebralLevel]) -> Option<VertebralLevel>) -> [Column<Report>; 2] {
    let level = move |r: &Report| {
        let span = r.levels.as_ref().and_then(|levels| levels.span.as_ref());
        span.and_then(|span| of_span(span.levels()))
    };
    [
        Column::word(
            &format!("{which}_level"),
            &format!("{} level", capitalized(which)),
            &format!("The {which}most involved vertebral level"),
            level,
        ),
        Column::number(
            (&format!("{which}_vert_level"), Unit::One),
            &format!("Number of the {which} level"),
            &format!("The {which}most involved vertebral level. {VERT_LEVEL}"),
            move |r: &Report| level(r).and_then(VertebralLevel::sct_number),
        ),
    ]
}

/// The regions by key and name.
fn regions() -> [(&'static str, String); 9] {
    NamedRegion::ALL.map(|region| (region.key(), region.to_string()))
}

fn counts() -> [Column<Report>; 4] {
    let of = Region::Hematoma;
    let of_levels = |count: fn(&Levels) -> usize| move |r: &Report| r.levels.as_ref().map(count);
    [
        Column::measure(
            (of, "vertebrae", Unit::One),
            "Vertebrae",
            "Number of involved vertebrae, ends included",
            of_levels(|levels| levels.vertebrae),
        ),
        Column::measure(
            (of, "interspaces", Unit::One),
            "Interspaces",
            "Number of interspaces: in each run one fewer than its vertebrae",
            of_levels(|levels| levels.interspaces),
        ),
        Column::measure(
            (of, "runs", Unit::One),
            "Runs",
            "Number of runs of neighboring levels; two or more are skip lesions",
            of_levels(|levels| levels.runs.len()),
        ),
        Column::measure(
            (of, "outside_levels", Unit::CubicMillimeter),
            "Volume outside the levels",
            "Volume beyond the ends of the labeled spine",
            |r: &Report| r.levels.as_ref().map(|levels| levels.outside_mm3),
        ),
    ]
}
