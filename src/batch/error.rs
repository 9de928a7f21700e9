//! What can be wrong with a batch or with a study's place in it, in words for a person.

use std::io;

use hemastage_image::error::{Detail, ErrorKind};

use super::names::MAX_NAME_BYTES;

#[derive(Debug, thiserror::Error)]
pub(super) enum BatchError {
    #[error(
        "already exists in the output folder: choose another folder, go on with --resume, or replace them with --force"
    )]
    TableExists,
    #[error(
        "the output folder already holds results of this study: choose another folder, go on with --resume, or replace them with --force"
    )]
    ResultsExist,
    #[error("the output folder cannot be made ({0}): choose another one or change its permissions")]
    Folder(io::ErrorKind),
    #[error(
        "what has this name in the output folder is no table of a batch: move it away, or choose another folder"
    )]
    NotATable,
    #[error(
        "could not be written ({0}): check the output folder's permissions and free space, then go on with --resume"
    )]
    Unwritten(#[source] io::Error),
    #[error(
        "two columns of the summary would be named `{0}`: rename or leave out the one of the list of studies"
    )]
    ColumnTwice(String),
    #[error("{0} lies where a table of the output folder goes: choose another output folder")]
    InputIsTable(String),
    #[error("an input lies where the results go: choose another output folder or name")]
    InputAmongResults,
    #[error("a file or link in the output folder has the study's name: expected a folder or nothing")]
    NotAFolder,
    #[error("the line is no request of a batch")]
    NotARequest,
    #[error("the list of studies has changed since the batch began")]
    OtherStudies,
    #[error("an input could not be opened: check that it is readable")]
    Unreadable,
    #[error("earlier results could not be removed ({0})")]
    NotRemoved(io::ErrorKind),
    #[error(
        "lies where the results go, and no batch wrote it: move it away, or choose another folder or name"
    )]
    Foreign,
}

impl Detail for BatchError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Folder(_) | Self::Unwritten(_) | Self::Unreadable | Self::NotRemoved(_) => ErrorKind::Io,
            Self::NotARequest | Self::OtherStudies => ErrorKind::Malformed,
            Self::TableExists
            | Self::ResultsExist
            | Self::NotATable
            | Self::ColumnTwice(_)
            | Self::InputIsTable(_)
            | Self::InputAmongResults
            | Self::NotAFolder
            | Self::Foreign => ErrorKind::Parameter,
        }
    }
}

/// What is wrong with the name of a study.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NameError {
    #[error("the study's name is missing: {PLAIN}")]
    Missing,
    #[error("the study's name is not UTF-8 text")]
    NotText,
    #[error("the study's name holds a `/` or `\\`: {PLAIN}")]
    Slash,
    #[error("the study's name holds a character that cannot be printed, such as a line break: {PLAIN}")]
    Control,
    #[error("the study's name starts with a `.`: {PLAIN}")]
    Hidden,
    #[error("the study's name starts with `=`, `+` or `@`, which spreadsheets take for a formula: {PLAIN}")]
    Formula,
    #[error(
        "the study's name cannot be that of a folder on Windows (`<>:\"|?*`, a `.` or space at the end, a device such as CON): {PLAIN}"
    )]
    Windows,
    #[error("the study's name is longer than {MAX_NAME_BYTES} bytes: {PLAIN}")]
    Long,
    #[error("the study's name is that of a table: {PLAIN}")]
    Table,
    #[error("the study's name is that of {0}, but for capital letters at most: expected each once")]
    Twice(String),
}

const PLAIN: &str = "expected a plain name for a folder";

impl Detail for NameError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
