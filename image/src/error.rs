//! The one public error type: its kind, the file or option it concerns, its text and its source.

use std::fmt;

/// What went wrong, in broad strokes: a program can decide by it whether to retry, skip a study or stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A file could not be read or written.
    Io,
    /// A file breaks its own format.
    Malformed,
    /// A file is valid but holds something that is not supported.
    Unsupported,
    /// Images and masks do not fit together in space.
    Geometry,
    /// An argument or option of the caller is invalid.
    Parameter,
    /// A size exceeds the caller's limits.
    Limit,
}

/// An error with its kind, place and source.
///
/// The text says what was found, what was expected and what to do. The place is a file's name without its folder, or the
/// name of an option; folders and free header text never appear.
#[derive(Debug)]
pub struct Error {
    place: Option<String>,
    detail: Box<dyn Detail>,
}

/// An error of one module, with its kind.
#[doc(hidden)]
pub trait Detail: std::error::Error + Send + Sync + 'static {
    /// What went wrong, in broad strokes.
    fn kind(&self) -> ErrorKind;

    /// Whether the file is at fault only in the role that it was given in, so that the role is named with it.
    fn is_about_role(&self) -> bool {
        false
    }

    /// Whether a mask has no voxel, or none with its labels.
    fn is_empty_mask(&self) -> bool {
        false
    }
}

impl Error {
    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.detail.kind()
    }

    /// The file (name only) or option that the error concerns.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    /// Whether a mask has no voxel, or none with its labels.
    #[doc(hidden)]
    pub fn is_empty_mask(&self) -> bool {
        self.detail.is_empty_mask()
    }

    /// Sets the place, unless it is already set.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place.get_or_insert_with(|| place.into());
        self
    }

    /// Names the role that a file was given in, such as `the mask of the cord`, where that is what is wrong.
    #[doc(hidden)]
    pub fn in_role(mut self, role: &str) -> Self {
        if self.detail.is_about_role() {
            let file = self.place.map_or_else(String::new, |place| format!("{place}, "));
            self.place = Some(format!("{file}given as {role}"));
        }
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

/// The result of the fallible functions of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
