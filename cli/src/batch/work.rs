//! One study of a batch, from its row to its results.

use std::{
    num::NonZero,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use hemastage::{
    ErrorKind, Report, StageOptions,
    io::output::{OutputFolder, Overwrite},
    load::StudyFiles,
    table::Outcome as StudyOutcome,
};

use super::{
    manifest::Manifest,
    named::{Named, told},
    resume::{self, Marker},
    row::{self, Described},
    tables::{Rows, Tables},
};
use crate::{
    failure::{Failure, Outcome},
    results::{self, Made, Wanted},
};

/// What a table calls a study whose name is none.
const NAMELESS: &str = "n/a";
/// No reason is longer.
const MAX_CHARACTERS: usize = 300;

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
        let found = self.report(n);
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
            let checked = self.prepared(&row).and_then(|(_, files)| Ok(files.check()?));
            checked.map_err(|failure| reason(&failure, &row))
        });
        let study = self.names[n].as_deref().unwrap_or(NAMELESS).to_owned();
        (study, checked.map_err(|reason| self.at(n, &reason)))
    }

    /// A reason in a line, with the place of a row that has no name or not one of its own.
    fn at(&self, n: usize, reason: &str) -> String {
        one_line(&match &self.names[n] {
            Ok(_) => reason.to_owned(),
            Err(_) => format!("line {}: {reason}", self.manifest.rows[n].line),
        })
    }

    /// Refuses inputs that have the place of a table.
    ///
    /// # Errors
    /// When one has.
    pub(super) fn refuse_tables_as_inputs(&self) -> Outcome {
        let Ok(output) = self.output.canonicalize() else { return Ok(()) };
        let tables: Vec<PathBuf> =
            Tables::names().map(|name| output.join(name)).filter(|path| path.exists()).collect();
        if tables.is_empty() {
            return Ok(());
        }
        let is_table = |path: &Path| path.canonicalize().is_ok_and(|path| tables.contains(&path));
        let refused = |what: &str| {
            let remedy = "choose another output folder";
            Err(Failure::Usage(format!("{what} lies where a table of the output folder goes: {remedy}")))
        };
        if is_table(&self.manifest.path) {
            return refused("the manifest");
        }
        for row in &self.manifest.rows {
            if row::named(&self.manifest, row).iter().any(|named| is_table(&named.path)) {
                return refused(&format!("an input of line {}", row.line));
            }
        }
        Ok(())
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
        let row = match row::described(&self.manifest, &self.manifest.rows[n]) {
            Ok(row) => row,
            Err(reason) => {
                // no results beside a row that says there are none
                drop(resume::clear(&folder));
                return Err(reason);
            }
        };
        self.endangered(&row, &folder)?;
        // what cannot be compared with its inputs is left as it is
        let is_kept = !row.named.iter().all(Named::is_there) && resume::is_whole(&folder);
        let made = caught(|| Ok(self.made(&row, &folder, is_kept)));
        let is_unread = matches!(&made, Ok(Err(Failure::Library(error))) if error.kind() == ErrorKind::Io);
        let found = made.and_then(|made| made.map_err(|failure| reason(&failure, &row)));
        if found.is_err() && !is_kept && !(is_unread && resume::is_whole(&folder)) {
            drop(resume::clear(&folder));
        }
        found
    }

    /// Refuses inputs that results would replace, or would become part of.
    fn endangered(&self, row: &Described, folder: &Path) -> Result<(), String> {
        let Ok(output) = self.output.canonicalize() else { return Ok(()) };
        let results = folder.file_name().map_or(output.clone(), |name| output.join(name));
        for input in &row.named {
            let Ok(input) = input.path.canonicalize() else { continue };
            let is_result = input.parent() == Some(&results)
                && input.file_name().and_then(|name| name.to_str()).is_some_and(resume::is_result);
            if is_result || (input.is_dir() && results.starts_with(&input)) {
                return Err("an input lies where the results go: choose another output folder or name".into());
            }
        }
        Ok(())
    }

    /// How the study of a row is staged, and its files.
    fn prepared(&self, row: &Described) -> Outcome<(StageOptions, StudyFiles)> {
        let options = row.args.options()?;
        Ok((options, self.wanted.surroundings(row.args.files()?)))
    }

    /// The report of a study, from its files or from results that still stand.
    fn made(&self, row: &Described, folder: &Path, is_kept: bool) -> Outcome<(Report, bool)> {
        let (options, files) = self.prepared(row)?;
        if is_kept {
            files.check()?;
            return Err(Failure::Input("an input could not be opened: check that it is readable".into()));
        }
        let fingerprint = resume::fingerprint(row, &files, &self.wanted)?;
        if self.resume
            && let Some(report) = resume::unchanged(folder, &fingerprint, &self.wanted)
        {
            return Ok((report, true));
        }
        resume::clear(folder).map_err(Failure::Input)?;
        // the other processors have studies of their own
        let opened = || files.open().and_then(|study| Ok((hemastage::stage(&study, &options)?, study)));
        let (staged, study) = hemastage::on_threads(NonZero::<usize>::MIN, opened)??;
        let names = self.wanted.names();
        // first, so that whatever happens these files are known for a batch's own
        Marker::begun(&names).put(folder)?;
        let mut output = OutputFolder::create(folder, &names, Overwrite::Refuse)?;
        let name = row.args.study.as_deref();
        let made = Made { name, study: &study, staged: &staged, criteria: &options.criteria };
        let hashes = results::add(&mut output, made, &self.wanted)?;
        output.complete()?;
        Marker::new(&fingerprint, hashes).put(folder)?;
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

/// What went wrong with a row, without the text of a cell.
fn reason(failure: &Failure, row: &Described) -> String {
    told(&failure.text().unwrap_or_default(), &row.named)
}

/// A text without line breaks, of bounded length.
fn one_line(text: &str) -> String {
    let lines = text.split(char::is_control).map(str::trim).filter(|line| !line.is_empty());
    let text = lines.collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(MAX_CHARACTERS - 1) {
        Some((end, last)) if end + last.len_utf8() < text.len() => format!("{}…", &text[..end]),
        _ => text,
    }
}
