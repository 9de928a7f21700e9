//! What the columns of a manifest mean: the options that describe a study, and pyradiomics' names.

use clap::{Arg, ArgAction, CommandFactory, Parser, ValueHint};

use crate::study::StudyArgs;

/// The options of one study, as a row of a manifest gives them.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
pub(super) struct RowArgs {
    #[command(flatten)]
    pub(super) study: StudyArgs,
}

/// The column that names the study.
pub(super) const STUDY: &str = "study";
/// Mask of the region in pyradiomics.
const MASK: &str = "mask";
/// Its label in pyradiomics.
const LABEL: &str = "label";
/// The image in pyradiomics.
const IMAGE: &str = "image";
/// What `Mask` is here.
const HEMATOMA: &str = "hematoma";
/// What `Image` can be here.
const IMAGES: [&str; 2] = ["t1", "t2"];

/// How a cell becomes the value of its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it stands.
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

/// What a column of a manifest is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Column {
    /// An option of `stage`, by its long name.
    Option { name: String, kind: Kind },
    /// The labels of the hematoma's mask.
    Label,
    /// One that the caller has no use for.
    Ignored,
}

/// The meaning of each column, by the header.
///
/// # Errors
/// A text for the user when a column is unknown, there twice or missing.
pub(super) fn columns<'a>(
    header: impl Iterator<Item = &'a str>,
    ignored: &[String],
) -> Result<Vec<Column>, String> {
    let options = options();
    let ignored: Vec<String> = ignored.iter().map(|name| plain(name)).collect();
    let names: Vec<(&str, String)> = header.map(|written| (written, plain(written))).collect();
    let mut columns = Vec::new();
    for (at, (written, name)) in names.iter().enumerate() {
        let name = match name.as_str() {
            _ if ignored.contains(name) => None,
            "" => {
                return Err(format!(
                    "column {} has no name: give it one, or leave it out with --ignore-column ''",
                    at + 1
                ));
            }
            MASK => Some(HEMATOMA),
            IMAGE => Some(other_image(&names)?),
            name => Some(name),
        };
        columns.push(match name {
            None => Column::Ignored,
            Some(LABEL) => Column::Label,
            Some(name) => {
                let known = options.iter().find(|(option, _)| option == name);
                let (name, kind) = known.ok_or_else(|| unknown(written, &options))?;
                Column::Option { name: name.clone(), kind: *kind }
            }
        });
        let last = &columns[columns.len() - 1];
        if *last != Column::Ignored && columns[..columns.len() - 1].contains(last) {
            return Err(format!("the column `{written}` is there twice: keep one"));
        }
    }
    let has = |wanted: &str| {
        columns.iter().any(|column| matches!(column, Column::Option { name, .. } if name == wanted))
    };
    if !has(STUDY) {
        return Err("no column `study`: expected one with a name for each study".into());
    }
    if columns.contains(&Column::Label) && !has(HEMATOMA) {
        return Err("a column `Label` but no `Mask` or `hematoma`: expected the mask that it is in".into());
    }
    Ok(columns)
}

/// The long names of the options that describe a study, and how a cell gives their values.
pub(super) fn options() -> Vec<(String, Kind)> {
    let command = RowArgs::command();
    command.get_arguments().filter_map(|option| Some((option.get_long()?.to_owned(), kind(option)))).collect()
}

fn kind(option: &Arg) -> Kind {
    let is_whole = option.get_value_names().is_some_and(|names| names == ["N"]);
    match (option.get_action(), option.get_value_hint()) {
        (ArgAction::SetTrue, _) => Kind::Flag,
        (ArgAction::Append, _) => Kind::List,
        (_, ValueHint::AnyPath) => Kind::Path,
        (_, ValueHint::FilePath) => Kind::NameOrPath,
        _ if is_whole => Kind::Whole,
        _ => Kind::Text,
    }
}

/// A name as options are written: small letters, and a dash between words.
fn plain(name: &str) -> String {
    name.trim().to_lowercase().replace('_', "-")
}

/// The one of T1 and T2 that has no column of its own, which `Image` then is.
fn other_image(names: &[(&str, String)]) -> Result<&'static str, String> {
    let missing: Vec<&str> =
        IMAGES.into_iter().filter(|image| !names.iter().any(|(_, name)| name == image)).collect();
    match missing[..] {
        [one] => Ok(one),
        [] => Err("a column `Image` beside `t1` and `t2`: expected one of those two without it".into()),
        _ => Err("a column `Image` without `t1` or `t2`: expected one of them, so that `Image` is the other"
            .into()),
    }
}

/// Says which known name is nearest.
fn unknown(written: &str, options: &[(String, Kind)]) -> String {
    let name = plain(written);
    let known = options.iter().map(|(option, _)| option.as_str());
    let near = known
        .map(|known| (strsim::jaro_winkler(&name, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    let hint = near.map_or(String::new(), |(_, known)| format!("write `{}`, or ", known.replace('-', "_")));
    let written: String = written.trim().chars().take(60).collect();
    format!("unknown column `{written}`: {hint}leave it out with --ignore-column '{written}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cli;

    fn of(header: &[&str]) -> Result<Vec<String>, String> {
        let name = |column| match column {
            Column::Option { name, .. } => name,
            Column::Label => "(label)".into(),
            Column::Ignored => "(ignored)".into(),
        };
        columns(header.iter().copied(), &["Scanner".into()])
            .map(|found| found.into_iter().map(name).collect())
    }

    /// Every option of `stage` is a column, but those on where results go and how many threads there are.
    #[test]
    fn columns_are_the_options_of_stage() {
        let stage = Cli::command().find_subcommand("stage").unwrap().clone();
        let output = ["output", "write", "viewer", "force", "json", "threads"];
        let expected: Vec<String> = stage
            .get_arguments()
            .filter_map(|option| option.get_long().map(ToOwned::to_owned))
            .filter(|name| !output.contains(&name.as_str()) && name != "help")
            .collect();
        let found: Vec<String> = options().into_iter().map(|(name, _)| name).collect();
        assert_eq!(found, expected);
        assert!(found.len() > 15, "{found:?}");
    }

    /// Whatever takes a file is looked for in the manifest's folder.
    #[test]
    fn files_are_paths() {
        for option in RowArgs::command().get_arguments() {
            let names = option.get_value_names().unwrap_or_default();
            let takes_file =
                names.iter().any(|name| ["FILE", "PATH", "MAP"].iter().any(|part| name.contains(part)));
            let is_path = matches!(kind(option), Kind::Path | Kind::NameOrPath);
            assert_eq!(is_path, takes_file && option.get_action().takes_values(), "{option}");
        }
        let kinds =
            |wanted| options().into_iter().filter(move |(_, kind)| *kind == wanted).map(|(name, _)| name);
        assert_eq!(kinds(Kind::NameOrPath).collect::<Vec<_>>(), ["scheme", "criteria"]);
        assert_eq!(kinds(Kind::List).collect::<Vec<_>>(), ["onset"]);
        assert_eq!(kinds(Kind::Whole).collect::<Vec<_>>(), ["t1-volume", "t2-volume"]);
        assert_eq!(kinds(Kind::Flag).collect::<Vec<_>>(), ["allow-unoriented", "hash-inputs", "checksums"]);
    }

    #[test]
    fn names_have_either_sign_and_any_case() {
        assert_eq!(of(&["study", "t1-volume"]).unwrap(), ["study", "t1-volume"]);
        assert_eq!(of(&[" Study ", "T1_volume", "scanner"]).unwrap(), ["study", "t1-volume", "(ignored)"]);
    }

    #[test]
    fn pyradiomics_names_are_taken() {
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
                "unknown column `hematom`: write `hematoma`, or leave it out with --ignore-column 'hematom'",
            ),
            (
                &["study", "t1volume"],
                "unknown column `t1volume`: write `t1_volume`, or leave it out with --ignore-column 't1volume'",
            ),
            (&["study", "weather"], "unknown column `weather`: leave it out with --ignore-column 'weather'"),
            (&["study", "output"], "unknown column `output`: leave it out with --ignore-column 'output'"),
            (&["", "study"], "column 1 has no name: give it one, or leave it out with --ignore-column ''"),
            (&["study", "T1", "t1"], "the column `t1` is there twice: keep one"),
            (&["study", "hematoma", "Mask"], "the column `Mask` is there twice: keep one"),
            (&["t1"], "no column `study`: expected one with a name for each study"),
            (
                &["study", "Image", "t1", "t2"],
                "a column `Image` beside `t1` and `t2`: expected one of those two without it",
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
