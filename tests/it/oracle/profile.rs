//! A profile as the slow program takes it.

use hemastage::Criteria;

use super::dense;

pub(crate) fn profile(criteria: &Criteria) -> dense::Profile {
    let band = |t: hemastage::criteria::Thresholds| (t.hypo_below, t.hyper_above);
    dense::Profile {
        t1: band(criteria.t1),
        t2: band(criteria.t2),
        windows: std::array::from_fn(|s| (criteria.stages[s].window.from, criteria.stages[s].window.to)),
        weights: criteria.weights(),
        mixture: criteria.mixture.as_ref().map(|rule| dense::Mixture {
            stages: rule.stages.iter().map(|s| s.index()).collect(),
            t1_level: rule.t1.index(),
            last_at_least: rule.last_share,
            call: rule.call.index(),
        }),
        blood: criteria.blood.as_ref().map(blood),
    }
}

fn blood(blood: &hemastage::criteria::Blood) -> dense::Blood {
    let times = |of: hemastage::criteria::ByField| (of.at_1_5_t, of.at_3_t);
    let state = |state: &hemastage::criteria::State| dense::BloodState {
        stage: state.stage.index(),
        weight: state.weight,
        t1: times(state.t1_ms),
        t2: times(state.t2_ms),
        water: state.water,
        spread: [state.spread.t1, state.spread.t2, state.spread.water],
    };
    dense::Blood {
        cord: (times(blood.cord.t1_ms), times(blood.cord.t2_ms)),
        states: blood.states.iter().map(state).collect(),
    }
}
