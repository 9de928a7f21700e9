//! What can be wrong with a reading, in words for a person.

use hemastage_image::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum AgreementError {
    #[error("expected the report of a study, as `hemastage stage` writes to `report.json`")]
    NotAReport,
    #[error("a report that cannot be read from line {line}, column {column} on: stage the study again")]
    Damaged { line: usize, column: usize },
}

impl Detail for AgreementError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Malformed
    }
}
