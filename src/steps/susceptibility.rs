//! Susceptibility: how dark the hematoma is on T2*, and whether its rim is darker than its inside.
//!
//! Deoxygenated blood and hemosiderin both darken T2*: it is no clock.

use hemastage_image::{error::Result, finding::Finding, roi::Column};

use super::{
    classify::Classified,
    reference::{Ratios, Reference},
    sample::MANY_UNSAMPLED,
};
use crate::{kernel::statistics::median, vocabulary::stage::SignalLevel};

/// A voxel is dark below this ratio to the reference.
const DARK: f64 = 0.5;
/// Share of the core that is dark from which on it is worth a finding.
const BLOOMS: f64 = 0.2;
/// A rim is dark below this ratio to the inside.
const DARK_RIM: f64 = 0.6;

/// What a hematoma is like on T2*.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Susceptibility {
    /// Share of the core whose ratio to the reference is below 0.5.
    pub blooming: f64,
    /// Median ratio to the reference over the sampled voxels.
    pub median_ratio: f64,
    /// Median of the outermost layer of voxels over that of the voxels inside it; `None` without an inside.
    pub rim_ratio: Option<f64>,
    /// Whether the rim is below 0.6 of the inside, and the inside T2-hyper; `None` without an inside.
    pub dark_rim: Option<bool>,
    /// The reference.
    pub reference: Reference,
    /// Which voxels are dark; `None` where unsampled.
    pub voxels: Column<Option<bool>>,
}

/// Measures the ratios of a T2*-weighted image; the inner result is why it cannot be measured.
///
/// # Errors
/// `Parameter` when the ratios are of another region than the classified voxels.
///
/// # Reference
/// Hasan 2022: 89 % of chronic subdural hematomas are partly dark; Alemany Ripoll 2003: no age can be read from it. The limits
/// are this project's own.
pub fn susceptibility(
    ratios: &Ratios,
    classified: &Classified,
) -> Result<std::result::Result<Susceptibility, String>> {
    let (roi, values) = (classified.roi(), ratios.values());
    roi.check_same(values.roi(), "T2* ratios")?;
    let sampled = values.iter().filter(|v| !v.is_nan()).count();
    if (sampled as f64) < (1.0 - MANY_UNSAMPLED) * roi.len() as f64 {
        return Ok(Err(format!(
            "only {sampled} of {} hematoma voxels have a signal in the T2* image",
            roi.len()
        )));
    }
    let smoothed = classified.options().smoothing.of(values.clone())?;
    let voxels = smoothed.map(|&ratio| (!ratio.is_nan()).then_some(ratio < DARK));
    let of_core = voxels.iter().zip(&classified.core()[..]).filter(|&(_, &is_core)| is_core);
    let (mut dark, mut all) = (0_usize, 0_usize);
    for is_dark in of_core.filter_map(|(voxel, _)| *voxel) {
        dark += usize::from(is_dark);
        all += 1;
    }
    if all == 0 {
        return Ok(Err("no voxel of the core has a signal in the T2* image".into()));
    }
    let interior = roi.interior(roi.grid().near_axes());
    let middle = |column: &[f64], inside: bool| {
        let chosen =
            column.iter().zip(&interior).filter(|(v, is_inside)| **is_inside == inside && !v.is_nan());
        median(&chosen.map(|(&v, _)| v).collect::<Vec<_>>())
    };
    let inner = middle(values, true).filter(|&inner| inner > 0.0);
    let rim_ratio = middle(values, false).zip(inner).map(|(rim, inner)| rim / inner);
    let t2_inside = middle(&classified.ratios().t2, true);
    let criteria = classified.prior().criteria();
    let is_hyper = t2_inside.map(|ratio| criteria.t2.level(ratio) == SignalLevel::Hyper);
    Ok(Ok(Susceptibility {
        blooming: dark as f64 / all as f64,
        median_ratio: middle_of(values),
        rim_ratio,
        dark_rim: rim_ratio.zip(is_hyper).map(|(ratio, is_hyper)| ratio < DARK_RIM && is_hyper),
        reference: ratios.reference().clone(),
        voxels,
    }))
}

fn middle_of(values: &[f64]) -> f64 {
    median(&values.iter().copied().filter(|v| !v.is_nan()).collect::<Vec<_>>()).unwrap_or(0.0)
}

/// What the darkness may be, and may not.
const MEANING: &str = "hemosiderin or deoxygenated blood, which does not tell an age";

impl Susceptibility {
    /// What a reader should know.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(ratio) = self.rim_ratio.filter(|_| self.dark_rim == Some(true)) {
            let text = format!(
                "on T2* the rim has {ratio:.2} times the signal of the inside, which is T2-hyper: {MEANING}"
            );
            findings.push(Finding::info("dark_rim", text).at("t2star"));
        }
        if self.blooming >= BLOOMS {
            let text = format!("{:.0} % of the core is dark on T2*: {MEANING}", 100.0 * self.blooming);
            findings.push(Finding::info("blooming", text).at("t2star"));
        }
        findings
    }
}
