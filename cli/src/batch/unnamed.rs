//! Columns without a name: empty ones of a spreadsheet, row numbers and row names of pandas and R.

use super::{
    columns::{names_studies, option_name},
    manifest::Row,
    missing::{is_missing, whole},
    own,
};

/// What a column without a name holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unnamed {
    /// No text in any row.
    Empty,
    /// In front of all others, a whole number in each row.
    RowNumbers,
    /// In front of all others, a name in each row.
    RowNames,
    /// Anything else.
    Other,
}

impl Unnamed {
    /// What the n-th column holds.
    pub(super) fn of(n: usize, rows: &[Row]) -> Self {
        let all = |is: fn(&str) -> bool| rows.iter().all(|row| is(row.cell(n)));
        if all(str::is_empty) {
            Self::Empty
        } else if n > 0 {
            Self::Other
        } else if all(is_number) {
            Self::RowNumbers
        } else if all(is_name) {
            Self::RowNames
        } else {
            Self::Other
        }
    }

    /// Whether the names can be those of studies, which reach file names: no dates.
    pub(super) fn can_name_studies(self, rows: &[Row]) -> bool {
        self == Self::RowNames && own::withheld("", rows.iter().map(|row| row.cell(0))).is_none()
    }
}

/// Whether the rows begin with a cell that the header lacks, as R writes its row names.
pub(super) fn is_header_short(header: &[&str], rows: &[Row]) -> bool {
    let n = header.len();
    // trailing empty cells are a spreadsheet's
    let has_last = rows.iter().any(|row| !row.cell(n).is_empty());
    let is_longer = has_last && rows.iter().all(|row| row.cells.len() == n + 1);
    let is_named = matches!(Unnamed::of(0, rows), Unnamed::RowNumbers | Unnamed::RowNames);
    // else the last column lacks its name
    let mut studies = (0..n).filter(|&at| names_studies(&option_name(header[at])));
    is_longer && is_named && studies.all(|at| rows.iter().all(|row| is_name(row.cell(at + 1))))
}

fn is_number(cell: &str) -> bool {
    let digits = whole(cell);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a cell may name a row, and is no path.
fn is_name(cell: &str) -> bool {
    !is_missing(cell)
        && !cell.contains(['/', '\\'])
        && own::withheld("", std::iter::once(cell)) != Some(own::PATHS)
}
