//! A visit: what is read of its report, and when it was.

use hemastage_image::error::Result;
use serde::Deserialize;

use super::error::FollowUpError;
use crate::{
    report::{
        CordSignal, CriteriaRecord, LargestRecord, LevelRecord, NO_HEMATOMA_SCHEMA, Report,
        ReportWithoutHematoma, SCHEMA, Software,
    },
    vocabulary::{
        contrast::PerContrast,
        per_stage::PerStage,
        span::Span,
        stage::Stage,
        units::{Onset, SinceFirst},
    },
};

/// How far an outline may lie off, in voxels.
const OUTLINE_VOXELS: f64 = 0.25;

/// One study of a patient, or a scan that showed no hematoma.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// `None` when no hematoma was seen.
    pub(super) report: Option<VisitReport>,
    /// What its study says in addition to the hematoma; `None` where there is no report.
    pub(super) study: Option<VisitStudy>,
    /// By the caller, since any moment that all visits share.
    pub(super) at_hours: Option<f64>,
    /// By the caller.
    pub(super) name: Option<String>,
}

impl Visit {
    /// The visit of a report.
    pub fn new(report: &Report) -> Self {
        let levels = report.levels.as_ref().map(|levels| VisitLevels {
            scheme: levels.scheme.clone(),
            span: levels.span.clone(),
            vertebrae: levels.vertebrae,
            per_level: levels.per_level.clone(),
        });
        let shape = &report.shape;
        let inputs = report.inputs.iter();
        let study = VisitStudy {
            software: VisitSoftware::of(&report.software),
            criteria: VisitCriteria::of(&report.criteria),
            visit: report.visit,
            scheme: levels.as_ref().map(|levels| levels.scheme.clone()),
            cord_t2: shape.cord_t2.clone(),
        };
        let report = VisitReport {
            inputs: inputs
                .map(|it| VisitInput { role: it.role.clone(), spacing_mm: it.spacing_mm })
                .collect(),
            hematoma: VisitHematoma { volume_mm3: report.hematoma.volume_mm3 },
            mixed_phase: VisitMixture {
                phases: report
                    .mixed_phase
                    .phases
                    .iter()
                    .map(|phase| VisitPhase { stage: phase.stage, likelihood: phase.likelihood })
                    .collect(),
            },
            stage: VisitStage {
                call: report.stage.call,
                volume_mm3: Some(report.stage.volume_mm3),
                likelihood: Some(report.stage.likelihood),
            },
            levels,
            shape: VisitShape {
                surface_mm2: Some(shape.surface_mm2),
                thickness_ap: shape.thickness_ap.clone(),
                occupancy_area: shape.occupancy_area.clone(),
                occupancy_ap: shape.occupancy_ap.clone(),
                displacement: shape.displacement.as_ref().map(|moved| VisitDisplacement { mm: moved.mm }),
            },
        };
        Self { report: Some(report), study: Some(study), at_hours: None, name: None }
    }

    /// The visit of a study whose images show no hematoma.
    pub fn of_study_without_hematoma(report: &ReportWithoutHematoma) -> Self {
        let study = VisitStudy {
            software: VisitSoftware::of(&report.software),
            criteria: VisitCriteria::of(&report.criteria),
            visit: report.visit,
            scheme: report.levels.as_ref().map(|levels| levels.scheme.clone()),
            cord_t2: report.shape.cord_t2.clone(),
        };
        Self { report: None, study: Some(study), at_hours: None, name: None }
    }

    /// The visit of a report's JSON, of any version of its schema. What an older report lacks is null in the result.
    ///
    /// # Errors
    /// `Malformed` when it is not the JSON of a report.
    pub fn from_json(text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Schema {
            schema: String,
        }
        let damaged =
            |error: serde_json::Error| FollowUpError::Damaged { line: error.line(), column: error.column() };
        let schema = serde_json::from_str::<Schema>(text).map_err(|_| FollowUpError::NotAReport)?.schema;
        if schema == NO_HEMATOMA_SCHEMA {
            return Ok(Self::of_study_without_hematoma(&serde_json::from_str(text).map_err(damaged)?));
        }
        if !["hemastage/report/1", SCHEMA].contains(&&*schema) {
            return Err(FollowUpError::NotAReport.into());
        }
        let report: VisitReport = serde_json::from_str(text).map_err(damaged)?;
        let of_study: StudyPart = serde_json::from_str(text).map_err(damaged)?;
        let study = VisitStudy {
            software: of_study.software,
            criteria: of_study.criteria,
            visit: of_study.visit,
            scheme: report.levels.as_ref().map(|levels| levels.scheme.clone()),
            cord_t2: of_study.shape.cord_t2,
        };
        Ok(Self { report: Some(report), study: Some(study), at_hours: None, name: None })
    }

    /// A visit whose scan showed no hematoma, and of which nothing else is known.
    pub fn without_hematoma() -> Self {
        Self { report: None, study: None, at_hours: None, name: None }
    }

    /// Sets its time: hours since a moment that all visits share.
    ///
    /// # Errors
    /// `Parameter` when they are negative, more than a million, or NaN.
    pub fn at_hours(mut self, hours: f64) -> Result<Self> {
        self.at_hours = Some(Onset::from_hours(hours).map_err(|_| FollowUpError::Time { hours })?.hours());
        Ok(self)
    }

    /// Names it in the record and in tables; no file is named there otherwise.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Volume of the hematoma; 0 when none was seen.
    pub(super) fn volume_mm3(&self) -> f64 {
        self.report.as_ref().map_or(0.0, |report| report.hematoma.volume_mm3)
    }

    /// Standard deviation of the volume; `None` where the report does not give the surface.
    pub(super) fn sigma_mm3(&self) -> Option<f64> {
        let Some(report) = &self.report else { return Some(0.0) };
        let mask = report.inputs.iter().find(|input| input.role == "hematoma")?;
        let spacing = mask.spacing_mm.into_iter().fold(f64::INFINITY, f64::min);
        Some(OUTLINE_VOXELS * spacing * report.shape.surface_mm2?)
    }

    /// What the signal of its main phase says; `None` where the report does not give it.
    pub(super) fn likelihood(&self) -> Option<[f64; 5]> {
        Some(with_least(self.report.as_ref()?.stage.likelihood?))
    }
}

/// The five stages' probabilities, none of them impossible, whatever the signal.
pub(super) fn with_least(likelihood: PerStage<f64>) -> [f64; 5] {
    let five = Stage::FIVE.map(|stage| likelihood[stage]);
    let least = 0.001 * five.iter().copied().fold(0.0, f64::max);
    let with_least = five.map(|p| p + least);
    let sum: f64 = with_least.iter().sum();
    with_least.map(|p| p / sum)
}

/// What is read of a report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitReport {
    pub(super) inputs: Vec<VisitInput>,
    pub(super) hematoma: VisitHematoma,
    pub(super) stage: VisitStage,
    pub(super) mixed_phase: VisitMixture,
    pub(super) levels: Option<VisitLevels>,
    pub(super) shape: VisitShape,
}

/// What a study says in addition to the hematoma.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VisitStudy {
    pub(super) software: VisitSoftware,
    pub(super) criteria: VisitCriteria,
    pub(super) visit: Option<SinceFirst>,
    pub(super) scheme: Option<String>,
    pub(super) cord_t2: Option<Vec<CordSignal>>,
}

/// The same as it stands in a report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct StudyPart {
    software: VisitSoftware,
    criteria: VisitCriteria,
    visit: Option<SinceFirst>,
    shape: CordPart,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct CordPart {
    cord_t2: Option<Vec<CordSignal>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitInput {
    role: String,
    spacing_mm: [f64; 3],
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitSoftware {
    pub(super) results_revision: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitCriteria {
    pub(super) name: String,
    pub(super) sha256: Option<String>,
    pub(super) thresholds: PerContrast<VisitThresholds>,
    pub(super) onset_hours: Vec<f64>,
}

impl VisitSoftware {
    fn of(software: &Software) -> Self {
        Self { results_revision: Some(software.results_revision) }
    }
}

impl VisitCriteria {
    fn of(criteria: &CriteriaRecord) -> Self {
        let thresholds = criteria.thresholds.as_ref();
        Self {
            name: criteria.name.clone(),
            sha256: Some(criteria.sha256.clone()),
            thresholds: thresholds.map(|it| VisitThresholds { hyper_above: it.hyper_above }),
            onset_hours: criteria.onset_hours.clone(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct VisitThresholds {
    pub(super) hyper_above: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitHematoma {
    pub(super) volume_mm3: f64,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitStage {
    pub(super) call: Stage,
    pub(super) volume_mm3: Option<PerStage<f64>>,
    pub(super) likelihood: Option<PerStage<f64>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitMixture {
    pub(super) phases: Vec<VisitPhase>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct VisitPhase {
    pub(super) stage: Stage,
    pub(super) likelihood: Option<PerStage<f64>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitLevels {
    pub(super) scheme: String,
    pub(super) span: Option<Span>,
    pub(super) vertebrae: usize,
    pub(super) per_level: Vec<LevelRecord>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitShape {
    pub(super) surface_mm2: Option<f64>,
    pub(super) thickness_ap: Option<LargestRecord>,
    pub(super) occupancy_area: Option<LargestRecord>,
    pub(super) occupancy_ap: Option<LargestRecord>,
    pub(super) displacement: Option<VisitDisplacement>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct VisitDisplacement {
    pub(super) mm: f64,
}
