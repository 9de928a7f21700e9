//! A study whose images show no hematoma: the reference, and the cord's signal per level.

use hemastage_image::{error::Result, roi::Roi};

use super::{StageOptions, cord_signal_by_level, measured_on, on_threads, spine};
use crate::{
    report::{Measured, ReportWithoutHematoma},
    steps::{
        level::{LevelOutcome, levels},
        reference::ReferenceRegion,
    },
    study::{StudyWithoutHematoma, check::sequence::sequence_findings},
};

/// Measures what a study without a hematoma shows: its reference, and the T2 signal of the cord per vertebral level.
///
/// # Errors
/// `Parameter` when an option makes no sense, `Geometry` when masks and images do not overlap, `Malformed` when the
/// reference is too small or has no signal.
pub fn measure_without_hematoma(
    study: &StudyWithoutHematoma,
    options: &StageOptions,
) -> Result<ReportWithoutHematoma> {
    options.check()?;
    match options.threads {
        Some(threads) => on_threads(threads, || measure_here(study, options))?,
        None => measure_here(study, options),
    }
}

fn measure_here(study: &StudyWithoutHematoma, options: &StageOptions) -> Result<ReportWithoutHematoma> {
    let (references, signals) = measured_on((&study.t1, &study.t2), &study.reference, options)?;
    let levels = cord_levels(study, options)?;
    let cord = study.reference.cord().zip(levels.as_ref().and_then(spine));
    let cord_t2 = cord
        .zip(signals.map(|signals| signals.t2))
        .map(|((cord, spine), signal)| cord_signal_by_level(cord, spine, &references.t2, &signal))
        .transpose()?;
    let findings = [study.findings.clone(), sequence_findings(&study.acquisitions)].concat();
    Ok(ReportWithoutHematoma::new(Measured {
        inputs: &study.inputs,
        visit: study.visit,
        criteria: &options.criteria,
        onsets: &study.onsets,
        references: &references,
        levels: levels.as_ref(),
        cord_t2: cord_t2.as_ref(),
        findings,
    }))
}

/// The levels at which the cord lies; `None` where none were asked for.
fn cord_levels(study: &StudyWithoutHematoma, options: &StageOptions) -> Result<Option<LevelOutcome>> {
    let Some(cord) = study.reference.cord().map(ReferenceRegion::roi) else { return Ok(None) };
    let unknown = |reason: String, cord: &Roi| {
        Ok(Some(LevelOutcome::Unknown { roi: Box::new(cord.clone()), reason, findings: Vec::new() }))
    };
    let Some(source) = &study.vertebrae else {
        return study.no_vertebrae.clone().map_or(Ok(None), |reason| unknown(reason, cord));
    };
    if !study.oriented {
        let reason = "files without orientation do not tell head from feet nor front from back";
        return unknown(reason.into(), cord);
    }
    let vertebrae = source.vertebrae(study.canal.as_ref().or(Some(cord)));
    levels(cord, &vertebrae, None, &options.level).map(Some).map_err(|error| error.at("vertebrae"))
}
