//! One study of a batch, from its plan to its results.

use std::{
    fs::{self, File},
    num::NonZero,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use hemastage_image::{
    error::{Error, ErrorKind, Result},
    finding::Finding,
};

use super::{
    error::{BatchError, NameError},
    isolated::{Ended, Processes},
    marker::{self, Marker, StudyFolder},
    names::place,
    reason::{one_line, without_folders},
    results::{REPORT_FILE, ResultFiles, StudyResults},
    study::{BatchStudy, FailedStudy, StagedStudy, StudyPlan, StudyReport},
    tables::{Rows, Tables},
};
use crate::{
    io::output::{Claim, OutputFolder, Overwrite},
    pipeline::{measure_without_hematoma, on_threads, stage},
    table::{Outcome, OwnColumns},
};

/// What stands for a study's name where it can't be used.
const NAMELESS: &str = "n/a";

/// A batch at work in a folder.
pub(super) struct Work<'a> {
    pub(super) studies: &'a [BatchStudy<'a>],
    /// Whether each study can have its name.
    pub(super) names: Vec<Result<(), NameError>>,
    pub(super) results: &'a ResultFiles<'a>,
    pub(super) columns: &'a OwnColumns,
    /// Whether results that still stand are kept.
    pub(super) keeps_unchanged: bool,
    /// Whether a study is waited for that another run is staging.
    pub(super) waits: bool,
    pub(super) stop: &'a AtomicBool,
    pub(super) output: &'a Path,
    /// Where other processes stage the studies.
    pub(super) processes: Option<&'a Processes<'a>>,
}

/// What became of a study, with its rows in the tables.
pub(super) struct Finished<'a> {
    pub(super) name: &'a str,
    pub(super) outcome: Result<StagedStudy, FailedStudy>,
    pub(super) rows: Rows,
}

/// Why a study failed.
enum Failure {
    Error(Error),
    Panic,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl<'a> Work<'a> {
    /// Stages a study and writes its results; whatever goes wrong becomes a reason.
    pub(super) fn finish(&self, n: usize) -> Finished<'a> {
        let name = self.name(n);
        let outcome = self.isolated(n);
        let ended = match &outcome {
            Ok(study) => match &study.report {
                StudyReport::Staged(report) => Outcome::Staged(report),
                StudyReport::WithoutHematoma(report) => Outcome::WithoutHematoma(report),
            },
            Err(failed) => Outcome::Failed(&failed.reason),
        };
        let rows = Rows::new(name, &ended, self.columns, &self.studies[n].cells);
        Finished { name, outcome, rows }
    }

    /// Checks a study without staging it, and gives what is unusual about it.
    pub(super) fn check(&self, n: usize) -> (&'a str, Result<Vec<Finding>, FailedStudy>) {
        let checked = || {
            if let Some(processes) = self.processes {
                return processes.check(n, &self.studies[n].name);
            }
            let plan = self.plan(n)?;
            caught(|| plan.files.check()).map_err(|failure| self.failed(n, failure, Some(&plan)))
        };
        (self.name(n), checked())
    }

    /// Refuses an output folder with tables.
    pub(super) fn refuse_tables(&self) -> Result<()> {
        match Tables::names().find(|name| self.output.join(name).symlink_metadata().is_ok()) {
            Some(name) => Err(Error::from(BatchError::TableExists).at(name)),
            None => Ok(()),
        }
    }

    /// Refuses an output folder with results of these studies.
    pub(super) fn refuse_results(&self, studies: Range<usize>) -> Result<()> {
        for (study, name) in self.studies[studies.clone()].iter().zip(&self.names[studies]) {
            if name.is_ok() && self.folder(&self.output.join(study.folder())).holds_results() {
                return Err(Error::from(BatchError::ResultsExist).at(&study.name));
            }
        }
        Ok(())
    }

    /// Refuses inputs that a table would replace.
    pub(super) fn refuse_inputs_as_tables(&self, manifest: Option<&Path>) -> Result<()> {
        let Ok(output) = self.output.canonicalize() else { return Ok(()) };
        let tables: Vec<PathBuf> =
            Tables::names().map(|name| output.join(name)).filter(|path| path.exists()).collect();
        if tables.is_empty() {
            return Ok(());
        }
        let is_table = |path: &Path| path.canonicalize().is_ok_and(|path| tables.contains(&path));
        if manifest.is_some_and(is_table) {
            return Err(BatchError::InputIsTable("the manifest".into()).into());
        }
        for (n, study) in self.studies.iter().enumerate() {
            // a plan that can't be made fails its study later
            let Ok(plan) = caught(|| study.plan()) else { continue };
            if plan.inputs().into_iter().any(is_table) {
                let place = place(self.studies, n);
                return Err(BatchError::InputIsTable(format!("an input of {place}")).into());
            }
        }
        Ok(())
    }

    /// The name of a study, as messages and tables have it.
    fn name(&self, n: usize) -> &'a str {
        if self.names[n].is_ok() { &self.studies[n].name } else { NAMELESS }
    }

    fn folder<'b>(&'b self, path: &'b Path) -> StudyFolder<'b> {
        StudyFolder { path, results: self.results, is_claimed: false }
    }

    /// Claims the folder of a study. Another run that works in it is waited for if that is wanted.
    pub(super) fn claim(&self, folder: &Path) -> Result<Claim> {
        Claim::wait(folder, || !self.waits || self.stop.load(Ordering::SeqCst))
    }

    fn plan(&self, n: usize) -> Result<StudyPlan, FailedStudy> {
        let plan = || {
            self.names[n].clone().map_err(Error::from)?;
            caught(|| self.studies[n].plan())
        };
        plan().map_err(|failure| self.failed(n, failure, None))
    }

    fn failed(&self, n: usize, failure: Failure, plan: Option<&StudyPlan>) -> FailedStudy {
        let text = match &failure {
            Failure::Error(error) => error.to_string(),
            Failure::Panic => "stopped unexpectedly: please report this with the study's files".into(),
        };
        let text = plan.map_or_else(|| text.clone(), |plan| without_folders(&text, &plan.files));
        let reason = match &self.names[n] {
            Ok(()) => one_line(&text),
            // a study without a name is known by its place
            Err(_) => one_line(&format!("{}: {text}", place(self.studies, n))),
        };
        let error = match failure {
            Failure::Error(error) => Some(error),
            Failure::Panic => None,
        };
        FailedStudy { reason, error }
    }

    /// The results of a study, by another process where there are some.
    fn isolated(&self, n: usize) -> Result<StagedStudy, FailedStudy> {
        let Some(processes) = self.processes.filter(|_| self.names[n].is_ok()) else { return self.staged(n) };
        let study = &self.studies[n];
        let path = self.output.join(study.folder());
        processes.stage(n, &study.name, &path).unwrap_or_else(|Ended(reason)| {
            let failed = FailedStudy { reason, error: None };
            clear_after(&failed, self.folder(&path));
            Err(failed)
        })
    }

    /// The results of a study, made now or kept.
    pub(super) fn staged(&self, n: usize) -> Result<StagedStudy, FailedStudy> {
        let fail = |error: Error| self.failed(n, error.into(), None);
        self.names[n].clone().map_err(|error| fail(error.into()))?;
        let path = self.output.join(self.studies[n].folder());
        let folder = self.folder(&path);
        if path.symlink_metadata().is_ok_and(|found| !found.is_dir()) {
            return Err(fail(BatchError::NotAFolder.into()));
        }
        let plan = self.plan(n).inspect_err(|failed| clear_after(failed, folder))?;
        let fail = |failure: Failure| self.failed(n, failure, Some(&plan));
        self.check_inputs(&plan, n).map_err(|error| fail(error.into()))?;
        // what can't be compared with its inputs is left as it is
        if !plan.inputs().into_iter().all(is_readable) && folder.is_complete() {
            let checked = caught(|| plan.files.check());
            return Err(fail(checked.err().unwrap_or_else(|| Error::from(BatchError::Unreadable).into())));
        }
        let fingerprint = caught(|| marker::fingerprint(&plan, folder.results));
        let fingerprint = fingerprint.map_err(fail).inspect_err(|failed| clear_after(failed, folder))?;
        if let Some(kept) = self.kept(&plan, folder, &fingerprint) {
            return Ok(kept);
        }
        // what another run has under way is left alone
        let claim = Arc::new(self.claim(&path).map_err(|error| fail(error.into()))?);
        let folder = StudyFolder { is_claimed: true, ..folder };
        if claim.has_waited()
            && let Some(kept) = self.kept(&plan, folder, &fingerprint)
        {
            return Ok(kept);
        }
        let name = &self.studies[n].name;
        let staged = caught(|| Self::made(name, &plan, folder, (&fingerprint, &claim)));
        let staged = staged.map_err(fail).inspect_err(|failed| clear_after(failed, folder));
        drop(claim);
        if staged.is_err() {
            // a folder that holds more stays
            drop(fs::remove_dir(&path));
        }
        staged
    }

    /// Refuses inputs that results would replace, or would become part of.
    fn check_inputs(&self, plan: &StudyPlan, n: usize) -> Result<()> {
        let Ok(output) = self.output.canonicalize() else { return Ok(()) };
        let results = output.join(self.studies[n].folder());
        for input in plan.inputs() {
            let Ok(input) = input.canonicalize() else { continue };
            let is_result = input.parent() == Some(&results)
                && input
                    .file_name()
                    .and_then(|name| name.to_str())
                    .is_some_and(|name| self.folder(&results).is_result(name));
            if is_result || (input.is_dir() && results.starts_with(&input)) {
                return Err(BatchError::InputAmongResults.into());
            }
        }
        Ok(())
    }

    /// The results of an earlier batch, where they still stand.
    fn kept(&self, plan: &StudyPlan, folder: StudyFolder<'_>, fingerprint: &str) -> Option<StagedStudy> {
        let report =
            self.keeps_unchanged.then(|| folder.unchanged(fingerprint, names_of(plan, folder))).flatten();
        report.map(|report| StagedStudy { report, is_unchanged: true })
    }

    /// The results of a study, from its files.
    fn made(
        name: &str,
        plan: &StudyPlan,
        folder: StudyFolder<'_>,
        (fingerprint, claim): (&str, &Arc<Claim>),
    ) -> Result<StagedStudy> {
        folder.clear()?;
        if plan.files.is_without_hematoma() {
            return Self::made_without_hematoma(plan, fingerprint, claim);
        }
        // the other processors have studies of their own
        let (staged, study) = on_threads(NonZero::<usize>::MIN, || {
            plan.files.open().and_then(|study| Ok((stage(&study, &plan.options)?, study)))
        })??;
        let names: Vec<&str> = folder.results.names.iter().map(String::as_str).collect();
        // first, so that whatever happens these files are known as a batch's own
        Marker::begun(&folder.results.names).write(claim)?;
        let mut output = OutputFolder::claimed(Arc::clone(claim), &names, Overwrite::Refuse)?;
        output.add(REPORT_FILE, |out| out.write_all(staged.report.to_json().as_bytes()))?;
        let results = StudyResults { name, study: &study, staged: &staged, options: &plan.options };
        (folder.results.write)(&results, &mut output)?;
        let hashes = output.sha256();
        output.complete()?;
        Marker::new(fingerprint, hashes).write(claim)?;
        Ok(StagedStudy { report: StudyReport::Staged(Box::new(staged.report)), is_unchanged: false })
    }

    /// The report of a study whose images show no hematoma.
    fn made_without_hematoma(plan: &StudyPlan, fingerprint: &str, claim: &Arc<Claim>) -> Result<StagedStudy> {
        let report = on_threads(NonZero::<usize>::MIN, || {
            measure_without_hematoma(&plan.files.open_without_hematoma()?, &plan.options)
        })??;
        Marker::begun(&[REPORT_FILE.to_owned()]).write(claim)?;
        let mut output = OutputFolder::claimed(Arc::clone(claim), &[REPORT_FILE], Overwrite::Refuse)?;
        output.add(REPORT_FILE, |out| out.write_all(report.to_json().as_bytes()))?;
        let hashes = output.sha256();
        output.complete()?;
        Marker::new(fingerprint, hashes).write(claim)?;
        Ok(StagedStudy { report: StudyReport::WithoutHematoma(Box::new(report)), is_unchanged: false })
    }
}

/// The files of a study's results; without a hematoma there is the report alone, which is the first.
fn names_of<'a>(plan: &StudyPlan, folder: StudyFolder<'a>) -> &'a [String] {
    let all = &folder.results.names;
    if plan.files.is_without_hematoma() { &all[..1] } else { all }
}

impl StudyPlan {
    /// Every file and folder that the results are made from.
    fn inputs(&self) -> Vec<&Path> {
        let files = self.files.paths().into_iter().map(|(_, path)| path);
        files.chain(self.other_files.iter().map(PathBuf::as_path)).collect()
    }
}

/// Removes the results of a study that has none now. Complete ones stay where an input could not be read, as they may
/// still stand.
fn clear_after(failed: &FailedStudy, folder: StudyFolder<'_>) {
    let is_unread = failed.error.as_ref().is_some_and(|error| error.kind() == ErrorKind::Io);
    if !(is_unread && folder.is_complete()) {
        drop(folder.clear());
    }
}

/// Whether an input can be opened. A folder that is empty cannot: it is what stays where a share was.
fn is_readable(path: &Path) -> bool {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some()),
        Ok(found) if found.is_file() => File::open(path).is_ok(),
        // opening a pipe would wait for a writer
        Ok(_) => true,
        Err(_) => false,
    }
}

/// The result of work that may panic.
fn caught<T>(work: impl FnOnce() -> Result<T>) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Failure::Panic)?.map_err(Failure::Error)
}
