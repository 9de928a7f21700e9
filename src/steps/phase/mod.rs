//! The stage of the whole hematoma, its phases, and whether they suggest renewed bleeding.

mod table;
mod verdict;

use std::sync::Arc;

pub use hemastage_image::roi::part_sizes;
use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    finding::Finding,
    roi::Column,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use table::table_disagrees;
pub use verdict::MixtureKind;

use crate::{
    kernel::statistics::median,
    steps::classify::{Classified, most_likely},
    vocabulary::{
        contrast::PerContrast,
        criteria::Mixture,
        per_stage::PerStage,
        stage::{SignalLevel, Stage},
    },
};

/// Share of the region from which a core is no small one; a smaller one has the finding `core_small` or `core_ridge`.
const USUAL_CORE: f64 = 0.30;

/// Choices for [`phases`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct PhaseOptions {
    /// Share of the core that a phase needs.
    pub min_fraction: f64,
    /// Volume that a phase's largest part needs, ...
    pub min_part_mm3: f64,
    /// ... and its share of the region's volume; of a core below 30 % of it, as if the core were 30 %.
    pub min_part_share: f64,
    /// Two phases whose median ratios differ by less on both contrasts are one.
    pub min_difference: f64,
    /// Probability that makes a class a candidate.
    pub candidate_probability: f64,
}

impl Default for PhaseOptions {
    fn default() -> Self {
        Self {
            min_fraction: 0.20,
            min_part_mm3: 20.0,
            min_part_share: 0.05,
            min_difference: 0.25,
            candidate_probability: 0.2,
        }
    }
}

impl PhaseOptions {
    /// Sets the share of the core that a phase needs.
    pub fn with_min_fraction(mut self, share: f64) -> Self {
        self.min_fraction = share;
        self
    }

    /// Sets the volume that a phase's largest part needs.
    pub fn with_min_part_mm3(mut self, mm3: f64) -> Self {
        self.min_part_mm3 = mm3;
        self
    }

    /// Sets the share of the region's volume that a phase's largest part needs.
    pub fn with_min_part_share(mut self, share: f64) -> Self {
        self.min_part_share = share;
        self
    }

    /// Sets by how much the median ratios of two phases must differ on one contrast.
    pub fn with_min_difference(mut self, ratio: f64) -> Self {
        self.min_difference = ratio;
        self
    }

    /// Sets the probability that makes a class a candidate.
    pub fn with_candidate_probability(mut self, probability: f64) -> Self {
        self.candidate_probability = probability;
        self
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `Parameter` when a share or probability is not in 0 to 1, or a volume or difference is negative or not finite.
    pub fn check(&self) -> Result<()> {
        let ranges = [
            ("min_fraction", self.min_fraction, 1.0),
            ("min_part_share", self.min_part_share, 1.0),
            ("candidate_probability", self.candidate_probability, 1.0),
            ("min_part_mm3", self.min_part_mm3, f64::MAX),
            ("min_difference", self.min_difference, f64::MAX),
        ];
        match ranges.into_iter().find(|&(_, value, max)| !(0.0..=max).contains(&value)) {
            Some((option, value, 1.0)) => Err(PhaseError::Share { option, value }.into()),
            Some((option, value, _)) => Err(PhaseError::Negative { option, value }.into()),
            None => Ok(()),
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
    /// The probability of each class at its median ratios.
    pub probabilities: PerStage<f64>,
}

#[cfg(test)]
impl Phase {
    /// A phase of blood that can be of one stage alone.
    fn certain(stage: Stage) -> Self {
        let mut probabilities = PerStage::default();
        probabilities[stage] = 1.0;
        Self {
            stage,
            fraction: 0.5,
            parts: 1,
            largest_mm3: 100.0,
            centroid_mm: [0.0; 3],
            t1_ratio: 1.0,
            t2_ratio: 1.0,
            event_shares: Vec::new(),
            probabilities,
        }
    }
}

/// The finding that the call is that of a rule for mixtures.
pub const MIXTURE_RULE: &str = "mixture_rule";

/// The stage of the whole and the mixed-phase verdict.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Phases {
    /// The stage of the whole.
    pub call: Stage,
    /// The probability of each class at the phases' median ratios, weighted by the phases' fractions; at the core's
    /// medians if there is no phase.
    pub probabilities: PerStage<f64>,
    /// The probability of each class at the median ratios of the phase with the largest fraction, the core's if there is
    /// no phase, if all stages were equally likely before: what the signal alone says.
    pub likelihood: PerStage<f64>,
    /// Classes that are probable, most probable first.
    pub candidates: Vec<(Stage, f64)>,
    /// What the profile's table makes of the median signal levels.
    pub table: TableCall,
    /// The phases, by age.
    pub phases: Vec<Phase>,
    /// How the phases are mixed; `None` when there are fewer than two.
    pub kind: Option<MixtureKind>,
    /// How probable it is that a stage lies between the youngest and the oldest phase, by their median ratios; `None` when
    /// there are fewer than two.
    pub separated_probability: Option<f64>,
    /// Whether the mixture suggests renewed bleeding.
    pub suggests_rebleed: bool,
    /// What may change how far the call can be trusted.
    pub findings: Vec<Finding>,
    /// The choices that they were made with.
    options: PhaseOptions,
    /// That of the classified voxels.
    origin: Arc<()>,
}

/// The stage by the profile's table, reported with the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableCall {
    /// The level of the median ratio on T1 and on T2.
    pub levels: PerContrast<SignalLevel>,
    /// The stage of that pattern, with the profile's mixture rule.
    pub call: Stage,
}

impl Phases {
    /// The choices that they were made with.
    pub fn options(&self) -> &PhaseOptions {
        &self.options
    }

    /// Whether they were found in these voxels, or in a clone of them.
    pub fn are_of(&self, classified: &Classified) -> bool {
        Arc::ptr_eq(&self.origin, classified.origin())
    }
}

/// Finds the phases of a classified hematoma and calls its stage.
///
/// # Shape and units
/// Volumes in mm3, positions in RAS mm.
///
/// # Errors
/// `Parameter` when an option makes no sense.
///
/// # Reference
/// Two bleeds: Fobben 1989 (rebleeds layer); two phases of at least 20 % of the eroded lesion is this
/// project's own definition, as none is published.
///
/// # Example
/// Profile and onsets are those that the voxels were classified with; no others can be given.
///
/// ```compile_fail,E0061
/// use hemastage::{classify::{Classified, Prior}, phase::{PhaseOptions, phases}};
/// fn of_another_onset(classified: &Classified, prior: &Prior) {
///     phases(classified, prior, &PhaseOptions::default());
/// }
/// ```
pub fn phases(classified: &Classified, options: &PhaseOptions) -> Result<Phases> {
    options.check()?;
    let (criteria, onsets) = (classified.prior().criteria(), classified.prior().onsets());
    let phase = |stage| phase(classified, stage, options).transpose();
    let counting = Stage::FIVE.into_iter().filter_map(phase).collect::<Result<Vec<Phase>>>()?;
    let phases = drop_straddling(counting, options.min_difference);
    let stages: Vec<Stage> = phases.iter().map(|phase| phase.stage).collect();
    let mut findings = Vec::new();
    let fractions = classified.fractions();
    let call = call(fractions);
    let levels = classified.signal().map(|signal| signal.level);
    let by_words = most_likely(&classified.model().of_words(levels.t1, levels.t2));
    let rule = criteria.mixture.as_ref();
    let rule = rule.filter(|rule| verdict::reads_as_one(rule, call, levels.t1, &stages, fractions));
    findings.extend(rule.map(mixture_rule));
    findings.extend(rule.is_none().then(|| call_without_phase(call, &stages)).flatten());
    let call = rule.map_or(call, |rule| rule.call);
    let table = TableCall { levels, call: rule.map_or(by_words, |rule| rule.call) };
    let whole = Whole::of(classified, &phases);
    findings.extend(verdict::cautions(criteria, classified, &whole.probabilities, onsets));
    findings.extend(table_disagrees(classified, phases.len(), call, table));
    let separated_probability = verdict::separated_probability(criteria, &phases, onsets);
    Ok(Phases {
        call,
        candidates: candidates(&whole.probabilities, options.candidate_probability),
        probabilities: whole.probabilities,
        likelihood: whole.likelihood,
        table,
        kind: verdict::kind(&stages),
        suggests_rebleed: verdict::suggests_rebleed(criteria, &stages, separated_probability, onsets),
        separated_probability,
        phases,
        findings,
        options: options.clone(),
        origin: classified.origin().clone(),
    })
}

/// A finding when the stage of most of the core is none of the phases, whose signal the candidates are made from.
fn call_without_phase(call: Stage, stages: &[Stage]) -> Option<Finding> {
    let is_phase = stages.is_empty() || stages.contains(&call) || call == Stage::Indeterminate;
    let text = format!(
        "the largest share of the core is {call}, in parts too small to be a phase, and the candidates are those of {}: the hematoma may be mixed-phase, or the mask's voxels are too large for it; give the mask on the image's own grid",
        join(stages)
    );
    (!is_phase).then(|| Finding::warning("call_without_phase", text))
}

fn mixture_rule(rule: &Mixture) -> Finding {
    let stages = join(&rule.stages);
    let text =
        format!("a mixture of {stages} with T1 {} is read as {} ({})", rule.t1, rule.call, rule.source);
    Finding::info(MIXTURE_RULE, text)
}

/// What the signal of the whole says.
struct Whole {
    probabilities: PerStage<f64>,
    likelihood: PerStage<f64>,
}

impl Whole {
    fn of(classified: &Classified, phases: &[Phase]) -> Self {
        let model = classified.model();
        let Some(main) = phases.iter().rev().max_by(|a, b| a.fraction.total_cmp(&b.fraction)) else {
            let PerContrast { t1, t2 } = core_medians(classified);
            return Self { probabilities: model.of_ratios(t1, t2), likelihood: model.likelihood(t1, t2) };
        };
        let total: f64 = phases.iter().map(|phase| phase.fraction).sum();
        let mean = |of: &dyn Fn(&Phase) -> PerStage<f64>| {
            let each: Vec<_> = phases.iter().map(|phase| (phase.fraction / total, of(phase))).collect();
            PerStage::from_fn(|stage| each.iter().map(|(share, of)| share * of[stage]).sum())
        };
        Self {
            probabilities: mean(&|phase| phase.probabilities),
            likelihood: model.likelihood(main.t1_ratio, main.t2_ratio),
        }
    }
}

fn core_medians(classified: &Classified) -> PerContrast<f64> {
    let core = &classified.core()[..];
    classified.ratios().as_ref().map(|ratios| {
        let inside: Vec<f64> = ratios.iter().zip(core).filter(|(_, core)| **core).map(|(&r, _)| r).collect();
        // a core is never empty
        median(&inside).unwrap_or(f64::NAN)
    })
}

fn join(stages: &[Stage]) -> String {
    stages.iter().map(ToString::to_string).collect::<Vec<_>>().join(" + ")
}

/// Indeterminate when it holds more than half of the core, else the largest of the five.
fn call(fractions: &PerStage<f64>) -> Stage {
    if fractions.indeterminate > 0.5 {
        return Stage::Indeterminate;
    }
    let five = PerStage { indeterminate: 0.0, ..*fractions };
    most_likely(&five)
}

/// Classes that reach the probability, most probable first; ties go to the earlier stage.
pub(crate) fn candidates(probabilities: &PerStage<f64>, min: f64) -> Vec<(Stage, f64)> {
    let mut found: Vec<(Stage, f64)> =
        probabilities.iter().map(|(stage, &p)| (stage, p)).filter(|&(_, p)| p >= min).collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// A stage as a phase, if it is large and coherent enough.
fn phase(classified: &Classified, stage: Stage, options: &PhaseOptions) -> Result<Option<Phase>> {
    let roi = classified.roi();
    let fraction = classified.fractions()[stage];
    if fraction < options.min_fraction {
        return Ok(None);
    }
    #[expect(clippy::needless_bitwise_bool, reason = "a branch would be a guess, as adjacent voxels differ")]
    let selected = classified.core().zip_map(classified.stages(), |&core, &of| core & (of == Some(stage)))?;
    let sizes = part_sizes(&selected);
    let Some(&largest) = sizes.first() else { return Ok(None) };
    let largest_mm3 = largest as f64 * roi.grid().voxel_mm3();
    let core_mm3 = classified.core_voxels() as f64 * roi.grid().voxel_mm3();
    // a small core, as of a mask on a coarse grid, is in pieces: its parts are as small
    let whole_mm3 = roi.volume_mm3().min(core_mm3 / USUAL_CORE);
    if largest_mm3 < options.min_part_mm3.max(options.min_part_share * whole_mm3) {
        return Ok(None);
    }
    let chosen = |column: &[f64]| -> Vec<f64> {
        column.iter().zip(&selected[..]).filter(|&(_, &s)| s).map(|(&ratio, _)| ratio).collect()
    };
    let ratios = [&classified.ratios().t1, &classified.ratios().t2].map(|column| median(&chosen(column)));
    let [Some(t1_ratio), Some(t2_ratio)] = ratios else { return Ok(None) };
    Ok(Some(Phase {
        probabilities: classified.model().of_ratios(t1_ratio, t2_ratio),
        stage,
        fraction,
        parts: sizes.len(),
        largest_mm3,
        centroid_mm: centroid(&selected),
        t1_ratio,
        t2_ratio,
        event_shares: classified.prior().event_shares(stage),
    }))
}

fn centroid(selected: &Column<bool>) -> [f64; 3] {
    let roi = selected.roi();
    // sums of indices are exact in any order
    let (mut sum, mut count) = ([0_u64; 3], 0);
    for run in roi.runs() {
        let selected = &selected[run.first as usize..][..run.len as usize];
        let n = selected.iter().map(|&inside| u64::from(inside)).sum::<u64>();
        sum[0] +=
            selected.iter().zip(run.i..).map(|(&inside, i)| u64::from(inside) * u64::from(i)).sum::<u64>();
        sum[1] += n * u64::from(run.j);
        sum[2] += n * u64::from(run.k);
        count += n;
    }
    roi.grid().affine().index_to_world(sum.map(|sum| sum as f64 / count as f64))
}

/// Of two phases that look alike on both contrasts only the larger stays: one signal on both sides of
/// a threshold is not two bleeds.
fn drop_straddling(counting: Vec<Phase>, min_difference: f64) -> Vec<Phase> {
    let mut by_size = counting;
    by_size.sort_by(|a, b| b.fraction.total_cmp(&a.fraction));
    let mut kept: Vec<Phase> = Vec::new();
    for phase in by_size {
        let alike = |other: &Phase| {
            (phase.t1_ratio - other.t1_ratio).abs() < min_difference
                && (phase.t2_ratio - other.t2_ratio).abs() < min_difference
        };
        if !kept.iter().any(alike) {
            kept.push(phase);
        }
    }
    kept.sort_by_key(|phase| phase.stage);
    kept
}

#[derive(Debug, thiserror::Error)]
enum PhaseError {
    #[error("`{option}` is {value}: expected 0 to 1")]
    Share { option: &'static str, value: f64 },
    #[error("`{option}` is {value}: expected a number of 0 or more")]
    Negative { option: &'static str, value: f64 },
}

impl Detail for PhaseError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phase_of(stage: Stage, fraction: f64, t1_ratio: f64, t2_ratio: f64) -> Phase {
        Phase { fraction, t1_ratio, t2_ratio, ..Phase::certain(stage) }
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
        assert_eq!(call(&[0.2, 0.1, 0.0, 0.2, 0.0, 0.5].into()), Stage::Hyperacute);
        assert_eq!(call(&[0.2, 0.1, 0.0, 0.19, 0.0, 0.51].into()), Stage::Indeterminate);
    }

    #[test]
    fn candidates_come_sorted() {
        let found = candidates(&[0.05, 0.2, 0.1, 0.25, 0.2, 0.2].into(), 0.2);
        let stages: Vec<Stage> = found.into_iter().map(|(stage, _)| stage).collect();
        assert_eq!(stages, [Stage::LateSubacute, Stage::Acute, Stage::Chronic, Stage::Indeterminate]);
    }

    #[test]
    fn a_call_that_is_no_phase_is_reported() {
        use Stage::{Acute, Indeterminate, LateSubacute};
        let text = |call, stages: &[Stage]| call_without_phase(call, stages).map(|finding| finding.message);
        let found = text(LateSubacute, &[Acute]).unwrap();
        assert!(
            found.starts_with("the largest share of the core is late subacute, in parts too small"),
            "{found}"
        );
        assert!(found.contains("the candidates are those of acute:"), "{found}");
        for (call, stages) in [(Acute, &[Acute, LateSubacute][..]), (Acute, &[]), (Indeterminate, &[Acute])] {
            assert_eq!(text(call, stages), None);
        }
    }

    #[test]
    fn options_out_of_range_are_refused() {
        let text = |options: PhaseOptions| options.check().unwrap_err().to_string();
        let options = PhaseOptions::default;
        assert_eq!(text(options().with_min_fraction(f64::NAN)), "`min_fraction` is NaN: expected 0 to 1");
        assert_eq!(text(options().with_min_part_share(1.1)), "`min_part_share` is 1.1: expected 0 to 1");
        assert_eq!(
            text(options().with_candidate_probability(-0.1)),
            "`candidate_probability` is -0.1: expected 0 to 1"
        );
        assert_eq!(
            text(options().with_min_part_mm3(f64::INFINITY)),
            "`min_part_mm3` is inf: expected a number of 0 or more"
        );
        assert_eq!(
            text(options().with_min_difference(-1.0)),
            "`min_difference` is -1: expected a number of 0 or more"
        );
        assert!(options().check().is_ok() && options().with_min_fraction(0.0).check().is_ok());
    }
}
