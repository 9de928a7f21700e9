//! The nodes that a state of blood is summed over, and their ratios to the cord.

use crate::vocabulary::{
    contrast::{Contrast, PerContrast},
    criteria::{Cord, State},
    protocol::Protocol,
};

// Gauss-Hermite nodes of the standard normal distribution with their weights, which sum to 1. Fewer nodes change single
// probabilities by up to 0.5, more by less than 0.01.

/// Over the logarithm of T1.
pub(super) const T1_NODES: [(f64, f64); 7] = [
    (-3.750_439_717_725_742_5, 0.000_548_268_855_972_217_8),
    (-2.366_759_410_734_541, 0.030_757_123_967_586_498),
    (-1.154_405_394_739_968_2, 0.240_123_178_605_012_73),
    (0.0, 0.457_142_857_142_857_13),
    (1.154_405_394_739_968_2, 0.240_123_178_605_012_73),
    (2.366_759_410_734_541, 0.030_757_123_967_586_498),
    (3.750_439_717_725_742_5, 0.000_548_268_855_972_217_8),
];

/// Over the logarithm of T2, whose effect is the largest.
pub(super) const T2_NODES: [(f64, f64); 9] = [
    (-4.512_745_863_399_783, 2.234_584_400_774_658_3e-5),
    (-3.205_429_002_856_47, 0.002_789_141_321_231_769),
    (-2.076_847_978_677_83, 0.049_916_406_765_217_87),
    (-1.023_255_663_789_132_6, 0.244_097_502_894_939_45),
    (0.0, 0.406_349_206_349_206_35),
    (1.023_255_663_789_132_6, 0.244_097_502_894_939_45),
    (2.076_847_978_677_83, 0.049_916_406_765_217_87),
    (3.205_429_002_856_47, 0.002_789_141_321_231_769),
    (4.512_745_863_399_783, 2.234_584_400_774_658_3e-5),
];

/// Over the logarithm of the water content.
pub(super) const WATER_NODES: [(f64, f64); 5] = [
    (-2.856_970_013_872_805_6, 0.011_257_411_327_720_69),
    (-1.355_626_179_974_266, 0.222_075_922_005_612_66),
    (0.0, 0.533_333_333_333_333_3),
    (1.355_626_179_974_266, 0.222_075_922_005_612_66),
    (2.856_970_013_872_805_6, 0.011_257_411_327_720_69),
];

/// The fields that are averaged over where none is known (T).
const USUAL_TESLA: [f64; 2] = [1.5, 3.0];

/// One node: blood with certain relaxation times.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blend {
    pub(super) weight: f64,
    /// Signal relative to the cord.
    pub(super) ratios: PerContrast<f64>,
}

/// The fields to average over: each image's own, else the usual ones.
pub(super) fn fields(protocol: &Protocol) -> Vec<PerContrast<f64>> {
    match (protocol.tesla(Contrast::T1), protocol.tesla(Contrast::T2)) {
        (Some(t1), Some(t2)) => vec![PerContrast { t1, t2 }],
        _ => USUAL_TESLA.map(|tesla| PerContrast { t1: tesla, t2: tesla }).into(),
    }
}

/// The nodes of a state in the sequences of both images.
pub(super) fn blend(cord: &Cord, state: &State, protocol: &Protocol, tesla: PerContrast<f64>) -> Vec<Blend> {
    let spread = state.spread;
    // at the field of each image, relative to the cord's signal there
    let images = PerContrast::from_fn(|contrast| {
        let (sequence, tesla) = (protocol.sequence(contrast), tesla[contrast]);
        let (t1, t2) = (state.t1_ms.at(tesla), state.t2_ms.at(tesla));
        (sequence, t1, t2, sequence.signal(cord.t1_ms.at(tesla), cord.t2_ms.at(tesla)))
    });
    let mut blends = Vec::with_capacity(T1_NODES.len() * T2_NODES.len() * WATER_NODES.len());
    for (x1, w1) in T1_NODES {
        let t1_factor = libm::exp(spread.t1 * x1);
        for (x2, w2) in T2_NODES {
            let t2_factor = libm::exp(spread.t2 * x2);
            let dry =
                images.map(|(sequence, t1, t2, cord)| sequence.signal(t1 * t1_factor, t2 * t2_factor) / cord);
            for (x3, w3) in WATER_NODES {
                let water = state.water * libm::exp(spread.water * x3);
                blends.push(Blend { weight: w1 * w2 * w3, ratios: dry.map(|ratio| water * ratio) });
            }
        }
    }
    blends
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    /// n nodes integrate powers up to 2 n - 1 without error: the moments of a normal distribution are 1, 3, 15, 105, ...
    #[test]
    fn nodes_have_the_moments_of_a_normal_distribution() {
        for nodes in [&T1_NODES[..], &T2_NODES, &WATER_NODES] {
            let mut moment = 1.0;
            for power in 0..2 * nodes.len() as i32 {
                let sum: f64 = nodes.iter().map(|(x, weight)| weight * x.powi(power)).sum();
                let expected = if power % 2 == 0 { moment } else { 0.0 };
                assert_relative_eq!(sum, expected, max_relative = 1e-12, epsilon = 1e-12 * moment);
                if power % 2 == 0 {
                    moment *= f64::from(power + 1);
                }
            }
        }
    }
}
