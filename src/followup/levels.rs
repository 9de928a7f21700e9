//! Which vertebral levels were left and reached, and what became of the cord's signal.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::visit::{Visit, VisitLevels, VisitStudy};
use crate::vocabulary::{round::rounded, vertebra::VertebralLevel};

/// A level's cord signal fades when it is lower by this, but still changed.
const FADING: f64 = 0.1;

/// The levels at two visits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct LevelsChange {
    /// Involved before, and no more: all of them when the later visit shows no hematoma.
    pub cleared: Vec<VertebralLevel>,
    /// Involved now, and not before.
    pub new: Vec<VertebralLevel>,
    /// The volume at each level that either visit involves, from the head down.
    pub per_level: Vec<LevelChange>,
}

/// The volume at a level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct LevelChange {
    /// The level.
    pub level: VertebralLevel,
    /// Volume at the earlier visit, mm3.
    pub from_mm3: f64,
    /// At the later one.
    pub to_mm3: f64,
}

/// What became of the cord's T2 signal at a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CordWord {
    /// Below the T2 hyper edge at both visits.
    Normal,
    /// Above it now, and not before.
    New,
    /// Above it at both.
    Changed,
    /// Above it at both, and lower by 0.1 or more.
    Fading,
    /// Above it before, and no more.
    Gone,
}

impl CordWord {
    /// The name in reports, such as `fading`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::New => "new",
            Self::Changed => "changed",
            Self::Fading => "fading",
            Self::Gone => "gone",
        }
    }
}

/// The cord's T2 signal at a level, as ratios to the cord's own reference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct CordChange {
    /// The level.
    pub level: VertebralLevel,
    /// Median ratio at the earlier visit; null for too few voxels.
    pub from: Option<f64>,
    /// At the later one.
    pub to: Option<f64>,
    /// What became of it; null where a visit has no number.
    pub word: Option<CordWord>,
}

/// A visit without levels, and why.
pub(super) const NO_LEVELS: &str = "the vertebral levels of a visit are not known";

fn involved(levels: &VisitLevels) -> impl Iterator<Item = (VertebralLevel, f64)> {
    levels.per_level.iter().filter(|record| record.involved).map(|record| (record.level, record.mm3))
}

impl LevelsChange {
    /// `None` when a visit with a hematoma has no levels.
    pub(super) fn new(earlier: &Visit, later: &Visit) -> Option<Self> {
        let known = |visit: &Visit| match &visit.report {
            None => Some(BTreeMap::new()),
            Some(report) => report.levels.as_ref().map(|levels| involved(levels).collect::<BTreeMap<_, _>>()),
        };
        let (before, after) = (known(earlier)?, known(later)?);
        let only = |here: &BTreeMap<VertebralLevel, f64>, other: &BTreeMap<VertebralLevel, f64>| {
            here.keys().filter(|level| !other.contains_key(level)).copied().collect()
        };
        let (cleared, new) = (only(&before, &after), only(&after, &before));
        let mut all: Vec<VertebralLevel> = before.keys().chain(after.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        let at = |visit: &Visit, level| {
            let levels = visit.report.as_ref().and_then(|report| report.levels.as_ref());
            let record =
                levels.and_then(|levels| levels.per_level.iter().find(|record| record.level == level));
            record.map_or(0.0, |record| record.mm3)
        };
        let change = |level| LevelChange {
            level,
            from_mm3: rounded(at(earlier, level)),
            to_mm3: rounded(at(later, level)),
        };
        Some(Self { cleared, new, per_level: all.into_iter().map(change).collect() })
    }
}

/// The cord at each level that both visits measured; `None` when one did not.
pub(super) fn cord(earlier: &Visit, later: &Visit) -> Option<Vec<CordChange>> {
    let (before, after) = (earlier.study.as_ref()?, later.study.as_ref()?);
    let ratios = |study: &VisitStudy| -> Option<BTreeMap<VertebralLevel, Option<f64>>> {
        Some(study.cord_t2.as_ref()?.iter().map(|signal| (signal.level, signal.median_ratio)).collect())
    };
    let edges = [before, after].map(|study| study.criteria.thresholds.t2.hyper_above);
    let (before, after) = (ratios(before)?, ratios(after)?);
    let change = |(&level, &from): (&VertebralLevel, &Option<f64>)| {
        let to = *after.get(&level)?;
        Some(CordChange { level, from, to, word: from.zip(to).map(|pair| word(pair, edges)) })
    };
    Some(before.iter().filter_map(change).collect())
}

fn word((from, to): (f64, f64), edges: [f64; 2]) -> CordWord {
    match (from >= edges[0], to >= edges[1]) {
        (false, false) => CordWord::Normal,
        (false, true) => CordWord::New,
        (true, false) => CordWord::Gone,
        (true, true) if from - to >= FADING => CordWord::Fading,
        (true, true) => CordWord::Changed,
    }
}
