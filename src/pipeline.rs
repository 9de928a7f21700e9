//! The flow as a table of contents: one call per step.

use crate::{
    classify::{Classified, ClassifyOptions, Prior, Ratios, classify},
    criteria::Criteria,
    error::Result,
    finding::Finding,
    level::{LevelOptions, LevelOutcome, Spine, Vertebrae, levels},
    phase::{PhaseOptions, phases},
    reference::{Reference, ReferenceOptions, ReferenceRegion, reference},
    report::{self, Report, StageMap},
    roi::Roi,
    sample::{Samples, sample},
    shape::{GroupSignal, ShapeInput, ShapeOptions, cord_signal, shape},
    study::{CORD, ReferenceSource, Study, VertebraeSource},
    vertebra::VertebralLevel,
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
    /// How vertebral levels are counted.
    pub level: LevelOptions,
    /// How the shape is measured.
    pub shape: ShapeOptions,
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
            level: LevelOptions::default(),
            shape: ShapeOptions::default(),
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

    let Referenced { tissue, references, region, t2_signal } = references(study, options, &mut findings)?;
    let line = region.map(ReferenceRegion::centre_line);
    let ratios: [Ratios; 2] = std::array::from_fn(|c| Ratios {
        values: references[c].ratios(roi, &signals[c], line),
        noise: references[c].relative_noise(),
    });

    let prior = Prior::new(criteria, &study.onsets);
    let classified = classify(roi, &ratios[0], &ratios[1], criteria, &prior, &options.classify)?;
    findings.extend(both_sampled(&classified, roi));
    findings.extend(classified.findings.iter().cloned());
    findings.extend(threshold_findings(&classified, criteria));

    let phases = phases(roi, &classified, criteria, &prior, &study.onsets, &options.phase);
    findings.extend(phases.findings.iter().cloned());

    let cord = region.filter(|_| tissue == CORD);
    let levels = vertebral_levels(study, cord, &classified, options, &mut findings)?;
    let shape = shape(&shape_input(study, cord), &options.shape);
    let spine = levels.as_ref().and_then(|(_, found)| Some(&found.levels()?.spine));
    let cord_t2 =
        cord.zip(spine).map(|(cord, spine)| cord_signal_by_level(cord, spine, &references[1], &t2_signal));

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
        levels: levels.as_ref().map(|(scheme, found)| (*scheme, found)),
        shape: &shape,
        cord_t2: cord_t2.as_deref(),
        findings,
    });
    Ok(Staged { report, stage_map: StageMap::new(study.map_header.clone(), roi.clone(), &classified) })
}

/// The reference of both contrasts, with its tissue and its region where it is measured.
struct Referenced<'a> {
    tissue: &'a str,
    references: [Reference; 2],
    region: Option<&'a ReferenceRegion>,
    /// T2 signal at the region's voxels.
    t2_signal: Samples,
}

fn references<'a>(
    study: &'a Study,
    options: &StageOptions,
    findings: &mut Vec<Finding>,
) -> Result<Referenced<'a>> {
    let (tissue, region) = match &study.reference {
        ReferenceSource::Tissue { name, region } => (name.as_str(), region),
        ReferenceSource::Given { t1, t2 } => {
            findings.push(not_cord("a given value"));
            let references = [t1.as_ref().clone(), t2.as_ref().clone()];
            let t2_signal = Samples { values: Vec::new(), unsampled: 0, zeros: 0 };
            return Ok(Referenced { tissue: "given value", references, region: None, t2_signal });
        }
    };
    if tissue != CORD {
        findings.push(not_cord(tissue));
    }
    let signals = [sample(&study.t1, region.roi()), sample(&study.t2, region.roi())];
    let mut of = |signal: &Samples, contrast: &str| -> Result<Reference> {
        findings.extend(unsampled(signal, contrast, "reference"));
        let found = reference(region, signal, &options.reference).map_err(|error| error.at(contrast))?;
        findings.extend(found.findings.iter().cloned().map(|finding| finding.at(contrast)));
        Ok(found)
    };
    let references = [of(&signals[0], "t1")?, of(&signals[1], "t2")?];
    let [_, t2_signal] = signals;
    Ok(Referenced { tissue, references, region: Some(region), t2_signal })
}

/// The levels by the vertebrae given, with the name of their numbering; none without vertebrae.
fn vertebral_levels<'a>(
    study: &'a Study,
    cord: Option<&ReferenceRegion>,
    classified: &Classified,
    options: &StageOptions,
    findings: &mut Vec<Finding>,
) -> Result<Option<(&'a str, LevelOutcome)>> {
    let Some(source) = &study.vertebrae else { return Ok(None) };
    let (name, mut vertebrae) = match source {
        VertebraeSource::Map { map, scheme } => (scheme.name.as_str(), Vertebrae::from_map(map, scheme)),
        VertebraeSource::Landmarks(landmarks) => ("landmarks", Vertebrae::from_landmarks(landmarks)),
    };
    if let Some(canal) = study.canal.as_ref().or(cord.map(ReferenceRegion::roi)) {
        vertebrae = vertebrae.with_canal(canal);
    }
    let found = levels(&study.hematoma, &vertebrae, &classified.stages, &options.level)
        .map_err(|error| error.at("vertebrae"))?;
    let odd = match &found {
        LevelOutcome::Found(levels) => &levels.findings,
        LevelOutcome::Unknown { findings, .. } => findings,
    };
    findings.extend(odd.iter().cloned().map(|finding| finding.at("levels")));
    Ok(Some((name, found)))
}

fn shape_input<'a>(study: &'a Study, cord: Option<&'a ReferenceRegion>) -> ShapeInput<'a> {
    let mut input = ShapeInput::new(&study.hematoma);
    if let Some(cord) = cord {
        input = input.with_cord(cord.roi());
    }
    if let Some(canal) = &study.canal {
        input = input.with_canal(canal);
    }
    if study.oriented { input } else { input.unoriented() }
}

/// The T2 ratio of the inner cord, without hematoma, at each vertebral level.
fn cord_signal_by_level(
    cord: &ReferenceRegion,
    spine: &Spine,
    reference: &Reference,
    signal: &Samples,
) -> Vec<GroupSignal<VertebralLevel>> {
    let ratios = reference.ratios(cord.roi(), signal, Some(cord.centre_line()));
    let level = |(voxel, counts): ([usize; 3], bool)| {
        counts.then(|| spine.place(cord.roi().grid().centre(voxel)).level).flatten()
    };
    let groups: Vec<_> = cord.roi().voxels().zip(cord.inner()).map(level).collect();
    cord_signal(&ratios, &groups)
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
fn both_sampled(classified: &Classified, roi: &Roi) -> Option<Finding> {
    let missing = roi.len() - classified.sampled_voxels;
    let message = format!("{missing} of {} hematoma voxels are not sampled on both contrasts", roi.len());
    (missing as f64 > ODD_UNSAMPLED * roi.len() as f64).then(|| Finding::warning("unsampled_voxels", message))
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
fn threshold_findings(classified: &Classified, criteria: &Criteria) -> Vec<Finding> {
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
