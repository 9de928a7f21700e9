//! The stages' colors in a terminal, which color-blind readers can distinguish.

use anstyle::{Ansi256Color, Color, RgbColor};
use hemastage::stage::Stage;

/// The color of a stage.
///
/// Terminals that do not announce 24-bit color get the nearest of the 256 standard ones.
pub(crate) fn color(stage: Stage) -> Color {
    let nearest = match stage {
        Stage::Hyperacute => 74,
        Stage::Acute => 25,
        Stage::EarlySubacute => 36,
        Stage::LateSubacute => 178,
        Stage::Chronic => 166,
        Stage::Indeterminate => 246,
    };
    let [red, green, blue] = stage.rgb();
    let rgb = RgbColor(red, green, blue);
    if many_colors() { rgb.into() } else { Ansi256Color(nearest).into() }
}

fn many_colors() -> bool {
    std::env::var("COLORTERM").is_ok_and(|kind| matches!(kind.as_str(), "truecolor" | "24bit"))
}
