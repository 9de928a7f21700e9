//! `--init`: a first manifest from the names of files.

use std::fs;

use crate::bench::{Bench, STUDY};

fn plant(bench: &Bench, names: &[(&str, &str)]) {
    for (from, to) in names {
        let to = bench.folder.join(to);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(bench.folder.join(from), to).unwrap();
    }
}

#[test]
fn a_folder_per_study_becomes_a_manifest_that_can_be_staged() {
    let bench = Bench::empty();
    STUDY.write(&bench.folder).unwrap();
    let of = |study: &str| {
        ["t1", "t2", "hematoma", "cord"]
            .map(|role| (format!("{role}.nii.gz"), format!("data/{study}/{role}.nii.gz")))
    };
    let all = [of("P01"), of("P02")].concat();
    plant(&bench, &all.iter().map(|(from, to)| (from.as_str(), to.as_str())).collect::<Vec<_>>());
    plant(
        &bench,
        &[
            ("t1.nii.gz", "data/P03/t1.nii.gz"),
            ("t1.nii.gz", "data/P04/t1.nii.gz"),
            ("t2.nii.gz", "data/P04/T2w.nii.gz"),
            ("cord.nii.gz", "data/P04/cord_a.nii.gz"),
            ("t1.nii.gz", "data/P01/scan.nii.gz"),
            ("vertebrae.nii.gz", "data/P02/vertebrae.nii.gz"),
        ],
    );
    fs::rename(bench.folder.join("data/P04/cord_a.nii.gz"), bench.folder.join("data/P04/cord.nii.gz"))
        .unwrap();
    plant(&bench, &[("cord.nii.gz", "data/P04/masks/cord.nii.gz")]);
    let run = bench.run(&["batch", "--init", "data", "-o", "studies.csv"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(
        run.stderr,
        "3 studies\nleft out: scan.nii.gz: no role in its name\nleft out: P03: t1 alone, expected t1 and t2\nleft out: P04: no hematoma\nleft out: P04: 2 files could be cord: cord.nii.gz, cord.nii.gz\n"
    );
    let text = fs::read_to_string(bench.folder.join("studies.csv")).unwrap();
    assert_eq!(
        text,
        "study,t1,t2,hematoma,cord,vertebrae,onset_h\n\
         P01,data/P01/t1.nii.gz,data/P01/t2.nii.gz,data/P01/hematoma.nii.gz,data/P01/cord.nii.gz,,\n\
         P02,data/P02/t1.nii.gz,data/P02/t2.nii.gz,data/P02/hematoma.nii.gz,data/P02/cord.nii.gz,data/P02/vertebrae.nii.gz,\n\
         P04,data/P04/t1.nii.gz,data/P04/T2w.nii.gz,,,,\n"
    );
    let run = bench.run(&["batch", "studies.csv", "-o", "out", "--scheme", "sct", "--write", "report"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.starts_with("studies     2 staged, 1 failed"), "{}", run.stdout);
    // it is written once
    let run = bench.run(&["batch", "--init", "data", "-o", "studies.csv"]);
    assert_eq!(
        (run.code, &*run.stderr),
        (2, "error: studies.csv: already exists: choose another name, or replace it with --force\n")
    );
    // from another folder, and to standard output
    fs::create_dir(bench.folder.join("lists")).unwrap();
    assert_eq!(bench.run(&["batch", "--init", "data", "-o", "lists/studies.csv"]).code, 0);
    let moved = fs::read_to_string(bench.folder.join("lists/studies.csv")).unwrap();
    assert_eq!(moved, text.replace("data/", "../data/"));
    assert_eq!(bench.run(&["batch", "--init", "data"]).stdout, text);
}

#[test]
fn a_bids_tree_becomes_patients_and_visits() {
    let bench = Bench::empty();
    STUDY.write(&bench.folder).unwrap();
    for visit in ["01", "02"] {
        let name = format!("sub-7/ses-{visit}/anat/sub-7_ses-{visit}");
        for (from, to) in [
            ("t1.nii.gz", format!("bids/{name}_T1w.nii.gz")),
            ("t2.nii.gz", format!("bids/{name}_T2w.nii.gz")),
            ("hematoma.nii.gz", format!("bids/derivatives/labels/{name}_T2w_label-lesion_mask.nii.gz")),
            ("cord.nii.gz", format!("bids/derivatives/labels/{name}_T2w_label-SC_seg.nii.gz")),
        ] {
            plant(&bench, &[(from, &to)]);
        }
    }
    let run = bench.run(&["batch", "--init", "bids", "-o", "m.csv"]);
    assert_eq!((run.code, &*run.stderr), (0, "2 studies\n"));
    let text = fs::read_to_string(bench.folder.join("m.csv")).unwrap();
    assert!(
        text.starts_with("study,patient,visit,t1,t2,hematoma,cord,onset_h\nsub-7_ses-01,7,01,bids/sub-7/"),
        "{text}"
    );
    let run = bench.run(&["batch", "m.csv", "-o", "out", "--write", "report"]);
    assert_eq!(run.code, 0, "{run:?}");
}

#[test]
fn a_folder_without_a_study_is_said_to_have_none() {
    let bench = Bench::new();
    fs::create_dir(bench.folder.join("none")).unwrap();
    let run = bench.run(&["batch", "--init", "none"]);
    assert!(run.code == 1 && run.stderr.starts_with("error: no T1 and T2 of one study found"), "{run:?}");
    assert_eq!(bench.run(&["batch", "--init", "missing"]).code, 1);
    assert_eq!(bench.run(&["batch", "m.csv", "--init", "none"]).code, 2);
}
