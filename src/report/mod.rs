//! One serializable record of everything found in a study, and the map of its stages.
//!
//! The record's JSON is the schema `hemastage/report/2`; its JSON Schema is in `docs/report.schema.json`.
//! A null is always explained in `reasons`, by the path of its key.

mod alignment;
mod build;
mod findings;
mod further;
mod levels;
mod methods;
mod model;
mod onset;
mod reasons;
mod shape;
mod stage_map;
mod without_hematoma;

use std::collections::BTreeMap;

use hemastage_image::finding::Finding;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub(crate) use self::without_hematoma::Measured;
pub use self::{
    alignment::AlignmentRecord,
    build::StepResults,
    further::{EnhancementRecord, Evidence, FatRecord, Further, SusceptibilityRecord},
    levels::{Fact, LevelRecord, Levels},
    methods::{Methods, methods},
    model::{Asked, ExpectedRecord, ModelRecord, PatternRecord, SequenceRecord, Settings},
    shape::{
        CordSignal, DisplacementRecord, ExtentRecord, LargestRecord, PlaceRecord, SectorsRecord, Shape,
        StepRecord,
    },
    stage_map::StageMap,
    without_hematoma::{
        CordLevels, NO_HEMATOMA_SCHEMA, Nothing, ReportWithoutHematoma, ShapeWithoutHematoma,
    },
};
use crate::{
    steps::{
        phase::MixtureKind,
        reference::{ReferenceMode, TrendModel},
    },
    vocabulary::{
        json,
        stage::{SignalLevel, Stage},
    },
};
pub use crate::{
    study::Input,
    vocabulary::{contrast::PerContrast, per_stage::PerStage, units::SinceFirst},
};

/// The name of the report's schema.
pub const SCHEMA: &str = "hemastage/report/2";

/// How often numbers of a report have changed for the same input: the number of `RESULT` entries of the changelog.
///
/// A batch that is resumed makes the results of another revision again.
pub const RESULTS_REVISION: u32 = 56;

/// What the report is and is not.
pub const DISCLAIMER: &str = "Research tool: states the phase of an MRI signal with its evidence. Not a diagnosis, not for clinical use.";

/// The reason for a null that the caller did not ask for.
pub const NOT_REQUESTED: &str = "not requested";

/// Everything found in one study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Report {
    /// `hemastage/report/2`.
    pub schema: String,
    /// The program that wrote it.
    pub software: Software,
    /// What the report is and is not.
    pub disclaimer: String,
    /// The files or arrays it was made from.
    pub inputs: Vec<Input>,
    /// When the study was, for a follow-up; null with a reason.
    #[serde(default)]
    pub visit: Option<SinceFirst>,
    /// The criteria profile and the onsets.
    pub criteria: CriteriaRecord,
    /// The settings that decide the numbers.
    pub settings: Settings,
    /// The reference signal per contrast.
    pub reference: PerContrast<ReferenceRecord>,
    /// How far T1 lies off T2; null with a reason.
    pub alignment: Option<AlignmentRecord>,
    /// The hematoma and its signal.
    pub hematoma: HematomaRecord,
    /// The call, the stage of the whole hematoma, and its evidence.
    pub stage: StageRecord,
    /// Whether the hematoma has blood of more than one stage.
    pub mixed_phase: MixedPhaseRecord,
    /// What contrast agent does to the T1 signal; null with a reason.
    pub enhancement: Option<EnhancementRecord>,
    /// How dark the hematoma is on T2*; null with a reason.
    pub susceptibility: Option<SusceptibilityRecord>,
    /// Fat in the hematoma's mask; null with a reason.
    pub fat: Option<FatRecord>,
    /// Vertebral levels; null with a reason.
    pub levels: Option<Levels>,
    /// Shape and surroundings.
    pub shape: Shape,
    /// Why a value is null, by the path of its key.
    pub reasons: BTreeMap<String, String>,
    /// What may change how far the numbers can be trusted, and what is good to know.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The report as indented JSON, with a line break at its end.
    pub fn to_json(&self) -> String {
        json::indented(self)
    }

    /// The JSON Schema of the report, as kept in `docs/report.schema.json`.
    pub fn json_schema() -> String {
        json::indented(&schemars::schema_for!(Self))
    }
}

/// A name and a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Software {
    /// `hemastage`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Grows with each change that can alter a number.
    pub results_revision: u32,
}

impl Software {
    /// This version of the library.
    pub(crate) fn this() -> Self {
        Self {
            name: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            results_revision: RESULTS_REVISION,
        }
    }
}

/// The criteria used.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CriteriaRecord {
    /// The profile's name.
    pub name: String,
    /// Where its table comes from.
    pub source: String,
    /// The SHA-256 of its text, by which profiles of one name are told apart.
    pub sha256: String,
    /// Its thresholds.
    pub thresholds: PerContrast<ThresholdsRecord>,
    /// Hours from each bleeding event to the scan.
    pub onset_hours: Vec<f64>,
}

/// Thresholds of one contrast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ThresholdsRecord {
    /// Hypo below this ratio.
    pub hypo_below: f64,
    /// Hyper above this ratio.
    pub hyper_above: f64,
}

/// The reference signal of one contrast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct ReferenceRecord {
    /// The tissue, `spinal cord` by default; `given value` for a value of the caller.
    pub tissue: String,
    /// How it varies along the cord.
    pub mode: ReferenceMode,
    /// Median signal.
    pub median: f64,
    /// Robust SD: 1.4826 x median absolute deviation.
    pub spread: Option<f64>,
    /// Voxels used.
    pub voxels: Option<usize>,
    /// Largest over smallest value along the cord.
    pub drift: Option<f64>,
    /// How the trend along the cord was found; null without a trend.
    pub trend: Option<TrendRecord>,
}

/// The trend of one contrast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct TrendRecord {
    /// Whether both images share most of its shape.
    pub model: TrendModel,
    /// Stretches of the cord that stand out of it, as a lesion does, from the lowest up.
    pub runs: Vec<TrendRunRecord>,
}

/// A stretch of the cord that stands out of the trend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct TrendRunRecord {
    /// Its lower end, along the cord's center line from the mask's lower end.
    pub from_mm: f64,
    /// Its upper end.
    pub to_mm: f64,
    /// Its signal over the trend: the median over its bins.
    pub factor: f64,
}

/// The region and its signal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct HematomaRecord {
    /// Voxels of the mask.
    pub voxels: usize,
    /// Voxels with a signal on both contrasts.
    pub sampled_voxels: usize,
    /// Volume of the mask.
    pub volume_mm3: f64,
    /// Ratio to the reference over the sampled voxels.
    pub signal: PerContrast<SignalRecord>,
}

/// Ratios of one contrast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct SignalRecord {
    /// Median ratio.
    pub median_ratio: f64,
    /// 10th percentile.
    pub p10: f64,
    /// 90th percentile.
    pub p90: f64,
    /// The signal level of the median.
    pub level: SignalLevel,
}

/// The stage of the whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct StageRecord {
    /// The stage of the whole hematoma.
    pub call: Stage,
    /// Classes whose probability reaches 0.2, most probable first.
    pub candidates: Vec<Candidate>,
    /// The model that determined the stages.
    pub model: ModelRecord,
    /// The ratios that each state of blood should have; empty by the table of signal levels.
    pub expected: Vec<ExpectedRecord>,
    /// What the profile's table makes of the signal levels.
    pub pattern: PatternRecord,
    /// Share of the core voxels per class.
    pub fractions: PerStage<f64>,
    /// Probability of each class at the phases' median ratios, weighted by their fractions; at the core's medians if there
    /// is no phase.
    pub probabilities: PerStage<f64>,
    /// Probability of each class at the median ratios of the phase with the largest fraction, without the onsets: what the
    /// signal alone says. At the core's medians if there is no phase.
    pub likelihood: PerStage<f64>,
    /// Volume of the sampled voxels per class.
    pub volume_mm3: PerStage<f64>,
    /// Voxels of the core.
    pub core_voxels: usize,
}

/// A class with its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Candidate {
    /// The class.
    pub stage: Stage,
    /// Its probability.
    pub probability: f64,
}

/// Whether the hematoma holds blood of more than one stage.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct MixedPhaseRecord {
    /// Whether it has two or more phases.
    pub flag: bool,
    /// Whether their stages follow each other directly; null when not mixed.
    pub kind: Option<MixtureKind>,
    /// Probability that the youngest and the oldest phase are two or more stages apart; null when not mixed.
    pub separated_probability: Option<f64>,
    /// Whether they suggest renewed bleeding.
    pub suggests_rebleed: bool,
    /// Share of the sampled voxels that are T2-hypo.
    pub t2_hypo_fraction: f64,
    /// The phases, youngest first; one if not mixed, empty if no stage is coherent enough.
    pub phases: Vec<PhaseRecord>,
}

/// One phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct PhaseRecord {
    /// Its stage.
    pub stage: Stage,
    /// Its share of the core.
    pub fraction: f64,
    /// Number of its connected parts.
    pub parts: usize,
    /// Volume of the largest part.
    pub largest_mm3: f64,
    /// Median ratio to the reference on T1.
    pub t1_ratio: f64,
    /// Median ratio to the reference on T2.
    pub t2_ratio: f64,
    /// Probability of each class at these ratios without the onsets: what the signal alone says.
    #[serde(default)]
    pub likelihood: Option<PerStage<f64>>,
    /// Mean position, RAS mm; null when left is not told from right.
    pub centroid_mm: Option<[f64; 3]>,
    /// How far each bleeding event explains it.
    pub events: Vec<EventShare>,
}

/// A bleeding event's share in explaining a phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct EventShare {
    /// Hours from the bleeding event to the scan.
    pub onset_hours: f64,
    /// Its share; the shares of a phase sum to 1.
    pub share: f64,
}
