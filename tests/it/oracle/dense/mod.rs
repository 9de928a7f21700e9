//! Slow, obvious, dense reference implementation ("oracle") of the staging numbers.
//!
//! Everything is done the direct way: full 3-D arrays in which NaN means "not in the mask or not
//! sampled", a loop over the nine patterns, sorting for medians, flood fill for connected parts.
//! World coordinates are RAS millimeters, indices are `[i, j, k]`, and lists of voxels run with
//! `i` fastest. Stages are numbered 0 hyperacute, 1 acute, 2 early subacute, 3 late subacute,
//! 4 chronic, 5 indeterminate; signal levels 0 hypo, 1 iso, 2 hyper; contrasts 0 T1, 1 T2.

use std::collections::BTreeMap;

use ndarray::Array3;

/// Voxel index to RAS millimeters, row by row.
pub(crate) type Affine = [[f64; 4]; 4];

/// A position or direction in RAS millimeters.
pub(crate) type Point = [f64; 3];

/// A voxel's index `[i, j, k]`.
pub(crate) type Index = [usize; 3];

/// The class that is no stage.
pub(crate) const INDETERMINATE: usize = 5;

/// Stage number of a voxel that is not sampled.
pub(crate) const UNSAMPLED: u8 = 255;

/// Factor from a median absolute deviation to a normal standard deviation.
const MAD_TO_SD: f64 = 1.4826;

/// Distance from an integer below which an index counts as that integer.
const SNAP: f64 = 1e-3;

/// Slack of slab and bin borders, as a share of their width.
const BORDER_SLACK: f64 = 1e-6;

/// Stages of the exception "acute + chronic" in the rebleed rule.
const ACUTE_AND_CHRONIC: [usize; 2] = [1, 4];

mod center_line;
mod geometry;
mod mixed_phase;
mod numbers;
mod ratio_to_stage;
mod reference;
mod relaxation;
mod shift;
#[cfg(test)]
mod tests;
mod time;
mod trend;
mod whole;

#[allow(clippy::wildcard_imports, reason = "the parts of one program")]
use self::numbers::*;
#[allow(
    clippy::wildcard_imports,
    reason = "the parts of one program, which the benches call one by one"
)]
pub(crate) use self::{
    center_line::*, geometry::*, mixed_phase::*, ratio_to_stage::*, reference::*, relaxation::*, shift::*,
    time::*, trend::*, whole::*,
};

/// An image with its voxel-to-world affine.
#[derive(Debug, Clone)]
pub(crate) struct Image {
    /// Signal per voxel.
    pub(crate) data: Array3<f64>,
    /// Voxel index to RAS mm.
    pub(crate) affine: Affine,
}

/// A mask with its voxel-to-world affine.
#[derive(Debug, Clone)]
pub(crate) struct Mask {
    /// True inside.
    pub(crate) data: Array3<bool>,
    /// Voxel index to RAS mm.
    pub(crate) affine: Affine,
}

/// Thresholds, patterns, time windows and the mixture rule.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    /// T1 thresholds: hypo below the first, hyper above the second.
    pub(crate) t1: (f64, f64),
    /// T2 thresholds: hypo below the first, hyper above the second.
    pub(crate) t2: (f64, f64),
    /// Window `[a, b)` in hours per stage; 0 or none is a missing edge.
    pub(crate) windows: [(Option<f64>, Option<f64>); 5],
    /// Pattern weights `[stage][T1 level][T2 level]`, levels in the order hypo, iso, hyper.
    pub(crate) weights: [[[f64; 3]; 3]; 5],
    /// The mixture rule, if the profile has one.
    pub(crate) mixture: Option<Mixture>,
    /// The states of blood, if the profile has some.
    pub(crate) blood: Option<Blood>,
}

/// A rule that gives a mixture of stages one call.
#[derive(Debug, Clone)]
pub(crate) struct Mixture {
    /// The stages that may be present, first to last.
    pub(crate) stages: Vec<usize>,
    /// T1 level that the whole hematoma must have.
    pub(crate) t1_level: usize,
    /// Fraction of the core that the last stage must reach.
    pub(crate) last_at_least: f64,
    /// The call that results.
    pub(crate) call: usize,
}

/// How the reference varies along the cord.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A robust polynomial along the cord.
    Trend,
    /// One number.
    Global,
}

/// One value per contrast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair<T> {
    /// Of the T1-weighted image.
    pub(crate) t1: T,
    /// Of the T2-weighted image.
    pub(crate) t2: T,
}

/// The cord's signal in one image.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Reference {
    /// Mode in effect.
    pub(crate) mode: Mode,
    /// Plain median signal of the used voxels.
    pub(crate) median: f64,
    /// 1.4826 x MAD of the signal; in trend mode of signal / trend outside lesions, times the median.
    pub(crate) spread: f64,
    /// Number of used voxels.
    pub(crate) voxels: usize,
    /// Largest over smallest trend; none in global mode.
    pub(crate) drift: Option<f64>,
    /// Whether both images share the trend's shape, and how many lesions stand out of it; none in global mode.
    pub(crate) trend: Option<(bool, usize)>,
}

/// The whole hematoma's signal in one image, as a ratio to the reference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Signal {
    /// Median smoothed ratio.
    pub(crate) median_ratio: f64,
    /// Tenth percentile.
    pub(crate) p10: f64,
    /// Ninetieth percentile.
    pub(crate) p90: f64,
    /// Signal level of the median: 0 hypo, 1 iso, 2 hyper.
    pub(crate) level: usize,
}

/// What is known of one ROI voxel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Voxel {
    /// Index in the hematoma's grid.
    pub(crate) index: Index,
    /// Smoothed T1 and T2 ratio; NaN when unsampled.
    pub(crate) ratio: [f64; 2],
    /// Probability per class; NaN when unsampled.
    pub(crate) probabilities: [f64; 6],
    /// Most probable class, or [`UNSAMPLED`].
    pub(crate) stage: u8,
}

/// A phase that stays after the straddling rule.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Phase {
    /// Its stage.
    pub(crate) stage: usize,
    /// Share of the core.
    pub(crate) fraction: f64,
    /// Number of 26-connected parts among the core voxels.
    pub(crate) parts: usize,
    /// Volume of the largest part.
    pub(crate) largest_mm3: f64,
    /// Mean world position of all its core voxels.
    pub(crate) centroid_mm: Point,
    /// Share of each bleeding event, in the order of the onsets; empty without onsets.
    pub(crate) events: Vec<f64>,
}

/// Distance of the stages in a mixed signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Neighboring stages only.
    Adjacent,
    /// A stage in between is missing.
    Separated,
}

/// All numbers of one study.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// Cord signal.
    pub(crate) reference: Pair<Reference>,
    /// True where too few inner cord voxels made all candidates the reference.
    pub(crate) reference_all_candidates: Pair<bool>,
    /// Voxels of the hematoma mask.
    pub(crate) roi_voxels: usize,
    /// Those sampled in both images.
    pub(crate) sampled_voxels: usize,
    /// Volume of all ROI voxels.
    pub(crate) volume_mm3: f64,
    /// Signal of the whole.
    pub(crate) signal: Pair<Signal>,
    /// Every ROI voxel, `i` fastest.
    pub(crate) voxels: Vec<Voxel>,
    /// Number of core voxels.
    pub(crate) core_voxels: usize,
    /// The code of the finding on a core that is not enough of the inside.
    pub(crate) core_finding: Option<&'static str>,
    /// Share of the core per class.
    pub(crate) fractions: [f64; 6],
    /// Probability per class at the medians of the phases.
    pub(crate) probabilities: [f64; 6],
    /// The same with equal priors.
    pub(crate) likelihood: [f64; 6],
    /// Volume of the sampled ROI voxels per class.
    pub(crate) stage_volume_mm3: [f64; 6],
    /// Class of the whole.
    pub(crate) call: usize,
    /// Classes with a probability of at least 0.2, largest first.
    pub(crate) candidates: Vec<(usize, f64)>,
    /// True when two or more phases stay.
    pub(crate) mixed: bool,
    /// Kind of mixture, when mixed.
    pub(crate) kind: Option<Kind>,
    /// How probable it is that its ends are two or more stages apart.
    pub(crate) separated_probability: Option<f64>,
    /// True when the mixture suggests renewed bleeding.
    pub(crate) suggests_rebleed: bool,
    /// Share of sampled ROI voxels whose smoothed T2 ratio is hypo.
    pub(crate) t2_hypo_fraction: f64,
    /// Phases that stay, in stage order.
    pub(crate) phases: Vec<Phase>,
    /// True where acute and chronic look the same without an onset.
    pub(crate) acute_or_chronic: bool,
}

/// Computes all numbers of one study.
///
/// `mode` of none means trend where the candidates span at least 40 mm, else global. `smooth`
/// asks for one pass of the in-mask median. With a `scan`, stages are determined by relaxation times.
///
/// # Errors
///
/// A text when an affine has no inverse, an onset is negative or not finite, the cord mask is
/// empty, fewer than 20 reference candidates exist, the reference median is not positive, or no
/// ROI voxel is sampled in both images.
#[expect(clippy::too_many_arguments, reason = "one flat call is easiest to compare")]
pub(crate) fn stage(
    t1: &Image,
    t2: &Image,
    hematoma: &Mask,
    cord: &Mask,
    profile: &Profile,
    onsets_hours: &[f64],
    mode: Option<Mode>,
    smooth: bool,
    scan: Option<&Scan>,
) -> Result<Outcome, String> {
    check_onsets(onsets_hours)?;
    let line = CenterLine::of(cord)?;
    let models = Model::of_both([t1, t2], hematoma, cord, &line, mode)?;
    let ratios = ratio_maps([t1, t2], hematoma, &models, &line, smooth)?;
    let prior = prior_of_events(&profile.windows, onsets_hours);
    let noise = [&models[0], &models[1]].map(Model::relative_noise);
    let rule = Classes::of(profile, prior, noise, scan);
    let maps = Maps::of(hematoma, ratios, &rule);
    Ok(summarize(&models, hematoma, &maps, &rule, profile, onsets_hours))
}

/// Refuses onsets that are no time.
fn check_onsets(onsets_hours: &[f64]) -> Result<(), String> {
    match onsets_hours.iter().find(|t| !(t.is_finite() && **t >= 0.0)) {
        Some(t) => Err(format!("onset of {t} h, expected a number >= 0")),
        None => Ok(()),
    }
}

/// Smoothed ratio per contrast on the hematoma's grid; NaN outside the ROI and where unsampled.
fn ratio_maps(
    images: [&Image; 2],
    hematoma: &Mask,
    models: &[Model; 2],
    line: &CenterLine,
    smooth: bool,
) -> Result<[Array3<f64>; 2], String> {
    let mut ratios = [
        ratio_map(images[0], hematoma, &models[0], line)?,
        ratio_map(images[1], hematoma, &models[1], line)?,
    ];
    let mut any = false;
    for at in voxels_of(&hematoma.data) {
        let sampled = !ratios[0][at].is_nan() && !ratios[1][at].is_nan();
        any |= sampled;
        if !sampled {
            ratios[0][at] = f64::NAN;
            ratios[1][at] = f64::NAN;
        }
    }
    if !any {
        return Err("no hematoma voxel is sampled in both images".into());
    }
    if smooth {
        ratios = ratios.map(|ratio| smoothed(&ratio, &hematoma.affine));
    }
    Ok(ratios)
}

/// Ratio of signal to reference of one contrast at the ROI's voxel centers.
fn ratio_map(
    image: &Image,
    hematoma: &Mask,
    model: &Model,
    line: &CenterLine,
) -> Result<Array3<f64>, String> {
    let to_index = inverse(&image.affine)?;
    let mut ratio = Array3::from_elem(hematoma.data.dim(), f64::NAN);
    for at in voxels_of(&hematoma.data) {
        let world = center_of(&hematoma.affine, at);
        let signal = sample(&image.data, transform(&to_index, world));
        ratio[at] = signal / model.at(line.position(world));
    }
    Ok(ratio)
}

/// Puts the report's numbers together.
fn summarize(
    models: &[Model; 2],
    hematoma: &Mask,
    maps: &Maps,
    rule: &Classes<'_>,
    profile: &Profile,
    onsets_hours: &[f64],
) -> Outcome {
    let roi = voxels_of(&hematoma.data);
    let sampled: Vec<Index> = roi.iter().copied().filter(|&at| maps.sampled(at)).collect();
    let (core, core_finding) = core_of(hematoma, &sampled, roi.len());
    let voxel_mm3 = voxel_volume(&hematoma.affine);
    let volume_mm3 = number(roi.len()) * voxel_mm3;
    let signal = Pair {
        t1: signal_of(&maps.ratios[0], &sampled, profile.t1),
        t2: signal_of(&maps.ratios[1], &sampled, profile.t2),
    };
    let fractions = fractions_of(maps, &core);
    let counting = counting_phases(maps, &core, &hematoma.affine, volume_mm3);
    let kept = without_straddling(&counting);
    let kept_stages: Vec<usize> = kept.iter().map(|found| found.stage).collect();
    let call = final_call(&fractions, &kept_stages, signal.t1.level, profile);
    let kind = kind_of(&kept_stages);
    let probabilities = probabilities_of_whole(rule, &kept, maps, &core);
    let separated_probability = separated_probability(rule, &kept, onsets_hours);
    Outcome {
        reference: Pair { t1: models[0].reference, t2: models[1].reference },
        reference_all_candidates: Pair { t1: models[0].all, t2: models[1].all },
        roi_voxels: roi.len(),
        sampled_voxels: sampled.len(),
        volume_mm3,
        signal,
        voxels: roi.iter().map(|&at| maps.voxel(at)).collect(),
        core_voxels: core.len(),
        core_finding,
        fractions,
        candidates: candidates_of(&probabilities),
        acute_or_chronic: acute_or_chronic(&probabilities, onsets_hours),
        likelihood: likelihood_of_main_phase(rule, &kept, maps, &core),
        probabilities,
        separated_probability,
        stage_volume_mm3: counts_of(maps, &sampled).map(|count| number(count) * voxel_mm3),
        call,
        mixed: kind.is_some(),
        kind,
        suggests_rebleed: suggests_rebleed(
            &kept_stages,
            &profile.windows,
            separated_probability,
            onsets_hours,
        ),
        t2_hypo_fraction: share(&sampled, |at| maps.ratios[1][at] < profile.t2.0),
        phases: kept.iter().map(|found| found.report(&profile.windows, onsets_hours)).collect(),
    }
}
