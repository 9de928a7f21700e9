//! Fills the record from the steps' results.

use std::collections::BTreeMap;

use hemastage_image::{finding::Finding, roi::Roi};

use super::shape::Places;
use super::{
    Candidate, CriteriaRecord, DISCLAIMER, EventShare, HematomaRecord, Input, Levels, MixedPhaseRecord,
    NOT_REQUESTED, PerContrast, PerStage, PhaseRecord, ReferenceRecord, Report, SCHEMA, Shape, SignalRecord,
    Software, StageRecord, ThresholdsRecord,
};
use crate::{
    steps::{
        classify::{Classified, SignalSummary},
        level::LevelOutcome,
        phase::{Phase, Phases},
        reference::{Reference, ReferenceMode},
        shape::{self, GroupSignal},
    },
    vocabulary::{
        criteria::{Criteria, Thresholds},
        units::Onset,
        vertebra::VertebralLevel,
    },
};

/// The steps' results that a report is made of.
pub(crate) struct Results<'a> {
    pub(crate) inputs: Vec<Input>,
    pub(crate) criteria: &'a Criteria,
    pub(crate) onsets: &'a [Onset],
    /// Whether left is told from right.
    pub(crate) oriented: bool,
    pub(crate) tissue: &'a str,
    pub(crate) references: [&'a Reference; 2],
    pub(crate) hematoma: &'a Roi,
    pub(crate) classified: &'a Classified,
    pub(crate) phases: &'a Phases,
    /// The numbering and what was found by it; none when no vertebrae were given.
    pub(crate) levels: Option<(&'a str, &'a LevelOutcome)>,
    pub(crate) shape: &'a shape::Shape,
    pub(crate) cord_t2: Option<&'a [GroupSignal<VertebralLevel>]>,
    pub(crate) findings: Vec<Finding>,
}

/// The record of a staged study.
pub(crate) fn build(results: Results<'_>) -> Report {
    let Results { criteria, classified, phases, references, .. } = results;
    let mut reasons = BTreeMap::new();
    let found_levels = results.levels.and_then(|(scheme, outcome)| Some((scheme, outcome.levels()?)));
    if found_levels.is_none() {
        let reason = results.levels.and_then(|(_, outcome)| outcome.reason()).unwrap_or(NOT_REQUESTED);
        reasons.insert("levels".into(), reason.into());
    }
    let places = Places { spine: found_levels.map(|(_, found)| &found.spine), oriented: results.oriented };
    let shape = Shape::new(results.shape, results.cord_t2, places, &mut reasons);
    for (contrast, reference) in ["t1", "t2"].into_iter().zip(references) {
        explain(contrast, reference, &mut reasons);
    }
    explain_inputs(&results.inputs, &mut reasons);
    if results.findings.iter().any(|finding| finding.place.is_none()) {
        reasons.insert("findings[].place".into(), "it concerns the study as a whole".into());
    }
    if phases.kind.is_none() {
        reasons.insert("mixed_phase.kind".into(), "not mixed".into());
    }
    if !results.oriented {
        reasons.insert("mixed_phase.phases[].centroid_mm".into(), "left and right are unknown".into());
    }
    Report {
        schema: SCHEMA.into(),
        software: Software { name: env!("CARGO_PKG_NAME").into(), version: env!("CARGO_PKG_VERSION").into() },
        disclaimer: DISCLAIMER.into(),
        inputs: results.inputs,
        criteria: CriteriaRecord {
            name: criteria.name.clone(),
            source: criteria.source.clone(),
            thresholds: PerContrast { t1: thresholds(criteria.t1), t2: thresholds(criteria.t2) },
            onset_hours: results.onsets.iter().map(|onset| rounded(onset.hours())).collect(),
        },
        reference: PerContrast {
            t1: reference(results.tissue, references[0]),
            t2: reference(results.tissue, references[1]),
        },
        hematoma: HematomaRecord {
            voxels: results.hematoma.len(),
            sampled_voxels: classified.sampled_voxels,
            volume_mm3: rounded(results.hematoma.volume_mm3()),
            signal: PerContrast { t1: signal(classified.t1_signal), t2: signal(classified.t2_signal) },
        },
        stage: StageRecord {
            call: phases.call,
            candidates: phases
                .candidates
                .iter()
                .map(|&(stage, probability)| Candidate { stage, probability: rounded(probability) })
                .collect(),
            fractions: per_stage(classified.fractions),
            probabilities: per_stage(classified.probabilities),
            volume_mm3: per_stage(classified.volume_mm3),
            core_voxels: classified.core_voxels,
        },
        mixed_phase: MixedPhaseRecord {
            flag: phases.phases.len() > 1,
            kind: phases.kind,
            suggests_rebleed: phases.suggests_rebleed,
            t2_hypo_fraction: rounded(classified.t2_hypo_fraction),
            phases: phases
                .phases
                .iter()
                .map(|found| phase(found, results.onsets, results.oriented))
                .collect(),
        },
        levels: found_levels.map(|(scheme, found)| Levels::new(scheme, found)),
        shape,
        reasons,
        findings: results.findings,
    }
}

/// Nine significant digits: what rounding in the last places of a sum leaves alone.
pub(super) fn rounded(value: f64) -> f64 {
    let rounded: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    // no report needs a negative zero
    rounded + 0.0
}

/// Millimeters to a micrometer: a position near 0 has no significant digits to keep.
pub(crate) fn micrometers(mm: f64) -> f64 {
    (mm * 1e6).round() / 1e6 + 0.0
}

fn thresholds(thresholds: Thresholds) -> ThresholdsRecord {
    ThresholdsRecord { hypo_below: thresholds.hypo_below, hyper_above: thresholds.hyper_above }
}

fn reference(tissue: &str, reference: &Reference) -> ReferenceRecord {
    ReferenceRecord {
        tissue: tissue.into(),
        mode: reference.mode,
        median: rounded(reference.median),
        spread: reference.spread.map(rounded),
        voxels: reference.voxels,
        drift: reference.drift().map(rounded),
    }
}

/// Why values of a reference are null.
fn explain(contrast: &str, reference: &Reference, reasons: &mut BTreeMap<String, String>) {
    let mut because = |key: &str, reason: &str| {
        reasons.insert(format!("reference.{contrast}.{key}"), reason.into());
    };
    if reference.spread.is_none() {
        because("spread", "the given value came without one");
    }
    match reference.mode {
        ReferenceMode::Trend => {}
        ReferenceMode::Global => because("drift", "no trend was fitted: one value for the whole reference"),
        ReferenceMode::Given => {
            because("drift", "the reference is a given value");
            because("voxels", "the reference is a given value");
        }
    }
}

/// Why values of the inputs are null.
fn explain_inputs(inputs: &[Input], reasons: &mut BTreeMap<String, String>) {
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

pub(super) fn per_stage(values: [f64; 6]) -> PerStage {
    let [hyperacute, acute, early_subacute, late_subacute, chronic, indeterminate] = values.map(rounded);
    PerStage { hyperacute, acute, early_subacute, late_subacute, chronic, indeterminate }
}

fn phase(phase: &Phase, onsets: &[Onset], oriented: bool) -> PhaseRecord {
    let events = onsets.iter().zip(&phase.event_shares);
    PhaseRecord {
        stage: phase.stage,
        fraction: rounded(phase.fraction),
        parts: phase.parts,
        largest_mm3: rounded(phase.largest_mm3),
        centroid_mm: oriented.then(|| phase.centroid_mm.map(micrometers)),
        events: events
            .map(|(onset, &share)| EventShare { onset_hours: rounded(onset.hours()), share: rounded(share) })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_absorb_rounding_noise() {
        assert_eq!(rounded(0.1 + 0.2), rounded(0.3));
        assert_eq!(rounded(123.456_789_012_345), 123.456_789);
        assert_eq!(rounded(-0.0).to_bits(), 0.0_f64.to_bits());
        assert_eq!(rounded(0.0), 0.0);
    }
}
