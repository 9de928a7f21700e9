//! DICOM's defined terms as enums and flags. Unknown terms are dropped.

use super::{Acquisition, Weighting};

/// How an echo is made.
///
/// # Reference
/// DICOM PS3.3 C.8.3.1, Scanning Sequence (0018,0020).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScanningSequence {
    /// `SE`.
    SpinEcho,
    /// `IR`.
    InversionRecovery,
    /// `GR`.
    GradientRecalled,
    /// `EP`.
    EchoPlanar,
    /// `RM`: a research mode, which may be anything.
    ResearchMode,
}

impl ScanningSequence {
    /// The variant of a defined term; `None` for an unknown one.
    pub fn of_term(term: &str) -> Option<Self> {
        match term.trim() {
            "SE" => Some(Self::SpinEcho),
            "IR" => Some(Self::InversionRecovery),
            "GR" => Some(Self::GradientRecalled),
            "EP" => Some(Self::EchoPlanar),
            "RM" => Some(Self::ResearchMode),
            _ => None,
        }
    }
}

/// A variant of a scanning sequence.
///
/// # Reference
/// DICOM PS3.3 C.8.3.1, Sequence Variant (0018,0021).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SequenceVariant {
    /// `SK`: several lines of k-space per excitation.
    SegmentedKSpace,
    /// `MTC`.
    MagnetizationTransfer,
    /// `SS`.
    SteadyState,
    /// `TRSS`.
    TimeReversedSteadyState,
    /// `SP`.
    Spoiled,
    /// `MP`.
    MagnetizationPrepared,
    /// `OSP`.
    OversamplingPhase,
}

impl SequenceVariant {
    /// The variant of a defined term; `None` for an unknown one.
    pub fn of_term(term: &str) -> Option<Self> {
        match term.trim() {
            "SK" => Some(Self::SegmentedKSpace),
            "MTC" => Some(Self::MagnetizationTransfer),
            "SS" => Some(Self::SteadyState),
            "TRSS" => Some(Self::TimeReversedSteadyState),
            "SP" => Some(Self::Spoiled),
            "MP" => Some(Self::MagnetizationPrepared),
            "OSP" => Some(Self::OversamplingPhase),
            _ => None,
        }
    }
}

/// Scan options for fat suppression or water excitation. `FS` is DICOM's term (PS3.3 C.8.3.1), the others are vendors'.
const FAT_SUPPRESSION: [&str; 8] = ["FS", "SPIR", "SPAIR", "ASPIR", "FATSAT", "PROSET", "WE", "WFS"];

/// Image types of a water image (Dixon).
const WATER_IMAGE: [&str; 2] = ["W", "WATER"];

/// Image types of a fat image (Dixon).
const FAT_IMAGE: [&str; 2] = ["F", "FAT"];

/// Image types other than a weighted image: fat only, phase, a map, or a difference of images. A space stands for `_` too.
const OTHER_IMAGES: [&str; 28] = [
    "F",
    "FAT",
    "P",
    "PHASE",
    "PHASE MAP",
    "PHASE SUBTRACT",
    "MODULUS SUBTRACT",
    "SUB",
    "SUBTRACTION",
    "FIELD MAP",
    "B0",
    "B0 MAP",
    "B1",
    "B1 MAP",
    "ADC",
    "ADC MAP",
    "TRACEW",
    "FA",
    "T1 MAP",
    "T2 MAP",
    "T2 STAR MAP",
    "R2 MAP",
    "R2 STAR MAP",
    "DENSITY MAP",
    "DIFFUSION",
    "DIFFUSION MAP",
    "VELOCITY",
    "VELOCITY MAP",
];

/// Words that mean no contrast agent.
const NO_AGENT: [&str; 14] =
    ["", "none", "no", "n", "n/a", "na", "nil", "null", "0", "-", "without", "w/o", "no contrast", "unknown"];

impl Acquisition {
    /// Adds the terms of Scanning Sequence and Sequence Variant.
    pub fn add_sequence<'a>(
        &mut self,
        sequence: impl IntoIterator<Item = &'a str>,
        variant: impl IntoIterator<Item = &'a str>,
    ) {
        self.scanning_sequence.extend(sequence.into_iter().filter_map(ScanningSequence::of_term));
        self.sequence_variant.extend(variant.into_iter().filter_map(SequenceVariant::of_term));
    }

    /// Adds what Scan Options say of fat suppression.
    pub(crate) fn add_options<'a>(&mut self, options: impl IntoIterator<Item = &'a str>) {
        let suppresses =
            |option: &str| FAT_SUPPRESSION.contains(&option.trim().to_ascii_uppercase().as_str());
        self.fat_suppressed |= options.into_iter().any(suppresses);
    }

    /// Adds what Image Type says of fat suppression and the kind of image.
    pub(crate) fn add_image_type<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        for value in values.into_iter().skip(2).map(str::trim) {
            self.fat_suppressed |= WATER_IMAGE.contains(&value);
            self.fat_only |= FAT_IMAGE.contains(&value);
            if OTHER_IMAGES.contains(&value.replace('_', " ").as_str()) {
                self.stated = Some(Weighting::Other);
            }
        }
    }

    /// Adds whether a text names a contrast agent; the text itself is not kept.
    pub(crate) fn add_agent(&mut self, text: &str) {
        self.contrast_agent |= !NO_AGENT.contains(&text.trim().to_lowercase().as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_become_enums() {
        let mut found = Acquisition::default();
        found.add_sequence(["SE", "IR ", "DOE^JANE"], ["SK", "NONE", "OSP"]);
        assert_eq!(
            found.scanning_sequence,
            [ScanningSequence::SpinEcho, ScanningSequence::InversionRecovery]
        );
        assert_eq!(
            found.sequence_variant,
            [SequenceVariant::SegmentedKSpace, SequenceVariant::OversamplingPhase]
        );
        assert!(!format!("{found:?}").contains("DOE"));
    }

    #[test]
    fn fat_suppression_is_an_option_or_a_water_image() {
        let options = |list: &[&str]| {
            let mut found = Acquisition::default();
            found.add_options(list.iter().copied());
            found.fat_suppressed
        };
        assert!(options(&["PFP", "FS"]) && options(&["spair"]) && options(&["SPIR"]));
        assert!(!options(&["PFP", "SAT1", "IR", "FAST_GEMS"]) && !options(&[]));
        let image_type = |list: &[&str]| {
            let mut found = Acquisition::default();
            found.add_image_type(list.iter().copied());
            (found.fat_suppressed, found.fat_only, found.stated)
        };
        assert_eq!(image_type(&["ORIGINAL", "PRIMARY", "M", "ND", "WATER"]), (true, false, None));
        assert_eq!(
            image_type(&["DERIVED", "PRIMARY", "F", "F", "SE"]),
            (false, true, Some(Weighting::Other))
        );
        assert_eq!(image_type(&["ORIGINAL", "PRIMARY", "M", "NORM", "DIS2D"]), (false, false, None));
    }

    #[test]
    fn only_the_presence_of_an_agent_is_kept() {
        for (text, present) in [
            ("GADOVIST 7.5ml DOE", true),
            ("GADOLINIUM", true),
            ("Yes", true),
            ("NONE", false),
            (" No ", false),
            ("", false),
            ("w/o", false),
        ] {
            let mut found = Acquisition::default();
            found.add_agent(text);
            assert_eq!(found.contrast_agent, present, "{text}");
            assert!(!format!("{found:?}").contains("DOE"));
        }
    }
}
