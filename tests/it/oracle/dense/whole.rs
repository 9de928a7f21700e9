//! Core, fractions, call, mixture rule and candidates.

use super::*;

/// Core voxels, and whether they are all sampled voxels for want of interior ones.
pub(crate) fn core_of(hematoma: &Mask, sampled: &[Index], roi_voxels: usize) -> (Vec<Index>, bool) {
    let near = near_axes(&hematoma.affine);
    let inner = |at: &Index| enclosed(&hematoma.data, *at, &near);
    let core: Vec<Index> = sampled.iter().copied().filter(inner).collect();
    if core.len() < 50 || core.len() * 10 < roi_voxels * 3 { (sampled.to_vec(), true) } else { (core, false) }
}

/// Median, percentiles and level of one contrast over the sampled voxels.
pub(crate) fn signal_of(ratio: &Array3<f64>, sampled: &[Index], thresholds: (f64, f64)) -> Signal {
    let values: Vec<f64> = sampled.iter().map(|&at| ratio[at]).collect();
    let median_ratio = median(&values);
    Signal {
        median_ratio,
        p10: percentile(&values, 0.1),
        p90: percentile(&values, 0.9),
        level: level_of(median_ratio, thresholds),
    }
}

/// Number of voxels per class.
pub(crate) fn counts_of(maps: &Maps, voxels: &[Index]) -> [usize; 6] {
    [0, 1, 2, 3, 4, 5].map(|stage| voxels.iter().filter(|&&at| maps.is_stage(at, stage)).count())
}

/// Share of the core per class.
pub(crate) fn fractions_of(maps: &Maps, core: &[Index]) -> [f64; 6] {
    counts_of(maps, core).map(|count| number(count) / number(core.len()))
}

/// Mean probability per class over some voxels.
pub(crate) fn mean_probabilities(maps: &Maps, voxels: &[Index]) -> [f64; 6] {
    [0, 1, 2, 3, 4, 5].map(|class| {
        let sum: f64 = voxels.iter().map(|&at| maps.probabilities[at][class]).sum();
        sum / number(voxels.len())
    })
}

/// Share of voxels for which something holds.
pub(crate) fn share(voxels: &[Index], holds: impl Fn(Index) -> bool) -> f64 {
    number(voxels.iter().filter(|&&at| holds(at)).count()) / number(voxels.len())
}

/// Indeterminate when it holds more than half of the core, else the stage with most of it.
pub(super) fn first_call(fractions: &[f64; 6]) -> usize {
    if fractions[INDETERMINATE] > 0.5 { INDETERMINATE } else { largest(&fractions[..5]) }
}

/// The call, after the mixture rule.
pub(crate) fn final_call(fractions: &[f64; 6], kept: &[usize], t1_level: usize, profile: &Profile) -> usize {
    let call = first_call(fractions);
    match &profile.mixture {
        Some(rule) if mixture_applies(rule, call, fractions, kept, t1_level) => rule.call,
        _ => call,
    }
}

/// Whether the mixture rule decides the call.
pub(super) fn mixture_applies(
    rule: &Mixture,
    call: usize,
    fractions: &[f64; 6],
    kept: &[usize],
    t1_level: usize,
) -> bool {
    let (Some(&first), Some(&last)) = (rule.stages.first(), rule.stages.last()) else {
        return false;
    };
    let none_outside = kept.iter().all(|stage| rule.stages.contains(stage));
    let last_present = call == first && fractions[last] >= rule.last_at_least;
    let both_kept = kept.contains(&first) && kept.contains(&last);
    none_outside && t1_level == rule.t1_level && rule.stages.contains(&call) && (last_present || both_kept)
}

/// Classes with a mean probability >= 0.2 over the core voxels of the call, largest first.
///
/// Equals stay in stage order. Empty when no core voxel has the stage of the call.
pub(super) fn candidates_of(maps: &Maps, core: &[Index], call: usize) -> Vec<(usize, f64)> {
    let of_call: Vec<Index> = core.iter().copied().filter(|&at| maps.is_stage(at, call)).collect();
    let mean = mean_probabilities(maps, &of_call);
    let mut found: Vec<(usize, f64)> = mean.into_iter().enumerate().filter(|class| class.1 >= 0.2).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// Whether T2 is hypo, the median T1 ratio lies in 0.60–0.85 and no onset is known.
pub(super) fn acute_or_chronic(signal: &Pair<Signal>, onsets_hours: &[f64]) -> bool {
    let between = (0.60..=0.85).contains(&signal.t1.median_ratio);
    signal.t2.level == 0 && between && onsets_hours.is_empty()
}
