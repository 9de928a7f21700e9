//! What can be wrong with the visits, in words for a person.

use hemastage_image::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum FollowUpError {
    #[error("{found} visit(s): a follow-up compares two or more")]
    TooFew { found: usize },
    #[error("expected the report of a study, as `hemastage stage` writes to `report.json`")]
    NotAReport,
    #[error("a report that cannot be read from line {line}, column {column} on: stage the study again")]
    Damaged { line: usize, column: usize },
    #[error("a visit at {hours} h: expected hours since the first visit, 0 to 1000000")]
    Time { hours: f64 },
    #[error("visits {} and {} are at the same time, {hours} h: give each visit its own", first + 1, second + 1)]
    SameTime { first: usize, second: usize, hours: f64 },
    #[error("visit {} has no time, others have: give the time of each visit, or of none", visit + 1)]
    SomeTimes { visit: usize },
}

impl Detail for FollowUpError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotAReport | Self::Damaged { .. } => ErrorKind::Malformed,
            Self::TooFew { .. } | Self::Time { .. } | Self::SameTime { .. } | Self::SomeTimes { .. } => {
                ErrorKind::Parameter
            }
        }
    }
}
