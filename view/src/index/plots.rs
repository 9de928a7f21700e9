//! Plots of the group: calls, involved levels, volume against onset.

use hemastage::{stage::Stage, vertebra::VertebralLevel};
use maud::{Markup, html};

use super::row::{Answer, Row};
use crate::html::text::{capital, color, count, percent};

/// The plots; nothing of those without data.
pub(super) fn plots(rows: &[Row]) -> Markup {
    let answers: Vec<(usize, &Row, &Answer)> = rows
        .iter()
        .enumerate()
        .filter_map(|(n, row)| Some((n + 1, row, row.outcome.as_ref().ok()?)))
        .collect();
    html! {
        div.row-of-plots {
            (stages(&answers, rows.len() - answers.len()))
            (levels(&answers))
            (volumes(&answers))
        }
    }
}

type Answers<'a> = [(usize, &'a Row, &'a Answer)];

/// How many studies have each call, as bars.
fn stages(answers: &Answers<'_>, failed: usize) -> Markup {
    const ROW: usize = 26;
    let counts = Stage::ALL.map(|stage| answers.iter().filter(|(.., one)| one.call == stage).count());
    let most = counts.into_iter().chain([failed, 1]).max().unwrap_or(1) as f64;
    let height = ROW * (Stage::ALL.len() + usize::from(failed > 0)) + 6;
    let words = Stage::ALL.into_iter().zip(counts).map(|(stage, n)| format!("{stage} {n}"));
    let label = format!("Studies by call: {}, failed {failed}.", words.collect::<Vec<_>>().join(", "));
    let bar = |n: usize, place: usize, name: String, fill: String| {
        let y = 4 + ROW * place;
        html! {
            text x="98" y=(y + 15) text-anchor="end" { (name) }
            rect x="104" y=(y + 2) width=(format!("{:.1}", 130.0 * n as f64 / most)) height=(ROW - 8) fill=(fill) {}
            text.value x=(format!("{:.1}", 110.0 + 130.0 * n as f64 / most)) y=(y + 15) { (n) }
        }
    };
    html! {
        figure {
            figcaption { "Calls" }
            svg.plot viewBox=(format!("0 0 270 {height}")) role="img" aria-label=(label) {
                @for (place, (stage, n)) in Stage::ALL.into_iter().zip(counts).enumerate() {
                    (bar(n, place, stage.to_string(), color(stage)))
                }
                @if failed > 0 { (bar(failed, Stage::ALL.len(), "failed".into(), "#7a1f1f".into())) }
            }
        }
    }
}

/// How often each vertebra is involved, for all studies and for each call.
fn levels(answers: &Answers<'_>) -> Markup {
    let known: Vec<&Answer> =
        answers.iter().filter(|(.., one)| !one.levels.is_empty()).map(|(.., one)| *one).collect();
    let mut shown: Vec<VertebralLevel> = known.iter().flat_map(|one| &one.levels).copied().collect();
    shown.sort_unstable();
    shown.dedup();
    let Some((&first, &last)) = shown.first().zip(shown.last()) else { return html! {} };
    // every level between the ends, so that a gap can be recognized
    let mut all = vec![first];
    while let Some(below) = all.last().and_then(|level| level.below()).filter(|level| *level <= last) {
        all.push(below);
    }
    all.extend(shown.iter().filter(|level| !all.contains(level)).copied().collect::<Vec<_>>());
    all.sort_unstable();
    let groups: Vec<(String, Vec<&Answer>)> = [("all".to_owned(), known.clone())]
        .into_iter()
        .chain(Stage::ALL.map(|stage| {
            (stage.to_string(), known.iter().copied().filter(|one| one.call == stage).collect())
        }))
        .filter(|(_, group)| !group.is_empty())
        .collect();
    let share = |group: &[&Answer], level: VertebralLevel| {
        group.iter().filter(|one| one.levels.contains(&level)).count() as f64 / group.len().max(1) as f64
    };
    let often = all.iter().copied().max_by(|a, b| share(&known, *a).total_cmp(&share(&known, *b)));
    let label = format!(
        "How often each vertebra is involved, {} to {}, in {} with levels; most often {}.",
        first,
        last,
        count(known.len(), "study", "studies"),
        often.map_or(String::new(), |level| format!("{level}, in {}", percent(share(&known, level))))
    );
    let (left, cell) = (128.0, (520.0 - 128.0) / all.len() as f64);
    let height = 26 * groups.len() + 26;
    html! {
        figure.broad {
            figcaption { "Involved levels, share of the studies with that call" }
            div.across tabindex="0" role="region" aria-label="Involved levels" { svg.plot viewBox=(format!("0 0 522 {height}")) role="img" aria-label=(label) {
                @for (row, (name, group)) in groups.iter().enumerate() {
                    @let y = 26 * row + 2;
                    text x=(left - 8.0) y=(y + 16) text-anchor="end" { (name) " (" (group.len()) ")" }
                    @for (n, &level) in all.iter().enumerate() {
                        @let part = share(group, level);
                        @let x = left + cell * n as f64;
                        rect.heat x=(format!("{x:.1}")) y=(y) width=(format!("{:.1}", cell - 1.0)) height="24"
                            fill-opacity=(format!("{:.2}", 0.06 + 0.94 * part)) {
                            title { (level) ": " (percent(part)) " of " (group.len()) }
                        }
                        @if part > 0.0 && cell > 17.0 {
                            text x=(format!("{:.1}", x + cell / 2.0 - 0.5)) y=(y + 16) text-anchor="middle"
                                class=(if part > 0.45 { "on-heat" } else { "off-heat" }) { (format!("{:.0}", 100.0 * part)) }
                        }
                    }
                }
                @for (n, level) in all.iter().enumerate() {
                    text.level x=(format!("{:.1}", left + cell * (n as f64 + 0.5))) y=(height - 8) text-anchor="middle" { (level) }
                }
            } }
        }
    }
}

/// The plot's inner edges: left, top, right, bottom.
const INNER: [f64; 4] = [34.0, 6.0, 296.0, 158.0];

/// Volume against the time since the first bleeding, both on logarithmic scales.
fn volumes(answers: &Answers<'_>) -> Markup {
    let points: Vec<(usize, &Row, &Answer, f64)> = answers
        .iter()
        .filter_map(|&(n, row, one)| Some((n, row, one, one.onset_h.filter(|hours| *hours > 0.0)?)))
        .filter(|(_, _, one, _)| one.mm3 > 0.0)
        .collect();
    if points.is_empty() {
        return html! {};
    }
    let [x, y] = [
        Scale::of(points.iter().map(|point| point.3), [INNER[0], INNER[2]]),
        Scale::of(points.iter().map(|point| point.2.mm3 / 1000.0), [INNER[3], INNER[1]]),
    ];
    let without = answers.len() - points.len();
    let label = format!(
        "Volume against the time since the first bleeding, {}, by call.",
        count(points.len(), "study", "studies")
    );
    html! {
        figure {
            figcaption {
                "Volume against onset"
                @if without > 0 { small { ", not shown: " (without) " without an onset" } }
            }
            svg.plot viewBox="0 0 300 194" role="img" aria-label=(label) {
                @for (hours, name) in [(1.0, "1 h"), (6.0, "6 h"), (24.0, "1 d"), (72.0, "3 d"), (168.0, "1 w"), (672.0, "4 w"), (2160.0, "3 mo"), (8760.0, "1 y")] {
                    @if x.holds(hours) {
                        line.grid x1=(n(x.at(hours))) x2=(n(x.at(hours))) y1=(n(INNER[1])) y2=(n(INNER[3])) {}
                        text.tick x=(n(x.at(hours))) y=(n(INNER[3] + 16.0)) text-anchor="middle" { (name) }
                    }
                }
                @for ml in [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0] {
                    @if y.holds(ml) {
                        line.grid x1=(n(INNER[0])) x2=(n(INNER[2])) y1=(n(y.at(ml))) y2=(n(y.at(ml))) {}
                        text.tick x=(n(INNER[0] - 6.0)) y=(n(y.at(ml) + 4.0)) text-anchor="end" { (ml) }
                    }
                }
                text.tick x=(n(INNER[0])) y="190" { "since the first bleeding; volume in mL" }
                @for (number, row, one, hours) in &points {
                    circle.point data-row=(number) cx=(n(x.at(*hours))) cy=(n(y.at(one.mm3 / 1000.0))) r="5" fill=(color(one.call)) {
                        title { (row.name) ": " (capital(&one.call.to_string())) }
                    }
                }
            }
        }
    }
}

/// A logarithmic scale.
struct Scale {
    log: [f64; 2],
    pixels: [f64; 2],
}

impl Scale {
    fn of(values: impl Iterator<Item = f64> + Clone, pixels: [f64; 2]) -> Self {
        let low = values.clone().fold(f64::INFINITY, f64::min).ln();
        let high = values.fold(f64::NEG_INFINITY, f64::max).ln();
        // at least a factor of three on each side of one value
        let more = (1.1 - (high - low) / 2.0).max(0.12 * (high - low));
        Self { log: [low - more, high + more], pixels }
    }

    fn at(&self, value: f64) -> f64 {
        let share = (value.ln() - self.log[0]) / (self.log[1] - self.log[0]);
        self.pixels[0] + share * (self.pixels[1] - self.pixels[0])
    }

    fn holds(&self, value: f64) -> bool {
        (self.log[0]..=self.log[1]).contains(&value.ln())
    }
}

/// A coordinate with one decimal.
fn n(value: f64) -> String {
    format!("{value:.1}")
}
