//! Why a study failed, in one line that others may read: it names files but no folder.

use std::path::{Path, is_separator};

use hemastage_image::text::{cut, printable};

use hemastage_image::file_name;

use crate::study::load::StudyFiles;

/// No reason is longer.
const MAX_CHARACTERS: usize = 300;

/// A name that ends so is a file's and may be shown; any other may be a patient's folder or a segment.
const ENDINGS: [&str; 9] = [".nii", ".nii.gz", ".hdr", ".img", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm"];

/// What stands between a path and the series or part that is chosen of it.
const SIGNS: [char; 2] = [':', '#'];

/// The text of an error about files of a study. A name in front of it that may not be shown is replaced by the role of
/// its file.
pub(super) fn without_folders(text: &str, files: &StudyFiles) -> String {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let shown = |&(role, path): &(&'static str, &Path)| {
        // a folder has another name in errors than on the disk
        let names = [name(path)?, file_name(path)];
        let rest = |name: &String| {
            let rest = text.strip_prefix(name)?;
            rest.starts_with([':', ',']).then_some(rest)
        };
        let (name, rest) = names.iter().find_map(|name| Some((name, rest(name)?)))?;
        Some(format!("{}{rest}", shown(role, path, name)))
    };
    // the longest name first, as one may begin another, and of several folders the one that is missing
    let mut files = files.paths();
    files
        .sort_by_key(|(_, path)| (std::cmp::Reverse(name(path).map_or(0, |name| name.len())), path.exists()));
    let missing_folder = |(_, path): &&(&str, &Path)| text.starts_with(&file_name(path)) && !path.exists();
    let first = files.iter().filter(missing_folder).find_map(shown);
    first.or_else(|| files.iter().find_map(shown)).unwrap_or_else(|| text.to_owned())
}

fn shown<'a>(role: &'a str, path: &Path, name: &'a str) -> &'a str {
    let file = name.split(SIGNS).next().unwrap_or_default();
    let lower = file.to_ascii_lowercase();
    let is_file = ENDINGS.iter().any(|ending| lower.ends_with(ending));
    if is_file && !path.to_string_lossy().ends_with(is_separator) { file } else { role }
}

/// A text without line breaks, of bounded length.
pub(super) fn one_line(text: &str) -> String {
    let lines = text.split(char::is_control).map(str::trim).filter(|line| !line.is_empty());
    cut(&printable(&lines.collect::<Vec<_>>().join(" ")), MAX_CHARACTERS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::load::{ImageFile, MaskFile, ReferenceFile};

    #[test]
    fn only_names_of_files_are_shown() {
        for (path, error, expected) in [
            ("x/t1.nii.gz", "t1.nii.gz", "t1.nii.gz"),
            ("x/seg.dcm:3", "seg.dcm", "seg.dcm"),
            ("x/T1.HDR", "T1.HDR", "T1.HDR"),
            ("x/seg.dcm:DOE^JANE", "seg.dcm:DOE^JANE", "seg.dcm"),
            ("x/seg:DOE.nii", "seg:DOE.nii", "hematoma"),
            ("x/DOE^JANE_1970/", "DOE^JANE_1970", "hematoma"),
            ("x/DOE^JANE.dcm/", "DOE^JANE.dcm", "hematoma"),
            ("x/DOE^JANE#5", "DOE^JANE", "hematoma"),
            ("x: y/a: DOE", "a: DOE", "hematoma"),
            ("x/DOE.txt", "DOE.txt", "hematoma"),
            ("x/DOE.txt", "t1", "t1"),
            (
                "x/DOE.txt",
                "DOE.txt, given as the mask of the cord",
                "hematoma, given as the mask of the cord",
            ),
        ] {
            let given = || ImageFile::new("x/t0.nii");
            let values = ReferenceFile::Values { t1: (1.0, None), t2: (1.0, None) };
            let files = StudyFiles::new(given(), given(), MaskFile::parse(path), values).located();
            let reason = without_folders(&format!("{error}: is wrong: so"), &files);
            assert_eq!(reason, format!("{expected}: is wrong: so"), "{path}");
        }
    }

    #[test]
    fn a_reason_is_one_line_of_bounded_length() {
        assert_eq!(one_line(" a\r\n\tb "), "a b");
        assert_eq!(one_line("a\u{202e}b\u{200b}"), "a?b?");
        let long = one_line(&"ä".repeat(1000));
        assert!(long.ends_with('…') && long.chars().count() == MAX_CHARACTERS);
        assert_eq!(one_line(&"ä".repeat(MAX_CHARACTERS)), "ä".repeat(MAX_CHARACTERS));
    }
}
