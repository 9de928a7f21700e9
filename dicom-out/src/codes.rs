//! The coded words of both objects: those of the standard where it has one, else our own.

use dicom_dictionary_std::tags;
use hemastage::{
    enhancement::EnhancementClass,
    stage::Stage,
    vertebra::{SpineRegion, VertebralLevel},
};

use crate::dataset::Dataset;

/// A coded word: value, scheme, meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) value: &'static str,
    pub(crate) scheme: &'static str,
    pub(crate) meaning: &'static str,
}

/// Our own words, whose values are the keys of the report.
pub(crate) const OWN_SCHEME: &str = "99HEMASTAGE";

const fn dcm(value: &'static str, meaning: &'static str) -> Code {
    Code { value, scheme: "DCM", meaning }
}

const fn sct(value: &'static str, meaning: &'static str) -> Code {
    Code { value, scheme: "SCT", meaning }
}

const fn ucum(value: &'static str, meaning: &'static str) -> Code {
    Code { value, scheme: "UCUM", meaning }
}

const fn own(value: &'static str, meaning: &'static str) -> Code {
    Code { value, scheme: OWN_SCHEME, meaning }
}

// what is found, and where
pub(crate) const ABNORMAL: Code = sct("49755003", "Morphologically Abnormal Structure");
pub(crate) const HEMORRHAGE: Code = sct("50960005", "Hemorrhage");
pub(crate) const VERTEBRAL_CANAL: Code = sct("61853006", "Vertebral canal");
pub(crate) const BACKGROUND: Code = dcm("125040", "Background");

// how an image came about
pub(crate) const SEGMENTED: Code = dcm("113076", "Segmentation");
pub(crate) const SOURCE_IMAGE: Code = dcm("121322", "Source image for image processing operation");

// the frame of a report (TID 1500, 1001, 1411, 1501)
pub(crate) const REPORT: Code = dcm("126000", "Imaging Measurement Report");
pub(crate) const LANGUAGE: Code = dcm("121049", "Language of Content Item and Descendants");
pub(crate) const ENGLISH: Code =
    Code { value: "en-US", scheme: "RFC5646", meaning: "English (United States)" };
pub(crate) const OBSERVER_TYPE: Code = dcm("121005", "Observer Type");
pub(crate) const DEVICE: Code = dcm("121007", "Device");
pub(crate) const DEVICE_UID: Code = dcm("121012", "Device Observer UID");
pub(crate) const DEVICE_NAME: Code = dcm("121013", "Device Observer Name");
pub(crate) const PROCEDURE: Code = dcm("121058", "Procedure reported");
pub(crate) const MRI: Code = dcm("113091", "MRI");
pub(crate) const MEASUREMENTS: Code = dcm("126010", "Imaging Measurements");
pub(crate) const GROUP: Code = dcm("125007", "Measurement Group");
pub(crate) const TRACKING_ID: Code = dcm("112039", "Tracking Identifier");
pub(crate) const TRACKING_UID: Code = dcm("112040", "Tracking Unique Identifier");
pub(crate) const FINDING_CATEGORY: Code = sct("276214006", "Finding category");
pub(crate) const FINDING: Code = dcm("121071", "Finding");
pub(crate) const FINDING_SITE: Code = sct("363698007", "Finding Site");
pub(crate) const REFERENCED_SEGMENT: Code = dcm("121191", "Referenced Segment");
pub(crate) const SEGMENTED_IMAGE: Code = dcm("121233", "Source image for segmentation");
pub(crate) const SOURCE: Code = sct("260753009", "Source");
pub(crate) const METHOD: Code = sct("370129005", "Measurement Method");
pub(crate) const DERIVATION: Code = dcm("121401", "Derivation");
pub(crate) const ALGORITHM_NAME: Code = dcm("111001", "Algorithm Name");
pub(crate) const ALGORITHM_VERSION: Code = dcm("111003", "Algorithm Version");
pub(crate) const COMMENT: Code = dcm("121106", "Comment");

// what is measured
pub(crate) const VOLUME: Code = sct("118565006", "Volume");
pub(crate) const BY_VOXELS: Code = dcm("126030", "Sum of segmented voxel method for volume");
pub(crate) const LENGTH: Code = sct("410668003", "Length");
pub(crate) const THICKNESS_AP: Code = own("thickness_ap", "Anteroposterior thickness");
pub(crate) const THICKNESS_LR: Code = own("thickness_lr", "Transverse thickness");
pub(crate) const T1_RATIO: Code = own("t1_ratio", "T1 signal relative to the reference tissue");
pub(crate) const T2_RATIO: Code = own("t2_ratio", "T2 signal relative to the reference tissue");
pub(crate) const ENHANCING: Code = own("enhancing_share", "Share that takes up contrast agent");
pub(crate) const BLOOMING: Code = own("blooming", "Share of the core that is dark on T2*");
pub(crate) const T2_STAR_RATIO: Code = own("t2star_ratio", "T2* signal relative to the reference tissue");
pub(crate) const FAT: Code = own("fat_share", "Share of the mask that is fat");
pub(crate) const MEDIAN: Code = sct("373099004", "Median");
pub(crate) const MAXIMUM: Code = sct("56851009", "Maximum");
pub(crate) const MM: Code = ucum("mm", "millimeter");
pub(crate) const MM3: Code = ucum("mm3", "cubic millimeter");
pub(crate) const NO_UNITS: Code = ucum("1", "no units");

// what is judged
pub(crate) const STAGE: Code = own("stage", "Stage of the hematoma");
pub(crate) const MIXED_PHASE: Code = own("mixed_phase", "Blood of more than one stage");
pub(crate) const ENHANCEMENT: Code = own("enhancement", "Where contrast agent is taken up");
pub(crate) const DARK_RIM: Code = own("dark_rim", "Rim darker than the inside on T2*");
pub(crate) const YES: Code = sct("373066001", "Yes");
pub(crate) const NO: Code = sct("373067005", "No");

/// A stage. Two of them have a standard code that means the age of blood; `Acute` there is a clinical onset.
pub(crate) const fn stage(stage: Stage) -> Code {
    match stage {
        Stage::Hyperacute => dcm("112159", "Hyper-acute"),
        Stage::Acute => own("acute", "Acute"),
        Stage::EarlySubacute => own("early_subacute", "Early subacute"),
        Stage::LateSubacute => own("late_subacute", "Late subacute"),
        Stage::Chronic => sct("90734009", "Chronic"),
        Stage::Indeterminate => own("indeterminate", "Indeterminate"),
    }
}

/// Where contrast agent is taken up; `None` for a class without a word of its own.
pub(crate) const fn enhancement(class: EnhancementClass) -> Option<Code> {
    match class {
        EnhancementClass::None => Some(own("none", "Nowhere, or in few voxels")),
        EnhancementClass::Rim => Some(own("rim", "In the rim")),
        EnhancementClass::Central => Some(own("central", "In a part of the inside")),
        EnhancementClass::Diffuse => Some(own("diffuse", "In at least half of inside and rim")),
        _ => None,
    }
}

/// The name of a stage's segment.
pub(crate) const fn label(stage: Stage) -> &'static str {
    match stage {
        Stage::Hyperacute => "Hyperacute",
        Stage::Acute => "Acute",
        Stage::EarlySubacute => "Early subacute",
        Stage::LateSubacute => "Late subacute",
        Stage::Chronic => "Chronic",
        Stage::Indeterminate => "Indeterminate",
    }
}

/// A vertebra: C1 to L5 by the standard, the others by our own words.
///
/// # Reference
/// DICOM PS3.16, CID 7602.
pub(crate) fn vertebra(level: VertebralLevel) -> Option<Code> {
    let of_region: &[Code] = match level.region() {
        SpineRegion::Cervical => &CERVICAL,
        SpineRegion::Thoracic => &THORACIC,
        SpineRegion::Lumbar => &LUMBAR,
        SpineRegion::Sacral => &SACRAL,
    };
    of_region.get(usize::from(level.number()).checked_sub(1)?).copied()
}

const CERVICAL: [Code; 7] = [
    sct("14806007", "C1 vertebra"),
    sct("39976000", "C2 vertebra"),
    sct("113205007", "C3 vertebra"),
    sct("5329002", "C4 vertebra"),
    sct("36978003", "C5 vertebra"),
    sct("36054005", "C6 vertebra"),
    sct("87391001", "C7 vertebra"),
];

const THORACIC: [Code; 13] = [
    sct("64864005", "T1 vertebra"),
    sct("53733008", "T2 vertebra"),
    sct("1626008", "T3 vertebra"),
    sct("73071006", "T4 vertebra"),
    sct("56401006", "T5 vertebra"),
    sct("45296009", "T6 vertebra"),
    sct("62487009", "T7 vertebra"),
    sct("11068009", "T8 vertebra"),
    sct("82687006", "T9 vertebra"),
    sct("7610001", "T10 vertebra"),
    sct("12989004", "T11 vertebra"),
    sct("23215003", "T12 vertebra"),
    own("t13", "T13 vertebra"),
];

const LUMBAR: [Code; 6] = [
    sct("66794005", "L1 vertebra"),
    sct("14293000", "L2 vertebra"),
    sct("36470004", "L3 vertebra"),
    sct("11994002", "L4 vertebra"),
    sct("49668003", "L5 vertebra"),
    own("l6", "L6 vertebra"),
];

const SACRAL: [Code; 5] = [
    own("s1", "S1 vertebra"),
    own("s2", "S2 vertebra"),
    own("s3", "S3 vertebra"),
    own("s4", "S4 vertebra"),
    own("s5", "S5 vertebra"),
];

impl Code {
    /// The item of a code sequence.
    pub(crate) fn item(self) -> Dataset {
        Dataset::new()
            .text(tags::CODE_VALUE, self.value)
            .text(tags::CODING_SCHEME_DESIGNATOR, self.scheme)
            .text(tags::CODE_MEANING, self.meaning)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vertebra_has_its_own_code() {
        let mut values = std::collections::BTreeSet::new();
        let mut n = 0;
        for region in SpineRegion::ALL {
            for number in 1..=region.max_vertebrae() {
                let level = VertebralLevel::new(region, number).unwrap();
                let code = vertebra(level).unwrap();
                assert_eq!(code.meaning, format!("{level} vertebra"));
                let is_standard = region != SpineRegion::Sacral && !level.is_transitional();
                assert_eq!(code.scheme == "SCT", is_standard, "{level}");
                values.insert(code.value);
                n += 1;
            }
        }
        assert_eq!((values.len(), n), (31, 31));
    }

    #[test]
    fn codes_fit_into_their_elements() {
        let own = [
            THICKNESS_AP,
            T1_RATIO,
            MIXED_PHASE,
            ENHANCING,
            BLOOMING,
            T2_STAR_RATIO,
            FAT,
            ENHANCEMENT,
            DARK_RIM,
        ];
        let classes = EnhancementClass::ALL.map(|class| enhancement(class).unwrap());
        for code in Stage::ALL.map(stage).into_iter().chain(own).chain(classes) {
            assert!(code.value.len() <= 16 && code.meaning.len() <= 64, "{code:?}");
        }
    }
}
