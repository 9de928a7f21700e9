//! Relaxation times to ratios to stage densities.
//!
//! A state of blood is a distribution of T1, T2 and water content. It is summed over Gauss-Hermite nodes: each node's
//! signal by the image's own sequence, relative to the cord's, is the center of a normal density over the logarithm of
//! the ratio, as wide as the noise, the texture and what the equations leave out.

mod nodes;
mod words;

use self::nodes::{Blend, blend, fields};
pub(super) use self::words::level_shares;
use crate::{
    kernel::{
        densities::{DensityTable, Node, OFFSET, STAGES, densities},
        staging::VoxelModel,
    },
    vocabulary::{
        contrast::{Contrast, PerContrast},
        criteria::Blood,
        per_stage::PerStage,
        protocol::Protocol,
        stage::Stage,
    },
};

/// Bounds on the relative noise of a ratio that is reckoned with.
const MIN_NOISE: f64 = 0.02;
const MAX_NOISE: f64 = 0.10;
/// Relative error of an expected ratio: of the reference, by texture, and as no sequence is ideal; in a field that is not
/// known it is larger.
const MISFIT: f64 = 0.12;
const MISFIT_OF_UNKNOWN_FIELD: f64 = 0.15;
/// A ratio near 0 is lifted by noise of this many standard deviations.
const RICIAN_FLOOR: f64 = 0.5;
/// Density of indeterminate, for any ratio.
const INDETERMINATE_DENSITY: f64 = 0.02;

/// The ratios to the cord that a state of blood is expected to have.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Expected {
    /// The state's name.
    pub state: String,
    /// Its stage.
    pub stage: Stage,
    /// Mean ratio on T1.
    pub t1_ratio: f64,
    /// Mean ratio on T2.
    pub t2_ratio: f64,
}

/// The states of blood of a profile in the sequences of one study.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct RelaxationModel {
    nodes: Vec<Node>,
    expected: Vec<Expected>,
}

impl RelaxationModel {
    /// With the relative noise of both references.
    pub(super) fn new(blood: &Blood, protocol: &Protocol, noise: PerContrast<f64>) -> Self {
        let noise = noise.map(|noise| noise.clamp(MIN_NOISE, MAX_NOISE));
        let fields = fields(protocol);
        let misfit = if fields.len() > 1 { MISFIT_OF_UNKNOWN_FIELD } else { MISFIT };
        let share = 1.0 / fields.len() as f64;
        let mut nodes = Vec::new();
        let mut expected = Vec::new();
        for (n, &field) in fields.iter().enumerate() {
            for state in &blood.states {
                let blends = blend(&blood.cord, state, protocol, field);
                if n == 0 {
                    let [t1_ratio, t2_ratio] = mean_ratios(&blends);
                    expected.push(Expected {
                        state: state.name.clone(),
                        stage: state.stage,
                        t1_ratio,
                        t2_ratio,
                    });
                }
                let node = |blend: &Blend| {
                    let normal = Contrast::BOTH.map(|c| normal(blend.ratios[c], noise[c], misfit));
                    Node {
                        stage: state.stage.index(),
                        weight: share * state.weight * blend.weight,
                        centers: normal.map(|(center, _)| center),
                        widths: normal.map(|(_, width)| width),
                    }
                };
                nodes.extend(blends.iter().map(node));
            }
        }
        Self { nodes, expected }
    }

    pub(super) fn expected(&self) -> &[Expected] {
        &self.expected
    }

    /// The density of each class for a pair of ratios, before the prior.
    pub(super) fn of_ratios(&self, t1: f64, t2: f64) -> PerStage<f64> {
        with_indeterminate(densities(&self.nodes, [t1, t2]))
    }

    /// The same for many pairs of ratios, by a table.
    pub(super) fn tabulated(&self) -> impl Fn(f64, f64) -> PerStage<f64> + Sync + use<> {
        let table = DensityTable::new(&self.nodes);
        move |t1, t2| with_indeterminate(table.at([t1, t2]))
    }

    /// The model for many voxels, by a table of the densities.
    pub(super) fn for_voxels(&self, prior: &[f64; 6], t2_hypo_below: f64) -> VoxelModel {
        let mut factors = *prior;
        factors[Stage::Indeterminate.index()] *= INDETERMINATE_DENSITY;
        VoxelModel::of_densities(DensityTable::new(&self.nodes), factors, t2_hypo_below)
    }
}

fn with_indeterminate([a, b, c, d, e]: [f64; STAGES]) -> PerStage<f64> {
    [a, b, c, d, e, INDETERMINATE_DENSITY].into()
}

/// Center and width of the density over u(r) = ln(r + 0.1) of an expected ratio.
fn normal(ratio: f64, noise: f64, misfit: f64) -> (f64, f64) {
    let lifted = libm::hypot(ratio, RICIAN_FLOOR * noise);
    (libm::log(lifted + OFFSET), libm::hypot(noise, misfit * ratio) / (lifted + OFFSET))
}

fn mean_ratios(blends: &[Blend]) -> [f64; 2] {
    Contrast::BOTH.map(|contrast| blends.iter().map(|blend| blend.weight * blend.ratios[contrast]).sum())
}

#[cfg(test)]
mod tests {
    use approx::{assert_abs_diff_eq, assert_relative_eq};
    use fastrand::Rng;

    use super::*;
    use crate::vocabulary::{criteria::Criteria, protocol::Sequence};

    fn protocols() -> Vec<Protocol> {
        let spin = |tr, te| Sequence::fast_spin_echo(tr, te).unwrap();
        let flair = Sequence::inversion_recovery(2000.0, 9.0, 860.0).unwrap();
        let spoiled = Sequence::spoiled_gradient_echo(7.0, 3.0, 15.0).unwrap();
        let (short, long) = (spin(620.0, 11.0), spin(3800.0, 105.0));
        let of = |t1, t2, tesla| Protocol::new(PerContrast { t1, t2 }, tesla).unwrap();
        vec![
            of(short, long, Some(1.5)),
            of(short, long, Some(3.0)),
            of(short, long, None),
            of(flair, long, Some(1.5)),
            of(flair, long, Some(3.0)),
            of(spoiled, long, Some(3.0)),
            of(spoiled, long, None),
            Protocol::default(),
        ]
    }

    /// The sum as it is written down: three loops over the nodes of every state, at a field.
    fn plain(
        ratios: [f64; 2],
        protocol: &Protocol,
        noise: [f64; 2],
        fields: &[Option<f64>],
        tau: f64,
    ) -> [f64; 6] {
        let blood = Criteria::default().blood.clone().unwrap();
        let mut density = [0.0, 0.0, 0.0, 0.0, 0.0, INDETERMINATE_DENSITY];
        for (tesla, state) in fields.iter().flat_map(|f| blood.states.iter().map(move |state| (f, state))) {
            for (x1, w1) in nodes::T1_NODES {
                for (x2, w2) in nodes::T2_NODES {
                    for (x3, w3) in nodes::WATER_NODES {
                        let mut product = w1 * w2 * w3 * state.weight / fields.len() as f64;
                        for (n, contrast) in Contrast::BOTH.into_iter().enumerate() {
                            let field = tesla.or(protocol.tesla(contrast)).unwrap();
                            let power = (field / 1.5).ln() / 2_f64.ln();
                            let at = |low: f64, high: f64| low * (high / low).powf(power);
                            let t1 =
                                at(state.t1_ms.at_1_5_t, state.t1_ms.at_3_t) * (state.spread.t1 * x1).exp();
                            let t2 =
                                at(state.t2_ms.at_1_5_t, state.t2_ms.at_3_t) * (state.spread.t2 * x2).exp();
                            let water = state.water * (state.spread.water * x3).exp();
                            let sequence = protocol.sequence(contrast);
                            let cord = sequence.signal(at(780.0, 925.0), at(102.0, 75.0));
                            let a = water * sequence.signal(t1, t2) / cord;
                            let lifted = (a * a + noise[n] * noise[n] / 4.0).sqrt();
                            let width = (noise[n] * noise[n] + (tau * a) * (tau * a)).sqrt() / (lifted + 0.1);
                            let z = ((ratios[n] + 0.1).ln() - (lifted + 0.1).ln()) / width;
                            product *= (-0.5 * z * z).exp() / (width * std::f64::consts::TAU.sqrt());
                        }
                        density[state.stage.index()] += product;
                    }
                }
            }
        }
        density
    }

    /// 3,000 random ratios in each of 8 protocols: the sum to 1e-9, the table to 0.012 in every probability.
    #[test]
    fn probabilities_are_those_of_the_sum_over_nodes() {
        let blood = Criteria::default().blood.clone().unwrap();
        let random = &mut Rng::with_seed(20);
        let equal = [0.2; 6];
        let posterior = |weights: [f64; 6]| super::super::model::posterior(&equal, weights.into()).values();
        let mut largest = 0.0_f64;
        for protocol in protocols() {
            let noise = PerContrast { t1: 0.02 + 0.08 * random.f64(), t2: 0.02 + 0.08 * random.f64() };
            let model = RelaxationModel::new(&blood, &protocol, noise);
            let table = DensityTable::new(&model.nodes);
            for n in 0..3000 {
                let ratios = [0, 1].map(|_| libm::exp(-4.0 + 5.79 * random.f64()));
                let direct = model.of_ratios(ratios[0], ratios[1]).values();
                let tabulated = with_indeterminate(table.at(ratios)).values();
                for (found, expected) in posterior(tabulated).iter().zip(posterior(direct)) {
                    largest = largest.max((found - expected).abs());
                }
                if n % 100 == 0 {
                    let (fields, tau) = match protocol.tesla(Contrast::T2) {
                        Some(_) => (vec![None], 0.12),
                        None => (vec![Some(1.5), Some(3.0)], 0.15),
                    };
                    let plain = posterior(plain(ratios, &protocol, [noise.t1, noise.t2], &fields, tau));
                    for (found, expected) in posterior(direct).iter().zip(plain) {
                        assert_abs_diff_eq!(*found, expected, epsilon = 1e-9);
                    }
                }
            }
        }
        assert!(largest < 0.012, "{largest}");
    }

    #[test]
    fn expected_ratios_are_means_over_the_spread() {
        let blood = Criteria::default().blood.clone().unwrap();
        for protocol in protocols() {
            let model = RelaxationModel::new(&blood, &protocol, PerContrast::default());
            assert_eq!(model.expected().len(), 6);
            // a mean over 200,000 draws
            let tesla = protocol.tesla(Contrast::T1).unwrap_or(1.5);
            let random = &mut Rng::with_seed(5);
            let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
            let (state, sequence) = (&blood.states[1], protocol.sequence(Contrast::T1));
            let cord = sequence.signal(blood.cord.t1_ms.at(tesla), blood.cord.t2_ms.at(tesla));
            let draws = 200_000;
            let sum: f64 = (0..draws)
                .map(|_| {
                    let t1 = state.t1_ms.at(tesla) * (state.spread.t1 * normal()).exp();
                    let t2 = state.t2_ms.at(tesla) * (state.spread.t2 * normal()).exp();
                    state.water * (state.spread.water * normal()).exp() * sequence.signal(t1, t2) / cord
                })
                .sum();
            assert_relative_eq!(model.expected()[1].t1_ratio, sum / f64::from(draws), max_relative = 3e-3);
        }
    }

    /// Blood as in the textbooks, in the usual sequences at 1.5 T: the order of the stages' look.
    #[test]
    fn states_look_as_readers_know_them() {
        let blood = Criteria::default().blood.clone().unwrap();
        let protocol = Protocol::default();
        let model = RelaxationModel::new(&blood, &protocol, PerContrast::default());
        let [oxy, deoxy, inside, outside, early, late] =
            <[Expected; 6]>::try_from(model.expected().to_vec()).unwrap();
        assert!(oxy.t2_ratio > 1.2 && deoxy.t2_ratio < 0.8, "{oxy:?} {deoxy:?}");
        assert!(inside.t1_ratio > 1.2 && inside.t2_ratio < 0.8, "{inside:?}");
        assert!(outside.t1_ratio > 1.2 && outside.t2_ratio > 1.2, "{outside:?}");
        assert!(early.t1_ratio > 1.2 && early.t2_ratio > 1.2 && late.t2_ratio < 0.3, "{early:?} {late:?}");
    }
}
