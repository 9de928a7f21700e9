//! The section on vertebral levels.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    steps::level,
    vocabulary::{per_stage::PerStage, round::rounded, span::Span, stage::Stage, vertebra::VertebralLevel},
};

/// The vertebral levels that the hematoma involves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Levels {
    /// The scheme of the label map, or `landmarks`.
    pub scheme: String,
    /// The involved levels as text, such as `C3–T1`; null when no level is involved.
    pub span: Option<Span>,
    /// Number of involved vertebrae, both ends included.
    pub vertebrae: usize,
    /// Number of interspaces: in each run one fewer than its vertebrae.
    pub interspaces: usize,
    /// The runs of neighboring levels; two or more are skip lesions.
    pub runs: Vec<Span>,
    /// Regions touched and junctions crossed, from the head down.
    pub regions: Vec<String>,
    /// Published facts about hematomas of such an extent; never advice.
    pub facts: Vec<Fact>,
    /// Volume beyond the ends of the labeled spine.
    pub outside_mm3: f64,
    /// Each level with a voxel of the hematoma, from the head down.
    pub per_level: Vec<LevelRecord>,
}

/// A published fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Fact {
    /// Its stable name.
    pub key: String,
    /// The fact, in one sentence.
    pub text: String,
    /// Its source.
    pub source: String,
}

/// One vertebral level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct LevelRecord {
    /// The level.
    pub level: VertebralLevel,
    /// Volume at the level.
    pub mm3: f64,
    /// Length of the level along the spine that the hematoma covers.
    pub covered_mm: f64,
    /// Whether 2 mm or more are covered.
    pub involved: bool,
    /// Whether the vertebra's center was placed from its neighbors.
    pub inferred: bool,
    /// The stage of most of its sampled voxels; null when no voxel is sampled.
    pub stage: Option<Stage>,
    /// Volume of its sampled voxels per class.
    pub stage_mm3: PerStage<f64>,
}

impl Levels {
    pub(super) fn new(found: &level::Levels) -> Self {
        let span = Span::from_levels(&found.involved).ok();
        let runs = found.runs.iter().filter_map(|run| Span::from_levels(run).ok()).collect();
        Self {
            scheme: found.scheme.clone(),
            vertebrae: found.involved.len(),
            interspaces: found.runs.iter().map(|run| run.len() - 1).sum(),
            runs,
            regions: span.iter().flat_map(Span::regions).map(|region| region.key().to_owned()).collect(),
            facts: span.iter().flat_map(Span::facts).map(|fact| Fact::new(&fact)).collect(),
            span,
            outside_mm3: rounded(found.outside_mm3),
            per_level: found.per_level.iter().map(LevelRecord::new).collect(),
        }
    }
}

impl Fact {
    fn new(fact: &crate::vocabulary::span::Fact) -> Self {
        Self { key: fact.key.into(), text: fact.sentence.into(), source: fact.source.into() }
    }
}

impl LevelRecord {
    fn new(part: &level::LevelPart) -> Self {
        Self {
            level: part.level,
            mm3: rounded(part.mm3),
            covered_mm: rounded(part.covered_mm),
            involved: part.involved,
            inferred: part.inferred,
            stage: part.stage,
            stage_mm3: part.stage_mm3.map(rounded),
        }
    }
}
