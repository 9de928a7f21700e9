//! How often blood of a stage is called hypo, iso or hyper, for signal in words.

use super::{
    INDETERMINATE_DENSITY,
    nodes::{blend, fields},
};
use crate::{
    kernel::level_table::level_probabilities,
    vocabulary::{
        contrast::{Contrast, PerContrast},
        criteria::{Blood, Thresholds},
        per_stage::PerStage,
        protocol::Protocol,
        stage::Stage,
    },
};

/// How far apart readers and references are: a part of its own and one relative to the ratio.
const READING_ERROR: f64 = 0.05;
const READING_MISFIT: f64 = 0.12;

/// The probability of each pair of levels, by T1 and T2 level, of blood of each class.
pub(in super::super) fn level_shares(
    blood: &Blood,
    protocol: &Protocol,
    thresholds: PerContrast<Thresholds>,
) -> [[PerStage<f64>; 3]; 3] {
    let mut shares = [[PerStage::default(); 3]; 3];
    let fields = fields(protocol);
    for state in &blood.states {
        let share = state.weight / (blood.weight(state.stage) * fields.len() as f64);
        for node in fields.iter().flat_map(|&field| blend(&blood.cord, state, protocol, field)) {
            let [t1, t2] = Contrast::BOTH.map(|c| levels(node.ratios[c], thresholds[c]));
            for (t1, row) in t1.into_iter().zip(&mut shares) {
                for (t2, shares) in t2.into_iter().zip(row) {
                    shares[state.stage] += share * node.weight * t1 * t2;
                }
            }
        }
    }
    for shares in shares.as_flattened_mut() {
        shares[Stage::Indeterminate] = INDETERMINATE_DENSITY;
    }
    shares
}

/// The probability of hypo, iso and hyper for a ratio.
fn levels(ratio: f64, thresholds: Thresholds) -> [f64; 3] {
    level_probabilities(ratio, thresholds, libm::hypot(READING_ERROR, READING_MISFIT * ratio))
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;
    use crate::vocabulary::criteria::Criteria;

    #[test]
    fn the_shares_of_a_stage_sum_to_1() {
        let criteria = Criteria::default();
        let blood = criteria.blood.as_ref().unwrap();
        let thresholds = PerContrast { t1: criteria.t1, t2: criteria.t2 };
        let shares = level_shares(blood, &Protocol::default(), thresholds);
        for stage in Stage::FIVE {
            let sum: f64 = shares.as_flattened().iter().map(|shares| shares[stage]).sum();
            assert_relative_eq!(sum, 1.0, max_relative = 1e-9);
        }
        // T1 hyper and T2 hypo is the look of intracellular methemoglobin
        let bright_dark = shares[2][0];
        assert!(
            Stage::FIVE.iter().all(|&stage| 10.0 * bright_dark[stage] < bright_dark.early_subacute
                || stage == Stage::EarlySubacute),
            "{bright_dark:?}"
        );
    }
}
