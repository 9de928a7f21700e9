//! Vendors' names of pulse sequences.

/// A pulse sequence, by its vendor's name.
///
/// # Reference
/// Names as the scanners write them into Sequence Name (0018,0024) and Pulse Sequence Name (0018,9005):
/// Siemens `*tse2d1_15`, `*tir2d1_21`, `*spcR_100`, `*fl3d1`, `*tfl3d1_16ns`, `*me2d1r3`; GE `FSE-XL`,
/// `CUBE`, `EFGRE3D`, `MERGE`; Philips `TSE`, `TIR`, `T1TFE`, `T1FFE`, `mFFE`. Equivalents: Elster,
/// mriquestions.com, "vendor acronyms".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PulseSequence {
    /// One echo per excitation.
    SpinEcho,
    /// A train of echoes: TSE, FSE, and with variable angles SPACE, CUBE, VISTA.
    FastSpinEcho,
    /// All lines in one train: HASTE, SSFSE.
    SingleShotFastSpinEcho,
    /// A train of echoes after an inversion: TIR, STIR, FLAIR.
    InversionFastSpinEcho,
    /// FLASH, SPGR, T1-FFE.
    SpoiledGradientEcho,
    /// MPRAGE, BRAVO, TFE.
    MagnetizationPrepared,
    /// Several gradient echoes in one image: MEDIC, MERGE, mFFE.
    MultiEchoGradientEcho,
    /// `TrueFISP`, CISS, FIESTA, DESS, balanced FFE.
    SteadyStateGradientEcho,
    /// EPI.
    EchoPlanar,
}

/// The start of a word in a vendor's name, and its sequence; the first match counts.
const PREFIXES: [(&str, PulseSequence); 45] = [
    // Siemens
    ("tse", PulseSequence::FastSpinEcho),
    ("spcir", PulseSequence::InversionFastSpinEcho),
    ("spc", PulseSequence::FastSpinEcho),
    ("tir", PulseSequence::InversionFastSpinEcho),
    ("h2d", PulseSequence::SingleShotFastSpinEcho),
    ("haste", PulseSequence::SingleShotFastSpinEcho),
    ("se2d", PulseSequence::SpinEcho),
    ("fl2d", PulseSequence::SpoiledGradientEcho),
    ("fl3d", PulseSequence::SpoiledGradientEcho),
    ("tfl", PulseSequence::MagnetizationPrepared),
    ("mprage", PulseSequence::MagnetizationPrepared),
    ("me2d", PulseSequence::MultiEchoGradientEcho),
    ("me3d", PulseSequence::MultiEchoGradientEcho),
    ("medic", PulseSequence::MultiEchoGradientEcho),
    ("tfi", PulseSequence::SteadyStateGradientEcho),
    ("trufi", PulseSequence::SteadyStateGradientEcho),
    ("ci3d", PulseSequence::SteadyStateGradientEcho),
    ("de3d", PulseSequence::SteadyStateGradientEcho),
    ("ep2d", PulseSequence::EchoPlanar),
    ("ep3d", PulseSequence::EchoPlanar),
    ("epfid", PulseSequence::EchoPlanar),
    ("epse", PulseSequence::EchoPlanar),
    ("epi", PulseSequence::EchoPlanar),
    // GE
    ("fse", PulseSequence::FastSpinEcho),
    ("frfse", PulseSequence::FastSpinEcho),
    ("cube", PulseSequence::FastSpinEcho),
    ("ssfse", PulseSequence::SingleShotFastSpinEcho),
    ("stir", PulseSequence::InversionFastSpinEcho),
    ("spgr", PulseSequence::SpoiledGradientEcho),
    ("fspgr", PulseSequence::SpoiledGradientEcho),
    ("bravo", PulseSequence::MagnetizationPrepared),
    ("merge", PulseSequence::MultiEchoGradientEcho),
    ("fiesta", PulseSequence::SteadyStateGradientEcho),
    ("cosmic", PulseSequence::SteadyStateGradientEcho),
    // Philips
    ("sshtse", PulseSequence::SingleShotFastSpinEcho),
    ("vista", PulseSequence::FastSpinEcho),
    ("t1tfe", PulseSequence::MagnetizationPrepared),
    ("t1ffe", PulseSequence::SpoiledGradientEcho),
    ("mffe", PulseSequence::MultiEchoGradientEcho),
    ("bffe", PulseSequence::SteadyStateGradientEcho),
    ("btfe", PulseSequence::SteadyStateGradientEcho),
    ("t2ffe", PulseSequence::SteadyStateGradientEcho),
    ("dwise", PulseSequence::EchoPlanar),
    ("feepi", PulseSequence::EchoPlanar),
    ("seepi", PulseSequence::EchoPlanar),
];

impl PulseSequence {
    /// The sequence of a vendor's name; `None` for an unknown one.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::acquisition::PulseSequence;
    /// assert_eq!(PulseSequence::of_name("*tse2d1_15"), Some(PulseSequence::FastSpinEcho));
    /// ```
    pub fn of_name(name: &str) -> Option<Self> {
        let name = name.replace('-', "").to_ascii_lowercase();
        let of_word = |word: &str| PREFIXES.iter().find(|(prefix, _)| word.starts_with(prefix));
        name.split(|c: char| !c.is_ascii_alphanumeric()).find_map(of_word).map(|&(_, sequence)| sequence)
    }

    /// Whether it is a gradient echo (true) or a spin echo (false); `None` for echo-planar imaging, which may be either.
    pub(super) fn gradient_echo(self) -> Option<bool> {
        match self {
            Self::SpinEcho
            | Self::FastSpinEcho
            | Self::SingleShotFastSpinEcho
            | Self::InversionFastSpinEcho => Some(false),
            Self::SpoiledGradientEcho
            | Self::MagnetizationPrepared
            | Self::MultiEchoGradientEcho
            | Self::SteadyStateGradientEcho => Some(true),
            Self::EchoPlanar => None,
        }
    }

    pub(super) fn is_fast_spin_echo(self) -> bool {
        matches!(self, Self::FastSpinEcho | Self::SingleShotFastSpinEcho | Self::InversionFastSpinEcho)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_three_vendors() {
        for (name, expected) in [
            ("*tse2d1_15", PulseSequence::FastSpinEcho),
            ("_spcR_100", PulseSequence::FastSpinEcho),
            ("*spcir_278ns", PulseSequence::InversionFastSpinEcho),
            ("%SiemensSeq%_tse_vfl", PulseSequence::FastSpinEcho),
            ("*tir2d1rs15", PulseSequence::InversionFastSpinEcho),
            ("*h2d1_205", PulseSequence::SingleShotFastSpinEcho),
            ("*se2d1", PulseSequence::SpinEcho),
            ("*fl3d1_ns", PulseSequence::SpoiledGradientEcho),
            ("_tfl3d1_16", PulseSequence::MagnetizationPrepared),
            ("_me2d1r3", PulseSequence::MultiEchoGradientEcho),
            ("*ci3d1", PulseSequence::SteadyStateGradientEcho),
            ("*epfid2d1_64", PulseSequence::EchoPlanar),
            ("Multiband Gradient Echo EPI", PulseSequence::EchoPlanar),
            ("FSE-XL", PulseSequence::FastSpinEcho),
            ("/export/psd/efgre3d/merge", PulseSequence::MultiEchoGradientEcho),
            ("TSE", PulseSequence::FastSpinEcho),
            ("T1TFE", PulseSequence::MagnetizationPrepared),
            ("B-FFE", PulseSequence::SteadyStateGradientEcho),
        ] {
            assert_eq!(PulseSequence::of_name(name), Some(expected), "{name}");
        }
        for name in ["", "dicom2nifti", "research", "DOE^JANE", "gradient echo", "efgre3d"] {
            assert_eq!(PulseSequence::of_name(name), None, "{name}");
        }
    }
}
