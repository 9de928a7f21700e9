//! The summary's columns on the vertebral levels as a whole.

use super::{
    cell::Cell,
    column::{Column, Region, Unit, capital},
    levels::VERT_LEVEL,
};
use crate::{
    report::{Levels, Report},
    vocabulary::{span::NamedRegion, vertebra::VertebralLevel},
};

/// The vertebral levels as a whole; missing when they are not known.
pub(super) fn levels() -> Vec<Column<Report>> {
    let mut columns = vec![
        Column::word(
            "level_scheme",
            "Numbering of the vertebrae",
            "Scheme of the label map of vertebrae, or `landmarks`",
            |r: &Report| r.levels.as_ref().map(|levels| Cell::from(&levels.scheme)),
        ),
        Column::word("span", "Span", "Involved vertebral levels as text", |r: &Report| {
            r.levels.as_ref().and_then(|levels| levels.span.as_ref()).map(|span| Cell::Word(span.to_string()))
        }),
    ];
    columns.extend(end("upper", |levels| levels.first().copied()));
    columns.extend(end("lower", |levels| levels.last().copied()));
    columns.push(
        Column::word("regions", "Regions", "Regions of the spine that are involved", |r: &Report| {
            r.levels.as_ref().map(|levels| Cell::list(&levels.regions))
        })
        .with_lists()
        .with_words(&regions().each_ref().map(|(key, name)| (*key, name.as_str()))),
    );
    columns.extend(counts());
    columns
}

/// The involved level at an end, by name and by number.
fn end(which: &'static str, pick: fn(&[VertebralLevel]) -> Option<VertebralLevel>) -> [Column<Report>; 2] {
    let level = move |r: &Report| {
        let span = r.levels.as_ref().and_then(|levels| levels.span.as_ref());
        span.and_then(|span| pick(span.levels()))
    };
    [
        Column::word(
            &format!("{which}_level"),
            &format!("{} level", capital(which)),
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
    let from = |take: fn(&Levels) -> usize| move |r: &Report| r.levels.as_ref().map(take);
    [
        Column::measure(
            (of, "vertebrae", Unit::One),
            "Vertebrae",
            "Number of involved vertebrae, ends included",
            from(|levels| levels.vertebrae),
        ),
        Column::measure(
            (of, "interspaces", Unit::One),
            "Interspaces",
            "Number of interspaces: one less than the vertebrae of each run",
            from(|levels| levels.interspaces),
        ),
        Column::measure(
            (of, "runs", Unit::One),
            "Runs",
            "Number of runs of neighboring levels; two or more are skip lesions",
            from(|levels| levels.runs.len()),
        ),
        Column::measure(
            (of, "outside_levels", Unit::CubicMillimeter),
            "Volume outside the levels",
            "Volume beyond the ends of the labeled spine",
            |r: &Report| r.levels.as_ref().map(|levels| levels.outside_mm3),
        ),
    ]
}
