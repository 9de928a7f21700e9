//! Step 4: coherent parts, the mixed-phase verdict and the stage of the whole hematoma.
//!
//! | file | what it does |
//! |---|---|
//! | `verdict.rs` | the kind of a mixture, renewed bleeding, the profile's mixture rule |

mod verdict;

pub use hemastage_image::roi::part_sizes;
use hemastage_image::{finding::Finding, roi::Roi};
pub use verdict::MixtureKind;

use crate::{
    kernel::statistics::median,
    steps::classify::{Classified, Prior, most_probable},
    vocabulary::{criteria::Criteria, stage::Stage, units::Onset},
};

/// Choices for [`phases`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PhaseOptions {
    /// Share of the core that a phase needs.
    pub min_fraction: f64,
    /// Volume that a phase's largest part needs, ...
    pub min_part_mm3: f64,
    /// ... and its share of the region's volume.
    pub least_part_share: f64,
    /// Two phases whose median ratios differ by less on both contrasts are one.
    pub least_difference: f64,
    /// Probability that makes a class a candidate.
    pub candidate_probability: f64,
}

impl Default for PhaseOptions {
    fn default() -> Self {
        Self {
            min_fraction: 0.20,
            min_part_mm3: 20.0,
            least_part_share: 0.05,
            least_difference: 0.25,
            candidate_probability: 0.2,
        }
    }
}

/// A spatially coherent part of the hematoma in one stage.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Phase {
    /// Its stage; never indeterminate.
    pub stage: Stage,
    /// Its share of the core.
    pub fraction: f64,
    /// How many 26-connected parts it has in the core.
    pub parts: usize,
    /// Volume of the largest.
    pub largest_mm3: f64,
    /// Mean position of its core voxels, RAS mm.
    pub centroid_mm: [f64; 3],
    /// Median ratio of its core voxels on T1.
    pub t1_ratio: f64,
    /// Median ratio of its core voxels on T2.
    pub t2_ratio: f64,
    /// The share of each bleeding event in explaining it, in the order of the onsets.
    pub event_shares: Vec<f64>,
}

/// The finding that the call is that of a rule for mixtures.
pub const MIXTURE_RULE: &str = "mixture_rule";

/// The stage of the whole and the mixed-phase verdict.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Phases {
    /// The stage of the whole.
    pub call: Stage,
    /// Classes that explain the voxels of the call, most probable first.
    pub candidates: Vec<(Stage, f64)>,
    /// The phases, by age.
    pub phases: Vec<Phase>,
    /// How the phases are mixed; none when there are fewer than two.
    pub kind: Option<MixtureKind>,
    /// Whether the mixture suggests renewed bleeding.
    pub suggests_rebleed: bool,
    /// What was odd.
    pub findings: Vec<Finding>,
}

/// Finds the phases of a classified hematoma and calls its stage.
///
/// # Shape and units
/// Volumes in mm3, positions in RAS mm; `prior` is the one the voxels were classified with.
///
/// # Reference
/// Two bleeds: Fobben 1989 (rebleeds layer); two phases of at least 20 % of the eroded lesion is this
/// project's own definition, as none is published.
pub fn phases(
    roi: &Roi,
    classified: &Classified,
    criteria: &Criteria,
    prior: &Prior,
    onsets: &[Onset],
    options: &PhaseOptions,
) -> Phases {
    let counting: Vec<Phase> =
        Stage::FIVE.into_iter().filter_map(|stage| phase(roi, classified, prior, stage, options)).collect();
    let phases = drop_straddling(counting, options.least_difference);
    let stages: Vec<Stage> = phases.iter().map(|phase| phase.stage).collect();
    let mut findings = Vec::new();
    let call = call(&classified.fractions);
    let fractions = &classified.fractions;
    let call = match &criteria.mixture {
        Some(rule) if verdict::reads_as_one(rule, call, classified.t1_signal.level, &stages, fractions) => {
            findings.push(Finding::info(
                MIXTURE_RULE,
                format!(
                    "a mixture of {} with T1 {} is read as {} ({})",
                    join(&rule.stages),
                    rule.t1,
                    rule.call,
                    rule.source
                ),
            ));
            rule.call
        }
        _ => call,
    };
    findings.extend(verdict::cautions(criteria, classified, onsets));
    // a mixture rule may call a stage that no core voxel has: then the core as a whole explains it
    let explains = if fractions[call.index()] > 0.0 {
        &classified.probabilities_by_stage[call.index()]
    } else {
        &classified.probabilities
    };
    Phases {
        call,
        candidates: candidates(explains, options.candidate_probability),
        kind: verdict::kind(&stages),
        suggests_rebleed: verdict::suggests_rebleed(criteria, &stages, onsets),
        phases,
        findings,
    }
}

fn join(stages: &[Stage]) -> String {
    stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
}

/// Indeterminate when it holds more than half of the core, else the largest of the five.
fn call(fractions: &[f64; 6]) -> Stage {
    if fractions[Stage::Indeterminate.index()] > 0.5 {
        return Stage::Indeterminate;
    }
    let mut five = *fractions;
    five[Stage::Indeterminate.index()] = 0.0;
    most_probable(&five)
}

/// Classes that reach the probability, most probable first; ties go to the earlier stage.
pub(crate) fn candidates(probabilities: &[f64; 6], least: f64) -> Vec<(Stage, f64)> {
    let mut found: Vec<(Stage, f64)> = Stage::ALL
        .into_iter()
        .map(|stage| (stage, probabilities[stage.index()]))
        .filter(|&(_, p)| p >= least)
        .collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// A stage as a phase, if it is large and coherent enough.
fn phase(
    roi: &Roi,
    classified: &Classified,
    prior: &Prior,
    stage: Stage,
    options: &PhaseOptions,
) -> Option<Phase> {
    let fraction = classified.fractions[stage.index()];
    if fraction < options.min_fraction {
        return None;
    }
    let selected: Vec<bool> =
        classified.stages.iter().zip(&classified.core).map(|(&s, &core)| core && s == Some(stage)).collect();
    let sizes = part_sizes(roi, &selected);
    let largest_mm3 = *sizes.first()? as f64 * roi.grid().voxel_mm3();
    if largest_mm3 < options.min_part_mm3.max(options.least_part_share * roi.volume_mm3()) {
        return None;
    }
    let chosen = |column: &[f64]| -> Vec<f64> {
        column.iter().zip(&selected).filter(|&(_, &s)| s).map(|(&ratio, _)| ratio).collect()
    };
    Some(Phase {
        stage,
        fraction,
        parts: sizes.len(),
        largest_mm3,
        centroid_mm: centroid(roi, &selected),
        t1_ratio: median(&mut chosen(&classified.t1))?,
        t2_ratio: median(&mut chosen(&classified.t2))?,
        event_shares: prior.event_shares(stage),
    })
}

fn centroid(roi: &Roi, selected: &[bool]) -> [f64; 3] {
    let mut sum = [0.0; 3];
    let mut count = 0.0;
    for (voxel, _) in roi.voxels().zip(selected).filter(|&(_, &selected)| selected) {
        (0..3).for_each(|a| sum[a] += voxel[a] as f64);
        count += 1.0;
    }
    roi.grid().affine().index_to_world(sum.map(|s| s / count))
}

/// Of two phases that look alike on both contrasts only the larger stays: one signal on both sides of
/// a threshold is not two bleeds.
fn drop_straddling(counting: Vec<Phase>, least_difference: f64) -> Vec<Phase> {
    let mut by_size = counting;
    by_size.sort_by(|a, b| b.fraction.total_cmp(&a.fraction));
    let mut kept: Vec<Phase> = Vec::new();
    for phase in by_size {
        let alike = |other: &Phase| {
            (phase.t1_ratio - other.t1_ratio).abs() < least_difference
                && (phase.t2_ratio - other.t2_ratio).abs() < least_difference
        };
        if !kept.iter().any(alike) {
            kept.push(phase);
        }
    }
    kept.sort_by_key(|phase| phase.stage);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase_of(stage: Stage, fraction: f64, t1_ratio: f64, t2_ratio: f64) -> Phase {
        Phase {
            stage,
            fraction,
            parts: 1,
            largest_mm3: 100.0,
            centroid_mm: [0.0; 3],
            t1_ratio,
            t2_ratio,
            event_shares: Vec::new(),
        }
    }

    #[test]
    fn one_signal_on_both_sides_of_a_threshold_is_one_phase() {
        let stages = |phases| drop_straddling(phases, 0.25).iter().map(|p| p.stage).collect::<Vec<_>>();
        let acute = phase_of(Stage::Acute, 0.3, 1.1, 0.5);
        let alike = phase_of(Stage::EarlySubacute, 0.6, 1.3, 0.5);
        let apart = phase_of(Stage::LateSubacute, 0.3, 1.3, 1.5);
        assert_eq!(stages(vec![acute.clone(), alike.clone()]), [Stage::EarlySubacute]);
        assert_eq!(stages(vec![acute.clone(), apart.clone()]), [Stage::Acute, Stage::LateSubacute]);
        assert_eq!(stages(vec![acute, alike, apart]), [Stage::EarlySubacute, Stage::LateSubacute]);
    }

    #[test]
    fn indeterminate_needs_more_than_half() {
        assert_eq!(call(&[0.2, 0.1, 0.0, 0.2, 0.0, 0.5]), Stage::Hyperacute);
        assert_eq!(call(&[0.2, 0.1, 0.0, 0.19, 0.0, 0.51]), Stage::Indeterminate);
    }

    #[test]
    fn candidates_come_sorted() {
        let found = candidates(&[0.05, 0.2, 0.1, 0.25, 0.2, 0.2], 0.2);
        let stages: Vec<Stage> = found.into_iter().map(|(stage, _)| stage).collect();
        assert_eq!(stages, [Stage::LateSubacute, Stage::Acute, Stage::Chronic, Stage::Indeterminate]);
    }
}
