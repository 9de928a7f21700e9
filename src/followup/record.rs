//! The record of a follow-up.

use std::collections::BTreeMap;

use hemastage_image::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{ChangeRecord, JointRecord, visit::Visit, volume::NO_SURFACE};
use crate::{
    report::{Fact, Software},
    vocabulary::{round::rounded, span::Span, stage::Stage},
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

/// One visit. Of a scan that showed no hematoma, all but the time and the volume is null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct VisitRecord {
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
        let levels = report.and_then(|report| report.levels.as_ref());
        let mut because = |key: &str, reason: &str| {
            reasons.insert(format!("visits[{n}].{key}"), reason.into());
        };
        for (key, is_null) in
            [("call", report.is_none()), ("span", levels.is_none()), ("vertebrae", levels.is_none())]
        {
            if is_null {
                because(key, if report.is_none() { NOTHING_SEEN } else { "its report has no levels" });
            }
        }
        if levels.is_some_and(|levels| levels.span.is_none()) {
            because("span", "no level is involved");
        }
        if sigma_mm3.is_none() {
            because("sigma_mm3", NO_SURFACE);
        }
        Self {
            hours: hours.map(rounded),
            hematoma: report.is_some(),
            volume_mm3: rounded(visit.volume_mm3()),
            sigma_mm3: sigma_mm3.map(rounded),
            call: report.map(|report| report.stage.call),
            span: levels.and_then(|levels| levels.span.clone()),
            vertebrae: levels.map(|levels| levels.vertebrae),
        }
    }
}

impl FollowUp {
    /// The record as indented JSON, with a line break at its end.
    pub fn to_json(&self) -> String {
        // a record of plain numbers, words and lists always serializes
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The JSON Schema of the record, as kept in `docs/followup.schema.json`.
    pub fn json_schema() -> String {
        let mut text = serde_json::to_string_pretty(&schemars::schema_for!(Self)).unwrap_or_default();
        text.push('\n');
        text
    }
}
