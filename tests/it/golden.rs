//! The studies in `testdata/`: their reports are what they were, and agree with the truth.

use std::path::{Path, PathBuf};

use approx::abs_diff_eq;
use hemastage::{
    Report, StageOptions,
    load::{ImageFile, MaskFile, ReferenceFile, StudyFiles},
    stage,
};
use serde_json::Value;

use crate::support::json::assert_same_json;

fn folder(study: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata").join(study)
}

fn json(study: &str, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder(study).join(file)).unwrap()).unwrap()
}

fn staged(study: &str, onsets: &[&str]) -> Report {
    let file = |name: &str| folder(study).join(name);
    let files = StudyFiles::new(
        ImageFile::new(file("t1.nii.gz")),
        ImageFile::new(file("t2.nii.gz")),
        MaskFile::new(file("hematoma.nii.gz")),
        ReferenceFile::Cord(MaskFile::new(file("cord.nii.gz"))),
    )
    .with_onsets(onsets.iter().map(|text| text.parse().unwrap()));
    stage(&files.open().unwrap(), &StageOptions::default()).unwrap().report
}

fn golden(study: &str, onsets: &[&str], stages: &[&str]) {
    let report = staged(study, onsets);
    let mut found: Value = serde_json::from_str(&report.to_json()).unwrap();
    let mut kept = json(study, "report.json");
    for report in [&mut found, &mut kept] {
        report["software"]["version"] = Value::Null;
    }
    assert_same_json(&found, &kept, 1e-6, study);

    let truth = json(study, "truth.json");
    assert_eq!(truth["hematoma_voxels"].as_u64().unwrap(), report.hematoma.voxels as u64);
    let phases: Vec<&str> = report.mixed_phase.phases.iter().map(|phase| phase.stage.key()).collect();
    assert_eq!(phases, stages);
    for stage in stages {
        let share = truth["stages"][stage]["fraction"].as_f64().unwrap();
        let found = found["stage"]["fractions"][stage].as_f64().unwrap();
        let agree = abs_diff_eq!(share, found, epsilon = 0.15);
        assert!(agree, "{stage}: {found} of the core, {share} of the whole");
    }
}

#[test]
fn acute_oblique() {
    golden("acute-oblique", &["40h"], &["acute"]);
}

#[test]
fn late_subacute() {
    golden("late-subacute", &[], &["late_subacute"]);
}

#[test]
fn mixed() {
    golden("mixed", &["9d", "20h"], &["hyperacute", "late_subacute"]);
}
