//! Nothing that identifies a patient, and no free text, comes out of a DICOM file: not in a report, not in a
//! map of stages, an error or a debug text.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use crate::dicom_parts::{
    beside::{Beside, Role, assert_private, worded},
    leaky::{self, STRAY},
    reader::{identifying, shows},
    secrets,
};
use flate2::read::GzDecoder;
use hemastage::{StageOptions, load::StudyFiles, stage};

/// Everything that the library says of a study: its report and map, or its error with all causes. The
/// second is whether it was read.
fn said(files: &StudyFiles, what: &str) -> (String, bool) {
    let study = match files.open() {
        Ok(study) => study,
        Err(error) => return (worded(&error, what), false),
    };
    let said = format!("{study:?}\n");
    match stage(&study, &StageOptions::default()) {
        Ok(staged) => {
            let mut map = Vec::new();
            staged.stage_map.write_nifti_gz(&mut map).unwrap();
            let mut bytes = Vec::new();
            GzDecoder::new(&map[..]).read_to_end(&mut bytes).unwrap();
            let report = staged.report.to_json();
            (format!("{said}{report}{staged:?}{}", String::from_utf8_lossy(&bytes)), true)
        }
        Err(error) => (said + &worded(&error, what), false),
    }
}

#[test]
fn secrets_stay_inside() {
    let beside = Beside::new();
    let inputs = leaky::inputs(&beside.folder(), &beside.scans);
    let (mut read, mut refused) = (0, 0);
    for (what, role, path) in &inputs {
        let (said, was_read) = said(&beside.files(*role, path.to_str().unwrap()), what);
        assert_private(&said, what);
        for stray in STRAY.split(' ') {
            assert!(!said.contains(stray), "{what}: {stray} shows: {said}");
        }
        *(if was_read { &mut read } else { &mut refused }) += 1;
    }
    println!("{read} read, {refused} refused");
    assert!(read >= 25 && refused >= 25, "{read} read, {refused} refused");
}

/// The label that a person typed may stand in an error; what the file says may not.
#[test]
fn secrets_are_where_they_are_looked_for() {
    let beside = Beside::new();
    let inputs = leaky::inputs(&beside.folder(), &beside.scans);
    let mut files: Vec<PathBuf> = Vec::new();
    for (_, _, path) in &inputs {
        all_files(path, &mut files);
    }
    let secrets = secrets::forbidden();
    assert!(secrets.len() > 50 && files.len() > 300);
    let mut unseen: Vec<&String> = secrets.iter().filter(|secret| !secret.contains([':', '-'])).collect();
    for file in files {
        let bytes = fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        unseen.retain(|secret| !text.contains(secret.as_str()));
        let found = identifying(&bytes);
        if text.contains("PID-4471-XQ") && !text.contains("1.2.840.10008.1.2.2") {
            assert!(found.iter().any(|value| value == "PID-4471-XQ"), "{found:?}");
            assert!(found.iter().any(|value| value == "Bronisława") && found.iter().any(|v| v == "20190823"));
        }
    }
    assert!(unseen.is_empty(), "never written: {unseen:?}");
}

fn all_files(path: &Path, found: &mut Vec<PathBuf>) {
    if path.is_dir() {
        let mut inside: Vec<PathBuf> =
            fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        inside.sort();
        for path in &inside {
            all_files(path, found);
        }
    } else {
        found.push(path.to_owned());
    }
}

/// Words that stand in headers and are ours too.
const OURS: [&str; 17] = [
    "spine", "cord", "none", "original", "unknown", "image", "dicom", "series", "axial", "sagittal",
    "segment", "label", "mask", "nifti", "array", "brain",
    // a time of day in one file and the number of a series in another
    "123456",
];

#[test]
fn texts_of_real_files_stay_inside() {
    let Some(data) = std::env::var_os("HEMASTAGE_DATA") else {
        eprintln!("skipped texts_of_real_files_stay_inside: HEMASTAGE_DATA is not set");
        return;
    };
    let beside = Beside::new();
    let (usual, _) = said(&beside.files(Role::Image, &beside.file("t2.nii.gz")), "NIfTI");
    let mut paths = Vec::new();
    all_files(Path::new(&data), &mut paths);
    let (mut files, mut values) = (0, 0);
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let dicom =
            bytes.get(128..132) == Some(b"DICM") || path.extension().is_some_and(|ending| ending == "dcm");
        if !dicom {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let foreign = |value: &String| {
            let ours = OURS.contains(&value.to_lowercase().as_str()) || usual.contains(value.as_str());
            !(ours || value.starts_with("1.2.840.10008.") || name.contains(value.as_str()))
        };
        let texts: Vec<String> = identifying(&bytes).into_iter().filter(foreign).collect();
        // as a file, and the folder that it lies in
        for given in [&*path, path.parent().unwrap()] {
            for role in [Role::Image, Role::Mask(""), Role::Mask(":1"), Role::LabelMap] {
                let (said, _) = said(&beside.files(role, given.to_str().unwrap()), &name);
                for text in &texts {
                    assert!(!shows(&said, text), "{name} as {role:?}: {text} shows: {said}");
                }
            }
        }
        (files, values) = (files + 1, values + texts.len());
    }
    println!("{values} texts of {files} files");
    assert!(
        files > 50 && values > 1000,
        "HEMASTAGE_DATA is set but holds {values} texts in {files} DICOM files"
    );
}
