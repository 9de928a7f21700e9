//! A row of a manifest as the plan of a study, or all reasons why it is none.

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
    columns::{Column, HEMATOMA, Kind, STUDY},
    defaults::{self, Default},
    fault::Fault,
    manifest::{Manifest, Row},
    missing::{is_missing, whole, whole_with_comma, with_points},
    unfound,
};
use crate::{failure::refusal, like::Like, profile, results::Selection, study::StudyArgs};

/// Options whose values are times joined by `;`, in which no comma has another meaning.
const TIMES: [&str; 2] = ["onset", "visit-time"];

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
/// All that is wrong with the row, which quotes no cell: a cell may hold a folder or a date.
pub(super) fn plan(manifest: &Manifest, row: &Row, selection: &Selection) -> Result<StudyPlan> {
    faultless(manifest, row, selection).map_err(|faults| {
        // after faults of the file system alone, earlier results may still stand
        let other = faults.iter().map(|fault| fault.kind).find(|kind| *kind != ErrorKind::Io);
        let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
        refusal(other.unwrap_or(ErrorKind::Io), texts.join("; "))
    })
}

/// All that is wrong with a row, without its files' contents.
pub(super) fn faults(manifest: &Manifest, row: &Row, selection: &Selection) -> Vec<Fault> {
    let faults = faultless(manifest, row, selection).err().unwrap_or_default();
    faults.into_iter().map(|fault| fault.on_line(row.line)).collect()
}

fn faultless(manifest: &Manifest, row: &Row, selection: &Selection) -> Result<StudyPlan, Vec<Fault>> {
    if let Some(text) = &row.fault {
        return Err(vec![Fault::new(text.as_str())]);
    }
    let mut faults = Vec::new();
    let values = values(manifest, row, &mut faults).map_err(|fault| vec![fault])?;
    let unknown = words(&values, &mut faults);
    faults.extend(unfound::files(manifest, row, &values));
    let read = args(manifest, &values, &unknown, &mut faults);
    let plan = read.and_then(|args| {
        let mut by_column = |error| faults.push(by_column(&args, &error));
        let like = Like::default();
        let options = args.options(&like).map_err(&mut by_column).ok();
        let files = args.files(&like).map_err(&mut by_column).ok();
        Some((args, options?, files?))
    });
    let Some((args, options, files)) = plan.filter(|_| faults.is_empty()) else { return Err(faults) };
    let profiles = [&args.criteria, &args.scheme].into_iter().flatten().map(PathBuf::from);
    let plan = StudyPlan::new(selection.with_margin(files), options);
    let plan = profiles.filter(|path| path.is_file()).fold(plan, StudyPlan::with_file);
    let viewer = selection.viewer().unwrap_or_default().to_owned();
    let cells = values.into_iter().flat_map(|value| [value.option.to_owned(), value.cell]);
    Ok(plan.with_key(std::iter::once(viewer).chain(cells)))
}

/// An option with its value: of a cell, or of the command line.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) option: &'static str,
    kind: Kind,
    pub(super) cell: String,
    /// Whether it is a default, whose path starts at the working folder.
    is_default: bool,
}

/// The options that have a value, by name; a label stands behind its mask.
pub(super) fn values(manifest: &Manifest, row: &Row, faults: &mut Vec<Fault>) -> Result<Vec<Value>, Fault> {
    let (found, expected) = (row.cells.len(), manifest.columns.len());
    // spreadsheets write separators behind the last column
    let is_longer = (expected..found).any(|n| !row.cell(n).is_empty());
    if found < expected || is_longer {
        return Err(Fault::new(format!(
            "the row has {found} cells and the header {expected}: expected as many"
        )));
    }
    let mut values = Vec::new();
    let mut label = None;
    for (column, cell) in manifest.columns.iter().zip(&row.cells) {
        if matches!(column, Column::Ignored | Column::Own) {
            continue;
        }
        let cell = std::str::from_utf8(cell)
            .map_err(|_| Fault::new("a cell is not UTF-8 text: save the table as UTF-8"))?;
        let cell = cell.trim();
        if is_missing(cell) {
            continue;
        }
        let has_comma = manifest.has_decimal_comma;
        match *column {
            Column::Option { name: option, kind } => {
                let points = with_points(cell).filter(|_| TIMES.contains(&option));
                if points.is_some() && !has_comma {
                    faults.push(Fault::of_cell(
                        self::column(option),
                        "a decimal comma: write a point, as in `36.5`, or separate the cells by `;`",
                    ));
                    continue;
                }
                let cell = points.as_deref().unwrap_or(cell);
                let cell = match kind {
                    Kind::Whole if has_comma => whole(whole_with_comma(cell)),
                    Kind::Whole => whole(cell),
                    Kind::Times(unit) => with_unit(cell, unit),
                    _ => cell.to_owned(),
                };
                values.push(Value { option, kind, cell, is_default: false });
            }
            Column::Label if has_comma => label = Some(whole(whole_with_comma(cell))),
            Column::Label => label = Some(whole(cell)),
            Column::Ignored | Column::Own => {}
        }
    }
    let named = |values: &[Value]| values.iter().any(|value| value.option == STUDY);
    if !named(&values) {
        let cell = Some(manifest.name(row)).filter(|name| !name.is_empty());
        values.extend(cell.map(|cell| Value { option: STUDY, kind: Kind::Text, cell, is_default: false }));
    }
    let given: Vec<&str> = values.iter().map(|value| value.option).collect();
    let applies = |default: &&Default| defaults::applies(default, |option| given.contains(&option));
    let defaults: Vec<Value> = manifest.defaults.iter().filter(applies).map(Value::from).collect();
    values.extend(defaults);
    if let Some(label) = label {
        match values.iter_mut().find(|value| value.option == HEMATOMA) {
            None => faults.push(Fault::new("a label without a mask: expected both or none")),
            Some(mask) => {
                let path = manifest.folder.join(&mask.cell);
                if path.to_str().is_some_and(|path| MaskFile::parse(path).has_choice()) {
                    faults.push(Fault::new(
                        "the labels are given twice, behind the mask and in a column: keep one of them",
                    ));
                } else {
                    mask.cell = format!("{}:{label}", mask.cell);
                }
            }
        }
    }
    values.sort_by_key(|value| value.option);
    Ok(values)
}

impl From<&Default> for Value {
    fn from(default: &Default) -> Self {
        let Default { option, kind, cell } = default.clone();
        Self { option, kind, cell, is_default: true }
    }
}

/// The defaults that can be no value of their option.
pub(super) fn faults_of_defaults(manifest: &Manifest) -> Vec<Fault> {
    let values: Vec<Value> = manifest.defaults.iter().map(Value::from).collect();
    let mut faults = Vec::new();
    let unknown = words(&values, &mut faults);
    for value in values {
        // by itself, so that nothing but the value is at fault
        drop(args(manifest, &[value], &unknown, &mut faults));
    }
    faults.retain(Fault::is_of_cell);
    faults
}

/// Times joined by `;`, in a unit where they have none.
fn with_unit(cell: &str, unit: &str) -> String {
    let time = |text: &str| {
        let text = text.trim();
        if text.parse::<f64>().is_ok() { format!("{text}{unit}") } else { text.to_owned() }
    };
    cell.split(';').map(time).collect::<Vec<_>>().join(";")
}

/// The options, as clap reads them from a command line of these values, but for those that are unknown words; `None` when
/// something is wrong with them.
fn args(
    manifest: &Manifest,
    values: &[Value],
    unknown: &[&'static str],
    faults: &mut Vec<Fault>,
) -> Option<StudyArgs> {
    let mut arguments: Vec<(&str, OsString)> = Vec::new();
    let mut left_out = unknown.to_vec();
    for value in values.iter().filter(|value| !unknown.contains(&value.option)) {
        let texts = match value.texts() {
            None => Err("expected true or false".to_owned()),
            Some(texts) if texts.len() > MAX_ONSETS => {
                Err(format!("{} values, expected at most {MAX_ONSETS}, one per bleeding event", texts.len()))
            }
            Some(texts) => Ok(texts),
        };
        let texts = match texts {
            Ok(texts) => texts,
            Err(text) => {
                faults.push(Fault::of_cell(column(value.option), text));
                left_out.push(value.option);
                continue;
            }
        };
        for text in texts {
            let mut argument = OsString::from(format!("--{}", value.option));
            if value.kind != Kind::Flag {
                argument.push("=");
                argument.push(value.path(manifest).map_or_else(|| text.into(), PathBuf::into_os_string));
            }
            arguments.push((value.option, argument));
        }
    }
    // clap names one fault at a time: what is at fault is left out, and the rest read again
    loop {
        let error = match RowArgs::try_parse_from(arguments.iter().map(|(_, argument)| argument)) {
            Ok(read) => return Some(read.study).filter(|_| left_out.is_empty()),
            Err(error) => error,
        };
        let option = option_at_fault(&error);
        let n = arguments.len();
        arguments.retain(|(name, _)| option.as_deref() != Some(*name));
        let is_of_value =
            matches!(error.kind(), ClapErrorKind::ValueValidation | ClapErrorKind::InvalidValue);
        if is_of_value && arguments.len() < n {
            faults.push(fault(&error));
            left_out.extend(
                values.iter().map(|value| value.option).filter(|name| option.as_deref() == Some(*name)),
            );
            continue;
        }
        // an option may be missing only because it was left out
        let text = fault(&error);
        if !left_out.iter().any(|option| text.to_string().contains(&column(option))) {
            faults.push(text);
        }
        return None;
    }
}

/// The long name of the option that an error is about.
fn option_at_fault(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(text)) = error.get(ContextKind::InvalidArg) else { return None };
    Some(column(text).replace('_', "-"))
}

impl Value {
    /// The column of its option.
    pub(super) fn column(&self) -> String {
        column(self.option)
    }

    /// Whether it is a file of the study, and no profile.
    pub(super) fn is_of_file(&self) -> bool {
        self.kind == Kind::Path
    }

    /// Where a relative path of it starts, in words.
    pub(super) fn folder(&self) -> &'static str {
        if self.is_default { "the working folder" } else { "the manifest's folder" }
    }

    /// The values in the cell; `None` where a flag is neither set nor cleared.
    fn texts(&self) -> Option<Vec<&str>> {
        let cell = self.cell.as_str();
        match self.kind {
            Kind::List | Kind::Times(_) => {
                Some(cell.split(';').map(str::trim).filter(|text| !text.is_empty()).collect())
            }
            Kind::Flag if cell.eq_ignore_ascii_case("true") => Some(vec![cell]),
            Kind::Flag if cell.eq_ignore_ascii_case("false") => Some(Vec::new()),
            Kind::Flag => None,
            Kind::Text | Kind::Path | Kind::NameOrPath | Kind::Whole => Some(vec![cell]),
        }
    }

    /// The path in the cell, from the manifest's folder, with what is chosen behind it; of a default from the working folder.
    pub(super) fn path(&self, manifest: &Manifest) -> Option<PathBuf> {
        let path = if self.is_default { PathBuf::from(&self.cell) } else { manifest.folder.join(&self.cell) };
        let is_path = match self.kind {
            Kind::Path => true,
            Kind::NameOrPath => {
                !profile::is_built_in(&self.cell) && (profile::is_file(self.cell.as_ref()) || path.exists())
            }
            Kind::Text | Kind::List | Kind::Times(_) | Kind::Flag | Kind::Whole => false,
        };
        is_path.then_some(path)
    }
}

/// Adds what is wrong with the words whose errors would quote them, and gives their options.
fn words(values: &[Value], faults: &mut Vec<Fault>) -> Vec<&'static str> {
    let mut unknown = Vec::new();
    let texts = |option: &str| -> Vec<&str> {
        let of_option = values.iter().filter(|value| value.option == option);
        of_option.flat_map(|value| value.texts().unwrap_or_default()).collect()
    };
    if texts("onset").iter().any(|text| text.parse::<OnsetTime>().is_err()) {
        faults.push(Fault::of_cell("onset", "expected a time before the scan with its unit, as in `36h` (or a column `onset_h`), or where the scan's time is known YYYY-MM-DDThh:mm, without a time zone"));
        unknown.push("onset");
    }
    let criteria: Vec<&str> = Criteria::built_in_names().collect();
    let schemes: Vec<&str> = Scheme::built_in_names().collect();
    for (column, known) in [("criteria", criteria), ("scheme", schemes)] {
        let is_known = |choice: &str| profile::is_file(choice.as_ref()) || known.contains(&choice);
        if !texts(column).into_iter().all(is_known) {
            faults
                .push(Fault::of_cell(column, format!("expected a TOML file or one of {}", known.join(", "))));
            unknown.push(column);
        }
    }
    unknown
}

/// An error about a profile's file, which may be named after a patient, with its column instead.
fn by_column(args: &StudyArgs, error: &Error) -> Fault {
    for (column, choice) in [("criteria", &args.criteria), ("scheme", &args.scheme)] {
        let file = choice.as_ref().map(|choice| file_name(choice.as_ref()));
        if let Some(place) = error.place().filter(|place| file.as_deref() == Some(*place)) {
            let text = error.to_string();
            let text = text.strip_prefix(place).and_then(|text| text.strip_prefix(": ")).unwrap_or(&text);
            return Fault::of_cell(column, text).of_kind(error.kind());
        }
    }
    Fault::new(error.to_string()).of_kind(error.kind())
}

/// The error of a row's options, without their values.
fn fault(error: &clap::Error) -> Fault {
    let texts = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let columns = |kind| texts(kind).iter().map(|text| column(text)).collect::<Vec<_>>().join(", ");
    let at = columns(ContextKind::InvalidArg);
    match error.kind() {
        ClapErrorKind::MissingRequiredArgument => Fault::new(format!("not given: {at}")),
        ClapErrorKind::ArgumentConflict => {
            let other = columns(ContextKind::PriorArg);
            Fault::of_cell(at, format!("cannot be given together with {other}"))
        }
        ClapErrorKind::InvalidValue if !texts(ContextKind::ValidValue).is_empty() => {
            Fault::of_cell(at, format!("expected one of {}", texts(ContextKind::ValidValue).join(", ")))
        }
        _ => match error.source() {
            Some(source) => Fault::of_cell(at, source.to_string()),
            None => Fault::of_cell(at, "cannot be read"),
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
