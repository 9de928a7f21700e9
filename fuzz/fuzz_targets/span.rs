//! The text of a span: shown and read again it is the same, and its counts agree.
#![no_main]

use hemastage::{level::Disc, level::Vertebra, span::Span, vertebra::VertebralLevel};
use hemastage_fuzz::{check, start};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: start(), |text: &str| {
    check::result(text.parse::<VertebralLevel>());
    check::result(text.parse::<Vertebra>());
    if let Some(disc) = check::result(text.parse::<Disc>()) {
        assert_eq!(disc.to_string().parse::<Disc>().expect("as shown"), disc);
    }
    let Some(span) = check::result(text.parse::<Span>()) else { return };
    let shown = span.to_string();
    check::text(&shown);
    assert_eq!(shown.parse::<Span>().expect("as shown"), span, "{shown}");
    assert_eq!(Span::from_levels(span.levels()).expect("its levels"), span);
    let json = serde_json::to_string(&span).expect("text");
    assert_eq!(serde_json::from_str::<Span>(&json).expect("as written"), span);
    assert!(span.levels().is_sorted_by(|a, b| a < b));
    assert_eq!(span.runs().map(<[_]>::len).sum::<usize>(), span.vertebrae());
    assert_eq!(span.interspaces() + span.runs().count(), span.vertebrae());
    assert!(!span.regions().is_empty());
    let _ = span.facts();
});
