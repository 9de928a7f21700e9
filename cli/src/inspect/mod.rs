//! `inspect`: describes what files hold, or the files in folders.

mod dicom;
mod volume;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use hemastage::{Error, ErrorKind, io::is_dicom};
use hemastage_image::text::{printable_json, quoted};
use serde::Serialize;

use crate::{
    failure::{Failure, INPUT, Outcome, print_error, refusal},
    progress::Progress,
    theme::Theme,
};

/// Options of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// NIfTI, NRRD, MetaImage or DICOM files, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Endings of the files other than DICOM that a folder is searched for; an `.img` comes with its `.hdr`.
const ENDINGS: [&str; 8] = [".nii", ".nii.gz", ".hdr", ".hdr.gz", ".nrrd", ".nhdr", ".mha", ".mhd"];

/// Maximum number of files and folders that a search goes through.
const MAX_FILES: usize = 1 << 20;

/// Describes every file. One that cannot be read does not stop the others.
pub(crate) fn run(args: &InspectArgs) -> Outcome {
    let theme = Theme::of_stdout();
    let mut out = anstream::stdout().lock();
    let mut found = Vec::new();
    for (n, path) in args.paths.iter().enumerate() {
        let prefix = if args.paths.len() > 1 { format!("path {}: ", n + 1) } else { String::new() };
        for entry in entries(path, &prefix) {
            match &entry {
                Entry::Failed { error, .. } => print_error(error),
                Entry::Volume(record) if !args.json => volume::print(&mut out, record, theme)?,
                Entry::Dicom(record) if !args.json => dicom::print(&mut out, record)?,
                Entry::Volume(_) | Entry::Dicom(_) => {}
            }
            found.push(entry);
        }
    }
    if args.json {
        let json = serde_json::to_string_pretty(&found).map_err(io::Error::from)?;
        writeln!(out, "{}", printable_json(&json))?;
    }
    out.flush()?;
    let failed = found.iter().any(|entry| matches!(entry, Entry::Failed { .. }));
    if failed { Err(Failure::Printed(INPUT)) } else { Ok(()) }
}

/// What the paths hold as JSON.
///
/// # Errors
/// The first about a path, where nothing else was found.
pub(crate) fn json(args: &InspectArgs) -> Outcome<String> {
    let found: Vec<Entry> = args.paths.iter().flat_map(|path| entries(path, "")).collect();
    if found.iter().all(|entry| matches!(entry, Entry::Failed { .. }))
        && let Some(Entry::Failed { name, error, kind }) = found.first()
    {
        let text = error.strip_prefix(&format!("{name}: ")).unwrap_or(error);
        let error = refusal(*kind, text);
        return Err(if name.is_empty() { error } else { error.at(name) }.into());
    }
    Ok(printable_json(&serde_json::to_string(&found).map_err(io::Error::from)?))
}

/// A file or a series as it is printed.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Entry {
    Volume(Box<volume::Record>),
    Dicom(Box<dicom::Record>),
    Failed {
        name: String,
        error: String,
        #[serde(skip)]
        kind: ErrorKind,
    },
}

impl Entry {
    fn failed(error: &Error) -> Self {
        Self::Failed {
            name: error.place().unwrap_or_default().into(),
            error: error.to_string(),
            kind: error.kind(),
        }
    }
}

/// What a path holds: a file, or a folder's images by path and its DICOM series by number.
fn entries(path: &Path, prefix: &str) -> Vec<Entry> {
    let failed = |error: String| {
        vec![Entry::Failed { name: String::new(), error: format!("{prefix}{error}"), kind: ErrorKind::Io }]
    };
    if let Some(series) = series_of_folder(path) {
        return failed(format!(
            "`#{series}` chooses a series: give the folder alone, all of it is described"
        ));
    }
    let _progress = Progress::start("reading");
    if !path.is_dir() {
        return if is_dicom(path) { dicom(path) } else { vec![volume(path)] };
    }
    let files = match images_in(path) {
        Ok(files) => files,
        Err(error) => {
            return failed(format!("the folder could not be read ({error}): check its permissions"));
        }
    };
    let mut found: Vec<Entry> = files.iter().map(|file| volume(file)).collect();
    match dicom::read(path) {
        Ok(records) => found.extend(records.into_iter().map(|record| Entry::Dicom(Box::new(record)))),
        // an archive, say, next to images
        Err(_) if !found.is_empty() => {}
        Err(error) => found.push(Entry::failed(&error)),
    }
    if found.is_empty() {
        return failed(format!(
            "the folder holds no image: expected DICOM files, or files that end in {}, also in folders in it",
            ENDINGS.join(", ")
        ));
    }
    found
}

/// What stands behind a folder to choose a series of it, as in `folder#5`.
fn series_of_folder(path: &Path) -> Option<String> {
    let text = path.to_str().filter(|_| !path.exists())?;
    let (folder, series) = text.rsplit_once('#')?;
    Path::new(folder).is_dir().then(|| quoted(series))
}

fn volume(path: &Path) -> Entry {
    volume::Record::read(path)
        .map_or_else(|error| Entry::failed(&error), |record| Entry::Volume(Box::new(record)))
}

fn dicom(path: &Path) -> Vec<Entry> {
    match dicom::read(path) {
        Ok(records) => records.into_iter().map(|record| Entry::Dicom(Box::new(record))).collect(),
        Err(error) => vec![Entry::failed(&error)],
    }
}

/// The images in a folder and the folders in it, as of a BIDS data set, by path. Hidden files, such as `._t1.nii.gz` of
/// macOS, and links to folders are skipped.
fn images_in(first: &Path) -> io::Result<Vec<PathBuf>> {
    let (mut folders, mut found, mut seen) = (vec![first.to_owned()], Vec::new(), 0);
    while let Some(folder) = folders.pop() {
        let entries = match folder.read_dir() {
            Err(error) if folder == first => return Err(error),
            // told with the DICOM files in it
            Err(_) => continue,
            Ok(entries) => entries,
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().to_lowercase();
            seen += 1;
            if seen > MAX_FILES {
                return Err(io::Error::other(format!("more than {MAX_FILES} files")));
            }
            if name.starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if ENDINGS.iter().any(|ending| name.ends_with(ending)) && !entry.path().is_dir() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}
