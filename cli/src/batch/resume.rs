//! What a study's results were made from, so that a later run can tell whether they still stand.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::Path,
};

use hemastage::{Report, load::StudyFiles};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::row::Described;
use crate::{
    args::StudyArgs,
    results::{self, REPORT, Wanted, hex},
};

/// The marker's file in a study's folder; written last, so that it stands for whole results.
pub(super) const MARKER: &str = "provenance.json";
/// How the files of results begin that are not complete.
const UNFINISHED: &str = ".hemastage-";
/// The name of the marker's form.
const SCHEMA: &str = "hemastage/provenance/1";

/// What results were made from, and what they are.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Marker {
    schema: String,
    version: String,
    /// The SHA-256 of inputs, options and version.
    inputs: String,
    /// The SHA-256 of each file of the results.
    outputs: BTreeMap<String, String>,
}

impl Marker {
    /// For results of this fingerprint.
    pub(super) fn new(fingerprint: &str) -> Self {
        Self {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            inputs: fingerprint.into(),
            outputs: BTreeMap::new(),
        }
    }

    /// Its text, with the hashes of the results that lie ready.
    pub(super) fn with_outputs(mut self, outputs: BTreeMap<String, String>) -> String {
        self.outputs = outputs;
        // a record of words always serializes
        serde_json::to_string_pretty(&self).unwrap_or_default() + "\n"
    }
}

/// The SHA-256 of all that decides a study's results: every byte of its inputs, its options, the parts asked for
/// and the version. A manifest that moves together with its files keeps it.
///
/// # Errors
/// When a folder among the inputs cannot be listed.
pub(super) fn fingerprint(row: &Described, files: &StudyFiles, wanted: &Wanted) -> hemastage::Result<String> {
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    };
    add(SCHEMA);
    add(env!("CARGO_PKG_VERSION"));
    for name in wanted.names() {
        add(name);
    }
    add(wanted.viewer().unwrap_or_default());
    for (option, value) in &row.given {
        add(option);
        add(value);
    }
    for file in profile_files(&row.args) {
        add(&sha256(file).unwrap_or_default());
    }
    add(&files.fingerprint()?);
    Ok(hex(&hasher.finalize()))
}

/// The files that hold criteria or a scheme.
fn profile_files(args: &StudyArgs) -> impl Iterator<Item = &Path> {
    let choices = [&args.criteria, &args.scheme].into_iter().flatten();
    choices.map(Path::new).filter(|path| path.is_file())
}

/// The report of results that are whole and unchanged, and were made from this.
pub(super) fn unchanged(folder: &Path, fingerprint: &str, wanted: &Wanted) -> Option<Report> {
    let marker: Marker = serde_json::from_slice(&fs::read(folder.join(MARKER)).ok()?).ok()?;
    let expected =
        wanted.names().into_iter().map(|name| Some((name.to_owned(), sha256(&folder.join(name)).ok()?)));
    let outputs = expected.collect::<Option<BTreeMap<_, _>>>()?;
    if marker != (Marker { outputs, ..Marker::new(fingerprint) }) {
        return None;
    }
    remove(folder, |name| name.starts_with(UNFINISHED)).ok()?;
    serde_json::from_slice(&fs::read(folder.join(REPORT)).ok()?).ok()
}

/// Whether a folder holds results, whole or not.
pub(super) fn holds_results(folder: &Path) -> bool {
    fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_result)))
}

/// Takes results away, whole or not, and the folder if nothing else is in it.
///
/// # Errors
/// When a file can't be removed.
pub(super) fn clear(folder: &Path) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    // the marker first: what is left behind without it counts for nothing
    remove(folder, |name| name == MARKER)?;
    remove(folder, is_result)?;
    // a folder that holds more stays
    drop(fs::remove_dir(folder));
    Ok(())
}

/// Removes the files of some names.
fn remove(folder: &Path, is_meant: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&is_meant) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Whether a file's name is one of the results, whatever parts were asked for.
pub(super) fn is_result(name: &str) -> bool {
    name == MARKER || name.starts_with(UNFINISHED) || results::is_result(name)
}

/// The SHA-256 of a file as hexadecimal digits.
fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hex(&hasher.finalize()))
}
