//! Ratio to signal levels to stage weights: the table of a profile.

pub use crate::kernel::level_table::level_probabilities;
use crate::{
    kernel::{
        level_table::LevelCurves,
        staging::{PatternWeights, VoxelModel},
    },
    vocabulary::{
        contrast::PerContrast,
        criteria::{Criteria, Thresholds},
        per_stage::PerStage,
        stage::{SignalLevel, Stage},
    },
};

/// Lower bound on the relative noise of a ratio.
const MIN_NOISE: f64 = 0.02;
/// Weight of indeterminate where a stage lists the pattern.
const INDETERMINATE_WEIGHT: f64 = 0.02;

/// The table of a profile, made ready for one study: its noise, one weight per pattern and class.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct PatternModel {
    t1: Thresholds,
    t2: Thresholds,
    noise: PerContrast<f64>,
    /// By T1 level, T2 level and class.
    weights: PatternWeights,
}

impl PatternModel {
    /// With the relative noise of both references: spread / median.
    pub(super) fn new(criteria: &Criteria, noise: PerContrast<f64>) -> Self {
        let listed = criteria.weights();
        let weight = |t1: usize, t2: usize, s: usize| match listed.get(s) {
            Some(stage) => stage[t1][t2],
            None if listed.iter().all(|stage| stage[t1][t2] == 0.0) => 1.0,
            None => INDETERMINATE_WEIGHT,
        };
        let row = |t1, t2| std::array::from_fn(|s| weight(t1, t2, s));
        Self {
            t1: criteria.t1,
            t2: criteria.t2,
            noise: noise.map(|noise| noise.max(MIN_NOISE)),
            weights: std::array::from_fn(|t1| std::array::from_fn(|t2| row(t1, t2))),
        }
    }

    /// The weight of each class for a pair of ratios, before the prior.
    pub(super) fn of_ratios(&self, t1: f64, t2: f64) -> PerStage<f64> {
        self.of_levels(
            level_probabilities(t1, self.t1, self.noise.t1),
            level_probabilities(t2, self.t2, self.noise.t2),
        )
    }

    /// The model for `n` voxels with T1 and T2 ratios within these ranges.
    pub(super) fn for_voxels(&self, prior: [f64; 6], n: usize, [t1, t2]: [[f64; 2]; 2]) -> VoxelModel {
        let curves = [
            LevelCurves::new(self.t1, self.noise.t1, n, t1),
            LevelCurves::new(self.t2, self.noise.t2, n, t2),
        ];
        let weights = self.weights.map(|rows| {
            rows.map(|weights: [f64; 6]| std::array::from_fn(|class| prior[class] * weights[class]))
        });
        VoxelModel::of_patterns(curves, &weights, self.t2.hypo_below)
    }

    /// The weight of each class for a pair of signal levels read with certainty, before the prior.
    pub(super) fn of_words(&self, t1: SignalLevel, t2: SignalLevel) -> PerStage<f64> {
        let certain = |level: SignalLevel| SignalLevel::ALL.map(|l| f64::from(u8::from(l == level)));
        self.of_levels(certain(t1), certain(t2))
    }

    fn of_levels(&self, t1: [f64; 3], t2: [f64; 3]) -> PerStage<f64> {
        let mut sums = [0.0; 6];
        for (p1, rows) in t1.into_iter().zip(&self.weights) {
            for (p2, weights) in t2.into_iter().zip(rows) {
                for (sum, weight) in sums.iter_mut().zip(weights) {
                    *sum += p1 * p2 * weight;
                }
            }
        }
        sums.into()
    }
}

/// The most probable class; ties go to the earlier stage. `Indeterminate` where a probability is NaN, as of ratios that
/// are.
pub fn most_likely(probabilities: &PerStage<f64>) -> Stage {
    if probabilities.values().iter().any(|p| p.is_nan()) {
        return Stage::Indeterminate;
    }
    let mut best = Stage::Hyperacute;
    for stage in Stage::ALL {
        if probabilities[stage] > probabilities[best] {
            best = stage;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Model, Prior, StageModel},
        *,
    };
    use crate::vocabulary::protocol::Protocol;

    fn model(profile: &str) -> StageModel {
        let prior = Prior::new(&Criteria::built_in(profile).unwrap(), &[]);
        StageModel::new(&prior, Model::Pattern, &Protocol::default(), PerContrast::default()).unwrap()
    }

    /// The rows of each profile: T1 level, T2 level, the stages with their shares of the listed weight.
    #[test]
    fn every_row_of_every_profile() {
        use SignalLevel::{Hyper, Hypo, Iso};
        use Stage::{Acute, Chronic, EarlySubacute, Hyperacute, Indeterminate, LateSubacute};
        type Row = (&'static str, SignalLevel, SignalLevel, &'static [(Stage, f64)]);
        let rows: [Row; 27] = [
            ("spinal", Hypo, Hypo, &[(Acute, 0.3), (Chronic, 1.0)]), // Bradley 1993, Post 1994; Braun 2007
            ("spinal", Hypo, Iso, &[(Chronic, 0.5)]),                // Fobben 1989
            ("spinal", Hypo, Hyper, &[(Hyperacute, 0.3)]),           // Fukui 1999
            ("spinal", Iso, Hypo, &[(Acute, 1.0), (Chronic, 0.3)]),  // Bradley 1993; Fobben 1989
            ("spinal", Iso, Iso, &[]),
            ("spinal", Iso, Hyper, &[(Hyperacute, 1.0)]), // Braun 2007
            ("spinal", Hyper, Hypo, &[(EarlySubacute, 1.0)]), // Bradley 1993
            ("spinal", Hyper, Iso, &[(EarlySubacute, 0.5)]), // Duhem 2006
            ("spinal", Hyper, Hyper, &[(LateSubacute, 1.0), (Chronic, 0.7)]), // source review
            ("sseh-review", Hypo, Hypo, &[]),
            ("sseh-review", Hypo, Iso, &[]),
            ("sseh-review", Hypo, Hyper, &[]),
            ("sseh-review", Iso, Hypo, &[(Acute, 1.0)]), // the review's table, each row below too
            ("sseh-review", Iso, Iso, &[]),
            ("sseh-review", Iso, Hyper, &[(Hyperacute, 1.0)]),
            ("sseh-review", Hyper, Hypo, &[(EarlySubacute, 1.0)]),
            ("sseh-review", Hyper, Iso, &[]),
            ("sseh-review", Hyper, Hyper, &[(LateSubacute, 1.0), (Chronic, 1.0)]),
            ("intracranial", Hypo, Hypo, &[(Acute, 0.5), (Chronic, 1.0)]), // Bradley 1993, all rows below
            ("intracranial", Hypo, Iso, &[]),
            ("intracranial", Hypo, Hyper, &[]),
            ("intracranial", Iso, Hypo, &[(Acute, 1.0)]),
            ("intracranial", Iso, Iso, &[]),
            ("intracranial", Iso, Hyper, &[(Hyperacute, 1.0)]),
            ("intracranial", Hyper, Hypo, &[(EarlySubacute, 1.0)]),
            ("intracranial", Hyper, Iso, &[]),
            ("intracranial", Hyper, Hyper, &[(LateSubacute, 1.0)]),
        ];
        for (profile, t1, t2, listed) in rows {
            let found = model(profile).of_words(t1, t2);
            let total: f64 =
                listed.iter().map(|&(_, w)| w).sum::<f64>() + if listed.is_empty() { 1.0 } else { 0.02 };
            for stage in Stage::ALL {
                let weight = listed.iter().find(|&&(s, _)| s == stage).map(|&(_, w)| w);
                let rest = if stage != Indeterminate {
                    0.0
                } else if listed.is_empty() {
                    1.0
                } else {
                    0.02
                };
                let expected = weight.unwrap_or(rest) / total;
                assert!((found[stage] - expected).abs() < 1e-12, "{profile} {t1}/{t2} {stage}");
            }
            let heaviest = listed
                .iter()
                .fold((Indeterminate, 0.0), |best, &(s, w)| if w > best.1 { (s, w) } else { best });
            assert_eq!(most_likely(&found), heaviest.0, "{profile} {t1}/{t2}");
        }
    }

    #[test]
    fn ties_go_to_the_earlier_stage() {
        assert_eq!(most_likely(&[0.1, 0.3, 0.3, 0.1, 0.1, 0.1].into()), Stage::Acute);
        let review = model("sseh-review").of_ratios(1.8, 1.8);
        assert!((review[Stage::LateSubacute] - review[Stage::Chronic]).abs() < 1e-15);
        assert_eq!(most_likely(&review), Stage::LateSubacute);
    }
}
