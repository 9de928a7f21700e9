//! What blood of each state should look like in the study's own sequences, next to what was measured.

use hemastage::{
    contrast::{Contrast, PerContrast},
    report::{ModelRecord, Report, SequenceRecord},
};
use maud::{Markup, html};

use super::{
    tables::table,
    text::{color, outside, ratio, stage},
};

/// The chart and the table; nothing where stages were determined by the table of signal levels.
pub(super) fn expected(report: &Report) -> Markup {
    html! {
        @if !report.stage.expected.is_empty() {
            section aria-labelledby="expected" {
                h2 #expected { "Expected signal" }
                p.note { (sequences(&report.stage.model)) }
                div.scroll.figure role="region" tabindex="0" aria-label="Chart of expected and measured ratios" {
                    (chart(report))
                }
                (ratios(report))
            }
        }
    }
}

/// The sequences in a sentence.
fn sequences(model: &ModelRecord) -> String {
    let field = model.field_t.map_or_else(
        || "an unknown field (drawn for 1.5 T)".into(),
        |tesla| format!("a field of {tesla:.1}\u{a0}T"),
    );
    let times = |contrast, image: &Option<SequenceRecord>| {
        image.as_ref().map_or_else(String::new, |image| {
            let assumed = if image.assumed { ", assumed" } else { "" };
            format!("{contrast} TR/TE {:.0}/{:.0}\u{a0}ms{assumed}", image.tr_ms, image.te_ms)
        })
    };
    format!(
        "Ratios to the cord that each state of blood should have in {field}, {}; {}: means over what varies from patient to patient. Cross: the hematoma's medians; rings: its phases.",
        times(Contrast::T1, &model.t1),
        times(Contrast::T2, &model.t2)
    )
}

fn ratios(report: &Report) -> Markup {
    let signal = &report.hematoma.signal;
    let row = |name: Markup, of: Markup, t1: f64, t2: f64| {
        html! { tr { th scope="row" { (name) } td { (of) } td.number { (ratio(t1)) } td.number { (ratio(t2)) } } }
    };
    table(
        "Ratio to the cord",
        &html! {
            thead { tr {
                th scope="col" { "Blood" } th scope="col" { "Stage" }
                th.number scope="col" { "T1" } th.number scope="col" { "T2" }
            } }
            tbody {
                @for (number, state) in (1..).zip(&report.stage.expected) {
                    (row(html! { (number) " " (outside(&state.state)) }, stage(state.stage), state.t1_ratio, state.t2_ratio))
                }
            }
            tbody {
                (row(html! { "Measured: whole" }, stage(report.stage.call), signal.t1.median_ratio, signal.t2.median_ratio))
                @for phase in report.mixed_phase.phases.iter().filter(|_| report.mixed_phase.flag) {
                    (row(html! { "Measured: phase" }, stage(phase.stage), phase.t1_ratio, phase.t2_ratio))
                }
            }
        },
    )
}

/// Width and height of the chart, and the margins at the left and below.
const SIZE: [f64; 2] = [520.0, 330.0];
const MARGIN: [f64; 2] = [46.0, 40.0];
/// The largest ratio that is drawn, and the offset of the scale, which is that of the densities.
const MAX_RATIO: f64 = 4.0;
const OFFSET: f64 = 0.1;
const TICKS: [f64; 6] = [0.0, 0.25, 0.5, 1.0, 2.0, 4.0];

/// Where a pair of ratios is drawn.
fn place(ratios: PerContrast<f64>) -> [f64; 2] {
    let share = |ratio: f64| {
        let u = |ratio: f64| (ratio.clamp(0.0, MAX_RATIO) + OFFSET).ln();
        (u(ratio) - u(0.0)) / (u(MAX_RATIO) - u(0.0))
    };
    let [width, height] = [0, 1].map(|n| SIZE[n] - MARGIN[n] - 12.0);
    [MARGIN[0] + width * share(ratios.t1), 12.0 + height * (1.0 - share(ratios.t2))]
}

fn chart(report: &Report) -> Markup {
    let signal = &report.hematoma.signal;
    let whole = PerContrast { t1: signal.t1.median_ratio, t2: signal.t2.median_ratio };
    let [left, bottom] = place(PerContrast { t1: 0.0, t2: 0.0 });
    let [right, top] = place(PerContrast { t1: MAX_RATIO, t2: MAX_RATIO });
    let label = format!(
        "T1 ratio across, T2 ratio up; states of blood by their numbers in the table below. The hematoma's medians are {:.2} and {:.2}.",
        whole.t1, whole.t2
    );
    html! {
        svg.chart viewBox=(format!("0 0 {} {}", SIZE[0], SIZE[1])) role="img" aria-label=(label) {
            @for tick in TICKS {
                @let [x, y] = place(PerContrast { t1: tick, t2: tick });
                line.grid x1=(n(x)) y1=(n(top)) x2=(n(x)) y2=(n(bottom)) {}
                line.grid x1=(n(left)) y1=(n(y)) x2=(n(right)) y2=(n(y)) {}
                text x=(n(x)) y=(n(bottom + 15.0)) text-anchor="middle" { (tick) }
                text x=(n(left - 6.0)) y=(n(y + 4.0)) text-anchor="end" { (tick) }
            }
            text x=(n(f64::midpoint(left, right))) y=(n(bottom + 33.0)) text-anchor="middle" { "T1 ratio to the cord" }
            text x=(n(-f64::midpoint(top, bottom))) y="12" text-anchor="middle" transform="rotate(-90)" {
                "T2 ratio to the cord"
            }
            @for phase in report.mixed_phase.phases.iter().filter(|_| report.mixed_phase.flag) {
                @let [x, y] = place(PerContrast { t1: phase.t1_ratio, t2: phase.t2_ratio });
                circle.measured cx=(n(x)) cy=(n(y)) r="10" stroke=(color(phase.stage)) {}
            }
            @for (number, state) in (1..).zip(&report.stage.expected) {
                @let [x, y] = place(PerContrast { t1: state.t1_ratio, t2: state.t2_ratio });
                circle cx=(n(x)) cy=(n(y)) r="7" fill=(color(state.stage)) {}
                text.number x=(n(x)) y=(n(y + 4.0)) text-anchor="middle" { (number) }
            }
            @let [x, y] = place(whole);
            path.measured d=(format!("M{} {}h20M{} {}v20", n(x - 10.0), n(y), n(x), n(y - 10.0))) {}
            text x=(n(x + 12.0)) y=(n(y + 16.0)) { "this hematoma" }
        }
    }
}

/// A coordinate with one decimal.
fn n(value: f64) -> String {
    format!("{value:.1}")
}
