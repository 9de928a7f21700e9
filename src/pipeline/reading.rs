//! Signal words instead of images: what a profile makes of "T1 iso, T2 hyper with areas of hypo".

use std::{fmt, str::FromStr};

use hemastage_image::error::{Error, Result};

use crate::{
    steps::{
        classify::{Prior, StageModel, most_probable},
        phase::{PhaseOptions, candidates},
    },
    vocabulary::{
        criteria::Criteria,
        per_stage::PerStage,
        stage::{SignalLevel, Stage},
        units::Onset,
    },
};

/// The signal of one contrast in words: the main level, then those of areas in it.
///
/// # Example
/// ```
/// use hemastage::{reading::SignalWords, stage::SignalLevel};
/// let words: SignalWords = "hyper,hypo".parse()?;
/// assert_eq!((words.main, words.areas), (SignalLevel::Hyper, vec![SignalLevel::Hypo]));
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignalWords {
    /// Most of it.
    pub main: SignalLevel,
    /// Areas that differ.
    pub areas: Vec<SignalLevel>,
}

impl FromStr for SignalWords {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let levels = text.split(',').map(str::parse).collect::<Result<Vec<SignalLevel>>>()?;
        let (&main, areas) = levels.split_first().unwrap_or((&SignalLevel::Iso, &[]));
        Ok(Self { main, areas: areas.to_vec() })
    }
}

impl fmt::Display for SignalWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.main)?;
        for (n, area) in self.areas.iter().enumerate() {
            write!(f, "{} {area}", if n == 0 { " with areas of" } else { "," })?;
        }
        Ok(())
    }
}

/// What a profile makes of signal words.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// The stage.
    pub call: Stage,
    /// Classes that explain the call's pattern, most probable first.
    pub candidates: Vec<(Stage, f64)>,
    /// The probability of each class for the call's pattern.
    pub probabilities: PerStage<f64>,
    /// The stages that areas of the hematoma show besides the main one.
    pub areas: Vec<Stage>,
    /// Whether the profile's mixture rule gave the call.
    pub by_mixture_rule: bool,
}

/// Stages a hematoma by its signal in words, read without noise.
///
/// The main pattern gives the stage, areas give further stages; a mixture rule of the profile applies
/// when its first and last stage are among them.
pub fn read(t1: &SignalWords, t2: &SignalWords, criteria: &Criteria, onsets: &[Onset]) -> Reading {
    let model = StageModel::noiseless(&Prior::new(criteria, onsets));
    let levels = |words: &SignalWords| [&[words.main], words.areas.as_slice()].concat();
    let (t1_levels, t2_levels) = (levels(t1), levels(t2));
    let pairs = t1_levels.iter().flat_map(|&a| t2_levels.iter().map(move |&b| (a, b)));
    let patterns: Vec<PerStage<f64>> = pairs.map(|(a, b)| model.of_pattern(a, b)).collect();
    let stages: Vec<Stage> = patterns.iter().map(most_probable).collect();
    let rule = criteria.mixture.as_ref().filter(|rule| {
        let holds = |stage: Option<&Stage>| stage.is_some_and(|stage| stages.contains(stage));
        let inside = stages.iter().all(|stage| rule.stages.contains(stage));
        inside && rule.t1 == t1.main && holds(rule.stages.first()) && holds(rule.stages.last())
    });
    let call = rule.map_or(stages[0], |rule| rule.call);
    let probabilities = patterns[stages.iter().position(|&stage| stage == call).unwrap_or(0)];
    let mut areas: Vec<Stage> = stages.iter().copied().filter(|&stage| stage != stages[0]).collect();
    areas.sort_unstable();
    areas.dedup();
    Reading {
        call,
        candidates: candidates(&probabilities, PhaseOptions::default().candidate_probability),
        probabilities,
        areas,
        by_mixture_rule: rule.is_some(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(t1: &str, t2: &str, onset: Option<&str>, profile: &str) -> Reading {
        let onsets: Vec<Onset> = onset.iter().map(|text| text.parse().unwrap()).collect();
        let criteria = Criteria::built_in(profile).unwrap();
        read(&t1.parse().unwrap(), &t2.parse().unwrap(), &criteria, &onsets)
    }

    #[test]
    fn words_give_the_stage_of_their_pattern() {
        assert_eq!(call("iso", "hyper", None, "spinal").call, Stage::Hyperacute);
        assert_eq!(call("iso", "iso", None, "spinal").call, Stage::Indeterminate);
        assert_eq!(call("hyper", "hyper", None, "spinal").call, Stage::LateSubacute);
        assert_eq!(call("hyper", "hyper", Some("60d"), "spinal").call, Stage::Chronic);
    }

    #[test]
    fn late_subacute_and_chronic_share_a_pattern() {
        let found = call("hyper", "hyper", None, "sseh-review").candidates;
        assert_eq!(found.iter().map(|c| c.0).collect::<Vec<_>>(), [Stage::LateSubacute, Stage::Chronic]);
        assert_eq!(found[0].1, found[1].1);
    }

    #[test]
    fn focal_dark_blood_is_read_as_acute() {
        let found = call("iso", "hyper,hypo", None, "spinal");
        assert!(found.call == Stage::Acute && found.by_mixture_rule && found.areas == [Stage::Acute]);
        assert_eq!(found.candidates[0].0, Stage::Acute);
        assert_eq!(call("iso", "hyper,hypo", None, "intracranial").call, Stage::Hyperacute);
        assert_eq!(call("hyper", "hyper,hypo", None, "spinal").call, Stage::LateSubacute);
    }

    #[test]
    fn refuses_other_words() {
        assert!(
            "bright"
                .parse::<SignalWords>()
                .unwrap_err()
                .to_string()
                .contains("unknown signal level `bright`")
        );
        assert!("".parse::<SignalWords>().is_err());
    }
}
