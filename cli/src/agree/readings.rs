//! The readings of two folders: of one study each, or of batches joined by the names of their studies.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use hemastage::{ErrorKind, Result, Roi, agreement::Reading, batch::REPORT_FILE};
use hemastage_image::{Limits, MaskReader, dicom::SegmentChoice, file_name, open_regular};

use crate::{
    failure::{Outcome, refusal},
    results::MAP,
};

/// No report is larger.
const MAX_REPORT_BYTES: u64 = 64 << 20;
/// What a study without a name is called.
const ONE: &str = "study";

/// Two folders with the studies that both have.
pub(super) struct Pairs {
    a: PathBuf,
    b: PathBuf,
    is_batch: bool,
    pub(super) common: Vec<String>,
    pub(super) only_a: usize,
    pub(super) only_b: usize,
}

impl Pairs {
    /// # Errors
    /// When a folder has no results, one is of a study and the other of a batch, or they have no study in common.
    pub(super) fn of(a: &Path, b: &Path) -> Outcome<Self> {
        let (in_a, in_b) = (studies(a)?, studies(b)?);
        let pairs = |is_batch, common: Vec<String>, only_a, only_b| Self {
            a: a.to_owned(),
            b: b.to_owned(),
            is_batch,
            common,
            only_a,
            only_b,
        };
        match (in_a, in_b) {
            (Studies::One, Studies::One) => Ok(pairs(false, vec![ONE.into()], 0, 0)),
            (Studies::Many(in_a), Studies::Many(in_b)) => {
                let common: Vec<String> = in_a.intersection(&in_b).cloned().collect();
                if common.is_empty() {
                    let text = "the two folders have no study in common: studies are joined by their names";
                    return Err(refusal(ErrorKind::Parameter, text).into());
                }
                let (only_a, only_b) = (in_a.len() - common.len(), in_b.len() - common.len());
                Ok(pairs(true, common, only_a, only_b))
            }
            _ => {
                let text = "one folder has the results of a study and the other those of a batch: give two of a kind";
                Err(refusal(ErrorKind::Parameter, text).into())
            }
        }
    }

    fn folders(&self, name: &str) -> [PathBuf; 2] {
        [&self.a, &self.b].map(|folder| if self.is_batch { folder.join(name) } else { folder.clone() })
    }

    /// Both readings of a study.
    pub(super) fn readings(&self, name: &str) -> Result<(Reading, Reading)> {
        let [a, b] = self.folders(name);
        Ok((reading(&a)?, reading(&b)?))
    }

    /// All files that are read.
    pub(super) fn files(&self) -> impl Iterator<Item = (&'static str, PathBuf)> + '_ {
        let folders = self.common.iter().flat_map(|name| self.folders(name));
        folders.flat_map(|folder| [("a report", folder.join(REPORT_FILE)), ("a stage map", folder.join(MAP))])
    }
}

enum Studies {
    One,
    Many(BTreeSet<String>),
}

/// What a folder holds.
fn studies(folder: &Path) -> Outcome<Studies> {
    if folder.join(REPORT_FILE).is_file() {
        return Ok(Studies::One);
    }
    let unread = |error: io::Error| {
        let text = format!("a folder of results could not be read ({})", error.kind());
        refusal(ErrorKind::Io, text)
    };
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(unread)?.flatten() {
        if entry.path().join(REPORT_FILE).is_file()
            && let Ok(name) = entry.file_name().into_string()
        {
            names.insert(name);
        }
    }
    if names.is_empty() {
        let text = format!(
            "no `{REPORT_FILE}` in a folder, nor in a folder of it: give results of `hemastage stage` or `hemastage batch`"
        );
        return Err(refusal(ErrorKind::Parameter, text).into());
    }
    Ok(Studies::Many(names))
}

fn reading(folder: &Path) -> Result<Reading> {
    let unread = |error: io::Error| {
        let text = format!("its report could not be read ({})", error.kind());
        refusal(ErrorKind::Io, text).at(file_name(folder))
    };
    let Some((file, _)) = open_regular(&folder.join(REPORT_FILE)).map_err(unread)? else {
        return Err(unread(io::ErrorKind::InvalidInput.into()));
    };
    let mut text = String::new();
    file.take(MAX_REPORT_BYTES).read_to_string(&mut text).map_err(unread)?;
    let reading = Reading::from_json(&text).map_err(|error| error.at(file_name(folder)))?;
    let map = folder.join(MAP);
    Ok(if map.is_file() { reading.with_map(mask(&map)?) } else { reading })
}

/// The voxels of a stage map that are not 0.
fn mask(path: &Path) -> Result<Roi> {
    let reader = MaskReader::open(path, None, Limits::default())?;
    let every = SegmentChoice::All;
    let mut found = reader.read(&[&every], false, &[])?;
    let first = found.regions.remove(0)?;
    Ok(first.0)
}
