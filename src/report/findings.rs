//! The findings of all parts of a report, in one order.

use hemastage_image::finding::Finding;

use super::StepResults;
use crate::{
    steps::{
        level::LevelOutcome,
        reference::{Reference, Tissue},
    },
    vocabulary::contrast::PerContrast,
};

impl StepResults<'_> {
    /// The findings in the order of the flow: on the images, then of each step.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let references = self.classified.references();
        let mut findings = self.findings;
        findings.extend(not_cord(references));
        for (contrast, reference) in references.iter() {
            let at_contrast = |finding: &Finding| finding.clone().at(contrast.key());
            findings.extend(reference.findings().iter().map(at_contrast));
        }
        findings.extend(self.fluid);
        findings.extend(self.classified.findings().iter().cloned());
        findings.extend(self.phases.findings.iter().cloned());
        findings.extend(self.field_strength);
        let of_levels = self.levels.into_iter().flat_map(LevelOutcome::findings);
        findings.extend(of_levels.map(|finding| finding.clone().at("levels")));
        findings
    }
}

/// Findings that published criteria do not apply to another reference as they stand, each once.
fn not_cord(references: &PerContrast<Reference>) -> Vec<Finding> {
    let mut names: Vec<String> = Vec::new();
    for (_, reference) in references.iter() {
        let name = match reference.tissue() {
            Some(Tissue::Cord) => continue,
            Some(tissue) => tissue.to_string(),
            None => "a given value".into(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let finding = |name| {
        let message = format!(
            "the reference is {name}: published criteria are relative to the spinal cord, so give its mask where it is in view"
        );
        Finding::warning("reference_not_cord", message).at("reference")
    };
    names.into_iter().map(finding).collect()
}
