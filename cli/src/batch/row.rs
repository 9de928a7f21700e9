//! A row of a manifest as the plan of a study, or the reason why it is none.

use std::{error::Error as _, ffi::OsString, path::PathBuf};

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind as ClapErrorKind},
};
use hemastage::{
    Criteria, Error, ErrorKind, Result,
    batch::StudyPlan,
    level::Scheme,
    load::{MAX_ONSETS, MaskFile},
    units::OnsetTime,
};
use hemastage_image::file_name;

use super::{
    columns::{Column, HEMATOMA, Kind},
    manifest::{Manifest, Row},
};
use crate::{failure::refusal, profile, results::Selection, study::StudyArgs};

/// A cell without a value, as an empty one.
const MISSING: &str = "n/a";

/// The options of a study, parsed from a row as `stage` parses them.
#[derive(Debug, Parser)]
#[command(no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
struct RowArgs {
    #[command(flatten)]
    study: StudyArgs,
}

/// The plan of a row's study. Its key is the viewer's bundle and the cells as written: any change of them is one of the
/// study.
///
/// # Errors
/// The reason, which quotes no cell: a cell may hold a folder or a date.
pub(super) fn plan(manifest: &Manifest, row: &Row, selection: &Selection) -> Result<StudyPlan> {
    let refused = |reason: String| refusal(ErrorKind::Parameter, reason);
    let values = values(manifest, row).map_err(refused)?;
    let args = args(manifest, &values).map_err(refused)?;
    check_words(&args).map_err(refused)?;
    let by_column = |error| by_column(&args, error);
    let options = args.options().map_err(by_column)?;
    let files = selection.with_margin(args.files().map_err(by_column)?);
    let profiles = [&args.criteria, &args.scheme].into_iter().flatten().map(PathBuf::from);
    let plan =
        profiles.filter(|path| path.is_file()).fold(StudyPlan::new(files, options), StudyPlan::with_file);
    let viewer = selection.viewer().unwrap_or_default().to_owned();
    let cells = values.into_iter().flat_map(|value| [value.option.to_owned(), value.cell]);
    Ok(plan.with_key(std::iter::once(viewer).chain(cells)))
}

/// The cell of an option that has a value.
struct Value {
    option: &'static str,
    kind: Kind,
    cell: String,
}

/// The options that have a value, by name; a label stands behind its mask.
fn values(manifest: &Manifest, row: &Row) -> Result<Vec<Value>, String> {
    let (found, expected) = (row.cells.len(), manifest.columns.len());
    if found != expected {
        return Err(format!("the row has {found} cells and the header {expected}: expected as many"));
    }
    let mut values = Vec::new();
    let mut label = None;
    for (column, cell) in manifest.columns.iter().zip(&row.cells) {
        if *column == Column::Ignored {
            continue;
        }
        let cell =
            std::str::from_utf8(cell).map_err(|_| "a cell is not UTF-8 text: save the table as UTF-8")?;
        let cell = cell.trim();
        if cell.is_empty() || cell == MISSING {
            continue;
        }
        match *column {
            Column::Option { name: option, kind } => {
                let cell = if kind == Kind::Whole { whole(cell) } else { cell.to_owned() };
                values.push(Value { option, kind, cell });
            }
            Column::Label => label = Some(whole(cell)),
            Column::Ignored => {}
        }
    }
    if let Some(label) = label {
        let mask = values.iter_mut().find(|value| value.option == HEMATOMA);
        let mask = mask.ok_or("a label without a mask: expected both or none")?;
        let path = manifest.folder.join(&mask.cell);
        if path.to_str().is_some_and(|path| MaskFile::parse(path).has_choice()) {
            return Err(
                "the labels are given twice, behind the mask and in a column: keep one of them".into()
            );
        }
        mask.cell = format!("{}:{label}", mask.cell);
    }
    values.sort_by_key(|value| value.option);
    Ok(values)
}

/// Whole numbers joined by `,`, also as they are written in a column with gaps: `1.0`.
fn whole(cell: &str) -> String {
    let is_whole = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let without_point = |part: &str| {
        let part = part.trim();
        part.strip_suffix(".0").filter(is_whole).unwrap_or(part).to_owned()
    };
    cell.split(',').map(without_point).collect::<Vec<_>>().join(",")
}

/// The options, as clap reads them from a command line of these values.
fn args(manifest: &Manifest, values: &[Value]) -> Result<StudyArgs, String> {
    let mut arguments = Vec::new();
    for value in values {
        let texts =
            value.texts().ok_or_else(|| format!("{}: expected true or false", column(value.option)))?;
        if texts.len() > MAX_ONSETS {
            return Err(format!(
                "{}: {} values, expected at most {MAX_ONSETS}, one per bleeding event",
                column(value.option),
                texts.len()
            ));
        }
        for text in texts {
            let mut argument = OsString::from(format!("--{}", value.option));
            if value.kind != Kind::Flag {
                argument.push("=");
                argument.push(value.path(manifest).map_or_else(|| text.into(), PathBuf::into_os_string));
            }
            arguments.push(argument);
        }
    }
    Ok(RowArgs::try_parse_from(arguments).map_err(|error| reason(&error))?.study)
}

impl Value {
    /// The values in the cell; `None` where a flag is neither set nor cleared.
    fn texts(&self) -> Option<Vec<&str>> {
        let cell = self.cell.as_str();
        match self.kind {
            Kind::List => Some(cell.split(';').map(str::trim).filter(|text| !text.is_empty()).collect()),
            Kind::Flag if cell.eq_ignore_ascii_case("true") => Some(vec![cell]),
            Kind::Flag if cell.eq_ignore_ascii_case("false") => Some(Vec::new()),
            Kind::Flag => None,
            Kind::Text | Kind::Path | Kind::NameOrPath | Kind::Whole => Some(vec![cell]),
        }
    }

    /// The path in the cell, from the manifest's folder, with what is chosen behind it.
    fn path(&self, manifest: &Manifest) -> Option<PathBuf> {
        let path = manifest.folder.join(&self.cell);
        let is_path = match self.kind {
            Kind::Path => true,
            Kind::NameOrPath => {
                !profile::is_built_in(&self.cell) && (profile::is_file(self.cell.as_ref()) || path.exists())
            }
            Kind::Text | Kind::List | Kind::Flag | Kind::Whole => false,
        };
        is_path.then_some(path)
    }
}

/// Checks the words whose errors would quote them.
fn check_words(args: &StudyArgs) -> Result<(), String> {
    if args.onset.iter().any(|text| text.parse::<OnsetTime>().is_err()) {
        return Err("onset: expected a time before the scan with its unit, as in `36h`, or where the scan's time is known YYYY-MM-DDThh:mm, without a time zone".into());
    }
    let criteria: Vec<&str> = Criteria::built_in_names().collect();
    let schemes: Vec<&str> = Scheme::built_in_names().collect();
    for (column, choice, known) in [("criteria", &args.criteria, criteria), ("scheme", &args.scheme, schemes)]
    {
        let is_known = |choice: &OsString| {
            profile::is_file(choice) || choice.to_str().is_some_and(|name| known.contains(&name))
        };
        if !choice.as_ref().is_none_or(is_known) {
            return Err(format!("{column}: expected a TOML file or one of {}", known.join(", ")));
        }
    }
    Ok(())
}

/// An error about a profile's file, which may be named after a patient, with its column instead.
fn by_column(args: &StudyArgs, error: Error) -> Error {
    for (column, choice) in [("criteria", &args.criteria), ("scheme", &args.scheme)] {
        let file = choice.as_ref().map(|choice| file_name(choice.as_ref()));
        if let Some(place) = error.place().filter(|place| file.as_deref() == Some(*place)) {
            let text = error.to_string();
            let text = text.strip_prefix(place).and_then(|text| text.strip_prefix(": ")).unwrap_or(&text);
            return refusal(error.kind(), text).at(column);
        }
    }
    error
}

/// The error of a row's options, without their values.
fn reason(error: &clap::Error) -> String {
    let texts = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let columns = |kind| texts(kind).iter().map(|text| column(text)).collect::<Vec<_>>().join(", ");
    let at = columns(ContextKind::InvalidArg);
    match error.kind() {
        ClapErrorKind::MissingRequiredArgument => format!("not given: {at}"),
        ClapErrorKind::ArgumentConflict => {
            format!("{at}: cannot be given together with {}", columns(ContextKind::PriorArg))
        }
        ClapErrorKind::InvalidValue if !texts(ContextKind::ValidValue).is_empty() => {
            format!("{at}: expected one of {}", texts(ContextKind::ValidValue).join(", "))
        }
        _ => match error.source() {
            Some(source) => format!("{at}: {source}"),
            None => format!("{at}: cannot be read"),
        },
    }
}

/// The columns that options are, as in `cord or reference` for `<--cord <FILE>|--reference <FILE>>`.
fn column(option: &str) -> String {
    let one = |part: &str| {
        let name = part.trim_matches(['<', '>', '-', '[', ']']);
        name.split([' ', '=']).next().unwrap_or_default().replace('-', "_")
    };
    let without_values = option.replace("NAME|FILE", "");
    without_values.split('|').map(one).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_named_as_columns() {
        assert_eq!(column("--t1 <PATH[#SERIES]>"), "t1");
        assert_eq!(column("--reference-t1 <VALUE[,SPREAD]>"), "reference_t1");
        assert_eq!(column("--criteria <NAME|FILE>"), "criteria");
        assert_eq!(column("<--cord <FILE[:LABELS]>|--reference <FILE[:LABELS]>>"), "cord or reference");
    }
}
