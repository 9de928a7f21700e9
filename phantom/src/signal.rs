//! The signal of each tissue: relaxation times, proton density and the signal equation of each kind of sequence.

use hemastage::stage::Stage;
use hemastage_image::error::{Detail, ErrorKind, Result};
use serde::Serialize;

use super::range;

/// The field strength, which decides the relaxation times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize)]
pub enum FieldStrength {
    /// 1.5 tesla.
    #[default]
    #[serde(rename = "1.5 T")]
    T1_5,
    /// 3 tesla.
    #[serde(rename = "3 T")]
    T3,
}

/// A spin echo, or with an inversion time a T1 FLAIR, or with a flip angle a spoiled gradient echo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Sequence {
    /// Repetition time, milliseconds.
    pub tr_ms: f64,
    /// Echo time, milliseconds.
    pub te_ms: f64,
    /// From the inversion to the excitation, milliseconds; `None` without an inversion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ti_ms: Option<f64>,
    /// Flip angle of a spoiled gradient echo, degrees; `None` of a spin echo.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flip_deg: Option<f64>,
}

impl Sequence {
    /// The default T1-weighted sequence: TR 550 ms, TE 10 ms.
    pub const T1: Self = Self::new(550.0, 10.0);
    /// The default T2-weighted sequence: TR 3500 ms, TE 100 ms.
    pub const T2: Self = Self::new(3500.0, 100.0);

    /// A spin echo from its repetition and echo time in milliseconds.
    pub const fn new(tr_ms: f64, te_ms: f64) -> Self {
        Self { tr_ms, te_ms, ti_ms: None, flip_deg: None }
    }

    /// A spin echo after an inversion, such as T1 FLAIR.
    pub const fn inversion_recovery(tr_ms: f64, te_ms: f64, ti_ms: f64) -> Self {
        Self { ti_ms: Some(ti_ms), ..Self::new(tr_ms, te_ms) }
    }

    /// A spoiled gradient echo. Its echo decays with T2, as if the field were even.
    pub const fn spoiled_gradient_echo(tr_ms: f64, te_ms: f64, flip_deg: f64) -> Self {
        Self { flip_deg: Some(flip_deg), ..Self::new(tr_ms, te_ms) }
    }

    pub(super) fn check(self) -> Result<()> {
        let Self { tr_ms, te_ms, ti_ms, flip_deg } = self;
        range::check("TR", tr_ms, (1.0, 60_000.0), " ms")?;
        range::check("TE", te_ms, (0.1, 1000.0), " ms")?;
        if let Some(ti_ms) = ti_ms {
            range::check("TI", ti_ms, (1.0, tr_ms), " ms")?;
        }
        if let Some(flip_deg) = flip_deg {
            range::check("the flip angle", flip_deg, (1.0, 90.0), " degrees")?;
        }
        if te_ms < tr_ms { Ok(()) } else { Err(EchoAfterRepetition { tr_ms, te_ms }.into()) }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("TE is {te_ms} ms and TR {tr_ms} ms: the echo must come before the next repetition")]
struct EchoAfterRepetition {
    tr_ms: f64,
    te_ms: f64,
}

impl Detail for EchoAfterRepetition {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

/// Relaxation times and proton density of a tissue.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Relaxation {
    /// Longitudinal relaxation time, milliseconds.
    pub t1_ms: f64,
    /// Transverse relaxation time, milliseconds.
    pub t2_ms: f64,
    /// Proton density, percent of water at body temperature.
    pub pd_pu: f64,
}

/// The tissue at a point of the phantom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[repr(u8)]
#[non_exhaustive]
pub enum Tissue {
    /// Air, cortical gas and flowing blood in large vessels: no signal.
    #[default]
    Air,
    /// Spinal cord, the reference of every ratio.
    Cord,
    /// Brainstem and cerebellum above C1; the relaxation times of the cord.
    Brain,
    /// Cerebrospinal fluid.
    Csf,
    /// Epidural and subcutaneous fat.
    Fat,
    /// Skeletal muscle.
    Muscle,
    /// Marrow of the vertebrae.
    Marrow,
    /// The inner part of an intervertebral disc.
    Disc,
    /// Cortical bone, ligaments, dura and the outer ring of a disc.
    Fibrous,
    /// Aerated lung.
    Lung,
    /// Oxyhemoglobin.
    Hyperacute,
    /// Deoxyhemoglobin.
    Acute,
    /// Intracellular methemoglobin.
    EarlySubacute,
    /// Extracellular methemoglobin.
    LateSubacute,
    /// Old blood with a long T1 and a very short T2.
    Chronic,
}

impl Tissue {
    /// Every tissue, in the order of its number.
    pub const ALL: [Self; 15] = [
        Self::Air,
        Self::Cord,
        Self::Brain,
        Self::Csf,
        Self::Fat,
        Self::Muscle,
        Self::Marrow,
        Self::Disc,
        Self::Fibrous,
        Self::Lung,
        Self::Hyperacute,
        Self::Acute,
        Self::EarlySubacute,
        Self::LateSubacute,
        Self::Chronic,
    ];

    /// The blood of a stage; `None` for `Indeterminate`, which is not a tissue.
    pub const fn blood(stage: Stage) -> Option<Self> {
        match stage {
            Stage::Hyperacute => Some(Self::Hyperacute),
            Stage::Acute => Some(Self::Acute),
            Stage::EarlySubacute => Some(Self::EarlySubacute),
            Stage::LateSubacute => Some(Self::LateSubacute),
            Stage::Chronic => Some(Self::Chronic),
            Stage::Indeterminate => None,
        }
    }

    /// The stage of blood; `None` for the other tissues.
    pub const fn stage(self) -> Option<Stage> {
        match self {
            Self::Hyperacute => Some(Stage::Hyperacute),
            Self::Acute => Some(Stage::Acute),
            Self::EarlySubacute => Some(Stage::EarlySubacute),
            Self::LateSubacute => Some(Stage::LateSubacute),
            Self::Chronic => Some(Stage::Chronic),
            _ => None,
        }
    }

    /// Relaxation times and proton density.
    ///
    /// # Units
    /// T1 and T2 in milliseconds, proton density in percent of water.
    ///
    /// # Reference
    /// 1.5 T:
    ///
    /// | tissue | T1 / T2 / PD | source |
    /// |---|---|---|
    /// | cord, CSF, marrow, disc | 780.2/101.6/58.7, 4273.4/1577.6/107.5, 515.3/100.8/91.1, 1164.9/101.9/78.9 | synthetic MRI of 32 spines, PMC7410772 |
    /// | brain | as cord | assumed |
    /// | fat, muscle | 245/70, 880/50 | middle of the textbook ranges 240-250/60-80 and 860-900/50; PD 80 assumed |
    /// | hyperacute, acute | 1350/200, 1350/50 | textbook values of oxygenated and deoxygenated blood; PD 80 assumed |
    /// | early subacute, late subacute, chronic | 333/24, 333/97, 2153/24 | ends of the ranges of aging blood in vitro (at 3 T), Petrovic 2016 Forensic Sci Int; their pairing, their use at 1.5 T and PD 80 are assumed |
    /// | fibrous, lung | 1000/8/30, 1200/30/20 | assumed |
    ///
    /// 3 T (proton densities as at 1.5 T):
    ///
    /// | tissue | T1 / T2 | source |
    /// |---|---|---|
    /// | cord | 925/75 | middle of white 876/73 and gray matter 973/76, Smith 2008 MRM; Stanisz 2005 MRM 54:507 has 993/78 |
    /// | CSF | 4309/1886 | published, 3 T |
    /// | fat, muscle, marrow | 382/68, 898/29, 586/49 | de Bazelaire 2004 Radiology 230:652 (paravertebral muscle, L4) |
    /// | hyperacute | 1932/275 | blood, Stanisz 2005 MRM 54:507 |
    /// | acute | 1932/30 | T1 as oxygenated blood; T2 assumed (shorter than at 1.5 T, Bradley 1993) |
    /// | early subacute, late subacute, chronic | 333/24, 333/97, 2153/24 | Petrovic 2016; pairing assumed |
    /// | disc, fibrous, lung, brain | 1300/90, 1100/7, 1300/25, as cord | assumed |
    pub const fn relaxation(self, field: FieldStrength) -> Relaxation {
        let (t1_ms, t2_ms) = match field {
            FieldStrength::T1_5 => self.times_at_1_5_t(),
            FieldStrength::T3 => self.times_at_3_t(),
        };
        Relaxation { t1_ms, t2_ms, pd_pu: self.proton_density() }
    }

    const fn times_at_1_5_t(self) -> (f64, f64) {
        match self {
            Self::Air => (1000.0, 10.0),
            Self::Cord | Self::Brain => (780.2, 101.6),
            Self::Csf => (4273.4, 1577.6),
            Self::Fat => (245.0, 70.0),
            Self::Muscle => (880.0, 50.0),
            Self::Marrow => (515.3, 100.8),
            Self::Disc => (1164.9, 101.9),
            Self::Fibrous => (1000.0, 8.0),
            Self::Lung => (1200.0, 30.0),
            Self::Hyperacute => (1350.0, 200.0),
            Self::Acute => (1350.0, 50.0),
            Self::EarlySubacute => (333.0, 24.0),
            Self::LateSubacute => (333.0, 97.0),
            Self::Chronic => (2153.0, 24.0),
        }
    }

    const fn times_at_3_t(self) -> (f64, f64) {
        match self {
            Self::Air => (1000.0, 10.0),
            Self::Cord | Self::Brain => (925.0, 75.0),
            Self::Csf => (4309.0, 1886.0),
            Self::Fat => (382.0, 68.0),
            Self::Muscle => (898.0, 29.0),
            Self::Marrow => (586.0, 49.0),
            Self::Disc => (1300.0, 90.0),
            Self::Fibrous => (1100.0, 7.0),
            Self::Lung => (1300.0, 25.0),
            Self::Hyperacute => (1932.0, 275.0),
            Self::Acute => (1932.0, 30.0),
            Self::EarlySubacute => (333.0, 24.0),
            Self::LateSubacute => (333.0, 97.0),
            Self::Chronic => (2153.0, 24.0),
        }
    }

    /// T2* in milliseconds: the decay of a gradient echo.
    ///
    /// # Reference
    /// Assumed. Deoxygenated blood by R2* = 122 (1 - Y) + 7 at 3 T (ISMRM 2006, 2516) for an oxygenation Y of 0.4.
    pub const fn t2_star_ms(self, field: FieldStrength) -> f64 {
        let (low, high) = match self {
            Self::Air => (10.0, 10.0),
            Self::Cord | Self::Brain => (60.0, 40.0),
            Self::Csf => (400.0, 250.0),
            Self::Fat | Self::Muscle => (30.0, 20.0),
            Self::Marrow => (12.0, 6.0),
            Self::Disc => (50.0, 30.0),
            Self::Fibrous => (6.0, 5.0),
            Self::Lung => (1.0, 0.5),
            Self::Hyperacute => (110.0, 60.0),
            Self::Acute => (25.0, 12.0),
            Self::EarlySubacute => (20.0, 11.0),
            Self::LateSubacute => (70.0, 40.0),
            Self::Chronic => (10.0, 6.0),
        };
        match field {
            FieldStrength::T1_5 => low,
            FieldStrength::T3 => high,
        }
    }

    /// By how much contrast agent raises the relaxation rate 1/T1 of a tissue outside of collections, per second.
    ///
    /// # Reference
    /// Assumed: cord and fluid keep the agent out, marrow, muscle and dura take some up.
    pub const fn agent_per_s(self) -> f64 {
        match self {
            Self::Muscle => 0.3,
            Self::Marrow => 0.4,
            Self::Fibrous => 0.5,
            _ => 0.0,
        }
    }

    const fn proton_density(self) -> f64 {
        match self {
            Self::Air => 0.0,
            Self::Cord | Self::Brain => 58.7,
            Self::Csf => 107.5,
            Self::Marrow => 91.1,
            Self::Disc => 78.9,
            Self::Fibrous => 30.0,
            Self::Lung => 20.0,
            Self::Fat
            | Self::Muscle
            | Self::Hyperacute
            | Self::Acute
            | Self::EarlySubacute
            | Self::LateSubacute
            | Self::Chronic => 80.0,
        }
    }
}

/// The signal of a tissue, of proton density PD and with E = exp(-TR/T1):
///
/// * spin echo: PD (1 - E) exp(-TE/T2);
/// * after an inversion: PD |1 - 2 exp(-TI/T1) + E| exp(-TE/T2);
/// * spoiled gradient echo of flip angle a: PD sin a (1 - E) / (1 - E cos a) exp(-TE/T2).
///
/// # Units
/// Those of the proton density.
pub fn signal(tissue: Relaxation, sequence: Sequence) -> f64 {
    let Relaxation { t1_ms, t2_ms, pd_pu } = tissue;
    let e = libm::exp(-sequence.tr_ms / t1_ms);
    let along = match (sequence.flip_deg, sequence.ti_ms) {
        (Some(flip_deg), _) => {
            let (sin, cos) = (libm::sin(flip_deg.to_radians()), libm::cos(flip_deg.to_radians()));
            sin * (1.0 - e) / (1.0 - e * cos)
        }
        (None, Some(ti_ms)) => (1.0 - 2.0 * libm::exp(-ti_ms / t1_ms) + e).abs(),
        (None, None) => 1.0 - e,
    };
    pd_pu * along * libm::exp(-sequence.te_ms / t2_ms)
}

/// A tissue's signal divided by the cord's, both with their [published values](Tissue::relaxation).
///
/// # Units
/// Dimensionless. The spin-echo equation makes fat darker on T2 than fast spin-echo images show it.
///
/// # Example
/// ```
/// use hemastage_phantom::{FieldStrength, Sequence, Tissue, ratio_to_cord};
/// let ratio = ratio_to_cord(Tissue::Acute, FieldStrength::T1_5, Sequence::T2);
/// assert_eq!(format!("{ratio:.2}"), "0.46", "deoxygenated blood is dark on T2");
/// ```
pub fn ratio_to_cord(tissue: Tissue, field: FieldStrength, sequence: Sequence) -> f64 {
    signal(tissue.relaxation(field), sequence) / signal(Tissue::Cord.relaxation(field), sequence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reproduces_the_table_of_expected_ratios() {
        for (tissue, t1, t2) in [
            (Tissue::Csf, "0.48", "2.60"),
            (Tissue::Hyperacute, "0.95", "2.07"),
            (Tissue::Acute, "0.81", "0.46"),
            (Tissue::EarlySubacute, "1.58", "0.06"),
            (Tissue::LateSubacute, "2.17", "1.32"),
            (Tissue::Fat, "2.30", "0.88"),
            (Tissue::Muscle, "1.13", "0.49"),
            (Tissue::Marrow, "2.01", "1.56"),
        ] {
            let ratio = |sequence| format!("{:.2}", ratio_to_cord(tissue, FieldStrength::T1_5, sequence));
            assert_eq!((ratio(Sequence::T1).as_str(), ratio(Sequence::T2).as_str()), (t1, t2), "{tissue:?}");
        }
    }

    #[test]
    fn chronic_blood_is_dark_on_both_and_stages_keep_their_look_at_3_t() {
        for field in [FieldStrength::T1_5, FieldStrength::T3] {
            let ratio = |tissue, sequence| ratio_to_cord(tissue, field, sequence);
            assert!(ratio(Tissue::Chronic, Sequence::T1) < 0.75);
            assert!(ratio(Tissue::Chronic, Sequence::T2) < 0.8);
            assert!(ratio(Tissue::Hyperacute, Sequence::T2) > 1.2);
            assert!(ratio(Tissue::Acute, Sequence::T2) < 0.8);
            assert!(ratio(Tissue::EarlySubacute, Sequence::T1) > 1.2);
            assert!(ratio(Tissue::LateSubacute, Sequence::T2) > 1.2);
        }
    }

    /// By hand, cord at 1.5 T: T1 780.2, T2 101.6 ms, proton density 58.7.
    #[test]
    fn each_kind_of_sequence_has_its_equation() {
        let cord = Tissue::Cord.relaxation(FieldStrength::T1_5);
        // exp(-2000/780.2) = 0.077_039, exp(-860/780.2) = 0.332_113, exp(-9/101.6) = 0.915_227
        let flair = signal(cord, Sequence::inversion_recovery(2000.0, 9.0, 860.0));
        assert!((flair - 58.7 * 0.412_814 * 0.915_227).abs() < 1e-3, "{flair}");
        // E = exp(-7/780.2) = 0.991_068; sin 12 (1 - E) / (1 - E cos 12) = 0.060_710, exp(-3/101.6) = 0.970_904
        let spoiled = signal(cord, Sequence::spoiled_gradient_echo(7.0, 3.0, 12.0));
        assert!((spoiled - 58.7 * 0.060_710 * 0.970_904).abs() < 1e-3, "{spoiled}");
        for refused in [
            Sequence::inversion_recovery(2000.0, 9.0, 2500.0),
            Sequence::spoiled_gradient_echo(7.0, 3.0, 0.0),
            Sequence::new(10.0, 10.0),
        ] {
            assert!(refused.check().is_err(), "{refused:?}");
        }
    }

    #[test]
    fn tissues_and_stages_pair_up() {
        for stage in Stage::FIVE {
            assert_eq!(Tissue::blood(stage).unwrap().stage(), Some(stage));
        }
        assert_eq!(Tissue::blood(Stage::Indeterminate), None);
        assert_eq!(Tissue::Cord.stage(), None);
        for (number, tissue) in Tissue::ALL.into_iter().enumerate() {
            assert_eq!(tissue as usize, number);
        }
    }
}
