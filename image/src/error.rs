//! The one public error: what kind it is, where it happened and what to do.

use std::fmt;

/// What went wrong, in broad strokes; a caller decides by it whether to retry, skip a study or stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// A file breaks its own format.
    Malformed,
    /// A file is valid but holds something this crate does not read.
    Unsupported,
    /// Images and masks do not fit together in space.
    Geometry,
    /// An option of the caller makes no sense.
    Parameter,
    /// A size exceeds the caller's limits.
    Limit,
}

/// An error with its kind, the place it happened at and the cause.
///
/// The text says what was found, what was expected and what to do. A place is a file's name
/// without its folder, or the name of an option; folders and free header text never appear.
#[derive(Debug)]
pub struct Error {
    place: Option<String>,
    detail: Box<dyn Detail>,
}

/// A module's own error, which knows its kind.
#[doc(hidden)]
pub trait Detail: std::error::Error + Send + Sync + 'static {
    /// What went wrong, in broad strokes.
    fn kind(&self) -> ErrorKind;
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.detail.kind()
    }

    /// The file (name only) or option at fault.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// Names the place, unless an inner one is already named.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place.get_or_insert_with(|| place.into());
        self
    }
}

impl<D: Detail> From<D> for Error {
    fn from(detail: D) -> Self {
        Self { place: None, detail: Box::new(detail) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Some(place) => write!(f, "{place}: {}", self.detail),
            None => self.detail.fmt(f),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.detail.source()
    }
}

/// The result of every fallible function of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
