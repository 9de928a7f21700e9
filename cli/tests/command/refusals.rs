//! `stage` on bad input: its exit code, its message, and nothing left behind.

use std::fs;

use crate::{
    bench::{Bench, STUDY},
    nifti::{Nifti, voxels},
};

/// Asserts that `stage` with some options changed fails with this message and leaves every file as it was.
fn assert_refused(bench: &Bench, changes: &[(&str, &str)], more: &[&str], code: i32, part: &str) {
    let before = bench.content();
    let run = bench.stage(changes, more);
    assert_eq!(run.code, code, "{run:?}");
    assert_eq!(run.stdout, "");
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
    assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    assert_eq!(bench.content(), before, "{part}: something was left behind");
}

fn cord_of(voxels_kept: usize) -> Nifti {
    let mut left = voxels_kept;
    let keep = |voxel: u8| {
        let kept = voxel.min(left.min(1) as u8);
        left -= usize::from(kept);
        kept
    };
    Nifti::u8(&STUDY.mask_grid, voxels(&STUDY.cord).into_iter().map(keep))
}

#[test]
fn masks_without_a_region() {
    let bench = Bench::new();
    let empty = bench.add("empty.nii", &Nifti::u8(&STUDY.mask_grid, vec![0; STUDY.mask_grid.voxels()]));
    assert_refused(&bench, &[("--hematoma", &empty)], &[], 1, "error: empty.nii: the mask is empty");
    assert_refused(&bench, &[("--cord", &empty)], &[], 1, "error: empty.nii: the mask is empty");
    let labeled = format!("{}:3", bench.path("hematoma.nii.gz"));
    let text = "the mask has no voxel labeled 3: it holds 1";
    assert_refused(&bench, &[("--hematoma", &labeled)], &[], 1, text);
    for name in ["=1+1", "+1", "@x"] {
        let text = "the study's name starts with `=`, `+` or `@`";
        assert_refused(&bench, &[], &["--study", name], 2, text);
    }
    let background = format!("{}:0", bench.path("cord.nii.gz"));
    assert_refused(
        &bench,
        &[("--cord", &background)],
        &[],
        2,
        "cord.nii.gz: label 0 is what no label was given to",
    );
}

#[test]
fn masks_that_lie_elsewhere() {
    let bench = Bench::new();
    let far = |mask| Nifti::u8(&STUDY.mask_grid, voxels(mask)).moved(1000.0);
    let hematoma = bench.add("far.nii", &far(&STUDY.hematoma));
    assert_refused(&bench, &[("--hematoma", &hematoma)], &[], 1, "hematoma's");
    let cord = bench.add("far_cord.nii", &far(&STUDY.cord));
    assert_refused(
        &bench,
        &[("--cord", &cord)],
        &[],
        1,
        "the reference mask has no finite signal in the image: it lies outside",
    );
}

#[test]
fn a_cord_that_is_too_small() {
    let bench = Bench::new();
    let cord = bench.add("small.nii", &cord_of(19));
    assert_refused(&bench, &[("--cord", &cord)], &[], 1, "only 19 of the reference mask's 19 voxels");
    let cord = bench.add("enough.nii", &cord_of(20));
    assert_eq!(bench.stage(&[("--cord", &cord)], &[]).code, 0, "20 are enough");
}

#[test]
fn a_mask_of_fractions() {
    let bench = Bench::new();
    let soft = voxels(&STUDY.hematoma).into_iter().map(|v| f32::from(v) * 0.5);
    let soft = bench.add("soft.nii", &Nifti::f32(&STUDY.mask_grid, soft));
    assert_refused(
        &bench,
        &[("--hematoma", &soft)],
        &[],
        1,
        "soft.nii: the mask holds values that are not whole numbers",
    );
}

#[test]
fn files_that_cannot_be_read() {
    let bench = Bench::new();
    let gone = bench.path("gone.nii.gz");
    for option in ["--t1", "--t2", "--hematoma", "--cord"] {
        assert_refused(
            &bench,
            &[(option, &gone)],
            &[],
            1,
            "error: gone.nii.gz: the file could not be opened",
        );
    }
    let folder = bench.folder.to_str().unwrap().to_owned();
    assert_refused(&bench, &[("--t1", &folder)], &[], 1, "error: t1: no DICOM image in the folder");
    let text = bench.text("notes.nii", "not an image");
    assert_refused(&bench, &[("--t2", &text)], &[], 1, "error: notes.nii: not a NIfTI file");
    let whole = Nifti::i16(&STUDY.t1_grid, voxels(&STUDY.t1));
    let cut = bench.text("cut.nii", &whole.bytes()[..5000]);
    assert_refused(&bench, &[("--t1", &cut)], &[], 1, "error: cut.nii: the file ends before its last voxel");
}

#[test]
fn a_4d_file_without_a_choice() {
    let bench = Bench::new();
    let twice = voxels(&STUDY.t1).into_iter().cycle().take(2 * STUDY.t1_grid.voxels());
    let two = bench.add("two.nii", &Nifti::i16(&STUDY.t1_grid, twice));
    assert_refused(
        &bench,
        &[("--t1", &two)],
        &[],
        2,
        "two.nii: the file holds 2 volumes: choose one, 0 to 1",
    );
    assert_refused(
        &bench,
        &[("--t1", &two)],
        &["--t1-volume", "2"],
        2,
        "volume 2 was chosen but the file holds 2",
    );
    let twice = voxels(&STUDY.cord).into_iter().cycle().take(2 * STUDY.mask_grid.voxels());
    let two = bench.add("masks.nii", &Nifti::u8(&STUDY.mask_grid, twice));
    let text = "masks.nii: the file holds 2 volumes, and a mask is one: save that with the mask";
    assert_refused(&bench, &[("--cord", &two)], &[], 1, text);
}

#[test]
fn output_that_cannot_be_written() {
    let bench = Bench::new();
    let below = bench.path("t1.nii.gz/out");
    assert_refused(&bench, &[("-o", &below)], &[], 1, "the output folder cannot be written");
    assert_eq!(bench.stage(&[], &[]).code, 0);
    assert_refused(&bench, &[], &[], 2, "report.json: already exists in the output folder");
    fs::remove_file(bench.folder.join("out/report.json")).unwrap();
    assert_refused(&bench, &[], &[], 2, "stages.nii.gz: already exists in the output folder");
}

/// A limit on the size of files stands for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk() {
    let bench = Bench::new();
    let before = bench.content();
    let line = "ulimit -f 1; trap '' XFSZ; exec \"$@\"";
    let mut command = std::process::Command::new("sh");
    command.current_dir(&bench.folder).args(["-c", line, "sh", env!("CARGO_BIN_EXE_hemastage"), "stage"]);
    command.args([
        "--t1",
        "t1.nii.gz",
        "--t2",
        "t2.nii.gz",
        "--hematoma",
        "hematoma.nii.gz",
        "--cord",
        "cord.nii.gz",
    ]);
    let output = command.args(["-o", "out"]).output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.starts_with("error: report.json: could not be written (File too large (os error"),
        "{stderr}"
    );
    assert!(stderr.ends_with("): nothing was left behind\n") && !stderr.contains('/'), "{stderr}");
    assert_eq!(bench.content(), before);
}

#[test]
fn onsets_that_are_no_time() {
    let bench = Bench::new();
    assert_refused(&bench, &[], &["--onset", "-3h"], 2, "onset of -3 h: expected a time before the scan");
    assert_refused(&bench, &[], &["--onset", "yesterday"], 2, "onset has the unit `yesterday`");
    assert_refused(&bench, &[], &["--onset", "h"], 2, "onset `h` is not a number with a unit");
    assert_refused(&bench, &[], &["--onset", "36"], 2, "onset `36` has no unit: write `36h`");
}

#[test]
fn onsets_that_are_dates_are_refused_without_repeating_them() {
    let bench = Bench::new();
    bench.text("t1.json", r#"{"AcquisitionDateTime": "2031-05-06T14:00:00"}"#);
    for (onset, part) in [
        ("2031-05-06T15:30", "an onset lies 1.5 h after the scan"),
        ("2031-05-06", "onset cannot be read: expected a time with its unit"),
        ("2031-05-06T08:30Z", "without a time zone"),
        ("2031-05-06T08:30+01:00", "without a time zone"),
        ("06.05.2031 08:30", "onset cannot be read"),
        ("2031-02-30T08:30", "onset cannot be read"),
    ] {
        assert_refused(&bench, &[], &["--onset", onset], 2, part);
        let run = bench.stage(&[], &["--onset", onset]);
        assert!(!run.stderr.contains("2031") && !run.stderr.contains("08:30"), "{}", run.stderr);
        let read = bench.run(&["read", "--t1", "iso", "--t2", "hyper", "--onset", onset]);
        assert!(read.code == 2 && !read.stderr.contains("2031"), "{}", read.stderr);
    }
    fs::remove_file(bench.folder.join("t1.json")).unwrap();
    assert_refused(
        &bench,
        &[],
        &["--onset", "2031-05-06T08:30"],
        2,
        "neither image has the time of its scan",
    );
}

#[test]
fn options_that_make_no_sense() {
    let bench = Bench::new();
    for wrong in ["1.2,0.75", "0,1", "1", "a,b"] {
        assert_refused(&bench, &[], &["--thresholds-t1", wrong], 2, "expected two ratios, 0 < LO < HI");
        assert_refused(&bench, &[], &["--thresholds-t2", wrong], 2, "expected two ratios, 0 < LO < HI");
    }
    assert_refused(&bench, &[], &["--criteria", "spine"], 2, "unknown criteria profile `spine`");
    assert_refused(&bench, &[], &["--reference-mode", "local"], 2, "invalid value 'local'");
    assert_refused(&bench, &[("--cord", "")], &[], 2, "required arguments were not provided");
    assert_refused(&bench, &[], &["--reference-t1", "4", "--reference-t2", "4"], 2, "cannot be used with");
    assert_refused(&bench, &[("--cord", "")], &["--reference-t1", "4"], 2, "--reference-t2");
    assert_refused(
        &bench,
        &[("--cord", "")],
        &["--reference-t1", "0", "--reference-t2", "4"],
        2,
        "a signal above 0",
    );
    let mask = bench.path("cord.nii.gz");
    assert_refused(&bench, &[("--cord", "")], &["--reference", &mask], 2, "--reference-tissue");
    assert_refused(&bench, &[], &["--reference-tissue", "muscle"], 2, "--reference-tissue");
    assert_refused(&bench, &[("-o", "")], &[], 2, "--output <FOLDER>");
    let stray = bench.path("t1.nii.gz");
    assert_refused(&bench, &[], &[&stray], 2, "unexpected argument 't1.nii.gz' found");
}

/// Other programs' names of options, and slips.
#[test]
fn an_option_that_is_almost_one_is_named() {
    let bench = Bench::new();
    for (command, given, tip) in [
        ("stage", "--lesion", "--hematoma"),
        ("stage", "--mask", "--hematoma"),
        ("stage", "--outdir", "--output"),
        ("stage", "--T1", "--t1"),
        ("stage", "--t2w", "--t2"),
        ("stage", "--spinal-cord", "--cord"),
        ("stage", "--overwrite", "--force"),
        ("batch", "--n_jobs", "--jobs"),
        ("batch", "--resum", "--resume"),
    ] {
        let run = bench.run(&[command, given, "x"]);
        assert!(run.code == 2 && run.stderr.contains(&format!("write `{tip}`")), "{given}: {}", run.stderr);
    }
    let run = bench.run(&["stage", "--DOE-JANE", "x"]);
    assert!(run.code == 2 && !run.stderr.contains("write `"), "{}", run.stderr);
}
