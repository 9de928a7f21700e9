//! Step 3: ratio to signal level to stage, for each voxel and for the whole core.
//!
//! | file | what it does |
//! |---|---|
//! | `smooth.rs` | the in-mask median of the ratios |
//! | `prior.rs` | what the time since the bleed says |
//! | `model.rs` | signal levels and stage probabilities of one voxel |

mod model;
mod prior;
mod smooth;

pub use self::{
    model::{StageModel, level_probabilities, most_probable},
    prior::Prior,
    smooth::Smoothing,
};
use crate::{
    criteria::{Criteria, Thresholds},
    error::{Detail, ErrorKind, Result},
    finding::Finding,
    roi::Roi,
    stage::{SignalLevel, Stage},
    statistics::{median, quantile},
};

/// Interior voxels that make a core of their own, ...
const CORE_VOXELS: usize = 50;
/// ... and the share of the region (in percent) that they must be.
const CORE_PERCENT: usize = 30;

/// Choices for [`classify`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClassifyOptions {
    /// Whether ratios are smoothed first.
    pub smoothing: Smoothing,
}

impl ClassifyOptions {
    /// Sets the smoothing.
    pub fn with_smoothing(mut self, smoothing: Smoothing) -> Self {
        self.smoothing = smoothing;
        self
    }
}

/// One contrast's ratios to its reference and their relative noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratios {
    /// One ratio per voxel of the region; NaN where unsampled.
    pub values: Vec<f64>,
    /// Spread / median of the reference.
    pub noise: f64,
}

/// The smoothed ratios of one contrast over the sampled voxels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalSummary {
    /// Median.
    pub median: f64,
    /// 10th percentile, by linear interpolation.
    pub p10: f64,
    /// 90th percentile, by linear interpolation.
    pub p90: f64,
    /// The level of the median.
    pub level: SignalLevel,
}

/// What each voxel shows, and the core's totals.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Classified {
    /// Smoothed T1 ratio per voxel; NaN where the voxel is not sampled on both contrasts.
    pub t1: Vec<f64>,
    /// Smoothed T2 ratio per voxel; NaN where the voxel is not sampled on both contrasts.
    pub t2: Vec<f64>,
    /// The stage per voxel; none where unsampled.
    pub stages: Vec<Option<Stage>>,
    /// Whether the voxel is of the core.
    pub core: Vec<bool>,
    /// Voxels sampled on both contrasts.
    pub sampled_voxels: usize,
    /// Voxels of the core.
    pub core_voxels: usize,
    /// T1 over the sampled voxels.
    pub t1_signal: SignalSummary,
    /// T2 over the sampled voxels.
    pub t2_signal: SignalSummary,
    /// Share of the sampled voxels that are T2-hypo.
    pub t2_hypo_fraction: f64,
    /// Share of the core per class of [`Stage::ALL`].
    pub fractions: [f64; 6],
    /// Mean probability over the core per class.
    pub probabilities: [f64; 6],
    /// Mean probabilities over the core voxels of each stage, by stage then class.
    pub probabilities_by_stage: [[f64; 6]; 6],
    /// Volume of the sampled voxels per class.
    pub volume_mm3: [f64; 6],
    /// What was odd.
    pub findings: Vec<Finding>,
}

/// Classifies the voxels of a region by their ratios.
///
/// # Shape and units
/// `t1` and `t2` have one ratio per voxel of `roi`.
///
/// # Errors
/// `Geometry` when no voxel is sampled on both contrasts.
///
/// # Reference
/// Patterns, weights and windows are the profile's, each with its source there.
pub fn classify(
    roi: &Roi,
    t1: &Ratios,
    t2: &Ratios,
    criteria: &Criteria,
    prior: &Prior,
    options: &ClassifyOptions,
) -> Result<Classified> {
    let both = |n: usize| !t1.values[n].is_nan() && !t2.values[n].is_nan();
    let sampled: Vec<bool> = (0..roi.len()).map(both).collect();
    let only_sampled = |ratios: &Ratios| -> Vec<f64> {
        ratios.values.iter().zip(&sampled).map(|(&r, &s)| if s { r } else { f64::NAN }).collect()
    };
    let sampled_voxels = sampled.iter().filter(|&&s| s).count();
    if sampled_voxels == 0 {
        return Err(ClassifyError::NoOverlap { voxels: roi.len() }.into());
    }
    let smoothed = [t1, t2].map(|ratios| smooth::smooth(roi, &only_sampled(ratios), options.smoothing));
    let [t1_smooth, t2_smooth] = smoothed;
    let mut findings = Vec::new();
    let core = core(roi, &sampled, &mut findings);
    let model = StageModel::new(criteria, prior, t1.noise, t2.noise);
    let mut totals = Totals::default();
    let stages = (0..roi.len())
        .map(|n| sampled[n].then(|| totals.add(model.of_ratios(t1_smooth[n], t2_smooth[n]), core[n])))
        .collect();
    let hypo = t2_smooth.iter().filter(|&&r| r < criteria.t2.hypo_below).count();
    Ok(Classified {
        stages,
        sampled_voxels,
        core_voxels: totals.core_voxels(),
        t1_signal: summarise(&t1_smooth, criteria.t1),
        t2_signal: summarise(&t2_smooth, criteria.t2),
        t2_hypo_fraction: hypo as f64 / sampled_voxels as f64,
        fractions: totals.fractions(),
        probabilities: totals.probabilities(),
        probabilities_by_stage: totals.by_stage(),
        volume_mm3: totals.sampled.map(|voxels| voxels as f64 * roi.grid().voxel_mm3()),
        t1: t1_smooth,
        t2: t2_smooth,
        core,
        findings,
    })
}

/// Interior sampled voxels, or all sampled ones when those are too few.
fn core(roi: &Roi, sampled: &[bool], findings: &mut Vec<Finding>) -> Vec<bool> {
    let mut core = roi.interior(roi.grid().near_axes());
    core.iter_mut().zip(sampled).for_each(|(inside, &sampled)| *inside &= sampled);
    let count = core.iter().filter(|&&inside| inside).count();
    if count >= CORE_VOXELS && 100 * count >= CORE_PERCENT * roi.len() {
        return core;
    }
    findings.push(Finding::info(
        "core_all_voxels",
        format!(
            "only {count} of {} voxels lie inside the hematoma; edge voxels were staged with them",
            roi.len()
        ),
    ));
    sampled.to_vec()
}

fn summarise(ratios: &[f64], thresholds: Thresholds) -> SignalSummary {
    let mut values: Vec<f64> = ratios.iter().copied().filter(|r| !r.is_nan()).collect();
    // classify has checked that there is a value
    let median = median(&mut values).unwrap_or(f64::NAN);
    let p10 = quantile(&mut values, 0.1).unwrap_or(f64::NAN);
    let p90 = quantile(&mut values, 0.9).unwrap_or(f64::NAN);
    SignalSummary { median, p10, p90, level: thresholds.level(median) }
}

/// Sums over voxels, in their order.
#[derive(Default)]
struct Totals {
    sampled: [usize; 6],
    core: [usize; 6],
    sums: [[f64; 6]; 6],
}

impl Totals {
    fn add(&mut self, probabilities: [f64; 6], in_core: bool) -> Stage {
        let stage = most_probable(&probabilities);
        self.sampled[stage.index()] += 1;
        if in_core {
            self.core[stage.index()] += 1;
            let sums = &mut self.sums[stage.index()];
            sums.iter_mut().zip(probabilities).for_each(|(sum, p)| *sum += p);
        }
        stage
    }

    fn core_voxels(&self) -> usize {
        self.core.iter().sum()
    }

    fn fractions(&self) -> [f64; 6] {
        self.core.map(|voxels| voxels as f64 / self.core_voxels() as f64)
    }

    fn probabilities(&self) -> [f64; 6] {
        let total = self.core_voxels() as f64;
        std::array::from_fn(|class| self.sums.iter().map(|sums| sums[class]).sum::<f64>() / total)
    }

    fn by_stage(&self) -> [[f64; 6]; 6] {
        std::array::from_fn(|stage| {
            let voxels = self.core[stage].max(1) as f64;
            self.sums[stage].map(|sum| sum / voxels)
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum ClassifyError {
    #[error(
        "none of the hematoma's {voxels} voxels has a finite signal in both images: check that the mask and the images are of the same study"
    )]
    NoOverlap { voxels: usize },
}

impl Detail for ClassifyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Geometry
    }
}
