//! One row per vertebral level, from the head down: levels with a voxel of the hematoma, levels between its ends,
//! and levels where the cord was measured.

use std::{collections::BTreeSet, sync::LazyLock};

use super::{
    Outcome,
    column::{Column, Definition, FLAGS, Region, STAGES, Unit},
    line, study_column,
};
use crate::{
    report::{CordSignal, LevelRecord, Report, StepRecord},
    vocabulary::{round::rounded_mm, stage::Stage, vertebra::VertebralLevel},
};

/// The numbering of the Spinal Cord Toolbox, in words.
pub(super) const VERT_LEVEL: &str =
    "Numbered as in the Spinal Cord Toolbox: C1 is 1, T1 is 8, L1 is 20, S1 is 25; missing for T13 and L6";

/// What the report says about one level.
pub(super) struct AtLevel {
    pub(super) level: VertebralLevel,
    /// `None` when no voxel of the hematoma lies there.
    record: Option<LevelRecord>,
    cord: Option<CordSignal>,
    /// The sections of the profile along the line, 1 mm each.
    sections: Vec<StepRecord>,
}

impl AtLevel {
    /// The levels of a report, from the head down; empty when they are unknown.
    pub(super) fn all(report: &Report) -> Vec<Self> {
        let records = report.levels.as_ref().map_or(&[][..], |levels| &levels.per_level);
        let cord = report.shape.cord_t2.as_deref().unwrap_or_default();
        let profile = &report.shape.profile;
        let mut levels: BTreeSet<VertebralLevel> = records.iter().map(|record| record.level).collect();
        levels.extend(cord.iter().map(|signal| signal.level));
        levels.extend(profile.iter().filter_map(|section| section.level));
        let at = |level| Self {
            level,
            record: records.iter().find(|record| record.level == level).cloned(),
            cord: cord.iter().find(|signal| signal.level == level).cloned(),
            sections: profile.iter().filter(|section| section.level == Some(level)).cloned().collect(),
        };
        levels.into_iter().map(at).collect()
    }

    /// A number of the hematoma; 0 where it has no voxel.
    fn of_hematoma(&self, value: impl Fn(&LevelRecord) -> f64) -> f64 {
        self.record.as_ref().map_or(0.0, value)
    }

    /// The largest value of the level's sections; `None` where the hematoma has no voxel, even if a section's slab
    /// reaches a voxel of the next level.
    fn largest(&self, value: impl Fn(&StepRecord) -> Option<f64>) -> Option<f64> {
        self.record.as_ref()?;
        self.sections.iter().filter_map(value).max_by(f64::total_cmp)
    }
}

static STUDY: LazyLock<Definition> = LazyLock::new(study_column);

static COLUMNS: LazyLock<Vec<Column<AtLevel>>> = LazyLock::new(|| {
    let groups = [level(), stages(), shape(), cord()];
    groups.into_iter().flatten().collect()
});

pub(super) fn definitions() -> Vec<&'static Definition> {
    std::iter::once(&*STUDY).chain(columns().iter().map(|column| &column.definition)).collect()
}

/// The columns after the study's.
pub(super) fn columns() -> &'static [Column<AtLevel>] {
    &COLUMNS
}

/// The rows of a study.
pub(super) fn rows(study: &str, outcome: &Outcome<'_>) -> String {
    let Outcome::Staged(report) = outcome else { return String::new() };
    let row = |at: &AtLevel| {
        let cells = columns().iter().map(|column| column.cell(at));
        line(std::iter::once(study.into()).chain(cells))
    };
    AtLevel::all(report).iter().map(row).collect()
}

fn level() -> Vec<Column<AtLevel>> {
    vec![
        Column::word("level", "Vertebral level", "Name of the vertebra, such as `C3`", |at: &AtLevel| {
            at.level
        }),
        Column::number(
            ("VertLevel", Unit::One),
            "Number of the level",
            &format!("Number of the vertebral level. {VERT_LEVEL}"),
            |at: &AtLevel| at.level.sct_number(),
        ),
        Column::measure(
            (Region::Hematoma, "volume", Unit::CubicMillimeter),
            "Volume",
            "Volume of the hematoma at the level",
            |at: &AtLevel| at.of_hematoma(|record| record.mm3),
        ),
        Column::measure(
            (Region::Hematoma, "covered", Unit::Millimeter),
            "Covered length",
            "Length of the level that the hematoma covers, along the spine",
            |at: &AtLevel| at.of_hematoma(|record| record.covered_mm),
        ),
        Column::word("involved", "Involved", "Whether 2 mm or more are covered", |at: &AtLevel| {
            at.record.as_ref().is_some_and(|record| record.involved)
        })
        .with_words(&FLAGS),
        Column::word(
            "inferred",
            "Inferred",
            "Whether the vertebra was placed from its neighbors; missing where the hematoma has no voxel",
            |at: &AtLevel| at.record.as_ref().map(|record| record.inferred),
        )
        .with_words(&FLAGS),
        Column::word("stage", "Stage", "Stage of most of the level's sampled voxels", |at: &AtLevel| {
            at.record.as_ref().and_then(|record| record.stage)
        })
        .with_words(&STAGES),
    ]
}

fn stages() -> Vec<Column<AtLevel>> {
    let volume = |stage: Stage| {
        Column::measure(
            (Region::Stage(stage), "volume", Unit::CubicMillimeter),
            &format!("Volume, {stage}"),
            &format!("Volume of the level's sampled voxels that are {stage}"),
            move |at: &AtLevel| at.of_hematoma(|record| record.stage_mm3[stage]),
        )
    };
    Stage::ALL.into_iter().map(volume).collect()
}

fn shape() -> Vec<Column<AtLevel>> {
    type OfSection = fn(&StepRecord) -> Option<f64>;
    let largest = |(region, name, unit): (Region, &str, Unit), long_name: &str, value: OfSection| {
        Column::measure(
            (region, name, unit),
            long_name,
            &format!("{long_name}, the largest at the level; missing where the hematoma has no voxel"),
            move |at: &AtLevel| at.largest(value),
        )
    };
    vec![
        largest((Region::Hematoma, "area", Unit::SquareMillimeter), "Cross-section", |section| {
            Some(section.area_mm2)
        }),
        largest((Region::Hematoma, "thickness_ap", Unit::Millimeter), "AP thickness", |section| {
            section.ap_mm
        }),
        largest((Region::Hematoma, "thickness_lr", Unit::Millimeter), "Transverse thickness", |section| {
            section.lr_mm
        }),
        largest((Region::Canal, "occupancy_area_share", Unit::One), "Canal occupancy by area", |section| {
            section.occupancy_area
        }),
        largest(
            (Region::Canal, "occupancy_ap_share", Unit::One),
            "Canal occupancy by AP diameter",
            |section| section.occupancy_ap,
        ),
        largest(
            (Region::Canal, "occupancy_midline_share", Unit::One),
            "Canal occupancy in the midline",
            |section| section.occupancy_midline,
        ),
        largest((Region::Cord, "displacement", Unit::Millimeter), "Displacement of the cord", |section| {
            // as in the report, only where the hematoma is
            let [right, anterior] = section.displacement_mm.filter(|_| section.area_mm2 > 0.0)?;
            Some(rounded_mm(libm::hypot(right, anterior)))
        }),
    ]
}

fn cord() -> Vec<Column<AtLevel>> {
    vec![
        Column::measure(
            (Region::Cord, "t2_median_ratio", Unit::One),
            "T2 ratio of the cord",
            "Median ratio of the cord's T2 signal at the level to the reference; missing below 5 voxels",
            |at: &AtLevel| at.cord.as_ref().and_then(|signal| signal.median_ratio),
        ),
        Column::measure(
            (Region::Cord, "t2_voxels", Unit::One),
            "Voxels of the cord's T2 ratio",
            "Sampled interior voxels of the cord at the level that are not hematoma",
            |at: &AtLevel| at.cord.as_ref().map(|signal| signal.voxels),
        ),
    ]
}
