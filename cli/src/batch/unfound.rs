//! Files of a row that are not there, shown from the manifest's folder and without what may name a patient.

use std::path::{Component, Path};

use hemastage::ErrorKind;
use hemastage_image::text::{cut, printable};

use super::{
    fault::Fault,
    manifest::{Manifest, Row},
    row::Value,
};

/// A last part that ends so is a file's and may be shown; any other may be a patient's folder or a segment.
const ENDINGS: [&str; 9] = [".nii", ".nii.gz", ".hdr", ".img", ".nrrd", ".nhdr", ".mha", ".mhd", ".dcm"];
/// What stands between a path and the series or part that is chosen of it.
const SIGNS: [char; 2] = ['#', ':'];
/// Characters of a path that are shown.
const MAX_SHOWN: usize = 80;
/// What stands for folders that are not shown.
const HIDDEN: &str = "…";

/// A fault for each path of which no beginning, up to a sign of a choice, is there.
pub(super) fn files(manifest: &Manifest, row: &Row, values: &[Value]) -> Vec<Fault> {
    let study = manifest.name(row);
    let fault = |value: &Value| {
        let path = value.path(manifest).filter(|path| value.is_of_file() && !is_there(path))?;
        let folder = value.folder();
        Some(Fault::of_cell(value.column(), text(&value.cell, &path, folder, &study)).of_kind(ErrorKind::Io))
    };
    values.iter().filter_map(fault).collect()
}

/// Whether a path is there, with or without what follows a sign of a choice.
fn is_there(path: &Path) -> bool {
    // what cannot be asked about is left to its reader, whose error says more
    let exists = |path: &Path| path.try_exists().unwrap_or(true);
    let before = |text: &str| text.match_indices(SIGNS).any(|(at, _)| exists(Path::new(&text[..at])));
    exists(path) || path.to_str().is_some_and(before)
}

fn text(cell: &str, path: &Path, folder: &str, study: &str) -> String {
    if cell.contains('\\') && !cfg!(windows) {
        return "not found: a path with a backslash, as on Windows; write it with `/`, from the manifest's folder".into();
    }
    let shown = shown(cell, study).map_or(String::new(), |shown| format!("{shown} "));
    if path.is_absolute() && Path::new(cell).is_absolute() {
        format!("{shown}not found: check that it exists")
    } else {
        format!("{shown}not found: a path counts from {folder}")
    }
}

/// A path with its folders hidden, but for those that have the study's name; `None` without the name of a file.
fn shown(cell: &str, study: &str) -> Option<String> {
    let path = Path::new(cell);
    let name = path.file_name()?.to_str()?;
    let file = name.split(SIGNS).next().unwrap_or_default();
    let lower = file.to_ascii_lowercase();
    if !ENDINGS.iter().any(|end| lower.ends_with(end)) || cell.ends_with('/') {
        return None;
    }
    let is_study = |part: &str| part == study || part.strip_prefix("sub-") == Some(study);
    let mut parts: Vec<String> = Vec::new();
    for part in path.parent().unwrap_or(Path::new("")).components() {
        let part = match part {
            Component::ParentDir => "..".into(),
            Component::Normal(part) if part.to_str().is_some_and(is_study) => {
                part.to_string_lossy().into_owned()
            }
            Component::CurDir => continue,
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => HIDDEN.to_owned(),
        };
        if part != HIDDEN || parts.last().is_none_or(|last| last != HIDDEN) {
            parts.push(part);
        }
    }
    parts.push(file.to_owned());
    Some(cut(&printable(&parts.join("/")), MAX_SHOWN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_folders_that_may_name_a_patient() {
        for (cell, expected) in [
            ("t1.nii.gz", Some("t1.nii.gz")),
            ("./P01/t1.nii.gz", Some("P01/t1.nii.gz")),
            ("../sub-P01/anat/t1.nii.gz:3", Some("../sub-P01/…/t1.nii.gz")),
            ("a/DOE_JANE/P01/t1.nii", Some("…/P01/t1.nii")),
            ("/data/DOE_JANE/t1.nii", Some("…/t1.nii")),
            ("P01/DOE_JANE", None),
            ("P01/DOE_JANE.dcm/", None),
            ("P01/seg.dcm:DOE", Some("P01/seg.dcm")),
            ("P01/seg:DOE.nii", None),
            ("a\u{1b}[31m.nii", Some("a?[31m.nii")),
        ] {
            assert_eq!(shown(cell, "P01").as_deref(), expected, "{cell}");
        }
    }

    #[test]
    fn a_choice_is_no_part_of_a_path() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("seg#1.dcm"), "").unwrap();
        let is_there = |name: &str| is_there(&folder.path().join(name));
        assert!(is_there("seg#1.dcm") && is_there("seg#1.dcm:Clot: old") && is_there("seg#1.dcm#2:1"));
        assert!(!is_there("seg") && !is_there("none.dcm:1"));
    }
}
