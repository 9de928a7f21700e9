//! Fills the record from the steps' results.

use std::collections::BTreeMap;

use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    finding::Finding,
};

use super::{
    AlignmentRecord, Candidate, CriteriaRecord, DISCLAIMER, EnhancementRecord, EventShare, ExpectedRecord,
    FatRecord, Further, HematomaRecord, Input, Levels, MixedPhaseRecord, ModelRecord, NOT_REQUESTED,
    PatternRecord, PerContrast, PhaseRecord, ReferenceRecord, Report, SCHEMA, Settings, Shape, SignalRecord,
    Software, StageRecord, SusceptibilityRecord, ThresholdsRecord, TrendRecord, TrendRunRecord,
    shape::Places,
};
use crate::{
    steps::{
        align::AlignOutcome,
        classify::{Classified, SignalSummary},
        level::LevelOutcome,
        phase::{Phase, Phases},
        reference::{Reference, ReferenceMode, ReferenceOptions, Trend, TrendRun},
        shape::{self, SignalByGroup},
    },
    vocabulary::{
        contrast::Contrast,
        criteria::{Criteria, Thresholds},
        round::{rounded, rounded_mm},
        units::{Onset, SinceFirst},
        vertebra::VertebralLevel,
    },
};

/// The results of the steps that a report is made of, from [`stage`](crate::stage()) or from steps called by hand.
///
/// The profile, the onsets and the references are those that the voxels were classified with.
///
/// # Example
/// ```
/// # use hemastage_phantom::{PhantomOptions, phantom};
/// use hemastage::{
///     Criteria, Labels, Report, Roi, StageOptions, Volume,
///     classify::{Prior, classify},
///     contrast::PerContrast,
///     phase::phases,
///     protocol::Protocol,
///     reference::{ReferenceRegion, references},
///     report::StepResults,
///     sample::sample,
///     shape::{ShapeInput, shape},
/// };
///
/// # let scan = phantom(&PhantomOptions::small())?;
/// # let masks = *scan.mask_grid.affine();
/// # let roi = Roi::from_array(scan.hematoma.view(), masks, &Labels::NonZero)?;
/// # let cord = Roi::from_array(scan.cord.view(), masks, &Labels::NonZero)?;
/// # let t1 = Volume::from_array(scan.t1, *scan.t1_grid.affine())?;
/// # let t2 = Volume::from_array(scan.t2, *scan.t2_grid.affine())?;
/// # let options = StageOptions::default();
/// // t1, t2: Volume; roi, cord: Roi
/// let shape = shape(&ShapeInput::new(&roi).with_cord(&cord), &options.shape)?;
/// let region = ReferenceRegion::new(cord, &roi)?;
/// let signals = PerContrast { t1: sample(&t1, region.roi()), t2: sample(&t2, region.roi()) };
/// let references = references(&region, &signals, &options.reference)?;
/// let t1_ratios = references.t1.ratios(&sample(&t1, &roi));
/// let t2_ratios = references.t2.ratios(&sample(&t2, &roi));
/// let prior = Prior::new(&Criteria::default(), &[]);
/// let classified = classify(t1_ratios, t2_ratios, &prior, &Protocol::default(), &options.classify)?;
/// let phases = phases(&classified, &options.phase)?;
///
/// let report = Report::new(StepResults::new(&classified, &phases, &shape))?;
/// assert_eq!(report.stage.call, phases.call);
/// # Ok::<(), hemastage::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct StepResults<'a> {
    pub(super) classified: &'a Classified,
    pub(super) phases: &'a Phases,
    shape: &'a shape::Shape,
    pub(super) levels: Option<&'a LevelOutcome>,
    pub(super) alignment: Option<&'a AlignOutcome>,
    cord_t2: Option<&'a SignalByGroup<VertebralLevel>>,
    pub(super) further: Option<&'a Further>,
    reference_options: ReferenceOptions,
    inputs: &'a [Input],
    visit: Option<SinceFirst>,
    /// On the study and its images.
    pub(super) findings: Vec<Finding>,
    pub(super) fluid: Option<Finding>,
    pub(super) field_strength: Option<Finding>,
}

impl<'a> StepResults<'a> {
    /// What every report needs.
    pub fn new(classified: &'a Classified, phases: &'a Phases, shape: &'a shape::Shape) -> Self {
        Self {
            classified,
            phases,
            shape,
            levels: None,
            alignment: None,
            cord_t2: None,
            further: None,
            reference_options: ReferenceOptions::default(),
            inputs: &[],
            visit: None,
            findings: Vec::new(),
            fluid: None,
            field_strength: None,
        }
    }

    /// Adds the vertebral levels.
    pub fn with_levels(mut self, levels: &'a LevelOutcome) -> Self {
        self.levels = Some(levels);
        self
    }

    /// Adds how far T1 lies off T2.
    pub fn with_alignment(mut self, alignment: &'a AlignOutcome) -> Self {
        self.alignment = Some(alignment);
        self
    }

    /// Adds the T2 signal of the cord per vertebral level.
    pub fn with_cord_t2(mut self, signal: &'a SignalByGroup<VertebralLevel>) -> Self {
        self.cord_t2 = Some(signal);
        self
    }

    /// Adds what the further contrasts say.
    pub fn with_further(mut self, further: &'a Further) -> Self {
        self.further = Some(further);
        self
    }

    /// Says how the reference was asked to be measured.
    pub fn with_reference_options(mut self, options: &ReferenceOptions) -> Self {
        self.reference_options = options.clone();
        self
    }

    /// Adds what the study was made from.
    pub fn with_inputs(mut self, inputs: &'a [Input]) -> Self {
        self.inputs = inputs;
        self
    }

    /// Says when the study was.
    pub fn with_visit(mut self, visit: Option<SinceFirst>) -> Self {
        self.visit = visit;
        self
    }

    /// Adds findings on the study and its images, which come first; those of the steps follow by themselves.
    pub fn with_findings(mut self, findings: Vec<Finding>) -> Self {
        self.findings = findings;
        self
    }

    /// Adds what is found on the images by results of steps: after the reference, by the fluid around the cord; after
    /// the phases, by the call.
    pub(crate) fn with_image_cautions(
        mut self,
        fluid: Option<Finding>,
        field_strength: Option<Finding>,
    ) -> Self {
        (self.fluid, self.field_strength) = (fluid, field_strength);
        self
    }

    /// Refuses results of different studies.
    fn check(&self) -> Result<()> {
        let Self { classified, phases, shape, .. } = self;
        if !phases.are_of(classified) {
            return Err(ReportError::Phases.into());
        }
        let hematoma = classified.roi();
        hematoma.check_same(shape.roi(), "measures of the shape")?;
        if let Some(levels) = self.levels {
            hematoma.check_same(levels.roi(), "vertebral levels")?;
        }
        if let Some(signal) = self.cord_t2 {
            let cord = shape.cord().ok_or(ReportError::NoCord)?;
            cord.check_same(signal.cord(), "T2 signals of the cord")?;
        }
        Ok(())
    }
}

impl Report {
    /// The report of the steps' results, with the findings of all of them.
    ///
    /// # Errors
    /// `Parameter` when the phases are those of other voxels, shape or levels those of another hematoma, or the T2
    /// signal that of another cord than the shape's.
    pub fn new(results: StepResults<'_>) -> Result<Self> {
        results.check()?;
        let StepResults {
            classified, phases, shape, levels, alignment, cord_t2, inputs, visit, further, ..
        } = results;
        let (shape_options, reference_options) = (shape.options(), results.reference_options.clone());
        let findings = results.into_findings();
        let (criteria, onsets) = (classified.prior().criteria(), classified.prior().onsets());
        let (references, oriented) = (classified.references(), shape.is_oriented());
        let mut reasons = BTreeMap::new();
        let known = levels.and_then(LevelOutcome::levels);
        if known.is_none() {
            let reason = levels.and_then(LevelOutcome::reason).unwrap_or(NOT_REQUESTED);
            reasons.insert("levels".into(), reason.into());
        }
        let places = Places { spine: known.map(|found| &found.spine), oriented };
        let shape = Shape::new(shape, cord_t2, places, &mut reasons);
        for (contrast, reference) in references.iter() {
            explain(contrast, reference, &mut reasons);
        }
        explain_inputs(inputs, &mut reasons);
        if visit.is_none() {
            reasons.insert("visit".into(), NOT_REQUESTED.into());
        }
        let undoes_shift = alignment.is_some_and(|outcome| outcome.options.undo);
        let alignment = AlignmentRecord::new(alignment, &mut reasons);
        let none = Further::default();
        let further = further.unwrap_or(&none);
        let enhancement = EnhancementRecord::new(further, &mut reasons);
        let susceptibility = SusceptibilityRecord::new(further, &mut reasons);
        let fat = FatRecord::new(further, &mut reasons);
        if findings.iter().any(|finding| finding.place.is_none()) {
            reasons.insert("findings[].place".into(), "it concerns the study as a whole".into());
        }
        if phases.kind.is_none() {
            reasons.insert("mixed_phase.kind".into(), "not mixed".into());
            reasons.insert("mixed_phase.separated_probability".into(), "not mixed".into());
        }
        if !oriented {
            reasons.insert("mixed_phase.phases[].centroid_mm".into(), "left and right are unknown".into());
        }
        Ok(Self {
            schema: SCHEMA.into(),
            software: Software::this(),
            disclaimer: DISCLAIMER.into(),
            inputs: inputs.to_vec(),
            visit,
            criteria: CriteriaRecord::new(criteria, onsets),
            settings: Settings::new(
                classified,
                phases.options(),
                known,
                undoes_shift,
                shape_options,
                &reference_options,
                &mut reasons,
            ),
            reference: references.as_ref().map(record),
            alignment,
            hematoma: HematomaRecord {
                voxels: classified.roi().len(),
                sampled_voxels: classified.sampled_voxels(),
                volume_mm3: rounded(classified.roi().volume_mm3()),
                signal: classified.signal().map(signal),
            },
            stage: StageRecord {
                call: phases.call,
                candidates: phases
                    .candidates
                    .iter()
                    .map(|&(stage, probability)| Candidate { stage, probability: rounded(probability) })
                    .collect(),
                model: ModelRecord::new(classified, &mut reasons),
                expected: classified.model().expected().iter().map(ExpectedRecord::new).collect(),
                pattern: PatternRecord::new(phases.table, phases.call),
                fractions: classified.fractions().map(rounded),
                probabilities: phases.probabilities.map(rounded),
                likelihood: phases.likelihood.map(rounded),
                volume_mm3: classified.volume_mm3().map(rounded),
                core_voxels: classified.core_voxels(),
            },
            mixed_phase: MixedPhaseRecord {
                flag: phases.phases.len() > 1,
                kind: phases.kind,
                separated_probability: phases.separated_probability.map(rounded),
                suggests_rebleed: phases.suggests_rebleed,
                t2_hypo_fraction: rounded(classified.t2_hypo_fraction()),
                phases: phases.phases.iter().map(|found| phase(found, classified, oriented)).collect(),
            },
            enhancement,
            susceptibility,
            fat,
            levels: known.map(Levels::new),
            shape,
            reasons,
            findings,
        }
        .with_reasons())
    }
}

impl CriteriaRecord {
    pub(super) fn new(criteria: &Criteria, onsets: &[Onset]) -> Self {
        Self {
            name: criteria.name.clone(),
            source: criteria.source.clone(),
            sha256: criteria.sha256().into(),
            thresholds: PerContrast { t1: criteria.t1, t2: criteria.t2 }.map(thresholds),
            onset_hours: onsets.iter().map(|onset| rounded(onset.hours())).collect(),
        }
    }
}

fn thresholds(thresholds: Thresholds) -> ThresholdsRecord {
    ThresholdsRecord { hypo_below: thresholds.hypo_below, hyper_above: thresholds.hyper_above }
}

pub(super) fn record(reference: &Reference) -> ReferenceRecord {
    ReferenceRecord {
        tissue: reference.tissue().map_or_else(|| "given value".into(), ToString::to_string),
        mode: reference.mode(),
        median: rounded(reference.median()),
        spread: reference.spread().map(rounded),
        voxels: reference.voxels(),
        drift: reference.drift().map(rounded),
        trend: reference.trend().map(trend),
    }
}

fn trend(trend: &Trend) -> TrendRecord {
    let run = |run: &TrendRun| TrendRunRecord {
        from_mm: rounded_mm(run.from_mm),
        to_mm: rounded_mm(run.to_mm),
        factor: rounded(run.factor),
    };
    TrendRecord { model: trend.model(), runs: trend.runs().iter().map(run).collect() }
}

/// Why values of a reference are null.
pub(super) fn explain(contrast: Contrast, reference: &Reference, reasons: &mut BTreeMap<String, String>) {
    let mut because = |key: &str, reason: &str| {
        reasons.insert(format!("reference.{}.{key}", contrast.key()), reason.into());
    };
    if reference.spread().is_none() {
        because("spread", "the given value came without one");
    }
    match reference.mode() {
        ReferenceMode::Trend => {}
        ReferenceMode::Global => {
            for key in ["drift", "trend"] {
                because(key, "no trend was fitted: one value for the whole reference");
            }
        }
        ReferenceMode::Given => {
            for key in ["drift", "trend", "voxels"] {
                because(key, "the reference is a given value");
            }
        }
    }
}

/// Why values of the inputs are null.
pub(super) fn explain_inputs(inputs: &[Input], reasons: &mut BTreeMap<String, String>) {
    let mut because = |key: &str, reason: &str| {
        reasons.insert(format!("inputs[].{key}"), reason.into());
    };
    if inputs.iter().any(|input| input.file.is_none()) {
        because("file", "the input is an array in memory");
        because("bytes", "the input is an array in memory");
    }
    if inputs.iter().any(|input| input.sha256.is_none()) {
        because("sha256", NOT_REQUESTED);
    }
    if inputs.iter().any(|input| input.orientation.is_none()) {
        because("orientation", "the file has neither sform nor qform");
    }
    if inputs.iter().any(|input| input.labels.is_none()) {
        because("labels", "an image, or a mask of which every value but 0 was taken");
    }
}

fn signal(signal: SignalSummary) -> SignalRecord {
    SignalRecord {
        median_ratio: rounded(signal.median),
        p10: rounded(signal.p10),
        p90: rounded(signal.p90),
        level: signal.level,
    }
}

fn phase(phase: &Phase, classified: &Classified, oriented: bool) -> PhaseRecord {
    let likelihood = classified.model().likelihood(phase.t1_ratio, phase.t2_ratio);
    let onsets = classified.prior().onsets();
    let events = onsets.iter().zip(&phase.event_shares);
    PhaseRecord {
        stage: phase.stage,
        fraction: rounded(phase.fraction),
        parts: phase.parts,
        largest_mm3: rounded(phase.largest_mm3),
        t1_ratio: rounded(phase.t1_ratio),
        t2_ratio: rounded(phase.t2_ratio),
        likelihood: Some(likelihood.map(rounded)),
        centroid_mm: oriented.then(|| phase.centroid_mm.map(rounded_mm)),
        events: events
            .map(|(onset, &share)| EventShare { onset_hours: rounded(onset.hours()), share: rounded(share) })
            .collect(),
    }
}

#[derive(Debug, thiserror::Error)]
enum ReportError {
    #[error(
        "phases of other voxels were given: expected those of the classified voxels that the report is of, so call `phases` with these"
    )]
    Phases,
    #[error(
        "the T2 signal of a cord was given, but the shape was measured without a cord: give the same cord to `ShapeInput::with_cord`"
    )]
    NoCord,
}

impl Detail for ReportError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
