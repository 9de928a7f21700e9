//! The files and folders that the cells of a row name, and what of their names a reason may tell.

use std::{
    cmp::Reverse,
    fs::{self, File},
    path::{Path, PathBuf, is_separator},
};

/// A name that ends so is that of a file, and may be told; any other may be a patient's folder or a segment.
const ENDINGS: [&str; 5] = [".nii", ".nii.gz", ".hdr", ".img", ".dcm"];

/// What a path ends with before the series or labels behind it.
const CHOICES: [char; 2] = [':', '#'];

/// A file or folder that a cell names.
#[derive(Debug)]
pub(super) struct Named {
    /// Without series or labels behind it.
    pub(super) path: PathBuf,
    column: String,
    /// With them.
    whole: PathBuf,
}

impl Named {
    /// What a cell of a column names, from the manifest's folder.
    pub(super) fn new(column: String, whole: PathBuf) -> Self {
        let text = whole.to_string_lossy();
        let starts = text.match_indices(CHOICES).map(|(at, _)| Path::new(&text[..at]));
        let cut = || starts.rev().find(|path| path.exists()).map(Path::to_owned);
        let path = if whole.exists() { whole.clone() } else { cut().unwrap_or_else(|| whole.clone()) };
        Self { path, column, whole }
    }

    /// Whether it can be opened. A folder that is empty cannot: it is what stays where a share was.
    pub(super) fn is_there(&self) -> bool {
        match fs::metadata(&self.path) {
            Ok(found) if found.is_dir() => {
                fs::read_dir(&self.path).is_ok_and(|mut entries| entries.next().is_some())
            }
            Ok(found) if found.is_file() => File::open(&self.path).is_ok(),
            // opening a pipe would wait for a writer
            Ok(_) => true,
            Err(_) => false,
        }
    }

    /// What an error may call it, and what a reason may.
    fn names(&self) -> Vec<(String, String)> {
        let text = self.whole.to_string_lossy();
        let ends = text.match_indices(CHOICES).map(|(at, _)| at).chain([text.len()]);
        let name = |start: &str| {
            let name = Path::new(start).file_name()?.to_string_lossy().into_owned();
            let file = name.split(CHOICES).next().unwrap_or_default();
            let lower = file.to_ascii_lowercase();
            let is_file = ENDINGS.iter().any(|end| lower.ends_with(end)) && !start.ends_with(is_separator);
            let told = if is_file { file.to_owned() } else { self.column.clone() };
            Some((name, told))
        };
        ends.filter_map(|end| name(&text[..end])).collect()
    }
}

/// A text that begins with the name of a file, where that may be told; else with the column's.
pub(super) fn told(text: &str, named: &[Named]) -> String {
    let mut names: Vec<(String, String)> = named.iter().flat_map(Named::names).collect();
    names.sort_by_key(|(name, _)| Reverse(name.len()));
    let change = |(name, told): &(String, String)| {
        let rest = text.strip_prefix(name.as_str()).filter(|rest| rest.starts_with(": "))?;
        Some(format!("{told}{rest}"))
    };
    names.iter().find_map(change).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_files_are_told() {
        for (cell, error, expected) in [
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
        ] {
            let named = [Named::new("hematoma".into(), cell.into())];
            let found = told(&format!("{error}: is wrong: so"), &named);
            assert_eq!(found, format!("{expected}: is wrong: so"), "{cell}");
        }
    }
}
