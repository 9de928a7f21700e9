//! The reference signal that "iso", "hypo" and "hyper" are relative to, and the ratio to it.
//!
//! [`references()`] measures it in a mask of the cord on both images, with its trend along the cord; [`Reference::ratios`]
//! divides a hematoma's signal by it.

mod bins;
mod center_line;
mod constant;
mod measure;
mod process;
mod ratios;
mod region;
mod tissue;
mod trend;

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    finding::Finding,
    roi::{Column, Roi},
    word,
};
use serde::{Deserialize, Serialize};

pub(crate) use self::process::spread_beyond;
pub use self::{
    center_line::CenterLine,
    measure::{reference, references},
    ratios::Ratios,
    region::ReferenceRegion,
    tissue::{Tissue, TissueName},
    trend::{Trend, TrendModel, TrendRun},
};
use self::{center_line::MAX_LENGTH_MM, ratios::finite};
use crate::steps::sample::Samples;

/// Voxels without which there is no reference.
const MIN_VOXELS: usize = 20;

/// How the reference follows the cord.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReferenceMode {
    /// One value that changes slowly along the cord.
    Trend,
    /// One value, the median.
    Global,
    /// A value given by the caller.
    Given,
}

impl ReferenceMode {
    /// The three modes.
    pub const ALL: [Self; 3] = [Self::Trend, Self::Global, Self::Given];

    /// The name in reports: `trend`, `global` or `given`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Trend => "trend",
            Self::Global => "global",
            Self::Given => "given",
        }
    }
}

impl fmt::Display for ReferenceMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trend => "trend along the tissue",
            Self::Global => "one value",
            Self::Given => "given value",
        })
    }
}

impl FromStr for ReferenceMode {
    type Err = hemastage_image::Error;

    /// Reads a key.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("reference mode", &Self::ALL, Self::key, text)
    }
}

/// Choices for [`references()`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ReferenceOptions {
    /// `Trend` or `Global`; `None` chooses `Trend` where the reference spans at least 40 mm.
    pub mode: Option<ReferenceMode>,
}

impl ReferenceOptions {
    /// Sets the mode.
    pub fn with_mode(mut self, mode: ReferenceMode) -> Self {
        self.mode = Some(mode);
        self
    }

    /// Refuses what makes no sense.
    ///
    /// # Errors
    /// `Parameter` for the mode `Given`, which is a value's and not a mask's.
    pub fn check(&self) -> Result<()> {
        if self.mode == Some(ReferenceMode::Given) { Err(ReferenceError::GivenMode.into()) } else { Ok(()) }
    }
}

/// The reference signal of one contrast.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// `None` for a given value.
    tissue: Option<Tissue>,
    mode: ReferenceMode,
    median: f64,
    spread: Option<f64>,
    voxels: Option<usize>,
    trend: Option<Trend>,
    /// What positions along the trend are measured on.
    line: Option<CenterLine>,
    findings: Vec<Finding>,
}

impl Reference {
    /// A value the caller knows, with its spread if known.
    ///
    /// # Errors
    /// When the value is not positive or the spread negative.
    pub fn given(value: f64, spread: Option<f64>) -> Result<Self> {
        if !(value.is_finite() && value > 0.0 && spread.is_none_or(|s| (s / value).is_finite() && s >= 0.0)) {
            return Err(ReferenceError::Given { value, spread: spread.unwrap_or(0.0) }.into());
        }
        Ok(Self {
            tissue: None,
            mode: ReferenceMode::Given,
            median: value,
            spread,
            voxels: None,
            trend: None,
            line: None,
            findings: Vec::new(),
        })
    }

    /// The tissue that it was measured in; `None` for a given value.
    pub fn tissue(&self) -> Option<&Tissue> {
        self.tissue.as_ref()
    }

    /// How it follows the cord.
    pub fn mode(&self) -> ReferenceMode {
        self.mode
    }

    /// Median signal of the voxels used.
    pub fn median(&self) -> f64 {
        self.median
    }

    /// Robust SD (1.4826 x median absolute deviation); in trend mode that of signal / trend outside of what stands out of
    /// it, times the median. `None` when the caller gave a value without one.
    pub fn spread(&self) -> Option<f64> {
        self.spread
    }

    /// Voxels used; `None` for a given value.
    pub fn voxels(&self) -> Option<usize> {
        self.voxels
    }

    /// The trend along the cord, in trend mode.
    pub fn trend(&self) -> Option<&Trend> {
        self.trend.as_ref()
    }

    /// The line that positions along the trend are measured on, in trend mode.
    pub(crate) fn center_line(&self) -> Option<&CenterLine> {
        self.line.as_ref()
    }

    /// What may change how far the reference can be trusted.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether the image has hardly more than one value there, so that every ratio to it says nothing.
    pub(crate) fn is_flat(&self) -> bool {
        self.findings.iter().any(|finding| finding.code == "reference_flat")
    }

    /// Largest over smallest reference along the cord; `None` where no trend was fitted.
    pub fn drift(&self) -> Option<f64> {
        self.trend.as_ref().map(Trend::drift)
    }

    /// Spread / median: the noise of a ratio.
    pub fn relative_noise(&self) -> f64 {
        self.spread.unwrap_or(0.0) / self.median
    }

    /// The reference signal at each voxel of a region; NaN where it is not measured, as beyond the part of the cord that is
    /// wide enough to have inner voxels.
    pub(crate) fn along(&self, roi: &Roi) -> Vec<f64> {
        match (&self.trend, &self.line) {
            (Some(trend), Some(line)) => {
                line.positions_mm(roi).iter().map(|&at| trend.measured_at(at)).collect()
            }
            _ => vec![self.median; roi.len()],
        }
    }

    /// Signal / reference per voxel, at the voxel's position along the cord in trend mode; NaN where unsampled.
    pub fn ratios(&self, signal: &Samples) -> Ratios {
        self.ratios_at(signal, None)
    }

    /// The same at positions along the cord, of the same region, where they are known.
    pub(crate) fn ratios_at(&self, signal: &Samples, positions_mm: Option<&Column<f64>>) -> Ratios {
        let signal = signal.signal();
        let values = match (&self.trend, &self.line) {
            (Some(trend), Some(line)) => {
                let found = positions_mm.is_none().then(|| line.positions_mm(signal.roi()));
                let positions = positions_mm.or(found.as_ref());
                signal.par_map(|n, &v| {
                    let position = positions.and_then(|positions| positions.get(n));
                    position.map_or(f64::NAN, |&at| finite(v / trend.at(at)))
                })
            }
            _ => signal.par_map(|_, &v| finite(v / self.median)),
        };
        Ratios::of_finite(values, self.clone())
    }
}

#[derive(Debug, thiserror::Error)]
enum ReferenceError {
    #[error(
        "the reference mask has no finite signal in the image: it lies outside, or the image holds no numbers there; check that both are of the same study"
    )]
    Outside,
    #[error(
        "only {found} of the reference mask's {mask} voxels lie in the image and outside the hematoma{}: expected {MIN_VOXELS} or more", without_padding(*zeros)
    )]
    TooFew { found: usize, mask: usize, zeros: usize },
    #[error(
        "the hematoma's mask covers {blood} of the reference mask's {mask} voxels, so that {found} are left: expected {MIN_VOXELS} or more; look at the hematoma's mask, which may be that of the cord or the canal, or too large"
    )]
    Covered { blood: usize, mask: usize, found: usize },
    #[error(
        "the reference's median signal is {median}: expected more than 0, so check the mask and the image, which has an offset if tissue is below 0"
    )]
    NotPositive { median: f64 },
    #[error(
        "the reference mask is {length:.0} mm long: expected at most {MAX_LENGTH_MM} mm, so check the voxel sizes"
    )]
    TooLong { length: f64 },
    #[error("the mode `given` is for values, not for a mask: choose trend or global")]
    GivenMode,
    #[error("the tissue has no name: expected a word, such as `muscle`")]
    NoTissue,
    #[error(
        "the given reference is {value} with a spread of {spread}: expected a value above 0 and a spread of 0 or more"
    )]
    Given { value: f64, spread: f64 },
}

impl ReferenceError {
    /// Too few voxels are left of a mask, `blood` of which are hematoma: the mask that is to blame is the one that took more.
    fn too_few(found: usize, mask: usize, blood: usize, zeros: usize) -> Self {
        if blood >= MIN_VOXELS && 2 * blood > mask {
            Self::Covered { blood, mask, found }
        } else {
            Self::TooFew { found, mask, zeros }
        }
    }
}

/// What else is wrong where few voxels are left.
fn without_padding(zeros: usize) -> String {
    if zeros == 0 { String::new() } else { format!(" ({zeros} are exactly 0, the empty part of an image)") }
}

impl Detail for ReferenceError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Outside | Self::TooLong { .. } => ErrorKind::Geometry,
            Self::Given { .. } | Self::GivenMode | Self::NoTissue => ErrorKind::Parameter,
            Self::TooFew { .. } | Self::Covered { .. } | Self::NotPositive { .. } => ErrorKind::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_read_by_its_key_in_reports() {
        for mode in ReferenceMode::ALL {
            assert_eq!(serde_json::to_value(mode).unwrap(), mode.key());
            assert_eq!(mode.key().parse::<ReferenceMode>().unwrap(), mode);
        }
    }
}
