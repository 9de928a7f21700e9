//! Observations that do not stop a study but reach its report: what is unusual, but not an error.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Result},
    word,
};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// May change how far the numbers can be trusted.
    Warning,
}

impl Severity {
    /// Both severities, the lesser first.
    pub const ALL: [Self; 2] = [Self::Info, Self::Warning];

    /// The name in reports: `info` or `warning`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "note",
            Self::Warning => "warning",
        })
    }
}

impl FromStr for Severity {
    type Err = Error;

    /// Reads a key.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("severity", &Self::ALL, Self::key, text)
    }
}

/// Something unusual but not fatal, which reaches the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A stable code for programs, such as `unsampled_voxels`.
    pub code: String,
    /// One sentence for a person, with the numbers that led to it.
    pub message: String,
    /// The input or section it concerns, such as `t2`.
    pub place: Option<String>,
}

impl Finding {
    /// A finding that is good to know.
    pub fn info(code: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Info, code: code.into(), message: message.into(), place: None }
    }

    /// A finding that may change how far the numbers can be trusted.
    pub fn warning(code: &str, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::info(code, message) }
    }

    /// Sets the input or section it concerns, unless it is already set.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place.get_or_insert_with(|| place.into());
        self
    }
}

/// The codes of the findings of a severity, each once, in order of first appearance.
pub fn codes(findings: &[Finding], severity: Severity) -> Vec<&str> {
    let mut codes: Vec<&str> = Vec::new();
    for finding in findings.iter().filter(|finding| finding.severity == severity) {
        if !codes.contains(&finding.code.as_str()) {
            codes.push(&finding.code);
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_severity_is_read_by_its_key_in_reports() {
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.key());
            assert_eq!(severity.key().parse::<Severity>().unwrap(), severity);
        }
    }
}
