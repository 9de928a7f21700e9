//! The notes below the figure: what limits the call and the choice of planes.

use hemastage::{Staged, Study, phase::MIXTURE_RULE};

use crate::text::{shift, volume};

/// A longer part beyond the mask of the center line gets a note.
const MAX_BEYOND_MM: f64 = 10.0;

/// One sentence per limit.
pub(super) fn notes(study: &Study, staged: &Staged) -> Vec<String> {
    let mut notes = Vec::new();
    let report = &staged.report;
    let by_rule = report.findings.iter().find(|finding| finding.code == MIXTURE_RULE);
    notes.extend(by_rule.map(|finding| format!("Call by rule: {}.", finding.message)));
    if let Some(found) = report.alignment.as_ref().filter(|found| found.undone) {
        notes.push(format!(
            "T1 lies {}. Its signal was taken there; the pictures show both images as they are.",
            shift(found)
        ));
    }
    if let Some(levels) = report.levels.as_ref().filter(|levels| levels.outside_mm3 > 0.0) {
        notes.push(format!(
            "{} of the hematoma lie beyond the labeled vertebrae.",
            volume(levels.outside_mm3)
        ));
    }
    if !study.is_oriented() {
        notes.push("The masks do not tell left from right, so no side is named.".to_owned());
    }
    if staged.section().is_none() {
        let unknown = "The place of the greatest thickness is not known: the planes are the slices of the mask with the most hematoma.";
        notes.push(unknown.to_owned());
    }
    let shape = &report.shape;
    if let (Some(line), Some(extent)) = (&shape.line, &shape.extent)
        && extent.beyond_mm > MAX_BEYOND_MM
    {
        notes.push(format!(
            "{:.0} mm of the hematoma lie beyond the {line} mask, where its center line is extended straight: thickness and sectors are uncertain there.",
            extent.beyond_mm
        ));
    }
    notes
}
