//! A study of a batch before and after it is staged.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use hemastage_image::{
    error::{Error, Result},
    finding::Finding,
};

use crate::{
    pipeline::StageOptions,
    report::{Report, ReportWithoutHematoma},
    study::load::StudyFiles,
};

/// How a study is staged: its files and options.
#[derive(Debug, Clone)]
pub struct StudyPlan {
    pub(super) files: StudyFiles,
    pub(super) options: StageOptions,
    pub(super) other_files: Vec<PathBuf>,
    pub(super) key: Option<Vec<String>>,
}

impl StudyPlan {
    /// These files, staged with these options.
    pub fn new(files: StudyFiles, options: StageOptions) -> Self {
        Self { files, options, other_files: Vec::new(), key: None }
    }

    /// Adds a file that the options were read from, such as a criteria profile: a change of its bytes counts, and no
    /// result replaces it.
    pub fn with_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.other_files.push(path.into());
        self
    }

    /// Sets the texts that stand for what is chosen of the files and for the options, where a batch is resumed. By
    /// default these are all choices and options themselves; a manifest may give its cells instead, as written.
    pub fn with_key(mut self, key: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.key = Some(key.into_iter().map(Into::into).collect());
        self
    }

    /// What decides the results in addition to the bytes of the files, the files written and the version.
    pub(super) fn key(&self) -> Vec<String> {
        let options = || StageOptions { threads: None, ..self.options.clone() };
        self.key.clone().unwrap_or_else(|| vec![self.files.choices(), format!("{:?}", options())])
    }
}

/// A study of a batch: its name, and its plan once a worker needs it.
pub struct BatchStudy<'a> {
    pub(super) name: String,
    pub(super) place: Option<String>,
    folder: Option<PathBuf>,
    pub(super) cells: Vec<String>,
    plan: Box<Plan<'a>>,
}

type Plan<'a> = dyn Fn() -> Result<StudyPlan> + Send + Sync + 'a;

impl<'a> BatchStudy<'a> {
    /// A study and how it is staged. The name is that of its folder and in the tables.
    pub fn new(name: impl Into<String>, files: StudyFiles, options: StageOptions) -> Self {
        let plan = StudyPlan::new(files, options);
        Self::deferred(name, move || Ok(plan.clone()))
    }

    /// A study whose plan is made when it is needed, so that a long list takes little memory. It may be made more than
    /// once, in any thread.
    ///
    /// Where it fails, so does the study. Earlier results stay if the error is [`Io`](crate::ErrorKind::Io), as where
    /// a share is not mounted, and are removed otherwise. The text of the error becomes the study's reason, which
    /// others read: it should name no patient.
    pub fn deferred(
        name: impl Into<String>,
        plan: impl Fn() -> Result<StudyPlan> + Send + Sync + 'a,
    ) -> Self {
        Self { name: name.into(), place: None, folder: None, cells: Vec::new(), plan: Box::new(plan) }
    }

    /// Says where the study stands in the caller's list, as `line 7`, for messages about its name. By default it is
    /// its number, as `study 6`.
    pub fn with_place(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Sets where its results go, from the output folder, such as `sub-01/ses-02/hemastage`. By default it is its name.
    pub fn with_folder(mut self, path: impl Into<PathBuf>) -> Self {
        self.folder = Some(path.into());
        self
    }

    /// Sets its cells of the [own columns](super::Batch::with_columns) of the summary; an empty one is unknown.
    pub fn with_cells(mut self, cells: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.cells = cells.into_iter().map(Into::into).collect();
        self
    }

    /// Where its results go, from the output folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.as_deref().unwrap_or(Path::new(&self.name))
    }

    /// Its plan, with each path split from the choice after it.
    pub(super) fn plan(&self) -> Result<StudyPlan> {
        let plan = (self.plan)()?;
        Ok(StudyPlan { files: plan.files.located(), ..plan })
    }
}

impl fmt::Debug for BatchStudy<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchStudy").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A study with results.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StagedStudy {
    /// Its report.
    pub report: StudyReport,
    /// Whether results of an earlier batch were kept.
    pub is_unchanged: bool,
}

/// The report of a study of a batch.
#[derive(Debug, Clone)]
pub enum StudyReport {
    /// Of a hematoma.
    Staged(Box<Report>),
    /// Of images that show none.
    WithoutHematoma(Box<ReportWithoutHematoma>),
}

impl StudyReport {
    /// The report of a hematoma, where there is one.
    pub fn staged(&self) -> Option<&Report> {
        match self {
            Self::Staged(report) => Some(report),
            Self::WithoutHematoma(_) => None,
        }
    }

    /// What may change how far the numbers can be trusted, and what is good to know.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Staged(report) => &report.findings,
            Self::WithoutHematoma(report) => &report.findings,
        }
    }

    /// The report as JSON.
    pub fn to_json(&self) -> String {
        match self {
            Self::Staged(report) => report.to_json(),
            Self::WithoutHematoma(report) => report.to_json(),
        }
    }

    /// The report of its JSON; `None` when it is none.
    pub(super) fn of_json(bytes: &[u8]) -> Option<Self> {
        let without = || serde_json::from_slice(bytes).ok().map(Box::new).map(Self::WithoutHematoma);
        serde_json::from_slice(bytes).ok().map(Box::new).map(Self::Staged).or_else(without)
    }
}

/// A study without results.
#[derive(Debug)]
#[non_exhaustive]
pub struct FailedStudy {
    /// Why, as in the summary: one line of at most 300 characters that names files but no folder.
    pub reason: String,
    /// The error behind it; `None` where staging panicked or was done by another process. Its text may name a
    /// folder.
    pub error: Option<Error>,
}
