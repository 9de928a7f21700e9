//! Bounds that were set before anything was measured, and what came out.

use std::fmt::{Result, Write as _};

/// A measured figure with its bound.
pub(crate) struct Aim {
    what: String,
    bound: String,
    found: String,
    is_met: bool,
}

impl Aim {
    /// A share that is at least so large.
    pub(crate) fn at_least(what: impl Into<String>, least: f64, found: f64) -> Self {
        Self::new(what, format!("at least {least:.2}"), format!("{found:.3}"), found >= least)
    }

    /// A share that is at most so large.
    pub(crate) fn at_most(what: impl Into<String>, most: f64, found: f64) -> Self {
        Self::new(what, format!("at most {most:.2}"), format!("{found:.3}"), found <= most)
    }

    /// An error that is at most so large, in millimeters.
    pub(crate) fn within_mm(what: impl Into<String>, most: f64, found: f64) -> Self {
        Self::new(what, format!("at most {most:.1} mm"), format!("{found:.2} mm"), found <= most)
    }

    fn new(what: impl Into<String>, bound: String, found: String, is_met: bool) -> Self {
        Self { what: what.into(), bound, found, is_met }
    }
}

pub(crate) fn write(out: &mut String, aims: &[Aim]) -> Result {
    writeln!(out, "\n## What was aimed at\n\nBounds set before these cords and phantoms were drawn.\n")?;
    writeln!(out, "| figure | bound | found |\n|---|---|---|")?;
    for Aim { what, bound, found, is_met } in aims {
        writeln!(out, "| {what} | {bound} | {found} {} |", if *is_met { "met" } else { "**missed**" })?;
    }
    writeln!(
        out,
        "\nA lesion at an end of the cord, in an image that is shaded in its own way, is missed where the cord is short: see \
         above. Real cords, and a real T1 whose header is moved, are tests (`tests/it/real_cords.rs`)."
    )
}
