//! Core, fractions, call, mixture rule and candidates.

use super::*;

/// Core voxels, and the code of the finding where they are not enough of the inside.
pub(crate) fn core_of(
    hematoma: &Mask,
    sampled: &[Index],
    roi_voxels: usize,
) -> (Vec<Index>, Option<&'static str>) {
    let near = near_axes(&hematoma.affine);
    let inner = |at: &Index| enclosed(&hematoma.data, *at, &near);
    let core: Vec<Index> = sampled.iter().copied().filter(inner).collect();
    if core.len() >= 50 && core.len() * 10 >= roi_voxels * 3 {
        return (core, None);
    }
    if core.len() >= 20 {
        return (core, Some("core_small"));
    }
    let outside = |at: Index| {
        let neighbors = face_neighbors(at, &near, hematoma.data.dim());
        neighbors.into_iter().filter(|next| !next.is_some_and(|next| hematoma.data[next])).count()
    };
    let ridge: Vec<Index> = sampled.iter().copied().filter(|&at| outside(at) <= 1).collect();
    if ridge.len() >= 20 { (ridge, Some("core_ridge")) } else { (sampled.to_vec(), Some("core_all_voxels")) }
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

/// Classes with a probability >= 0.2, largest first. Equals stay in stage order.
pub(super) fn candidates_of(probabilities: &[f64; 6]) -> Vec<(usize, f64)> {
    let classes = probabilities.iter().copied().enumerate();
    let mut found: Vec<(usize, f64)> = classes.filter(|class| class.1 >= 0.2).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// The probability of each class at the medians of the phases, or of the core where there is none.
pub(super) fn probabilities_of_whole(
    rule: &Classes<'_>,
    kept: &[Found],
    maps: &Maps,
    core: &[Index],
) -> [f64; 6] {
    if kept.is_empty() {
        return rule.of_median(core_medians(maps, core), true);
    }
    let total: f64 = kept.iter().map(|phase| phase.fraction).sum();
    let mut mean = [0.0; 6];
    for phase in kept {
        let probabilities = rule.of_median(phase.ratio, true);
        for class in 0..6 {
            mean[class] += phase.fraction / total * probabilities[class];
        }
    }
    mean
}

/// What the signal of the largest phase alone says, or that of the core.
pub(super) fn likelihood_of_main_phase(
    rule: &Classes<'_>,
    kept: &[Found],
    maps: &Maps,
    core: &[Index],
) -> [f64; 6] {
    let mut main: Option<&Found> = None;
    for phase in kept {
        if main.is_none_or(|main| phase.fraction > main.fraction) {
            main = Some(phase);
        }
    }
    rule.of_median(main.map_or_else(|| core_medians(maps, core), |phase| phase.ratio), false)
}

fn core_medians(maps: &Maps, core: &[Index]) -> [f64; 2] {
    [0, 1].map(|contrast| median(&core.iter().map(|&at| maps.ratios[contrast][at]).collect::<Vec<_>>()))
}

/// Whether acute and chronic are both probable and no onset is known.
pub(super) fn acute_or_chronic(probabilities: &[f64; 6], onsets_hours: &[f64]) -> bool {
    onsets_hours.is_empty() && probabilities[1] >= 0.2 && probabilities[4] >= 0.2
}
