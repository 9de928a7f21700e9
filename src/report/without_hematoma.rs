//! The report of a study whose images show no hematoma: what of a report needs no blood.

use std::collections::BTreeMap;

use hemastage_image::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    CordSignal, CriteriaRecord, DISCLAIMER, NOT_REQUESTED, PerContrast, ReferenceRecord, Software,
    build::{explain, explain_inputs, record},
};
use crate::{
    steps::{level::LevelOutcome, reference::Reference, shape::SignalByGroup},
    study::{Input, OUTSIDE_LEVELS},
    vocabulary::{
        criteria::Criteria,
        json,
        span::Span,
        units::{Onset, SinceFirst},
        vertebra::VertebralLevel,
    },
};

/// The name of the schema.
pub const NO_HEMATOMA_SCHEMA: &str = "hemastage/no-hematoma/1";

/// The reason for all that needs blood.
const NOTHING_SEEN: &str = "no hematoma at this time";

/// A key that is always null.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nothing;

/// Everything found in a study whose images show no hematoma: the keys of a [`Report`](super::Report), null where they
/// need blood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ReportWithoutHematoma {
    /// `hemastage/no-hematoma/1`.
    pub schema: String,
    /// The program that wrote it.
    pub software: Software,
    /// What the report is and is not.
    pub disclaimer: String,
    /// The files or arrays it was made from.
    pub inputs: Vec<Input>,
    /// When the study was, for a follow-up; null with a reason.
    pub visit: Option<SinceFirst>,
    /// The criteria profile and the onsets.
    pub criteria: CriteriaRecord,
    /// The reference signal per contrast.
    pub reference: PerContrast<ReferenceRecord>,
    /// Null: no hematoma.
    pub hematoma: Nothing,
    /// Null: no hematoma.
    pub stage: Nothing,
    /// Null: no hematoma.
    pub mixed_phase: Nothing,
    /// Vertebral levels; null with a reason.
    pub levels: Option<CordLevels>,
    /// Shape and surroundings.
    pub shape: ShapeWithoutHematoma,
    /// Why a value is null, by the path of its key.
    pub reasons: BTreeMap<String, String>,
    /// What may change how far the numbers can be trusted, and what is good to know.
    pub findings: Vec<Finding>,
}

/// The vertebral levels, of which none is involved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CordLevels {
    /// The scheme of the label map, or `landmarks`.
    pub scheme: String,
    /// Null: no hematoma.
    pub span: Nothing,
    /// 0: no hematoma.
    pub vertebrae: usize,
    /// The levels at which the cord lies.
    pub cord: Option<Span>,
}

/// What surrounds a hematoma where there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ShapeWithoutHematoma {
    /// Ratio of the cord's T2 signal to its own reference, per vertebral level from the head down.
    pub cord_t2: Option<Vec<CordSignal>>,
}

/// What is measured in a study without a hematoma.
pub(crate) struct Measured<'a> {
    pub(crate) inputs: &'a [Input],
    pub(crate) visit: Option<SinceFirst>,
    pub(crate) criteria: &'a Criteria,
    pub(crate) onsets: &'a [Onset],
    pub(crate) references: &'a PerContrast<Reference>,
    /// Of the cord.
    pub(crate) levels: Option<&'a LevelOutcome>,
    pub(crate) cord_t2: Option<&'a SignalByGroup<VertebralLevel>>,
    pub(crate) findings: Vec<Finding>,
}

impl ReportWithoutHematoma {
    pub(crate) fn new(measured: Measured<'_>) -> Self {
        let Measured { inputs, visit, criteria, onsets, references, levels, cord_t2, mut findings } =
            measured;
        let mut reasons: BTreeMap<String, String> =
            ["hematoma", "stage", "mixed_phase"].map(|key| (key.into(), NOTHING_SEEN.into())).into();
        for (contrast, reference) in references.iter() {
            explain(contrast, reference, &mut reasons);
            findings.extend(reference.findings().iter().map(|finding| finding.clone().at(contrast.key())));
        }
        // a cord goes on beyond the labeled vertebrae
        let of_levels = levels.into_iter().flat_map(LevelOutcome::findings);
        let of_levels = of_levels.filter(|finding| finding.code != OUTSIDE_LEVELS);
        findings.extend(of_levels.map(|finding| finding.clone().at("levels")));
        explain_inputs(inputs, &mut reasons);
        let mut because = |key: &str, is_null: bool, reason: &str| {
            if is_null {
                reasons.insert(key.into(), reason.into());
            }
        };
        because("visit", visit.is_none(), NOT_REQUESTED);
        let known = levels.and_then(LevelOutcome::levels);
        because("levels", known.is_none(), levels.and_then(LevelOutcome::reason).unwrap_or(NOT_REQUESTED));
        because("levels.span", known.is_some(), NOTHING_SEEN);
        because("shape.cord_t2", cord_t2.is_none(), "it needs a cord mask and vertebral levels");
        let levels = known.map(|found| {
            let at: Vec<VertebralLevel> = found.per_level.iter().map(|part| part.level).collect();
            CordLevels {
                scheme: found.scheme.clone(),
                span: Nothing,
                vertebrae: 0,
                cord: Span::from_levels(&at).ok(),
            }
        });
        because(
            "levels.cord",
            levels.as_ref().is_some_and(|levels| levels.cord.is_none()),
            "the cord lies beyond the labeled spine",
        );
        let cord_t2: Option<Vec<CordSignal>> =
            cord_t2.map(|signal| signal.groups().iter().map(CordSignal::new).collect());
        let is_short = cord_t2.iter().flatten().any(|signal| signal.median_ratio.is_none());
        because("shape.cord_t2[].median_ratio", is_short, "fewer than 5 voxels of the inner cord lie there");
        because(
            "findings[].place",
            findings.iter().any(|finding| finding.place.is_none()),
            "it concerns the study as a whole",
        );
        Self {
            schema: NO_HEMATOMA_SCHEMA.into(),
            software: Software::this(),
            disclaimer: DISCLAIMER.into(),
            inputs: inputs.to_vec(),
            visit,
            criteria: CriteriaRecord::new(criteria, onsets),
            reference: references.as_ref().map(record),
            hematoma: Nothing,
            stage: Nothing,
            mixed_phase: Nothing,
            levels,
            shape: ShapeWithoutHematoma { cord_t2 },
            reasons,
            findings,
        }
    }

    /// The report as indented JSON, with a line break at its end.
    pub fn to_json(&self) -> String {
        json::indented(self)
    }

    /// The JSON Schema of the report, as kept in `docs/no-hematoma.schema.json`.
    pub fn json_schema() -> String {
        json::indented(&schemars::schema_for!(Self))
    }
}
