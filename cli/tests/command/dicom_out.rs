//! DICOM out: `--write seg,sr`, only where it is asked for and only with a DICOM image.

use std::fs;

use serde_json::Value;

use crate::{
    bench::{Bench, RESULTS, Run},
    support::dicom::{classic::Series, file::Syntax, secrets, small_study::SmallStudy, study::write_series},
};

/// The small study with its images as DICOM, and a bench for the results.
struct DicomStudy {
    bench: Bench,
    study: SmallStudy,
}

impl DicomStudy {
    fn new() -> Self {
        let study = SmallStudy::new();
        let write = |name: &str, series: &Series| {
            write_series(&study.folder(), name, series, Syntax::ExplicitLittle);
        };
        write("t1", &study.scans.t1_series());
        write("t2", &study.scans.t2_series());
        Self { bench: Bench::empty(), study }
    }

    fn stage(&self, t1: &str, t2: &str, hematoma: &str, out: &str, more: &[&str]) -> Run {
        let [t1, t2, cord] = [t1, t2, "cord.nii.gz"].map(|name| self.study.file(name));
        let out = self.bench.path(out);
        let usual = ["stage", "--t1", &t1, "--t2", &t2, "--hematoma", hematoma, "--cord", &cord, "-o", &out];
        self.bench.run(&[&usual[..], more].concat())
    }

    fn hematoma(&self) -> String {
        self.study.file("hematoma.nii.gz")
    }
}

/// The number of voxels of the mask, and the map's voxels by stage.
fn voxels(report: &Value) -> (u64, Vec<(String, f64)>) {
    let volumes = report["stage"]["volume_mm3"].as_object().unwrap();
    let volumes = volumes.iter().map(|(stage, volume)| (stage.clone(), volume.as_f64().unwrap()));
    (report["hematoma"]["voxels"].as_u64().unwrap(), volumes.filter(|(_, volume)| *volume > 0.0).collect())
}

#[test]
fn a_map_is_read_back_by_name_by_number_and_whole() {
    let made = DicomStudy::new();
    let run = made.stage("t1", "t2", &made.hematoma(), "out", &["--write", "report,map,seg,sr"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("stages.dcm, report.dcm"), "{}", run.stdout);
    let names = ["report.dcm", "report.json", "stages.dcm", "stages.nii.gz", "stages.tsv"];
    assert_eq!(made.bench.names("out"), names);
    let report = made.bench.report();
    let (whole, volumes) = voxels(&report);
    let voxel_mm3 = report["hematoma"]["volume_mm3"].as_f64().unwrap() / whole as f64;
    let map = made.bench.path("out/stages.dcm");
    let counted = |choice: &str, out: &str| {
        let run = made.stage("t1", "t2", &format!("{map}{choice}"), out, &["--write", "report"]);
        (run.code == 0).then(|| voxels(&made.bench.report_in(out)).0)
    };
    assert_eq!(counted("", "whole"), Some(whole));
    let mut n = 0;
    for ((stage, volume), number) in stages_in_order(&volumes).into_iter().zip(1..) {
        let expected = (volume / voxel_mm3).round() as u64;
        let name = stage.replace('_', " ");
        let name = name[..1].to_uppercase() + &name[1..];
        // a few voxels alone may be refused for want of a signal, but never counted otherwise
        for (choice, out) in
            [(format!(":{name}"), format!("name{number}")), (format!(":{number}"), format!("number{number}"))]
        {
            match counted(&choice, &out) {
                Some(found) => assert_eq!(found, expected, "{choice}"),
                None => assert!(expected < 20, "{choice} is refused"),
            }
        }
        n += 1;
    }
    assert!(n > 0);
}

/// The stages that are there, in the order of their segments.
fn stages_in_order(volumes: &[(String, f64)]) -> Vec<(String, f64)> {
    ["hyperacute", "acute", "early_subacute", "late_subacute", "chronic", "indeterminate"]
        .into_iter()
        .filter_map(|stage| volumes.iter().find(|(name, _)| name == stage).cloned())
        .collect()
}

#[test]
fn only_dicom_results_name_the_patient() {
    let made = DicomStudy::new();
    let run = made.stage("t1", "t2", &made.hematoma(), "usual", &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(made.bench.names("usual"), RESULTS, "never by default");
    let all = "report,map,tables,picture,page,seg,sr";
    let run = made.stage("t1", "t2", &made.hematoma(), "all", &["--write", all]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for name in RESULTS {
        let [usual, all] =
            ["usual", "all"].map(|folder| fs::read(made.bench.folder.join(folder).join(name)).unwrap());
        assert!(usual == all, "{name} is as without DICOM");
    }
    let printed = format!("{}{}", run.stdout, run.stderr);
    for secret in secrets::forbidden() {
        assert!(!printed.contains(&secret), "{secret} is printed");
    }
    let stages = fs::read(made.bench.folder.join("all/stages.dcm")).unwrap();
    assert!(stages.windows(11).any(|window| window == b"PID-4471-XQ"), "filed under the patient");
}

#[test]
fn t1_stands_in_for_t2() {
    let made = DicomStudy::new();
    let run = made.stage(
        "t1",
        "t2.nii.gz",
        &made.hematoma(),
        "out",
        &["--write", "seg", "--seg-type", "labelmap", "--keep-empty-frames"],
    );
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(made.bench.names("out"), ["stages.dcm"]);
    let stages = fs::read(made.bench.folder.join("out/stages.dcm")).unwrap();
    let series = secrets::uid(secrets::kind::SERIES, 1);
    assert!(stages.windows(series.len()).any(|window| window == series.as_bytes()), "T1 is referred to");
}

#[test]
fn what_cannot_be_filed_is_refused_before_the_work() {
    let made = DicomStudy::new();
    let refused = |t1: &str, t2: &str, hematoma: &str, more: &[&str], code: i32, text: &str| {
        let run = made.stage(t1, t2, hematoma, "out", more);
        assert_eq!((run.code, run.stdout.as_str()), (code, ""));
        assert!(run.stderr.contains(text), "{}", run.stderr);
        assert!(!made.bench.folder.join("out").exists(), "nothing is left behind");
    };
    let nifti = ["t1.nii.gz", "t2.nii.gz"];
    // the mask is not looked at before
    refused(
        nifti[0],
        nifti[1],
        "no such mask",
        &["--write", "seg,sr"],
        2,
        "neither T2 nor T1 is DICOM: a DICOM result is filed under the patient and the study of an image",
    );
    refused(nifti[0], "absent", &made.hematoma(), &["--write", "seg"], 1, "absent");
    let hematoma = made.hematoma();
    refused(
        "t1",
        "t2",
        &hematoma,
        &["--write", "report,sr"],
        2,
        "sr refers to the segments of seg: write both",
    );
    refused(
        "t1",
        "t2",
        &hematoma,
        &["--seg-type", "labelmap"],
        2,
        "--seg-type is part of seg: add `seg` to --write",
    );
    refused("t1", "t2", &hematoma, &["--keep-empty-frames"], 2, "--keep-empty-frames is part of seg");
    refused("t1", "t2", &hematoma, &["--write", "seg", "--seg-type", "fractional"], 2, "fractional");
}

#[test]
fn results_that_would_stay_are_named() {
    let made = DicomStudy::new();
    let run = made.stage("t1", "t2", &made.hematoma(), "out", &["--write", "report,seg,sr"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let again = made.stage("t1", "t2", &made.hematoma(), "out", &["--write", "report", "--force"]);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("stages.dcm, report.dcm: in the output folder"), "{}", again.stderr);
    // a map is not replaced while it is the mask
    let map = made.bench.path("out/stages.dcm");
    let onto = made.stage("t1", "t2", &map, "out", &["--write", "report,seg,sr", "--force"]);
    assert_eq!(onto.code, 2);
    assert!(onto.stderr.contains("would be replaced"), "{}", onto.stderr);
}

#[test]
fn a_batch_writes_no_dicom() {
    let bench = Bench::new();
    let manifest = bench.text(
        "studies.csv",
        "study,t1,t2,hematoma,cord\nA,t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz\n",
    );
    let run = bench.run(&["batch", &manifest, "-o", &bench.path("results"), "--write", "report,seg"]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("seg and sr name the patient, so a batch does not write them"),
        "{}",
        run.stderr
    );
    assert!(!bench.folder.join("results").exists());
}
