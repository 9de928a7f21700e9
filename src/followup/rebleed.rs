//! Whether blood of a later visit is younger than one bleed explains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::visit::{Visit, VisitPhase, with_least};
use crate::vocabulary::{round::rounded, stage::Stage, vertebra::VertebralLevel};

/// Younger than before above this probability.
///
/// Picked from five rules on one set of synthetic patients.
pub(super) const MIN_YOUNGER: f64 = 0.8;

/// Both acute and chronic fit a signal when each has this probability.
const CANDIDATE: f64 = 0.2;

/// A phase lies at a level where its stage has this share of the level's sampled volume (own choice).
const MIN_SHARE: f64 = 0.25;

/// The later phase that is most probably younger than all blood that was at its levels before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct YoungerPhase {
    /// The youngest phase that was at these levels before.
    pub from: Stage,
    /// The later phase.
    pub to: Stage,
    /// The levels at which both lie.
    pub levels: Vec<VertebralLevel>,
    /// The probability that it is two stages or more younger.
    pub q: f64,
}

/// The most suspicious later phase; `None` where phases or levels are not known, or no level has phases at both visits.
///
/// Blood that was as young at the same level before explains a phase, so each is compared with all that share a level, and
/// the least probability counts.
pub(super) fn younger_phase(earlier: &Visit, later: &Visit) -> Option<YoungerPhase> {
    let (before, after) = (phases(earlier)?, phases(later)?);
    let of_later = |(phase, at): &(&VisitPhase, Vec<VertebralLevel>)| {
        let later = with_least(phase.likelihood?);
        let mut least: Option<YoungerPhase> = None;
        let mut shared = Vec::new();
        for (other, levels) in &before {
            let common: Vec<VertebralLevel> =
                at.iter().filter(|level| levels.contains(level)).copied().collect();
            if common.is_empty() {
                continue;
            }
            shared.extend(common);
            let q = younger(&with_least(other.likelihood?), &later);
            if least.as_ref().is_none_or(|least| q < least.q) {
                least = Some(YoungerPhase { from: other.stage, to: phase.stage, levels: Vec::new(), q });
            }
        }
        shared.sort_unstable();
        shared.dedup();
        least.map(|least| YoungerPhase { levels: shared, q: rounded(least.q), ..least })
    };
    after.iter().filter_map(of_later).max_by(|a, b| a.q.total_cmp(&b.q))
}

/// The phases of a visit, each with the levels that it lies at.
fn phases(visit: &Visit) -> Option<Vec<(&VisitPhase, Vec<VertebralLevel>)>> {
    let report = visit.report.as_ref()?;
    let levels = report.levels.as_ref()?;
    let at = |stage: Stage| {
        let has = |record: &&crate::report::LevelRecord| {
            let sampled: f64 = record.stage_mm3.values().into_iter().sum();
            record.involved && sampled > 0.0 && record.stage_mm3[stage] >= MIN_SHARE * sampled
        };
        levels.per_level.iter().filter(has).map(|record| record.level).collect()
    };
    Some(report.mixed_phase.phases.iter().map(|phase| (phase, at(phase.stage))).collect())
}

/// The probability that the later blood is two stages or more younger than the earlier.
///
/// Signal that fits acute and chronic blood alike counts as acute at the earlier visit, as one of the two can't be ruled out.
pub(super) fn younger(earlier: &[f64; 5], later: &[f64; 5]) -> f64 {
    let (acute, chronic) = (Stage::Acute.index(), Stage::Chronic.index());
    let mut before = *earlier;
    if before[acute] >= CANDIDATE && before[chronic] >= CANDIDATE {
        before[acute] += before[chronic];
        before[chronic] = 0.0;
    }
    later.iter().enumerate().map(|(j, p)| p * before.iter().skip(j + 2).sum::<f64>()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_stages_younger_counts() {
        let certain = |stage: Stage| std::array::from_fn(|s| f64::from(u8::from(s == stage.index())));
        let q = |a, b| younger(&certain(a), &certain(b));
        assert_eq!(q(Stage::LateSubacute, Stage::Acute), 1.0);
        assert_eq!(q(Stage::EarlySubacute, Stage::Acute), 0.0, "one stage may be an error of either");
        assert_eq!(q(Stage::Acute, Stage::Chronic), 0.0);
        assert_eq!(q(Stage::Chronic, Stage::Hyperacute), 1.0);
    }

    #[test]
    fn acute_or_chronic_counts_as_acute() {
        let before = [0.0, 0.4, 0.0, 0.0, 0.6];
        let after = [0.0, 0.0, 1.0, 0.0, 0.0];
        assert_eq!(younger(&before, &after), 0.0);
        // by hand: 0.9 of the earlier is chronic, and chronic is two stages beyond early subacute
        assert!((younger(&[0.0, 0.1, 0.0, 0.0, 0.9], &after) - 0.9).abs() < 1e-12);
    }
}
