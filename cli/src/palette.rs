//! The colours of the stages, told apart by colour-blind readers too.

use anstyle::{Ansi256Color, Color, RgbColor};
use hemastage::stage::Stage;

/// The colour of a stage, after Okabe and Ito (2008); grey for indeterminate.
///
/// Terminals that do not announce 24-bit colour get the nearest of the 256 standard ones.
pub(crate) fn colour(stage: Stage) -> Color {
    let (rgb, nearest) = match stage {
        Stage::Hyperacute => (RgbColor(0x56, 0xB4, 0xE9), 74),
        Stage::Acute => (RgbColor(0x00, 0x72, 0xB2), 25),
        Stage::EarlySubacute => (RgbColor(0x00, 0x9E, 0x73), 36),
        Stage::LateSubacute => (RgbColor(0xE6, 0x9F, 0x00), 178),
        Stage::Chronic => (RgbColor(0xD5, 0x5E, 0x00), 166),
        Stage::Indeterminate => (RgbColor(0x99, 0x99, 0x99), 246),
    };
    if many_colours() { rgb.into() } else { Ansi256Color(nearest).into() }
}

fn many_colours() -> bool {
    std::env::var("COLORTERM").is_ok_and(|kind| matches!(kind.as_str(), "truecolor" | "24bit"))
}
