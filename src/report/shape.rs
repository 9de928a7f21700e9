//! The section on shape and surroundings.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    steps::{
        level::Spine,
        shape::{self, GroupSignal, Sectors, SignalByGroup},
    },
    vocabulary::{
        round::{rounded, rounded_mm},
        vertebra::VertebralLevel,
    },
};

/// Size, thickness and position of the hematoma along a center line, canal occupancy and displacement of the cord.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Shape {
    /// Volume of the mask.
    pub volume_mm3: f64,
    /// Area of a smooth surface through the mask: two thirds of that of its voxels' outer faces.
    pub surface_mm2: f64,
    /// Volume of each connected collection, largest first.
    pub collections_mm3: Vec<f64>,
    /// The structure whose center line everything below is measured along: `cord` or `canal`.
    pub line: Option<String>,
    /// Craniocaudal extent.
    pub extent: Option<ExtentRecord>,
    /// Largest AP thickness (front to back), mm.
    pub thickness_ap: Option<LargestRecord>,
    /// Largest transverse thickness (left to right), mm.
    pub thickness_lr: Option<LargestRecord>,
    /// Shares of the volume in the four sectors around the line.
    pub sectors: Option<SectorsRecord>,
    /// The sectors in words, such as `right dorsolateral`.
    pub position: Option<String>,
    /// Largest canal occupancy by area: hematoma / canal.
    pub occupancy_area: Option<LargestRecord>,
    /// Largest canal occupancy by AP diameter, where the hematoma is thickest in its section.
    pub occupancy_ap: Option<LargestRecord>,
    /// Largest canal occupancy by AP diameter in the canal's midline.
    pub occupancy_midline: Option<LargestRecord>,
    /// Largest displacement of the cord from the middle of the canal, along the hematoma.
    pub displacement: Option<DisplacementRecord>,
    /// Share of the hematoma's voxels outside the canal mask.
    pub outside_canal: Option<f64>,
    /// T2 signal of the cord per vertebral level.
    pub cord_t2: Option<Vec<CordSignal>>,
    /// The sections of the line, 1 mm each, from the hematoma's lower to its upper end.
    pub profile: Vec<StepRecord>,
}

/// A place along the spine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PlaceRecord {
    /// Millimeters along the line from its mask's lower end.
    pub along_mm: f64,
    /// The point, RAS mm; null when left is not told from right.
    pub point_mm: Option<[f64; 3]>,
    /// The vertebral level; null when levels are not known there.
    pub level: Option<VertebralLevel>,
}

/// The extent of the hematoma along the line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ExtentRecord {
    /// Craniocaudal length along the curve, gaps included.
    pub length_mm: f64,
    /// Lower end.
    pub lower: PlaceRecord,
    /// Upper end.
    pub upper: PlaceRecord,
    /// Part of the length beyond the ends of the line's mask.
    pub beyond_mm: f64,
}

/// A largest value and where it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct LargestRecord {
    /// A thickness in mm, or an occupancy as a share.
    pub value: f64,
    /// Where.
    pub place: PlaceRecord,
}

/// Shares around the line; they sum to 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct SectorsRecord {
    pub ventral: f64,
    pub dorsal: f64,
    pub left: f64,
    pub right: f64,
}

/// How far the cord lies from the middle of the canal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct DisplacementRecord {
    /// Distance between the two middles.
    pub mm: f64,
    /// Component to the right.
    pub right_mm: f64,
    /// Component forward.
    pub anterior_mm: f64,
    /// The direction in words; null below 0.1 mm.
    pub direction: Option<String>,
    /// Where.
    pub place: PlaceRecord,
}

/// The cord's T2 signal at a level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CordSignal {
    /// The level.
    pub level: VertebralLevel,
    /// Sampled interior voxels of the cord there that are not hematoma.
    pub voxels: usize,
    /// Median ratio to the cord's own reference; null for fewer than 5 voxels.
    pub median_ratio: Option<f64>,
}

/// A section of the line: 1 mm, with the plane across it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StepRecord {
    /// Its middle along the line.
    pub along_mm: f64,
    /// Its vertebral level.
    pub level: Option<VertebralLevel>,
    /// Volume per mm of the line.
    pub area_mm2: f64,
    /// AP thickness, front to back.
    pub ap_mm: Option<f64>,
    /// Transverse thickness, left to right.
    pub lr_mm: Option<f64>,
    /// Shares of the volume around the line.
    pub sectors: Option<SectorsRecord>,
    /// Cross-section of the canal.
    pub canal_mm2: Option<f64>,
    /// Canal occupancy by area.
    pub occupancy_area: Option<f64>,
    /// Canal occupancy by AP diameter where the hematoma is thickest.
    pub occupancy_ap: Option<f64>,
    /// Canal occupancy by AP diameter in the midline.
    pub occupancy_midline: Option<f64>,
    /// Displacement of the cord's middle from the canal's in mm: to the right, forward.
    pub displacement_mm: Option<[f64; 2]>,
}

/// What a place needs besides its numbers.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub(super) spine: Option<&'a Spine>,
    pub(super) oriented: bool,
}

impl Places<'_> {
    fn level(self, world_mm: [f64; 3]) -> Option<VertebralLevel> {
        self.spine.and_then(|spine| spine.place(world_mm).level)
    }

    fn record(self, place: &shape::Place) -> PlaceRecord {
        PlaceRecord {
            along_mm: rounded_mm(place.along_mm),
            point_mm: self.oriented.then(|| place.world_mm.map(rounded_mm)),
            level: self.level(place.world_mm),
        }
    }

    fn largest(self, largest: &shape::Largest) -> LargestRecord {
        LargestRecord { value: rounded(largest.value), place: self.record(&largest.place) }
    }
}

impl Shape {
    pub(super) fn new(
        found: &shape::Shape,
        cord_t2: Option<&SignalByGroup<VertebralLevel>>,
        places: Places<'_>,
        reasons: &mut BTreeMap<String, String>,
    ) -> Self {
        for (key, reason) in &found.reasons {
            reasons.insert(format!("shape.{key}"), reason.clone());
        }
        if !places.oriented {
            reasons.insert("shape.*.point_mm".into(), "left and right are unknown".into());
        }
        if places.spine.is_none() {
            reasons.insert("shape.*.level".into(), "vertebral levels are not known".into());
        }
        if cord_t2.is_none() {
            reasons.insert("shape.cord_t2".into(), "it needs a cord mask and vertebral levels".into());
        }
        Self {
            volume_mm3: rounded(found.volume_mm3),
            surface_mm2: rounded(found.surface_mm2),
            collections_mm3: found.collections_mm3.iter().copied().map(rounded).collect(),
            line: found.line.map(|line| line.key().into()),
            extent: found.extent.as_ref().map(|extent| ExtentRecord {
                length_mm: rounded(extent.length_mm),
                lower: places.record(&extent.lower),
                upper: places.record(&extent.upper),
                beyond_mm: rounded_mm(extent.beyond_mm),
            }),
            thickness_ap: found.thickness_ap.as_ref().map(|l| places.largest(l)),
            thickness_lr: found.thickness_lr.as_ref().map(|l| places.largest(l)),
            sectors: found.sectors.as_ref().map(SectorsRecord::new),
            position: found.position.map(|position| position.name().to_owned()),
            occupancy_area: found.occupancy_area.as_ref().map(|l| places.largest(l)),
            occupancy_ap: found.occupancy_ap.as_ref().map(|l| places.largest(l)),
            occupancy_midline: found.occupancy_midline.as_ref().map(|l| places.largest(l)),
            displacement: found.displacement.as_ref().map(|moved| {
                let [right_mm, anterior_mm] = [moved.right_mm, moved.anterior_mm].map(rounded_mm);
                DisplacementRecord {
                    // of the rounded parts, as whoever reads them finds it
                    mm: rounded_mm(libm::hypot(right_mm, anterior_mm)),
                    right_mm,
                    anterior_mm,
                    direction: moved.direction.map(|direction| direction.name().to_owned()),
                    place: places.record(&moved.place),
                }
            }),
            outside_canal: found.outside_canal.map(rounded),
            cord_t2: cord_t2.map(|signal| signal.groups().iter().map(CordSignal::new).collect()),
            profile: found.profile.iter().map(|step| StepRecord::new(step, places)).collect(),
        }
    }
}

impl SectorsRecord {
    fn new(sectors: &Sectors) -> Self {
        Self {
            ventral: rounded(sectors.ventral),
            dorsal: rounded(sectors.dorsal),
            left: rounded(sectors.left),
            right: rounded(sectors.right),
        }
    }
}

impl CordSignal {
    pub(super) fn new(group: &GroupSignal<VertebralLevel>) -> Self {
        Self { level: group.group, voxels: group.voxels, median_ratio: group.median_ratio.map(rounded) }
    }
}

impl StepRecord {
    fn new(step: &shape::Step, places: Places<'_>) -> Self {
        Self {
            along_mm: rounded_mm(step.place.along_mm),
            level: places.level(step.place.world_mm),
            area_mm2: rounded(step.area_mm2),
            ap_mm: step.ap_mm.map(rounded),
            lr_mm: step.lr_mm.map(rounded),
            sectors: step.sectors.as_ref().map(SectorsRecord::new),
            canal_mm2: step.canal_mm2.map(rounded),
            occupancy_area: step.occupancy_area.map(rounded),
            occupancy_ap: step.occupancy_ap.map(rounded),
            occupancy_midline: step.occupancy_midline.map(rounded),
            displacement_mm: step.displacement_mm.map(|mm| mm.map(rounded_mm)),
        }
    }
}
