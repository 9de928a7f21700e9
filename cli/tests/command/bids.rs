//! `bids`: a dataset with sessions becomes a derivative, however the work is shared.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    batch::sheet::{assert_same, tree},
    bench::{Bench, Run, STUDY},
};

/// Of a session, with the endings of its files.
const FILES: [(&str, &str, &str); 4] = [
    ("t1.nii.gz", "", "_T1w.nii.gz"),
    ("t2.nii.gz", "", "_T2w.nii.gz"),
    ("hematoma.nii.gz", "derivatives/labels/", "_T2w_label-hematoma_seg.nii.gz"),
    ("cord.nii.gz", "derivatives/labels/", "_label-SC_mask.nii.gz"),
];

/// Copies a file of the small study into the dataset.
fn plant(bench: &Bench, from: &str, to: &str) {
    let to = bench.folder.join("data").join(to);
    fs::create_dir_all(to.parent().unwrap()).unwrap();
    fs::copy(bench.folder.join(from), to).unwrap();
}

fn anat(subject: &str, session: &str) -> String {
    format!("sub-{subject}/ses-{session}/anat/sub-{subject}_ses-{session}")
}

/// A dataset of two participants with two sessions and one with one.
fn dataset() -> Bench {
    let bench = Bench::empty();
    STUDY.write(&bench.folder).unwrap();
    for (subject, session) in [("01", "a"), ("01", "b"), ("02", "a"), ("02", "b"), ("03", "a")] {
        for (from, folder, ending) in FILES {
            plant(&bench, from, &format!("{folder}{}{ending}", anat(subject, session)));
        }
    }
    bench.text("data/dataset_description.json", r#"{"Name": "x", "BIDSVersion": "1.11.0"}"#);
    bench.text("data/participants.tsv", "participant_id\tage\tonset_h\nsub-01\t70\t36\nsub-02\tn/a\tn/a\n");
    bench.text(
        "data/sub-01/sub-01_sessions.tsv",
        "session_id\tonset_h\tdays\nses-a\t12\t0d\nses-b\t180\t7d\n",
    );
    bench
}

const OUT: &str = "data/derivatives/hemastage";

fn bids(bench: &Bench, out: &str, level: &str, more: &[&str]) -> Run {
    bench.run(&[&["bids", "data", out, level, "--write", "map,tables,page"], more].concat())
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn a_dataset_becomes_a_derivative() {
    let bench = dataset();
    let before = tree(&bench.folder.join("data"));
    let columns = ["--column", "onset_h", "--column", "visit_time=days", "--column", "age"];
    let run = bids(&bench, OUT, "participant", &columns);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("studies     5 staged, 0 failed"), "{}", run.stdout);
    let out = bench.folder.join(OUT);
    assert_eq!(bench.names(OUT), [".bidsignore", "dataset_description.json", "sub-01", "sub-02", "sub-03"]);
    let study = out.join("sub-01/ses-b");
    let anat = "sub-01/ses-b/anat";
    let stem = "sub-01_ses-b";
    let mut names = vec![
        format!("{stem}_label-hematoma_mask.json"),
        format!("{stem}_label-hematoma_mask.nii.gz"),
        format!("{stem}_seg-hematomaStage_dseg.json"),
        format!("{stem}_seg-hematomaStage_dseg.nii.gz"),
        format!("{stem}_seg-hematomaStage_dseg.tsv"),
    ];
    names.sort();
    assert_eq!(bench.names(&format!("{OUT}/{anat}")), names);
    let map = fs::read(study.join("anat").join(&names[3])).unwrap();
    assert_eq!(map, fs::read(study.join("hemastage/stages.nii.gz")).unwrap());
    let sources = |n: usize| json(&study.join("anat").join(&names[n]))["Sources"].clone();
    assert_eq!(sources(2)[0], "bids:raw:sub-01/ses-b/anat/sub-01_ses-b_T1w.nii.gz");
    let mask = "bids:raw:derivatives/labels/sub-01/ses-b/anat/sub-01_ses-b_T2w_label-hematoma_seg.nii.gz";
    assert_eq!(sources(0), serde_json::json!([mask]));
    let description = json(&out.join("dataset_description.json"));
    assert_eq!(description["DatasetLinks"]["raw"], "../..");
    let report = json(&study.join("hemastage/report.json"));
    assert_eq!(report["criteria"]["onset_hours"][0], 180.0, "of the session before the participant");
    // sub-02 has no value there: `n/a` in both tables
    let other = json(&out.join("sub-02/ses-a/hemastage/report.json"));
    assert!(other["criteria"]["onset_hours"].as_array().unwrap().is_empty());

    let run = bids(&bench, OUT, "group", &columns);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stdout.starts_with("studies     5 staged (5 unchanged), 0 failed"), "{}", run.stdout);
    let summary = fs::read_to_string(out.join("summary.tsv")).unwrap();
    assert!(summary.lines().next().unwrap().ends_with("\tparticipant_id\tsession_id\tage"), "{summary}");
    assert!(summary.lines().nth(1).unwrap().ends_with("\tsub-01\tses-a\t70"), "{summary}");
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains(r#"href="sub-01/ses-b/hemastage/report.html""#) && page.contains("data:image/png"));
    let followup = json(&out.join("sub-01/hemastage/followup.json"));
    assert_eq!(followup["visits"][1]["hours"], 168.0);
    assert_eq!(followup["visits"][1]["name"], "ses-b");
    assert!(out.join("sub-02/hemastage/followup.html").is_file());
    assert!(!out.join("sub-03/hemastage").exists(), "one session is no follow-up");
    let table = fs::read_to_string(out.join("followups.tsv")).unwrap();
    assert!(table.contains("\nsub-01\tses-b\t168\t"), "{table}");

    // the dataset is as it was
    let after = tree(&bench.folder.join("data"));
    assert!(before.iter().all(|(name, bytes)| after.get(name) == Some(bytes)));

    // a participant who no longer has two sessions has no follow-up
    fs::remove_dir_all(bench.folder.join("data/sub-02/ses-b")).unwrap();
    let run = bids(&bench, OUT, "group", &columns);
    assert_eq!(run.code, 0, "{run:?}");
    assert!(!out.join("sub-02/hemastage").exists() && out.join("sub-02/ses-a/hemastage").is_dir());
    assert!(out.join("sub-01/hemastage/followup.html").is_file());
}

#[test]
fn shares_of_the_work_are_the_whole() {
    let bench = dataset();
    assert_eq!(bids(&bench, "whole", "group", &[]).code, 0);
    std::thread::scope(|scope| {
        for subjects in [&["01", "sub-03"][..], &["02"]] {
            let bench = &bench;
            scope.spawn(move || {
                let options = [&["--participant_label"], subjects].concat();
                assert_eq!(bids(bench, "shared", "participant", &options).code, 0);
            });
        }
    });
    assert_eq!(bids(&bench, "shared", "group", &["--nprocs", "2"]).code, 0);
    assert_same(&bench.folder.join("shared"), &bench.folder.join("whole"));
    // outside the dataset no folder is named
    let description = fs::read_to_string(bench.folder.join("whole/dataset_description.json")).unwrap();
    assert!(!description.contains("data") && !description.contains("Links"), "{description}");
    let sidecar = "whole/sub-01/ses-a/anat/sub-01_ses-a_seg-hematomaStage_dseg.json";
    assert!(!fs::read_to_string(bench.folder.join(sidecar)).unwrap().contains("Sources"));
}

#[test]
fn a_file_that_could_be_one_is_chosen_and_never_guessed() {
    let bench = dataset();
    let stem = anat("03", "a");
    for ending in ["_ce-gd_T1w.nii.gz", "_acq-ax_T2w.nii.gz"] {
        plant(&bench, "t1.nii.gz", &format!("{stem}{ending}"));
    }
    plant(&bench, "cord.nii.gz", &format!("derivatives/labels/{stem}_T1w_label-SC_seg.nii.gz"));
    let of = |more: &[&str]| {
        let run = bids(&bench, "out", "group", &[&["--participant-label", "03"], more].concat());
        let report = bench.folder.join("out/sub-03/ses-a/hemastage/report.json");
        (run, report.is_file().then(|| json(&report)))
    };
    let (run, report) = of(&[]);
    assert_eq!((run.code, report), (3, None), "{run:?}");
    let summary = fs::read_to_string(bench.folder.join("out/summary.tsv")).unwrap();
    let reason = "2 files could be T2w, choose with --filter T2w:…: sub-03_ses-a_T2w.nii.gz, sub-03_ses-a_acq-ax_T2w.nii.gz; 2 files could be cord, choose with --filter cord:…: ";
    assert!(summary.contains(reason), "{summary}");
    assert_eq!(of(&["--failures", "ok"]).0.code, 0);
    let chosen = ["--filter", "T2w:acq=", "--filter", "cord:T1w"];
    let (run, report) = of(&chosen);
    let roles: Vec<Value> =
        report.unwrap()["inputs"].as_array().unwrap().iter().map(|it| it["role"].clone()).collect();
    assert!(run.code == 0 && roles.contains(&"t1_post".into()), "{run:?} {roles:?}");
    let anat = bench.folder.join("out/sub-03/ses-a/anat");
    assert!(anat.is_dir());
    // once it fails again, its files are gone
    assert_eq!(of(&[]).0.code, 3);
    assert!(!anat.exists() && !bench.folder.join("out/sub-03").exists());
}

#[test]
fn what_is_not_there_is_said_before_any_work() {
    let bench = dataset();
    let error = |arguments: &[&str], code: i32| {
        let run = bench.run(&[&["bids"], arguments].concat());
        assert_eq!(run.code, code, "{run:?}");
        assert!(!bench.folder.join("out").exists());
        run.stderr.strip_prefix("error: ").unwrap().to_owned()
    };
    let label = ["data", "out", "participant", "--participant-label", "01", "sub-9", "8"];
    assert_eq!(error(&label, 2), "--participant-label: not in the dataset: sub-8, sub-9\n");
    let session = ["data", "out", "group", "--session-label", "ses-c"];
    assert_eq!(error(&session, 2), "--session-label: not in the dataset: ses-c\n");
    let column = ["data", "out", "group", "--column", "inr"];
    assert_eq!(error(&column, 2), "--column inr: neither in participants.tsv nor in a sessions.tsv\n");
    assert_eq!(
        error(&["data", "out", "group", "--derivatives", "none"], 2),
        "--derivatives: folder 1 is not there\n"
    );
    let none = "BIDS_DIR: no folder `sub-…`: expected a BIDS dataset\n";
    assert_eq!(error(&["data/derivatives", "out", "group"], 1), none);
    assert!(error(&["none", "out", "group"], 1).starts_with("BIDS_DIR: the dataset could not be read"));
    let other = "OUTPUT_DIR: holds another dataset: choose a folder of its own, such as BIDS_DIR/derivatives/hemastage\n";
    assert_eq!(error(&["data", "data", "group"], 2), other);
    fs::create_dir(bench.folder.join("other")).unwrap();
    bench.text("other/dataset_description.json", r#"{"GeneratedBy": [{"Name": "fmriprep"}]}"#);
    assert_eq!(error(&["data", "other", "group"], 2), other);
    assert!(error(&["data", "out", "all"], 2).contains("[possible values: participant, group]"));
    assert!(error(&["data", "out", "group", "--write", "seg"], 2).starts_with("seg and sr name the patient"));
}

#[cfg(unix)]
#[test]
fn the_dataset_may_be_read_only_and_mixed() {
    use std::os::unix::fs::PermissionsExt as _;
    let bench = dataset();
    // a participant without sessions, and one without images
    for (from, folder, ending) in FILES {
        plant(&bench, from, &format!("{folder}sub-04/anat/sub-04{ending}"));
    }
    fs::create_dir_all(bench.folder.join("data/sub-05/func")).unwrap();
    let data = bench.folder.join("data");
    fs::set_permissions(&data, fs::Permissions::from_mode(0o555)).unwrap();
    let run =
        bids(&bench, "out", "participant", &["--participant-label", "04", "05", "--skip-bids-validation"]);
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(run.code, 0, "{run:?}");
    assert!(run.stderr.contains("left out: sub-05: no T1w and no T2w image in `anat`"), "{}", run.stderr);
    let map = "out/sub-04/anat/sub-04_seg-hematomaStage_dseg.nii.gz";
    assert!(bench.folder.join(map).is_file());
    assert_eq!(bench.names("out"), [".bidsignore", "dataset_description.json", "sub-04"]);
}
