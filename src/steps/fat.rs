//! Fat: which voxels of the hematoma's mask are fat, by what an image without fat loses against the T1.

use std::fmt;

use hemastage_image::{error::Result, finding::Finding, roi::Column};
use serde::{Deserialize, Serialize};

use super::{
    reference::Ratios,
    sample::{MANY_UNSAMPLED, Samples},
};

/// A voxel is fat if it loses this share of its signal, ...
const MIN_LOST: f64 = 0.5;
/// ... and this much of it, in units of the reference (own choice: fat has 2 or more), ...
const MIN_LOST_SIGNAL: f64 = 0.4;
/// ... and that many standard deviations of the difference of two ratios.
const MIN_SIGMA: f64 = 4.0 * std::f64::consts::SQRT_2;
/// A voxel that loses the signal of the whole reference is half fat or more, and none that shares its fat with the next.
const MOSTLY: f64 = 1.0;
/// Share of the hematoma from which on such voxels are worth a finding.
const MANY: f64 = 0.05;

/// What an image shows of fat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FatImage {
    /// T1 with suppressed fat.
    Suppressed,
    /// The water of a Dixon sequence, whose T1 is the image in phase.
    Water,
    /// The fat of a Dixon sequence, whose T1 is the image in phase.
    Fat,
}

impl FatImage {
    /// The name in reports.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Suppressed => "suppressed",
            Self::Water => "water",
            Self::Fat => "fat",
        }
    }

    /// What the name of a file says, such as `t1_fs.nii.gz`, `t1_dixon_W.nii` or `t1-fat.nii.gz`; `None` where it says
    /// nothing, or more than one thing.
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let words: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
        let has = |known: &[&str]| words.iter().any(|word| known.contains(word));
        let suppressed = has(&["fs", "fatsat", "fatsup", "spir", "spair", "sat", "suppressed"])
            || words.iter().any(|word| word.ends_with("fs"));
        let (water, fat) = (has(&["w", "water"]), has(&["f", "fat"]));
        match (suppressed, water, fat) {
            (true, false, _) => Some(Self::Suppressed),
            (false, true, false) => Some(Self::Water),
            (false, false, true) => Some(Self::Fat),
            _ => None,
        }
    }
}

impl fmt::Display for FatImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Suppressed => "T1 with suppressed fat",
            Self::Water => "water image",
            Self::Fat => "fat image",
        })
    }
}

/// The fat in the mask of a hematoma.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Fat {
    /// Share of the sampled voxels that are fat.
    pub share: f64,
    /// Share of those that are half fat or more.
    pub mostly_share: f64,
    /// Whether each voxel is fat; false where unsampled.
    pub voxels: Column<bool>,
    /// The image that it was measured on.
    pub image: FatImage,
}

/// The share of its signal that each voxel loses in an image without fat, by the [quotient](Samples::over) of that image and
/// the T1, relative to its reference.
pub fn lost_share(quotient: &Ratios) -> Column<f64> {
    quotient.values().map(|left| 1.0 - left)
}

/// The share of the signal in phase that the fat image of the same scan has.
///
/// # Errors
/// `Parameter` when the signals are of different regions.
pub fn fat_share(t1: &Samples, fat: &Samples) -> Result<Column<f64>> {
    t1.signal().zip_map(fat.signal(), |t1, fat| fat / t1)
}

/// Finds fat by the share of each voxel's signal that is fat's; the inner result is why it cannot be measured.
///
/// # Errors
/// `Parameter` when ratios and shares are of different regions.
pub fn fat(t1: &Ratios, shares: &Column<f64>, image: FatImage) -> Result<std::result::Result<Fat, String>> {
    let least = MIN_LOST_SIGNAL.max(MIN_SIGMA * t1.noise());
    let (mut sampled, mut mostly) = (0_usize, 0_usize);
    let voxels = t1.values().zip_map(shares, |&ratio, &share| {
        sampled += usize::from(!(ratio.is_nan() || share.is_nan()));
        let is_fat = share > MIN_LOST && share * ratio > least;
        mostly += usize::from(is_fat && share * ratio > MOSTLY);
        is_fat
    })?;
    let all = voxels.len();
    if (sampled as f64) < (1.0 - MANY_UNSAMPLED) * all as f64 {
        return Ok(Err(format!(
            "only {sampled} of {all} hematoma voxels have a signal in T1 and in the {image}"
        )));
    }
    let of = |n: usize| n as f64 / sampled as f64;
    let share = of(voxels.iter().filter(|&&is_fat| is_fat).count());
    Ok(Ok(Fat { share, mostly_share: of(mostly), voxels, image }))
}

impl Fat {
    /// A finding when much of the mask is fat, not only shares voxels with it.
    pub(crate) fn finding(&self) -> Option<Finding> {
        let message = format!(
            "{:.0} % of the hematoma's mask is fat, by the {}: these voxels were left out of the core; draw the mask closer",
            100.0 * self.share,
            self.image
        );
        (self.mostly_share > MANY).then(|| Finding::warning("fat_in_mask", message).at("t1_fs"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_an_image_shows() {
        for (name, expected) in [
            ("t1_fs.nii.gz", Some(FatImage::Suppressed)),
            ("T1-TSE-FatSat.nii", Some(FatImage::Suppressed)),
            ("t1_fat_sat.nii", Some(FatImage::Suppressed)),
            ("sagT1FS.nii.gz", Some(FatImage::Suppressed)),
            ("t1_dixon_W.nii.gz", Some(FatImage::Water)),
            ("t1_water.nrrd", Some(FatImage::Water)),
            ("t1_F.nii", Some(FatImage::Fat)),
            ("t1-fat.mha", Some(FatImage::Fat)),
            ("fat_and_water.nii", None),
            ("t1_2.nii.gz", None),
            ("fatima.nii.gz", None),
        ] {
            assert_eq!(FatImage::of_name(name), expected, "{name}");
        }
    }
}
