//! The report of a study without a hematoma in a few lines for a person, or as JSON for a program.

use std::io::{self, Write};

use anstream::adapter::strip_str;
use hemastage::report::{NOT_REQUESTED, ReportWithoutHematoma};
use hemastage_image::text::{printable, printable_json};

use crate::{
    failure::Outcome,
    lines::{disclaimer, findings, line},
    summary::reference,
    theme::Theme,
};

/// Prints the report as in `report.json`.
pub(crate) fn print_json(report: &ReportWithoutHematoma) -> Outcome {
    let mut out = io::stdout().lock();
    out.write_all(printable_json(&report.to_json()).as_bytes())?;
    Ok(out.flush()?)
}

/// Prints the summary and the names of the files that were written.
pub(crate) fn print(report: &ReportWithoutHematoma, written: &[&str]) -> Outcome {
    let mut text = Vec::new();
    write(&mut text, report, Theme::of_stdout(), written)?;
    let mut out = anstream::stdout().lock();
    out.write_all(&text)?;
    Ok(out.flush()?)
}

/// The summary as plain text.
pub(crate) fn plain(report: &ReportWithoutHematoma) -> io::Result<String> {
    let mut text = Vec::new();
    write(&mut text, report, Theme::PLAIN, &[])?;
    Ok(strip_str(&String::from_utf8_lossy(&text)).to_string())
}

fn write(
    out: &mut dyn Write,
    report: &ReportWithoutHematoma,
    theme: Theme,
    written: &[&str],
) -> io::Result<()> {
    line(out, "hematoma", "none at this time")?;
    match (&report.levels, report.reasons.get("levels")) {
        (Some(levels), _) => {
            let cord = levels.cord.as_ref().map_or_else(|| "not known".into(), ToString::to_string);
            line(out, "levels", &format!("none involved; the cord lies at {cord}"))?;
        }
        (None, Some(reason)) if reason != NOT_REQUESTED => {
            line(out, "levels", &format!("not known: {}", printable(reason)))?;
        }
        _ => {}
    }
    let edge = report.criteria.thresholds.t2.hyper_above;
    if let Some(signals) = &report.shape.cord_t2 {
        let changed = signals.iter().filter_map(|signal| {
            let ratio = signal.median_ratio.filter(|&ratio| ratio >= edge)?;
            Some(format!("{} {ratio:.1}", signal.level))
        });
        let changed: Vec<String> = changed.collect();
        let text = if changed.is_empty() { "normal".into() } else { changed.join(", ") };
        line(out, "cord T2", &text)?;
    }
    line(out, "reference", &reference("T1", &report.reference.t1, theme))?;
    line(out, "", &reference("T2", &report.reference.t2, theme))?;
    if !report.findings.is_empty() {
        writeln!(out)?;
        findings(out, theme, &report.findings, "")?;
    }
    writeln!(out)?;
    if !written.is_empty() {
        line(out, "written", &written.join(", "))?;
    }
    disclaimer(out, &report.disclaimer)
}
