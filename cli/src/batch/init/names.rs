//! What the name of a file tells: its role, and its study.

use std::path::{Component, Path};

/// Endings of image files other than DICOM; an `.img` comes with its `.hdr`, a `.raw` with its `.mhd`.
const ENDINGS: [&str; 8] = [".seg.nrrd", ".nii.gz", ".nii", ".hdr", ".nrrd", ".nhdr", ".mha", ".mhd"];

/// Words that stand for a role, which beat those of an image that a mask was drawn on.
const MASKS: [(Role, &[&str]); 4] = [
    (
        Role::Hematoma,
        &[
            "hematoma",
            "haematoma",
            "hemorrhage",
            "haemorrhage",
            "lesion",
            "blood",
            "clot",
            "bleed",
            "sseh",
            "seh",
        ],
    ),
    (Role::Cord, &["cord", "spinalcord", "sc"]),
    (Role::Canal, &["canal"]),
    (Role::Vertebrae, &["vertebrae", "vertebra", "vert", "spine", "dseg"]),
];
const IMAGES: [(Role, &[&str]); 2] = [(Role::T1, &["t1", "t1w", "t1wi"]), (Role::T2, &["t2", "t2w", "t2wi"])];

/// Words of other contrasts and of masks of unknown meaning: such a file has no role.
const OTHERS: [&str; 20] = [
    "post", "gd", "ce", "contrast", "t2star", "flair", "stir", "dwi", "adc", "swi", "fs", "fatsat", "seg",
    "mask", "label", "labels", "roi", "discs", "disc", "probseg",
];

/// Words that say nothing about a study.
const GENERAL: [&str; 30] = [
    "anat",
    "nii",
    "nifti",
    "image",
    "images",
    "img",
    "mask",
    "masks",
    "seg",
    "segs",
    "segmentation",
    "segmentations",
    "label",
    "labels",
    "manual",
    "derivatives",
    "raw",
    "rawdata",
    "data",
    "mri",
    "spinal",
    "sag",
    "sagittal",
    "tse",
    "ax",
    "dlabel",
    "roi",
    "final",
    "desc",
    "space",
];

/// The role of a file in a study, in the order of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    T1,
    T2,
    Hematoma,
    Cord,
    Canal,
    Vertebrae,
}

impl Role {
    pub(super) const ALL: [Self; 6] =
        [Self::T1, Self::T2, Self::Hematoma, Self::Cord, Self::Canal, Self::Vertebrae];

    /// The column of a manifest.
    pub(super) fn column(self) -> &'static str {
        match self {
            Self::T1 => "t1",
            Self::T2 => "t2",
            Self::Hematoma => "hematoma",
            Self::Cord => "cord",
            Self::Canal => "canal",
            Self::Vertebrae => "vertebrae",
        }
    }

    /// Whether a study usually has it.
    pub(super) fn is_usual(self) -> bool {
        self <= Self::Cord
    }
}

/// Where a file belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) study: String,
    /// BIDS's subject and session, where there is one.
    pub(super) patient: Option<String>,
    pub(super) visit: Option<String>,
}

/// Whether a file is an image by its name.
pub(super) fn is_image(name: &str) -> bool {
    !name.starts_with('.') && stem(name).is_some()
}

fn stem(name: &str) -> Option<&str> {
    let lower = name.to_ascii_lowercase();
    ENDINGS.iter().find(|end| lower.ends_with(*end)).and_then(|end| name.get(..name.len() - end.len()))
}

/// The study and role of a file, by its path below the folder that was asked for; `None` where no role is recognized.
pub(super) fn place(below: &Path) -> Option<(Place, Role)> {
    let name = below.file_name()?.to_str()?;
    let words = words(stem(name)?);
    let role = role(&words)?;
    let folders: Vec<&str> = below.parent()?.components().filter_map(plain).collect();
    if let Some(place) = bids(name, &folders) {
        return Some((place, role));
    }
    let is_role = |word: &str| MASKS.iter().chain(&IMAGES).any(|(_, words)| words.contains(&word));
    let is_told = |word: &&str| {
        let lower = word.to_lowercase();
        !is_role(&lower) && !GENERAL.contains(&lower.as_str())
    };
    let mut parts: Vec<&str> = folders.into_iter().filter(is_told).collect();
    let rest: Vec<&str> = words.into_iter().filter(is_told).collect();
    let rest = rest.join("_");
    // a name that repeats its folder's adds nothing
    let is_repeated = |part: &&str| self::words(part).join("_") == rest;
    if !rest.is_empty() && !parts.iter().any(is_repeated) {
        parts.push(&rest);
    }
    let study = if parts.is_empty() { "study".into() } else { parts.join("_") };
    Some((Place { study, patient: None, visit: None }, role))
}

fn plain(part: Component<'_>) -> Option<&str> {
    match part {
        Component::Normal(part) => part.to_str(),
        _ => None,
    }
}

/// The words of a name.
fn words(stem: &str) -> Vec<&str> {
    stem.split(['_', '-', '.', ' ']).filter(|word| !word.is_empty()).collect()
}

fn role(words: &[&str]) -> Option<Role> {
    let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
    let of = |roles: &[(Role, &[&str])]| {
        let found = roles.iter().filter(|(_, words)| lower.iter().any(|word| words.contains(&word.as_str())));
        let found: Vec<Role> = found.map(|(role, _)| *role).collect();
        <[Role; 1]>::try_from(found).ok().map(|[role]| role)
    };
    let is_mask = MASKS.iter().any(|(_, words)| lower.iter().any(|word| words.contains(&word.as_str())));
    if is_mask {
        return of(&MASKS);
    }
    of(&IMAGES).filter(|_| !lower.iter().any(|word| OTHERS.contains(&word.as_str())))
}

/// Subject and session of BIDS, in the name or the folders.
fn bids(name: &str, folders: &[&str]) -> Option<Place> {
    let parts = || name.split('_').chain(folders.iter().copied());
    let entity =
        |key: &str| parts().find_map(|part| part.strip_prefix(key)).filter(|value| !value.is_empty());
    let subject = entity("sub-")?;
    let session = entity("ses-");
    let study = match session {
        Some(session) => format!("sub-{subject}_ses-{session}"),
        None => format!("sub-{subject}"),
    };
    Some(Place { study, patient: Some(subject.into()), visit: session.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_and_study_are_read_from_names() {
        for (path, study, role) in [
            ("P01/t1.nii.gz", "P01", Role::T1),
            ("P01/T2w.nii", "P01", Role::T2),
            ("P01/anat/P01_t2.nrrd", "P01", Role::T2),
            ("P01/masks/hematoma.seg.nrrd", "P01", Role::Hematoma),
            ("P01_T1.mha", "P01", Role::T1),
            ("images/P01_t1_sag.nii.gz", "P01", Role::T1),
            ("masks/P01_t2_lesion_mask.nii.gz", "P01", Role::Hematoma),
            ("site-a/P01/spinal_cord.nii.gz", "site-a_P01", Role::Cord),
            ("sub-01/anat/sub-01_T1w.nii.gz", "sub-01", Role::T1),
            ("sub-01/ses-02/anat/sub-01_ses-02_T2w.nii.gz", "sub-01_ses-02", Role::T2),
            (
                "derivatives/labels/sub-01/ses-02/anat/sub-01_ses-02_T2w_label-SC_seg.nii.gz",
                "sub-01_ses-02",
                Role::Cord,
            ),
            ("derivatives/labels/sub-01/anat/sub-01_T2w_label-lesion_mask.nii.gz", "sub-01", Role::Hematoma),
            ("t1.nii.gz", "study", Role::T1),
        ] {
            let (place, found) = place(Path::new(path)).unwrap();
            assert_eq!((place.study.as_str(), found), (study, role), "{path}");
        }
        let visit = place(Path::new("sub-01/ses-02/anat/sub-01_ses-02_T2w.nii.gz")).unwrap().0;
        assert_eq!((visit.patient.as_deref(), visit.visit.as_deref()), (Some("01"), Some("02")));
    }

    #[test]
    fn what_cannot_be_told_has_no_role() {
        for path in [
            "P01/scan.nii.gz",
            "P01/t1_post.nii.gz",
            "P01/t1_t2.nii.gz",
            "P01/t2_flair.nii.gz",
            "sub-01/anat/sub-01_T2w_seg.nii.gz",
            "P01/cord_hematoma.nii.gz",
        ] {
            assert_eq!(place(Path::new(path)), None, "{path}");
        }
        assert!(!is_image("t1.json") && !is_image("._t1.nii.gz") && is_image("T1.NII.GZ"));
    }
}
