//! The findings of all parts of a report, in one order.

use hemastage_image::finding::Finding;

use super::{Further, StepResults, onset::onset_outside};
use crate::{
    steps::{
        align::AlignOutcome,
        level::{LevelOutcome, Levels},
        reference::{CenterLine, Reference, Tissue, TrendRun},
    },
    vocabulary::contrast::{Contrast, PerContrast},
};

/// A stretch of the cord is named on an image where it is so much darker or brighter than its trend.
const DARK: f64 = 0.9;
const BRIGHT: f64 = 1.1;
/// From a border between levels, so that rounding does not name another one.
const INSIDE_MM: f64 = 1.0;

impl StepResults<'_> {
    /// The findings in the order of the flow: on the images, then of each step.
    pub(super) fn into_findings(self) -> Vec<Finding> {
        let references = self.classified.references();
        let mut findings = self.findings;
        findings.extend(not_cord(references));
        findings.extend(lesions(references, self.levels.and_then(LevelOutcome::levels)));
        for (contrast, reference) in references.iter() {
            let at_contrast = |finding: &Finding| finding.clone().at(contrast.key());
            findings.extend(reference.findings().iter().map(at_contrast));
        }
        findings.extend(self.alignment.and_then(AlignOutcome::finding));
        findings.extend(self.fluid);
        findings.extend(self.classified.findings().iter().cloned());
        findings.extend(self.phases.findings.iter().cloned());
        let prior = self.classified.prior();
        findings.extend(onset_outside(prior.criteria(), self.phases.call, prior.onsets()));
        findings.extend(self.field_strength);
        findings.extend(self.further.into_iter().flat_map(Further::findings));
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

/// A finding for each stretch of the cord that stands out of its trend, with its levels where these are known.
fn lesions(references: &PerContrast<Reference>, levels: Option<&Levels>) -> Vec<Finding> {
    let runs = |contrast: Contrast| references[contrast].trend().map_or(&[][..], |trend| trend.runs());
    let (t1, t2) = (runs(Contrast::T1), runs(Contrast::T2));
    let is_same = |a: &TrendRun, b: &TrendRun| (a.from_mm, a.to_mm) == (b.from_mm, b.to_mm);
    let both = t1.iter().map(|run| (Some(run), t2.iter().find(|other| is_same(run, other))));
    let alone =
        t2.iter().filter(|run| !t1.iter().any(|other| is_same(run, other))).map(|run| (None, Some(run)));
    let finding = |(t1, t2): (Option<&TrendRun>, Option<&TrendRun>)| {
        let run = t1.or(t2)?;
        let named = [("T1", t1), ("T2", t2)].into_iter().filter_map(|(name, run)| {
            let factor = run?.factor;
            (!(DARK..=BRIGHT).contains(&factor)).then(|| format!("{name} is {factor:.1} times"))
        });
        let named = named.collect::<Vec<_>>().join(" and ");
        let reference = if t1.is_some() { &references.t1 } else { &references.t2 };
        let line = reference.center_line();
        let at = line.zip(levels).and_then(|(line, levels)| place(line, run, levels)).unwrap_or_default();
        let length = run.to_mm - run.from_mm;
        let message = format!(
            "{named} the trend of the reference over {length:.0} mm{at}, as in a lesion of the cord: the reference there goes by the rest of it"
        );
        (!named.is_empty()).then(|| Finding::info("reference_lesion", message).at("reference"))
    };
    both.chain(alone).filter_map(finding).collect()
}

/// The levels that a stretch of the cord spans, as ` at C5-C6`.
fn place(line: &CenterLine, run: &TrendRun, levels: &Levels) -> Option<String> {
    let level = |position: f64| levels.spine.place(line.near_mm(position)).level;
    let (upper, lower) = (level(run.to_mm - INSIDE_MM), level(run.from_mm + INSIDE_MM));
    match (upper, lower) {
        (Some(upper), Some(lower)) if upper != lower => Some(format!(" at {upper}-{lower}")),
        (upper, lower) => upper.or(lower).map(|level| format!(" at {level}")),
    }
}
