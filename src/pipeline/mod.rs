//! The flow as a table of contents: one call per step.

mod around_cord;
mod fluid;
mod further;
mod negative;
mod one_value;
mod options;
pub mod reading;
mod shell;
mod threads;
mod without_hematoma;

use hemastage_image::{error::Result, finding::Finding, roi::Column, vector::scaled, volume::Volume};

use self::{
    around_cord::around_cord,
    fluid::fluid_finding,
    further::{fat_in_mask, further},
    negative::{check_ratios, is_empty, negative_findings},
    one_value::{constant_findings, one_values},
};
pub use self::{
    options::{Keep, StageOptions},
    threads::on_threads,
    without_hematoma::measure_without_hematoma,
};
use crate::{
    report::{Further, Report, StageMap, StepResults},
    steps::{
        align::{AlignOutcome, align},
        classify::{Classified, ClassifyOptions, Model, Prior, Ratios, classify_but},
        level::{LevelOutcome, Spine, levels},
        phase::{Phases, phases},
        reference::{Reference, ReferenceRegion, references},
        sample::{Samples, sample, signal_findings},
        shape::{Section, Shape, ShapeInput, SignalByGroup, StrayParts, cord_signal, shape_without},
    },
    study::{
        Study, StudyReference,
        check::{
            because,
            sequence::{WRONG_IMAGE, field_strength, likelihood_not_used, sequence_findings},
        },
    },
    vocabulary::{
        contrast::{Contrast, PerContrast},
        per_stage::PerStage,
        protocol::Protocol,
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
    /// How far T1 lies off T2.
    pub alignment: AlignOutcome,
    /// The vertebral levels, where vertebrae were given.
    pub levels: Option<LevelOutcome>,
    /// The shape.
    pub shape: Shape,
    /// What the further contrasts say, where they were given.
    pub further: Further,
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
    match options.threads {
        Some(threads) => on_threads(threads, || stage_here(study, options))?,
        None => stage_here(study, options),
    }
}

/// The same on the threads of the caller.
fn stage_here(study: &Study, options: &StageOptions) -> Result<Staged> {
    // the shape depends on the masks alone, so it is measured in parallel to all that the images say
    let of_masks = || {
        let input = shape_input(study);
        let stray = StrayParts::of(&input);
        rayon::join(
            || shape_without(&stray, &input, &options.shape),
            || study.check_with(&stray, &options.shape),
        )
    };
    let ((shape, checked), signal) = rayon::join(of_masks, || signal(study, options));
    let signal = signal.map_err(|error| because(error, &checked));
    let (
        Signal {
            classified,
            phases,
            levels,
            cord_t2,
            probabilities,
            findings,
            fluid,
            field_strength,
            further,
        },
        alignment,
    ) = signal?;
    let findings = [study.findings.clone(), checked, findings].concat();
    let mut results = StepResults::new(&classified, &phases, &shape)
        .with_inputs(&study.inputs)
        .with_visit(study.visit)
        .with_reference_options(&options.reference)
        .with_alignment(&alignment)
        .with_findings(findings)
        .with_further(&further)
        .with_image_cautions(fluid, field_strength);
    if let Some(levels) = &levels {
        results = results.with_levels(levels);
    }
    if let Some(cord_t2) = &cord_t2 {
        results = results.with_cord_t2(cord_t2);
    }
    Ok(Staged {
        report: Report::new(results)?,
        stage_map: StageMap::new(study.map_header.clone(), &classified),
        phases,
        alignment,
        levels,
        shape,
        further,
        classified: (options.keep >= Keep::Ratios).then_some(classified),
        probabilities,
    })
}

/// What the images say, step by step.
struct Signal {
    classified: Classified,
    phases: Phases,
    levels: Option<LevelOutcome>,
    cord_t2: Option<SignalByGroup<VertebralLevel>>,
    probabilities: Option<Column<PerStage<f32>>>,
    /// On the images.
    findings: Vec<Finding>,
    fluid: Option<Finding>,
    field_strength: Option<Finding>,
    further: Further,
}

/// The same with the shift between the images, which is undone first where that is asked for.
fn signal(study: &Study, options: &StageOptions) -> Result<(Signal, AlignOutcome)> {
    let (references, signals) = measured(study, options)?;
    if !options.align.undo {
        let (signal, alignment) = rayon::join(
            || signal_by(study, options, &references, signals),
            || alignment(study, options, &references),
        );
        return Ok((signal?, alignment?));
    }
    let alignment = alignment(study, options, &references)?;
    let signal = match alignment.undone() {
        None => signal_by(study, options, &references, signals),
        Some(found) => {
            let t1 = study.t1.moved(scaled(found.shift_mm(), -1.0))?;
            let moved = Study { t1, ..study.clone() };
            let (references, signals) = measured(&moved, options)?;
            signal_by(&moved, options, &references, signals)
        }
    };
    Ok((signal?, alignment))
}

/// How far T1 lies off T2, where cord and fluid can tell.
fn alignment(
    study: &Study,
    options: &StageOptions,
    references: &PerContrast<Reference>,
) -> Result<AlignOutcome> {
    let reason = if !study.oriented {
        "left and right are unknown"
    } else if study.reference.cord().is_none() {
        "it needs a mask of the cord"
    } else if Protocol::of(&study.acquisitions).is_err() {
        "cord and fluid do not differ in these sequences as they do in plain T1 and T2"
    } else {
        ""
    };
    match study.reference.cord() {
        Some(cord) if reason.is_empty() => {
            let images = PerContrast { t1: &study.t1, t2: &study.t2 };
            align(images, cord.roi(), &study.hematoma, references, options.align)
        }
        _ => Ok(AlignOutcome::unknown(reason, options.align)),
    }
}

/// What the images say by the reference.
fn signal_by(
    study: &Study,
    options: &StageOptions,
    references: &PerContrast<Reference>,
    reference_signals: Option<PerContrast<Samples>>,
) -> Result<Signal> {
    let roi = &study.hematoma;
    let mut findings = sequence_findings(&study.acquisitions);
    let signals: PerContrast<Samples> =
        rayon::join(|| sample(&study.t1, roi), || sample(&study.t2, roi)).into();
    findings.extend(signal_findings(&signals.t1, &signals.t2)?);

    findings.extend(negative_findings(study, references, &signals, reference_signals.as_ref()));
    // what the header has said the signal need not repeat
    let is_known = findings.iter().any(|finding| WRONG_IMAGE.contains(&finding.code.as_str()));
    let fluid = if is_known { None } else { fluid_finding(study, references) };
    findings.extend(around_cord(study, references, is_known || fluid.is_some()));
    let (ratios, positions) = ratios(study, &signals, references);
    let empty = signals.as_ref().map(is_empty);
    let constant = one_values(study, &signals);
    findings.extend(constant_findings(&constant, references));
    drop(signals);

    let prior = Prior::new(&options.criteria, &study.onsets);
    let (protocol, choices, unmodelled) = protocol(study, options)?;
    findings.extend(unmodelled);
    let fat = fat_in_mask(study, options, &ratios.t1, positions.as_ref());
    let is_fat = fat.as_ref().and_then(|fat| Some(&fat.found.as_ref().ok()?.voxels));
    let classified = classify_but(ratios.t1, ratios.t2, &prior, &protocol, &choices, is_fat)?;
    check_ratios(&classified, empty, &constant)?;
    let ((phases, levels), further) = rayon::join(
        || {
            rayon::join(
                || phases(&classified, &options.phase),
                || vertebral_levels(study, &classified, options),
            )
        },
        || further(study, options, &classified, fat, positions.as_ref()),
    );
    let (phases, levels, further) = (phases?, levels?, further);
    let (model, t2_level) = (classified.model().model(), classified.signal().t2.level);
    let field_strength = field_strength(&study.acquisitions, model, phases.call, t2_level, &study.onsets);

    let spine = levels.as_ref().and_then(spine);
    let cord_t2 = study.reference.cord().zip(spine).zip(reference_signals.map(|signals| signals.t2));
    let cord_t2 = cord_t2
        .map(|((cord, spine), signal)| cord_signal_by_level(cord, spine, &references.t2, &signal))
        .transpose()?;
    let probabilities = (options.keep >= Keep::Probabilities).then(|| classified.voxel_probabilities());
    Ok(Signal {
        classified,
        phases,
        levels,
        cord_t2,
        probabilities,
        findings,
        fluid,
        field_strength,
        further,
    })
}

/// The sequences of the images and how voxels are classified: by the table, with a finding, where the signal of blood in
/// these sequences is not computed.
fn protocol(study: &Study, options: &StageOptions) -> Result<(Protocol, ClassifyOptions, Option<Finding>)> {
    let choices = options.classify.clone();
    match Protocol::of(&study.acquisitions) {
        Ok(protocol) => Ok((protocol, choices, None)),
        Err(image) => {
            let is_asked = choices.model_for(&options.criteria)? == Model::Relaxation;
            let finding = is_asked.then(|| likelihood_not_used(&image));
            Ok((Protocol::default(), choices.with_model(Model::Pattern), finding))
        }
    }
}

/// The ratios of both contrasts to their reference, and the hematoma's positions along a cord that they have in common with
/// further contrasts, where there are any.
fn ratios(
    study: &Study,
    signals: &PerContrast<Samples>,
    references: &PerContrast<Reference>,
) -> (PerContrast<Ratios>, Option<Column<f64>>) {
    let follows = references.iter().any(|(_, reference)| reference.trend().is_some());
    let region = study.reference.region().filter(|_| follows);
    let positions = region.map(|region| region.center_line().positions_mm(&study.hematoma));
    let of = |contrast| references[contrast].ratios_at(&signals[contrast], positions.as_ref());
    let ratios = rayon::join(|| of(Contrast::T1), || of(Contrast::T2)).into();
    let is_used = study.further.images.iter().any(|(_, image)| image.is_some());
    (ratios, positions.filter(|_| is_used))
}

/// The reference of both contrasts, and the signal of its region where it is measured.
fn measured(
    study: &Study,
    options: &StageOptions,
) -> Result<(PerContrast<Reference>, Option<PerContrast<Samples>>)> {
    measured_on((&study.t1, &study.t2), &study.reference, options)
}

/// The same of these two images.
fn measured_on(
    (t1, t2): (&Volume, &Volume),
    reference: &StudyReference,
    options: &StageOptions,
) -> Result<(PerContrast<Reference>, Option<PerContrast<Samples>>)> {
    let region = match reference {
        StudyReference::Mask(region) => region,
        StudyReference::Given(references) => return Ok(((**references).clone(), None)),
    };
    let roi = region.roi();
    let signals: PerContrast<Samples> = rayon::join(|| sample(t1, roi), || sample(t2, roi)).into();
    let found = references(region, &signals, &options.reference)?;
    Ok((found, Some(signals)))
}

/// The levels by the vertebrae given; `None` where none were asked for.
fn vertebral_levels(
    study: &Study,
    classified: &Classified,
    options: &StageOptions,
) -> Result<Option<LevelOutcome>> {
    let unknown = |reason: String| {
        let roi = Box::new(study.hematoma.clone());
        Ok(Some(LevelOutcome::Unknown { roi, reason, findings: Vec::new() }))
    };
    let Some(source) = &study.vertebrae else {
        return study.no_vertebrae.clone().map_or(Ok(None), unknown);
    };
    if !study.oriented {
        return unknown("files without orientation do not tell head from feet nor front from back".into());
    }
    let vertebrae = source.vertebrae(study.canal().or(study.cord()));
    let found = levels(&study.hematoma, &vertebrae, Some(classified.stages()), &options.level);
    found.map(Some).map_err(|error| error.at("vertebrae"))
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
) -> Result<SignalByGroup<VertebralLevel>> {
    let ratios = reference.ratios_at(signal, Some(cord.positions_mm()));
    let inner = cord.inner();
    let levels = spine.levels_of(cord.roi()).zip_map(&inner, |level, &counts| level.filter(|_| counts))?;
    cord_signal(ratios.values(), &levels)
}
