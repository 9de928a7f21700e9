//! `inspect`: what files hold.

use std::fs;

use crate::{
    bench::{Bench, STUDY},
    nifti::{Nifti, voxels},
    support::dicom::{
        file::{Syntax, file as dicom, write_shuffled},
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
    std::fs::write(bench.folder.join("scan.zip"), b"PK\x03\x04").unwrap();
    let run = bench.run(&["inspect", folder]);
    assert!(run.code == 1 && run.stderr.starts_with("error: scan.zip: a ZIP archive"), "{}", run.stderr);
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

#[test]
fn masks_in_a_folder_are_listed_beside_its_series() {
    let bench = Bench::empty();
    let study = SmallStudy::new();
    let slices = study.scans.t2_series().slices();
    write_shuffled(&bench.folder.join("images"), &slices, Syntax::ExplicitLittle, 1);
    let segments = study.scans.segmentation(SegmentationType::Binary).dataset();
    fs::write(bench.path("seg"), dicom(&segments, Syntax::ExplicitLittle)).unwrap();
    let folder = bench.folder.to_str().unwrap();
    let run = bench.run(&["inspect", folder]);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!((run.code, lines.len()), (0, 2), "{run:?}");
    assert!(lines[0].starts_with("DICOM #2: T2-weighted"), "{run:?}");
    let blood = study.scans.hematoma.iter().filter(|&&voxel| voxel > 0).count();
    assert!(lines[1].starts_with("DICOM #70: segmentation; 1: Hematoma, "), "{run:?}");
    assert!(lines[1].ends_with(&format!("; 3: Hematoma, {blood} voxels")), "{run:?}");
    let found = bench.run(&["inspect", folder, "--json"]).json();
    assert_eq!((&found[1]["format"], &found[1]["choice"]), (&"dicom-seg".into(), &"70".into()));
    assert_eq!((&found[1]["segments"][2], &found[1]["parts"][2]["voxels"]), (&3.into(), &blood.into()));
    assert_eq!(found[1]["name"], "seg");
}

#[test]
fn segments_of_slicer_are_shown_with_their_names() {
    let bench = Bench::empty();
    let header = "NRRD0004\ntype: uchar\ndimension: 3\nspace: LPS\nsizes: 3 2 1\nspace directions: (1,0,0) (0,1,0) (0,0,4)\n\
                  space origin: (0,0,0)\nencoding: raw\n\
                  Segment0_Name:=Hematoma\u{1b}[31m\nSegment0_LabelValue:=3\nSegment1_LabelValue:=1\n\n";
    let file = bench.text("a.seg.nrrd", [header.as_bytes(), &[0, 3, 3, 1, 0, 0]].concat());
    let run = bench.run(&["inspect", &file]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("  format    nrrd-seg, uint8, "), "{}", run.stdout);
    assert!(run.stdout.contains("  labels    1: 1, 3: 2\n"), "{}", run.stdout);
    assert!(run.stdout.contains("  segments  3 Hematoma?[31m, 1\n"), "{}", run.stdout);
    let found = bench.run(&["inspect", &file, "--json"]).json();
    assert_eq!(
        (&found[0]["segments"][1]["label"], &found[0]["segments"][1]["name"]),
        (&1.into(), &serde_json::Value::Null)
    );
}

#[test]
fn the_folders_of_a_data_set_are_searched() {
    let bench = Bench::empty();
    for folder in ["sub-01/anat", "derivatives/labels/sub-01/anat", ".git/annex"] {
        fs::create_dir_all(bench.folder.join(folder)).unwrap();
    }
    let image = Nifti::i16(&STUDY.t1_grid, voxels(&STUDY.t1));
    // each class in a part of its own, as in a map of 117 classes
    let classes = (0..STUDY.mask_grid.voxels()).map(|n| (n * 118 / STUDY.mask_grid.voxels()) as u8);
    bench.add("sub-01/anat/sub-01_T2w.nii", &image);
    bench.add("derivatives/labels/sub-01/anat/sub-01_T2w_label.nii", &Nifti::u8(&STUDY.mask_grid, classes));
    bench.text("dataset_description.json", "{}");
    bench.text("sub-01/anat/._sub-01_T2w.nii", "resource fork");
    bench.text(".git/annex/a.nii", "hidden");
    let run = bench.run(&["inspect", bench.folder.to_str().unwrap()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let names: Vec<&str> = run.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(names, ["sub-01_T2w_label.nii", "sub-01_T2w.nii"]);
    let found = bench.run(&["inspect", bench.folder.to_str().unwrap(), "--json"]).json();
    assert_eq!(found[0]["labels"].as_object().unwrap().len(), 117);

    let hidden = bench.text("._a.nii", b"\0\x05\x16\x07\0\x02\0\0Mac OS X");
    let run = bench.run(&["inspect", &hidden]);
    assert!(run.stderr.starts_with("error: ._a.nii: a macOS metadata file"), "{}", run.stderr);
}
