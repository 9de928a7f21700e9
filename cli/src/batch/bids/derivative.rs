//! The output folder as a BIDS derivative: its description, and the files of each study that BIDS has names for.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use hemastage::{
    batch::{INDEX_FILE, METHODS_FILE, PARQUET_FILES},
    followup::table as followup_table,
    io::output::{OutputFolder, Overwrite},
};
use serde_json::{Value, json};

use super::{names::Role, sessions::Session};
use crate::{
    batch::{
        init::relative,
        layout::{Layout, OWN_FOLDER, session_folder},
        stale,
    },
    failure::{Failure, Outcome},
    results::{MAP, MAP_LABELS, MASK, table_names},
};

/// The version of BIDS that names and descriptions follow.
const BIDS_VERSION: &str = "1.11.0";
const DESCRIPTION: &str = "dataset_description.json";
const IGNORE: &str = ".bidsignore";
const PROGRAM: &str = "hemastage";
/// No description of a dataset is larger.
const MAX_BYTES: u64 = 1 << 20;
/// What the dataset is called in sources.
const RAW: &str = "raw";

/// The derivative in an output folder.
#[derive(Debug)]
pub(super) struct Derivative<'a> {
    folder: &'a Path,
    /// How the dataset is found, where that can be said without naming a folder.
    link: Option<String>,
    /// The files of each study, from the dataset's folder.
    sources: BTreeMap<String, BTreeMap<Role, String>>,
}

impl<'a> Derivative<'a> {
    /// The derivative of a dataset.
    ///
    /// # Errors
    /// When the folder holds another dataset.
    pub(super) fn new(dataset: &Path, folder: &'a Path, sessions: &[Session]) -> Outcome<Self> {
        let is_same =
            dataset.canonicalize().is_ok_and(|path| folder.canonicalize().is_ok_and(|it| it == path));
        let found = description(folder);
        let is_ours = |found: &Value| found["GeneratedBy"][0]["Name"] == PROGRAM;
        if is_same || found.is_some_and(|found| !is_ours(&found)) {
            return Err(Failure::usage(
                "OUTPUT_DIR: holds another dataset: choose a folder of its own, such as BIDS_DIR/derivatives/hemastage",
            ));
        }
        fs::create_dir_all(folder).map_err(|error| {
            Failure::input(format!(
                "OUTPUT_DIR: the folder cannot be made ({}): choose another one or change its permissions",
                error.kind()
            ))
        })?;
        let of_session = |session: &Session| {
            let only = |(role, files): (&Role, &Vec<PathBuf>)| match &files[..] {
                [one] => Some((*role, below(dataset, one)?)),
                _ => None,
            };
            (session.study(), session.files.iter().filter_map(only).collect())
        };
        Ok(Self { folder, link: link(dataset, folder), sources: sessions.iter().map(of_session).collect() })
    }

    /// Writes what describes the derivative, the same by every run.
    ///
    /// # Errors
    /// When it can't be written.
    pub(super) fn describe(&self) -> Outcome {
        let mut description = json!({
            "Name": "Stages of spinal hematomas",
            "BIDSVersion": BIDS_VERSION,
            "DatasetType": "derivative",
            "GeneratedBy": [{ "Name": PROGRAM, "Version": env!("CARGO_PKG_VERSION") }],
        });
        if let Some(link) = &self.link {
            description["DatasetLinks"] = json!({ RAW: link });
        }
        for (name, text) in [(DESCRIPTION, indented(&description)), (IGNORE, ignored())] {
            let file = [(name.to_owned(), text.into_bytes())];
            if !are_there(self.folder, &file) {
                put(self.folder, &file)?;
            }
        }
        Ok(())
    }

    /// Brings the files of a study that BIDS has names for up to date: those of its stage map, or none.
    ///
    /// # Errors
    /// When they can't be written.
    pub(super) fn publish(&self, study: &str, has_map: bool) -> Outcome {
        let folder = self.folder.join(session_folder(study)).join("anat");
        let map = |ending: &str| format!("{study}_seg-hematomaStage_dseg.{ending}");
        let mask = |ending: &str| format!("{study}_label-hematoma_mask.{ending}");
        let names = [map("nii.gz"), map("json"), map("tsv"), mask("nii.gz"), mask("json")];
        if !has_map {
            return stale::remove(&folder, &names, self.folder);
        }
        let of_map = json!({
            "Description": "Stage of each voxel of the hematoma by its signal on T1 and T2, on the grid of the hematoma's mask",
            "Sources": self.sources(study, &Role::ALL),
            "SpatialReference": self.sources(study, &[Role::Hematoma])[0],
        });
        let of_mask = json!({
            "Description": "The hematoma's mask that was staged",
            "Type": "Lesion",
            "Sources": self.sources(study, &[Role::Hematoma]),
            "SpatialReference": self.sources(study, &[Role::Hematoma])[0],
        });
        let results = self.folder.join(Layout::Bids.study(study));
        let read = |name: &str| {
            fs::read(results.join(name)).map_err(|error| {
                Failure::input(format!("{study}: {name} could not be read ({})", error.kind()))
            })
        };
        let contents = [
            read(MAP)?,
            indented(&without_nulls(of_map)).into_bytes(),
            read(MAP_LABELS)?,
            read(MASK)?,
            indented(&without_nulls(of_mask)).into_bytes(),
        ];
        let files: Vec<(String, Vec<u8>)> = names.into_iter().zip(contents).collect();
        if are_there(&folder, &files) && !OutputFolder::is_unfinished(&folder) {
            return Ok(());
        }
        put(&folder, &files)
    }

    /// The files of these roles as BIDS URIs; null where none can be named.
    fn sources(&self, study: &str, roles: &[Role]) -> Value {
        let files = self.sources.get(study).filter(|_| self.link.is_some());
        let uris = roles.iter().filter_map(|role| files?.get(role)).map(|path| format!("bids:{RAW}:{path}"));
        let uris: Vec<String> = uris.collect();
        if uris.is_empty() { Value::Null } else { json!(uris) }
    }
}

/// What BIDS has no name for. A folder is named without `/`, or validators do not find it.
fn ignored() -> String {
    let tables = table_names();
    let followups = [followup_table::FILE_NAME, followup_table::DICTIONARY_NAME];
    let page = [METHODS_FILE, INDEX_FILE];
    let names = [OWN_FOLDER].into_iter().chain(tables).chain(followups).chain(page).chain(PARQUET_FILES);
    names.collect::<Vec<_>>().join("\n") + "\n"
}

/// The description in a folder, if there is one that can be read.
fn description(folder: &Path) -> Option<Value> {
    let path = folder.join(DESCRIPTION);
    let is_small = fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() < MAX_BYTES);
    let bytes = is_small.then(|| fs::read(&path).ok()).flatten();
    let is_there = path.symlink_metadata().is_ok();
    is_there.then(|| bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or(Value::Null))
}

/// The way from the derivative to its dataset where that only leads upward, else the dataset's DOI.
fn link(dataset: &Path, folder: &Path) -> Option<String> {
    let up = || {
        let below = folder.canonicalize().ok()?;
        let below = below.strip_prefix(dataset.canonicalize().ok()?).ok()?;
        Some(vec![".."; below.components().count()].join("/"))
    };
    let doi = || description(dataset)?["DatasetDOI"].as_str().map(str::to_owned);
    up().or_else(doi)
}

/// A file's path from the dataset's folder; `None` outside it.
fn below(dataset: &Path, path: &Path) -> Option<String> {
    let below = match path.strip_prefix(dataset) {
        Ok(below) => below.to_owned(),
        Err(_) => PathBuf::from(relative(path, Some(dataset))),
    };
    let parts: Option<Vec<&str>> = below
        .components()
        .map(|part| match part {
            Component::Normal(part) => part.to_str(),
            _ => None,
        })
        .collect();
    Some(parts?.join("/"))
}

fn indented(value: &Value) -> String {
    // a record of words always serializes
    serde_json::to_string_pretty(value).unwrap_or_default() + "\n"
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}

/// Whether files are there already, with these bytes.
fn are_there(folder: &Path, files: &[(String, Vec<u8>)]) -> bool {
    files.iter().all(|(name, bytes)| {
        let path = folder.join(name);
        let has_length = |found: fs::Metadata| found.is_file() && found.len() == bytes.len() as u64;
        path.symlink_metadata().is_ok_and(has_length) && fs::read(path).is_ok_and(|found| found == *bytes)
    })
}

/// Writes files whole, together.
fn put(folder: &Path, files: &[(String, Vec<u8>)]) -> Outcome {
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let mut output = OutputFolder::create_after_others(folder, &names, Overwrite::Replace)?;
    for (name, bytes) in files {
        output.add(name, |out| out.write_all(bytes))?;
    }
    Ok(output.complete()?)
}
