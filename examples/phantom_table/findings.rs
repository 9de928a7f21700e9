//! What is said of the studies of the table, and of which of them.

use std::{collections::BTreeMap, fmt::Write as _};

use hemastage::{Result, Severity, StageOptions, stage};
use rayon::prelude::*;

use crate::{drawn, fixed, study::study};

/// Studies of each set.
const STUDIES: usize = 40;

/// The warnings of the studies by set and code, as a table.
pub(crate) fn text() -> Result<String> {
    let mut text = HEAD.to_owned();
    let mut sets = drawn::first(STUDIES);
    sets.push(("fixed", fixed::first(STUDIES)?));
    for (name, options) in sets {
        let of = |options: &_| -> Result<Vec<String>> {
            let findings = stage(&study(options)?.0, &StageOptions::default())?.report.findings;
            let warnings = findings.into_iter().filter(|finding| finding.severity == Severity::Warning);
            Ok(warnings.map(|finding| finding.code).collect())
        };
        let n = options.len();
        let found: Vec<Vec<String>> = options.par_iter().map(of).collect::<Result<_>>()?;
        let mut codes: BTreeMap<String, usize> = BTreeMap::new();
        for mut of_study in found {
            of_study.sort_unstable();
            of_study.dedup();
            for code in of_study {
                *codes.entry(code).or_default() += 1;
            }
        }
        let list: Vec<String> = codes.iter().map(|(code, n)| format!("`{code}` {n}")).collect();
        let list = if list.is_empty() { "none".to_owned() } else { list.join(", ") };
        let _ = writeln!(text, "| {name} | {n} | {list} |");
    }
    Ok(text)
}

const HEAD: &str = "| set | studies | warnings, by the number of studies |\n|---|---|---|\n";
