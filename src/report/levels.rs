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
    /// The numbering of the label map, or `landmarks`.
    pub scheme: String,
    /// The involved levels as text, such as `C3–T1`; null when none is.
    pub span: Option<Span>,
    /// How many vertebrae are involved, ends included.
    pub vertebrae: usize,
    /// How many interspaces: one less than the vertebrae of each run.
    pub interspaces: usize,
    /// The runs of neighboring levels; two or more are skip lesions.
    pub runs: Vec<Span>,
    /// Regions and the junctions that are crossed, from the head down.
    pub regions: Vec<String>,
    /// Published facts that go with such an extent; never advice.
    pub facts: Vec<Fact>,
    /// Volume beyond the ends of the labeled spine.
    pub outside_mm3: f64,
    /// Each level that holds a voxel, from the head down.
    pub per_level: Vec<LevelRecord>,
}

/// A published fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Fact {
    /// A stable word for programs.
    pub key: String,
    /// The fact, in one sentence.
    pub text: String,
    /// Where it is published.
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
    /// Millimeters of its height that are covered.
    pub covered_mm: f64,
    /// Whether 2 mm or more are.
    pub involved: bool,
    /// Whether the vertebra was placed by its neighbors.
    pub inferred: bool,
    /// The stage of most of its sampled voxels; null when none is sampled.
    pub stage: Option<Stage>,
    /// Volume of its sampled voxels per class.
    pub stage_mm3: PerStage<f64>,
}

impl Levels {
    pub(super) fn new(scheme: &str, found: &level::Levels) -> Self {
        let span = Span::from_levels(&found.involved).ok();
        let runs = found.runs.iter().filter_map(|run| Span::from_levels(run).ok()).collect();
        Self {
            scheme: scheme.into(),
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
            stage_mm3: PerStage::from(part.stage_mm3).map(rounded),
        }
    }
}
