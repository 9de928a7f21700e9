//! One study of a batch, from its row to its results.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use hemastage::{
    Report,
    io::output::{OutputFolder, Overwrite},
    load::StudyFiles,
    table::Outcome as StudyOutcome,
};

use super::{
    manifest::Manifest,
    resume::{self, MARKER, Marker},
    row::{self, Described},
    tables::Rows,
};
use crate::{
    failure::Failure,
    results::{self, Made, Wanted},
    stage,
};

/// What a table calls a study whose name is none.
const NAMELESS: &str = "n/a";

/// The studies of a batch.
#[derive(Debug)]
pub(super) struct Work {
    pub(super) manifest: Manifest,
    pub(super) names: Vec<Result<String, String>>,
    pub(super) output: PathBuf,
    pub(super) wanted: Wanted,
    /// Whether results that still stand are kept.
    pub(super) resume: bool,
}

/// What became of a study.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) study: String,
    /// The call, or why there is none.
    pub(super) outcome: Result<String, String>,
    /// Whether earlier results were kept.
    pub(super) kept: bool,
    pub(super) rows: Rows,
}

impl Work {
    /// Stages the study of a row and writes its results; whatever goes wrong becomes a reason.
    pub(super) fn finish(&self, n: usize) -> Finished {
        let found = caught(|| self.report(n));
        let study = self.names[n].as_deref().unwrap_or(NAMELESS).to_owned();
        match found {
            Ok((report, kept)) => {
                let rows = Rows::new(&study, &StudyOutcome::Staged(&report));
                Finished { study, outcome: Ok(call(&report)), kept, rows }
            }
            Err(reason) => {
                let reason = self.at(n, &reason);
                let rows = Rows::new(&study, &StudyOutcome::Failed(&reason));
                Finished { study, outcome: Err(reason), kept: false, rows }
            }
        }
    }

    /// Checks a row without staging it.
    pub(super) fn check(&self, n: usize) -> (String, Result<(), String>) {
        let checked = caught(|| {
            self.names[n].clone()?;
            let row = row::described(&self.manifest, &self.manifest.rows[n])?;
            stage::options(&row.args).map_err(|failure| reason(&failure))?;
            let files = stage::files(&row.args).map_err(|failure| reason(&failure))?;
            files.check().map_err(|error| one_line(&error.to_string()))
        });
        let study = self.names[n].as_deref().unwrap_or(NAMELESS).to_owned();
        (study, checked.map_err(|reason| self.at(n, &reason)))
    }

    /// A reason, with the line of a row that has no name or not one of its own.
    fn at(&self, n: usize, reason: &str) -> String {
        match &self.names[n] {
            Ok(_) => reason.to_owned(),
            Err(_) => format!("line {}: {reason}", self.manifest.rows[n].line),
        }
    }

    /// The report of a study, and whether it was there already.
    fn report(&self, n: usize) -> Result<(Report, bool), String> {
        let name = self.names[n].clone()?;
        let folder = self.output.join(name);
        let is_elsewhere = folder.symlink_metadata().is_ok_and(|found| !found.is_dir());
        if is_elsewhere {
            return Err(
                "a file or link in the output folder has the study's name: expected a folder or nothing"
                    .into(),
            );
        }
        let described = self.described(n);
        if let Ok((row, _)) = &described {
            self.endangered(row, &folder)?;
        }
        let found = described.and_then(|(row, files)| self.made(&row, &files, &folder));
        if found.is_err() {
            // no results beside a row that says there are none
            drop(resume::clear(&folder));
        }
        found
    }

    /// Refuses inputs that results would replace, or would become part of.
    fn endangered(&self, row: &Described, folder: &Path) -> Result<(), String> {
        let Ok(output) = self.output.canonicalize() else { return Ok(()) };
        let results = folder.file_name().map_or(output.clone(), |name| output.join(name));
        for input in &row.paths {
            let Ok(input) = input.canonicalize() else { continue };
            let is_result = input.parent() == Some(&results)
                && input.file_name().and_then(|name| name.to_str()).is_some_and(resume::is_result);
            if is_result || (input.is_dir() && results.starts_with(&input)) {
                return Err("an input lies where the results go: choose another output folder or name".into());
            }
        }
        Ok(())
    }

    /// What a row says of its study.
    fn described(&self, n: usize) -> Result<(Described, StudyFiles), String> {
        let row = row::described(&self.manifest, &self.manifest.rows[n])?;
        let files = stage::files(&row.args).map_err(|failure| reason(&failure))?;
        Ok((row, self.wanted.surroundings(files)))
    }

    fn made(&self, row: &Described, files: &StudyFiles, folder: &Path) -> Result<(Report, bool), String> {
        let text = |error: hemastage::Error| one_line(&error.to_string());
        let options = stage::options(&row.args).map_err(|failure| reason(&failure))?;
        let fingerprint = resume::fingerprint(row, files, &self.wanted).map_err(text)?;
        if self.resume
            && let Some(report) = resume::unchanged(folder, &fingerprint, &self.wanted)
        {
            return Ok((report, true));
        }
        resume::clear(folder)
            .map_err(|error| format!("earlier results could not be removed ({})", error.kind()))?;
        let study = files.open().map_err(text)?;
        let staged = hemastage::stage(&study, &options).map_err(text)?;
        let names: Vec<&str> = self.wanted.names().into_iter().chain([MARKER]).collect();
        let mut output = OutputFolder::create(folder, &names, Overwrite::Refuse).map_err(text)?;
        let name = row.args.study.as_deref();
        let made = Made { name, study: &study, staged: &staged, criteria: &options.criteria };
        let added = results::add(&mut output, made, &self.wanted);
        let marker = Marker::new(&fingerprint).with_outputs(added.map_err(|failure| reason(&failure))?);
        output.add(MARKER, |out| out.write_all(marker.as_bytes())).map_err(text)?;
        output.complete().map_err(text)?;
        Ok((staged.report, false))
    }
}

/// The result of work that may panic.
fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err("stopped unexpectedly: please report this with the study's files".into()))
}

/// A study in a few words.
fn call(report: &Report) -> String {
    let mixed = if report.mixed_phase.flag { ", mixed-phase" } else { "" };
    format!("{}{mixed}", report.stage.call)
}

fn reason(failure: &Failure) -> String {
    one_line(&failure.text().unwrap_or_default())
}

/// A text without line breaks.
fn one_line(text: &str) -> String {
    text.split('\n').map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}
