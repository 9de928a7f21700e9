//! Lines that more than one command prints.

use std::io::{self, Write};

use hemastage::{Finding, Severity, report::AlignmentRecord, stage::Stage};
use hemastage_image::text::printable;
use hemastage_view::text;

use crate::theme::Theme;

/// Width of the headings at the left.
const HEADING_WIDTH: usize = 12;
const BAR_WIDTH: usize = 24;

/// Writes one line: a heading, then its text.
pub(crate) fn line(out: &mut dyn Write, heading: &str, text: &str) -> io::Result<()> {
    let bold = Theme::heading();
    writeln!(out, "{bold}{heading:<HEADING_WIDTH$}{bold:#}{text}")
}

/// Writes a stage's share as a bar.
pub(crate) fn bar(
    out: &mut dyn Write,
    theme: Theme,
    heading: &str,
    stage: Stage,
    share: f64,
) -> io::Result<()> {
    let color = Theme::stage(stage);
    let (bar, percent) = (theme.bar(share, BAR_WIDTH), percent(share));
    line(out, heading, &format!("{stage:<15}{color}{bar}{color:#} {percent:>5}"))
}

/// A share in percent, as on the page.
pub(crate) fn percent(share: f64) -> String {
    with_spaces(&text::percent(share))
}

/// Where T1 lies, as on the page.
pub(crate) fn shift(found: &AlignmentRecord) -> String {
    with_spaces(&text::shift(found))
}

/// A count with its noun, as in `1 vertebra` or `6 vertebrae`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    with_spaces(&text::count(n, one, many))
}

/// A list of hours, as in `240 h (10 days), 36 h`.
pub(crate) fn hours(hours: &[f64]) -> String {
    hours.iter().map(|&hours| with_spaces(&text::hours(hours))).collect::<Vec<_>>().join(", ")
}

/// Text with spaces that can be typed, for a search in a terminal or a log.
fn with_spaces(text: &str) -> String {
    text.replace(text::GAP, " ")
}

/// Names with their percentages, as in `late subacute 60 %, chronic 40 %`.
pub(crate) fn shares(list: impl Iterator<Item = (Stage, f64)>) -> String {
    let one = |(stage, share): (Stage, f64)| {
        let color = Theme::stage(stage);
        format!("{color}{stage}{color:#} {}", percent(share))
    };
    list.map(one).collect::<Vec<_>>().join(", ")
}

/// A finding, with its place.
pub(crate) fn finding_text(finding: &Finding) -> String {
    let place = finding.place.as_deref().map_or(String::new(), |place| format!("{place}: "));
    printable(&format!("{place}{}", finding.message))
}

/// The warnings among findings.
pub(crate) fn warnings(findings: &[Finding]) -> Vec<String> {
    findings.iter().filter(|finding| finding.severity == Severity::Warning).map(finding_text).collect()
}

/// Writes findings, warnings first.
pub(crate) fn findings(
    out: &mut dyn Write,
    theme: Theme,
    findings: &[Finding],
    indent: &str,
) -> io::Result<()> {
    let (warnings, notes): (Vec<_>, Vec<_>) = findings.iter().partition(|f| f.severity == Severity::Warning);
    for finding in warnings.into_iter().chain(notes) {
        let (style, sign) = match finding.severity {
            Severity::Warning => (Theme::attention(), theme.warning),
            Severity::Info => (Theme::quiet(), theme.note),
        };
        writeln!(out, "{indent}{style}{sign}{style:#} {}", finding_text(finding))?;
    }
    Ok(())
}

/// Writes what the numbers are and are not: no diagnosis.
pub(crate) fn disclaimer(out: &mut dyn Write, text: &str) -> io::Result<()> {
    let quiet = Theme::quiet();
    writeln!(out, "{quiet}{text}{quiet:#}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_page_with_plain_spaces() {
        let of = [0.0, 0.001, 0.049, 0.5, 0.996, 1.0].map(percent);
        assert_eq!(of, ["0 %", "<1 %", "5 %", "50 %", ">99 %", "100 %"]);
        assert_eq!(hours(&[240.0, 36.0]), "240 h (10 days), 36 h");
        assert_eq!(
            (count(1, "vertebra", "vertebrae"), count(2, "vertebra", "vertebrae")),
            ("1 vertebra".into(), "2 vertebrae".into())
        );
    }
}
