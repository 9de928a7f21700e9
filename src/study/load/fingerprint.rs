//! One hash over every file that opening a study may read.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use hemastage_image::{error::Result, files_of, is_dicom, sidecar};
use sha2::{Digest, Sha256};

use super::{
    ReferenceFile, StudyFiles, VertebraeFile,
    content::{digest, hex},
};

/// The SHA-256 of the files of a study, their names and their roles.
pub(super) fn of(study: &StudyFiles) -> Result<String> {
    let mut hasher = Sha256::new();
    for (role, path) in paths(study) {
        let mut files = files_of(path, study.limits).map_err(|error| error.at(role))?;
        files.extend(sidecar_of(role, path));
        add(&mut hasher, role.as_bytes());
        hasher.update((files.len() as u64).to_le_bytes());
        for file in files {
            add(&mut hasher, name(&file, path).as_os_str().as_encoded_bytes());
            add(&mut hasher, &contents(&file)?);
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// The paths that the caller named, each with its role.
fn paths(study: &StudyFiles) -> Vec<(&'static str, &Path)> {
    let mut paths =
        vec![("t1", &*study.t1.path), ("t2", &*study.t2.path), ("hematoma", &*study.hematoma.image.path)];
    match &study.reference {
        ReferenceFile::Cord(mask) => paths.push(("cord", &mask.image.path)),
        ReferenceFile::Tissue { mask, .. } => paths.push(("reference", &mask.image.path)),
        ReferenceFile::Values { .. } => {}
    }
    paths.extend(study.canal.as_ref().map(|mask| ("canal", &*mask.image.path)));
    paths.extend(study.vertebrae.as_ref().map(|file| match file {
        VertebraeFile::Map { map, .. } => ("vertebrae", &*map.path),
        VertebraeFile::Landmarks(path) => ("landmarks", &**path),
    }));
    paths
}

/// The sidecar of T1 or T2; no other file has one that is read.
fn sidecar_of(role: &str, path: &Path) -> Option<PathBuf> {
    let is_read = matches!(role, "t1" | "t2") && !is_dicom(path);
    is_read.then(|| sidecar::path_of(path)).flatten().filter(|sidecar| sidecar.is_file())
}

/// A file's path relative to the folder that the caller named, or its name.
fn name<'a>(file: &'a Path, named: &Path) -> &'a Path {
    file.strip_prefix(named)
        .ok()
        .filter(|below| !below.as_os_str().is_empty())
        .or(file.file_name().map(Path::new))
        .unwrap_or(file)
}

/// The SHA-256 of a file; empty if it is not a regular file that can be opened.
fn contents(file: &Path) -> Result<Vec<u8>> {
    // asked before opening, which would wait for a writer if this is a pipe
    let is_file = fs::metadata(file).is_ok_and(|found| found.is_file());
    if !is_file || File::open(file).is_err() {
        return Ok(Vec::new());
    }
    Ok(digest(&[file])?.to_vec())
}

/// Adds the number of bytes, then the bytes, so that the border between two fields counts too.
fn add(hasher: &mut Sha256, bytes: &[u8]) {
    hasher.update((bytes.len() as u64).to_le_bytes());
    hasher.update(bytes);
}
