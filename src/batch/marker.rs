//! What a study's results were made from, kept next to them so that a later run can tell whether they still stand.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
    sync::Arc,
};

use hemastage_image::error::{Error, Result};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    error::BatchError,
    results::{PROVENANCE_FILE, REPORT_FILE, ResultFiles},
    study::{StudyPlan, StudyReport},
};
use crate::{
    io::output::{Claim, HIDDEN, OutputFolder, Overwrite, sha256},
    report::RESULTS_REVISION,
};

/// The name of the marker's form.
const SCHEMA: &str = "hemastage/provenance/1";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// No marker is larger.
const MAX_BYTES: u64 = 1 << 20;

/// What results were made from, and the hash of each. It is put down before the results, without hashes, so that after
/// a kill these files are known as a batch's own.
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
    /// For results that are about to be written.
    pub(super) fn begun<'a>(names: impl IntoIterator<Item = &'a String>) -> Self {
        Self::new("", names.into_iter().map(|name| (name.clone(), String::new())).collect())
    }

    /// For complete results of this fingerprint, with the hash of each.
    pub(super) fn new(fingerprint: &str, outputs: BTreeMap<String, String>) -> Self {
        Self { schema: SCHEMA.into(), version: VERSION.into(), inputs: fingerprint.into(), outputs }
    }

    /// Puts it into a claimed folder, in place of an earlier one.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn write(&self, claim: &Arc<Claim>) -> Result<()> {
        let names = [PROVENANCE_FILE];
        let mut output = OutputFolder::claimed(Arc::clone(claim), &names, Overwrite::Replace)?;
        // a record of words always serializes
        let text = serde_json::to_string_pretty(self).unwrap_or_default() + "\n";
        output.add(PROVENANCE_FILE, |out| out.write_all(text.as_bytes()))?;
        output.complete()
    }
}

/// The SHA-256 of all that decides a study's results: every byte of its inputs, its options, the files asked for and
/// the version. No folder counts, so that a list of studies may move together with their files.
///
/// # Errors
/// When a folder among the inputs cannot be listed.
pub(super) fn fingerprint(plan: &StudyPlan, results: &ResultFiles<'_>) -> Result<String> {
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text);
    };
    add(SCHEMA);
    add(VERSION);
    add(&RESULTS_REVISION.to_string());
    results.names.iter().for_each(|name| add(name));
    plan.key().iter().for_each(|text| add(text));
    for file in &plan.other_files {
        add(&sha256::of_file(file).unwrap_or_default());
    }
    add(&plan.files.fingerprint()?);
    Ok(sha256::hex(&hasher.finalize()))
}

/// The folder of a study's results.
#[derive(Clone, Copy)]
pub(super) struct StudyFolder<'a> {
    pub(super) path: &'a Path,
    pub(super) results: &'a ResultFiles<'a>,
    /// Whether this run alone works in it, and so has completed or removed what one that was killed left.
    pub(super) is_claimed: bool,
}

impl StudyFolder<'_> {
    /// The report of results that are complete, as they were written, and made from this: files of these names.
    pub(super) fn unchanged(self, fingerprint: &str, names: &[String]) -> Option<StudyReport> {
        let marker = self.marker()?;
        let hash = |name: &String| Some((name.clone(), sha256::of_file(&self.path.join(name)).ok()?));
        let hashes = names.iter().map(hash).collect::<Option<_>>()?;
        if marker != Marker::new(fingerprint, hashes) {
            return None;
        }
        self.remove_unfinished().ok()?;
        StudyReport::of_json(&bytes(&self.path.join(REPORT_FILE), u64::MAX).ok()?)
    }

    /// Whether it holds the results that its marker stands for, whatever they were made from.
    pub(super) fn is_complete(self) -> bool {
        let is_as_written = |(name, hash): (&String, &String)| {
            sha256::of_file(&self.path.join(name)).is_ok_and(|found| found == *hash)
        };
        self.marker().is_some_and(|marker| marker.outputs.iter().all(is_as_written))
    }

    /// Whether it holds results, complete or not.
    pub(super) fn holds_results(self) -> bool {
        let is_result =
            |entry: fs::DirEntry| entry.file_name().to_str().is_some_and(|name| self.is_result(name));
        fs::read_dir(self.path).is_ok_and(|entries| entries.flatten().any(is_result))
    }

    /// Whether a file of this name would be a result, written now or earlier.
    pub(super) fn is_result(self, name: &str) -> bool {
        name == PROVENANCE_FILE || name == HIDDEN || self.results.all().any(|known| known == name)
    }

    /// Removes the results that a batch wrote, complete or not, and the folder if nothing else is in it.
    ///
    /// # Errors
    /// When results can't be removed, or a file with a result's name was not written by a batch.
    pub(super) fn clear(self) -> Result<()> {
        if !self.path.exists() {
            return Ok(());
        }
        self.remove_unfinished()?;
        self.remove_results().map_err(|error| BatchError::NotRemoved(error.kind()))?;
        let is_foreign = |name: &String| self.is_result(name) && !(self.is_claimed && name == HIDDEN);
        if let Some(name) = names(self.path).into_iter().flatten().find(is_foreign) {
            return Err(Error::from(BatchError::Foreign).at(name));
        }
        // a folder that holds more stays
        drop(fs::remove_dir(self.path));
        Ok(())
    }

    fn remove_results(self) -> io::Result<()> {
        if let Some(marker) = self.marker() {
            self.remove(|name| {
                marker.outputs.contains_key(name) && self.results.all().any(|known| known == name)
            })?;
            // last: without it, files of results count as somebody's own
            self.remove(|name| name == PROVENANCE_FILE)?;
        }
        Ok(())
    }

    /// Removes what a run that was killed has left, unless another run is at work there.
    fn remove_unfinished(self) -> Result<()> {
        let is_unfinished = !self.is_claimed && self.path.join(HIDDEN).exists();
        if is_unfinished { Claim::new(self.path).map(drop) } else { Ok(()) }
    }

    /// Removes the regular files of some names.
    fn remove(self, is_meant: impl Fn(&str) -> bool) -> io::Result<()> {
        for name in names(self.path)?.filter(|name| is_meant(name)) {
            let path = self.path.join(name);
            if path.symlink_metadata()?.is_file() {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }

    /// The marker; `None` where no batch wrote one.
    fn marker(self) -> Option<Marker> {
        let bytes = bytes(&self.path.join(PROVENANCE_FILE), MAX_BYTES).ok()?;
        // a file that was renamed just before a power cut can be there without its bytes
        if bytes.iter().all(|&byte| byte == 0) {
            return Some(Marker::begun(self.results.all()));
        }
        serde_json::from_slice(&bytes).ok().filter(|marker: &Marker| marker.schema == SCHEMA)
    }
}

/// The names in a folder that are UTF-8 text.
fn names(folder: &Path) -> io::Result<impl Iterator<Item = String> + use<>> {
    let entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    Ok(entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()))
}

/// The first bytes of a file.
fn bytes(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    // asked before opening, which would wait for a writer if this is a pipe
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(max_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}
