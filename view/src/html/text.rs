//! Words, numbers and marks that pages share.

use hemastage::{
    report::{PlaceRecord, Report},
    stage::Stage,
};
use maud::{Markup, html};

use crate::text::GAP;
pub(crate) use crate::text::{capital, clean, count, hours, percent, shift, signal, trimmed, volume};

/// A ratio to the reference.
pub(crate) fn ratio(value: f64) -> String {
    format!("{value:.2}")
}

/// A length in mm.
pub(crate) fn mm(value: f64) -> String {
    format!("{}{GAP}mm", tenths(value))
}

/// One decimal. A value above 0 never reads as 0.
pub(crate) fn tenths(value: f64) -> String {
    if value > 0.0 && value < 0.05 { "<0.1".into() } else { format!("{value:.1}") }
}

/// A volume in mm³, without the unit.
pub(crate) fn mm3(value: f64) -> String {
    if value > 0.0 && value < 10.0 { tenths(value) } else { format!("{value:.0}") }
}

/// A list as in `a, b and c`.
pub(crate) fn list(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// ` at C5`, where the level is known.
pub(crate) fn at(place: &PlaceRecord) -> String {
    place.level.map(|level| format!(" at {level}")).unwrap_or_default()
}

/// Text from outside, cleaned and isolated in its writing direction.
pub(crate) fn outside(text: &str) -> Markup {
    html! { bdi { (clean(text)) } }
}

/// A stage's swatch and name.
pub(crate) fn stage(stage: Stage) -> Markup {
    html! { span.stage { (swatch(stage)) " " (stage) } }
}

/// A square in a stage's color.
pub(crate) fn swatch(stage: Stage) -> Markup {
    html! {
        svg.swatch viewBox="0 0 10 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect width="10" height="10" fill=(color(stage)) {}
        }
    }
}

/// A stage's color as `#0072b2`.
pub(crate) fn color(stage: Stage) -> String {
    let [red, green, blue] = stage.rgb();
    format!("#{red:02x}{green:02x}{blue:02x}")
}

/// A bar of shares in their stages' colors; the page has the numbers next to it.
pub(crate) fn bar(shares: &[(Stage, f64)]) -> Markup {
    let mut from = 0.0;
    let mut parts = Vec::new();
    for &(stage, share) in shares.iter().filter(|&&(_, share)| share > 0.0) {
        parts.push((from, 100.0 * share, color(stage)));
        from += 100.0 * share;
    }
    html! {
        svg.bar viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            @for (x, width, color) in parts {
                rect x=(format!("{x:.2}")) width=(format!("{width:.2}")) height="10" fill=(color) {}
            }
        }
    }
}

/// The reason for a missing value of the report.
pub(crate) fn why<'a>(report: &'a Report, path: &str) -> &'a str {
    report.reasons.get(path).map_or("no reason is given", String::as_str)
}

/// A value, or the reason for none.
pub(crate) fn or_why<T>(report: &Report, path: &str, value: Option<T>, show: impl Fn(T) -> Markup) -> Markup {
    let absent = || html! { span.absent { "not measured: " (outside(why(report, path))) } };
    value.map_or_else(absent, show)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_never_hide_a_rest() {
        assert_eq!(
            [0.0, 0.001, 0.5, 0.996, 1.0].map(percent).join(" "),
            "0\u{a0}% <1\u{a0}% 50\u{a0}% >99\u{a0}% 100\u{a0}%"
        );
        assert_eq!([0.0, 0.01, 9.96, 1234.5].map(mm3), ["0", "<0.1", "10.0", "1234"]);
        assert_eq!([9.0, 250.0, 4321.0].map(volume), ["9.0\u{a0}mm³", "0.25\u{a0}mL", "4.32\u{a0}mL"]);
        assert_eq!([0.012_346, 1.0, 512.34, 12_345.6].map(signal), ["0.01235", "1.000", "512.3", "12346"]);
        assert_eq!([36.0, 240.0].map(hours), ["36\u{a0}h", "240\u{a0}h (10\u{a0}days)"]);
    }

    #[test]
    fn text_from_outside_neither_runs_nor_turns_the_line() {
        let shown = outside("<script>\u{202e}\u{0}\"&").into_string();
        assert_eq!(shown, "<bdi>&lt;script&gt;\u{fffd}\u{fffd}&quot;&amp;</bdi>");
    }
}
