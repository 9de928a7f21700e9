//! A reading: what is read of a report, and the mask by its stage map.

use hemastage_image::{error::Result, roi::Roi};
use serde::Deserialize;

use super::error::AgreementError;
use crate::{
    report::{LargestRecord, LevelRecord, NO_HEMATOMA_SCHEMA, SCHEMA},
    vocabulary::{contrast::PerContrast, span::Span, stage::Stage, vertebra::VertebralLevel},
};

/// One reading of a study.
#[derive(Debug, Clone)]
pub struct Reading {
    /// `None` where no hematoma was seen.
    pub(super) report: Option<ReadingReport>,
    pub(super) t2_shape: Option<[usize; 3]>,
    pub(super) mask: Option<Roi>,
}

impl Reading {
    /// The reading of a report's JSON, of any version of its schema.
    ///
    /// # Errors
    /// `Malformed` when it is not the JSON of a report.
    pub fn from_json(text: &str) -> Result<Self> {
        #[derive(Deserialize)]
        struct Start {
            schema: String,
            #[serde(default)]
            inputs: Vec<Input>,
        }
        let start: Start = serde_json::from_str(text).map_err(|_| AgreementError::NotAReport)?;
        let t2_shape = start.inputs.iter().find(|input| input.role == "t2").map(|input| input.shape);
        if start.schema == NO_HEMATOMA_SCHEMA {
            return Ok(Self { report: None, t2_shape, mask: None });
        }
        if !["hemastage/report/1", SCHEMA].contains(&&*start.schema) {
            return Err(AgreementError::NotAReport.into());
        }
        let report = serde_json::from_str(text)
            .map_err(|error| AgreementError::Damaged { line: error.line(), column: error.column() })?;
        Ok(Self { report: Some(report), t2_shape, mask: None })
    }

    /// Adds the mask: the voxels of the stage map that are not 0.
    pub fn with_map(mut self, map: Roi) -> Self {
        self.mask = Some(map);
        self
    }

    pub(super) fn volume_mm3(&self) -> f64 {
        self.report.as_ref().map_or(0.0, |report| report.hematoma.volume_mm3)
    }

    /// The mask, or why it is not known.
    pub(super) fn mask(&self) -> Result<&Roi, &'static str> {
        let Some(report) = &self.report else { return Err("a reading has no hematoma") };
        let mask = self.mask.as_ref().ok_or("the results have no stage map")?;
        if mask.len() == report.hematoma.voxels {
            Ok(mask)
        } else {
            // before 7 stood for it, a voxel without a signal was 0
            Err("the stage map does not hold the whole mask: stage the study again")
        }
    }

    pub(super) fn involved(&self) -> Option<Vec<VertebralLevel>> {
        let Some(report) = &self.report else { return Some(Vec::new()) };
        let levels = report.levels.as_ref()?;
        Some(levels.per_level.iter().filter(|record| record.involved).map(|record| record.level).collect())
    }
}

#[derive(Debug, Clone, Deserialize)]
struct Input {
    role: String,
    shape: [usize; 3],
}

/// What is read of a report.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReadingReport {
    pub(super) hematoma: ReadingHematoma,
    pub(super) stage: ReadingStage,
    pub(super) mixed_phase: ReadingMixture,
    pub(super) levels: Option<ReadingLevels>,
    pub(super) shape: ReadingShape,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReadingHematoma {
    voxels: usize,
    volume_mm3: f64,
    pub(super) signal: PerContrast<ReadingSignal>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReadingSignal {
    pub(super) median_ratio: f64,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReadingStage {
    pub(super) call: Stage,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReadingMixture {
    pub(super) flag: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReadingLevels {
    pub(super) span: Option<Span>,
    per_level: Vec<LevelRecord>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ReadingShape {
    pub(super) thickness_ap: Option<LargestRecord>,
}
