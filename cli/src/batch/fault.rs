//! What is wrong with a manifest: where, what, and what to do.

use std::fmt;

use hemastage::ErrorKind;

/// One fault. Its text quotes no cell, which may hold a folder or a date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The row's line in the file.
    pub(super) line: Option<u64>,
    /// The column, by its meaning or its number.
    place: Option<String>,
    text: String,
    pub(super) kind: ErrorKind,
}

impl Fault {
    /// Of the table or a row as a whole.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self { line: None, place: None, text: text.into(), kind: ErrorKind::Parameter }
    }

    /// Of the n-th column; the text goes on after `column 3`.
    pub(super) fn of_column(n: usize, text: impl Into<String>) -> Self {
        Self::new(format!("column {} {}", n + 1, text.into()))
    }

    /// Of a cell in the column of an option.
    pub(super) fn of_cell(column: impl Into<String>, text: impl Into<String>) -> Self {
        Self { place: Some(column.into()), ..Self::new(text) }
    }

    /// Whether it is of a cell and not of how cells go together.
    pub(super) fn is_of_cell(&self) -> bool {
        self.place.is_some()
    }

    /// The same of another kind; after `Io`, earlier results may still stand.
    pub(super) fn of_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// The same in the row on this line.
    pub(super) fn on_line(self, line: u64) -> Self {
        Self { line: Some(line), ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.place) {
            (Some(line), Some(place)) => write!(f, "line {line}, {place}: {}", self.text),
            (Some(line), None) => write!(f, "line {line}: {}", self.text),
            (None, Some(place)) => write!(f, "{place}: {}", self.text),
            (None, None) => f.write_str(&self.text),
        }
    }
}
