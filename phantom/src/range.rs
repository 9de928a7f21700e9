//! The range check of every number that a caller gives.

use hemastage_image::error::{Detail, ErrorKind};

/// A number outside its range.
#[derive(Debug, thiserror::Error)]
#[error("{what} is {found}: expected {min} to {max}{unit}")]
pub(super) struct RangeError {
    what: &'static str,
    found: f64,
    min: f64,
    max: f64,
    unit: &'static str,
}

impl Detail for RangeError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// Refuses a number outside `[min, max]`, `NaN` included.
pub(super) fn check(
    what: &'static str,
    found: f64,
    (min, max): (f64, f64),
    unit: &'static str,
) -> Result<(), RangeError> {
    if (min..=max).contains(&found) { Ok(()) } else { Err(RangeError { what, found, min, max, unit }) }
}
