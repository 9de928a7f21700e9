//! Published facts next to the numbers; never advice.

use crate::report::Fact;

/// How long hematomas took to go.
pub(super) fn facts() -> Vec<Fact> {
    let fact = |key: &str, text: &str, source: &str| Fact {
        key: key.into(),
        text: text.into(),
        source: source.into(),
    };
    vec![
        fact(
            "absorbed_within",
            "hematomas treated conservatively were absorbed within 3 to 19 days, 13.3 on average, in a series of 42 cases",
            "China Neurosurgery 2017;33:484, by the source review",
        ),
        fact(
            "case_report",
            "a cervical hematoma from C2 to C5 was smaller on days 2 and 7 and gone on day 20, when the cord's signal was normal again",
            "case report of an acute cervical spinal epidural hematoma after acupuncture, by the source review",
        ),
        fact(
            "general",
            "absorption takes 4 to 6 weeks, with scans every 2 to 4 weeks, by a general statement without a named author",
            "online medical answer page, 2025, unsigned",
        ),
    ]
}
