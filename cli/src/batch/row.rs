//! A row of a manifest as the options of a study, or the reason why it is none.

use std::{
    error::Error as _,
    ffi::OsString,
    path::{Path, PathBuf},
};

use clap::{
    Parser,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{
    columns::{Column, Kind, RowArgs},
    manifest::{Manifest, Row},
};
use crate::{args::StudyArgs, profile};

/// A cell without a value, beside an empty one.
const MISSING: &str = "n/a";

/// What a row says of its study.
#[derive(Debug)]
pub(super) struct Described {
    pub(super) args: StudyArgs,
    /// The options and values as they stand in the manifest, without those that are not given.
    pub(super) given: Vec<(String, String)>,
    /// The files and folders named.
    pub(super) paths: Vec<PathBuf>,
}

/// The options of a row's study.
///
/// # Errors
/// The reason, in one line that quotes no cell.
pub(super) fn described(manifest: &Manifest, row: &Row) -> Result<Described, String> {
    let given = given(manifest, row)?;
    let (mut arguments, mut paths) = (Vec::new(), Vec::new());
    for (name, kind, value) in &given {
        for value in
            values(*kind, value).ok_or_else(|| format!("{}: expected true or false", column(name)))?
        {
            let mut argument = OsString::from(format!("--{name}"));
            if *kind != Kind::Flag {
                argument.push("=");
                argument.push(resolved(*kind, value, &manifest.folder, &mut paths));
            }
            arguments.push(argument);
        }
    }
    let args = RowArgs::try_parse_from(arguments).map_err(|error| reason(&error))?.study;
    let given = given.into_iter().map(|(name, _, value)| (name, value)).collect();
    Ok(Described { args, given, paths })
}

/// The options that have a value, by name; a label stands behind its mask.
fn given(manifest: &Manifest, row: &Row) -> Result<Vec<(String, Kind, String)>, String> {
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
        if cell.is_empty() || cell == MISSING {
            continue;
        }
        match column_of {
            Column::Option { name, kind } => given.push((name.clone(), *kind, cell.to_owned())),
            Column::Label => label = Some(cell),
            Column::Ignored => {}
        }
    }
    if let Some(label) = label {
        let mask = given.iter_mut().find(|(name, ..)| name == "hematoma");
        let (_, _, mask) = mask.ok_or("a label without a mask: expected both or none")?;
        *mask = format!("{mask}:{label}");
    }
    given.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(given)
}

/// The values in a cell; none where a flag is neither set nor cleared.
fn values(kind: Kind, cell: &str) -> Option<Vec<&str>> {
    match kind {
        Kind::List => Some(cell.split(';').map(str::trim).filter(|value| !value.is_empty()).collect()),
        Kind::Flag if cell.eq_ignore_ascii_case("true") => Some(vec![cell]),
        Kind::Flag if cell.eq_ignore_ascii_case("false") => Some(Vec::new()),
        Kind::Flag => None,
        Kind::Text | Kind::Path | Kind::NameOrPath => Some(vec![cell]),
    }
}

/// A value with its path taken from the manifest's folder.
fn resolved(kind: Kind, value: &str, folder: &Path, paths: &mut Vec<PathBuf>) -> OsString {
    let path = folder.join(value);
    let is_path = match kind {
        Kind::Path => true,
        Kind::NameOrPath => {
            !profile::is_built_in(value) && (profile::names_a_file(value.as_ref()) || path.exists())
        }
        Kind::Text | Kind::List | Kind::Flag => false,
    };
    if !is_path {
        return value.into();
    }
    paths.push(unchosen(&path));
    path.into()
}

/// A path without the series or labels behind it.
fn unchosen(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    let ends = text.match_indices([':', '#']).map(|(at, _)| Path::new(&text[..at]));
    let cut = || ends.rev().find(|path| path.exists()).map(Path::to_owned);
    if path.exists() { path.to_owned() } else { cut().unwrap_or_else(|| path.to_owned()) }
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
