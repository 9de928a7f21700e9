//! The top of the page: the call in words and the facts next to it.

use hemastage::{
    classify::Model,
    phase::MIXTURE_RULE,
    report::{Levels, MixedPhaseRecord, NOT_REQUESTED, Report},
    stage::Stage,
};
use hemastage_image::finding::Severity;
use maud::{Markup, html};

use super::text::{at, bar, capital, count, list, mm, or_why, outside, percent, stage, swatch, volume, why};

/// The head of the page: the call as title, the phases and the disclaimer.
pub(super) fn head(report: &Report, study: Option<&str>) -> Markup {
    let call = report.stage.call;
    html! {
        header {
            p.eyebrow {
                "Signal phase of a spinal hematoma"
                @if let Some(study) = study { " · " (outside(study)) }
            }
            h1 { (swatch(call)) " " span #call { (capital(&call.to_string())) } }
            p.lead { (mixed(&report.mixed_phase)) }
            @if let Some(finding) = report.findings.iter().find(|finding| finding.code == MIXTURE_RULE) {
                p { (capital(&finding.message)) "." }
            }
            (warnings(report))
            p.disclaimer role="note" { (outside(&report.disclaimer)) }
        }
    }
}

/// The warnings, each in a sentence; nothing where there are none.
fn warnings(report: &Report) -> Markup {
    let warnings = || report.findings.iter().filter(|finding| finding.severity == Severity::Warning);
    html! {
        @if warnings().next().is_some() {
            ul.warnings aria-label="Warnings" {
                @for finding in warnings() {
                    li {
                        strong { "Warning" @if let Some(place) = &finding.place { ", " (outside(place)) } ": " }
                        (outside(&finding.message)) "."
                    }
                }
            }
        }
    }
}

/// The facts next to the call, one term each.
pub(super) fn facts(report: &Report) -> Markup {
    let shares: Vec<_> = report.stage.fractions.iter().map(|(stage, &share)| (stage, share)).collect();
    html! {
        section aria-labelledby="answer" {
            h2 #answer { "Answer" }
            (bar(&shares))
            p.note { (fractions(&shares)) }
            dl.facts {
                div { dt { "The signal fits" } dd { (candidates(report)) } }
                @if report.stage.model.name == Model::Relaxation {
                    div { dt { "By the table" } dd { (stage(report.stage.pattern.call)) } }
                }
                div { dt { "Mixed-phase" } dd { (capital(&verdict(&report.mixed_phase))) } }
                div { dt { "Levels" } dd { (levels(report)) } }
                div { dt { "Volume" } dd { (volume(report.hematoma.volume_mm3)) } }
                (shape(report))
                div { dt { "Onset" } dd { (onset(report)) } }
                div { dt { "Findings" } dd { a href="#findings" { (findings(report)) } } }
            }
        }
    }
}

/// What the bar shows, as in `Of the core: acute 39 %, late subacute 61 %.`
fn fractions(shares: &[(Stage, f64)]) -> String {
    let shown = shares.iter().filter(|(_, share)| *share > 0.0);
    let each: Vec<String> = shown.map(|(stage, share)| format!("{stage} {}", percent(*share))).collect();
    format!("Of the core: {}.", each.join(", "))
}

/// Position, thickness, length and share of the canal.
fn shape(report: &Report) -> Markup {
    let shape = &report.shape;
    let fact = |name: &str, key: &str, value: Option<String>| {
        html! { div { dt { (name) } dd { (or_why(report, key, value, |text| outside(&text))) } } }
    };
    let position = shape.position.as_deref().map(capital);
    let thickness = shape.thickness_ap.as_ref().map(|l| format!("{}{}", mm(l.value), at(&l.place)));
    let length = shape.extent.as_ref().map(|extent| mm(extent.length_mm));
    let canal = shape
        .occupancy_area
        .as_ref()
        .map(|l| format!("{} of the canal's area{}", percent(l.value), at(&l.place)));
    html! {
        (fact("Position", "shape.position", position))
        (fact("AP thickness", "shape.thickness_ap", thickness))
        (fact("Length", "shape.extent", length))
        (fact("Canal occupancy", "shape.occupancy_area", canal))
    }
}

/// The stages that fit the signal.
fn candidates(report: &Report) -> Markup {
    html! {
        @if report.stage.candidates.is_empty() { (stage(report.stage.call)) }
        ul.inline {
            @for candidate in &report.stage.candidates {
                li { (stage(candidate.stage)) " " (percent(candidate.probability)) }
            }
        }
    }
}

/// One sentence on the phases.
fn mixed(record: &MixedPhaseRecord) -> String {
    let stages: Vec<String> = record.phases.iter().map(|phase| phase.stage.to_string()).collect();
    match stages.as_slice() {
        [] => "No stage is coherent enough to be called a phase.".into(),
        [one] => format!("One phase: {one}."),
        _ => format!("Mixed-phase: blood of {} stages, {}{}.", stages.len(), list(&stages), renewed(record)),
    }
}

/// Mixed-phase or not, its kind, and renewed bleeding.
fn verdict(record: &MixedPhaseRecord) -> String {
    if !record.flag {
        return "no".into();
    }
    let kind = record.kind.map(|kind| format!(", {kind}")).unwrap_or_default();
    let renewed = if record.suggests_rebleed {
        "; suggests renewed bleeding"
    } else {
        "; does not suggest renewed bleeding"
    };
    format!("yes{kind}{renewed}")
}

fn renewed(record: &MixedPhaseRecord) -> &'static str {
    if record.suggests_rebleed { ", which suggests renewed bleeding" } else { "" }
}

/// The span and its counts, as in `C3–T1: 6 vertebrae, 5 interspaces`.
fn levels(report: &Report) -> Markup {
    let reason = why(report, "levels");
    html! {
        @match &report.levels {
            Some(levels) => (span(levels)),
            None if reason == NOT_REQUESTED => span.absent { "not known: no vertebrae were given" },
            None => span.absent { "not measured: " (outside(reason)) },
        }
    }
}

fn span(levels: &Levels) -> String {
    let Some(span) = &levels.span else { return "none involved".into() };
    let vertebrae = count(levels.vertebrae, "vertebra", "vertebrae");
    let interspaces = count(levels.interspaces, "interspace", "interspaces");
    let runs = if levels.runs.len() > 1 { format!(" in {} runs", levels.runs.len()) } else { String::new() };
    format!("{span}: {vertebrae}{runs}, {interspaces}")
}

fn onset(report: &Report) -> String {
    let onsets = &report.criteria.onset_hours;
    if onsets.is_empty() {
        return "not given".into();
    }
    let each: Vec<String> = onsets.iter().map(|&hours| super::text::hours(hours)).collect();
    format!("{} before the scan", list(&each))
}

fn findings(report: &Report) -> String {
    let warnings = report.findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
    let notes = report.findings.len() - warnings;
    match (warnings, notes) {
        (0, 0) => "none".into(),
        (0, notes) => count(notes, "note", "notes"),
        (warnings, 0) => count(warnings, "warning", "warnings"),
        (warnings, notes) => {
            format!("{}, {}", count(warnings, "warning", "warnings"), count(notes, "note", "notes"))
        }
    }
}
