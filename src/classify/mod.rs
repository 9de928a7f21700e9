//! Step 3: ratio to signal level to stage, for each voxel and for the whole core.
//!
//! | file | what it does |
//! |---|---|
//! | `smooth.rs` | the in-mask median of the ratios |
//! | `prior.rs` | what the time since the bleed says |
//! | `normal.rs` | the normal distribution, for many values at once |
//! | `model.rs` | signal levels and stage probabilities of voxels |

mod model;
mod normal;
mod prior;
mod smooth;

use rayon::prelude::*;

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
    statistics::median_and_tenths,
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
    let [t1_sampled, t2_sampled] = sampled_on_both(&t1.values, &t2.values);
    let sampled_voxels = t1_sampled.iter().filter(|r| !r.is_nan()).count();
    if sampled_voxels == 0 {
        return Err(ClassifyError::NoOverlap { voxels: roi.len() }.into());
    }
    let (smoothing, mut findings) = (options.smoothing, Vec::new());
    let (core, (t1_smooth, t2_smooth)) = rayon::join(
        || core(roi, &t1_sampled, &mut findings),
        || {
            rayon::join(
                || smooth::smooth(roi, &t1_sampled, smoothing),
                || smooth::smooth(roi, &t2_sampled, smoothing),
            )
        },
    );
    drop((t1_sampled, t2_sampled));
    let model = StageModel::new(criteria, prior, t1.noise, t2.noise);
    let ((stages, totals), (t1_signal, t2_signal)) = rayon::join(
        || stages(&model, &t1_smooth, &t2_smooth, &core),
        || rayon::join(|| summarise(&t1_smooth, criteria.t1), || summarise(&t2_smooth, criteria.t2)),
    );
    let hypo = t2_smooth.iter().filter(|&&r| r < criteria.t2.hypo_below).count();
    Ok(Classified {
        stages,
        sampled_voxels,
        core_voxels: totals.core_voxels(),
        t1_signal,
        t2_signal,
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

/// Both columns of ratios, without a ratio (NaN) where the other has none.
fn sampled_on_both(t1: &[f64], t2: &[f64]) -> [Vec<f64>; 2] {
    let where_both =
        |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(&a, &b)| if b.is_nan() { b } else { a }).collect();
    [where_both(t1, t2), where_both(t2, t1)]
}

/// Interior sampled voxels, or all sampled ones when those are too few.
fn core(roi: &Roi, sampled: &[f64], findings: &mut Vec<Finding>) -> Vec<bool> {
    let mut core = roi.interior(roi.grid().near_axes());
    core.iter_mut().zip(sampled).for_each(|(inside, ratio)| *inside &= !ratio.is_nan());
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
    sampled.iter().map(|ratio| !ratio.is_nan()).collect()
}

fn summarise(ratios: &[f64], thresholds: Thresholds) -> SignalSummary {
    let mut values: Vec<f64> = ratios.iter().copied().filter(|r| !r.is_nan()).collect();
    // classify has checked that there is a value
    let [p10, median, p90] = median_and_tenths(&mut values).unwrap_or([f64::NAN; 3]);
    SignalSummary { median, p10, p90, level: thresholds.level(median) }
}

/// Voxels that are staged one after the other: the order of the sums is theirs, whatever the threads.
const PIECE_VOXELS: usize = 1 << 14;

/// The stage of each voxel, and the sums over all.
fn stages(model: &StageModel, t1: &[f64], t2: &[f64], core: &[bool]) -> (Vec<Option<Stage>>, Totals) {
    let mut stages = vec![None; core.len()];
    let pieces = stages.par_chunks_mut(PIECE_VOXELS).zip(core.par_chunks(PIECE_VOXELS));
    let ratios = t1.par_chunks(PIECE_VOXELS).zip(t2.par_chunks(PIECE_VOXELS));
    let totals: Vec<Totals> = pieces
        .zip(ratios)
        .map(|((stages, core), (t1, t2))| {
            let mut totals = Totals::default();
            model.each(t1, t2, |n, probabilities| stages[n] = Some(totals.add(probabilities, core[n])));
            totals
        })
        .collect();
    let mut sum = Totals::default();
    for totals in &totals {
        sum.join(totals);
    }
    (stages, sum)
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

    fn join(&mut self, other: &Self) {
        for stage in 0..6 {
            self.sampled[stage] += other.sampled[stage];
            self.core[stage] += other.core[stage];
            (0..6).for_each(|class| self.sums[stage][class] += other.sums[stage][class]);
        }
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
