//! `agree`: two readings of a study, and of a batch.

use std::fs;

use serde_json::Value;

use crate::{
    bench::{Bench, PATIENT, STUDY},
    nifti::{Nifti, voxels},
};

/// The hematoma's mask without its first voxels.
fn smaller(bench: &Bench) -> String {
    let mut left = 60;
    let cut = voxels(&STUDY.hematoma).into_iter().map(|voxel| {
        let is_cut = voxel == 1 && left > 0;
        left -= usize::from(is_cut);
        if is_cut { 0 } else { voxel }
    });
    bench.add("smaller.nii", &Nifti::u8(&STUDY.mask_grid, cut.collect::<Vec<_>>()))
}

#[test]
fn readings_of_a_study_are_compared() {
    let bench = Bench::new();
    let other = smaller(&bench);
    assert_eq!(bench.stage(&[("-o", "one")], &[]).code, 0);
    assert_eq!(bench.stage(&[("-o", "two"), ("--hematoma", &other)], &[]).code, 0);
    let run = bench.run(&["agree", "one", "two", "-o", "agreement"]);
    assert_eq!((run.code, &*run.stderr), (0, ""));
    assert!(run.stdout.contains("study: Dice 0.9"), "{}", run.stdout);
    let files = [
        "agreement.html",
        "agreement.json",
        "agreement.png",
        "agreement.svg",
        "agreements.json",
        "agreements.tsv",
    ];
    assert_eq!(bench.names("agreement"), files);
    let text = fs::read_to_string(bench.folder.join("agreement/agreement.json")).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    assert!(!text.contains(PATIENT));
    let study = &found["studies"][0];
    let n = voxels(&STUDY.hematoma).into_iter().filter(|voxel| *voxel == 1).count() as f64;
    let dice = 2.0 * (n - 60.0) / (2.0 * n - 60.0);
    assert!((study["overlap"]["dice"].as_f64().unwrap() - dice).abs() < 1e-6);
    assert!(study["volume_mm3"]["difference"].as_f64().unwrap() < 0.0);
    assert_eq!(found["overall"]["volume_mm3"]["icc"], Value::Null);

    let same = bench.run(&["agree", "one", "one", "--json"]).json();
    assert_eq!(same["studies"][0]["overlap"]["dice"], 1.0);
    assert_eq!(same["studies"][0]["overlap"]["surface_p95_mm"], 0.0);
}

#[test]
fn what_cannot_be_compared_is_said() {
    let bench = Bench::new();
    assert_eq!(bench.stage(&[("-o", "one")], &[]).code, 0);
    fs::create_dir_all(bench.folder.join("batch")).unwrap();
    fs::rename(bench.folder.join("one"), bench.folder.join("batch/P1")).unwrap();
    assert_eq!(bench.stage(&[("-o", "one")], &[]).code, 0);
    fs::create_dir(bench.folder.join("empty")).unwrap();
    for (a, b, code, text) in [
        ("one", "batch", 2, "give two of a kind"),
        ("one", "empty", 2, "no `report.json` in a folder"),
        ("one", "nowhere", 1, "could not be read"),
    ] {
        let run = bench.run(&["agree", a, b, "--json"]);
        assert!(run.code == code && run.stderr.contains(text), "{a} {b}: {}", run.stderr);
    }
}
