//! Reports as tables: one study per row, one vertebral level per row, one number per row.
//!
//! Tab-separated UTF-8 text as in BIDS: a header in the first line, `n/a` for what is not known, no quoting,
//! each table with its data dictionary. The columns are data, so that header, rows and dictionary are made
//! from the same list. `docs/tables.md` lists them.
//!
//! | file | what it does |
//! |---|---|
//! | `cell.rs` | numbers, words and what is missing as text |
//! | `column.rs` | a column: name, unit, words, and how its value is taken; the dictionary |
//! | `summary.rs` | one row per study; `signal.rs`, `spine.rs` and `shape.rs` hold most of its columns |
//! | `levels.rs` | one row per vertebral level of a study |
//! | `measures.rs` | one row per number, from the columns of the other two |
//! | `stage_labels.rs` | the values of the stage map |

mod cell;
mod column;
mod levels;
mod measures;
mod shape;
mod signal;
mod spine;
mod stage_labels;
mod summary;

pub use self::stage_labels::stage_labels;
use self::{
    cell::Cell,
    column::{Definition, dictionary},
};
use crate::report::Report;

/// What became of a study.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// It was staged.
    Staged(&'a Report),
    /// It was not, for this reason; one line.
    Failed(&'a str),
}

/// A table of studies.
///
/// # Example
/// ```
/// use hemastage::table::{Outcome, Table};
/// let row = Table::Summary.rows("patient 7", &Outcome::Failed("the mask is empty"));
/// assert!(row.starts_with("patient 7\tfailed\tthe mask is empty\tn/a\t"));
/// assert_eq!(row.split('\t').count(), Table::Summary.header().split('\t').count());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    /// One row per study, a column per measure.
    Summary,
    /// One row per vertebral level of a study.
    Levels,
    /// One row per number: study, region, level, measure, value, unit.
    Measures,
}

impl Table {
    /// All tables.
    pub const ALL: [Self; 3] = [Self::Summary, Self::Levels, Self::Measures];

    /// The file it is kept in, such as `summary.tsv`.
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::Summary => "summary.tsv",
            Self::Levels => "levels.tsv",
            Self::Measures => "measures.tsv",
        }
    }

    /// The file its dictionary is kept in, such as `summary.json`.
    pub const fn dictionary_name(self) -> &'static str {
        match self {
            Self::Summary => "summary.json",
            Self::Levels => "levels.json",
            Self::Measures => "measures.json",
        }
    }

    /// The names of the columns as one line, with its line break.
    pub fn header(self) -> String {
        let names: Vec<&str> = self.definitions().iter().map(|column| column.name.as_str()).collect();
        names.join("\t") + "\n"
    }

    /// The rows of a study, each with its line break.
    ///
    /// A staged study has one row in the summary, one per vertebral level in the levels (none when they are
    /// not known) and one per number in the measures. A failed study has one row in the summary only.
    pub fn rows(self, study: &str, outcome: &Outcome<'_>) -> String {
        match self {
            Self::Summary => summary::row(study, outcome),
            Self::Levels => levels::rows(study, outcome),
            Self::Measures => measures::rows(study, outcome),
        }
    }

    /// The data dictionary as indented JSON, with a line break at its end.
    ///
    /// # Reference
    /// BIDS, tabular files: `LongName`, `Description`, `Units`, `Delimiter`, `Levels` per column.
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

/// The column that every table begins with.
fn study_column() -> Definition {
    Definition::new("study", "Study", "Name of the study, as the caller gave it")
}

/// Cells as one line.
fn line(cells: impl IntoIterator<Item = Cell>) -> String {
    let texts: Vec<String> = cells.into_iter().map(|cell| cell.to_string()).collect();
    texts.join("\t") + "\n"
}
