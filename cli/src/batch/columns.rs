//! What the columns of a manifest mean: the options that describe a study, and pyradiomics' names.

/// The column that names the study.
pub(super) const STUDY: &str = "study";
/// The mask of the region in pyradiomics.
const MASK: &str = "mask";
/// The label of that mask in pyradiomics.
const LABEL: &str = "label";
/// The image in pyradiomics.
const IMAGE: &str = "image";
/// What `Mask` is here.
pub(super) const HEMATOMA: &str = "hematoma";
/// What `Image` can be here.
const IMAGES: [&str; 2] = ["t1", "t2"];

/// Characters of a name that are compared with those known.
const MAX_COMPARED: usize = 64;

/// How a cell gives the value of its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As written.
    Text,
    /// A path from the manifest's folder.
    Path,
    /// A built-in name, else a path from the manifest's folder.
    NameOrPath,
    /// Several values joined by `;`.
    List,
    /// `true` or `false`.
    Flag,
    /// A whole number, or several joined by `,`.
    Whole,
}

/// The options that describe a study, by their long names.
const OPTIONS: [(&str, Kind); 30] = [
    (STUDY, Kind::Text),
    ("t1", Kind::Path),
    ("t2", Kind::Path),
    ("t1-post", Kind::Path),
    ("t2star", Kind::Path),
    ("t1-fs", Kind::Path),
    (HEMATOMA, Kind::Path),
    ("cord", Kind::Path),
    ("reference", Kind::Path),
    ("reference-tissue", Kind::Text),
    ("reference-t1", Kind::Text),
    ("reference-t2", Kind::Text),
    ("canal", Kind::Path),
    ("vertebrae", Kind::Path),
    ("anatomy", Kind::Path),
    ("scheme", Kind::NameOrPath),
    ("landmarks", Kind::Path),
    ("t1-volume", Kind::Whole),
    ("t2-volume", Kind::Whole),
    ("onset", Kind::List),
    ("criteria", Kind::NameOrPath),
    ("thresholds-t1", Kind::Text),
    ("thresholds-t2", Kind::Text),
    ("reference-mode", Kind::Text),
    ("align", Kind::Flag),
    ("smooth", Kind::Text),
    ("model", Kind::Text),
    ("allow-unoriented", Kind::Flag),
    ("hash-inputs", Kind::Flag),
    ("checksums", Kind::Flag),
];

/// What a column of a manifest is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// An option of `stage`, by its long name.
    Option { name: &'static str, kind: Kind },
    /// The labels of the hematoma's mask.
    Label,
    /// A column that the caller leaves out.
    Ignored,
}

impl Column {
    /// Whether it is the option of this name.
    pub(super) fn is(self, option: &str) -> bool {
        matches!(self, Self::Option { name, .. } if name == option)
    }
}

/// The meaning of each column, by the header.
///
/// # Errors
/// A text for the user when a column is unknown, there twice or missing.
pub(super) fn columns<'a>(
    header: impl Iterator<Item = &'a str>,
    ignored: &[String],
) -> Result<Vec<Column>, String> {
    let ignored: Vec<String> = ignored.iter().map(|name| option_name(name)).collect();
    let names: Vec<String> = header.map(option_name).collect();
    let mut columns = Vec::new();
    for (n, name) in names.iter().enumerate() {
        let column = match name.as_str() {
            _ if ignored.contains(name) => Column::Ignored,
            "" => {
                return Err(format!(
                    "column {} has no name: give it one, or leave it out with --ignore-column ''",
                    n + 1
                ));
            }
            MASK => option(HEMATOMA, n)?,
            IMAGE => option(other_image(&names)?, n)?,
            LABEL => Column::Label,
            name => option(name, n)?,
        };
        if column != Column::Ignored && columns.contains(&column) {
            let meaning = match column {
                Column::Option { name, .. } => name,
                Column::Label | Column::Ignored => LABEL,
            };
            return Err(format!("two columns mean `{}`: keep one", meaning.replace('-', "_")));
        }
        columns.push(column);
    }
    let has = |option: &str| columns.iter().any(|column| column.is(option));
    if !has(STUDY) {
        return Err("no column `study`: expected one with a name for each study".into());
    }
    if columns.contains(&Column::Label) && !has(HEMATOMA) {
        return Err("a column `Label` but no `Mask` or `hematoma`: expected the mask that it is in".into());
    }
    Ok(columns)
}

/// The n-th column, which is an option.
fn option(name: &str, n: usize) -> Result<Column, String> {
    let known = OPTIONS.iter().find(|(option, _)| *option == name);
    known.map(|&(name, kind)| Column::Option { name, kind }).ok_or_else(|| unknown(name, n))
}

/// A name as options are written: lower case, with a dash between words.
fn option_name(name: &str) -> String {
    name.trim().to_lowercase().replace('_', "-")
}

/// The one of T1 and T2 that has no column of its own, which `Image` then is.
fn other_image(names: &[String]) -> Result<&'static str, String> {
    let missing: Vec<&str> =
        IMAGES.into_iter().filter(|image| !names.iter().any(|name| name == image)).collect();
    match missing[..] {
        [one] => Ok(one),
        [] => {
            Err("a column `Image` in addition to `t1` and `t2`: expected one of those two without it".into())
        }
        _ => Err("a column `Image` without `t1` or `t2`: expected one of them, so that `Image` is the other"
            .into()),
    }
}

/// Says which known name is nearest to that of the n-th column, which is not repeated: it may be a patient's.
fn unknown(name: &str, n: usize) -> String {
    let name: String = name.chars().take(MAX_COMPARED).collect();
    let nearest = OPTIONS
        .iter()
        .map(|(known, _)| (strsim::jaro_winkler(&name, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let hint =
        nearest.map_or(String::new(), |(_, known)| format!("write `{}`, or ", known.replace('-', "_")));
    format!(
        "column {} has a name that is not known: {hint}leave it out with --ignore-column and its name",
        n + 1
    )
}

#[cfg(test)]
mod tests {
    use clap::{ArgAction, CommandFactory};

    use super::*;
    use crate::Cli;

    /// Options of `stage` that say where results go, or how it works, and describe no study.
    const NOT_OF_A_STUDY: [&str; 7] = ["output", "write", "viewer", "force", "json", "threads", "help"];

    fn of(header: &[&str]) -> Result<Vec<&'static str>, String> {
        let name = |column| match column {
            Column::Option { name, .. } => name,
            Column::Label => "(label)",
            Column::Ignored => "(ignored)",
        };
        columns(header.iter().copied(), &["Scanner".into()])
            .map(|found| found.into_iter().map(name).collect())
    }

    #[test]
    fn columns_are_the_options_of_stage() {
        let stage = Cli::command().find_subcommand("stage").unwrap().clone();
        let mut found = OPTIONS.iter();
        for option in stage.get_arguments() {
            let name = option.get_long().unwrap();
            if NOT_OF_A_STUDY.contains(&name) {
                continue;
            }
            let &(column, kind) = found.next().unwrap();
            assert_eq!(column, name);
            let is_list = matches!(option.get_action(), ArgAction::Append);
            let is_flag = matches!(option.get_action(), ArgAction::SetTrue);
            assert_eq!((kind == Kind::List, kind == Kind::Flag), (is_list, is_flag), "{name}");
            // whatever takes a file is looked for in the manifest's folder
            let values = option.get_value_names().unwrap_or_default();
            let takes_file =
                ["FILE", "PATH", "MAP"].iter().any(|part| values.iter().any(|value| value.contains(part)));
            let is_path = matches!(kind, Kind::Path | Kind::NameOrPath);
            assert_eq!(is_path, takes_file && !is_flag, "{name}");
            assert_eq!(kind == Kind::NameOrPath, values == ["NAME|FILE"], "{name}");
            assert_eq!(kind == Kind::Whole, values == ["N"], "{name}");
        }
        assert_eq!(found.next(), None);
    }

    #[test]
    fn names_have_either_sign_and_any_case() {
        assert_eq!(of(&["study", "t1-volume"]).unwrap(), ["study", "t1-volume"]);
        assert_eq!(of(&[" Study ", "T1_volume", "scanner"]).unwrap(), ["study", "t1-volume", "(ignored)"]);
    }

    #[test]
    fn pyradiomics_names_are_understood() {
        assert_eq!(
            of(&["study", "Image", "t2", "Mask", "Label"]).unwrap(),
            ["study", "t1", "t2", "hematoma", "(label)"]
        );
        assert_eq!(of(&["study", "t1", "Image"]).unwrap(), ["study", "t1", "t2"]);
    }

    #[test]
    fn what_is_wrong_with_a_header_is_said() {
        for (header, text) in [
            (
                &["study", "hematom"][..],
                "column 2 has a name that is not known: write `hematoma`, or leave it out with --ignore-column and its name",
            ),
            (
                &["study", "t1volume"],
                "column 2 has a name that is not known: write `t1_volume`, or leave it out with --ignore-column and its name",
            ),
            (
                &["study", "DOE, Jane"],
                "column 2 has a name that is not known: leave it out with --ignore-column and its name",
            ),
            (
                &["study", "output"],
                "column 2 has a name that is not known: leave it out with --ignore-column and its name",
            ),
            (&["", "study"], "column 1 has no name: give it one, or leave it out with --ignore-column ''"),
            (&["study", "T1", "t1"], "two columns mean `t1`: keep one"),
            (&["study", "hematoma", "Mask"], "two columns mean `hematoma`: keep one"),
            (&["t1"], "no column `study`: expected one with a name for each study"),
            (
                &["study", "Image", "t1", "t2"],
                "a column `Image` in addition to `t1` and `t2`: expected one of those two without it",
            ),
            (
                &["study", "Image"],
                "a column `Image` without `t1` or `t2`: expected one of them, so that `Image` is the other",
            ),
            (
                &["study", "Label"],
                "a column `Label` but no `Mask` or `hematoma`: expected the mask that it is in",
            ),
        ] {
            assert_eq!(of(header).unwrap_err(), text);
        }
    }
}
