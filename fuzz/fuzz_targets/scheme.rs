//! A label scheme: each vertebra has one number, and each number one meaning.
#![no_main]

use hemastage::{
    level::{Scheme, Vertebra},
    vertebra::VertebralLevel,
};
use hemastage_fuzz::{check, start};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: start(), |text: &str| {
    let Some(scheme) = check::result(Scheme::from_toml(text)) else { return };
    assert!(!scheme.name.trim().is_empty());
    assert!(scheme.vertebra(0).is_none() && scheme.disc(0).is_none() && scheme.disc_point(0).is_none());
    for level in VertebralLevel::usual() {
        if let Some(number) = scheme.number(level) {
            assert_eq!(scheme.vertebra(number), Some(Vertebra::Level(level)));
            assert_eq!(scheme.disc(number), None);
        }
    }
    if let Some(number) = scheme.sacrum_number() {
        assert_eq!(scheme.vertebra(number), Some(Vertebra::Sacrum));
    }
});
