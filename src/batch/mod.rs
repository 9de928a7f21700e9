//! Stages many studies into one folder: in parallel, in order, and so that a stopped batch can be resumed.
//!
//! The folder gets the [tables](crate::table) of all studies, in the order in which the studies were given, their
//! [methods](crate::report::methods()) as text, and one folder per study with its `report.json` and whatever else [`Batch::with_results`] writes. A study that fails
//! becomes a row with its reason and stops nothing.
//!
//! However a batch ends, even by a power cut, a run with [`Existing::Resume`] completes it to the same bytes as if it
//! had never stopped. Each study's `provenance.json` holds a SHA-256 of all that decides its results, and of each
//! result; what still matches is kept, everything else is staged again. Only what a batch wrote is ever removed.
//!
//! # Example
//! ```
//! use hemastage::{
//!     StageOptions,
//!     batch::{Batch, BatchStudy, Existing},
//!     load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
//! };
//! # let data = tempfile::tempdir()?;
//! # let scan = hemastage_phantom::phantom(&hemastage_phantom::PhantomOptions::small())?;
//! # for name in ["P001", "P002"] { scan.write(data.path().join(name))? }
//! # let (data, results) = (data.path(), data.path().join("results"));
//!
//! let studies = ["P001", "P002"].map(|name| {
//!     let file = |file: &str| data.join(name).join(file);
//!     let files = StudyFiles::new(
//!         ImageFile::new(file("t1.nii.gz")),
//!         ImageFile::new(file("t2.nii.gz")),
//!         MaskFile::new(file("hematoma.nii.gz")),
//!         ReferenceFile::Cord(MaskFile::new(file("cord.nii.gz"))),
//!     );
//!     BatchStudy::new(name, files, StageOptions::default())
//! });
//! let batch = Batch::new(studies)
//!     .with_existing(Existing::Resume)
//!     .with_results(["stages.nii.gz"], |results, output| {
//!         output.add("stages.nii.gz", |out| results.staged.stage_map.write_nifti_gz(out))
//!     });
//! let outcome = batch.run(&results, |name, study| match study {
//!     Ok(study) => println!("{name}: {:?}", study.report.staged().map(|report| report.stage.call)),
//!     Err(failed) => println!("{name}: {}", failed.reason),
//! })?;
//! assert_eq!((outcome.staged, outcome.failed), (2, 0));
//! assert!(results.join("summary.tsv").exists() && results.join("P002/stages.nii.gz").exists());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod isolated;
mod marker;
mod methods;
mod names;
mod ordered;
mod overview;
mod reason;
mod results;
mod study;
mod tables;
mod work;

use std::{
    fmt, fs,
    num::NonZero,
    path::{Path, PathBuf},
    process::Command,
    sync::{Arc, atomic::AtomicBool},
    thread,
};

use hemastage_image::{
    error::{Error, Result},
    finding::Finding,
};

use self::{
    error::BatchError, isolated::Processes, methods::AllMethods, ordered::in_order, results::ResultFiles,
    tables::Tables, work::Work,
};
pub use self::{
    isolated::BatchWorker,
    methods::METHODS_FILE,
    overview::{INDEX_FILE, INDEX_START},
    results::{PROVENANCE_FILE, REPORT_FILE, StudyResults},
    study::{BatchStudy, FailedStudy, StagedStudy, StudyPlan, StudyReport},
};
use crate::{io::output::OutputFolder, table::OwnColumns};

/// What to do where the output folder holds tables or results already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Existing {
    /// An error, before anything is done.
    #[default]
    Refuse,
    /// Results that were made from the same inputs, by the same options and version, are kept; all others are
    /// replaced.
    Resume,
    /// All are replaced.
    Replace,
}

/// How many studies ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchOutcome {
    /// Studies with results, those kept from an earlier batch included.
    pub staged: usize,
    /// Of these, studies whose results of an earlier batch were kept.
    pub unchanged: usize,
    /// Studies without results; the summary says why.
    pub failed: usize,
    /// Studies that a stop left out.
    pub not_begun: usize,
}

/// Studies to be staged, and how; see the [module](self).
pub struct Batch<'a> {
    studies: Vec<BatchStudy<'a>>,
    jobs: NonZero<usize>,
    existing: Existing,
    stop: Arc<AtomicBool>,
    manifest: Option<PathBuf>,
    columns: OwnColumns,
    results: ResultFiles<'a>,
    processes: Option<Processes<'a>>,
}

impl<'a> Batch<'a> {
    /// These studies, with one job per processor.
    pub fn new(studies: impl IntoIterator<Item = BatchStudy<'a>>) -> Self {
        Self {
            studies: studies.into_iter().collect(),
            jobs: thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN),
            existing: Existing::default(),
            stop: Arc::default(),
            manifest: None,
            columns: OwnColumns::default(),
            results: ResultFiles::report(),
            processes: None,
        }
    }

    /// Sets how many studies are staged in parallel, each on one thread. Memory grows with this number, not with
    /// that of the studies; no result depends on it.
    pub fn with_jobs(mut self, jobs: NonZero<usize>) -> Self {
        self.jobs = jobs;
        self
    }

    /// Sets what to do where results exist.
    pub fn with_existing(mut self, existing: Existing) -> Self {
        self.existing = existing;
        self
    }

    /// Once this is set, as by a handler of Ctrl-C, no study is begun; those under way are completed.
    pub fn with_stop(mut self, stop: Arc<AtomicBool>) -> Self {
        self.stop = stop;
        self
    }

    /// Names the file that lists the studies, so that a table that would replace it is refused.
    pub fn with_manifest(mut self, path: impl Into<PathBuf>) -> Self {
        self.manifest = Some(path.into());
        self
    }

    /// Adds columns of the caller's own to the end of the summary, such as age or sex; each study has its cells by
    /// [`BatchStudy::with_cells`]. They decide no result: a study whose cells change is kept.
    pub fn with_columns(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.columns = OwnColumns::new(names.into_iter().map(Into::into));
        self
    }

    /// Sets what is written of each study in addition to its report: the names of the files, and how they are added to
    /// its folder. They appear together with the report or not at all.
    pub fn with_results(
        mut self,
        names: impl IntoIterator<Item = impl Into<String>>,
        write: impl Fn(&StudyResults<'_>, &mut OutputFolder) -> Result<()> + Send + Sync + 'a,
    ) -> Self {
        self.results.names.truncate(1);
        self.results.names.extend(names.into_iter().map(Into::into));
        self.results.write = Box::new(write);
        self
    }

    /// Names files that are not written now but may be results of an earlier batch: such a file of a batch is
    /// removed with the other results, and any other such file makes its study fail.
    pub fn with_reserved(mut self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.results.reserved = names.into_iter().map(Into::into).collect();
        self
    }

    /// Stages each study in another process, so that one that ends its process, as by a lack of memory, fails alone.
    ///
    /// The command starts a program that makes the same batch, without isolation, and answers each line of its standard
    /// input with a line on its standard output, by [`worker`](Self::worker). It should end at once at the end of its
    /// input, and leave signals to this process.
    pub fn with_isolation(mut self, command: impl Fn() -> Command + Send + Sync + 'a) -> Self {
        self.processes = Some(Processes::new(command));
        self
    }

    /// The side of a process that an isolated batch into this folder has started.
    pub fn worker<'b>(&'b self, folder: &'b Path) -> BatchWorker<'b> {
        BatchWorker { work: Work { processes: None, ..self.work(folder) } }
    }

    /// The studies whose name cannot be used, by their place in the list, with the reason.
    pub fn refused_names(&self) -> Vec<(usize, Error)> {
        let names = names::checked(&self.studies).into_iter().enumerate();
        names.filter_map(|(n, name)| Some((n, name.err()?.into()))).collect()
    }

    /// Checks every study as [`StudyFiles::check`](crate::study::load::StudyFiles::check) does, in order, and writes nothing;
    /// `on_study` gets what is unusual about each.
    pub fn check(&self, mut on_study: impl FnMut(&str, Result<Vec<Finding>, FailedStudy>)) -> BatchOutcome {
        let work = self.work(Path::new(""));
        let mut outcome = BatchOutcome::default();
        let deliver =
            |(name, checked): (&str, Result<Vec<Finding>, FailedStudy>)| -> Result<(), std::convert::Infallible> {
                outcome.count(checked.is_err(), false);
                on_study(name, checked);
                Ok(())
            };
        let Ok(n) = in_order(self.studies.len(), self.jobs(), &self.stop, |n| work.check(n), deliver);
        BatchOutcome { not_begun: self.studies.len() - n, ..outcome }
    }

    /// Stages every study and writes its results; `on_study` gets what became of each, in order, once its rows are in
    /// the tables.
    ///
    /// # Errors
    /// `Parameter` when the folder holds results that may not be replaced, a table that no batch wrote, or an input in
    /// the place of a table, or when an own column has another column's name; `Io` when the folder or a table can't be written, or another batch is at work there.
    pub fn run(
        &self,
        folder: impl AsRef<Path>,
        mut on_study: impl FnMut(&str, Result<StagedStudy, FailedStudy>),
    ) -> Result<BatchOutcome> {
        let folder = folder.as_ref();
        if let Some(name) = self.columns.taken() {
            return Err(BatchError::ColumnTwice(name.into()).into());
        }
        let work = self.work(folder);
        if self.existing == Existing::Refuse {
            work.refuse_existing()?;
        }
        fs::create_dir_all(folder).map_err(|error| BatchError::Folder(error.kind()))?;
        Tables::check(folder)?;
        work.refuse_inputs_as_tables(self.manifest.as_deref())?;
        let mut tables = Tables::create(folder, &self.columns)?;
        let mut outcome = BatchOutcome::default();
        let mut methods = AllMethods::default();
        let deliver = |finished: work::Finished<'_>| -> Result<()> {
            tables.append(&finished.rows)?;
            let staged = finished.outcome.iter().filter_map(|study| study.report.staged());
            staged.for_each(|report| methods.add(report));
            let is_unchanged = finished.outcome.as_ref().is_ok_and(|study| study.is_unchanged);
            outcome.count(finished.outcome.is_err(), is_unchanged);
            on_study(finished.name, finished.outcome);
            Ok(())
        };
        let n = in_order(self.studies.len(), self.jobs(), &self.stop, |n| work.finish(n), deliver)?;
        tables.write_methods(&methods.text())?;
        Ok(BatchOutcome { not_begun: self.studies.len() - n, ..outcome })
    }

    fn work<'b>(&'b self, output: &'b Path) -> Work<'b> {
        Work {
            studies: &self.studies,
            names: names::checked(&self.studies),
            results: &self.results,
            columns: &self.columns,
            keeps_unchanged: self.existing == Existing::Resume,
            output,
            processes: self.processes.as_ref(),
        }
    }

    fn jobs(&self) -> usize {
        self.jobs.get().min(self.studies.len())
    }
}

impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("studies", &self.studies.len())
            .field("jobs", &self.jobs)
            .field("existing", &self.existing)
            .field("results", &self.results.names)
            .finish_non_exhaustive()
    }
}

impl BatchOutcome {
    fn count(&mut self, is_failed: bool, is_unchanged: bool) {
        self.staged += usize::from(!is_failed);
        self.unchanged += usize::from(is_unchanged);
        self.failed += usize::from(is_failed);
    }
}
