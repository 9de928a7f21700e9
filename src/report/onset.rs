//! Whether the stage can be as old as the onset says.

use hemastage_image::finding::Finding;

use crate::vocabulary::{criteria::Criteria, stage::Stage, units::Onset};

/// An onset this many times earlier than the stage's window begins, or later than it ends, excludes it (own
/// choice): windows of sources differ by less.
const FACTOR: f64 = 3.0;

/// A note when no onset is anywhere near the window of the call.
pub(super) fn onset_outside(criteria: &Criteria, call: Stage, onsets: &[Onset]) -> Option<Finding> {
    let window = criteria.window(call)?;
    let is_near = |onset: &Onset| {
        let hours = onset.hours();
        window.from.is_none_or(|from| hours * FACTOR >= from)
            && window.to.is_none_or(|to| hours < to * FACTOR)
    };
    if onsets.is_empty() || onsets.iter().any(is_near) {
        return None;
    }
    let given: Vec<String> = onsets.iter().map(ToString::to_string).collect();
    let hours = |at: Option<f64>| at.map_or_else(|| "open".into(), |hours| format!("{hours} h"));
    let message = format!(
        "the signal is that of {call} blood, expected from {} to {} after a bleed, and the onset is {} before the scan: check the onset and its unit",
        hours(window.from.or(Some(0.0))),
        hours(window.to),
        given.join(" and ")
    );
    Some(Finding::info("onset_outside_window", message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_onset_far_outside_the_window_is_said() {
        let spinal = Criteria::default();
        let code = |call, onsets: &[&str]| {
            let onsets: Vec<Onset> = onsets.iter().map(|text| text.parse().unwrap()).collect();
            onset_outside(&spinal, call, &onsets).map(|finding| finding.code)
        };
        let outside = Some("onset_outside_window".to_owned());
        assert_eq!(code(Stage::LateSubacute, &["3h"]), outside);
        assert_eq!(code(Stage::Hyperacute, &["36d"]), outside);
        assert_eq!(code(Stage::Chronic, &["30min"]), outside);
        assert_eq!(code(Stage::LateSubacute, &["3h", "14d"]), None, "one of two fits");
        for (call, onset) in [
            (Stage::LateSubacute, "21d"),
            (Stage::Hyperacute, "10h"),
            (Stage::Acute, "12h"),
            (Stage::EarlySubacute, "2d"),
            (Stage::Chronic, "60d"),
            (Stage::Indeterminate, "3h"),
        ] {
            assert_eq!(code(call, &[onset]), None, "{call} {onset}");
        }
        assert_eq!(code(Stage::Chronic, &[]), None);
    }
}
