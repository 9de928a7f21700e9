//! The text of a BIDS sidecar: parameters in their ranges, and a weighting.
#![no_main]

use hemastage::acquisition::Acquisition;
use hemastage_fuzz::{check, start};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: start(), |text: &str| {
    let Some(found) = check::result(Acquisition::from_sidecar(text)) else { return };
    let times = [found.echo_time_ms, found.repetition_time_ms, found.inversion_time_ms, found.flip_angle_deg];
    assert!(times.into_iter().flatten().all(|value| value.is_finite() && value > 0.0), "{found:?}");
    assert!(found.field_strength_tesla.is_none_or(|tesla| (0.01..=20.0).contains(&tesla)), "{found:?}");
    check::text(&found.weighting().to_string());
    let _ = (found.gradient_echo(), found.fast_spin_echo(), found.inversion_recovery());
    let shown = format!("{found:?}");
    assert!(shown.ends_with("visit: Visit { .. } }"), "a date or a study is printed: {shown}");
});
