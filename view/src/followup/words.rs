//! A follow-up in words for ten seconds, the same in terminal, figure and page.

use hemastage::followup::{Against, ChangeRecord, CordChange, CordWord, FollowUp, VisitRecord};
use hemastage::{span::Span, stage::Stage, vertebra::VertebralLevel};

const HOURS_PER_DAY: f64 = 24.0;

/// Texts with arrows between them.
pub fn arrows(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" → ")
}

/// As in `6.2 → 2.1 mL (-66 ± 12 %) → gone between day 7 and day 20`.
pub fn volumes(found: &FollowUp) -> String {
    let first = found.visits.iter().take(1).map(|visit| format!("{} mL", milliliters(visit)));
    let later = steps(found).map(|change| {
        let visit = &found.visits[change.to];
        match (visit.hematoma, change.complete) {
            (true, _) => format!("{} mL{}", milliliters(visit), percent(change)),
            (false, Some(true)) => match (found.visits[change.from].hours, visit.hours) {
                (Some(from), Some(to)) => format!("gone between day {} and day {}", day(from), day(to)),
                _ => "gone".into(),
            },
            (false, _) => "none".into(),
        }
    });
    arrows(first.chain(later))
}

/// As in `C2–C5 → C3–C4 → none`.
pub fn spans(found: &FollowUp) -> String {
    arrows(found.visits.iter().map(|visit| match (&visit.span, visit.hematoma) {
        (Some(span), _) => span.to_string(),
        (None, true) => "not known".into(),
        (None, false) => "none".into(),
    }))
}

/// The calls; `None` where no hematoma was seen.
pub fn calls(found: &FollowUp) -> impl Iterator<Item = Option<Stage>> + '_ {
    found.visits.iter().map(|visit| visit.call)
}

/// As in `acute → late subacute → gone`.
pub fn stages(found: &FollowUp) -> String {
    arrows(calls(found).map(|call| call.map_or_else(|| "gone".into(), |call| call.to_string())))
}

/// One line per level whose signal was changed at any visit, as in `C3: 1.9 → 1.3 → normal`; levels of which the same is said
/// are joined, as in `C3–C4`.
pub fn cord(found: &FollowUp) -> Vec<String> {
    let steps: Vec<&ChangeRecord> = steps(found).collect();
    let mut levels: Vec<_> =
        steps.iter().flat_map(|step| step.cord_t2.iter().flatten()).map(|it| it.level).collect();
    levels.sort_unstable();
    levels.dedup();
    let line = |level| {
        let at: Vec<Option<&CordChange>> =
            steps.iter().map(|step| step.cord_t2.iter().flatten().find(|it| it.level == level)).collect();
        let is_changed = at.iter().flatten().any(|it| it.word.is_some_and(|word| word != CordWord::Normal));
        is_changed.then(|| {
            let ratio = |value: Option<f64>| value.map_or("?".into(), |value| format!("{value:.1}"));
            let first = ratio(at.first().and_then(|it| it.as_ref()?.from));
            let later = at.iter().map(|it| match it {
                Some(CordChange { word: Some(CordWord::Gone | CordWord::Normal), .. }) => "normal".into(),
                Some(it) => ratio(it.to),
                None => "?".into(),
            });
            arrows(std::iter::once(first).chain(later))
        })
    };
    let mut lines: Vec<(Vec<VertebralLevel>, String)> = Vec::new();
    for level in levels {
        let Some(text) = line(level) else { continue };
        match lines.last_mut().filter(|(_, last)| *last == text) {
            Some((joined, _)) => joined.push(level),
            None => lines.push((vec![level], text)),
        }
    }
    let name = |levels: &[VertebralLevel]| Span::from_levels(levels).map(|span| span.to_string());
    lines.into_iter().map(|(at, text)| format!("{}: {text}", name(&at).unwrap_or_default())).collect()
}

/// As in `36 h (12 to 70 h) before the first visit`; `None` without a joint age.
pub fn age(found: &FollowUp) -> Option<String> {
    let age = &found.joint.as_ref()?.bleed_age_hours;
    Some(format!(
        "the bleed was {} before the first visit ({} to {})",
        time(age.p50),
        time(age.p05),
        time(age.p95)
    ))
}

/// The changes from each visit to the next.
pub(super) fn steps(found: &FollowUp) -> impl Iterator<Item = &ChangeRecord> {
    found.changes.iter().filter(|change| change.against == Against::Previous)
}

/// A day since the first visit.
pub(super) fn day(hours: f64) -> String {
    let days = hours / HOURS_PER_DAY;
    if (days - days.round()).abs() < 0.05 { format!("{days:.0}") } else { format!("{days:.1}") }
}

fn milliliters(visit: &VisitRecord) -> String {
    format!("{:.1}", visit.volume_mm3 / 1000.0)
}

fn percent(change: &ChangeRecord) -> String {
    let Some(absorbed) = &change.absorbed else { return String::new() };
    // no negative zero
    let value = 0.0 - 100.0 * absorbed.value;
    match absorbed.interval {
        Some([low, high]) => format!(" ({value:+.0} ± {:.0} %)", 50.0 * (high - low)),
        None => format!(" ({value:+.0} %)"),
    }
}

/// Hours, or days from two on.
fn time(hours: f64) -> String {
    if hours < 2.0 * HOURS_PER_DAY {
        format!("{hours:.0} h")
    } else {
        format!("{:.0} days", hours / HOURS_PER_DAY)
    }
}
