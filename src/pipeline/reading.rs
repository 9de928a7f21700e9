//! Signal words instead of images: what a profile makes of "T1 iso, T2 hyper with areas of hypo".

use std::{fmt, str::FromStr};

use hemastage_image::error::{Error, Result};

use crate::{
    steps::{
        classify::{ClassifyOptions, Model, Prior, WordModel, most_likely},
        phase::{PhaseOptions, candidates},
    },
    vocabulary::{
        contrast::PerContrast,
        criteria::Criteria,
        per_stage::PerStage,
        protocol::{Protocol, Sequence},
        stage::{SignalLevel, Stage},
        units::Onset,
    },
};

/// Choices for [`read`].
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ReadOptions {
    /// The model that determines the stage; `None`: relaxation times, if the profile lists states of blood, else by its table.
    pub model: Option<Model>,
    /// The field of the images in tesla, on which relaxation times depend; `None`: the mean of 1.5 and 3 T.
    pub tesla: Option<f64>,
}

impl ReadOptions {
    /// Sets the model that determines the stage.
    pub fn with_model(mut self, model: Model) -> Self {
        self.model = Some(model);
        self
    }

    /// Sets the field of the images, in tesla.
    pub fn with_tesla(mut self, tesla: f64) -> Self {
        self.tesla = Some(tesla);
        self
    }
}

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
    /// What the call was made by.
    pub model: Model,
    /// The stage by the profile's table, with its mixture rule.
    pub table_call: Stage,
}

/// Stages a hematoma by its signal in words.
///
/// The main pattern gives the stage, areas give further stages; a mixture rule of the profile applies when its first and
/// last stage are among them. By relaxation times, a pattern counts for a stage as often as blood of that stage shows it
/// in the usual sequences; by the table, as the profile weighs it.
///
/// # Errors
/// `Parameter` when relaxation times are asked of a profile without states of blood, or the field is not 0.01 to 20 T.
pub fn read(
    t1: &SignalWords,
    t2: &SignalWords,
    criteria: &Criteria,
    onsets: &[Onset],
    options: &ReadOptions,
) -> Result<Reading> {
    let choices = ClassifyOptions { model: options.model, ..ClassifyOptions::default() };
    let model = choices.model_for(criteria)?;
    let protocol = match options.tesla {
        Some(tesla) => Protocol::new(PerContrast::from_fn(Sequence::default_of), Some(tesla))?,
        None => Protocol::default(),
    };
    let prior = Prior::new(criteria, onsets);
    let found = call(&WordModel::new(&prior, model, &protocol), [t1, t2], criteria);
    let by_table = call(&WordModel::new(&prior, Model::Pattern, &protocol), [t1, t2], criteria);
    let mut areas: Vec<Stage> =
        found.stages.iter().copied().filter(|&stage| stage != found.stages[0]).collect();
    areas.sort_unstable();
    areas.dedup();
    Ok(Reading {
        call: found.call,
        candidates: candidates(&found.probabilities, PhaseOptions::default().candidate_probability),
        probabilities: found.probabilities,
        areas,
        by_mixture_rule: found.by_mixture_rule,
        model,
        table_call: by_table.call,
    })
}

struct Found {
    call: Stage,
    /// Of each pair of levels, the main one first.
    stages: Vec<Stage>,
    /// Of the call's pattern.
    probabilities: PerStage<f64>,
    by_mixture_rule: bool,
}

fn call(model: &WordModel, [t1, t2]: [&SignalWords; 2], criteria: &Criteria) -> Found {
    let levels = |words: &SignalWords| [&[words.main], words.areas.as_slice()].concat();
    let (t1_levels, t2_levels) = (levels(t1), levels(t2));
    let pairs = t1_levels.iter().flat_map(|&a| t2_levels.iter().map(move |&b| (a, b)));
    let patterns: Vec<PerStage<f64>> = pairs.map(|(a, b)| model.of_words(a, b)).collect();
    let stages: Vec<Stage> = patterns.iter().map(most_likely).collect();
    let rule = criteria.mixture.as_ref().filter(|rule| {
        let holds = |stage: Option<&Stage>| stage.is_some_and(|stage| stages.contains(stage));
        let inside = stages.iter().all(|stage| rule.stages.contains(stage));
        inside && rule.t1 == t1.main && holds(rule.stages.first()) && holds(rule.stages.last())
    });
    let call = rule.map_or(stages[0], |rule| rule.call);
    let probabilities = patterns[stages.iter().position(|&stage| stage == call).unwrap_or(0)];
    Found { call, probabilities, by_mixture_rule: rule.is_some(), stages }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(t1: &str, t2: &str, onset: Option<&str>, profile: &str) -> Reading {
        let onsets: Vec<Onset> = onset.iter().map(|text| text.parse().unwrap()).collect();
        let criteria = Criteria::built_in(profile).unwrap();
        let (t1, t2) = (t1.parse().unwrap(), t2.parse().unwrap());
        read(&t1, &t2, &criteria, &onsets, &ReadOptions::default()).unwrap()
    }

    #[test]
    fn the_table_reads_as_it_always_did() {
        let spinal = Criteria::default();
        let table = ReadOptions::default().with_model(Model::Pattern);
        let call = |t1: &str, t2: &str, onset: &[Onset]| {
            read(&t1.parse().unwrap(), &t2.parse().unwrap(), &spinal, onset, &table).unwrap()
        };
        assert_eq!(call("iso", "iso", &[]).call, Stage::Indeterminate);
        assert_eq!(call("hyper", "hyper", &["60d".parse().unwrap()]).call, Stage::Chronic);
        assert!(call("iso", "hyper,hypo", &[]).by_mixture_rule);
        for (t1, t2) in [("hypo", "hypo"), ("iso", "hypo"), ("hyper", "iso"), ("iso", "hyper,hypo")] {
            let relaxation = super::tests::call(t1, t2, None, "spinal");
            assert_eq!(
                (relaxation.model, relaxation.table_call),
                (Model::Relaxation, call(t1, t2, &[]).call)
            );
        }
    }

    #[test]
    fn the_field_moves_dark_blood() {
        let spinal = Criteria::default();
        let of = |tesla| {
            let options = ReadOptions::default().with_tesla(tesla);
            read(&"hypo".parse().unwrap(), &"hypo".parse().unwrap(), &spinal, &[], &options)
        };
        let acute = |tesla| of(tesla).unwrap().probabilities.acute;
        // deoxygenated blood is darker on T1 at 3 T, where more of it is below the threshold of 0.75
        assert!(acute(3.0) > acute(1.5) + 0.05, "{} {}", acute(3.0), acute(1.5));
        assert_eq!(of(30.0).unwrap_err().to_string(), "the field is 30 T: expected 0.01 to 20 T");
        let table = Criteria::built_in("intracranial").unwrap();
        let options = ReadOptions::default().with_model(Model::Relaxation);
        let iso = "iso".parse().unwrap();
        assert!(read(&iso, &iso, &table, &[], &options).is_err());
    }

    #[test]
    fn words_give_the_stage_of_their_pattern() {
        assert_eq!(call("iso", "hyper", None, "spinal").call, Stage::Hyperacute);
        // no state of blood is often iso on both: the answer is open
        let plain = call("iso", "iso", None, "spinal");
        assert_eq!((plain.call, plain.table_call), (Stage::Hyperacute, Stage::Indeterminate), "{plain:?}");
        assert!(plain.candidates.len() > 1 && plain.candidates[0].1 < 0.4, "{plain:?}");
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
