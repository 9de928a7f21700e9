//! Names of columns or options that are almost those of options: another word for it, more words around it, a slip.

/// Other words for what an option takes, with `-` between them.
const WORDS: [(&str, &[&str]); 5] = [
    ("t1", &["t1w", "t1wi", "t1-weighted", "t1-w"]),
    ("t2", &["t2w", "t2wi", "t2-weighted", "t2-w"]),
    (
        "hematoma",
        &[
            "lesion",
            "haematoma",
            "hemorrhage",
            "haemorrhage",
            "blood",
            "clot",
            "bleed",
            "roi",
            "seg",
            "segmentation",
        ],
    ),
    ("cord", &["spinal-cord", "spinalcord", "sc"]),
    ("vertebrae", &["vertebra", "vert", "vertebral-levels", "spine"]),
];

/// What people add to the name of a file's column.
const BEHIND: [&str; 14] = [
    "-path",
    "-file",
    "-filename",
    "-filepath",
    "-image",
    "-img",
    "-nii",
    "-nifti",
    "-dicom",
    "-mask",
    "-seg",
    "-segmentation",
    "-dir",
    "-folder",
];
const BEFORE: [&str; 5] = ["path-", "file-", "mask-", "seg-", "image-"];

/// Names that probably are the study's.
const LIKE_STUDY: [&str; 8] =
    ["id", "study-id", "studyid", "patient-id", "patientid", "subjectid", "participant", "case-id"];

/// Characters of a name that are compared with those known.
const MAX_COMPARED: usize = 64;
/// A slip in a shorter name makes another word of it.
const MIN_COMPARED: usize = 4;

/// Whether a column that is no study's by its name probably names the studies.
pub(crate) fn is_like_study(name: &str) -> bool {
    LIKE_STUDY.contains(&name)
}

/// The option that a name, as options are written, is almost that of.
pub(crate) fn nearest<'a>(name: &str, options: &[&'a str]) -> Option<&'a str> {
    let name: String = name.chars().take(MAX_COMPARED).collect();
    let mut core = name.as_str();
    loop {
        let behind = BEHIND.iter().find_map(|end| core.strip_suffix(end));
        let Some(rest) = behind.or_else(|| BEFORE.iter().find_map(|start| core.strip_prefix(start))) else {
            break;
        };
        core = rest;
    }
    let word = WORDS.iter().find(|(_, words)| words.contains(&core) || words.contains(&name.as_str()));
    let meant = word.map_or(core, |(option, _)| option);
    options.iter().copied().find(|option| *option == meant).or_else(|| slip(&name, options))
}

/// The option of which a name is one slip away, or two where it is long.
fn slip<'a>(name: &str, options: &[&'a str]) -> Option<&'a str> {
    let slips = |option: &&'a str| {
        let shorter = name.chars().count().min(option.len());
        let n = strsim::damerau_levenshtein(name, option);
        (shorter >= MIN_COMPARED && n <= if shorter > 7 { 2 } else { 1 }).then_some((n, *option))
    };
    options.iter().filter_map(slips).min().map(|(_, option)| option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_others_are_not() {
        let options = ["t1", "t2", "hematoma", "cord", "canal", "vertebrae", "model", "t1-volume", "onset"];
        for (name, option) in [
            ("t1w", "t1"),
            ("t1-path", "t1"),
            ("t2-file-path", "t2"),
            ("path-t2w", "t2"),
            ("lesion-mask", "hematoma"),
            ("mask-hematoma", "hematoma"),
            ("hematomas", "hematoma"),
            ("hamatoma", "hematoma"),
            ("spinal-cord-seg", "cord"),
            ("canla", "canal"),
            ("t1volume", "t1-volume"),
        ] {
            assert_eq!(nearest(name, &options), Some(option), "{name}");
        }
        for name in [
            "age",
            "sex",
            "radiologist",
            "site",
            "date",
            "t3",
            "t1-post",
            "t2star",
            "code",
            "scanner",
            "volume",
            "",
            "-path",
        ] {
            assert_eq!(nearest(name, &options), None, "{name}");
        }
    }
}
