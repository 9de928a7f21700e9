//! The flow as a table of contents: one call per step.

mod cautions;
mod fluid;
mod options;
pub mod reading;
mod sequence;
mod threads;

use hemastage_image::{error::Result, finding::Finding, roi::Column};

use self::{
    cautions::{both_sampled, not_cord, signal_findings, threshold_findings, unsampled},
    fluid::fluid_finding,
    sequence::{WRONG_IMAGE, field_strength, sequence_findings},
};
pub use self::{
    options::{Keep, StageOptions},
    threads::on_threads,
};
use crate::{
    report::{Report, StageMap, StepResults},
    steps::{
        classify::{Classified, Prior, Ratios, StageModel, classify},
        level::{LevelOutcome, Spine, levels},
        phase::{Phases, phases},
        reference::{Reference, ReferenceRegion, reference},
        sample::{Samples, sample},
        shape::{GroupSignal, Section, Shape, ShapeInput, cord_signal, shape},
    },
    study::{Study, StudyReference},
    vocabulary::{
        contrast::{Contrast, PerContrast},
        per_stage::PerStage,
        vertebra::VertebralLevel,
    },
};

/// A staged study.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Staged {
    /// Everything found.
    pub report: Report,
    /// The stage of each voxel.
    pub stage_map: StageMap,
    /// The phases and the call.
    pub phases: Phases,
    /// The vertebral levels, where vertebrae were given.
    pub levels: Option<LevelOutcome>,
    /// The shape.
    pub shape: Shape,
    /// Ratios, stages and core per voxel, where [`Keep`] asks for them.
    pub classified: Option<Classified>,
    /// The probability of each class per voxel, NaN where unsampled, where [`Keep`] asks for it.
    pub probabilities: Option<Column<PerStage<f32>>>,
}

impl Staged {
    /// The curve down the vertebrae, where levels are known.
    pub fn spine(&self) -> Option<&Spine> {
        self.levels.as_ref().and_then(spine)
    }

    /// The plane across the cord where the hematoma is thickest, where its sides are known.
    pub fn section(&self) -> Option<&Section> {
        self.shape.section.as_ref()
    }
}

/// Stages a hematoma: samples both images, measures the reference, classifies each voxel, finds the
/// phases and writes it all down.
///
/// # Errors
/// `Parameter` when an option makes no sense, `Geometry` when masks and images do not overlap, `Malformed` when the
/// reference is too small or has no signal.
pub fn stage(study: &Study, options: &StageOptions) -> Result<Staged> {
    options.check()?;
    // the shape depends on the masks alone, so it is measured in parallel to all that the images say
    let (shape, signal) =
        rayon::join(|| shape(&shape_input(study), &options.shape), || signal(study, options));
    let shape = shape?;
    let Signal { references, classified, phases, levels, cord_t2, probabilities, findings } = signal?;
    let mut results = StepResults::new(&options.criteria, references.as_ref(), &classified, &phases, &shape)
        .with_onsets(&study.onsets)
        .with_inputs(&study.inputs)
        .with_findings(findings);
    if let Some(tissue) = study.tissue() {
        results = results.with_tissue(tissue);
    }
    if let Some((vertebrae, found)) = study.vertebrae.as_ref().zip(levels.as_ref()) {
        results = results.with_levels(vertebrae.scheme(), found);
    }
    if let Some(cord_t2) = &cord_t2 {
        results = results.with_cord_t2(cord_t2);
    }
    if !study.oriented {
        results = results.with_unknown_orientation();
    }
    Ok(Staged {
        report: Report::new(results),
        stage_map: StageMap::new(study.map_header.clone(), &classified),
        phases,
        levels,
        shape,
        classified: (options.keep >= Keep::Ratios).then_some(classified),
        probabilities,
    })
}

/// What the images say, step by step.
struct Signal {
    references: PerContrast<Reference>,
    classified: Classified,
    phases: Phases,
    levels: Option<LevelOutcome>,
    cord_t2: Option<Vec<GroupSignal<VertebralLevel>>>,
    probabilities: Option<Column<PerStage<f32>>>,
    findings: Vec<Finding>,
}

fn signal(study: &Study, options: &StageOptions) -> Result<Signal> {
    let roi = &study.hematoma;
    let criteria = &options.criteria;
    let mut findings = study.findings.clone();

    findings.extend(sequence_findings(&study.acquisitions));
    let signals: PerContrast<Samples> =
        rayon::join(|| sample(&study.t1, roi), || sample(&study.t2, roi)).into();
    findings.extend(signal_findings(&signals));

    let (references, cord_t2_signal) = references(study, options, &mut findings)?;
    // what the header has said the signal need not repeat
    if !findings.iter().any(|finding| WRONG_IMAGE.contains(&finding.code.as_str())) {
        findings.extend(fluid_finding(study, &references));
    }
    let ratios = ratios(study, &signals, &references);
    drop(signals);

    let prior = Prior::new(criteria, &study.onsets);
    let model = StageModel::new(criteria, &prior, ratios.t1.noise(), ratios.t2.noise());
    let classified = classify(ratios.t1, ratios.t2, criteria, &prior, &options.classify)?;
    findings.extend(both_sampled(&classified));
    findings.extend(classified.findings().iter().cloned());
    findings.extend(threshold_findings(&classified, criteria));

    let (phases, levels) = rayon::join(
        || phases(&classified, criteria, &prior, &study.onsets, &options.phase),
        || vertebral_levels(study, &classified, options),
    );
    let (phases, levels) = (phases?, levels?);
    findings.extend(phases.findings.iter().cloned());
    findings.extend(field_strength(&study.acquisitions, phases.call, &study.onsets));
    findings.extend(levels.as_ref().map(level_findings).into_iter().flatten());

    let spine = levels.as_ref().and_then(spine);
    let cord_t2 = study.reference.cord().zip(spine).zip(cord_t2_signal);
    let cord_t2 =
        cord_t2.map(|((cord, spine), signal)| cord_signal_by_level(cord, spine, &references.t2, &signal));
    let probabilities = (options.keep >= Keep::Probabilities).then(|| classified.voxel_probabilities(&model));
    Ok(Signal { references, classified, phases, levels, cord_t2, probabilities, findings })
}

/// The ratios of both contrasts to their reference, at positions along the cord that are found once.
fn ratios(
    study: &Study,
    signals: &PerContrast<Samples>,
    references: &PerContrast<Reference>,
) -> PerContrast<Ratios> {
    let follows = references.iter().any(|(_, reference)| reference.trend().is_some());
    let region = study.reference.region().filter(|_| follows);
    let positions = region.map(|region| region.center_line().positions_mm(&study.hematoma));
    let of = |contrast| references[contrast].ratios_at(&signals[contrast], positions.as_deref());
    rayon::join(|| of(Contrast::T1), || of(Contrast::T2)).into()
}

/// The reference of both contrasts, and the T2 signal of its region where it is measured.
fn references(
    study: &Study,
    options: &StageOptions,
    findings: &mut Vec<Finding>,
) -> Result<(PerContrast<Reference>, Option<Samples>)> {
    let region = match &study.reference {
        StudyReference::Mask { tissue, region } => {
            findings.extend(not_cord(tissue));
            region
        }
        StudyReference::Given(references) => {
            findings.push(cautions::given_value());
            return Ok(((**references).clone(), None));
        }
    };
    let of = |image| {
        let signal = sample(image, region.roi());
        let found = reference(region, &signal, &options.reference);
        (signal, found)
    };
    let mut checked = |signal: &Samples, found: Result<Reference>, contrast: Contrast| -> Result<Reference> {
        findings.extend(unsampled(signal, contrast, "reference"));
        let found = found.map_err(|error| error.at(contrast.key()))?;
        findings.extend(found.findings().iter().cloned().map(|finding| finding.at(contrast.key())));
        Ok(found)
    };
    let ((t1_signal, t1), (t2_signal, t2)) = rayon::join(|| of(&study.t1), || of(&study.t2));
    let references = PerContrast {
        t1: checked(&t1_signal, t1, Contrast::T1)?,
        t2: checked(&t2_signal, t2, Contrast::T2)?,
    };
    Ok((references, Some(t2_signal)))
}

/// The levels by the vertebrae given; `None` without vertebrae.
fn vertebral_levels(
    study: &Study,
    classified: &Classified,
    options: &StageOptions,
) -> Result<Option<LevelOutcome>> {
    let Some(source) = &study.vertebrae else { return Ok(None) };
    if !study.oriented {
        let reason = "files without orientation do not tell head from feet nor front from back".into();
        return Ok(Some(LevelOutcome::Unknown { reason, findings: Vec::new() }));
    }
    let vertebrae = source.vertebrae(study.canal().or(study.cord()));
    let found = levels(&study.hematoma, &vertebrae, Some(classified.stages()), &options.level);
    found.map(Some).map_err(|error| error.at("vertebrae"))
}

fn level_findings(found: &LevelOutcome) -> impl Iterator<Item = Finding> + '_ {
    let findings = match found {
        LevelOutcome::Known(levels) => &levels.findings,
        LevelOutcome::Unknown { findings, .. } => findings,
    };
    findings.iter().cloned().map(|finding| finding.at("levels"))
}

fn spine(found: &LevelOutcome) -> Option<&Spine> {
    Some(&found.levels()?.spine)
}

fn shape_input(study: &Study) -> ShapeInput<'_> {
    let mut input = ShapeInput::new(&study.hematoma);
    if let Some(cord) = study.cord() {
        input = input.with_cord(cord);
    }
    if let Some(canal) = study.canal() {
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
    let ratios = reference.ratios_at(signal, Some(cord.positions_mm()));
    let levels = spine.levels_of(cord.roi()).into_iter().zip(cord.inner());
    let groups: Vec<_> = levels.map(|(level, counts)| level.filter(|_| counts)).collect();
    cord_signal(ratios.values(), &groups)
}
