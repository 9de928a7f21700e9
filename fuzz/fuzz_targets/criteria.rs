//! A criteria profile: what is accepted stages any signal in words, with probabilities that sum to 1.
#![no_main]

use hemastage::{
    Criteria, Onset,
    per_stage::PerStage,
    reading::{self, ReadOptions},
    stage::SignalLevel,
};
use hemastage_fuzz::{check, start};
use libfuzzer_sys::fuzz_target;

/// Every level, alone and with areas of others.
const WORDS: [&str; 5] = ["hypo", "iso", "hyper", "iso,hypo", "hyper,hypo,iso"];

fn is_distribution(probabilities: &PerStage<f64>) -> bool {
    let all: Vec<f64> = probabilities.iter().map(|(_, &probability)| probability).collect();
    all.iter().all(|p| (0.0..=1.0).contains(p)) && (all.iter().sum::<f64>() - 1.0).abs() < 1e-6
}

fuzz_target!(init: start(), |text: &str| {
    let Some(criteria) = check::result(Criteria::from_toml(text)) else { return };
    assert_eq!(criteria.clone().changed(|_| ()).expect("as it was"), criteria);
    assert_eq!(criteria.sha256().len(), 64);
    assert!(criteria.weights().iter().flatten().flatten().all(|w| w.is_finite() && *w >= 0.0));
    let levels = [0.0, 0.5, 1.0, 2.0, 1e9].map(|ratio| criteria.t1.level(ratio));
    assert!(levels.is_sorted_by_key(|level| *level as u8), "{levels:?}");
    assert_eq!(levels[0], SignalLevel::Hypo);
    let onsets = ["5h", "10d"].map(|onset| onset.parse::<Onset>().expect("an onset"));
    for (t1, t2) in WORDS.iter().flat_map(|t1| WORDS.iter().map(move |t2| (t1, t2))) {
        let [t1, t2] = [t1, t2].map(|words| words.parse().expect("words"));
        for onsets in [&[][..], &onsets[..1], &onsets] {
            let read = reading::read(&t1, &t2, &criteria, onsets, &ReadOptions::default()).expect("a model");
            assert!(is_distribution(&read.probabilities), "{read:?}");
        }
    }
});
