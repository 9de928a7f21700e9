//! `stage` of a visit whose hematoma is gone, and the time of a visit.

use std::fs;

use serde_json::Value;

use crate::{
    bench::{Bench, STUDY},
    nifti::Nifti,
};

const NONE: (&str, &str) = ("--hematoma", "");

/// An empty mask in the bench's folder.
fn empty_mask(bench: &Bench) -> String {
    bench.add("empty.nii", &Nifti::u8(&STUDY.mask_grid, vec![0; STUDY.mask_grid.voxels()]))
}

#[test]
fn all_that_needs_no_blood_is_measured() {
    let bench = Bench::new();
    let vertebrae = bench.path("vertebrae.nii.gz");
    let levels = ["--vertebrae", &vertebrae, "--scheme", "sct"];
    let run = bench.stage(&[NONE], &[&levels[..], &["--no-hematoma", "--visit-time", "20d"]].concat());
    assert_eq!((run.code, &*run.stderr), (0, ""));
    assert!(run.stdout.starts_with("hematoma    none at this time"), "{}", run.stdout);
    assert_eq!(bench.names("out"), ["report.json"]);
    let report = bench.report();
    assert_eq!(report["schema"], "hemastage/no-hematoma/1");
    for key in ["hematoma", "stage", "mixed_phase"] {
        assert_eq!(report[key], Value::Null);
        assert_eq!(report["reasons"][key], "no hematoma at this time");
    }
    assert_eq!(report["levels"]["span"], Value::Null);
    assert_eq!(report["visit"]["hours_since_first"], 480.0);
    // the reference is that of the whole cord, which the hematoma touches nowhere
    assert_eq!(bench.stage(&[("-o", "staged")], &levels).code, 0);
    let staged = bench.report_in("staged");
    assert_eq!(report["reference"]["t2"]["median"], staged["reference"]["t2"]["median"]);
    let levels = report["shape"]["cord_t2"].as_array().unwrap();
    assert!(!levels.is_empty());
    assert_eq!(staged["shape"]["cord_t2"].as_array().unwrap(), levels);
}

#[test]
fn an_empty_mask_is_let_through_on_purpose_alone() {
    let bench = Bench::new();
    let empty = empty_mask(&bench);
    let run = bench.stage(&[("--hematoma", &empty)], &[]);
    assert_eq!(run.code, 1);
    let hint = "where the images show no hematoma, say so with `--no-hematoma`";
    assert!(
        run.stderr.contains("empty.nii: the mask is empty") && run.stderr.contains(hint),
        "{}",
        run.stderr
    );
    assert_eq!(bench.stage(&[("--hematoma", &empty)], &["--no-hematoma"]).code, 0);
    let hematoma = bench.path("hematoma.nii.gz");
    let run = bench.stage(&[("--hematoma", &hematoma), ("-o", "other")], &["--no-hematoma"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("hematoma.nii.gz: the mask of the hematoma has "), "{}", run.stderr);
    // one of two labels that is there
    let run = bench.stage(&[("--hematoma", &format!("{hematoma}:1,9")), ("-o", "other")], &["--no-hematoma"]);
    assert!(run.code == 1 && run.stderr.contains("no voxel labeled 9"), "{}", run.stderr);
    // a cord that is empty is not meant
    let run = bench.stage(&[NONE, ("--cord", &empty), ("-o", "other")], &["--no-hematoma"]);
    assert_eq!(run.code, 1);
    assert!(!run.stderr.contains("--no-hematoma"), "{}", run.stderr);
    let run = bench.stage(&[NONE, ("-o", "other")], &[]);
    assert!(run.code == 2 && run.stderr.contains("--hematoma"), "{}", run.stderr);
    let run = bench.stage(&[NONE, ("-o", "other")], &["--no-hematoma", "--write", "map"]);
    assert!(run.code == 2 && run.stderr.contains("only a report"), "{}", run.stderr);
}

#[test]
fn a_date_leaves_hours_alone() {
    let bench = Bench::new();
    let with_day0 = ["--visit-time", "2031-05-08T12:00", "--day0", "2031-05-06"];
    assert_eq!(bench.stage(&[], &with_day0).code, 0);
    assert_eq!(bench.report()["visit"]["hours_since_first"], 60.0);
    for (name, bytes) in bench.names("out").iter().map(|name| (name, bench.folder.join("out").join(name))) {
        let bytes = fs::read(bytes).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"2031-05"), "{name}");
    }
    for (more, text) in [
        (&["--visit-time", "2031-05-08T12:00"][..], "day0"),
        (&["--visit-time", "2031-05-08"], "cannot be read"),
        (&["--visit-time", "2d", "--day0", "May 2031"], "day 0 cannot be read"),
        (&["--visit-time", "2031-05-05T12:00", "--day0", "2031-05-06"], "12.0 h before day 0"),
        (&["--day0", "2031-05-06"], "neither image has the time of its scan"),
    ] {
        let run = bench.stage(&[("-o", "other")], more);
        assert_eq!(run.code, 2, "{more:?}: {}", run.stderr);
        assert!(run.stderr.contains(text) && !run.stderr.contains("2031"), "{more:?}: {}", run.stderr);
    }
}
