//! Errors of the library as exceptions of the package, by their kind.

use hemastage::{Error, ErrorKind};
use pyo3::prelude::*;

/// The exception of an error, with its text and place.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let kind = match error.kind() {
        ErrorKind::Io => "io",
        ErrorKind::Malformed => "malformed",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Geometry => "geometry",
        ErrorKind::Limit => "limit",
        _ => "parameter",
    };
    let made = || -> PyResult<PyErr> {
        let of = py.import("hemastage._errors")?.getattr("of")?;
        Ok(PyErr::from_value(of.call1((kind, error.to_string(), error.place()))?))
    };
    made().unwrap_or_else(|failed| failed)
}

/// A result with its error as an exception.
pub(crate) fn checked<T>(py: Python<'_>, result: hemastage::Result<T>) -> PyResult<T> {
    result.map_err(|error| raised(py, &error))
}
