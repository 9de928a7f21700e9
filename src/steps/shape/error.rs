//! The errors of the shape step.

use hemastage_image::error::{Detail, ErrorKind};

#[derive(Debug, thiserror::Error)]
#[error("`{option}` is {found}: expected {expected}")]
pub(super) struct ShapeError {
    pub(super) option: &'static str,
    pub(super) found: f64,
    pub(super) expected: &'static str,
}

impl Detail for ShapeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
