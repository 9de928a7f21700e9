//! The weighting of an image from its times and sequence: by physics, and unknown rather than wrong.

use std::fmt;

use super::{Acquisition, PulseSequence, SequenceVariant};

/// The contrast of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Weighting {
    /// T1: spin echo, gradient echo, or an inversion that keeps fat bright (T1 FLAIR, MPRAGE).
    T1,
    /// Proton density.
    ProtonDensity,
    /// T2: spin echo.
    T2,
    /// T2*: gradient echo.
    T2Star,
    /// Inversion recovery that suppresses fat.
    Stir,
    /// T2-weighted inversion recovery that suppresses fluid.
    Flair,
    /// None of these: diffusion, perfusion, flow, fat only, phase, or a map.
    Other,
    /// The header does not say.
    Unknown,
}

impl fmt::Display for Weighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::T1 => "T1-weighted",
            Self::ProtonDensity => "proton-density-weighted",
            Self::T2 => "T2-weighted",
            Self::T2Star => "T2*-weighted",
            Self::Stir => "inversion recovery with suppressed fat (STIR)",
            Self::Flair => "inversion recovery with suppressed fluid (FLAIR)",
            Self::Other => "no weighted image",
            Self::Unknown => "of unknown weighting",
        })
    }
}

/// Spin echo, T1: TE is below this and TR in this range. Textbooks have a short TE of 30 ms and a short TR of 500-800 ms;
/// T1 fast spin echo of the spine at 3 T goes up to 1000 ms (own choice).
const T1_BELOW_TE_MS: f64 = 30.0;
const T1_TR_MS: std::ops::RangeInclusive<f64> = 200.0..=1000.0;
/// Spin echo, T2: minimum TE and TR. Textbooks have a long TE of 80-90 ms and a long TR of 1500-2000 ms; cervical T2 at
/// 3 T goes down to 70 ms (own choice).
const T2_MIN_TE_MS: f64 = 70.0;
const T2_MIN_TR_MS: f64 = 1500.0;
/// T2 in 3D or with at least this many echoes (SPACE, CUBE, VISTA): minimum TR; a restoring pulse after the train replaces
/// the longer wait (own choice).
const T2_TRAIN_MIN_TR_MS: f64 = 1000.0;
const MIN_LONG_TRAIN: u32 = 30;
/// Single shot T2: minimum TE, which alone decides, as its TR is no repetition (own choice).
const SINGLE_SHOT_MIN_TE_MS: f64 = 60.0;
/// Proton density: maximum TE and minimum TR; between this TE and that of T2 the weighting is unknown (own choice).
const PD_MAX_TE_MS: f64 = 45.0;
const PD_MIN_TR_MS: f64 = 1800.0;

/// STIR: fat is null at ln 2 x its T1 when TR is long, which is 170 ms at 1.5 T (T1 245 ms) and 265 ms at 3 T (382 ms,
/// de Bazelaire 2004), and earlier in low fields and with short TR.
const STIR_TI_MS: std::ops::RangeInclusive<f64> = 80.0..=300.0;
/// T1 FLAIR: CSF (T1 4300 ms) is null at 684, 884 and 1341 ms for TR 1500, 2000 and 3300 ms.
const T1_FLAIR_TI_MS: std::ops::RangeInclusive<f64> = 600.0..=1400.0;
const T1_FLAIR_BELOW_TE_MS: f64 = 50.0;
const T1_FLAIR_MAX_TR_MS: f64 = 4000.0;
/// FLAIR: CSF is null at 1900 to 2800 ms for TR from 5000 ms.
const FLAIR_TI_MS: std::ops::RangeInclusive<f64> = 1500.0..=3200.0;
/// MPRAGE and similar sequences: effective inversion times in use (own choice).
const PREPARED_TI_MS: std::ops::RangeInclusive<f64> = 400.0..=1400.0;

/// Gradient echo: T1 of the cord (780-925 ms, `docs/signal-model.md`), for its Ernst angle. A flip angle above the Ernst
/// angle by at least this factor is T1-weighted.
const CORD_T1_MS: f64 = 900.0;
const T1_MIN_OF_ERNST: f64 = 1.25;
/// Gradient echo: minimum TE of T2* contrast at a small flip angle, and at any (own choice; MEDIC, MERGE and mFFE of the
/// spine have 9-27 ms).
const T2_STAR_MIN_TE_MS: f64 = 8.0;
const T2_STAR_LONG_TE_MS: f64 = 20.0;

/// Minimum flip angle at which times without a known sequence are T1-weighted (own choice).
const MIN_LARGE_FLIP_DEG: f64 = 60.0;

impl Acquisition {
    /// The weighting by times and sequence, else as the header states it; unknown where the two disagree.
    ///
    /// # Reference
    /// TR and TE: textbook values as in Nitz, Reimer, Eur Radiol 1999;9:1032 and IMAIOS e-MRI "Signal
    /// weighting"; inversion: null at `T1 (ln 2 - ln(1 + exp(-TR/T1)))`; gradient echo: Ernst angle
    /// `acos(exp(-TR/T1))`. The rules are listed in `docs/signal-model.md`.
    pub fn weighting(&self) -> Weighting {
        match (self.by_times(), self.stated) {
            (_, Some(Weighting::Other)) => Weighting::Other,
            (Weighting::Unknown, Some(stated)) => stated,
            (computed, Some(stated)) if computed != stated => Weighting::Unknown,
            (computed, _) => computed,
        }
    }

    fn by_times(&self) -> Weighting {
        if self.echo_planar() {
            return self.of_echo_planar();
        }
        if self.inversion_recovery() {
            return self.after_inversion();
        }
        match self.gradient_echo() {
            Some(true) => self.of_gradient_echo(),
            Some(false) => self.of_spin_echo(),
            None => self.of_either_echo(),
        }
    }

    /// Whether the times alone are those of an inversion, for a header that names none: the delay of a fat suppression is
    /// far shorter than a FLAIR's TI, and one in an image with times of proton density is a STIR, or no T1 nor T2 either
    /// way.
    pub(super) fn inverts_by_times(&self) -> bool {
        let Some(ti) = self.inversion_time_ms else { return false };
        let (te, tr) = (self.echo_time_ms, self.repetition_time_ms);
        let is_long = tr.is_some_and(|tr| tr >= PD_MIN_TR_MS && tr > ti);
        let is_late = te.is_some_and(|te| te >= T2_MIN_TE_MS);
        let is_unnamed = te.is_some() && self.scanning_sequence.is_empty() && self.pulse_sequence.is_none();
        is_long && if is_late { FLAIR_TI_MS.contains(&ti) } else { is_unnamed && STIR_TI_MS.contains(&ti) }
    }

    fn of_echo_planar(&self) -> Weighting {
        // spin-echo EPI is mostly diffusion imaging, which its times do not show
        let late = self.echo_time_ms.is_some_and(|te| te >= T2_STAR_MIN_TE_MS);
        if self.gradient_echo() == Some(true) && late { Weighting::T2Star } else { Weighting::Unknown }
    }

    fn after_inversion(&self) -> Weighting {
        let Some(ti) = self.inversion_time_ms else { return Weighting::Unknown };
        if self.gradient_echo() == Some(true) {
            return if PREPARED_TI_MS.contains(&ti) { Weighting::T1 } else { Weighting::Unknown };
        }
        if STIR_TI_MS.contains(&ti) {
            return Weighting::Stir;
        }
        let (Some(te), Some(tr)) = (self.echo_time_ms, self.repetition_time_ms) else {
            return Weighting::Unknown;
        };
        let t1 =
            T1_FLAIR_TI_MS.contains(&ti) && te < T1_FLAIR_BELOW_TE_MS && tr > ti && tr <= T1_FLAIR_MAX_TR_MS;
        let flair = FLAIR_TI_MS.contains(&ti) && te >= T2_MIN_TE_MS;
        match (t1, flair) {
            (true, _) => Weighting::T1,
            (_, true) => Weighting::Flair,
            _ => Weighting::Unknown,
        }
    }

    fn of_spin_echo(&self) -> Weighting {
        let (Some(te), Some(tr)) = (self.echo_time_ms, self.repetition_time_ms) else {
            return Weighting::Unknown;
        };
        if self.pulse_sequence == Some(PulseSequence::SingleShotFastSpinEcho) {
            return if te >= SINGLE_SHOT_MIN_TE_MS { Weighting::T2 } else { Weighting::Unknown };
        }
        let train = self.volumetric || self.echo_train_length.is_some_and(|length| length >= MIN_LONG_TRAIN);
        let t2_tr = if train { T2_TRAIN_MIN_TR_MS } else { T2_MIN_TR_MS };
        if te < T1_BELOW_TE_MS && T1_TR_MS.contains(&tr) {
            Weighting::T1
        } else if te >= T2_MIN_TE_MS && tr >= t2_tr {
            Weighting::T2
        } else if te <= PD_MAX_TE_MS && tr >= PD_MIN_TR_MS {
            Weighting::ProtonDensity
        } else {
            Weighting::Unknown
        }
    }

    fn of_gradient_echo(&self) -> Weighting {
        let has = |variant| self.sequence_variant.contains(&variant);
        let spoiled = has(SequenceVariant::Spoiled);
        let steady = has(SequenceVariant::SteadyState) || has(SequenceVariant::TimeReversedSteadyState);
        match self.pulse_sequence {
            Some(PulseSequence::SteadyStateGradientEcho) => return Weighting::Unknown,
            Some(PulseSequence::MultiEchoGradientEcho) => return Weighting::T2Star,
            _ if steady && !spoiled => return Weighting::Unknown,
            _ => {}
        }
        let Some(te) = self.echo_time_ms else { return Weighting::Unknown };
        if te >= T2_STAR_LONG_TE_MS {
            return Weighting::T2Star;
        }
        let (Some(tr), Some(flip)) = (self.repetition_time_ms, self.flip_angle_deg) else {
            return Weighting::Unknown;
        };
        let ernst = ernst_deg(tr, CORD_T1_MS);
        if te >= T2_STAR_MIN_TE_MS && flip < ernst {
            Weighting::T2Star
        } else if te < T2_STAR_MIN_TE_MS && flip > T1_MIN_OF_ERNST * ernst {
            Weighting::T1
        } else {
            Weighting::Unknown
        }
    }

    /// The weighting where it is the same for a spin and a gradient echo.
    fn of_either_echo(&self) -> Weighting {
        let large = self.flip_angle_deg.is_some_and(|flip| flip >= MIN_LARGE_FLIP_DEG);
        match self.of_spin_echo() {
            Weighting::T2 => Weighting::T2,
            Weighting::T1 if large => Weighting::T1,
            _ => Weighting::Unknown,
        }
    }
}

/// The flip angle of maximum signal; larger ones give T1 weighting.
fn ernst_deg(tr_ms: f64, t1_ms: f64) -> f64 {
    libm::acos(libm::exp(-tr_ms / t1_ms)).to_degrees()
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    /// A header: sequence, variants, name; TR, TE, TI, flip angle (0: absent); echo train length; expected weighting.
    type Row<'a> = (&'a str, &'a str, &'a str, [f64; 4], u32, Weighting);

    fn acquisition((sequence, variant, name, times, train, _): Row<'_>) -> Acquisition {
        let mut made = Acquisition::default();
        made.add_sequence(sequence.split('\\'), variant.split('\\'));
        made.pulse_sequence = PulseSequence::of_name(name);
        let [tr, te, ti, flip] = times.map(super::super::positive);
        (made.repetition_time_ms, made.echo_time_ms) = (tr, te);
        (made.inversion_time_ms, made.flip_angle_deg) = (ti, flip);
        made.echo_train_length = (train > 0).then_some(train);
        made
    }

    /// Usual values of spine protocols, among them those of spine-generic (Nat Protoc 2021;16:4611) and of public files.
    const PROTOCOLS: [Row<'_>; 46] = [
        ("SE", "NONE", "", [500.0, 11.0, 0.0, 90.0], 1, Weighting::T1),
        ("SE", "SK\\OSP", "*tse2d1_3", [550.0, 9.9, 0.0, 150.0], 3, Weighting::T1),
        ("SE", "SK", "", [750.0, 24.0, 0.0, 160.0], 4, Weighting::T1),
        ("SE", "SK\\SP\\OSP", "*tse2d1_4", [930.0, 8.7, 0.0, 140.0], 4, Weighting::T1),
        ("SE", "SK", "_spc_57", [600.0, 11.0, 0.0, 120.0], 57, Weighting::T1),
        ("SE", "SK", "FSE-XL", [1250.0, 15.0, 0.0, 90.0], 4, Weighting::Unknown),
        ("SE", "SK\\OSP", "*tse2d1_15", [3500.0, 102.0, 0.0, 150.0], 15, Weighting::T2),
        ("SE", "SK", "", [1600.0, 75.0, 0.0, 90.0], 12, Weighting::T2),
        ("SE", "NONE", "", [2200.0, 80.0, 0.0, 90.0], 1, Weighting::T2),
        ("SE", "SK\\SP\\OSP", "_spcR_100", [1500.0, 120.0, 0.0, 120.0], 76, Weighting::T2),
        ("SE", "SK", "CUBE", [1200.0, 90.0, 0.0, 90.0], 80, Weighting::T2),
        ("SE", "SK", "*h2d1_205", [1000.0, 88.0, 0.0, 150.0], 205, Weighting::T2),
        ("SE", "NONE", "", [1200.0, 90.0, 0.0, 90.0], 1, Weighting::Unknown),
        ("SE", "SK", "", [3000.0, 60.0, 0.0, 90.0], 8, Weighting::Unknown),
        ("SE", "SK", "", [2500.0, 20.0, 0.0, 90.0], 6, Weighting::ProtonDensity),
        ("SE\\IR", "SK", "*tir2d1_15", [4000.0, 39.0, 160.0, 150.0], 15, Weighting::Stir),
        ("IR", "SK", "", [3500.0, 60.0, 220.0, 90.0], 12, Weighting::Stir),
        ("SE\\IR", "SK", "STIR", [5000.0, 42.0, 130.0, 90.0], 12, Weighting::Stir),
        ("SE\\IR", "SK", "*tir2d1_7", [2000.0, 9.0, 860.0, 150.0], 7, Weighting::T1),
        ("SE\\IR", "SK", "", [2300.0, 24.0, 1000.0, 90.0], 8, Weighting::T1),
        ("SE\\IR", "SK\\SP\\MP", "*spcir_278ns", [6000.0, 394.0, 2200.0, 120.0], 278, Weighting::Flair),
        ("SE\\IR", "SK", "", [9000.0, 120.0, 2500.0, 150.0], 16, Weighting::Flair),
        ("SE\\IR", "SK", "", [3000.0, 20.0, 400.0, 90.0], 8, Weighting::Unknown),
        ("SE\\IR", "SK", "", [3000.0, 20.0, 0.0, 90.0], 8, Weighting::Unknown),
        ("SE", "SK", "", [9000.0, 120.0, 2500.0, 150.0], 16, Weighting::Flair),
        ("", "", "", [9000.0, 100.0, 2500.0, 0.0], 0, Weighting::Flair),
        ("", "", "", [4000.0, 15.0, 150.0, 0.0], 0, Weighting::Stir),
        ("", "", "", [550.0, 10.0, 150.0, 90.0], 0, Weighting::T1),
        ("", "", "", [3500.0, 100.0, 150.0, 0.0], 0, Weighting::T2),
        // a delay of a fat suppression is no inversion recovery
        ("SE", "SK", "", [3500.0, 90.0, 110.0, 90.0], 15, Weighting::T2),
        ("GR\\IR", "SK\\SP\\MP", "_tfl3d1_16", [2000.0, 3.72, 1000.0, 9.0], 0, Weighting::T1),
        ("GR", "SS\\SP\\SK", "", [8.9, 3.164, 900.0, 0.0], 0, Weighting::T1),
        ("GR", "SP", "*fl3d1", [7.0, 3.0, 0.0, 12.0], 0, Weighting::T1),
        ("GR", "SP", "*fl2d1", [200.0, 4.8, 0.0, 70.0], 0, Weighting::T1),
        ("GR", "SP", "*fl3d1", [30.0, 3.0, 0.0, 6.0], 0, Weighting::Unknown),
        ("GR", "SP", "_me2d1r3", [600.0, 14.0, 0.0, 30.0], 3, Weighting::T2Star),
        ("GR", "SK", "MERGE", [550.0, 12.0, 0.0, 20.0], 3, Weighting::T2Star),
        ("GR", "SP", "", [700.0, 9.2, 0.0, 28.0], 5, Weighting::T2Star),
        ("GR", "SP", "", [28.0, 20.0, 0.0, 15.0], 0, Weighting::T2Star),
        ("GR", "SS\\OSP", "*ci3d1", [6.0, 3.0, 0.0, 60.0], 0, Weighting::Unknown),
        ("GR", "SS", "", [5.0, 2.5, 0.0, 60.0], 0, Weighting::Unknown),
        ("EP", "SK", "*epfid2d1_64", [3000.0, 30.0, 0.0, 76.0], 1, Weighting::Unknown),
        ("EP\\GR", "SK", "*epfid2d1_64", [3000.0, 30.0, 0.0, 76.0], 1, Weighting::T2Star),
        ("EP\\SE", "SK", "*epse2d1_128", [5000.0, 90.0, 0.0, 90.0], 1, Weighting::Unknown),
        ("RM", "NONE", "", [6.2, 3.4, 0.0, 0.0], 0, Weighting::Unknown),
        ("", "", "", [600.0, 14.0, 0.0, 30.0], 0, Weighting::Unknown),
    ];

    #[test]
    fn protocols_have_their_weighting() {
        for row in PROTOCOLS {
            assert_eq!(acquisition(row).weighting(), row.5, "{row:?}");
        }
    }

    #[test]
    fn without_a_sequence_only_clear_times_count() {
        let of = |times| acquisition(("", "", "", times, 0, Weighting::Unknown)).weighting();
        assert_eq!(of([3500.0, 100.0, 0.0, 0.0]), Weighting::T2);
        assert_eq!(of([600.0, 10.0, 0.0, 90.0]), Weighting::T1);
        assert_eq!(of([600.0, 10.0, 0.0, 0.0]), Weighting::Unknown);
        assert_eq!(of([2000.0, 30.0, 0.0, 77.0]), Weighting::Unknown, "echo-planar imaging has such times");
        assert_eq!(of([0.0, 100.0, 0.0, 0.0]), Weighting::Unknown);
    }

    #[test]
    fn the_stated_contrast_counts_where_times_say_nothing() {
        let mut made = Acquisition { stated: Some(Weighting::T1), ..Acquisition::default() };
        assert_eq!(made.weighting(), Weighting::T1);
        (made.repetition_time_ms, made.echo_time_ms) = (Some(4000.0), Some(100.0));
        assert_eq!(made.weighting(), Weighting::Unknown, "times and statement disagree");
        made.stated = Some(Weighting::Other);
        assert_eq!(made.weighting(), Weighting::Other);
    }

    #[test]
    fn fast_spin_echo_is_known_by_its_train() {
        let of = |sequence, variant, name, train| {
            acquisition((sequence, variant, name, [0.0; 4], train, Weighting::Unknown)).fast_spin_echo()
        };
        assert_eq!(of("SE", "NONE", "", 15), Some(true));
        assert_eq!(of("SE", "SK", "", 0), Some(true));
        assert_eq!(of("", "", "*tse2d1_15", 0), Some(true));
        assert_eq!(of("SE", "NONE", "", 1), Some(false));
        assert_eq!(of("GR", "SK", "", 3), Some(false));
        assert_eq!(of("EP\\SE", "SK", "", 1), Some(false));
        assert_eq!(of("SE", "NONE", "", 0), None);
        assert_eq!(of("", "", "", 15), None);
    }

    /// The inversion times of the rules are the null points of fat and of fluid.
    #[test]
    fn null_points_lie_in_their_ranges() {
        let null = |t1: f64, tr: f64| t1 * (2_f64.ln() - (1.0 + (-tr / t1).exp()).ln());
        for (tr, fat) in [(3000.0, 245.0), (5000.0, 382.0), (1500.0, 160.0)] {
            assert!(STIR_TI_MS.contains(&null(fat, tr)));
        }
        for tr in [1500.0, 2000.0, 3300.0] {
            assert!(T1_FLAIR_TI_MS.contains(&null(4300.0, tr)), "{}", null(4300.0, tr));
        }
        for tr in [5000.0, 9000.0, 15000.0] {
            assert!(FLAIR_TI_MS.contains(&null(4300.0, tr)), "{}", null(4300.0, tr));
        }
    }

    #[test]
    fn ernst_angles() {
        assert_abs_diff_eq!(
            ernst_deg(900.0, 900.0),
            (1.0 / std::f64::consts::E).acos().to_degrees(),
            epsilon = 1e-9
        );
        assert_abs_diff_eq!(ernst_deg(20.0, 900.0), 12.0, epsilon = 0.2);
    }
}
