//! The two models of blood, and the probability of each class by either.

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::{Error, Result},
    word,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    ClassifyError,
    pattern::PatternModel,
    prior::Prior,
    relaxation::{Expected, RelaxationModel, level_shares},
};
use crate::{
    kernel::staging::VoxelModel,
    vocabulary::{
        contrast::PerContrast,
        criteria::Criteria,
        per_stage::PerStage,
        protocol::Protocol,
        stage::{SignalLevel, Stage},
    },
};

/// The model that determines a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Relaxation times: the signal that each state of blood should have in the study's own sequences.
    Relaxation,
    /// The profile's table of signal levels.
    Pattern,
}

impl Model {
    /// Both models.
    pub const ALL: [Self; 2] = [Self::Relaxation, Self::Pattern];

    /// The name in options and reports: `relaxation` or `pattern`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Relaxation => "relaxation",
            Self::Pattern => "pattern",
        }
    }

    /// The model of a profile where none is chosen: relaxation times, if it lists states of blood.
    pub fn of(criteria: &Criteria) -> Self {
        if criteria.blood.is_some() { Self::Relaxation } else { Self::Pattern }
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for Model {
    type Err = Error;

    /// Reads a key.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("model", &Self::ALL, Self::key, text)
    }
}

/// A criteria profile made ready for one study: its noise, its prior, its sequences.
#[derive(Debug, Clone, PartialEq)]
pub struct StageModel {
    /// By class.
    prior: [f64; 6],
    table: PatternModel,
    /// `None`: the table stages.
    relaxation: Option<RelaxationModel>,
}

impl StageModel {
    /// The model of the prior's profile for images of this protocol, with the relative noise of both references: spread
    /// / median.
    ///
    /// # Errors
    /// `Parameter` when a noise is negative or not finite, or relaxation times are asked of a profile without states.
    pub fn new(prior: &Prior, model: Model, protocol: &Protocol, noise: PerContrast<f64>) -> Result<Self> {
        for (contrast, &noise) in noise.iter() {
            if !(noise.is_finite() && noise >= 0.0) {
                return Err(ClassifyError::Noise { contrast, noise }.into());
            }
        }
        let criteria = prior.criteria();
        let relaxation = match model {
            Model::Pattern => None,
            Model::Relaxation => {
                let blood = criteria.blood.as_ref().ok_or_else(|| no_states(criteria))?;
                Some(RelaxationModel::new(blood, protocol, noise))
            }
        };
        let prior = Stage::ALL.map(|stage| prior.of(stage));
        Ok(Self { prior, table: PatternModel::new(criteria, noise), relaxation })
    }

    /// Which of the two models it is.
    pub fn model(&self) -> Model {
        if self.relaxation.is_some() { Model::Relaxation } else { Model::Pattern }
    }

    /// The ratios that each state of blood is expected to have; none by the table.
    pub fn expected(&self) -> &[Expected] {
        self.relaxation.as_ref().map_or(&[], RelaxationModel::expected)
    }

    /// The probability of each class of [`Stage::ALL`] for a pair of ratios. Of NaN it is NaN.
    pub fn of_ratios(&self, t1: f64, t2: f64) -> PerStage<f64> {
        posterior(&self.prior, self.weights(t1, t2))
    }

    /// The same for many pairs of ratios, to the precision that voxels are staged with.
    pub(super) fn tabulated(&self) -> impl Fn(f64, f64) -> PerStage<f64> + Sync {
        let table = self.relaxation.as_ref().map(RelaxationModel::tabulated);
        move |t1, t2| match &table {
            Some(table) => posterior(&self.prior, table(t1, t2)),
            None => self.of_ratios(t1, t2),
        }
    }

    /// What the ratios alone say: the probability of each class if all stages were equally likely before.
    pub fn likelihood(&self, t1: f64, t2: f64) -> PerStage<f64> {
        posterior(&[1.0; 6], self.weights(t1, t2))
    }

    /// The probability of each class by the profile's table, for signal levels read with certainty.
    pub fn of_words(&self, t1: SignalLevel, t2: SignalLevel) -> PerStage<f64> {
        posterior(&self.prior, self.table.of_words(t1, t2))
    }

    fn weights(&self, t1: f64, t2: f64) -> PerStage<f64> {
        match &self.relaxation {
            Some(model) => model.of_ratios(t1, t2),
            None => self.table.of_ratios(t1, t2),
        }
    }

    /// The model for `n` voxels with T1 and T2 ratios within these ranges.
    pub(super) fn for_voxels(&self, n: usize, ranges: [[f64; 2]; 2], t2_hypo_below: f64) -> VoxelModel {
        match &self.relaxation {
            Some(model) => model.for_voxels(&self.prior, t2_hypo_below),
            None => self.table.for_voxels(self.prior, n, ranges),
        }
    }
}

/// The model for signal in words.
#[derive(Debug)]
pub(crate) struct WordModel {
    prior: [f64; 6],
    /// The weight of each class by T1 and T2 level.
    weights: [[PerStage<f64>; 3]; 3],
}

impl WordModel {
    /// By relaxation times only for a profile with states of blood.
    pub(crate) fn new(prior: &Prior, model: Model, protocol: &Protocol) -> Self {
        let criteria = prior.criteria();
        let thresholds = PerContrast { t1: criteria.t1, t2: criteria.t2 };
        let weights = if let Some(blood) = criteria.blood.as_ref().filter(|_| model == Model::Relaxation) {
            level_shares(blood, protocol, thresholds)
        } else {
            let table = PatternModel::new(criteria, PerContrast::default());
            SignalLevel::ALL.map(|t1| SignalLevel::ALL.map(|t2| table.of_words(t1, t2)))
        };
        Self { prior: Stage::ALL.map(|stage| prior.of(stage)), weights }
    }

    /// The probability of each class for a pair of signal levels.
    pub(crate) fn of_words(&self, t1: SignalLevel, t2: SignalLevel) -> PerStage<f64> {
        posterior(&self.prior, self.weights[t1.index()][t2.index()])
    }
}

/// The error that a profile has no states of blood.
pub(super) fn no_states(criteria: &Criteria) -> Error {
    ClassifyError::NoStates { name: criteria.name.clone() }.into()
}

/// prior x weight, normalized.
pub(super) fn posterior(prior: &[f64; 6], weights: PerStage<f64>) -> PerStage<f64> {
    let weights = weights.values();
    let products: [f64; 6] = std::array::from_fn(|class| prior[class] * weights[class]);
    let total: f64 = products.iter().sum();
    products.map(|product| product / total).into()
}

#[cfg(test)]
mod tests {
    use super::{super::most_likely, *};

    #[test]
    fn what_is_no_number_fits_no_stage() {
        let prior = Prior::new(&Criteria::default(), &[]);
        let of = |model, noise| StageModel::new(&prior, model, &Protocol::default(), noise);
        for model in Model::ALL {
            let unknown = of(model, PerContrast::default()).unwrap().of_ratios(f64::NAN, 1.0);
            assert_eq!(most_likely(&unknown), Stage::Indeterminate, "{unknown:?}");
            assert_eq!(model.to_string().parse::<Model>().unwrap(), model);
            assert_eq!(serde_json::to_value(model).unwrap(), model.key());
        }
        for noise in [f64::NAN, f64::INFINITY, -0.1] {
            let error = of(Model::Pattern, PerContrast { t1: 0.05, t2: noise }).unwrap_err();
            let expected = format!("the noise of the T2 ratios is {noise}: expected");
            assert!(error.to_string().starts_with(&expected), "{error}");
        }
    }

    #[test]
    fn a_table_has_no_relaxation_times() {
        let prior = Prior::new(&Criteria::built_in("intracranial").unwrap(), &[]);
        let found = StageModel::new(&prior, Model::Relaxation, &Protocol::default(), PerContrast::default());
        let text = found.unwrap_err().to_string();
        assert!(text.starts_with("the criteria profile `intracranial` lists no states of blood"), "{text}");
    }
}
