//! The sequence of an image, and the signal equation of each kind.

use hemastage_image::error::{Detail, ErrorKind, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::contrast::Contrast;

/// The kinds of sequences whose signal is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum SequenceKind {
    /// One echo per excitation, or of an unknown number.
    SpinEcho,
    /// A train of echoes, with the effective TE; the same equation.
    FastSpinEcho,
    /// A spin echo after an inversion: T1 FLAIR.
    InversionRecovery,
    /// A gradient echo without transverse coherence: FLASH, SPGR.
    SpoiledGradientEcho,
}

impl SequenceKind {
    /// All kinds.
    pub const ALL: [Self; 4] =
        [Self::SpinEcho, Self::FastSpinEcho, Self::InversionRecovery, Self::SpoiledGradientEcho];

    /// The name in reports, such as `fast_spin_echo`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SpinEcho => "spin_echo",
            Self::FastSpinEcho => "fast_spin_echo",
            Self::InversionRecovery => "inversion_recovery",
            Self::SpoiledGradientEcho => "spoiled_gradient_echo",
        }
    }
}

/// A sequence with all that its signal depends on.
///
/// # Units
/// Times in ms, angles in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sequence {
    kind: SequenceKind,
    tr_ms: f64,
    te_ms: f64,
    ti_ms: Option<f64>,
    flip_deg: Option<f64>,
}

impl Sequence {
    const fn plain(tr_ms: f64, te_ms: f64) -> Self {
        Self { kind: SequenceKind::SpinEcho, tr_ms, te_ms, ti_ms: None, flip_deg: None }
    }

    /// What an image of this contrast usually is: a spin echo of TR/TE 550/10 ms (T1) or 3500/100 ms (T2).
    pub const fn default_of(contrast: Contrast) -> Self {
        match contrast {
            Contrast::T1 => Self::plain(550.0, 10.0),
            Contrast::T2 => Self::plain(3500.0, 100.0),
        }
    }

    /// A spin echo.
    ///
    /// # Errors
    /// `Parameter` when a time is not more than 0 and at most 100 s.
    pub fn spin_echo(tr_ms: f64, te_ms: f64) -> Result<Self> {
        Self::plain(tr_ms, te_ms).checked()
    }

    /// A fast spin echo with this effective TE.
    ///
    /// # Errors
    /// As [`Sequence::spin_echo`].
    pub fn fast_spin_echo(tr_ms: f64, te_ms: f64) -> Result<Self> {
        Self { kind: SequenceKind::FastSpinEcho, ..Self::plain(tr_ms, te_ms) }.checked()
    }

    /// An inversion recovery read by a spin echo, such as T1 FLAIR.
    ///
    /// # Errors
    /// As [`Sequence::spin_echo`].
    pub fn inversion_recovery(tr_ms: f64, te_ms: f64, ti_ms: f64) -> Result<Self> {
        let plain = Self::plain(tr_ms, te_ms);
        Self { kind: SequenceKind::InversionRecovery, ti_ms: Some(ti_ms), ..plain }.checked()
    }

    /// A spoiled gradient echo.
    ///
    /// # Errors
    /// As [`Sequence::spin_echo`], and when the flip angle is not more than 0 and at most 180 degrees.
    pub fn spoiled_gradient_echo(tr_ms: f64, te_ms: f64, flip_deg: f64) -> Result<Self> {
        let plain = Self::plain(tr_ms, te_ms);
        Self { kind: SequenceKind::SpoiledGradientEcho, flip_deg: Some(flip_deg), ..plain }.checked()
    }

    fn checked(self) -> Result<Self> {
        const MAX_MS: f64 = 100_000.0;
        let Self { tr_ms, te_ms, ti_ms, flip_deg, .. } = self;
        let values = [
            ("TR", Some(tr_ms), MAX_MS, " ms"),
            ("TE", Some(te_ms), MAX_MS, " ms"),
            ("TI", ti_ms, MAX_MS, " ms"),
            ("the flip angle", flip_deg, 180.0, " degrees"),
        ];
        for (what, value, max, unit) in values {
            if let Some(value) = value.filter(|value| !(*value > 0.0 && *value <= max)) {
                return Err(SequenceError::Range { what, value, max, unit }.into());
            }
        }
        Ok(self)
    }

    /// What kind it is.
    pub const fn kind(&self) -> SequenceKind {
        self.kind
    }

    /// Repetition time.
    pub const fn tr_ms(&self) -> f64 {
        self.tr_ms
    }

    /// Echo time; of an echo train, the effective one.
    pub const fn te_ms(&self) -> f64 {
        self.te_ms
    }

    /// Time from the inversion to the excitation; `None` without one.
    pub const fn ti_ms(&self) -> Option<f64> {
        self.ti_ms
    }

    /// Flip angle of a gradient echo; `None` of a spin echo.
    pub const fn flip_deg(&self) -> Option<f64> {
        self.flip_deg
    }

    /// The signal of a tissue of proton density 1.
    ///
    /// # Units
    /// Relaxation times in ms.
    ///
    /// # Reference
    /// Bernstein, King, Zhou, Handbook of MRI Pulse Sequences, 2004: spin echo (16.3), inversion recovery (14.2), spoiled
    /// gradient echo (14.1). T2 stands for T2* in a gradient echo, whose echo is early.
    pub fn signal(&self, t1_ms: f64, t2_ms: f64) -> f64 {
        let left = |time_ms: f64| libm::exp(-time_ms / t1_ms);
        let longitudinal = match (self.ti_ms, self.flip_deg) {
            (Some(ti), _) => (1.0 - 2.0 * left(ti) + left(self.tr_ms)).abs(),
            (None, Some(flip)) => {
                let angle = flip.to_radians();
                let e = left(self.tr_ms);
                libm::sin(angle) * (1.0 - e) / (1.0 - e * libm::cos(angle))
            }
            (None, None) => 1.0 - left(self.tr_ms),
        };
        longitudinal * libm::exp(-self.te_ms / t2_ms)
    }
}

pub(super) fn check_field(tesla: f64) -> Result<()> {
    if (0.01..=20.0).contains(&tesla) { Ok(()) } else { Err(SequenceError::Field { tesla }.into()) }
}

#[derive(Debug, thiserror::Error)]
enum SequenceError {
    #[error("{what} is {value}{unit}: expected more than 0 and at most {max}{unit}")]
    Range { what: &'static str, value: f64, max: f64, unit: &'static str },
    #[error("the field is {tesla} T: expected 0.01 to 20 T")]
    Field { tesla: f64 },
}

impl Detail for SequenceError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    /// Cord, cerebrospinal fluid and blood at 1.5 T against ratios computed by hand.
    #[test]
    fn signals_follow_their_equations() {
        // (1 - exp(-550/780)) exp(-10/102) = 0.505_955 x 0.906_613
        let t1 = Sequence::default_of(Contrast::T1);
        assert_relative_eq!(t1.signal(780.0, 102.0), 0.505_955 * 0.906_613, max_relative = 1e-5);
        // |1 - 2 exp(-860/780) + exp(-2000/780)| exp(-9/102) = 0.412_951 x 0.915_545
        let flair = Sequence::inversion_recovery(2000.0, 9.0, 860.0).unwrap();
        assert_relative_eq!(flair.signal(780.0, 102.0), 0.412_951 * 0.915_545, max_relative = 1e-5);
        // E = exp(-7/780) = 0.991_066; sin 12 (1 - E) / (1 - E cos 12) exp(-3/102) = 0.060_720_6 x 0.971_017
        let spoiled = Sequence::spoiled_gradient_echo(7.0, 3.0, 12.0).unwrap();
        assert_relative_eq!(spoiled.signal(780.0, 102.0), 0.060_720_6 * 0.971_017, max_relative = 1e-5);
        // an inversion leaves no signal at its null point
        let null = 780.0 * (2.0_f64 / (1.0 + (-2000.0_f64 / 780.0).exp())).ln();
        let nulled = Sequence::inversion_recovery(2000.0, 9.0, null).unwrap();
        assert!(nulled.signal(780.0, 102.0) < 1e-12);
    }

    #[test]
    fn impossible_times_are_refused() {
        let text = |sequence: Result<Sequence>| sequence.unwrap_err().to_string();
        let expected = "TR is 0 ms: expected more than 0 and at most 100000 ms";
        assert_eq!(text(Sequence::spin_echo(0.0, 10.0)), expected);
        assert!(text(Sequence::fast_spin_echo(500.0, f64::NAN)).starts_with("TE is NaN ms"));
        assert!(text(Sequence::inversion_recovery(500.0, 9.0, -1.0)).starts_with("TI is -1 ms"));
        let angle = text(Sequence::spoiled_gradient_echo(7.0, 3.0, 270.0));
        assert_eq!(angle, "the flip angle is 270 degrees: expected more than 0 and at most 180 degrees");
    }
}
