//! How the volume changed, and whether more than its outline is uncertain.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::visit::Visit;
use crate::vocabulary::round::rounded;

/// 95 % of a normal distribution lie within this number of standard deviations.
const Z: f64 = 1.96;

const HOURS_PER_DAY: f64 = 24.0;
const MM3_PER_ML: f64 = 1000.0;

/// Absorbed in part from this share on.
const PARTIAL: f64 = 0.5;

/// The reason for what needs a surface.
pub(super) const NO_SURFACE: &str =
    "a report does not give the surface of its hematoma: stage that study again";

/// What a change of volume is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum VolumeWord {
    /// Certainly smaller.
    Smaller,
    /// Not certainly another.
    Stable,
    /// Certainly larger.
    Larger,
}

impl VolumeWord {
    /// The name in reports: `smaller`, `stable` or `larger`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Smaller => "smaller",
            Self::Stable => "stable",
            Self::Larger => "larger",
        }
    }
}

/// The change of the volume.
///
/// The standard deviation of a volume is that of an outline which lies a quarter of a voxel off everywhere: a quarter of the
/// smallest spacing times the surface. This is the project's own choice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct VolumeChange {
    /// The later volume less the earlier.
    pub difference_mm3: f64,
    /// Its standard deviation.
    pub sigma_mm3: Option<f64>,
    /// Its 95 % interval.
    pub interval_mm3: Option<[f64; 2]>,
    /// The difference in percent of the earlier volume; null when that is 0.
    pub percent: Option<f64>,
    /// The difference in mL per day; null unless it is certain and the times are known.
    pub per_day: Option<f64>,
    /// Whether the difference is more than the outlines explain.
    pub certain: Option<bool>,
    /// `smaller`, `stable` or `larger`, by that.
    pub word: Option<VolumeWord>,
}

/// The share of the earlier volume that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Absorbed {
    /// The share; negative where the hematoma grew.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// Whether half or more is gone.
    pub partial: bool,
}

impl VolumeChange {
    pub(super) fn new(earlier: &Visit, later: &Visit, hours: Option<f64>) -> Self {
        let (before, after) = (earlier.volume_mm3(), later.volume_mm3());
        let difference = after - before;
        let sigma = earlier.sigma_mm3().zip(later.sigma_mm3()).map(|(a, b)| libm::hypot(a, b));
        let certain = sigma.map(|sigma| difference.abs() > Z * sigma);
        let word = certain.map(|certain| match certain {
            false => VolumeWord::Stable,
            true if difference < 0.0 => VolumeWord::Smaller,
            true => VolumeWord::Larger,
        });
        let per_day = hours
            .filter(|_| certain == Some(true))
            .map(|hours| rounded(difference / MM3_PER_ML / (hours / HOURS_PER_DAY)));
        Self {
            difference_mm3: rounded(difference),
            sigma_mm3: sigma.map(rounded),
            interval_mm3: sigma.map(|sigma| around(difference, sigma)),
            percent: (before > 0.0).then(|| rounded(100.0 * difference / before)),
            per_day,
            certain,
            word,
        }
    }
}

impl Absorbed {
    /// `None` when there was nothing to absorb.
    pub(super) fn new(earlier: &Visit, later: &Visit) -> Option<Self> {
        let (before, after) = (earlier.volume_mm3(), later.volume_mm3());
        if before <= 0.0 {
            return None;
        }
        let value = 1.0 - after / before;
        let sigma = earlier.sigma_mm3().zip(later.sigma_mm3()).map(|(s1, s2)| {
            // a part of the larger volume's outline only, where nothing is left
            let relative = if after > 0.0 { libm::hypot(s1 / before, s2 / after) } else { 0.0 };
            after / before * relative
        });
        let interval = sigma.map(|sigma| around(value, sigma));
        Some(Self { value: rounded(value), interval, partial: value >= PARTIAL })
    }
}

fn around(value: f64, sigma: f64) -> [f64; 2] {
    [value - Z * sigma, value + Z * sigma].map(rounded)
}
