//! Findings on classified voxels.

use hemastage_image::finding::Finding;

use super::SignalSummary;
use crate::{
    steps::sample::MANY_UNSAMPLED,
    vocabulary::{contrast::PerContrast, criteria::Criteria},
};

/// How near to a threshold a median ratio is close enough to say so.
pub(crate) const NEAR_THRESHOLD: f64 = 0.05;

/// A finding when too few voxels are sampled on both contrasts, which no single contrast shows.
pub(super) fn both_sampled(voxels: usize, sampled: usize) -> Option<Finding> {
    let missing = voxels - sampled;
    let message = format!("{missing} of {voxels} hematoma voxels are not sampled on both contrasts");
    (missing as f64 > MANY_UNSAMPLED * voxels as f64).then(|| Finding::warning("unsampled_voxels", message))
}

/// Findings on median ratios so near to a threshold that their level is uncertain.
pub(super) fn near_threshold(signal: &PerContrast<SignalSummary>, criteria: &Criteria) -> Vec<Finding> {
    let thresholds = PerContrast { t1: criteria.t1, t2: criteria.t2 };
    let mut findings = Vec::new();
    for (contrast, signal) in signal.iter() {
        let (median, thresholds) = (signal.median, thresholds[contrast]);
        for edge in [thresholds.hypo_below, thresholds.hyper_above] {
            if (median - edge).abs() <= NEAR_THRESHOLD {
                let message = format!(
                    "the median ratio {median:.2} is within {NEAR_THRESHOLD} of the threshold {edge}"
                );
                findings.push(Finding::info("near_threshold", message).at(contrast.key()));
            }
        }
    }
    findings
}
