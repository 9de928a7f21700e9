//! The page of an agreement: the answer first, then the figure and the table of studies.

use hemastage::agreement::{Agreement, MeasureAgreement, StudyAgreement};
use maud::{Markup, html};

use super::figure::lead;
use crate::{
    figure::Figure,
    html::sheet::{document, figure, outside},
    text::{GAP, volume},
};

/// The page of an agreement.
pub fn agreement_page(found: &Agreement, picture: &Figure) -> String {
    let body = html! {
        header {
            p.eyebrow { "Two readings of the same studies" }
            h1 { "Agreement" }
            p.lead { (lead(found)) }
            @if !found.findings.is_empty() {
                ul.warnings aria-label="Warnings" {
                    @for finding in &found.findings { li { strong { "Warning: " } (outside(&finding.message)) "." } }
                }
            }
            p.disclaimer role="note" { (outside(&found.disclaimer)) }
        }
        main #main {
            (measures(found))
            (figure(picture, "Picture of the agreement"))
            (studies(found))
        }
    };
    document("Agreement of two readings · hemastage", &body)
}

fn or_none(value: Option<String>) -> Markup {
    value.map_or_else(|| html! { span.absent { "–" } }, |text| html! { (text) })
}

fn measures(found: &Agreement) -> Markup {
    let overall = &found.overall;
    let row = |name: &str, measure: &MeasureAgreement| {
        let limit = |of: fn(&hemastage::agreement::Limits) -> f64| {
            measure.limits.as_ref().map(|it| format!("{:.2}", of(it)))
        };
        html! {
            tr {
                th scope="row" { (name) }
                td.number { (measure.n) }
                td.number { (or_none(measure.icc.map(|icc| format!("{icc:.3}")))) }
                td.number { (or_none(limit(|it| it.bias))) }
                td.number { (or_none(limit(|it| it.lower))) }
                td.number { (or_none(limit(|it| it.upper))) }
            }
        }
    };
    html! {
        section {
            h2 { "Numbers" }
            div.scroll role="region" tabindex="0" aria-label="Numbers" {
                table {
                    thead { tr {
                        th scope="col" { "Measure" } th.number scope="col" { "Studies" } th.number scope="col" { "ICC(2,1)" }
                        th.number scope="col" { "Bias" } th.number scope="col" { "Lower limit" } th.number scope="col" { "Upper limit" }
                    } }
                    tbody {
                        (row("Volume, mm³", &overall.volume_mm3))
                        (row("Largest AP thickness, mm", &overall.thickness_ap))
                        (row("Involved vertebrae", &overall.vertebrae))
                    }
                }
            }
        }
    }
}

fn studies(found: &Agreement) -> Markup {
    html! {
        section {
            h2 { "Studies" }
            div.scroll role="region" tabindex="0" aria-label="Studies" {
                table {
                    thead { tr {
                        th scope="col" { "Study" } th.number scope="col" { "Dice" }
                        th.number scope="col" { "Surface, mean" } th.number scope="col" { "Surface, 95 %" }
                        th.number scope="col" { "Volumes" } th scope="col" { "Stages" } th scope="col" { "Mixed-phase" }
                        th scope="col" { "Levels" } th scope="col" { "Levels that differ" }
                    } }
                    tbody { @for study in &found.studies { (row(study)) } }
                }
            }
        }
    }
}

fn row(study: &StudyAgreement) -> Markup {
    let both = |a: Option<String>, b: Option<String>, same: bool| {
        let name = |value: Option<String>| value.unwrap_or_else(|| "none".into());
        let text = if same { name(a) } else { format!("{} / {}", name(a), name(b)) };
        html! { @if same { (text) } @else { strong { (text) } } }
    };
    let yes = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    html! {
        tr {
            th.name scope="row" { (outside(&study.name)) }
            td.number { (or_none(study.overlap.map(|it| format!("{:.3}", it.dice)))) }
            td.number { (or_none(study.overlap.map(|it| format!("{:.2}{GAP}mm", it.surface_mean_mm)))) }
            td.number { (or_none(study.overlap.map(|it| format!("{:.2}{GAP}mm", it.surface_p95_mm)))) }
            td.number { (volume(study.volume_mm3.a)) " / " (volume(study.volume_mm3.b)) }
            td { (both(study.call.a.map(|it| it.to_string()), study.call.b.map(|it| it.to_string()), study.call.same)) }
            td { (both(study.mixed_phase.a.map(yes), study.mixed_phase.b.map(yes), study.mixed_phase.same)) }
            td { (both(study.span.a.as_ref().map(ToString::to_string), study.span.b.as_ref().map(ToString::to_string), study.span.same)) }
            td { (or_none(study.levels_differ.as_ref().map(|levels| levels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")))) }
        }
    }
}
