//! The record of a follow-up.

use std::collections::BTreeMap;

use hemastage_image::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ChangeRecord, JointRecord,
    visit::{Visit, VisitStudy},
    volume::NO_SURFACE,
};
use crate::{
    report::{CordSignal, Fact, LevelRecord, Software},
    vocabulary::{
        json, per_stage::PerStage, round::rounded, span::Span, stage::Stage, vertebra::VertebralLevel,
    },
};

/// The name of the record's schema.
pub const SCHEMA: &str = "hemastage/followup/1";

/// What became of a hematoma over the visits of one patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct FollowUp {
    /// `hemastage/followup/1`.
    pub schema: String,
    /// The program that wrote it.
    pub software: Software,
    /// What it is and is not.
    pub disclaimer: String,
    /// The visits in the order of time.
    pub visits: Vec<VisitRecord>,
    /// The changes to each later visit: from the one before; also from the first, and from the largest hematoma so far,
    /// where these are others.
    pub changes: Vec<ChangeRecord>,
    /// The age of the bleed and the stages by all visits together, if this is one bleed; null with a reason.
    pub joint: Option<JointRecord>,
    /// Published facts about how hematomas go; never advice.
    pub facts: Vec<Fact>,
    /// Why a value is null, by the path of its key.
    pub reasons: BTreeMap<String, String>,
    /// What suggests renewed bleeding, and what may change how far the comparison can be trusted.
    pub findings: Vec<Finding>,
}

/// One visit. Of a scan that showed no hematoma, all is null but the time, the volume and the cord.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct VisitRecord {
    /// The caller's name of it.
    pub name: Option<String>,
    /// Hours since the first visit.
    pub hours: Option<f64>,
    /// Whether a hematoma was seen.
    pub hematoma: bool,
    /// Volume; 0 when none was seen.
    pub volume_mm3: f64,
    /// Standard deviation of the volume: a quarter of a voxel of its outline.
    pub sigma_mm3: Option<f64>,
    /// The stage.
    pub call: Option<Stage>,
    /// The vertebral levels.
    pub span: Option<Span>,
    /// Number of vertebrae.
    pub vertebrae: Option<usize>,
    /// Volume of the sampled voxels per class.
    pub stage_mm3: Option<PerStage<f64>>,
    /// Each level with a voxel of the hematoma, from the head down.
    pub levels: Option<Vec<VisitLevel>>,
    /// Largest AP thickness, mm.
    pub thickness_ap: Option<f64>,
    /// Largest canal occupancy by area.
    pub occupancy_area: Option<f64>,
    /// Largest canal occupancy by AP diameter.
    pub occupancy_ap: Option<f64>,
    /// Largest displacement of the cord, mm.
    pub displacement: Option<f64>,
    /// The cord's T2 signal per level.
    pub cord_t2: Option<Vec<VisitCord>>,
}

/// A level at a visit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct VisitLevel {
    /// The level.
    pub level: VertebralLevel,
    /// Volume at the level.
    pub mm3: f64,
    /// Whether 2 mm or more are covered.
    pub involved: bool,
    /// The stage of most of its sampled voxels; null when no voxel is sampled.
    pub stage: Option<Stage>,
}

/// The cord's T2 signal at a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct VisitCord {
    /// The level.
    pub level: VertebralLevel,
    /// Median ratio to the cord's own reference; null for fewer than 5 voxels.
    pub ratio: Option<f64>,
    /// Whether it reaches the T2 hyper edge; null likewise.
    pub changed: Option<bool>,
}

const NOTHING_SEEN: &str = "no hematoma at this time";

impl VisitRecord {
    pub(super) fn new(
        visit: &Visit,
        hours: Option<f64>,
        n: usize,
        reasons: &mut BTreeMap<String, String>,
    ) -> Self {
        let (report, sigma_mm3) = (visit.report.as_ref(), visit.sigma_mm3());
        let shape = report.map(|report| &report.shape);
        let levels = report.and_then(|report| report.levels.as_ref());
        let mut because = |key: &str, reason: &str| {
            reasons.insert(format!("visits[{n}].{key}"), reason.into());
        };
        for (key, is_null) in [
            ("call", report.is_none()),
            ("span", levels.is_none()),
            ("vertebrae", levels.is_none()),
            ("levels", levels.is_none()),
        ] {
            if is_null {
                because(key, if report.is_none() { NOTHING_SEEN } else { "its report has no levels" });
            }
        }
        let stage_mm3 = report.and_then(|report| report.stage.volume_mm3);
        let thickness_ap = shape.and_then(|shape| Some(shape.thickness_ap.as_ref()?.value));
        let occupancy_area = shape.and_then(|shape| Some(shape.occupancy_area.as_ref()?.value));
        let occupancy_ap = shape.and_then(|shape| Some(shape.occupancy_ap.as_ref()?.value));
        let displacement = shape.and_then(|shape| Some(shape.displacement?.mm));
        for (key, is_null) in [
            ("stage_mm3", stage_mm3.is_none()),
            ("thickness_ap", thickness_ap.is_none()),
            ("occupancy_area", occupancy_area.is_none()),
            ("occupancy_ap", occupancy_ap.is_none()),
            ("displacement", displacement.is_none()),
        ] {
            if is_null {
                because(key, if report.is_none() { NOTHING_SEEN } else { "its report does not give it" });
            }
        }
        let cord_t2 = visit.study.as_ref().and_then(VisitCord::all);
        if cord_t2.is_none() {
            because("cord_t2", "no report gives the cord's signal");
        }
        if cord_t2.iter().flatten().any(|cord| cord.ratio.is_none()) {
            because("cord_t2[].*", "fewer than 5 voxels of the inner cord lie there");
        }
        if levels.is_some_and(|levels| levels.per_level.iter().any(|record| record.stage.is_none())) {
            because("levels[].stage", "no voxel there has a signal");
        }
        if visit.name.is_none() {
            because("name", "not given");
        }
        if levels.is_some_and(|levels| levels.span.is_none()) {
            because("span", "no level is involved");
        }
        if sigma_mm3.is_none() {
            because("sigma_mm3", NO_SURFACE);
        }
        Self {
            name: visit.name.clone(),
            hours: hours.map(rounded),
            hematoma: report.is_some(),
            volume_mm3: rounded(visit.volume_mm3()),
            sigma_mm3: sigma_mm3.map(rounded),
            call: report.map(|report| report.stage.call),
            span: levels.and_then(|levels| levels.span.clone()),
            vertebrae: levels.map(|levels| levels.vertebrae),
            stage_mm3,
            levels: levels.map(|levels| levels.per_level.iter().map(VisitLevel::new).collect()),
            thickness_ap,
            occupancy_area,
            occupancy_ap,
            displacement,
            cord_t2,
        }
    }
}

impl VisitLevel {
    fn new(record: &LevelRecord) -> Self {
        Self { level: record.level, mm3: record.mm3, involved: record.involved, stage: record.stage }
    }
}

impl VisitCord {
    /// `None` where the study does not give them.
    fn all(study: &VisitStudy) -> Option<Vec<Self>> {
        let edge = study.criteria.thresholds.t2.hyper_above;
        let at = |signal: &CordSignal| Self {
            level: signal.level,
            ratio: signal.median_ratio,
            changed: signal.median_ratio.map(|ratio| ratio >= edge),
        };
        Some(study.cord_t2.as_ref()?.iter().map(at).collect())
    }
}

impl FollowUp {
    /// The record as indented JSON, with a line break at its end.
    pub fn to_json(&self) -> String {
        json::indented(self)
    }

    /// The JSON Schema of the record, as kept in `docs/followup.schema.json`.
    pub fn json_schema() -> String {
        json::indented(&schemars::schema_for!(Self))
    }
}
