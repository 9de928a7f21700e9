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
    }
}
