//! `inspect`: what files hold.

use std::fs;

use crate::{
    bench::{Bench, STUDY},
    nifti::{Nifti, voxels},
    support::dicom::{
        file::{Syntax, file as dicom},
        seg::SegmentationType,
        small_study::SmallStudy,
        tags::NUMBER_OF_FRAMES,
    },
};

#[test]
fn a_folder_is_described_in_order_of_names() {
    let bench = Bench::new();
    let run = bench.run(&["inspect", bench.folder.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let names: Vec<&str> = run.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(names.len(), 9);
    assert!(names.is_sorted());
    assert!(run.stdout.contains("  format    nifti-1, int16, "));
    assert!(run.stdout.contains("  voxels    44 x 80 x 20, 1.2 x 1.2 x 1.5 mm"), "{}", run.stdout);
    assert!(run.stdout.contains("  axes      PIR (sform)"));
    let blood = STUDY.truth.hematoma_voxels;
    assert!(run.stdout.contains(&format!("  labels    1: {blood}\n")), "{}", run.stdout);
}

#[test]
fn json_describes_each_file() {
    let bench = Bench::new();
    let image = Nifti::i16(&STUDY.t1_grid, voxels(&STUDY.t1)).slope(0.5).unoriented();
    let image = bench.add("scaled.nii", &image);
    let found = bench.run(&["inspect", &bench.path("vertebrae.nii.gz"), &image, "--json"]).json();
    assert_eq!(found[0]["name"], "vertebrae.nii.gz");
    let labels = found[0]["labels"].as_object().unwrap();
    let marked = STUDY.vertebrae.iter().filter(|&&label| label > 0).count() as u64;
    assert_eq!(labels.values().map(|voxels| voxels.as_u64().unwrap()).sum::<u64>(), marked);
    assert_eq!(found[1]["orientation"], serde_json::Value::Null);
    assert_eq!(found[1]["scaling"]["slope"], 0.5);
    assert_eq!(found[1]["labels"], serde_json::Value::Null);
    let run = bench.run(&["inspect", &image]);
    assert!(run.stdout.contains("axes      not set") && run.stdout.contains("0.5 x stored + 0"));
}

#[test]
fn more_than_64_values_are_no_labels() {
    let bench = Bench::empty();
    let ramp = |values: usize| (0..STUDY.mask_grid.voxels()).map(move |n| (n % (values + 1)) as u8);
    for (values, counted) in [(64, true), (65, false)] {
        let file = bench.add("ramp.nii", &Nifti::u8(&STUDY.mask_grid, ramp(values)));
        let found = bench.run(&["inspect", &file, "--json"]).json();
        assert_eq!(found[0]["labels"].as_object().map(serde_json::Map::len), counted.then_some(values));
    }
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let bench = Bench::new();
    let (bad, good) = (bench.text("bad.nii", "x"), bench.path("t1.nii.gz"));
    let run = bench.run(&["inspect", &bad, &bench.path("gone.nii"), &good]);
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with("t1.nii.gz\n"));
    assert_eq!(run.stderr.lines().count(), 2);
    assert!(run.stderr.starts_with("error: bad.nii: not a NIfTI file"), "{}", run.stderr);
    assert!(run.stderr.contains("error: gone.nii: the file could not be opened"));

    let run = bench.run(&["inspect", &bad, &good, "--json"]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &found[0]["name"], &found[1]["name"]), (1, &"bad.nii".into(), &"t1.nii.gz".into()));
    assert!(found[0]["error"].as_str().unwrap().contains("not a NIfTI file"));
}

#[test]
fn a_folder_without_images_says_so() {
    let bench = Bench::empty();
    bench.text("notes.txt", "");
    let folder = bench.folder.to_str().unwrap();
    let run = bench.run(&["inspect", folder]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.starts_with("error: the folder holds no image"), "{}", run.stderr);
    let run = bench.run(&["inspect", folder, folder]);
    assert!(run.stderr.contains("error: path 2: the folder holds no image"), "{}", run.stderr);
    assert_eq!(bench.run(&["inspect"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_named_pipe_is_not_waited_for() {
    let bench = Bench::empty();
    let pipe = bench.path("pipe.nii");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for arguments in [&["inspect", &pipe][..], &["criteria", "check", &pipe]] {
        let limit = std::time::Duration::from_secs(20);
        let output = bench.command().args(arguments).timeout(limit).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
        assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: pipe.nii: not a regular file"));
    }
}

#[test]
fn a_damaged_segmentation_is_reported() {
    let bench = Bench::empty();
    let study = SmallStudy::new();
    let mut segments = study.scans.segmentation(SegmentationType::Binary).dataset();
    let file = bench.path("seg.dcm");
    fs::write(&file, dicom(&segments, Syntax::ExplicitLittle)).unwrap();
    let run = bench.run(&["inspect", &file]);
    assert!(run.stdout.contains("DICOM segmentation") && run.stdout.contains("segments  1, 2, 3"), "{run:?}");
    segments.set(NUMBER_OF_FRAMES, 1);
    fs::write(&file, dicom(&segments, Syntax::ExplicitLittle)).unwrap();
    let run = bench.run(&["inspect", &file]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.starts_with("error: seg.dcm: ") && run.stderr.contains("24 frames"), "{run:?}");
}
