//! Nothing that identifies a patient, and no free text, comes out of a DICOM file: not in a report, not in a
//! map of stages, an error or a debug text.

use std::{
    collections::BTreeMap,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;
use hemastage::{StageOptions, load::StudyFiles, stage};

use crate::support::{
    dicom::{
        leaky::{self, STRAY},
        reader::{files_below, foreign_files, identifying},
        secrets,
        small_study::{Role, SmallStudy, assert_private, worded},
    },
    real_files::real_files,
};

/// Everything that the library says of a study, and whether it was read: its report and map, or its error with all
/// causes.
fn output(files: &StudyFiles, what: &str) -> (String, bool) {
    let study = match files.open() {
        Ok(study) => study,
        Err(error) => return (worded(&error, what), false),
    };
    let debug = format!("{study:?}\n");
    match stage(&study, &StageOptions::default()) {
        Ok(staged) => {
            let mut map = Vec::new();
            staged.stage_map.write_nifti_gz(&mut map).unwrap();
            let mut bytes = Vec::new();
            GzDecoder::new(&map[..]).read_to_end(&mut bytes).unwrap();
            let report = staged.report.to_json();
            (format!("{debug}{report}{staged:?}{}", String::from_utf8_lossy(&bytes)), true)
        }
        Err(error) => (debug + &worded(&error, what), false),
    }
}

#[test]
fn secrets_stay_inside() {
    let study = SmallStudy::new();
    let inputs = leaky::inputs(&study.folder(), &study.scans);
    let (mut read, mut refused) = (0, 0);
    for (what, role, path) in &inputs {
        let (output, was_read) = output(&study.files(*role, path.to_str().unwrap()), what);
        assert_private(&output, what);
        for stray in STRAY.split(' ') {
            assert!(!output.contains(stray), "{what}: {stray} shows: {output}");
        }
        *(if was_read { &mut read } else { &mut refused }) += 1;
    }
    println!("{read} read, {refused} refused");
    assert!(read >= 25 && refused >= 25, "{read} read, {refused} refused");
}

/// The label that a person typed may stand in an error; what the file says may not.
#[test]
fn secrets_are_where_they_are_looked_for() {
    let study = SmallStudy::new();
    let inputs = leaky::inputs(&study.folder(), &study.scans);
    let files: Vec<PathBuf> = inputs.iter().flat_map(|(_, _, path)| files_below(path)).collect();
    let secrets = secrets::forbidden();
    assert!(secrets.len() > 50 && files.len() > 300);
    let mut missing: Vec<&String> = secrets.iter().filter(|secret| !secret.contains([':', '-'])).collect();
    for file in files {
        let bytes = fs::read(file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        missing.retain(|secret| !text.contains(secret.as_str()));
        let found = identifying(&bytes);
        if text.contains("PID-4471-XQ") && !text.contains("1.2.840.10008.1.2.2") {
            assert!(found.iter().any(|value| value == "PID-4471-XQ"), "{found:?}");
            assert!(found.iter().any(|value| value == "Bronisława") && found.iter().any(|v| v == "20190823"));
        }
    }
    assert!(missing.is_empty(), "never written: {missing:?}");
}

#[test]
fn texts_of_real_files_stay_inside() {
    let Some(data) = real_files("texts_of_real_files_stay_inside") else { return };
    let study = SmallStudy::new();
    let output = |role, path: &Path| output(&study.files(role, path.to_str().unwrap()), "a real file").0;
    let usual = output(Role::Image, Path::new(&study.file("t2.nii.gz")));
    let mut of_folders = BTreeMap::new();
    for file in foreign_files(&data, &usual, &["nifti", "array"]) {
        for role in [Role::Image, Role::Mask(""), Role::Mask(":1"), Role::LabelMap] {
            file.assert_hidden(&output(role, &file.path), &format!("as {role:?}"));
            let folder = file.path.parent().unwrap().to_owned();
            let of_folder =
                of_folders.entry((folder, role)).or_insert_with_key(|(path, _)| output(role, path));
            file.assert_hidden(of_folder, &format!("as {role:?}, by its folder"));
        }
    }
}
