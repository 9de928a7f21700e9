//! The names of studies, which become folders next to the tables.

use std::collections::HashMap;

use hemastage_image::text::is_printable;

use super::{error::NameError, study::BatchStudy, tables::Tables};

/// A folder can have a name of this length on every file system.
pub(super) const MAX_NAME_BYTES: usize = 200;

/// What the name of a folder can't hold on Windows.
const NO_FOLDER_ON_WINDOWS: [char; 7] = ['<', '>', ':', '"', '|', '?', '*'];

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

/// What two names have in common that some file system takes for one.
fn folded(name: &str) -> String {
    name.to_lowercase()
}

fn check(name: &str) -> Result<(), NameError> {
    let lower = name.to_lowercase();
    let is_table = Tables::names().any(|table| lower == table);
    match name {
        _ if name.trim().is_empty() || lower == "n/a" => Err(NameError::Missing),
        _ if name.contains(char::REPLACEMENT_CHARACTER) => Err(NameError::NotText),
        _ if name.contains(['/', '\\']) => Err(NameError::Slash),
        _ if !name.chars().all(is_printable) => Err(NameError::Control),
        _ if name.starts_with('.') => Err(NameError::Hidden),
        _ if name.starts_with(['=', '+', '@']) => Err(NameError::Formula),
        _ if name.contains(NO_FOLDER_ON_WINDOWS) || name.ends_with(['.', ' ']) || is_device(&lower) => {
            Err(NameError::Windows)
        }
        _ if name.len() > MAX_NAME_BYTES => Err(NameError::Long),
        _ if is_table => Err(NameError::Table),
        _ => Ok(()),
    }
}

/// Whether Windows takes a name, in lower case, for a device, whatever its ending.
///
/// # Reference
/// Microsoft, Naming Files, Paths, and Namespaces.
fn is_device(lower: &str) -> bool {
    let stem = lower.split('.').next().unwrap_or_default().trim_end();
    let is_port = |stem: &str| {
        ["com", "lpt"].iter().any(|port| {
            let number = stem.strip_prefix(port).unwrap_or_default();
            matches!(number, "\u{b9}" | "\u{b2}" | "\u{b3}")
                || (number.len() == 1 && number.as_bytes()[0].is_ascii_digit())
        })
    };
    matches!(stem, "con" | "prn" | "aux" | "nul" | "conin$" | "conout$") || is_port(stem)
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
            ("Étude #1, 'a' (b)", Ok(())),
            ("com", Ok(())),
            ("com10", Ok(())),
            ("console", Ok(())),
            ("a+b=c@d", Ok(())),
            ("a.b", Ok(())),
            ("-rf", Ok(())),
            ("", Err(NameError::Missing)),
            (" ", Err(NameError::Missing)),
            ("n/a", Err(NameError::Missing)),
            ("a\u{fffd}", Err(NameError::NotText)),
            ("a/b", Err(NameError::Slash)),
            ("a\\b", Err(NameError::Slash)),
            ("a\u{2028}b", Err(NameError::Control)),
            ("a\u{202e}b", Err(NameError::Control)),
            ("a\u{200b}b", Err(NameError::Control)),
            ("a\u{1b}[31mb", Err(NameError::Control)),
            (".x", Err(NameError::Hidden)),
            ("..", Err(NameError::Hidden)),
            ("=1+1", Err(NameError::Formula)),
            ("+1", Err(NameError::Formula)),
            ("@SUM(A1)", Err(NameError::Formula)),
            ("a:b", Err(NameError::Windows)),
            ("\"a\"", Err(NameError::Windows)),
            ("a?", Err(NameError::Windows)),
            ("a.", Err(NameError::Windows)),
            ("a ", Err(NameError::Windows)),
            ("CON", Err(NameError::Windows)),
            ("nul.x", Err(NameError::Windows)),
            ("Com1", Err(NameError::Windows)),
            ("lpt\u{b2} .x", Err(NameError::Windows)),
            (long.as_str(), Err(NameError::Long)),
            (&long[1..], Ok(())),
            ("SUMMARY.tsv", Err(NameError::Table)),
        ] {
            assert_eq!(checked_names(&[name]), [expected], "{name}");
        }
    }

    #[test]
    fn a_name_is_given_once() {
        let found = checked_names(&["Étude 1", "2", "étude 1", "2"]);
        let twice = |place: &str| Err(NameError::Twice(place.into()));
        assert_eq!(found, [Ok(()), Ok(()), twice("study 1"), twice("study 2")]);
    }
}
