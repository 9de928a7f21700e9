//! Enhancement: what contrast agent does to the T1 signal of the hematoma, and where.
//!
//! The rise of each voxel is the ratio after contrast agent over that before it, less 1, with the shift between both
//! images undone: half a millimeter that stays unnoticed makes borders look as if they took up the agent.

mod points;
mod rim;
mod shift;

use std::fmt;

use hemastage_image::{
    error::Result,
    finding::Finding,
    roi::{Column, Roi},
    volume::Volume,
};
use serde::{Deserialize, Serialize};

use self::rim::rim;
pub(crate) use self::shift::REACH_MM;
pub use self::shift::Shift;
use crate::{
    kernel::statistics::median,
    steps::{
        classify::Smoothing,
        reference::{Reference, ReferenceOptions, ReferenceRegion, reference},
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
/// Shares of the inner voxels, and of the rim's, from which on a class is given (own choices; none is published).
const DIFFUSE: f64 = 0.5;
const CENTRAL: f64 = 0.1;
const RIM: f64 = 0.3;
/// Inner voxels without which rim and center cannot be separated.
const MIN_INNER: usize = 20;
/// Median rise below which the image after contrast agent is that before it: whatever takes agent up gets brighter.
const MAX_FALL: f64 = -0.2;
/// Ratio on T1 above which contrast agent adds too little to see.
const BRIGHT: f64 = 1.5;

/// Where contrast agent is taken up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EnhancementClass {
    /// Nowhere, or in few voxels.
    None,
    /// In the rim.
    Rim,
    /// In a part of the inside.
    Central,
    /// In at least half of the inside.
    Diffuse,
}

impl EnhancementClass {
    /// All classes.
    pub const ALL: [Self; 4] = [Self::None, Self::Rim, Self::Central, Self::Diffuse];

    /// The name in reports.
    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Rim => "rim",
            Self::Central => "central",
            Self::Diffuse => "diffuse",
        }
    }
}

impl fmt::Display for EnhancementClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

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

/// Measures enhancement; the inner result is why it cannot be measured.
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
    hematoma: &Roi,
    region: &ReferenceRegion,
    options: &EnhancementOptions,
) -> Result<std::result::Result<Enhancement, String>> {
    options.check()?;
    let shift = match Shift::find(before, after, hematoma) {
        Ok(shift) => shift,
        Err(reason) => return Ok(Err(reason.into())),
    };
    let measured = |image: &Volume, by: [f64; 3]| {
        let found =
            reference(region, Contrast::T1, &sample_moved(image, region.roi(), by), &options.reference)?;
        // both images at the same points, blurred alike whatever their grids
        let ratios = found.ratios(&sample_around(image, hematoma, by));
        Ok::<_, hemastage_image::Error>((found, ratios.values().clone()))
    };
    let (before, after) = rayon::join(|| measured(before, [0.0; 3]), || measured(after, shift.vector));
    let ((of_before, before), (of_after, after)) = (before?, after?);
    let rises = before
        .zip_map(&after, |before, after| if *before > 0.0 { after / before - 1.0 } else { f64::NAN })?;
    let sampled = rises.iter().filter(|rise| !rise.is_nan()).count();
    if (sampled as f64) < (1.0 - MANY_UNSAMPLED) * hematoma.len() as f64 {
        return Ok(Err(format!(
            "only {sampled} of {} hematoma voxels have a signal in both T1 images",
            hematoma.len()
        )));
    }
    let (rises, before) = (options.smoothing.of(rises)?, options.smoothing.of(before)?);
    let noise = of_before.relative_noise().max(MIN_NOISE);
    let voxels = rises.zip_map(&before, |&rise, &ratio| {
        (!rise.is_nan()).then(|| rise > MIN_RISE.max(MIN_SIGMA * noise / ratio))
    })?;
    Ok(Ok(summary(voxels, &rises, &before, of_after, shift)))
}

/// The shares and the class of voxels.
fn summary(
    voxels: Column<Option<bool>>,
    rises: &[f64],
    ratios: &[f64],
    reference: Reference,
    shift: Shift,
) -> Enhancement {
    let rim = rim(voxels.roi());
    let mut counts = [[0_usize; 2]; 2];
    for (&voxel, &is_rim) in voxels.iter().zip(&rim) {
        if let Some(enhances) = voxel {
            let [enhancing, all] = &mut counts[usize::from(is_rim)];
            *enhancing += usize::from(enhances);
            *all += 1;
        }
    }
    let share = |[enhancing, all]: [usize; 2]| (all > 0).then(|| enhancing as f64 / all as f64);
    let [inner, of_rim] = counts;
    let numbers = |values: &[f64]| -> Vec<f64> { values.iter().copied().filter(|v| !v.is_nan()).collect() };
    Enhancement {
        class: class(share(inner).filter(|_| inner[1] >= MIN_INNER), share(of_rim)),
        share: share([inner[0] + of_rim[0], inner[1] + of_rim[1]]).unwrap_or(0.0),
        rim_share: share(of_rim),
        inner_share: share(inner),
        rim_voxels: of_rim[1],
        inner_voxels: inner[1],
        median_rise: median(&numbers(rises)).unwrap_or(0.0),
        median_ratio: median(&numbers(ratios)).unwrap_or(0.0),
        reference,
        shift,
        voxels,
    }
}

/// The class by the shares of the inner voxels and of the rim's.
fn class(inner: Option<f64>, rim: Option<f64>) -> std::result::Result<EnhancementClass, &'static str> {
    Ok(match (inner, rim) {
        (None, _) => {
            return Err(
                "fewer than 20 voxels lie inside the rim of 1.5 mm: it cannot be separated from the center",
            );
        }
        (Some(inner), _) if inner >= DIFFUSE => EnhancementClass::Diffuse,
        (Some(inner), _) if inner >= CENTRAL => EnhancementClass::Central,
        (_, Some(rim)) if rim >= RIM => EnhancementClass::Rim,
        _ => EnhancementClass::None,
    })
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
        let finding = match self.class.ok()? {
            EnhancementClass::Diffuse => Finding::warning(
                "enhances_whole",
                format!(
                    "contrast agent is taken up in {inner} of the inside and {rim} of the rim: a hematoma does so at its rim or not at all, a tumor as a whole (source review)"
                ),
            ),
            EnhancementClass::Central => Finding::warning(
                "enhances_centrally",
                format!(
                    "contrast agent is taken up in {inner} of the inside: possibly active bleeding, a vessel or septa (Chang 2005)"
                ),
            ),
            EnhancementClass::None if self.median_ratio > BRIGHT => Finding::info(
                "enhancement_hidden",
                format!(
                    "before contrast agent the hematoma is {:.1} times as bright as the cord on T1, where the agent adds little: that no enhancement is seen excludes none",
                    self.median_ratio
                ),
            ),
            EnhancementClass::None | EnhancementClass::Rim => return None,
        };
        Some(finding.at("t1_post"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inside_is_looked_at_before_the_rim() {
        use EnhancementClass::{Central, Diffuse, None, Rim};
        for (inner, rim, expected) in [
            (0.5, 0.0, Diffuse),
            (0.49, 1.0, Central),
            (0.1, 0.0, Central),
            (0.09, 0.3, Rim),
            (0.09, 0.29, None),
            (0.0, 0.0, None),
        ] {
            assert_eq!(class(Some(inner), Some(rim)), Ok(expected), "{inner} {rim}");
        }
        assert!(class(Option::None, Some(1.0)).is_err());
        for class in EnhancementClass::ALL {
            assert_eq!(serde_json::to_value(class).unwrap(), class.key());
        }
    }
}
