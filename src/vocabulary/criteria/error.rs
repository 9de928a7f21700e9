//! What can be wrong with a profile.

use hemastage_image::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
pub(super) enum ProfileError {
    #[error("unknown criteria profile `{name}`: expected a TOML file or one of {known}")]
    Unknown { name: String, known: String },
    #[error("line {line}: {message}")]
    Toml { line: usize, message: String },
    #[error("line {line}: {message}")]
    Rule { line: usize, message: String },
    #[error("{part}: {message}")]
    Value { part: String, message: String },
    #[error("the stage `{stage}` is missing: list all five, with an empty pattern list if it has none")]
    Missing { stage: &'static str },
}

impl Detail for ProfileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Unknown { .. } | Self::Value { .. } => ErrorKind::Parameter,
            _ => ErrorKind::Malformed,
        }
    }
}
