//! Findings on a study as a whole, which no single step can make.

use hemastage_image::finding::Finding;

use crate::{
    steps::{classify::Classified, reference::Tissue, sample::Samples},
    vocabulary::{
        contrast::{Contrast, PerContrast},
        criteria::Criteria,
    },
};

/// Share of a region without a signal, or with a signal of exactly 0, from which it is a warning.
const MANY_UNSAMPLED: f64 = 0.20;
const MANY_ZEROS: f64 = 0.05;
/// How near to a threshold a median ratio is close enough to say so.
const NEAR_THRESHOLD: f64 = 0.05;

/// A finding that published criteria do not apply to another tissue as they stand.
pub(super) fn not_cord(tissue: &Tissue) -> Option<Finding> {
    (*tissue != Tissue::Cord).then(|| relative_to_cord(&tissue.to_string()))
}

/// The same finding for given values.
pub(super) fn given_value() -> Finding {
    relative_to_cord("a given value")
}

fn relative_to_cord(reference: &str) -> Finding {
    Finding::warning(
        "reference_not_cord",
        format!("the reference is {reference}: published criteria are relative to the spinal cord"),
    )
    .at("reference")
}

/// Findings on the signal at the hematoma's voxels.
pub(super) fn signal_findings(signals: &PerContrast<Samples>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (contrast, signal) in signals.iter() {
        findings.extend(unsampled(signal, contrast, "hematoma"));
        let voxels = signal.signal().len();
        if signal.zeros() as f64 > MANY_ZEROS * voxels as f64 {
            let message = format!(
                "{} of {voxels} hematoma voxels are exactly 0: the empty part of an image, not blood",
                signal.zeros()
            );
            findings.push(Finding::warning("zero_signal", message).at(contrast.key()));
        }
    }
    let PerContrast { t1, t2 } = signals.as_ref().map(Samples::signal);
    let same = t1.iter().zip(&t2[..]).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
    // a flat or tiny region can be the same by chance
    let differs = t1.windows(2).any(|pair| pair[0] != pair[1] && !pair[0].is_nan() && !pair[1].is_nan());
    if same && differs {
        findings.push(Finding::warning(
            "identical_images",
            "T1 and T2 have the same signal at every voxel of the hematoma: the same image was given twice",
        ));
    }
    findings
}

/// A finding when too few voxels are sampled on both contrasts, which no single contrast shows.
pub(super) fn both_sampled(classified: &Classified) -> Option<Finding> {
    let voxels = classified.roi().len();
    let missing = voxels - classified.sampled_voxels();
    let message = format!("{missing} of {voxels} hematoma voxels are not sampled on both contrasts");
    (missing as f64 > MANY_UNSAMPLED * voxels as f64).then(|| Finding::warning("unsampled_voxels", message))
}

pub(super) fn unsampled(signal: &Samples, contrast: Contrast, region: &str) -> Option<Finding> {
    let (unsampled, voxels) = (signal.unsampled(), signal.signal().len());
    let many = unsampled as f64 > MANY_UNSAMPLED * voxels as f64;
    let message = format!("{unsampled} of {voxels} {region} voxels have no signal in the image");
    match unsampled {
        0 => None,
        _ if many => Some(Finding::warning("unsampled_voxels", message).at(contrast.key())),
        _ => Some(Finding::info("unsampled_voxels", message).at(contrast.key())),
    }
}

/// Findings on median ratios so near to a threshold that their level is uncertain.
pub(super) fn threshold_findings(classified: &Classified, criteria: &Criteria) -> Vec<Finding> {
    let thresholds = PerContrast { t1: criteria.t1, t2: criteria.t2 };
    let mut findings = Vec::new();
    for (contrast, signal) in classified.signal().iter() {
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
