//! What a set of phases means: its kind, renewed bleeding, and mixtures that are read as one stage.

use std::{fmt, str::FromStr};

use hemastage_image::{error::Result, finding::Finding, word};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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

/// Whether the phases, given by age, suggest more than one bleed.
///
/// Separated phases do, unless they are an ambiguity of the profile and no onset is known. Otherwise a
/// phase too young for the oldest event does: with several events one that a younger event explains,
/// with one event one that is two or more stages younger than the event's age.
pub(super) fn suggests_rebleed(criteria: &Criteria, stages: &[Stage], onsets: &[Onset]) -> bool {
    let Some(kind) = kind(stages) else { return false };
    let ambiguous = onsets.is_empty() && criteria.ambiguities.iter().any(|a| a.stages == stages);
    if kind == MixtureKind::Separated && !ambiguous {
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
pub(super) fn cautions(criteria: &Criteria, classified: &Classified, onsets: &[Onset]) -> Vec<Finding> {
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
        let (from, to) = ambiguity.t1_ratio;
        if onsets.is_empty() && t2.level == ambiguity.t2 && (from..=to).contains(&t1.median) {
            findings.push(Finding::warning(
                &ambiguity.code,
                format!(
                    "T2 is {} and the median T1 ratio {:.2} lies between {from} and {to}, where {} look alike; give an onset",
                    ambiguity.t2,
                    t1.median,
                    ambiguity.stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and ")
                ),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use Stage::{Acute, Chronic, EarlySubacute, Hyperacute, LateSubacute};

    fn rebleed(stages: &[Stage], hours: &[f64]) -> bool {
        let onsets: Vec<Onset> = hours.iter().map(|&h| Onset::from_hours(h).unwrap()).collect();
        suggests_rebleed(&Criteria::built_in("spinal").unwrap(), stages, &onsets)
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
