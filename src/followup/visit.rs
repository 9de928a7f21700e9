//! A visit: what is read of its report, and when it was.

use hemastage_image::error::Result;
use serde::Deserialize;

use super::error::FollowUpError;
use crate::{
    report::{CordSignal, LargestRecord, LevelRecord, Report},
    vocabulary::{contrast::PerContrast, per_stage::PerStage, span::Span, stage::Stage, units::Onset},
};

/// How far an outline may lie off, in voxels.
const OUTLINE_VOXELS: f64 = 0.25;

/// One study of a patient, or a scan that showed no hematoma.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// `None` when no hematoma was seen.
    pub(super) report: Option<VisitReport>,
    /// By the caller, since any moment that all visits share.
    pub(super) at_hours: Option<f64>,
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
        let report = VisitReport {
            inputs: inputs
                .map(|it| VisitInput { role: it.role.clone(), spacing_mm: it.spacing_mm })
                .collect(),
            software: VisitSoftware { results_revision: Some(report.software.results_revision) },
            criteria: VisitCriteria {
                name: report.criteria.name.clone(),
                sha256: Some(report.criteria.sha256.clone()),
                thresholds: report
                    .criteria
                    .thresholds
                    .as_ref()
                    .map(|it| VisitThresholds { hyper_above: it.hyper_above }),
                onset_hours: report.criteria.onset_hours.clone(),
            },
            hematoma: VisitHematoma { volume_mm3: report.hematoma.volume_mm3 },
            stage: VisitStage { call: report.stage.call, likelihood: Some(report.stage.likelihood) },
            levels,
            shape: VisitShape {
                surface_mm2: Some(shape.surface_mm2),
                thickness_ap: shape.thickness_ap.clone(),
                occupancy_area: shape.occupancy_area.clone(),
                occupancy_ap: shape.occupancy_ap.clone(),
                displacement: shape.displacement.as_ref().map(|moved| VisitDisplacement { mm: moved.mm }),
                cord_t2: shape.cord_t2.clone(),
            },
        };
        Self { report: Some(report), at_hours: None }
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
        let known = ["hemastage/report/1", crate::report::SCHEMA];
        match serde_json::from_str::<Schema>(text) {
            Ok(found) if known.contains(&&*found.schema) => {}
            _ => return Err(FollowUpError::NotAReport.into()),
        }
        let report = serde_json::from_str(text)
            .map_err(|error| FollowUpError::Damaged { line: error.line(), column: error.column() })?;
        Ok(Self { report: Some(report), at_hours: None })
    }

    /// A visit whose scan showed no hematoma.
    pub fn without_hematoma() -> Self {
        Self { report: None, at_hours: None }
    }

    /// Sets its time: hours since a moment that all visits share.
    ///
    /// # Errors
    /// `Parameter` when they are negative, more than a million, or NaN.
    pub fn at_hours(mut self, hours: f64) -> Result<Self> {
        self.at_hours = Some(Onset::from_hours(hours).map_err(|_| FollowUpError::Time { hours })?.hours());
        Ok(self)
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
        let likelihood = self.report.as_ref()?.stage.likelihood?;
        let five = Stage::FIVE.map(|stage| likelihood[stage]);
        // no stage is impossible, whatever the signal
        let least = 0.001 * five.iter().copied().fold(0.0, f64::max);
        let with_least = five.map(|p| p + least);
        let sum: f64 = with_least.iter().sum();
        Some(with_least.map(|p| p / sum))
    }
}

/// What is read of a report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct VisitReport {
    pub(super) inputs: Vec<VisitInput>,
    pub(super) software: VisitSoftware,
    pub(super) criteria: VisitCriteria,
    pub(super) hematoma: VisitHematoma,
    pub(super) stage: VisitStage,
    pub(super) levels: Option<VisitLevels>,
    pub(super) shape: VisitShape,
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
    pub(super) cord_t2: Option<Vec<CordSignal>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(super) struct VisitDisplacement {
    pub(super) mm: f64,
}
