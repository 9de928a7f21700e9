//! The stage of each voxel by its ratios, and the core's totals.
//!
//! [`classify`] smooths the ratios and turns them into stages: by the states of blood of a profile in the study's own
//! sequences or by its table of signal levels, and by the [prior](Prior) of the onsets. [`StageModel`] is the same for one
//! pair of ratios.

mod core;
mod findings;
mod model;
mod pattern;
mod prior;
mod relaxation;
mod smooth;

use std::sync::Arc;

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    finding::Finding,
    roi::{Column, Roi},
};
use serde::{Deserialize, Serialize};

use self::model::no_states;
use self::{
    core::{core, few_slices},
    findings::{both_sampled, near_threshold},
    smooth::smooth,
};
pub(crate) use self::{findings::NEAR_THRESHOLD, model::WordModel, prior::stages_at};
pub use self::{
    model::{Model, StageModel},
    pattern::{level_probabilities, most_likely},
    prior::Prior,
    relaxation::Expected,
    smooth::Smoothing,
};
pub use crate::steps::reference::Ratios;
use crate::{
    kernel::{
        paired::Paired,
        staging::stages,
        statistics::{median_and_tenths, numbers},
    },
    steps::reference::Reference,
    vocabulary::{
        contrast::{Contrast, PerContrast},
        criteria::{Criteria, Thresholds},
        per_stage::PerStage,
        protocol::Protocol,
        stage::{SignalLevel, Stage},
    },
};

/// Choices for [`classify`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ClassifyOptions {
    /// Whether ratios are smoothed first.
    pub smoothing: Smoothing,
    /// The model that determines the stages; `None`: relaxation times, if the profile lists states of blood, else by its table.
    pub model: Option<Model>,
}

impl ClassifyOptions {
    /// Sets the model that determines the stages.
    pub fn with_model(mut self, model: Model) -> Self {
        self.model = Some(model);
        self
    }

    /// The model used with this profile.
    ///
    /// # Errors
    /// `Parameter` when relaxation times are asked of a profile without states of blood.
    pub fn model_for(&self, criteria: &Criteria) -> Result<Model> {
        match self.model {
            Some(Model::Relaxation) if criteria.blood.is_none() => Err(no_states(criteria)),
            Some(model) => Ok(model),
            None => Ok(Model::of(criteria)),
        }
    }

    /// Sets the smoothing.
    pub fn with_smoothing(mut self, smoothing: Smoothing) -> Self {
        self.smoothing = smoothing;
        self
    }
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

/// What each voxel shows, and the core's totals. It keeps what it was made with: references, prior and model.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    references: PerContrast<Reference>,
    prior: Prior,
    protocol: Protocol,
    options: ClassifyOptions,
    model: StageModel,
    /// The same in clones and in what follows from them, another in the result of another call.
    origin: Arc<()>,
    ratios: PerContrast<Column<f64>>,
    stages: Column<Option<Stage>>,
    core: Column<bool>,
    sampled_voxels: usize,
    core_voxels: usize,
    signal: PerContrast<SignalSummary>,
    t2_hypo_fraction: f64,
    fractions: PerStage<f64>,
    volume_mm3: PerStage<f64>,
    findings: Vec<Finding>,
}

impl Classified {
    /// The hematoma.
    pub fn roi(&self) -> &Roi {
        self.stages.roi()
    }

    /// What the ratios are relative to.
    pub fn references(&self) -> &PerContrast<Reference> {
        &self.references
    }

    /// The prior, with its profile and onsets.
    pub fn prior(&self) -> &Prior {
        &self.prior
    }

    /// The sequences of the images, as far as they are known.
    pub fn protocol(&self) -> &Protocol {
        &self.protocol
    }

    /// The choices that it was made with.
    pub fn options(&self) -> &ClassifyOptions {
        &self.options
    }

    /// The probability of each class for any pair of ratios.
    pub fn model(&self) -> &StageModel {
        &self.model
    }

    /// What tells results of this call of [`classify`] from those of another.
    pub(crate) fn origin(&self) -> &Arc<()> {
        &self.origin
    }

    /// Smoothed ratio per voxel; NaN where the voxel is not sampled on both contrasts.
    pub fn ratios(&self) -> &PerContrast<Column<f64>> {
        &self.ratios
    }

    /// The stage per voxel; `None` where unsampled.
    pub fn stages(&self) -> &Column<Option<Stage>> {
        &self.stages
    }

    /// Whether the voxel is of the core.
    pub fn core(&self) -> &Column<bool> {
        &self.core
    }

    /// Voxels sampled on both contrasts.
    pub fn sampled_voxels(&self) -> usize {
        self.sampled_voxels
    }

    /// Voxels of the core.
    pub fn core_voxels(&self) -> usize {
        self.core_voxels
    }

    /// The smoothed ratios over the sampled voxels.
    pub fn signal(&self) -> &PerContrast<SignalSummary> {
        &self.signal
    }

    /// Share of the sampled voxels that are T2-hypo.
    pub fn t2_hypo_fraction(&self) -> f64 {
        self.t2_hypo_fraction
    }

    /// Share of the core per class.
    pub fn fractions(&self) -> &PerStage<f64> {
        &self.fractions
    }

    /// Volume of the sampled voxels per class.
    pub fn volume_mm3(&self) -> &PerStage<f64> {
        &self.volume_mm3
    }

    /// What may change how far the numbers can be trusted.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The probability of each class per voxel; NaN where unsampled.
    pub fn voxel_probabilities(&self) -> Column<PerStage<f32>> {
        let PerContrast { t1, t2 } = &self.ratios;
        let of_ratios = self.model.tabulated();
        t1.par_map(|n, &t1| match t2.get(n) {
            Some(&t2) if !t1.is_nan() => of_ratios(t1, t2).map(|p| p as f32),
            _ => PerStage::from([f32::NAN; 6]),
        })
    }
}

/// Classifies the voxels of a region by their ratios and the prior's profile.
///
/// # Errors
/// `Parameter` when the ratios belong to different regions or relaxation times are asked of a profile without states of
/// blood, `Geometry` when no voxel is sampled on both contrasts.
///
/// # Reference
/// States of blood, patterns, weights and windows are the profile's, each with its source there.
pub fn classify(
    t1: Ratios,
    t2: Ratios,
    prior: &Prior,
    protocol: &Protocol,
    options: &ClassifyOptions,
) -> Result<Classified> {
    classify_but(t1, t2, prior, protocol, options, None)
}

/// The same with voxels that may not be of the core: those that are no blood.
///
/// # Errors
/// As [`classify`]; `Parameter` when the voxels are those of another region.
pub fn classify_but(
    t1: Ratios,
    t2: Ratios,
    prior: &Prior,
    protocol: &Protocol,
    options: &ClassifyOptions,
    no_blood: Option<&Column<bool>>,
) -> Result<Classified> {
    t1.values().roi().check_same(t2.values().roi(), "T2 ratios")?;
    let criteria = prior.criteria();
    let noise = PerContrast { t1: t1.noise(), t2: t2.noise() };
    let model = StageModel::new(prior, options.model_for(criteria)?, protocol, noise)?;
    let roi = t1.values().roi().clone();
    let ((t1, t1_reference), (t2, t2_reference)) = (t1.into_parts(), t2.into_parts());
    let (mut t1, mut t2) = (t1.into_values(), t2.into_values());
    let sampled = Paired::keep(&mut t1, &mut t2);
    if sampled.voxels == 0 {
        return Err(ClassifyError::NoOverlap { voxels: roi.len() }.into());
    }
    let mut findings = Vec::from_iter(both_sampled(roi.len(), sampled.voxels));
    findings.extend(few_slices(&roi));
    let blood = no_blood.map(|no_blood| blood(&roi, &t1, no_blood)).transpose()?.flatten();
    let (core, smoothed) = rayon::join(
        || match &blood {
            Some((ratios, voxels)) => core(&roi, ratios, *voxels, &mut findings),
            None => core(&roi, &t1, sampled.voxels, &mut findings),
        },
        || match options.smoothing {
            Smoothing::Median => Some(rayon::join(|| smooth(&roi, &t1), || smooth(&roi, &t2))),
            Smoothing::None => None,
        },
    );
    let (t1, t2) = smoothed.unwrap_or((t1, t2));
    let voxel_model = model.for_voxels(sampled.voxels, sampled.ranges, criteria.t2.hypo_below);
    let ((stages, totals), (t1_signal, t2_signal)) = rayon::join(
        || stages(&voxel_model, [&t1, &t2], &core),
        || {
            // the median of infinite ratios may be NaN
            let numbers = |ratios: &[f64]| match options.smoothing {
                Smoothing::Median => numbers(ratios),
                Smoothing::None => sampled.voxels,
            };
            let summarize = |ratios: &[f64], thresholds| summarize(ratios, numbers(ratios), thresholds);
            rayon::join(|| summarize(&t1, criteria.t1), || summarize(&t2, criteria.t2))
        },
    );
    let signal = PerContrast { t1: t1_signal, t2: t2_signal };
    findings.extend(near_threshold(&signal, criteria));
    Ok(Classified {
        references: PerContrast { t1: t1_reference, t2: t2_reference },
        prior: prior.clone(),
        protocol: *protocol,
        options: options.clone(),
        model,
        origin: Arc::default(),
        sampled_voxels: sampled.voxels,
        core_voxels: totals.core_voxels(),
        signal,
        t2_hypo_fraction: totals.t2_hypo as f64 / sampled.voxels as f64,
        fractions: totals.fractions().into(),
        volume_mm3: totals.sampled.map(|voxels| voxels as f64 * roi.grid().voxel_mm3()).into(),
        ratios: PerContrast { t1: Column::new(&roi, t1)?, t2: Column::new(&roi, t2)? },
        stages: Column::new(&roi, stages)?,
        core: Column::new(&roi, core)?,
        findings,
    })
}

/// The ratios with NaN where there is no blood, and the number of the others; `None` where nothing is left or left out.
fn blood(roi: &Roi, ratios: &[f64], no_blood: &Column<bool>) -> Result<Option<(Vec<f64>, usize)>> {
    roi.check_same(no_blood.roi(), "voxels without blood")?;
    let of = |(&ratio, &is_none): (&f64, &bool)| if is_none { f64::NAN } else { ratio };
    let ratios: Vec<f64> = ratios.iter().zip(&no_blood[..]).map(of).collect();
    let left = ratios.iter().filter(|ratio| !ratio.is_nan()).count();
    let is_changed = no_blood.iter().any(|&is_none| is_none);
    Ok((is_changed && left > 0).then_some((ratios, left)))
}

fn summarize(ratios: &[f64], numbers: usize, thresholds: Thresholds) -> SignalSummary {
    // classify has checked that there is a value
    let [p10, median, p90] = median_and_tenths(ratios, numbers).unwrap_or([f64::NAN; 3]);
    SignalSummary { median, p10, p90, level: thresholds.level(median) }
}

#[derive(Debug, thiserror::Error)]
enum ClassifyError {
    #[error(
        "none of the hematoma's {voxels} voxels has a finite signal in both images: check that the mask and the images are of the same study"
    )]
    NoOverlap { voxels: usize },
    #[error(
        "the noise of the {contrast} ratios is {noise}: expected a number of 0 or more, the spread / median of the reference"
    )]
    Noise { contrast: Contrast, noise: f64 },
    #[error(
        "the criteria profile `{name}` lists no states of blood: choose the model `pattern`, or give it `[cord]` and `[[state]]`s as in `spinal`"
    )]
    NoStates { name: String },
}

impl Detail for ClassifyError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoOverlap { .. } => ErrorKind::Geometry,
            Self::Noise { .. } | Self::NoStates { .. } => ErrorKind::Parameter,
        }
    }
}
