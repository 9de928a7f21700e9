//! The sessions of a dataset, each with the files that are there for each role.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{
    BidsArgs,
    names::{Name, Role},
};
use crate::{
    batch::init::images,
    failure::{Failure, Outcome},
};

/// Where masks are by default.
const LABELS: &str = "derivatives/labels";
/// The folder of a session with its images.
const ANAT: &str = "anat";

/// Files by what they are.
pub(super) type Files = BTreeMap<Role, Vec<PathBuf>>;
/// The same by participant and session.
type AllFiles = BTreeMap<(String, Option<String>), Files>;

/// A session of a participant; a participant without sessions has one without a label.
#[derive(Debug)]
pub(super) struct Session {
    /// Without `sub-`.
    pub(super) subject: String,
    /// Without `ses-`.
    pub(super) label: Option<String>,
    /// The candidates for each role.
    pub(super) files: Files,
}

impl Session {
    /// The name of the study, which its files begin with.
    pub(super) fn study(&self) -> String {
        match &self.label {
            Some(label) => format!("sub-{}_ses-{label}", self.subject),
            None => format!("sub-{}", self.subject),
        }
    }
}

/// The sessions that are wanted, in order, and what was left out.
///
/// # Errors
/// When it is no dataset, or does not have what is wanted of it.
pub(super) fn of(args: &BidsArgs) -> Outcome<(Vec<Session>, Vec<String>)> {
    let subjects = subjects(&args.dataset)?;
    let wanted = chosen("--participant-label", "sub-", &args.participant_label, &subjects)?;
    let masks = mask_folders(args)?;
    let mut found = AllFiles::new();
    let (mut sessions_found, mut left) = (BTreeSet::new(), Vec::new());
    for subject in &wanted {
        let folder = format!("sub-{subject}");
        let before = found.len();
        for path in files_of(&args.dataset.join(&folder), &mut left)? {
            let place = place(&path, &args.dataset.join(&folder));
            if let Some((session, name)) = place
                && let Some(role) = name.image()
            {
                sessions_found.extend(session.clone());
                add(args, &mut found, (subject.clone(), session), (role, path));
            }
        }
        found.retain(|_, files| files.contains_key(&Role::T1) || files.contains_key(&Role::T2));
        if found.len() == before {
            left.push(format!("{folder}: no T1w and no T2w image in `{ANAT}`"));
        }
        for root in masks.iter().map(|root| root.join(&folder)).filter(|root| root.is_dir()) {
            for path in files_of(&root, &mut left)? {
                if let Some((session, name)) = place(&path, &root)
                    && let Some(role) = name.mask(&args.labels)
                    && found.contains_key(&(subject.clone(), session.clone()))
                {
                    add(args, &mut found, (subject.clone(), session), (role, path));
                }
            }
        }
    }
    let wanted = chosen("--session-label", "ses-", &args.session_label, &sessions_found)?;
    let is_wanted = |session: &Option<String>| {
        args.session_label.is_empty() || session.as_ref().is_some_and(|session| wanted.contains(session))
    };
    let sessions: Vec<Session> = found
        .into_iter()
        .filter(|((_, session), _)| is_wanted(session))
        .map(|((subject, label), files)| Session { subject, label, files })
        .collect();
    if sessions.is_empty() {
        return Err(Failure::input(
            "no T1w and no T2w image of these participants: expected names such as `sub-01/anat/sub-01_T2w.nii.gz`",
        ));
    }
    Ok((sessions, left))
}

/// Adds a file unless a filter of its role excludes it.
fn add(
    args: &BidsArgs,
    found: &mut AllFiles,
    session: (String, Option<String>),
    (role, path): (Role, PathBuf),
) {
    let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let admits = |name: &Name<'_>| {
        args.filter.iter().filter(|filter| filter.role == role).all(|filter| filter.admits(name))
    };
    let of_session = found.entry(session).or_default();
    if Name::of(&file).is_some_and(|name| admits(&name)) {
        of_session.entry(role).or_default().push(path);
    }
}

/// The labels of the participants, by their folders.
fn subjects(dataset: &Path) -> Outcome<BTreeSet<String>> {
    let entries = fs::read_dir(dataset).map_err(|error| {
        Failure::input(format!("BIDS_DIR: the dataset could not be read ({})", error.kind()))
    })?;
    let folders = entries.flatten().filter(|entry| entry.path().is_dir());
    let subjects: BTreeSet<String> = folders
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("sub-").map(str::to_owned))
        .filter(|label| !label.is_empty())
        .collect();
    if subjects.is_empty() {
        return Err(Failure::input("BIDS_DIR: no folder `sub-…`: expected a BIDS dataset"));
    }
    Ok(subjects)
}

/// Those of the labels that are wanted; all by default.
fn chosen(
    option: &str,
    prefix: &str,
    wanted: &[String],
    all: &BTreeSet<String>,
) -> Outcome<BTreeSet<String>> {
    if wanted.is_empty() {
        return Ok(all.clone());
    }
    let wanted: BTreeSet<String> =
        wanted.iter().map(|label| label.strip_prefix(prefix).unwrap_or(label).to_owned()).collect();
    let missing: Vec<String> = wanted.difference(all).map(|label| format!("{prefix}{label}")).collect();
    if missing.is_empty() {
        return Ok(wanted);
    }
    Err(Failure::usage(format!("{option}: not in the dataset: {}", missing.join(", "))))
}

/// The folders of derivatives with masks.
fn mask_folders(args: &BidsArgs) -> Outcome<Vec<PathBuf>> {
    if args.derivatives.is_empty() {
        return Ok(vec![args.dataset.join(LABELS)]);
    }
    // a name in front is for other programs
    let folder = |given: &PathBuf| match given.to_str().and_then(|text| text.split_once('=')) {
        Some((_, path)) if !given.exists() => PathBuf::from(path),
        _ => given.clone(),
    };
    let folders: Vec<PathBuf> = args.derivatives.iter().map(folder).collect();
    match folders.iter().position(|folder| !folder.is_dir()) {
        None => Ok(folders),
        Some(n) => Err(Failure::usage(format!("--derivatives: folder {} is not there", n + 1))),
    }
}

/// The images below a folder.
fn files_of(folder: &Path, left: &mut Vec<String>) -> Outcome<Vec<PathBuf>> {
    let (files, more) = images(folder)?;
    if more {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        left.push(format!("{name}: too many files: the rest was not looked at"));
    }
    Ok(files)
}

/// The session and the name of an image in `anat` or `ses-…/anat` of a participant's folder.
fn place<'a>(path: &'a Path, participant: &Path) -> Option<(Option<String>, Name<'a>)> {
    let below = path.strip_prefix(participant).ok()?;
    let parts: Option<Vec<&str>> = below.iter().map(|part| part.to_str()).collect();
    let (session, file) = match parts?[..] {
        [ANAT, file] => (None, file),
        [session, ANAT, file] => (Some(session.strip_prefix("ses-")?.to_owned()), file),
        _ => return None,
    };
    Some((session, Name::of(file)?))
}
