//! Findings on a study as a whole, which no single step can make.

use hemastage_image::{finding::Finding, roi::Roi};

use crate::{
    steps::{classify::Classified, sample::Samples},
    vocabulary::criteria::Criteria,
};

/// Share of a region without a signal, or with a signal of exactly 0, that is worth a warning.
const ODD_UNSAMPLED: f64 = 0.20;
const ODD_ZEROS: f64 = 0.05;
/// How near to a threshold a median ratio is close enough to say so.
const NEAR_THRESHOLD: f64 = 0.05;

/// Says that the published criteria do not apply as they stand.
pub(super) fn not_cord(reference: &str) -> Finding {
    Finding::warning(
        "reference_not_cord",
        format!("the reference is {reference}: published criteria are relative to the spinal cord"),
    )
    .at("reference")
}

/// Findings on the signal at the hematoma's voxels.
pub(super) fn signal_findings(signals: &[Samples; 2]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (contrast, signal) in ["t1", "t2"].into_iter().zip(signals) {
        findings.extend(unsampled(signal, contrast, "hematoma"));
        let voxels = signal.values.len();
        if signal.zeros as f64 > ODD_ZEROS * voxels as f64 {
            findings.push(
                Finding::warning(
                    "zero_signal",
                    format!(
                        "{} of {voxels} hematoma voxels are exactly 0: the empty part of an image, not blood",
                        signal.zeros
                    ),
                )
                .at(contrast),
            );
        }
    }
    let [t1, t2] = signals;
    let alike = t1.values.iter().zip(&t2.values).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()));
    // a flat or tiny region can be alike by chance
    let differs =
        t1.values.windows(2).any(|pair| pair[0] != pair[1] && !pair[0].is_nan() && !pair[1].is_nan());
    if alike && differs {
        findings.push(Finding::warning(
            "identical_images",
            "T1 and T2 have the same signal at every voxel of the hematoma: the same image was given twice",
        ));
    }
    findings
}

/// Says when too few voxels are sampled on both contrasts, which no single contrast shows.
pub(super) fn both_sampled(classified: &Classified, roi: &Roi) -> Option<Finding> {
    let missing = roi.len() - classified.sampled_voxels;
    let message = format!("{missing} of {} hematoma voxels are not sampled on both contrasts", roi.len());
    (missing as f64 > ODD_UNSAMPLED * roi.len() as f64).then(|| Finding::warning("unsampled_voxels", message))
}

pub(super) fn unsampled(signal: &Samples, contrast: &str, region: &str) -> Option<Finding> {
    let voxels = signal.values.len();
    let many = signal.unsampled as f64 > ODD_UNSAMPLED * voxels as f64;
    let message = format!("{} of {voxels} {region} voxels have no signal in the image", signal.unsampled);
    match signal.unsampled {
        0 => None,
        _ if many => Some(Finding::warning("unsampled_voxels", message).at(contrast)),
        _ => Some(Finding::info("unsampled_voxels", message).at(contrast)),
    }
}

/// Says when a median ratio is so near to a threshold that its level is not sure.
pub(super) fn threshold_findings(classified: &Classified, criteria: &Criteria) -> Vec<Finding> {
    let contrasts =
        [("t1", classified.t1_signal.median, criteria.t1), ("t2", classified.t2_signal.median, criteria.t2)];
    let mut findings = Vec::new();
    for (contrast, median, thresholds) in contrasts {
        for edge in [thresholds.hypo_below, thresholds.hyper_above] {
            if (median - edge).abs() <= NEAR_THRESHOLD {
                let message = format!(
                    "the median ratio {median:.2} is within {NEAR_THRESHOLD} of the threshold {edge}"
                );
                findings.push(Finding::info("near_threshold", message).at(contrast));
            }
        }
    }
    findings
}
