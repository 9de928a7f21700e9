//! The criteria profile or label scheme that an option names: a built-in one, else a TOML file.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read},
    path::Path,
};

use hemastage::{Criteria, level::Scheme};

use crate::failure::{Failure, Outcome};

/// No profile is larger.
const MAX_BYTES: u64 = 1 << 20;

/// The profile of a built-in name or in a file; the default one when none is chosen.
pub(crate) fn criteria(choice: Option<&OsStr>) -> Outcome<Criteria> {
    let Some(choice) = choice else { return Ok(Criteria::default()) };
    let name = choice.to_str().filter(|name| Criteria::built_in_names().any(|known| known == *name));
    match name {
        Some(name) => Ok(Criteria::built_in(name)?),
        None if names_a_file(choice) => read(choice.as_ref()),
        None => Ok(Criteria::built_in(&choice.to_string_lossy())?),
    }
}

/// The label scheme of a built-in name or in a file.
pub(crate) fn scheme(choice: &OsStr) -> Outcome<Scheme> {
    let name = choice.to_str().filter(|name| Scheme::built_in_names().any(|known| known == *name));
    match name {
        Some(name) => Ok(Scheme::built_in(name)?),
        None if names_a_file(choice) => parsed(choice.as_ref(), Scheme::from_toml),
        None => Ok(Scheme::built_in(&choice.to_string_lossy())?),
    }
}

/// Whether a choice is the name of a built-in profile or scheme.
pub(crate) fn is_built_in(choice: &str) -> bool {
    Criteria::built_in_names().chain(Scheme::built_in_names()).any(|known| known == choice)
}

/// Whether a choice that is no built-in name is meant as a file.
pub(crate) fn names_a_file(choice: &OsStr) -> bool {
    let path = Path::new(choice);
    path.extension().is_some() || path.components().count() != 1 || path.exists()
}

/// Reads and checks the profile in a file.
pub(crate) fn read(path: &Path) -> Outcome<Criteria> {
    parsed(path, Criteria::from_toml)
}

fn parsed<T>(path: &Path, parse: impl Fn(&str) -> hemastage::Result<T>) -> Outcome<T> {
    let name = file_name(path);
    let text = text(path).map_err(|error| Failure::Input(format!("{name}: {error}")))?;
    parse(&text).map_err(|error| Failure::Input(format!("{name}: {error}")))
}

fn text(path: &Path) -> Result<String, String> {
    let unread = |error: io::Error| {
        format!("the file could not be read ({error}): name a TOML file, or what is built in")
    };
    if !path.metadata().map_err(unread)?.is_file() {
        return Err("not a regular file: expected a TOML file".into());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err("larger than 1 MiB: expected a TOML file".into());
    }
    String::from_utf8(bytes).map_err(|_| "not UTF-8 text: expected a TOML file".into())
}

/// A file's name without its folder; a folder itself stays unnamed.
fn file_name(path: &Path) -> String {
    if path.is_dir() {
        return "(a folder)".into();
    }
    path.file_name().map_or_else(|| "(no file name)".into(), |name| name.to_string_lossy().into_owned())
}
