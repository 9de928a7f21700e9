//! Tables as texts, with their dictionaries.

use hemastage::table::{Outcome, Table};

/// The name of a study that was given none.
const UNNAMED: &str = "n/a";

/// A table and its dictionary.
pub(crate) type Texts = (String, String);

pub(crate) fn summary(study: Option<&str>, outcome: &Outcome<'_>) -> Texts {
    let table = Table::Summary;
    (table.header() + &table.rows(study.unwrap_or(UNNAMED), outcome), table.dictionary())
}
