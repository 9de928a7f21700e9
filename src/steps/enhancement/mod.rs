//! Enhancement: what contrast agent does to the T1 signal of the hematoma, and where.
//!
//! The rise of each voxel is the ratio after contrast agent over that before it, less 1, with the shift between both
//! images undone: half a millimeter that stays unnoticed makes borders look as if they took up the agent. It is measured as
//! the quotient of both images relative to that of the cord, so that the trends of the two along the cord need not agree.

mod class;
mod points;
mod rim;
mod shift;

use hemastage_image::{error::Result, finding::Finding, roi::Column, volume::Volume};

use self::class::{Depths, Rises, TOO_THIN};
pub(crate) use self::shift::REACH_MM;
pub use self::{class::EnhancementClass, shift::Shift};
use crate::{
    kernel::statistics::median,
    steps::{
        classify::{Classified, Smoothing},
        reference::{Reference, ReferenceMode, ReferenceOptions, ReferenceRegion, reference},
        sample::{MANY_UNSAMPLED, sample_around, sample_moved},
    },
    vocabulary::contrast::Contrast,
};

/// A voxel takes up contrast agent if its signal rises by this share, ...
const MIN_RISE: f64 = 0.25;
/// ... and by that many standard deviations of the difference of two ratios with the noise of one.
const MIN_SIGMA: f64 = 2.0 * std::f64::consts::SQRT_2;
/// Noise of a ratio that stays where the reference shows less.
const MIN_NOISE: f64 = 0.02;
/// Median rise below which the image after contrast agent is that before it: whatever takes agent up gets brighter.
const MAX_FALL: f64 = -0.2;
/// Ratio on T1 above which contrast agent adds too little to see.
const BRIGHT: f64 = 1.5;

/// What contrast agent does to the signal of a hematoma.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Enhancement {
    /// Where it is taken up, or why rim and center cannot be separated.
    pub class: std::result::Result<EnhancementClass, &'static str>,
    /// Share of the sampled voxels that take it up.
    pub share: f64,
    /// Share of the rim's voxels; `None` if none is sampled.
    pub rim_share: Option<f64>,
    /// Share of the inner voxels; `None` if none is sampled.
    pub inner_share: Option<f64>,
    /// Share of the inner voxels that take it up of themselves: more than what spills over from the rim into them; `None` if
    /// none is sampled.
    pub center_share: Option<f64>,
    /// Median rise of the voxels of the outermost layer that take it up; `None` if none does.
    pub rim_rise: Option<f64>,
    /// Sampled voxels of the rim.
    pub rim_voxels: usize,
    /// Sampled voxels inside it.
    pub inner_voxels: usize,
    /// Median rise of the signal over the sampled voxels: 0.5 is one and a half times as bright.
    pub median_rise: f64,
    /// Median ratio to the reference before contrast agent.
    pub median_ratio: f64,
    /// The reference after contrast agent.
    pub reference: Reference,
    /// How far the second image lies off the first, which was undone.
    pub shift: Shift,
    /// Which voxels take it up; `None` where unsampled.
    pub voxels: Column<Option<bool>>,
}

/// Choices for [`enhancement`].
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct EnhancementOptions {
    /// How the references are measured.
    pub reference: ReferenceOptions,
    /// Whether rises are smoothed.
    pub smoothing: Smoothing,
}

impl EnhancementOptions {
    /// Sets how the references are measured.
    pub fn with_reference(mut self, reference: ReferenceOptions) -> Self {
        self.reference = reference;
        self
    }

    /// Sets the smoothing.
    pub fn with_smoothing(mut self, smoothing: Smoothing) -> Self {
        self.smoothing = smoothing;
        self
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// As [`ReferenceOptions::check`].
    pub fn check(&self) -> Result<()> {
        self.reference.check()
    }
}

/// Measures enhancement; the inner result is why it cannot be measured. The hematoma, and its T1 before contrast agent, are
/// those of the classified voxels.
///
/// # Errors
/// `Parameter` when an option makes no sense; what [`reference()`] says of an image without the reference.
///
/// # Reference
/// Chang 2005 (enhancement in 6 of 20 spinal epidural hematomas, of the rim or central). The thresholds are this
/// project's own.
pub fn enhancement(
    before: &Volume,
    after: &Volume,
    classified: &Classified,
    region: &ReferenceRegion,
    options: &EnhancementOptions,
) -> Result<std::result::Result<Enhancement, String>> {
    enhancement_at((before, after), classified, region, options, None)
}

/// The same with the hematoma's positions along the reference, where they are known.
pub(crate) fn enhancement_at(
    (before, after): (&Volume, &Volume),
    classified: &Classified,
    region: &ReferenceRegion,
    options: &EnhancementOptions,
    positions_mm: Option<&Column<f64>>,
) -> Result<std::result::Result<Enhancement, String>> {
    options.check()?;
    let hematoma = classified.roi();
    let shift = match Shift::find(before, after, hematoma) {
        Ok(shift) => shift,
        Err(reason) => return Ok(Err(reason.into())),
    };
    let (of_blood, of_tissue) = rayon::join(
        // both images at the same points, blurred alike whatever their grids
        || sample_around(after, hematoma, shift.vector).over(&sample_around(before, hematoma, [0.0; 3])),
        || {
            let after = sample_moved(after, region.roi(), shift.vector);
            let found = after.over(&sample_moved(before, region.roi(), [0.0; 3]))?;
            let of_quotient = reference(region, Contrast::T1, &found, &options.reference)?;
            let options = options.reference.clone().with_mode(ReferenceMode::Global);
            Ok::<_, hemastage_image::Error>((of_quotient, reference(region, Contrast::T1, &after, &options)?))
        },
    );
    let (of_blood, (of_quotient, reference)) = (of_blood?, of_tissue?);
    let rises = of_quotient.ratios_at(&of_blood, positions_mm).values().map(|ratio| ratio - 1.0);
    let sampled = rises.iter().filter(|rise| !rise.is_nan()).count();
    if (sampled as f64) < (1.0 - MANY_UNSAMPLED) * hematoma.len() as f64 {
        return Ok(Err(format!(
            "only {sampled} of {} hematoma voxels have a signal in both T1 images",
            hematoma.len()
        )));
    }
    let (rises, before_agent) = (options.smoothing.of(rises)?, &classified.ratios().t1);
    let noise = classified.references().t1.relative_noise().max(MIN_NOISE);
    let voxels = rises.zip_map(before_agent, |&rise, &ratio| {
        (!rise.is_nan()).then(|| rise > MIN_RISE.max(MIN_SIGMA * noise / ratio))
    })?;
    let depths = Depths::new(hematoma, [before, after].map(Volume::grid));
    let found = Rises { voxels: &voxels, rises: &rises }.of(&depths);
    Ok(Ok(Enhancement {
        class: found.class(),
        share: found.share,
        rim_share: found.rim.share(),
        inner_share: found.inner.share(),
        center_share: found.center.share(),
        rim_rise: found.rim_rise,
        rim_voxels: found.rim.all,
        inner_voxels: found.inner.all,
        median_rise: median_of(&rises),
        median_ratio: median_of(before_agent),
        reference,
        shift,
        voxels,
    }))
}

fn median_of(values: &[f64]) -> f64 {
    median(&values.iter().copied().filter(|v| !v.is_nan()).collect::<Vec<_>>()).unwrap_or(0.0)
}

impl Enhancement {
    /// What a reader should think of.
    pub(crate) fn finding(&self) -> Option<Finding> {
        let percent = |share: Option<f64>| format!("{:.0} %", 100.0 * share.unwrap_or(0.0));
        let (inner, rim) = (percent(self.inner_share), percent(self.rim_share));
        if self.median_rise < MAX_FALL {
            let message = format!(
                "the hematoma is {:.0} % darker after contrast agent (median), which brightens what takes it up: the two T1 images look as if each was given in the other's place, so check which file is which",
                -100.0 * self.median_rise
            );
            return Some(Finding::warning("t1_post_darker", message).at("t1_post"));
        }
        let finding = match self.class {
            Ok(EnhancementClass::Diffuse) => Finding::warning(
                "enhances_whole",
                format!(
                    "contrast agent is taken up in {inner} of the inside and {rim} of the rim: a hematoma does so at its rim or not at all, a tumor as a whole (source review)"
                ),
            ),
            Ok(EnhancementClass::Central) => Finding::warning(
                "enhances_centrally",
                format!(
                    "contrast agent is taken up in {} of the inside, by more than spills over from the rim: possibly active bleeding, a vessel or septa (Chang 2005)",
                    percent(self.center_share)
                ),
            ),
            Ok(EnhancementClass::None) if self.median_ratio > BRIGHT => Finding::info(
                "enhancement_hidden",
                format!(
                    "before contrast agent the hematoma is {:.1} times as bright as the cord on T1, where the agent adds little: that no enhancement is seen excludes none",
                    self.median_ratio
                ),
            ),
            Err(TOO_THIN) => Finding::info(
                "enhances_unclearly",
                format!(
                    "contrast agent is taken up in {} of the hematoma, which is too thin to separate its rim from its center: look at the panel",
                    percent(Some(self.share))
                ),
            ),
            _ => return None,
        };
        Some(finding.at("t1_post"))
    }
}
