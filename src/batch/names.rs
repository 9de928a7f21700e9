//! The names of studies, which become folders next to the tables.

use std::collections::HashMap;

use super::{error::NameError, study::BatchStudy};
use crate::table::Table;

/// A folder can have a name of this length on every file system.
pub(super) const MAX_NAME_BYTES: usize = 200;

/// Whether each study can have its name; of two that are the same, the first one can.
pub(super) fn checked(studies: &[BatchStudy<'_>]) -> Vec<Result<(), NameError>> {
    let mut first_with: HashMap<String, usize> = HashMap::new();
    let check = |(n, study): (usize, &BatchStudy<'_>)| {
        check(&study.name)?;
        let first = *first_with.entry(folded(&study.name)).or_insert(n);
        if first == n { Ok(()) } else { Err(NameError::Twice(place(studies, first))) }
    };
    studies.iter().enumerate().map(check).collect()
}

/// Where a study stands in the caller's list.
pub(super) fn place(studies: &[BatchStudy<'_>], n: usize) -> String {
    studies[n].place.clone().unwrap_or_else(|| format!("study {}", n + 1))
}

/// What two names have in common that a file system, or the tables, which hold no double quotes, take for one.
fn folded(name: &str) -> String {
    name.replace('"', "'").to_lowercase()
}

fn check(name: &str) -> Result<(), NameError> {
    let lower = name.to_lowercase();
    let is_table = |table: &Table| lower == table.file_name() || lower == table.dictionary_name();
    let is_control = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    match name {
        _ if name.trim().is_empty() || lower == "n/a" => Err(NameError::Missing),
        _ if name.contains(char::REPLACEMENT_CHARACTER) => Err(NameError::NotText),
        _ if name.contains(['/', '\\']) => Err(NameError::Slash),
        _ if name.contains(is_control) => Err(NameError::Control),
        _ if name.starts_with('.') => Err(NameError::Hidden),
        _ if name.len() > MAX_NAME_BYTES => Err(NameError::Long),
        _ if Table::ALL.iter().any(is_table) => Err(NameError::Table),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked_names(names: &[&str]) -> Vec<Result<(), NameError>> {
        let plan = || Err(NameError::Missing.into());
        let studies: Vec<BatchStudy<'_>> =
            names.iter().map(|name| BatchStudy::deferred(*name, plan)).collect();
        checked(&studies)
    }

    #[test]
    fn a_name_is_plain() {
        let long = "x".repeat(MAX_NAME_BYTES + 1);
        for (name, expected) in [
            ("Étude #1: \"a\" 'b'", Ok(())),
            ("-rf", Ok(())),
            ("", Err(NameError::Missing)),
            (" ", Err(NameError::Missing)),
            ("n/a", Err(NameError::Missing)),
            ("a\u{fffd}", Err(NameError::NotText)),
            ("a/b", Err(NameError::Slash)),
            ("a\\b", Err(NameError::Slash)),
            ("a\u{2028}b", Err(NameError::Control)),
            (".x", Err(NameError::Hidden)),
            ("..", Err(NameError::Hidden)),
            (long.as_str(), Err(NameError::Long)),
            (&long[1..], Ok(())),
            ("SUMMARY.tsv", Err(NameError::Table)),
        ] {
            assert_eq!(checked_names(&[name]), [expected], "{name}");
        }
    }

    #[test]
    fn a_name_is_given_once() {
        let found = checked_names(&["Étude \"1\"", "2", "étude '1'", "2"]);
        let twice = |place: &str| Err(NameError::Twice(place.into()));
        assert_eq!(found, [Ok(()), Ok(()), twice("study 1"), twice("study 2")]);
    }
}
