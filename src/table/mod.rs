//! Writes reports as tables with one row per study, per vertebral level or per number.
//!
//! Tab-separated UTF-8 text as in BIDS: a header line, `n/a` for unknown values, no quoting, and a data
//! dictionary for each table. Header, rows and dictionary are made from one list of columns; `docs/tables.md`
//! shows it.

mod cell;
mod column;
mod further;
mod levels;
mod measures;
mod own;
mod shape;
mod signal;
mod spine;
mod stage_labels;
mod summary;

pub use self::stage_labels::stage_labels;
pub(crate) use self::{
    cell::Cell,
    column::{Column, Definition, dictionary},
    own::OwnColumns,
};
use crate::report::{Report, ReportWithoutHematoma};

/// The outcome of a study.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// It was staged.
    Staged(&'a Report),
    /// Its images show no hematoma.
    WithoutHematoma(&'a ReportWithoutHematoma),
    /// It failed; the reason is one line.
    Failed(&'a str),
}

/// A table that one or more studies are written to.
///
/// # Example
/// ```
/// use hemastage::table::{Outcome, Table};
/// let row = Table::Summary.rows("patient 7", &Outcome::Failed("the mask is empty"));
/// assert!(row.starts_with("patient 7\tfailed\tthe mask is empty\tn/a\t"));
/// assert_eq!(row.split('\t').count(), Table::Summary.header().split('\t').count());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Table {
    /// One row per study; a column per measure.
    Summary,
    /// One row per vertebral level of a study.
    Levels,
    /// One row per number: study, region, level, measure, value, unit.
    Measures,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 3] = [Self::Summary, Self::Levels, Self::Measures];

    /// The name of its file, such as `summary.tsv`.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Summary => "summary.tsv",
            Self::Levels => "levels.tsv",
            Self::Measures => "measures.tsv",
        }
    }

    /// The name of its dictionary's file, such as `summary.json`.
    pub const fn dictionary_name(self) -> &'static str {
        match self {
            Self::Summary => "summary.json",
            Self::Levels => "levels.json",
            Self::Measures => "measures.json",
        }
    }

    /// The names of the columns as one line, line break included.
    pub fn header(self) -> String {
        let names: Vec<&str> = self.definitions().iter().map(|column| column.name.as_str()).collect();
        names.join("\t") + "\n"
    }

    /// The rows of a study, line breaks included.
    ///
    /// A staged study has one row in the summary, one per vertebral level in the levels (no row when they are
    /// unknown) and one per number in the measures. A study without a hematoma and a failed one have a row in the summary only.
    pub fn rows(self, study: &str, outcome: &Outcome<'_>) -> String {
        match self {
            Self::Summary => summary::row(study, outcome),
            Self::Levels => levels::rows(study, outcome),
            Self::Measures => measures::rows(study, outcome),
        }
    }

    /// The data dictionary as indented JSON, with a final line break.
    ///
    /// # Reference
    /// BIDS, tabular files: `LongName`, `Description`, `Format`, `Units`, `Delimiter`, `Levels` per column. Of a column with a
    /// `Delimiter`, `Format` is that of each value in a cell.
    pub fn dictionary(self) -> String {
        dictionary(self.definitions().into_iter())
    }

    fn definitions(self) -> Vec<&'static Definition> {
        match self {
            Self::Summary => summary::definitions(),
            Self::Levels => levels::definitions(),
            Self::Measures => measures::definitions(),
        }
    }
}

/// The first column of every table.
fn study_column() -> Definition {
    Definition::new("study", "Study", "Name of the study, as the caller gave it")
}

/// Cells as one line, line break included.
pub(crate) fn line(cells: impl IntoIterator<Item = Cell>) -> String {
    let texts: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
    texts.join("\t") + "\n"
}
