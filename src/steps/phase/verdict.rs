//! What a set of phases means: its kind, renewed bleeding, and mixtures that are read as one stage.

use std::{fmt, str::FromStr};

use hemastage_image::{error::Result, finding::Finding, word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Phase;
use crate::{
    steps::classify::Classified,
    vocabulary::{
        contrast::PerContrast,
        criteria::{Criteria, Mixture},
        per_stage::PerStage,
        stage::{SignalLevel, Stage},
        units::Onset,
    },
};

/// How the stages of a mixture follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MixtureKind {
    /// Neighboring stages.
    Adjacent,
    /// A stage between them is missing.
    Separated,
}

impl MixtureKind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Adjacent, Self::Separated];

    /// The name in reports: `adjacent` or `separated`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Adjacent => "adjacent",
            Self::Separated => "separated",
        }
    }
}

impl fmt::Display for MixtureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Adjacent => "neighboring stages",
            Self::Separated => "with a stage missing between them",
        })
    }
}

impl FromStr for MixtureKind {
    type Err = hemastage_image::Error;

    /// Reads a key.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("kind of mixture", &Self::ALL, Self::key, text)
    }
}

/// The kind of two or more stages, given by age.
pub(super) fn kind(stages: &[Stage]) -> Option<MixtureKind> {
    if stages.len() < 2 {
        return None;
    }
    let gap = stages.windows(2).any(|pair| pair[1].index() - pair[0].index() > 1);
    Some(if gap { MixtureKind::Separated } else { MixtureKind::Adjacent })
}

/// How probable it must be that a stage is missing between phases to suggest more than one bleed.
const MIN_SEPARATED: f64 = 0.6;

/// How probable it is that the stages of the youngest and of the oldest phase do not follow each other, by the
/// probabilities at their median ratios: the sum over all pairs of stages two or more apart. Stages that an ambiguity of
/// the profile cannot tell apart do not count without an onset. `None` for fewer than two phases.
pub(super) fn separated_probability(criteria: &Criteria, phases: &[Phase], onsets: &[Onset]) -> Option<f64> {
    let [youngest, .., oldest] = phases else { return None };
    let ambiguous = |a: Stage, b: Stage| {
        let holds_both = |stages: &[Stage]| stages.contains(&a) && stages.contains(&b);
        onsets.is_empty() && criteria.ambiguities.iter().any(|ambiguity| holds_both(&ambiguity.stages))
    };
    let pairs = Stage::FIVE.into_iter().flat_map(|a| Stage::FIVE.map(|b| (a, b)));
    let apart = pairs.filter(|&(a, b)| a.index().abs_diff(b.index()) >= 2 && !ambiguous(a, b));
    Some(apart.map(|(a, b)| youngest.probabilities[a] * oldest.probabilities[b]).sum())
}

/// Whether the phases, given by age, suggest more than one bleed.
///
/// Phases that are probably separated do. Otherwise a phase too young for the oldest event does: with several events one
/// that a younger event explains, with one event one that is two or more stages younger than the event's age.
pub(super) fn suggests_rebleed(
    criteria: &Criteria,
    stages: &[Stage],
    separated_probability: Option<f64>,
    onsets: &[Onset],
) -> bool {
    let Some(separated) = separated_probability else { return false };
    if separated > MIN_SEPARATED {
        return true;
    }
    // the same event given twice is one
    let mut onsets = onsets.to_vec();
    onsets.sort_by(|a, b| a.hours().total_cmp(&b.hours()));
    onsets.dedup();
    let windows = stages.iter().filter_map(|&stage| Some((stage, criteria.window(stage)?)));
    match onsets.as_slice() {
        [] => false,
        [onset] => {
            let expected =
                Stage::FIVE.into_iter().find(|&s| criteria.window(s).is_some_and(|w| w.holds(*onset)));
            expected.is_some_and(|expected| stages.iter().any(|stage| stage.index() + 2 <= expected.index()))
        }
        several => {
            let oldest = several.iter().copied().fold(several[0], |a, b| if b > a { b } else { a });
            let younger = |window: crate::vocabulary::criteria::Window| {
                several.iter().any(|&o| o < oldest && window.holds(o))
            };
            windows.into_iter().any(|(_, window)| window.ended_by(oldest) && younger(window))
        }
    }
}

/// Whether a profile's mixture rule applies to the phases, given by age.
pub(super) fn reads_as_one(
    rule: &Mixture,
    call: Stage,
    t1: SignalLevel,
    stages: &[Stage],
    fractions: &PerStage<f64>,
) -> bool {
    let (Some(first), Some(last)) = (rule.stages.first(), rule.stages.last()) else { return false };
    let inside = stages.iter().all(|stage| rule.stages.contains(stage)) && rule.stages.contains(&call);
    let led_by_first = call == *first && fractions[*last] >= rule.last_share;
    let both = stages.contains(first) && stages.contains(last);
    inside && t1 == rule.t1 && (led_by_first || both)
}

/// Findings on what else the signal of the whole may be.
pub(super) fn cautions(
    criteria: &Criteria,
    classified: &Classified,
    probabilities: &PerStage<f64>,
    onsets: &[Onset],
) -> Vec<Finding> {
    let PerContrast { t1, t2 } = *classified.signal();
    let mut findings = Vec::new();
    for mimic in &criteria.mimics {
        if t1.median < mimic.t1_below && t2.median > mimic.t2_above {
            findings.push(Finding::warning(
                &mimic.code,
                format!(
                    "the region looks like {}: median ratio {:.2} on T1 (below {}) and {:.2} on T2 (above {})",
                    mimic.name, t1.median, mimic.t1_below, t2.median, mimic.t2_above
                ),
            ));
        }
    }
    for ambiguity in &criteria.ambiguities {
        let is_probable = |stage: &Stage| probabilities[*stage] >= ambiguity.min_probability;
        if onsets.is_empty() && ambiguity.stages.iter().all(is_probable) {
            let each = |stage: &Stage| format!("{stage} ({:.0} %)", 100.0 * probabilities[*stage]);
            let stages: Vec<String> = ambiguity.stages.iter().map(each).collect();
            let text = format!("the signal fits {} alike; give an onset", stages.join(" and "));
            findings.push(Finding::warning(&ambiguity.code, text));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stage::{Acute, Chronic, EarlySubacute, Hyperacute, LateSubacute};

    fn onsets(hours: &[f64]) -> Vec<Onset> {
        hours.iter().map(|&h| Onset::from_hours(h).unwrap()).collect()
    }

    /// Phases of stages that are certain.
    fn rebleed(stages: &[Stage], hours: &[f64]) -> bool {
        let certain = |&stage: &Stage| Phase::certain(stage);
        let phases: Vec<Phase> = stages.iter().map(certain).collect();
        let (criteria, onsets) = (Criteria::built_in("spinal").unwrap(), onsets(hours));
        let separated = separated_probability(&criteria, &phases, &onsets);
        suggests_rebleed(&criteria, stages, separated, &onsets)
    }

    #[test]
    fn separation_is_a_probability() {
        let phase =
            |probabilities: [f64; 6]| Phase { probabilities: probabilities.into(), ..Phase::certain(Acute) };
        let criteria = Criteria::built_in("spinal").unwrap();
        let of = |a, b, hours: &[f64]| {
            separated_probability(&criteria, &[phase(a), phase(b)], &onsets(hours)).unwrap()
        };
        let (young, old) = ([0.7, 0.2, 0.1, 0.0, 0.0, 0.0], [0.0, 0.1, 0.5, 0.3, 0.1, 0.0]);
        // by hand: 0.7 (0.5 + 0.3 + 0.1) + 0.2 (0.3 + 0.1) + 0.1 x 0.1; without an onset less 0.2 x 0.1
        assert!((of(young, old, &[48.0]) - 0.72).abs() < 1e-12);
        assert!((of(young, old, &[]) - 0.70).abs() < 1e-12);
        assert_eq!(separated_probability(&criteria, &[phase(young)], &[]), None);
        // the third phase in the middle does not count
        let three = [phase(young), phase([0.0; 6]), phase(old)];
        assert!((separated_probability(&criteria, &three, &[]).unwrap() - 0.70).abs() < 1e-12);
    }

    #[test]
    fn kinds() {
        assert_eq!(kind(&[Acute]), None);
        assert_eq!(kind(&[Acute, EarlySubacute, LateSubacute]), Some(MixtureKind::Adjacent));
        assert_eq!(kind(&[Acute, EarlySubacute, Chronic]), Some(MixtureKind::Separated));
        for kind in MixtureKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.key());
            assert_eq!(kind.key().parse::<MixtureKind>().unwrap(), kind);
        }
    }

    #[test]
    fn separated_phases_suggest_a_rebleed_but_for_acute_and_chronic_without_an_onset() {
        assert!(rebleed(&[Hyperacute, EarlySubacute], &[]));
        assert!(!rebleed(&[Acute, Chronic], &[]));
        assert!(rebleed(&[Acute, Chronic], &[48.0]));
        assert!(!rebleed(&[Acute], &[48.0]) && !rebleed(&[], &[]));
    }

    #[test]
    fn one_event_must_explain_its_youngest_phase() {
        assert!(!rebleed(&[EarlySubacute, LateSubacute], &[]));
        assert!(!rebleed(&[EarlySubacute, LateSubacute], &[200.0]), "one stage younger is ordinary aging");
        assert!(rebleed(&[EarlySubacute, LateSubacute], &[400.0]), "two stages younger is not");
        assert!(rebleed(&[EarlySubacute, LateSubacute], &[400.0, 400.0]), "one event given twice is one");
        assert!(!rebleed(&[Acute, EarlySubacute], &[0.0]));
    }

    #[test]
    fn of_several_events_a_younger_one_must_explain_a_phase() {
        assert!(rebleed(&[Hyperacute, Acute], &[60.0, 10.0]));
        assert!(!rebleed(&[Hyperacute, Acute], &[60.0, 30.0]), "no event explains the hyperacute phase");
        assert!(rebleed(&[Hyperacute, Acute], &[24.0, 23.0]), "a window is over at its end");
        assert!(!rebleed(&[Hyperacute, Acute], &[20.0, 10.0]), "the oldest event may still be hyperacute");
    }

    #[test]
    fn the_mixture_rule_reads_hyperacute_with_acute_as_acute() {
        let spinal = Criteria::built_in("spinal").unwrap();
        let rule = spinal.mixture.as_ref().unwrap();
        let share = |acute: f64| PerStage::from([0.9 - acute, acute, 0.0, 0.0, 0.1, 0.0]);
        let iso = SignalLevel::Iso;
        assert!(reads_as_one(rule, Hyperacute, iso, &[Hyperacute], &share(0.05)));
        assert!(!reads_as_one(rule, Hyperacute, iso, &[Hyperacute], &share(0.04)));
        assert!(!reads_as_one(rule, Hyperacute, SignalLevel::Hyper, &[Hyperacute], &share(0.1)));
        assert!(!reads_as_one(rule, Hyperacute, iso, &[Hyperacute, EarlySubacute], &share(0.1)));
        assert!(reads_as_one(rule, Acute, iso, &[Hyperacute, Acute], &share(0.5)));
        assert!(!reads_as_one(rule, LateSubacute, iso, &[], &share(0.1)));
    }
}
