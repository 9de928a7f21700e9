//! What a study's results were made from, so that a later run can tell whether they still stand.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

use hemastage::{
    Report,
    io::output::{OutputFolder, Overwrite},
    load::StudyFiles,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::row::Described;
use crate::{
    results::{self, MARKER, REPORT, Wanted, hex},
    study::StudyArgs,
};

/// How the files of results begin that are not complete.
const UNFINISHED: &str = ".hemastage-";
/// The name of the marker's form.
const SCHEMA: &str = "hemastage/provenance/1";
/// No marker is larger.
const MAX_BYTES: u64 = 1 << 20;

/// What results were made from, and what they are. One that is begun has the names of results and no hashes yet.
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
    /// For results that are to be written.
    pub(super) fn begun(names: &[&str]) -> Self {
        let outputs = names.iter().map(|name| ((*name).to_owned(), String::new()));
        Self::new("", outputs.collect())
    }

    /// For results of this fingerprint, with their hashes.
    pub(super) fn new(fingerprint: &str, outputs: BTreeMap<String, String>) -> Self {
        Self {
            schema: SCHEMA.into(),
            version: env!("CARGO_PKG_VERSION").into(),
            inputs: fingerprint.into(),
            outputs,
        }
    }

    /// The marker in a folder; none where no batch wrote one.
    fn read(folder: &Path) -> Option<Self> {
        let bytes = bytes(&folder.join(MARKER), MAX_BYTES).ok()?;
        // a file that was renamed just before a power cut can be there without its bytes
        if bytes.iter().all(|&byte| byte == 0) {
            return Some(Self::begun(&Wanted::all().names()));
        }
        serde_json::from_slice(&bytes).ok().filter(|marker: &Self| marker.schema == SCHEMA)
    }

    /// Puts it into a folder, in place of an earlier one.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn put(&self, folder: &Path) -> hemastage::Result<()> {
        let mut output = OutputFolder::create(folder, &[MARKER], Overwrite::Replace)?;
        // a record of words always serializes
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        output.add(MARKER, |out| out.write_all(text.as_bytes()))?;
        output.complete()
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
    let marker = Marker::read(folder)?;
    let expected =
        wanted.names().into_iter().map(|name| Some((name.to_owned(), sha256(&folder.join(name)).ok()?)));
    if marker != Marker::new(fingerprint, expected.collect::<Option<_>>()?) {
        return None;
    }
    remove(folder, |name| name.starts_with(UNFINISHED)).ok()?;
    serde_json::from_slice(&bytes(&folder.join(REPORT), u64::MAX).ok()?).ok()
}

/// Whether a folder holds the results that its marker stands for, whatever they were made from.
pub(super) fn is_whole(folder: &Path) -> bool {
    let is_there =
        |(name, hash): (&String, &String)| sha256(&folder.join(name)).is_ok_and(|found| found == *hash);
    Marker::read(folder).is_some_and(|marker| marker.outputs.iter().all(is_there))
}

/// Whether a folder holds results, whole or not.
pub(super) fn holds_results(folder: &Path) -> bool {
    fs::read_dir(folder)
        .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_result)))
}

/// Takes away the results that a batch wrote, whole or not, and the folder if nothing else is in it.
///
/// # Errors
/// Why results cannot be put there, in one line.
pub(super) fn clear(folder: &Path) -> Result<(), String> {
    if !folder.exists() {
        return Ok(());
    }
    removed(folder).map_err(|error| format!("earlier results could not be removed ({})", error.kind()))?;
    if let Some(name) = names(folder).into_iter().flatten().find(|name| is_result(name)) {
        return Err(format!(
            "{name}: lies where the results go, and no batch wrote it: move it away, or choose another folder or name"
        ));
    }
    // a folder that holds more stays
    drop(fs::remove_dir(folder));
    Ok(())
}

fn removed(folder: &Path) -> io::Result<()> {
    if let Some(marker) = Marker::read(folder) {
        remove(folder, |name| marker.outputs.contains_key(name) && results::is_result(name))?;
        // last, as files of results without it count for somebody's own
        remove(folder, |name| name == MARKER)?;
    }
    remove(folder, |name| name.starts_with(UNFINISHED))
}

/// Removes the regular files of some names.
fn remove(folder: &Path, is_meant: impl Fn(&str) -> bool) -> io::Result<()> {
    for name in names(folder)?.filter(|name| is_meant(name)) {
        let path = folder.join(name);
        if path.symlink_metadata()?.is_file() {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

/// The names in a folder that are text.
fn names(folder: &Path) -> io::Result<impl Iterator<Item = String> + use<>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()))
}

/// Whether a file's name is one of the results, whatever parts were asked for.
pub(super) fn is_result(name: &str) -> bool {
    name == MARKER || name.starts_with(UNFINISHED) || results::is_result(name)
}

/// The SHA-256 of a file as hexadecimal digits.
fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut opened(path)?, &mut hasher)?;
    Ok(hex(&hasher.finalize()))
}

/// The bytes of a file, or so many of them.
fn bytes(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    opened(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A regular file, opened: a pipe would wait for a writer.
fn opened(path: &Path) -> io::Result<File> {
    if fs::metadata(path)?.is_file() { File::open(path) } else { Err(io::ErrorKind::InvalidInput.into()) }
}
