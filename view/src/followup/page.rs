//! The page of a follow-up: the story first, then the figure, the visits, what changed and what to know.

use hemastage::{
    Finding,
    followup::{Against, FollowUp},
};
use hemastage_image::finding::Severity;
use maud::{Markup, html};

use super::{
    head::story,
    words::{age, day},
};
use crate::{
    figure::Figure,
    html::sheet::{document, figure, outside},
    text::{GAP, percent, volume},
};

/// The page of a follow-up; `name` stands in its title.
pub fn followup_page(found: &FollowUp, picture: &Figure, name: Option<&str>) -> String {
    let title = name.map_or_else(|| "Follow-up".into(), |name| format!("Follow-up of {name}"));
    let body = html! {
        header {
            p.eyebrow { "Follow-up of a spinal hematoma" }
            h1 { (outside(&title)) }
            (warnings(&found.findings))
            p.disclaimer role="note" { (outside(&found.disclaimer)) }
        }
        main #main {
            section {
                h2 { "Story" }
                dl.facts {
                    @for (heading, text) in joined(story(found)) {
                        div { dt { (heading) } dd { (text) } }
                    }
                    @if let Some(age) = age(found) { div { dt { "If this is one bleed" } dd { (age) } } }
                }
            }
            (figure(picture, "Picture of the follow-up"))
            (visits(found))
            (changes(found))
            (joint(found))
            (facts(found))
            (notes(&found.findings))
        }
    };
    document(&format!("{title} · hemastage"), &body)
}

/// The story with lines of one heading in one text.
fn joined(story: Vec<(&'static str, String)>) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&'static str, String)> = Vec::new();
    for (heading, text) in story {
        match lines.last_mut().filter(|_| heading.is_empty()) {
            Some((_, last)) => *last = format!("{last}; {text}"),
            None => lines.push((heading, text)),
        }
    }
    lines
}

fn warnings(findings: &[Finding]) -> Markup {
    let warnings: Vec<&Finding> =
        findings.iter().filter(|finding| finding.severity == Severity::Warning).collect();
    html! {
        @if !warnings.is_empty() {
            ul.warnings aria-label="Warnings" {
                @for finding in warnings { li { strong { "Warning: " } (outside(&finding.message)) "." } }
            }
        }
    }
}

fn notes(findings: &[Finding]) -> Markup {
    let notes: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == Severity::Info).collect();
    html! {
        @if !notes.is_empty() {
            section {
                h2 { "Notes" }
                ul { @for finding in notes { li { (outside(&finding.message)) "." } } }
            }
        }
    }
}

fn none() -> Markup {
    html! { span.absent { "–" } }
}

fn text(value: Option<String>) -> Markup {
    value.map_or_else(none, |text| html! { (text) })
}

fn when(hours: Option<f64>, n: usize) -> String {
    hours.map_or_else(|| format!("visit {}", n + 1), |hours| format!("day {}", day(hours)))
}

fn visits(found: &FollowUp) -> Markup {
    html! {
        section {
            h2 { "Visits" }
            div.scroll role="region" tabindex="0" aria-label="Visits" {
                table {
                    thead { tr {
                        th scope="col" { "Visit" } th scope="col" { "Name" } th.number scope="col" { "Volume ± 95 %" }
                        th scope="col" { "Stage" } th scope="col" { "Levels" } th.number scope="col" { "Thickness" }
                        th.number scope="col" { "Of the canal" } th.number scope="col" { "Displacement" }
                    } }
                    tbody {
                        @for (n, visit) in found.visits.iter().enumerate() {
                            tr {
                                th scope="row" { (when(visit.hours, n)) }
                                td { @if let Some(name) = &visit.name { (outside(name)) } @else { (none()) } }
                                td.number {
                                    (volume(visit.volume_mm3))
                                    @if let Some(sigma) = visit.sigma_mm3.filter(|sigma| *sigma > 0.0) {
                                        " ± " (volume(1.96 * sigma))
                                    }
                                }
                                td { @if let Some(call) = visit.call { (call.to_string()) } @else { "no hematoma" } }
                                td { (text(visit.span.as_ref().map(ToString::to_string))) }
                                td.number { (text(visit.thickness_ap.map(|mm| format!("{mm:.1}{GAP}mm")))) }
                                td.number { (text(visit.occupancy_area.map(percent))) }
                                td.number { (text(visit.displacement.map(|mm| format!("{mm:.1}{GAP}mm")))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn changes(found: &FollowUp) -> Markup {
    html! {
        section {
            h2 { "Changes" }
            div.scroll role="region" tabindex="0" aria-label="Changes" {
                table {
                    thead { tr {
                        th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "Against" }
                        th.number scope="col" { "Volume" } th scope="col" { "Word" } th.number scope="col" { "Absorbed" }
                        th.number scope="col" { "mL per day" } th scope="col" { "Cleared" } th scope="col" { "New" }
                    } }
                    tbody {
                        @for change in &found.changes {
                            @let list = |levels: &[hemastage::vertebra::VertebralLevel]| {
                                levels.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                            };
                            tr {
                                th scope="row" { (when(found.visits[change.from].hours, change.from)) }
                                td { (when(found.visits[change.to].hours, change.to)) }
                                td { (match change.against { Against::First => "first", Against::Largest => "largest", _ => "previous" }) }
                                td.number { (format!("{:+.0}{GAP}mm³", change.volume.difference_mm3)) }
                                td { (text(change.volume.word.map(|word| word.key().to_owned()))) }
                                td.number {
                                    @if let Some(absorbed) = change.absorbed {
                                        (format!("{:.0}{GAP}%", 100.0 * absorbed.value))
                                        @if let Some([low, high]) = absorbed.interval {
                                            (format!(" ± {:.0}{GAP}%", 50.0 * (high - low)))
                                        }
                                    } @else { (none()) }
                                }
                                td.number { (text(change.volume.per_day.map(|rate| format!("{rate:+.2}")))) }
                                td { (text(change.levels.as_ref().map(|levels| list(&levels.cleared)))) }
                                td { (text(change.levels.as_ref().map(|levels| list(&levels.new)))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn joint(found: &FollowUp) -> Markup {
    html! {
        section {
            h2 { "One bleed, one age" }
            @if let Some(joint) = &found.joint {
                table {
                    thead { tr {
                        th scope="col" { "Visit" } th scope="col" { "Alone" } th scope="col" { "Together" }
                        th.number scope="col" { "Probability" }
                    } }
                    tbody {
                        @for visit in &joint.visits {
                            tr {
                                th scope="row" { (when(found.visits[visit.visit].hours, visit.visit)) }
                                td { (visit.alone.to_string()) }
                                td { (visit.joint.to_string()) }
                                td.number { (percent(visit.probabilities[visit.joint])) }
                            }
                        }
                    }
                }
            } @else {
                p.absent { "Not given: " (outside(found.reasons.get("joint").map_or("", String::as_str))) "." }
            }
        }
    }
}

fn facts(found: &FollowUp) -> Markup {
    html! {
        section {
            h2 { "Published facts" }
            ul { @for fact in &found.facts { li { (outside(&fact.text)) " (" (outside(&fact.source)) ")." } } }
        }
    }
}
