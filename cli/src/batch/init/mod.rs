//! `batch --init`: a starting manifest of the images and masks in a folder, by their names.
//!
//! Nothing is opened: a role and a study are read from names alone, and what is ambiguous is listed, not guessed.

mod names;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::{self, Write as _},
    path::{Component, Path, PathBuf},
};

use csv::WriterBuilder;
use hemastage_image::text::printable;

use self::names::{Place, Role, place};
use crate::failure::{Failure, Outcome};

/// Maximum number of files and folders that are looked at.
const MAX_ENTRIES: usize = 1 << 20;
/// Maximum number of lines about what was left out.
const MAX_LINES: usize = 50;

/// Files of one study by their roles; two of one role are for the user to choose from.
type Files = BTreeMap<Role, Vec<PathBuf>>;

/// Writes the manifest to a file, or to standard output.
pub(super) fn run(folder: &Path, output: Option<&Path>, force: bool) -> Outcome {
    let (files, more) = images(folder)?;
    let mut studies: BTreeMap<String, (Place, Files)> = BTreeMap::new();
    let mut left: Vec<String> = Vec::new();
    for path in files {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let name = below.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match place(below) {
            Some((place, role)) => {
                let study = studies.entry(place.study.clone()).or_insert_with(|| (place, Files::new()));
                study.1.entry(role).or_default().push(path);
            }
            None => left.push(format!("{name}: no role in its name")),
        }
    }
    let is_study = |files: &Files| [Role::T1, Role::T2].iter().all(|role| files.contains_key(role));
    let (rows, alone): (Vec<_>, Vec<_>) = studies.into_iter().partition(|(_, (_, files))| is_study(files));
    for (study, (_, files)) in &alone {
        let found: Vec<&str> = files.keys().map(|role| role.column()).collect();
        left.push(format!("{study}: {} alone, expected t1 and t2", found.join(", ")));
    }
    if more {
        left.push(format!("more than {MAX_ENTRIES} files and folders: the rest was not looked at"));
    }
    if rows.is_empty() {
        list(&left);
        return Err(Failure::input(
            "no T1 and T2 of one study found: expected names such as `P01/t1.nii.gz` or `sub-01_T1w.nii.gz`",
        ));
    }
    let base = output.map(|output| output.parent().unwrap_or(Path::new("")));
    let text = table(&rows, base, &mut left).map_err(io::Error::from)?;
    match output {
        None => anstream::stdout().lock().write_all(text.as_bytes())?,
        Some(path) => write(path, &text, force)?,
    }
    let n = rows.len();
    drop(writeln!(anstream::stderr(), "{n} {}", if n == 1 { "study" } else { "studies" }));
    list(&left);
    Ok(())
}

/// The image files below a folder, in order, and whether there are more than may be looked at. DICOM is left out.
pub(super) fn images(folder: &Path) -> Outcome<(Vec<PathBuf>, bool)> {
    let mut open = vec![folder.to_owned()];
    let (mut found, mut n) = (Vec::new(), 0);
    while let Some(next) = open.pop() {
        let entries = match fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) if next == folder => {
                return Err(Failure::input(format!("the folder could not be read ({})", error.kind())));
            }
            // one that cannot be read stops nothing
            Err(_) => continue,
        };
        for entry in entries.flatten() {
            n += 1;
            if n > MAX_ENTRIES {
                found.sort();
                return Ok((found, true));
            }
            let (path, kind) = (entry.path(), entry.file_type());
            if kind.as_ref().is_ok_and(fs::FileType::is_dir) {
                open.push(path);
            } else if kind.is_ok() && names::is_image(&entry.file_name().to_string_lossy()) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok((found, false))
}

/// The manifest's text. What is missing or there twice is added to what is listed.
fn table(
    rows: &[(String, (Place, Files))],
    base: Option<&Path>,
    left: &mut Vec<String>,
) -> Result<String, csv::Error> {
    let found: BTreeSet<Role> = rows.iter().flat_map(|(_, (_, files))| files.keys().copied()).collect();
    let roles: Vec<Role> =
        Role::ALL.into_iter().filter(|role| role.is_usual() || found.contains(role)).collect();
    let has_visits = rows.iter().any(|(_, (place, _))| place.visit.is_some());
    let mut out = WriterBuilder::new().from_writer(Vec::new());
    let visits: &[&str] = if has_visits { &["patient", "visit"] } else { &[] };
    let columns = roles.iter().map(|role| role.column());
    out.write_record(["study"].iter().chain(visits).copied().chain(columns).chain(["onset_h"]))?;
    for (study, (place, files)) in rows {
        let mut cells = vec![study.clone()];
        if has_visits {
            cells.extend([place.patient.clone(), place.visit.clone()].map(Option::unwrap_or_default));
        }
        for role in &roles {
            let of_role = files.get(role).map_or(&[][..], Vec::as_slice);
            match of_role {
                [one] => cells.push(relative(one, base)),
                [] if role.is_usual() => left.push(format!("{study}: no {}", role.column())),
                [] => {}
                many => left.push(format!(
                    "{study}: {} files could be {}: {}",
                    many.len(),
                    role.column(),
                    file_names(many)
                )),
            }
            if of_role.len() != 1 {
                cells.push(String::new());
            }
        }
        cells.push(String::new());
        out.write_record(&cells)?;
    }
    let bytes = out.into_inner().map_err(|error| csv::Error::from(io::Error::from(error.error().kind())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub(super) fn file_names(paths: &[PathBuf]) -> String {
    let name = |path: &PathBuf| path.file_name().map(|name| name.to_string_lossy().into_owned());
    paths.iter().filter_map(name).collect::<Vec<_>>().join(", ")
}

/// A path from the manifest's folder, or as it was found where the manifest has none.
pub(super) fn relative(path: &Path, base: Option<&Path>) -> String {
    let absolute =
        |path: &Path| if path.as_os_str().is_empty() { Path::new(".") } else { path }.canonicalize();
    let below = base.and_then(|base| {
        let (path, base) = (absolute(path).ok()?, absolute(base).ok()?);
        let common = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
        let up = base.components().skip(common).map(|_| Component::ParentDir);
        Some(up.chain(path.components().skip(common)).collect::<PathBuf>())
    });
    below.unwrap_or_else(|| path.to_owned()).to_string_lossy().into_owned()
}

fn write(path: &Path, text: &str, force: bool) -> Outcome {
    let name = hemastage_image::file_name(path);
    let mut options = fs::OpenOptions::new();
    options.write(true).create(force).create_new(!force).truncate(force);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("{name}: already exists: choose another name, or replace it with --force"))
        }
        kind => Failure::input(format!("{name}: could not be written ({kind})")),
    })
}

/// What was left out, a line each.
pub(super) fn list(left: &[String]) {
    let mut out = anstream::stderr();
    for line in left.iter().take(MAX_LINES) {
        // where standard error is closed, nobody can be notified
        drop(writeln!(out, "left out: {}", printable(line)));
    }
    if left.len() > MAX_LINES {
        drop(writeln!(out, "left out: {} more", left.len() - MAX_LINES));
    }
}
