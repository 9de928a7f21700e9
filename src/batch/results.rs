//! The files that the results of a study consist of.

use hemastage_image::error::Result;

use crate::{
    io::output::OutputFolder,
    pipeline::{StageOptions, Staged},
    study::Study,
};

pub use crate::io::output::REPORT_FILE;
/// The file that holds what a study's results were made from, and the hash of each.
pub const PROVENANCE_FILE: &str = "provenance.json";

/// All that the results of a study are written from.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct StudyResults<'a> {
    /// The study's name.
    pub name: &'a str,
    /// Its images and masks.
    pub study: &'a Study,
    /// What was found.
    pub staged: &'a Staged,
    /// How it was staged.
    pub options: &'a StageOptions,
}

type Write<'a> = dyn Fn(&StudyResults<'_>, &mut OutputFolder) -> Result<()> + Send + Sync + 'a;

/// The files of a study's results.
pub(super) struct ResultFiles<'a> {
    /// Those that are written, the report first.
    pub(super) names: Vec<String>,
    /// Those that are not, and count as results all the same.
    pub(super) reserved: Vec<String>,
    pub(super) write: Box<Write<'a>>,
}

impl ResultFiles<'_> {
    /// The report alone.
    pub(super) fn report() -> Self {
        Self { names: vec![REPORT_FILE.into()], reserved: Vec::new(), write: Box::new(|_, _| Ok(())) }
    }

    /// The names of all files that count as results.
    pub(super) fn all(&self) -> impl Iterator<Item = &String> {
        self.names.iter().chain(&self.reserved)
    }
}
