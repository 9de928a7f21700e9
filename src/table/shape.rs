//! The summary's columns on the hematoma's shape and on the canal and cord around it.

use super::{
    cell::Cell,
    column::{Column, Region, Unit, capitalized},
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
            (of, "surface", Unit::SquareMillimeter),
            "Surface",
            "Area of a smooth surface through the mask: two thirds of that of its voxels' outer faces",
            |r: &Report| r.shape.surface_mm2,
        ),
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
            "center_line",
            "Center line",
            "Structure whose center line shape and surroundings are measured along",
            |r: &Report| r.shape.line.as_ref().map(Cell::from),
        )
        .with_words(&[("cord", "the spinal cord's"), ("canal", "the spinal canal's")]),
    ];
    columns.extend(extent());
    columns.extend(largest(
        (of, "thickness_ap", Unit::Millimeter),
        ("AP thickness", "from front to back"),
        |shape| shape.thickness_ap.as_ref(),
    ));
    columns.extend(largest(
        (of, "thickness_lr", Unit::Millimeter),
        ("transverse thickness", "from left to right"),
        |shape| shape.thickness_lr.as_ref(),
    ));
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
    let level = |of_end: fn(&ExtentRecord) -> Option<VertebralLevel>| {
        move |r: &Report| r.shape.extent.as_ref().and_then(of_end)
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
            "Part of the length beyond the ends of the mask that the center line follows",
            |r: &Report| r.shape.extent.as_ref().map(|extent| extent.beyond_mm),
        ),
        Column::word(
            "upper_end_level",
            "Level of the upper end",
            "Vertebral level of the extent's upper end, even if that level is not involved",
            level(|extent| extent.upper.level),
        ),
        Column::word(
            "lower_end_level",
            "Level of the lower end",
            "Vertebral level of the extent's lower end, even if that level is not involved",
            level(|extent| extent.lower.level),
        ),
    ]
}

/// A largest value, by name and explanation, and the level where it is found.
fn largest(
    measure: (Region, &str, Unit),
    (what, explanation): (&str, &str),
    of_shape: fn(&Shape) -> Option<&LargestRecord>,
) -> [Column<Report>; 2] {
    let value = Column::measure(
        measure,
        &capitalized(what),
        &format!("Largest {what}, {explanation}"),
        move |r: &Report| of_shape(&r.shape).map(|largest| largest.value),
    );
    let (region, name, _) = measure;
    let prefix = if region == Region::Hematoma { String::new() } else { format!("{}_", region.key()) };
    let level = Column::word(
        &format!("{prefix}{}_level", name.trim_end_matches("_share")),
        &format!("Level of the {what}"),
        &format!("Vertebral level of the largest {what}"),
        move |r: &Report| of_shape(&r.shape).and_then(|largest| largest.place.level),
    );
    [value, level]
}

fn sectors() -> [Column<Report>; 4] {
    let share = |key: &str, of_sector: fn(&SectorsRecord) -> f64| {
        Column::measure(
            (Region::Hematoma, &format!("{key}_share"), Unit::One),
            &format!("{} share", capitalized(key)),
            &format!("Share of the volume in the {key} 90-degree sector around the center line"),
            move |r: &Report| r.shape.sectors.as_ref().map(of_sector),
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
        ("canal occupancy by area", "the hematoma's share of the canal's cross-section"),
        |shape| shape.occupancy_area.as_ref(),
    ));
    columns.extend(largest(
        (of, "occupancy_ap_share", Unit::One),
        (
            "canal occupancy by AP diameter",
            "the hematoma's share of the canal's AP diameter where it is thickest",
        ),
        |shape| shape.occupancy_ap.as_ref(),
    ));
    columns.extend(largest(
        (of, "occupancy_midline_share", Unit::One),
        ("canal occupancy in the midline", "the hematoma's share of the canal's AP diameter in the midline"),
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
            "Largest distance of the cord's center from the canal's, along the hematoma",
            |r: &Report| r.shape.displacement.as_ref().map(|displacement| displacement.mm),
        ),
        Column::measure(
            (of, "displacement_right", Unit::Millimeter),
            "Displacement of the cord to the right",
            "Component of the displacement to the patient's right; negative to the left",
            |r: &Report| r.shape.displacement.as_ref().map(|displacement| displacement.right_mm),
        ),
        Column::measure(
            (of, "displacement_anterior", Unit::Millimeter),
            "Displacement of the cord to the front",
            "Component of the displacement forward; negative backward",
            |r: &Report| r.shape.displacement.as_ref().map(|displacement| displacement.anterior_mm),
        ),
        Column::word(
            "cord_displacement_direction",
            "Direction of the displacement",
            "Direction of the cord's displacement in words; missing below 0.1 mm",
            |r: &Report| {
                let displacement = r.shape.displacement.as_ref();
                displacement.and_then(|displacement| displacement.direction.as_ref()).map(Cell::from)
            },
        ),
        Column::word(
            "cord_displacement_level",
            "Level of the displacement",
            "Vertebral level of the largest displacement of the cord",
            |r: &Report| r.shape.displacement.as_ref().and_then(|displacement| displacement.place.level),
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
