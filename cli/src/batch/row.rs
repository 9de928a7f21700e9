//! A row of a manifest as the options of a study, or the reason why it is none.

use std::{error::Error as _, ffi::OsString, path::PathBuf};

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};
use hemastage::{Criteria, level::Scheme, units::OnsetTime};

use super::{
    columns::{Column, Kind, RowArgs},
    manifest::{Manifest, Row},
    named::Named,
};
use crate::{profile, study::StudyArgs};

/// A cell without a value, beside an empty one.
const MISSING: &str = "n/a";

/// What a row says of its study.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) args: StudyArgs,
    /// The options and values as they stand in the manifest, without those that are not given.
    pub(super) given: Vec<(String, String)>,
    /// The files and folders named.
    pub(super) named: Vec<Named>,
}

/// The options of a row's study.
///
/// # Errors
/// The reason, in one line that quotes no cell.
pub(super) fn described(manifest: &Manifest, row: &Row) -> Result<Described, String> {
    let given = given(manifest, row)?;
    let mut arguments = Vec::new();
    for option in &given {
        let values = option.values();
        for value in values.ok_or_else(|| format!("{}: expected true or false", column(&option.name)))? {
            let mut argument = OsString::from(format!("--{}", option.name));
            if option.kind != Kind::Flag {
                argument.push("=");
                argument.push(option.path(manifest).map_or_else(|| value.into(), PathBuf::into_os_string));
            }
            arguments.push(argument);
        }
    }
    let args = RowArgs::try_parse_from(arguments).map_err(|error| reason(&error))?.study;
    check_words(&args)?;
    let named = given.iter().filter_map(|option| option.named(manifest)).collect();
    let given = given.into_iter().map(|option| (option.name, option.cell)).collect();
    Ok(Described { args, given, named })
}

/// The files and folders that a row names; none of a row that cannot be read.
pub(super) fn named(manifest: &Manifest, row: &Row) -> Vec<Named> {
    let given = given(manifest, row).unwrap_or_default();
    given.iter().filter_map(|option| option.named(manifest)).collect()
}

/// An option that has a value.
struct Given {
    name: String,
    kind: Kind,
    cell: String,
}

impl Given {
    /// The values in the cell; none where a flag is neither set nor cleared.
    fn values(&self) -> Option<Vec<&str>> {
        let cell = self.cell.as_str();
        match self.kind {
            Kind::List => Some(cell.split(';').map(str::trim).filter(|value| !value.is_empty()).collect()),
            Kind::Flag if cell.eq_ignore_ascii_case("true") => Some(vec![cell]),
            Kind::Flag if cell.eq_ignore_ascii_case("false") => Some(Vec::new()),
            Kind::Flag => None,
            Kind::Text | Kind::Path | Kind::NameOrPath | Kind::Whole => Some(vec![cell]),
        }
    }

    /// The path in the cell, from the manifest's folder, with what stands behind it.
    fn path(&self, manifest: &Manifest) -> Option<PathBuf> {
        let path = manifest.folder.join(&self.cell);
        let is_path = match self.kind {
            Kind::Path => true,
            Kind::NameOrPath => {
                !profile::is_built_in(&self.cell)
                    && (profile::names_a_file(self.cell.as_ref()) || path.exists())
            }
            Kind::Text | Kind::List | Kind::Flag | Kind::Whole => false,
        };
        is_path.then_some(path)
    }

    fn named(&self, manifest: &Manifest) -> Option<Named> {
        Some(Named::new(column(&self.name), self.path(manifest)?))
    }
}

/// The options that have a value, by name; a label stands behind its mask.
fn given(manifest: &Manifest, row: &Row) -> Result<Vec<Given>, String> {
    let (found, expected) = (row.cells.len(), manifest.columns.len());
    if found != expected {
        return Err(format!("the row has {found} cells and the header {expected}: expected as many"));
    }
    let mut given = Vec::new();
    let mut label = None;
    for (column_of, cell) in manifest.columns.iter().zip(&row.cells) {
        if *column_of == Column::Ignored {
            continue;
        }
        let cell =
            std::str::from_utf8(cell).map_err(|_| "a cell is not UTF-8 text: save the table as UTF-8")?;
        let cell = cell.trim();
        if cell.is_empty() || cell == MISSING {
            continue;
        }
        match column_of {
            Column::Option { name, kind } => {
                let cell = if *kind == Kind::Whole { whole(cell) } else { cell.to_owned() };
                given.push(Given { name: name.clone(), kind: *kind, cell });
            }
            Column::Label => label = Some(whole(cell)),
            Column::Ignored => {}
        }
    }
    if let Some(label) = label {
        let mask = given.iter_mut().find(|option| option.name == "hematoma");
        let mask = mask.ok_or("a label without a mask: expected both or none")?;
        if has_labels(manifest, &mask.cell) {
            return Err(
                "the labels are given twice, behind the mask and in a column: keep one of them".into()
            );
        }
        mask.cell = format!("{}:{label}", mask.cell);
    }
    given.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(given)
}

/// Whole numbers joined by `,`, also as they are written in a column with gaps: `1.0`.
fn whole(cell: &str) -> String {
    let is_whole = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |part: &str| {
        let part = part.trim();
        part.strip_suffix(".0").filter(is_whole).unwrap_or(part).to_owned()
    };
    cell.split(',').map(plain).collect::<Vec<_>>().join(",")
}

/// Whether a mask's cell chooses labels itself.
fn has_labels(manifest: &Manifest, cell: &str) -> bool {
    let is_number = |part: &str| part.split(',').all(|number| number.trim().parse::<i64>().is_ok());
    let chooses = |(at, _): (usize, &str)| {
        let mask = Named::new(String::new(), manifest.folder.join(&cell[..at]));
        is_number(&cell[at + 1..]) || mask.path.is_file()
    };
    !manifest.folder.join(cell).exists() && cell.match_indices(':').any(chooses)
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
            profile::names_a_file(choice) || choice.to_str().is_some_and(|name| known.contains(&name))
        };
        if !choice.as_ref().is_none_or(is_known) {
            return Err(format!("{column}: expected a TOML file or one of {}", known.join(", ")));
        }
    }
    Ok(())
}

/// What is wrong with a row's options. Cells are not quoted: they may hold a folder or a date.
fn reason(error: &clap::Error) -> String {
    let texts = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    };
    let columns = |kind| texts(kind).iter().map(|text| column(text)).collect::<Vec<_>>().join(", ");
    let at = columns(ContextKind::InvalidArg);
    match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("not given: {at}"),
        ErrorKind::ArgumentConflict => {
            format!("{at}: cannot be given together with {}", columns(ContextKind::PriorArg))
        }
        ErrorKind::InvalidValue if !texts(ContextKind::ValidValue).is_empty() => {
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
    let values_aside = option.replace("NAME|FILE", "");
    values_aside.split('|').map(one).collect::<Vec<_>>().join(" or ")
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
