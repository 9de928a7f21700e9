//! The criteria profile or label scheme that an option names: a built-in one, else a TOML file.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read},
    path::Path,
};

use hemastage::{Criteria, Error, ErrorKind, Result, level::Scheme};
use hemastage_image::file_name;

use crate::failure::refusal;

/// No profile is larger.
const MAX_BYTES: u64 = 1 << 20;

/// The profile of a built-in name or in a file; the default one where none is chosen.
pub(crate) fn criteria(choice: Option<&OsStr>) -> Result<Criteria> {
    let Some(choice) = choice else { return Ok(Criteria::default()) };
    let is_built_in = Criteria::built_in_names().any(|known| known == choice);
    if !is_built_in && is_file(choice) {
        read(choice.as_ref())
    } else {
        Criteria::built_in(&choice.to_string_lossy())
    }
}

/// The label scheme of a built-in name or in a file.
pub(crate) fn scheme(choice: &OsStr) -> Result<Scheme> {
    let is_built_in = Scheme::built_in_names().any(|known| known == choice);
    if !is_built_in && is_file(choice) {
        parsed(choice.as_ref(), Scheme::from_toml)
    } else {
        Scheme::built_in(&choice.to_string_lossy())
    }
}

/// Whether a choice is the name of a built-in profile or scheme.
pub(crate) fn is_built_in(choice: &str) -> bool {
    Criteria::built_in_names().chain(Scheme::built_in_names()).any(|known| known == choice)
}

/// Whether a choice that is no built-in name is meant as a file.
pub(crate) fn is_file(choice: &OsStr) -> bool {
    let path = Path::new(choice);
    path.extension().is_some() || path.components().count() != 1 || path.exists()
}

/// Reads and checks the profile in a file.
pub(crate) fn read(path: &Path) -> Result<Criteria> {
    parsed(path, Criteria::from_toml)
}

fn parsed<T>(path: &Path, parse: impl Fn(&str) -> Result<T>) -> Result<T> {
    let parsed = text(path).and_then(|text| {
        // of a file, not of an option
        parse(&text).map_err(|error| refusal(ErrorKind::Malformed, error.to_string()))
    });
    parsed.map_err(|error| error.at(file_name(path)))
}

fn text(path: &Path) -> Result<String> {
    let unread = |error: io::Error| -> Error {
        refusal(
            ErrorKind::Io,
            format!("the file could not be read ({error}): name a TOML file, or what is built in"),
        )
    };
    let malformed = |found: &str| refusal(ErrorKind::Malformed, format!("{found}: expected a TOML file"));
    // asked before opening, which would wait for a writer if this is a pipe
    if !path.metadata().map_err(unread)?.is_file() {
        return Err(malformed("not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(malformed("larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| malformed("not UTF-8 text"))
}
