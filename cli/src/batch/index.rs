//! The page over all studies: what is kept of each while they are staged, and the file at the end.

use std::{fs, path::Path};

use hemastage::{
    batch::{BatchOutcome, FailedStudy, INDEX_FILE, StagedStudy, StudyReport},
    io::output::{OutputFolder, Overwrite},
    table::Outcome as StudyOutcome,
};
use hemastage_view::index::{Files, Index};

use super::{
    layout::{Layout, bids_folder},
    qc::Reviews,
};
use crate::{
    failure::Outcome,
    results::{PAGE, PICTURE, Selection, THUMBNAIL},
};

/// The page, where it is wanted.
pub(super) struct IndexPage<'a> {
    index: Option<Index>,
    reviews: &'a Reviews,
    layout: Layout,
}

impl<'a> IndexPage<'a> {
    /// It goes with the pages of the studies.
    pub(super) fn new(selection: &Selection, reviews: &'a Reviews, layout: Layout) -> Self {
        let mut files = Files::default().with_page(PAGE);
        if selection.file_names().contains(&PICTURE[0]) {
            files = files.with_picture(PICTURE[0]);
        }
        if layout == Layout::Bids {
            files = files.with_folders(bids_folder);
        }
        Self { index: selection.has_page().then(|| Index::new(files)), reviews, layout }
    }

    /// Adds what became of a study.
    pub(super) fn add(&mut self, study: &str, outcome: Result<&StagedStudy, &FailedStudy>) {
        let outcome = match outcome {
            Ok(staged) => match &staged.report {
                StudyReport::Staged(report) => StudyOutcome::Staged(report),
                StudyReport::WithoutHematoma(report) => StudyOutcome::WithoutHematoma(report),
            },
            Err(failed) => StudyOutcome::Failed(&failed.reason),
        };
        if let Some(index) = &mut self.index {
            index.add(study, &outcome, self.reviews.get(study));
        }
    }

    /// Writes the page. Returns whether there is one.
    pub(super) fn write(self, folder: &Path, outcome: BatchOutcome) -> Outcome<bool> {
        let Some(index) = self.index else { return Ok(false) };
        let index = index.with_not_begun(outcome.not_begun);
        let thumbnail = |study: &str| fs::read(folder.join(self.layout.study(study)).join(THUMBNAIL)).ok();
        let mut output = OutputFolder::create_after_others(folder, &[INDEX_FILE], Overwrite::Replace)?;
        output.add(INDEX_FILE, |out| index.write(out, thumbnail))?;
        output.complete()?;
        Ok(true)
    }
}
