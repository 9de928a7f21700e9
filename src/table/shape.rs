//! The summary's columns on shape and surroundings: size and position, the canal and the cord.

use super::{
    cell::Cell,
    column::{Column, Region, Unit, capital},
};
use crate::{
    report::{ExtentRecord, LargestRecord, Report, SectorsRecord, Shape},
    vocabulary::vertebra::VertebralLevel,
};

/// The words of a position around the cord.
const POSITIONS: [(&str, &str); 11] = [
    ("ventral", "in front"),
    ("dorsal", "behind"),
    ("left", "on the patient's left"),
    ("right", "on the patient's right"),
    ("left ventrolateral", "in front and on the left"),
    ("right ventrolateral", "in front and on the right"),
    ("left dorsolateral", "behind and on the left"),
    ("right dorsolateral", "behind and on the right"),
    ("ventral and dorsal", "in front and behind"),
    ("left and right", "on both sides"),
    ("circumferential", "all around"),
];

/// Collections, extent, thickness, sectors and position.
pub(super) fn shape() -> Vec<Column<Report>> {
    let of = Region::Hematoma;
    let mut columns = vec![
        Column::measure(
            (of, "collections", Unit::One),
            "Collections",
            "Number of connected collections",
            |r: &Report| r.shape.collections_mm3.len(),
        ),
        Column::measure(
            (of, "largest_collection", Unit::CubicMillimeter),
            "Largest collection",
            "Volume of the largest connected collection",
            |r: &Report| r.shape.collections_mm3.first().copied(),
        ),
        Column::word(
            "centre_line",
            "Center line",
            "Whose center line shape and surroundings are measured along",
            |r: &Report| r.shape.line.as_ref().map(Cell::from),
        )
        .with_words(&[("cord", "the spinal cord's"), ("canal", "the spinal canal's")]),
    ];
    columns.extend(extent());
    columns.extend(largest((of, "thickness_ap", Unit::Millimeter), "thickness from front to back", |s| {
        s.thickness_ap.as_ref()
    }));
    columns.extend(largest((of, "thickness_lr", Unit::Millimeter), "thickness from left to right", |s| {
        s.thickness_lr.as_ref()
    }));
    columns.extend(sectors());
    columns.push(
        Column::word(
            "position",
            "Position",
            "Where the hematoma lies around the center line",
            |r: &Report| r.shape.position.as_ref().map(Cell::from),
        )
        .with_words(&POSITIONS),
    );
    columns
}

fn extent() -> [Column<Report>; 4] {
    let of = Region::Hematoma;
    let level = |pick: fn(&ExtentRecord) -> Option<VertebralLevel>| {
        move |r: &Report| r.shape.extent.as_ref().and_then(pick)
    };
    [
        Column::measure(
            (of, "length", Unit::Millimeter),
            "Length",
            "Craniocaudal extent along the center line, gaps included",
            |r: &Report| r.shape.extent.as_ref().map(|extent| extent.length_mm),
        ),
        Column::measure(
            (of, "length_beyond_line", Unit::Millimeter),
            "Length beyond the center line",
            "How much of the length lies beyond the ends of the center line's mask",
            |r: &Report| r.shape.extent.as_ref().map(|extent| extent.beyond_mm),
        ),
        Column::word(
            "upper_end_level",
            "Level of the upper end",
            "Vertebral level at which the extent ends above, also where that level is not involved",
            level(|extent| extent.upper.level),
        ),
        Column::word(
            "lower_end_level",
            "Level of the lower end",
            "Vertebral level at which the extent ends below, also where that level is not involved",
            level(|extent| extent.lower.level),
        ),
    ]
}

/// A largest value and the level it is at.
fn largest(
    measure: (Region, &str, Unit),
    what: &str,
    pick: fn(&Shape) -> Option<&LargestRecord>,
) -> [Column<Report>; 2] {
    let value = Column::measure(measure, &capital(what), &format!("Largest {what}"), move |r: &Report| {
        pick(&r.shape).map(|largest| largest.value)
    });
    let (region, name, _) = measure;
    let prefix = if region == Region::Hematoma { String::new() } else { format!("{}_", region.key()) };
    let level = Column::word(
        &format!("{prefix}{}_level", name.trim_end_matches("_share")),
        &format!("Level of the {what}"),
        &format!("Vertebral level at which the {what} is largest"),
        move |r: &Report| pick(&r.shape).and_then(|largest| largest.place.level),
    );
    [value, level]
}

fn sectors() -> [Column<Report>; 4] {
    let share = |key: &str, take: fn(&SectorsRecord) -> f64| {
        Column::measure(
            (Region::Hematoma, &format!("{key}_share"), Unit::One),
            &format!("{} share", capital(key)),
            &format!("Share of the volume in the {key} sector of 90 degrees around the center line"),
            move |r: &Report| r.shape.sectors.as_ref().map(take),
        )
    };
    [
        share("ventral", |sectors| sectors.ventral),
        share("dorsal", |sectors| sectors.dorsal),
        share("left", |sectors| sectors.left),
        share("right", |sectors| sectors.right),
    ]
}

/// The canal's occupancy and the cord's displacement.
pub(super) fn surroundings() -> Vec<Column<Report>> {
    let of = Region::Canal;
    let mut columns = Vec::new();
    columns.extend(largest(
        (of, "occupancy_area_share", Unit::One),
        "share of the canal's cross-section that the hematoma takes",
        |shape| shape.occupancy_area.as_ref(),
    ));
    columns.extend(largest(
        (of, "occupancy_ap_share", Unit::One),
        "share of the canal's AP diameter that the hematoma takes where it is thickest",
        |shape| shape.occupancy_ap.as_ref(),
    ));
    columns.extend(largest(
        (of, "occupancy_midline_share", Unit::One),
        "share of the canal's AP diameter that the hematoma takes in the midline",
        |shape| shape.occupancy_midline.as_ref(),
    ));
    columns.push(Column::measure(
        (Region::Hematoma, "outside_canal_share", Unit::One),
        "Share outside the canal",
        "Share of the hematoma's voxels outside the canal's mask",
        |r: &Report| r.shape.outside_canal,
    ));
    columns.extend(displacement());
    columns
}

fn displacement() -> [Column<Report>; 5] {
    let of = Region::Cord;
    [
        Column::measure(
            (of, "displacement", Unit::Millimeter),
            "Displacement of the cord",
            "Largest distance of the cord's middle from the canal's, at the hematoma",
            |r: &Report| r.shape.displacement.as_ref().map(|moved| moved.mm),
        ),
        Column::measure(
            (of, "displacement_right", Unit::Millimeter),
            "Displacement of the cord to the right",
            "Part of the displacement to the patient's right; negative to the left",
            |r: &Report| r.shape.displacement.as_ref().map(|moved| moved.right_mm),
        ),
        Column::measure(
            (of, "displacement_anterior", Unit::Millimeter),
            "Displacement of the cord forward",
            "Part of the displacement forward; negative backward",
            |r: &Report| r.shape.displacement.as_ref().map(|moved| moved.anterior_mm),
        ),
        Column::word(
            "cord_displacement_direction",
            "Direction of the displacement",
            "Direction of the cord's displacement in words; missing below 0.1 mm",
            |r: &Report| {
                let moved = r.shape.displacement.as_ref();
                moved.and_then(|moved| moved.direction.as_ref()).map(Cell::from)
            },
        ),
        Column::word(
            "cord_displacement_level",
            "Level of the displacement",
            "Vertebral level at which the cord is displaced most",
            |r: &Report| r.shape.displacement.as_ref().and_then(|moved| moved.place.level),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::POSITIONS;
    use crate::steps::shape::Position;

    #[test]
    fn the_words_of_positions_are_the_reports() {
        let all = [
            Position::Ventral,
            Position::Dorsal,
            Position::Left,
            Position::Right,
            Position::LeftVentrolateral,
            Position::RightVentrolateral,
            Position::LeftDorsolateral,
            Position::RightDorsolateral,
            Position::VentralAndDorsal,
            Position::LeftAndRight,
            Position::Circumferential,
        ];
        assert_eq!(POSITIONS.map(|(word, _)| word), all.map(Position::name));
    }
}
