//! The notes below the figure.

use hemastage::{Staged, Study, phase::MIXTURE_RULE};
use hemastage_image::finding::{self, Severity};

use super::text::volume;

/// Longer parts beyond the cord's mask than this are worth a note.
const BEYOND_MM: f64 = 10.0;

/// What the reader must know of the call and of how the planes were chosen.
pub(super) fn notes(study: &Study, staged: &Staged) -> Vec<String> {
    let mut notes = Vec::new();
    let report = &staged.report;
    let by_rule = report.findings.iter().find(|finding| finding.code == MIXTURE_RULE);
    notes.extend(by_rule.map(|finding| format!("Call by rule: {}.", finding.message)));
    let warnings = finding::codes(&report.findings, Severity::Warning);
    if !warnings.is_empty() {
        notes.push(format!("Warnings in the report: {}.", warnings.join(", ")));
    }
    if let Some(levels) = report.levels.as_ref().filter(|levels| levels.outside_mm3 > 0.0) {
        notes.push(format!("{} lie beyond the labeled vertebrae.", volume(levels.outside_mm3)));
    }
    if !study.is_oriented() {
        notes.push("The masks do not tell left from right, so no side is named.".to_owned());
    }
    if staged.section().is_none() {
        let known = "The place of the greatest thickness is not known: the planes are the slices of the mask with most hematoma.";
        notes.push(known.to_owned());
    }
    let shape = &report.shape;
    if let (Some(line), Some(extent)) = (&shape.line, &shape.extent)
        && extent.beyond_mm > BEYOND_MM
    {
        notes.push(format!(
            "{:.0} mm of the hematoma lie beyond the {line}'s mask, whose line is taken to go straight on: thickness and sectors are uncertain there.",
            extent.beyond_mm
        ));
    }
    notes
}
