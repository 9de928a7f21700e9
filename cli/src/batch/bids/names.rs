//! The names of files in BIDS: what a file is by its suffix, its entities and its label.

use std::str::FromStr;

use super::LabelArgs;

/// Endings of the images of BIDS.
const ENDINGS: [&str; 2] = [".nii.gz", ".nii"];
/// Suffixes of masks and label maps, in BIDS and at neuropoly.
const MASKS: [&str; 3] = ["mask", "seg", "dseg"];

/// What a file is in a study, in the order of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    T1,
    T2,
    T1Post,
    T2Star,
    Hematoma,
    Cord,
    Canal,
    Spine,
}

impl Role {
    pub(super) const ALL: [Self; 8] = [
        Self::T1,
        Self::T2,
        Self::T1Post,
        Self::T2Star,
        Self::Hematoma,
        Self::Cord,
        Self::Canal,
        Self::Spine,
    ];

    /// Its word in a filter and in messages.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::T1 => "T1w",
            Self::T2 => "T2w",
            Self::T1Post => "T1w_ce",
            Self::T2Star => "T2starw",
            Self::Hematoma => "hematoma",
            Self::Cord => "cord",
            Self::Canal => "canal",
            Self::Spine => "spine",
        }
    }

    /// The column of a manifest.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::T1 => "t1",
            Self::T2 => "t2",
            Self::T1Post => "t1_post",
            Self::T2Star => "t2star",
            Self::Hematoma => "hematoma",
            Self::Cord => "cord",
            Self::Canal => "canal",
            Self::Spine => "anatomy",
        }
    }

    /// What its name ends with, for a message about a study that lacks it.
    pub(super) fn ending(self, labels: &LabelArgs) -> String {
        let mask = |label: &str| format!("_label-{label}_mask.nii.gz");
        match self {
            Self::Hematoma => mask(&labels.hematoma),
            Self::Cord => mask(&labels.cord),
            Self::Canal => mask(&labels.canal),
            Self::Spine => format!("_label-{}_dseg.nii.gz", labels.spine),
            Self::T1Post => "_ce-AGENT_T1w.nii.gz".into(),
            Self::T1 | Self::T2 | Self::T2Star => format!("_{}.nii.gz", self.key()),
        }
    }
}

/// The name of a file, in its parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name<'a>(Vec<&'a str>);

impl<'a> Name<'a> {
    /// The parts of an image's name; `None` for any other file.
    pub(super) fn of(file: &'a str) -> Option<Self> {
        let stem = ENDINGS.iter().find_map(|end| file.strip_suffix(end))?;
        (!file.starts_with('.')).then(|| Self(stem.split('_').collect()))
    }

    /// The value of an entity, such as `sag` of `acq-sag`.
    pub(super) fn entity(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find_map(|part| part.strip_prefix(key)?.strip_prefix('-'))
    }

    fn suffix(&self) -> &'a str {
        self.0.last().copied().unwrap_or_default()
    }

    /// The role of an image. One with contrast agent is no plain T1.
    pub(super) fn image(&self) -> Option<Role> {
        match (self.suffix(), self.entity("ce")) {
            ("T1w", None) => Some(Role::T1),
            ("T1w", Some(_)) => Some(Role::T1Post),
            ("T2w", None) => Some(Role::T2),
            ("T2starw", None) => Some(Role::T2Star),
            _ => None,
        }
    }

    /// The role of a mask.
    pub(super) fn mask(&self, labels: &LabelArgs) -> Option<Role> {
        let label = self.entity("label").filter(|_| MASKS.contains(&self.suffix()));
        let contrast = self.0.iter().position(|part| part.ends_with('w') && !part.contains('-'));
        let rest = contrast.map(|at| self.0[at + 1..].join("_")).filter(|rest| !rest.is_empty());
        let roles = [
            (Role::Hematoma, &labels.hematoma),
            (Role::Cord, &labels.cord),
            (Role::Canal, &labels.canal),
            (Role::Spine, &labels.spine),
        ];
        let is_so = |wanted: &str| label == Some(wanted) || rest.as_deref() == Some(wanted);
        roles.into_iter().find(|(_, wanted)| is_so(wanted)).map(|(role, _)| role)
    }
}

/// A condition on the name of the file of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) role: Role,
    condition: Condition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    /// The value of an entity; empty where there is none.
    Entity(String, String),
    /// A part of the name, such as `T2w`.
    Word(String),
}

impl Filter {
    pub(super) fn admits(&self, name: &Name<'_>) -> bool {
        match &self.condition {
            Condition::Entity(key, value) => name.entity(key).unwrap_or_default() == value,
            Condition::Word(word) => name.0.contains(&word.as_str()),
        }
    }
}

impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let keys = || Role::ALL.map(Role::key).join(", ");
        let expected = || format!("expected FILE:KEY=VALUE or FILE:WORD, where FILE is one of {}", keys());
        let (role, condition) = text.split_once(':').ok_or_else(expected)?;
        let role = Role::ALL.into_iter().find(|known| known.key() == role).ok_or_else(expected)?;
        let condition = match condition.split_once('=') {
            Some((key, value)) => Condition::Entity(key.into(), value.into()),
            None => Condition::Word(condition.into()),
        };
        Ok(Self { role, condition })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(cord: &str) -> LabelArgs {
        LabelArgs {
            hematoma: "hematoma".into(),
            cord: cord.into(),
            canal: "canal".into(),
            spine: "spine".into(),
        }
    }

    #[test]
    fn images_are_recognized_by_suffix_and_agent() {
        for (file, role) in [
            ("sub-01_T1w.nii.gz", Some(Role::T1)),
            ("sub-01_ses-a_acq-sag_T2w.nii", Some(Role::T2)),
            ("sub-01_ce-gd_T1w.nii.gz", Some(Role::T1Post)),
            ("sub-01_acq-ce_T1w.nii.gz", Some(Role::T1)),
            ("sub-01_ce-gd_T2w.nii.gz", None),
            ("sub-01_T2starw.nii.gz", Some(Role::T2Star)),
            ("sub-01_T1w_seg.nii.gz", None),
            ("sub-01_FLAIR.nii.gz", None),
            ("sub-01_T1w.json", None),
            ("._sub-01_T1w.nii.gz", None),
        ] {
            assert_eq!(Name::of(file).and_then(|name| name.image()), role, "{file}");
        }
    }

    #[test]
    fn masks_are_recognized_by_label_or_ending() {
        for (file, cord, role) in [
            ("sub-01_T2w_label-hematoma_seg.nii.gz", "SC", Some(Role::Hematoma)),
            ("sub-01_label-hematoma_mask.nii.gz", "SC", Some(Role::Hematoma)),
            ("sub-01_acq-sag_T2w_label-SC_seg.nii.gz", "SC", Some(Role::Cord)),
            ("sub-01_T2w_seg-manual.nii.gz", "seg-manual", Some(Role::Cord)),
            ("sub-01_T2w_seg-manual.nii.gz", "SC", None),
            ("sub-01_T2w_label-spine_dseg.nii.gz", "SC", Some(Role::Spine)),
            ("sub-01_T2w_label-SC_probseg.nii.gz", "SC", None),
            ("sub-01_T2w_label-discs_dlabel.nii.gz", "SC", None),
            ("sub-01_T2w.nii.gz", "", None),
        ] {
            assert_eq!(Name::of(file).unwrap().mask(&labels(cord)), role, "{file}");
        }
    }

    #[test]
    fn a_filter_looks_at_entities_and_words() {
        let admits =
            |filter: &str, file: &str| filter.parse::<Filter>().unwrap().admits(&Name::of(file).unwrap());
        assert!(admits("T1w:acq=sag", "sub-01_acq-sag_T1w.nii"));
        assert!(
            !admits("T1w:acq=sag", "sub-01_acq-sagittal_T1w.nii") && !admits("T1w:acq=sag", "sub-01_T1w.nii")
        );
        assert!(admits("T1w:acq=", "sub-01_T1w.nii") && !admits("T1w:acq=", "sub-01_acq-ax_T1w.nii"));
        assert!(admits("cord:T2w", "sub-01_T2w_label-SC_seg.nii"));
        assert!(!admits("cord:T2w", "sub-01_T1w_label-SC_seg.nii"));
        for text in ["T1w", "T3w:a=b", ":a", ""] {
            assert!(text.parse::<Filter>().unwrap_err().starts_with("expected FILE:KEY=VALUE"), "{text}");
        }
    }
}
