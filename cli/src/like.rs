//! The settings of an earlier report, for a study that is to be staged like it.
//!
//! Settings are taken and files never are. What is given on the command line takes precedence.

use std::{ffi::OsString, fs::File, io::Read as _, path::Path};

use hemastage::{
    Criteria, ErrorKind, Report, Result,
    classify::{Model, Smoothing},
    criteria::Thresholds,
    level::{LevelOptions, Scheme},
    phase::PhaseOptions,
    reference::ReferenceMode,
    report::RESULTS_REVISION,
    shape::ShapeOptions,
};
use hemastage_image::{file_name, open_regular};

use crate::failure::{Failure, Outcome, refusal};

/// No report is larger.
const MAX_BYTES: u64 = 64 << 20;

/// Settings of an earlier report; by default none.
#[derive(Debug, Default)]
pub(crate) struct Like(Option<Box<Report>>);

impl Like {
    /// Reads a report.
    ///
    /// # Errors
    /// When it is no report.
    pub(crate) fn read(path: &Path) -> Outcome<Self> {
        let name = file_name(path);
        let refused = |text: &str| {
            Failure::input(format!("{name}: {text}: expected the `report.json` of a staged study"))
        };
        let opened =
            open_regular(path).map_err(|error| refused(&format!("could not be read ({})", error.kind())))?;
        let (file, _): (File, _) = opened.ok_or_else(|| refused("not a regular file"))?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES)
            .read_to_end(&mut bytes)
            .map_err(|error| refused(&format!("could not be read ({})", error.kind())))?;
        let report = serde_json::from_slice(&bytes).map_err(|_| refused("not a report of this program"))?;
        Ok(Self(Some(report)))
    }

    /// The name of the criteria profile.
    ///
    /// # Errors
    /// When it is not built in, so that its file must be named.
    pub(crate) fn criteria(&self) -> Result<Option<OsString>> {
        let Some(report) = &self.0 else { return Ok(None) };
        let name = report.criteria.name.as_str();
        if Criteria::built_in_names().any(|known| known == name) {
            return Ok(Some(name.into()));
        }
        Err(refusal(
            ErrorKind::Parameter,
            "--like: the report's criteria profile is not built in: name its file with --criteria, or another profile",
        ))
    }

    /// The thresholds of T1 and T2.
    pub(crate) fn thresholds(&self) -> [Option<Thresholds>; 2] {
        let Some(report) = &self.0 else { return [None; 2] };
        let of_report = &report.criteria.thresholds;
        [&of_report.t1, &of_report.t2]
            .map(|found| Some(Thresholds { hypo_below: found.hypo_below, hyper_above: found.hyper_above }))
    }

    /// How the reference was asked to follow the cord.
    pub(crate) fn reference_mode(&self) -> Option<ReferenceMode> {
        self.0.as_ref()?.settings.asked.reference_mode
    }

    /// The model that was asked for.
    pub(crate) fn model(&self) -> Option<Model> {
        self.0.as_ref()?.settings.asked.model
    }

    pub(crate) fn smoothing(&self) -> Option<Smoothing> {
        Some(self.0.as_ref()?.settings.smoothing)
    }

    pub(crate) fn align(&self) -> bool {
        self.0.as_ref().is_some_and(|report| report.settings.align)
    }

    pub(crate) fn phases(&self) -> Option<PhaseOptions> {
        Some(self.0.as_ref()?.settings.phases.clone())
    }

    pub(crate) fn levels(&self) -> Option<LevelOptions> {
        self.0.as_ref()?.settings.levels.clone()
    }

    pub(crate) fn shape(&self) -> Option<ShapeOptions> {
        Some(self.0.as_ref()?.settings.shape.clone())
    }

    /// The numbering of the label map, where it is built in.
    pub(crate) fn scheme(&self) -> Option<OsString> {
        let scheme = &self.0.as_ref()?.levels.as_ref()?.scheme;
        Scheme::built_in_names().any(|known| known == scheme.as_str()).then(|| scheme.into())
    }

    /// Whether files without an orientation were accepted.
    pub(crate) fn allows_unoriented(&self) -> bool {
        self.0.as_ref().is_some_and(|report| report.inputs.iter().any(|input| input.orientation.is_none()))
    }

    /// Whether inputs were hashed.
    pub(crate) fn hashes_inputs(&self) -> bool {
        self.0.as_ref().is_some_and(|report| report.inputs.iter().any(|input| input.sha256.is_some()))
    }

    /// Why numbers may differ from the report's though the settings are the same.
    pub(crate) fn warnings(&self, criteria: &Criteria) -> Vec<String> {
        let Some(report) = &self.0 else { return Vec::new() };
        let revision = report.software.results_revision;
        let mut warnings = Vec::new();
        if report.criteria.sha256 != criteria.sha256() {
            warnings.push(
                "--like: the criteria profile is not the report's (another SHA-256), so calls may differ"
                    .into(),
            );
        }
        if revision != RESULTS_REVISION {
            warnings.push(format!(
                "--like: the report is of results revision {revision} and this program of {RESULTS_REVISION}, so numbers may differ"
            ));
        }
        warnings
    }
}
