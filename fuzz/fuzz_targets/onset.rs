//! The text of an onset, and the short texts that choose files, series, segments and words.
#![no_main]

use hemastage::{
    Onset,
    acquisition::PulseSequence,
    io::dicom::{SegmentChoice, Selector},
    load::{ImageFile, MaskFile},
    reading::SignalWords,
    stage::Stage,
    units::{DateTime, OnsetTime},
};
use hemastage_fuzz::{check, start};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: start(), |text: &str| {
    if let Some(onset) = check::result(text.parse::<Onset>()) {
        assert!((0.0..=1e6).contains(&onset.hours()), "{onset:?}");
        let again = format!("{}h", onset.hours()).parse::<Onset>().expect("hours");
        assert_eq!(again, onset);
    }
    if let Some(onset) = check::result(text.parse::<OnsetTime>()) {
        let scan = "2031-05-06T14:00".parse::<DateTime>().ok();
        for scan in [scan, None] {
            let hours = check::result(onset.relative_to(scan)).map_or(0.0, Onset::hours);
            assert!((0.0..=1e6).contains(&hours), "{hours}");
        }
    }
    check::result(text.parse::<DateTime>());
    check::result(text.parse::<Stage>());
    if let Some(words) = check::result(text.parse::<SignalWords>()) {
        assert_eq!(words.areas.len(), text.matches(',').count());
    }
    check::result(Selector::parse(text));
    if let SegmentChoice::Numbers(numbers) = SegmentChoice::parse(text) {
        assert!(!numbers.is_empty());
    }
    assert_eq!(ImageFile::parse(text), ImageFile::parse(text));
    assert_eq!(MaskFile::parse(text).has_choice(), MaskFile::parse(text).has_choice());
    let _ = PulseSequence::of_name(text);
});
