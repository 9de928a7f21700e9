//! The criteria profile, each rule with its source, and published facts.

use hemastage::{
    criteria::{Ambiguity, Blood, ByField, Criteria, Mimic, Mixture, Thresholds, Window},
    report::{Levels, Report},
    stage::Stage,
};
use maud::{Markup, html};

use super::{
    tables::{stacked, table},
    text::{capital, list, outside, percent, ratio, stage, trimmed},
};

/// The profile: thresholds, patterns, and rules for mixtures, ambiguities and mimics.
pub(super) fn criteria(criteria: &Criteria) -> Markup {
    html! {
        section aria-labelledby="criteria" {
            h2 #criteria { "Criteria" }
            p {
                "Profile " strong { (outside(&criteria.name)) }
                @if !criteria.title.is_empty() { ": " (outside(&criteria.title)) }
                ". Source: " (outside(&criteria.source)) "."
            }
            @if let Some(blood) = &criteria.blood { (states(blood)) }
            (thresholds(criteria))
            (patterns(criteria))
            @if let Some(rule) = &criteria.mixture { (mixture(rule)) }
            @for rule in &criteria.ambiguities { (ambiguity(rule)) }
            @for rule in &criteria.mimics { (mimic(rule)) }
        }
    }
}

fn thresholds(criteria: &Criteria) -> Markup {
    let row = |name: &str, band: Thresholds| {
        html! { tr {
            th scope="row" { (name) }
            td.number { "below " (ratio(band.hypo_below)) }
            td.number { (ratio(band.hypo_below)) "–" (ratio(band.hyper_above)) }
            td.number { "above " (ratio(band.hyper_above)) }
        } }
    };
    table(
        "Signal levels by ratio to the reference",
        &html! {
            thead { tr {
                th scope="col" { "Image" } th.number scope="col" { "Hypointense" }
                th.number scope="col" { "Isointense" } th.number scope="col" { "Hyperintense" }
            } }
            tbody { (row("T1", criteria.t1)) (row("T2", criteria.t2)) }
        },
    )
}

fn patterns(criteria: &Criteria) -> Markup {
    stacked(
        "Patterns of each stage",
        &html! {
            thead { tr {
                th scope="col" { "Stage" } th scope="col" { "Window after the bleed" } th scope="col" { "T1" }
                th scope="col" { "T2" } th.number scope="col" { "Weight" } th scope="col" { "Source" }
            } }
            @for (of, rule) in Stage::FIVE.into_iter().zip(&criteria.stages) {
                tbody {
                    @if rule.patterns.is_empty() {
                        tr { th scope="row" { (stage(of)) } td data-h="Window" { (window(rule.window)) } td colspan="4" { "no pattern" } }
                    }
                    @for (n, pattern) in rule.patterns.iter().enumerate() {
                        tr {
                            @if n == 0 {
                                th scope="rowgroup" rowspan=(rule.patterns.len()) { (stage(of)) }
                                td rowspan=(rule.patterns.len()) data-h="Window" { (window(rule.window)) }
                            }
                            td data-h="T1" { (pattern.t1) } td data-h="T2" { (pattern.t2) } td.number data-h="Weight" { (trimmed(pattern.weight)) }
                            td.source data-h="Source" { (outside(&pattern.source)) }
                        }
                    }
                }
            }
        },
    )
}

/// `24–72 h`, `from 336 h`.
fn window(window: Window) -> String {
    let from = window.from.unwrap_or(0.0);
    match window.to {
        Some(to) => format!("{}–{}\u{a0}h", trimmed(from), trimmed(to)),
        None if from > 0.0 => format!("from {}\u{a0}h", trimmed(from)),
        None => "at any time".into(),
    }
}

fn names(stages: &[Stage]) -> String {
    list(&stages.iter().map(Stage::to_string).collect::<Vec<_>>())
}

fn mixture(rule: &Mixture) -> Markup {
    let last = rule.stages.last().copied().unwrap_or(rule.call);
    html! {
        h3 { "Mixture read as one stage" }
        p {
            "Blood of " (names(&rule.stages)) " that is " (rule.t1) "intense on T1 as a whole, with " (last) " in at least "
            (percent(rule.last_share)) " of the core, is read as " (rule.call) ". "
            span.source { "Source: " (outside(&rule.source)) "." }
        }
    }
}

fn ambiguity(rule: &Ambiguity) -> Markup {
    html! {
        h3 { (capital(&names(&rule.stages))) " cannot be told apart" }
        p {
            "Without an onset, where each of them has a probability of at least " (percent(rule.min_probability))
            " (finding " code { (outside(&rule.code)) } "). "
            span.source { "Source: " (outside(&rule.source)) "." }
        }
    }
}

/// The states of blood, with the cord first.
fn states(blood: &Blood) -> Markup {
    let times = |times: ByField| format!("{} / {}", trimmed(times.at_1_5_t), trimmed(times.at_3_t));
    let cord = &blood.cord;
    stacked(
        "States of blood: T1 and T2 in ms at 1.5 and 3 T, water relative to the cord",
        &html! {
            thead { tr {
                th scope="col" { "State" } th scope="col" { "Stage" } th.number scope="col" { "T1" }
                th.number scope="col" { "T2" } th.number scope="col" { "Water" } th.number scope="col" { "Weight" }
                th scope="col" { "Source" }
            } }
            tbody {
                tr {
                    th scope="row" { "cord" } td {} td.number data-h="T1" { (times(cord.t1_ms)) }
                    td.number data-h="T2" { (times(cord.t2_ms)) } td.number data-h="Water" { "1" } td {} td.source data-h="Source" { (outside(&cord.source)) }
                }
                @for state in &blood.states { tr {
                    th scope="row" { (outside(&state.name)) } td data-h="Stage" { (stage(state.stage)) }
                    td.number data-h="T1" { (times(state.t1_ms)) } td.number data-h="T2" { (times(state.t2_ms)) }
                    td.number data-h="Water" { (trimmed(state.water)) } td.number data-h="Weight" { (trimmed(state.weight)) }
                    td.source data-h="Source" { (outside(&state.source)) }
                } }
            }
        },
    )
}

fn mimic(rule: &Mimic) -> Markup {
    html! {
        h3 { "May be " (outside(&rule.name)) }
        p {
            "Where the median T1 ratio is below " (ratio(rule.t1_below)) " and the median T2 ratio above "
            (ratio(rule.t2_above)) " (finding " code { (outside(&rule.code)) } "). "
            span.source { "Source: " (outside(&rule.source)) "." }
        }
    }
}

/// Published facts on hematomas of this extent.
pub(super) fn facts(report: &Report) -> Markup {
    let facts = report.levels.as_ref().map_or(&[][..], |Levels { facts, .. }| facts);
    html! {
        @if !facts.is_empty() {
            section aria-labelledby="facts" {
                h2 #facts { "Published facts on hematomas of this extent" }
                p.note { "Statements about groups of patients, not about this patient." }
                ul { @for fact in facts {
                    li { (outside(&capital(&fact.text))) ". " span.source { "Source: " (outside(&fact.source)) "." } }
                } }
            }
        }
    }
}
