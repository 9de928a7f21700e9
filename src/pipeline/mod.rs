//! The flow as a table of contents: one call per step.

mod cautions;
mod fluid;
pub mod reading;
mod sequence;
mod threads;

use hemastage_image::{error::Result, finding::Finding, roi::Roi};

pub use self::threads::on_threads;
use self::{
    cautions::{both_sampled, not_cord, signal_findings, threshold_findings, unsampled},
    fluid::fluid_finding,
    sequence::{WRONG_IMAGE, field_strength, sequence_findings},
};
use crate::{
    report::{self, Report, StageMap},
    steps::{
        classify::{Classified, ClassifyOptions, Prior, Ratios, classify},
        level::{LevelOptions, LevelOutcome, Spine, levels},
        phase::{PhaseOptions, Phases, phases},
        reference::{Reference, ReferenceRegion, ReferenceSettings, reference},
        sample::{Samples, sample},
        shape::{GroupSignal, Section, ShapeInput, ShapeOptions, cord_signal, shape},
    },
    study::{CORD, ReferenceSource, Study, VertebraeSource},
    vocabulary::{criteria::Criteria, vertebra::VertebralLevel},
};

/// Choices for [`stage`], one set per step.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct StageOptions {
    /// The criteria profile.
    pub criteria: Criteria,
    /// How the reference is measured.
    pub reference: ReferenceSettings,
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
            reference: ReferenceSettings::default(),
            classify: ClassifyOptions::default(),
            phase: PhaseOptions::default(),
            level: LevelOptions::default(),
            shape: ShapeOptions::default(),
        }
    }

    /// Sets how the reference is measured.
    pub fn with_reference(mut self, reference: ReferenceSettings) -> Self {
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
    /// The curve down the vertebrae, where levels are known.
    pub spine: Option<Spine>,
    /// The plane across the cord where the hematoma is thickest, where its sides are known.
    pub section: Option<Section>,
}

/// Stages a hematoma: samples both images, measures the reference, classifies each voxel, finds the
/// phases and writes it all down.
///
/// # Errors
/// `Geometry` when masks and images do not overlap, `Malformed` when the reference is too small or
/// has no signal.
pub fn stage(study: &Study, options: &StageOptions) -> Result<Staged> {
    // the shape is a matter of the masks alone, so it is measured beside all that the images say
    let by_masks = || shape(&shape_input(study, cord(study)), &options.shape);
    let (shape, read) = rayon::join(by_masks, || read(study, options));
    let Read { tissue, references, classified, phases, levels, cord_t2, findings } = read?;
    let roi = &study.hematoma;
    let spine = levels.as_ref().and_then(|(_, found)| Some(&found.levels()?.spine));
    let report = report::build(report::Results {
        inputs: study.inputs.clone(),
        criteria: &options.criteria,
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
    let stage_map = StageMap::new(study.map_header.clone(), roi.clone(), &classified);
    Ok(Staged { report, stage_map, spine: spine.cloned(), section: shape.section })
}

/// What the images say, step by step.
struct Read<'a> {
    tissue: &'a str,
    references: [Reference; 2],
    classified: Classified,
    phases: Phases,
    levels: Option<(&'a str, LevelOutcome)>,
    cord_t2: Option<Vec<GroupSignal<VertebralLevel>>>,
    findings: Vec<Finding>,
}

fn read<'a>(study: &'a Study, options: &StageOptions) -> Result<Read<'a>> {
    let roi = &study.hematoma;
    let criteria = &options.criteria;
    let mut findings = study.findings.clone();

    findings.extend(sequence_findings(&study.acquisitions));
    let signals: [Samples; 2] = rayon::join(|| sample(&study.t1, roi), || sample(&study.t2, roi)).into();
    findings.extend(signal_findings(&signals));

    let Referenced { tissue, references, region, t2_signal } = references(study, options, &mut findings)?;
    let cord = cord(study);
    // what the header has said the signal need not repeat
    if !findings.iter().any(|finding| WRONG_IMAGE.contains(&finding.code.as_str())) {
        findings.extend(cord.and_then(|cord| fluid_finding(study, cord, &references)));
    }
    let [t1, t2] = ratios(roi, &signals, &references, region);
    drop(signals);

    let prior = Prior::new(criteria, &study.onsets);
    let classified = classify(roi, t1, t2, criteria, &prior, &options.classify)?;
    findings.extend(both_sampled(&classified, roi));
    findings.extend(classified.findings.iter().cloned());
    findings.extend(threshold_findings(&classified, criteria));

    let (phases, levels) = rayon::join(
        || phases(roi, &classified, criteria, &prior, &study.onsets, &options.phase),
        || vertebral_levels(study, cord, &classified, options),
    );
    findings.extend(phases.findings.iter().cloned());
    findings.extend(field_strength(&study.acquisitions, phases.call, &study.onsets));
    let levels = levels?;
    findings.extend(levels.as_ref().map(|(_, found)| level_findings(found)).into_iter().flatten());

    let spine = levels.as_ref().and_then(|(_, found)| Some(&found.levels()?.spine));
    let cord_t2 =
        cord.zip(spine).map(|(cord, spine)| cord_signal_by_level(cord, spine, &references[1], &t2_signal));
    Ok(Read { tissue, references, classified, phases, levels, cord_t2, findings })
}

/// The reference mask, where it is the cord.
fn cord(study: &Study) -> Option<&ReferenceRegion> {
    match &study.reference {
        ReferenceSource::Tissue { name, region } => Some(&**region).filter(|_| name == CORD),
        ReferenceSource::Given { .. } => None,
    }
}

/// The ratios of both contrasts to their reference, at positions along the cord that are found once.
fn ratios(
    roi: &Roi,
    signals: &[Samples; 2],
    references: &[Reference; 2],
    region: Option<&ReferenceRegion>,
) -> [Ratios; 2] {
    let follows = references.iter().any(|reference| reference.trend.is_some());
    let positions = region.filter(|_| follows).map(|region| region.center_line().positions_mm(roi));
    let of = |contrast: usize| {
        let reference: &Reference = &references[contrast];
        let values = reference.ratios_at(&signals[contrast].values, positions.as_deref());
        Ratios { values, noise: reference.relative_noise() }
    };
    rayon::join(|| of(0), || of(1)).into()
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
    let of = |image| {
        let signal = sample(image, region.roi());
        let found = reference(region, &signal, &options.reference);
        (signal, found)
    };
    let mut note = |signal: &Samples, found: Result<Reference>, contrast: &str| -> Result<Reference> {
        findings.extend(unsampled(signal, contrast, "reference"));
        let found = found.map_err(|error| error.at(contrast))?;
        findings.extend(found.findings.iter().cloned().map(|finding| finding.at(contrast)));
        Ok(found)
    };
    let ((t1_signal, t1), (t2_signal, t2)) = rayon::join(|| of(&study.t1), || of(&study.t2));
    let references = [note(&t1_signal, t1, "t1")?, note(&t2_signal, t2, "t2")?];
    Ok(Referenced { tissue, references, region: Some(region), t2_signal })
}

/// The levels by the vertebrae given, with the name of their numbering; none without vertebrae.
fn vertebral_levels<'a>(
    study: &'a Study,
    cord: Option<&ReferenceRegion>,
    classified: &Classified,
    options: &StageOptions,
) -> Result<Option<(&'a str, LevelOutcome)>> {
    let Some(source) = &study.vertebrae else { return Ok(None) };
    let name = match source {
        VertebraeSource::Map { scheme, .. } => scheme.name.as_str(),
        VertebraeSource::Landmarks(_) => "landmarks",
    };
    if !study.oriented {
        let reason = "files without orientation do not tell head from feet nor front from back".into();
        return Ok(Some((name, LevelOutcome::Unknown { reason, findings: Vec::new() })));
    }
    let vertebrae = source.vertebrae(study.canal.as_ref().or(cord.map(ReferenceRegion::roi)));
    let found = levels(&study.hematoma, &vertebrae, &classified.stages, &options.level)
        .map_err(|error| error.at("vertebrae"))?;
    Ok(Some((name, found)))
}

fn level_findings(found: &LevelOutcome) -> impl Iterator<Item = Finding> + '_ {
    let odd = match found {
        LevelOutcome::Found(levels) => &levels.findings,
        LevelOutcome::Unknown { findings, .. } => findings,
    };
    odd.iter().cloned().map(|finding| finding.at("levels"))
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
    let ratios = reference.ratios_at(&signal.values, Some(cord.positions_mm()));
    let levels = spine.levels_of(cord.roi()).into_iter().zip(cord.inner());
    let groups: Vec<_> = levels.map(|(level, counts)| level.filter(|_| counts)).collect();
    cord_signal(&ratios, &groups)
}
