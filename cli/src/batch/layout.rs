//! Where the results of a study and of a patient go in the output folder.

use std::path::PathBuf;

/// The folder, next to the images of a BIDS derivative, of what BIDS has no name for.
pub(super) const OWN_FOLDER: &str = "hemastage";

/// How the output folder is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// A folder per study, next to the tables.
    Flat,
    /// A folder in that of each session of a BIDS derivative.
    Bids,
}

impl Layout {
    /// The folder of a study's results, from the output folder.
    pub(super) fn study(self, name: &str) -> PathBuf {
        match self {
            Self::Flat => name.into(),
            Self::Bids => bids_folder(name).into(),
        }
    }

    /// The folder of a patient's follow-up.
    pub(super) fn patient(self, name: &str) -> PathBuf {
        match self {
            Self::Flat => name.into(),
            Self::Bids => format!("{name}/{OWN_FOLDER}").into(),
        }
    }
}

/// The folder of a study `sub-01_ses-02` or `sub-01` in a BIDS derivative.
pub(super) fn bids_folder(study: &str) -> String {
    format!("{}/{OWN_FOLDER}", session_folder(study))
}

/// The folder of its session, or of its subject.
pub(super) fn session_folder(study: &str) -> String {
    match study.split_once("_ses-") {
        Some((subject, session)) => format!("{subject}/ses-{session}"),
        None => study.to_owned(),
    }
}
