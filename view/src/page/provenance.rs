//! Findings, inputs, software, and the reasons of missing values.

use hemastage::report::{Input, Report, methods as methods_of};
use hemastage_image::finding::{Finding, Severity};
use maud::{Markup, html};

use super::{
    tables::{stacked, table},
    text::{capital, outside, trimmed, why},
};

/// The findings, warnings first.
pub(super) fn findings(report: &Report) -> Markup {
    let (warnings, notes): (Vec<_>, Vec<_>) =
        report.findings.iter().partition(|finding| finding.severity == Severity::Warning);
    html! {
        section aria-labelledby="findings" {
            h2 #findings tabindex="-1" { "Findings" }
            @if report.findings.is_empty() { p { "No findings." } }
            ul.findings {
                @for finding in warnings.into_iter().chain(notes) { (item(finding)) }
            }
        }
    }
}

fn item(finding: &Finding) -> Markup {
    html! {
        li class=(finding.severity.key()) {
            strong { (capital(&finding.severity.to_string())) }
            @if let Some(place) = &finding.place { ", " (outside(place)) }
            ": " (outside(&capital(&finding.message))) ". "
            code { (outside(&finding.code)) }
        }
    }
}

/// What was done, as text for a paper.
pub(super) fn methods(report: &Report) -> Markup {
    let methods = methods_of(report);
    html! {
        section aria-labelledby="methods" {
            h2 #methods { "Methods" }
            p { (outside(&methods.text)) }
            ul { @for reference in methods.references { li.source { (outside(reference)) "." } } }
        }
    }
}

/// The inputs, the software that read them, and missing values.
pub(super) fn provenance(report: &Report) -> Markup {
    let hashes = report.inputs.iter().any(|input| input.sha256.is_some());
    let rows = html! {
        thead { tr {
            th scope="col" { "Role" } th scope="col" { "File" } th scope="col" { "Format" }
            th scope="col" { "Voxels" } th scope="col" { "Spacing, mm" } th scope="col" { "Orientation" }
            th scope="col" { "Labels" } th.number scope="col" { "Bytes" }
            @if hashes { th scope="col" { "SHA-256" } }
        } }
        tbody { @for input in &report.inputs { (row(report, input, hashes)) } }
    };
    html! {
        section aria-labelledby="provenance" {
            h2 #provenance { "Provenance" }
            p {
                (outside(&report.software.name)) " " (outside(&report.software.version))
                ", report schema " code { (outside(&report.schema)) } "."
            }
            (stacked("Inputs", &rows))
            (missing(report))
        }
    }
}

fn row(report: &Report, input: &Input, hashes: bool) -> Markup {
    let by = |numbers: [String; 3]| numbers.join(" × ");
    let absent = |key: &str| html! { span.absent { (outside(why(report, &format!("inputs[].{key}")))) } };
    html! { tr {
        th scope="row" { (outside(&input.role)) }
        td.name data-h="File" { @if let Some(file) = &input.file { (outside(file)) } @else { (absent("file")) } }
        td data-h="Format" { (outside(&input.format)) }
        td data-h="Voxels" { (by(input.shape.map(|n| n.to_string()))) } td data-h="Spacing, mm" { (by(input.spacing_mm.map(trimmed))) }
        td data-h="Orientation" { @if let Some(letters) = &input.orientation { (outside(letters)) } @else { (absent("orientation")) } }
        td data-h="Labels" { @if let Some(labels) = &input.labels { (numbers(labels)) } @else { "all" } }
        td.number data-h="Bytes" { @if let Some(bytes) = input.bytes { (bytes) } @else { "–" } }
        @if hashes {
            td.hash data-h="SHA-256" { @if let Some(hash) = &input.sha256 { (outside(hash)) } @else { (absent("sha256")) } }
        }
    } }
}

fn numbers(labels: &[i64]) -> String {
    labels.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")
}

/// Every missing value with its reason.
fn missing(report: &Report) -> Markup {
    let rows = html! {
        thead { tr { th scope="col" { "Value in the report file" } th scope="col" { "Reason" } } }
        tbody { @for (key, reason) in &report.reasons {
            tr { th scope="row" { code { (outside(key)) } } td { (outside(reason)) } }
        } }
    };
    html! { @if !report.reasons.is_empty() { (table("Missing values", &rows)) } }
}
