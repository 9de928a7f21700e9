//! Warnings are seen wherever a result is, and wrong files are told before anything is staged.

use std::fs;

use crate::{
    bench::{Bench, STUDY},
    nifti::{Nifti, voxels},
};

/// The hematoma 12 mm to the right of where it was drawn.
fn out_of_place(bench: &Bench) -> String {
    bench.add("moved.nii", &Nifti::u8(&STUDY.mask_grid, voxels(&STUDY.hematoma)).moved(12.0))
}

fn manifest(bench: &Bench, rows: &[&str]) {
    bench.text("m.csv", format!("study,t1,t2,hematoma,cord,canal\n{}\n", rows.join("\n")));
}

const USUAL: &str = "a,t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz,canal.nii.gz";

#[test]
fn a_warning_stands_under_the_answer_on_the_page_and_in_the_figure() {
    let bench = Bench::new();
    let moved = out_of_place(&bench);
    let run = bench.stage(&[("--hematoma", &moved)], &["--canal", "canal.nii.gz"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let of = |text: &str| run.stdout.find(text).unwrap_or_else(|| panic!("no `{text}`: {}", run.stdout));
    let warning = "hematoma: the mask has the shape and voxel size of the T1 but lies up to 12.0 mm";
    assert!(of("stage ") < of(warning) && of(warning) < of("fractions"), "{}", run.stdout);
    assert_eq!(run.stdout.matches(warning).count(), 1, "once");
    let read = |name: &str| fs::read_to_string(bench.folder.join("out").join(name)).unwrap();
    let (page, figure, summary) = (read("report.html"), read("picture.svg"), read("summary.tsv"));
    let (call, answer) = (page.find("id=\"call\"").unwrap(), page.find("id=\"answer\"").unwrap());
    let at = page.find("the mask has the shape and voxel size of the T1").unwrap();
    assert!(call < at && at < answer);
    assert!(figure.contains("Warning: hematoma: the mask has the shape"));
    assert!(summary.contains("mask_off_grid"));

    let quiet = bench.stage(&[("-o", "quiet")], &["--canal", "canal.nii.gz"]);
    assert_eq!(quiet.code, 0);
    let page = fs::read_to_string(bench.folder.join("quiet/report.html")).unwrap();
    assert!(!page.contains("class=\"warnings\""));
}

#[test]
fn a_batch_counts_its_warnings_and_validate_shows_them() {
    let bench = Bench::new();
    out_of_place(&bench);
    let moved = USUAL.replace("a,", "b,").replace("hematoma.nii.gz", "moved.nii");
    let wrong = USUAL.replace("a,", "c,").replace("cord.nii.gz", "t2.nii.gz");
    manifest(&bench, &[USUAL, &moved, &wrong]);
    let checked = bench.run(&["batch", "m.csv", "--validate"]);
    assert_eq!(checked.code, 3);
    let start = "studies     2 can be staged, 1 failed, 1 with warnings: mask_off_grid 1, outside_canal 1\n";
    assert!(checked.stdout.starts_with(start), "{}", checked.stdout);
    let not_run = "not run     negative_signal, signal_offset, zero_signal, constant_signal, reference_flat, reference_uneven, no_fluid, images_shifted, alignment_unknown: they need the images' voxels\n";
    assert!(checked.stdout.contains(not_run), "{}", checked.stdout);
    for text in [
        "1/3 a: ok\n",
        "2/3 b: ok; warnings: mask_off_grid, outside_canal\n",
        "b: warning: hematoma: the mask has the shape and voxel size of the T1 but lies up to 12.0 mm",
        "3/3 c: failed: t2.nii.gz, given as the mask of the cord: looks like an image (",
    ] {
        assert!(checked.stderr.contains(text), "{text}: {}", checked.stderr);
    }
    let staged = bench.run(&["batch", "m.csv", "-o", "out", "--write", "report"]);
    assert_eq!(staged.code, 3);
    let start = "studies     2 staged, 1 failed, 1 with warnings: call_without_phase 1, mask_off_grid 1, outside_canal 1, unsampled_voxels 1\n";
    assert!(staged.stdout.starts_with(start), "{}", staged.stdout);
}

/// What a copied row leaves as it was.
#[test]
fn validate_names_files_that_are_given_twice() {
    let bench = Bench::new();
    let row =
        |name: &str, from: &str, to: &str| USUAL.replacen("a,", &format!("{name},"), 1).replace(from, to);
    let rows = [
        USUAL.to_owned(),
        row("again", "", ""),
        row("other_mask", "hematoma.nii.gz", "hematoma.nii.gz:1"),
        row("one_image", "t2.nii.gz", "./t1.nii.gz"),
        row("mask", "t2.nii.gz", "canal.nii.gz"),
    ];
    manifest(&bench, &rows.iter().map(String::as_str).collect::<Vec<_>>());
    let checked = bench.run(&["batch", "m.csv", "--validate"]);
    assert_eq!(checked.code, 0, "{}", checked.stderr);
    for text in [
        "1/5 a: ok\n",
        "2/5 again: ok; warnings: same_files\n",
        "again: warning: T1, T2 and masks are those of line 2: check whether the row was copied",
        "3/5 other_mask: ok\n",
        "4/5 one_image: ok; warnings: identical_images\n",
        "one_image: warning: T1 and T2 are the same file: check both paths",
        "mask: warning: t2: the same file as canal: give the image",
    ] {
        assert!(checked.stderr.contains(text), "{text}: {}", checked.stderr);
    }
    assert!(checked.stderr.contains("5/5 mask: ok; warnings: image_is_mask"), "{}", checked.stderr);
    let columns = "study,t1,t2,hematoma,cord,t2star,t1_post";
    let files = "a,t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz,./t1.nii.gz,t1.nii.gz";
    bench.text("m.csv", format!("{columns}\n{files}\n"));
    let checked = bench.run(&["batch", "m.csv", "--validate"]);
    for column in ["t2star", "t1_post"] {
        let text = format!("a: warning: {column}: the same file as t1: check both paths");
        assert!(checked.stderr.contains(&text), "{text}: {}", checked.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_path_of_windows_shows_no_folder() {
    let bench = Bench::new();
    manifest(
        &bench,
        &[
            r"a,Doe_Jane\t1.nii.gz,Doe_Jane\t2.nii.gz,\\server\share\Doe_Jane\seg.nii.gz,D:\Doe_Jane\cord.nii.gz,",
        ],
    );
    let run = bench.run(&["batch", "m.csv", "-o", "out"]);
    assert_eq!(run.code, 3);
    let summary = fs::read_to_string(bench.folder.join("out/summary.tsv")).unwrap();
    for text in [&run.stdout, &run.stderr, &summary] {
        assert!(!text.contains("Doe_Jane") && !text.contains("server"), "{text}");
    }
    assert!(run.stderr.contains("t1: not found: a path with a backslash, as on Windows"), "{}", run.stderr);
}
