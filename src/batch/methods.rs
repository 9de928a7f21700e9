//! The methods of all studies, for a paper: a paragraph for each set of settings, and the references.

use std::fmt::Write as _;

use crate::report::{Methods, Report, methods};

/// The file with the methods of all studies.
pub const METHODS_FILE: &str = "methods.md";

/// How the file begins, by which a batch knows it as its own.
pub(super) const START: &str = "# Methods, by hemastage batch\n";

/// The methods seen, each with the number of its studies, in the order of the studies.
#[derive(Debug, Default)]
pub(super) struct AllMethods(Vec<(Methods, usize)>);

impl AllMethods {
    pub(super) fn add(&mut self, report: &Report) {
        let found = methods(report);
        match self.0.iter_mut().find(|(known, _)| *known == found) {
            Some((_, n)) => *n += 1,
            None => self.0.push((found, 1)),
        }
    }

    /// The whole file.
    pub(super) fn text(&self) -> String {
        let mut text = START.to_owned();
        for (methods, n) in &self.0 {
            if self.0.len() > 1 {
                // writing to a string does not fail
                let _ = write!(text, "\n## {n} {}\n", if *n == 1 { "study" } else { "studies" });
            }
            let _ = write!(text, "\n{}\n", methods.text);
        }
        let mut references: Vec<&str> =
            self.0.iter().flat_map(|(methods, _)| &methods.references).copied().collect();
        references.sort_unstable();
        references.dedup();
        if !references.is_empty() {
            text.push_str("\n## References\n\n");
        }
        for reference in references {
            let _ = writeln!(text, "* {reference}");
        }
        text
    }
}
