//! The flow as a table of contents: one call per step.

use crate::{
    classify::{ClassifyOptions, Prior, Ratios, classify},
    criteria::Criteria,
    error::Result,
    finding::Finding,
    phase::{PhaseOptions, phases},
    reference::{CentreLine, Reference, ReferenceOptions, reference},
    report::{self, Report, StageMap},
    sample::{Samples, sample},
    study::{CORD, ReferenceSource, Study},
    volume::Volume,
};

/// Share of a region without a signal, or with a signal of exactly 0, that is worth a warning.
const ODD_UNSAMPLED: f64 = 0.20;
const ODD_ZEROS: f64 = 0.05;
/// How near to a threshold a median ratio is close enough to say so.
const NEAR_THRESHOLD: f64 = 0.05;

/// Choices for [`stage`], one set per step.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StageOptions {
    /// The criteria profile.
    pub criteria: Criteria,
    /// How the reference is measured.
    pub reference: ReferenceOptions,
    /// How voxels are classified.
    pub classify: ClassifyOptions,
    /// What makes a phase.
    pub phase: PhaseOptions,
}

impl Default for StageOptions {
    fn default() -> Self {
        Self::new(Criteria::default())
    }
}

impl StageOptions {
    /// The defaults of every step, with this profile.
    pub fn new(criteria: Criteria) -> Self {
        Self {
            criteria,
            reference: ReferenceOptions::default(),
            classify: ClassifyOptions::default(),
            phase: PhaseOptions::default(),
        }
    }

    /// Sets how the reference is measured.
    pub fn with_reference(mut self, reference: ReferenceOptions) -> Self {
        self.reference = reference;
        self
    }

    /// Sets how voxels are classified.
    pub fn with_classify(mut self, classify: ClassifyOptions) -> Self {
        self.classify = classify;
        self
    }
}

/// A staged study.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Staged {
    /// Everything found.
    pub report: Report,
    /// The stage of each voxel.
    pub stage_map: StageMap,
}

/// Stages a hematoma: samples both images, measures the reference, classifies each voxel, finds the
/// phases and writes it all down.
///
/// # Errors
/// `Geometry` when masks and images do not overlap, `Malformed` when the reference is too small or
/// has no signal.
pub fn stage(study: &Study, options: &StageOptions) -> Result<Staged> {
    let roi = &study.hematoma;
    let criteria = &options.criteria;
    let mut findings = study.findings.clone();

    let signals = [sample(&study.t1, roi), sample(&study.t2, roi)];
    findings.extend(signal_findings(&signals));

    let (tissue, references, line) = references(study, options, &mut findings)?;
    let ratios: [Ratios; 2] = std::array::from_fn(|c| Ratios {
        values: references[c].ratios(roi, &signals[c], line),
        noise: references[c].relative_noise(),
    });

    let prior = Prior::new(criteria, &study.onsets);
    let classified = classify(roi, &ratios[0], &ratios[1], criteria, &prior, &options.classify)?;
    findings.extend(classified.findings.iter().cloned());
    findings.extend(threshold_findings(&classified, criteria));

    let phases = phases(roi, &classified, criteria, &prior, &study.onsets, &options.phase);
    findings.extend(phases.findings.iter().cloned());

    let report = report::build(report::Results {
        inputs: study.inputs.clone(),
        criteria,
        onsets: &study.onsets,
        oriented: study.oriented,
        tissue,
        references: [&references[0], &references[1]],
        hematoma: roi,
        classified: &classified,
        phases: &phases,
        findings,
    });
    Ok(Staged { report, stage_map: StageMap::new(study.map_header.clone(), roi.clone(), &classified) })
}

/// The reference of both contrasts, its tissue and the line that a trend follows.
fn references<'a>(
    study: &'a Study,
    options: &StageOptions,
    findings: &mut Vec<Finding>,
) -> Result<(&'a str, [Reference; 2], Option<&'a CentreLine>)> {
    let (name, region) = match &study.reference {
        ReferenceSource::Tissue { name, region } => (name.as_str(), region),
        ReferenceSource::Given { t1, t2 } => {
            findings.push(not_cord("a given value"));
            return Ok(("given value", [t1.as_ref().clone(), t2.as_ref().clone()], None));
        }
    };
    if name != CORD {
        findings.push(not_cord(name));
    }
    let mut of = |image: &Volume, contrast: &str| -> Result<Reference> {
        let signal = sample(image, region.roi());
        findings.extend(unsampled(&signal, contrast, "reference"));
        let found = reference(region, &signal, &options.reference).map_err(|error| error.at(contrast))?;
        findings.extend(found.findings.iter().cloned().map(|finding| finding.at(contrast)));
        Ok(found)
    };
    let both = [of(&study.t1, "t1")?, of(&study.t2, "t2")?];
    Ok((name, both, Some(region.centre_line())))
}

fn not_cord(reference: &str) -> Finding {
    Finding::warning(
        "reference_not_cord",
        format!("the reference is {reference}: published criteria are relative to the spinal cord"),
    )
    .at("reference")
}

/// Findings on the signal at the hematoma's voxels.
fn signal_findings(signals: &[Samples; 2]) -> Vec<Finding> {
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
    if alike {
        findings.push(Finding::warning(
            "identical_images",
            "T1 and T2 have the same signal at every voxel of the hematoma: the same image was given twice",
        ));
    }
    findings
}

fn unsampled(signal: &Samples, contrast: &str, region: &str) -> Option<Finding> {
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
fn threshold_findings(classified: &crate::classify::Classified, criteria: &Criteria) -> Vec<Finding> {
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
