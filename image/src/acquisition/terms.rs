//! DICOM's terms, and what they stand for. A term that is not known is left out.

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
    /// What a defined term stands for.
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
    /// What a defined term stands for.
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

/// Options by which fat is suppressed, or water alone excited.
///
/// `FS` is DICOM's term (PS3.3 C.8.3.1, Scan Options); the others are vendors'.
const FAT_SUPPRESSION: [&str; 8] = ["FS", "SPIR", "SPAIR", "ASPIR", "FATSAT", "PROSET", "WE", "WFS"];

/// Image types of a water image (Dixon).
const WATER_IMAGE: [&str; 2] = ["W", "WATER"];

/// Image types that show something else than the weighted signal: fat alone, phase, or a map.
const NO_WEIGHTED_IMAGE: [&str; 15] = [
    "F",
    "FAT",
    "P",
    "PHASE",
    "PHASE MAP",
    "ADC",
    "TRACEW",
    "FA",
    "T1 MAP",
    "T2 MAP",
    "T2_STAR MAP",
    "R2 MAP",
    "R2_STAR MAP",
    "DIFFUSION",
    "VELOCITY",
];

/// Words for no contrast agent.
const NO_AGENT: [&str; 14] =
    ["", "none", "no", "n", "n/a", "na", "nil", "null", "0", "-", "without", "w/o", "no contrast", "unknown"];

impl Acquisition {
    /// Takes Scanning Sequence and Sequence Variant.
    pub fn add_sequence<'a>(
        &mut self,
        sequence: impl IntoIterator<Item = &'a str>,
        variant: impl IntoIterator<Item = &'a str>,
    ) {
        self.scanning_sequence.extend(sequence.into_iter().filter_map(ScanningSequence::of_term));
        self.sequence_variant.extend(variant.into_iter().filter_map(SequenceVariant::of_term));
    }

    /// Takes Scan Options.
    pub(crate) fn add_options<'a>(&mut self, options: impl IntoIterator<Item = &'a str>) {
        let suppresses =
            |option: &str| FAT_SUPPRESSION.contains(&option.trim().to_ascii_uppercase().as_str());
        self.fat_suppressed |= options.into_iter().any(suppresses);
    }

    /// Takes Image Type.
    pub(crate) fn add_image_type<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) {
        for value in values.into_iter().skip(2).map(str::trim) {
            self.fat_suppressed |= WATER_IMAGE.contains(&value);
            if NO_WEIGHTED_IMAGE.contains(&value) {
                self.stated = Some(Weighting::Other);
            }
        }
    }

    /// Takes the text on a contrast agent, of which only the presence is kept.
    pub(crate) fn add_agent(&mut self, text: &str) {
        self.contrast_agent |= !NO_AGENT.contains(&text.trim().to_lowercase().as_str());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_kept_as_what_they_stand_for() {
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
            (found.fat_suppressed, found.stated)
        };
        assert_eq!(image_type(&["ORIGINAL", "PRIMARY", "M", "ND", "WATER"]), (true, None));
        assert_eq!(image_type(&["DERIVED", "PRIMARY", "F", "F", "SE"]), (false, Some(Weighting::Other)));
        assert_eq!(image_type(&["ORIGINAL", "PRIMARY", "M", "NORM", "DIS2D"]), (false, None));
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
