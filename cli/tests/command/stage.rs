//! `stage` on good input.

use std::fs;

use approx::assert_abs_diff_eq;

use crate::{
    bench::{Bench, RESULTS, STUDY},
    nifti::{Nifti, voxels},
};

#[test]
fn a_study_is_staged_and_summed_up() {
    let bench = Bench::new();
    let run = bench.stage(&[], &["--onset", "6h"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for part in [
        "stage       hyperacute\n",
        "fractions   hyperacute",
        "####",
        "one phase: hyperacute",
        "signal      T1 iso 0.9",
        "T2 hyper",
        "relative to spinal cord",
        "reference   T1 trend, median ",
        " +/- ",
        "criteria    spinal, onset 6 h",
        "written     report.json, stages.nii.gz, stages.tsv, summary.tsv, ",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    assert_eq!(run.stdout.matches("Not a diagnosis").count(), 1);
    assert_eq!(bench.names("out"), RESULTS);
    let report = bench.report();
    assert_eq!(report["stage"]["call"], "hyperacute");
    assert_eq!(report["criteria"]["onset_hours"], serde_json::json!([6.0]));
    let volume = report["hematoma"]["volume_mm3"].as_f64().unwrap();
    assert_abs_diff_eq!(volume, STUDY.truth.hematoma_mm3, epsilon = 1.0);
}

#[test]
fn json_on_standard_output_is_the_report() {
    let bench = Bench::new();
    let run = bench.stage(&[], &["--json"]);
    assert_eq!(run.json(), bench.report());
    assert_eq!(run.stdout.as_bytes(), fs::read(bench.folder.join("out/report.json")).unwrap());
    let before = bench.content();
    assert_eq!(bench.stage(&[("-o", "")], &["--json"]).stdout, run.stdout);
    assert_eq!(bench.content(), before, "without -o nothing is written");
}

#[test]
fn parts_of_the_results_can_be_chosen() {
    let bench = Bench::new();
    let run = bench.stage(&[], &["--write", "tables,report", "--study", "one"]);
    assert_eq!(run.code, 0, "{run:?}");
    let is_text = |name: &&str| {
        !["stages", "picture"].iter().any(|other| name.starts_with(other)) && *name != "report.html"
    };
    assert_eq!(bench.names("out"), RESULTS.into_iter().filter(is_text).collect::<Vec<_>>());
    let summary = fs::read_to_string(bench.folder.join("out/summary.tsv")).unwrap();
    assert!(summary.lines().nth(1).unwrap().starts_with("one\tok\t"), "{summary}");
    assert_eq!(bench.stage(&[("-o", "other")], &["--write", "all"]).code, 2);
}

#[test]
fn a_viewer_needs_its_bundle_and_the_page() {
    let bench = Bench::new();
    let run = bench.stage(&[], &["--viewer", "nowhere/viewer.js"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stderr.contains("bundle could not be read") && run.stderr.contains("npm ci && npm run build"),
        "{}",
        run.stderr
    );
    assert!(!run.stderr.contains("nowhere"), "{}", run.stderr);
    // without a path it is found from a folder of the sources
    std::fs::create_dir_all(bench.folder.join("viewer/dist")).unwrap();
    bench.text("viewer/dist/viewer.js", "alert(1)");
    let found = bench.stage(&[], &["--viewer"]);
    assert!(found.code == 1 && !found.stderr.contains("could not be read"), "{found:?}");
    let run = bench.stage(&[], &["--viewer", "--write", "report"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--viewer is part of the page"), "{}", run.stderr);
    std::fs::write(bench.folder.join("other.js"), "alert(1)").unwrap();
    let run = bench.stage(&[], &["--viewer", &bench.path("other.js")]);
    assert_eq!(run.code, 1, "{run:?}");
    assert!(!bench.folder.join("out").exists());
}

#[test]
fn two_runs_give_the_same_bytes() {
    let bench = Bench::new();
    assert_eq!(bench.stage(&[], &["--hash-inputs"]).code, 0);
    let other = bench.path("other");
    assert_eq!(bench.stage(&[("-o", &other)], &["--hash-inputs"]).code, 0);
    for name in RESULTS {
        let read = |folder: &str| fs::read(bench.folder.join(folder).join(name)).unwrap();
        assert!(read("out") == read("other"), "{name}");
    }
    let hash = bench.report()["inputs"][0]["sha256"].as_str().unwrap().len();
    assert_eq!(hash, 64);
}

#[test]
fn an_onset_may_be_a_date_and_time() {
    let bench = Bench::new();
    bench.text("t2.json", r#"{"AcquisitionDateTime": "2031-05-06T14:00:00.5"}"#);
    let run = bench.stage(&[], &["--onset", "2031-05-06T08:30:00.5", "--onset", "2h"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("criteria    spinal, onset 5.5 h, 2 h"), "{}", run.stdout);
    assert_eq!(bench.report()["criteria"]["onset_hours"], serde_json::json!([5.5, 2.0]));
    assert!(!run.stdout.contains("2031-") && !bench.report().to_string().contains("2031-"));
}

#[test]
fn force_replaces_results() {
    let bench = Bench::new();
    assert_eq!(bench.stage(&[], &[]).code, 0);
    assert_eq!(bench.stage(&[], &["--force", "--onset", "2h"]).code, 0);
    assert_eq!(bench.report()["criteria"]["onset_hours"], serde_json::json!([2.0]));
}

#[test]
fn labels_choose_the_regions_of_one_mask() {
    let bench = Bench::new();
    let both = voxels(&STUDY.hematoma).into_iter().zip(voxels(&STUDY.cord));
    let mask =
        bench.add("seg.nii", &Nifti::u8(&STUDY.mask_grid, both.map(|(blood, cord)| 2 * blood + 7 * cord)));
    let run =
        bench.stage(&[("--hematoma", &format!("{mask}:2")), ("--cord", &format!("{mask}:7"))], &["--json"]);
    let (of_one, of_two) = (run.json(), bench.stage(&[("-o", "")], &["--json"]).json());
    assert_eq!(of_one["stage"], of_two["stage"]);
    assert_eq!(of_one["reference"], of_two["reference"]);
    assert_eq!(of_one["inputs"][2]["labels"], serde_json::json!([2]));
}

#[test]
fn a_volume_of_a_4d_file_is_staged() {
    let bench = Bench::new();
    let t1 = voxels(&STUDY.t1);
    let two =
        bench.add("two.nii", &Nifti::i16(&STUDY.t1_grid, t1.iter().map(|_| 0).chain(t1.iter().copied())));
    let run = bench.stage(&[("--t1", &two)], &["--t1-volume", "1", "--json"]);
    assert_eq!(run.json()["stage"], bench.stage(&[("-o", "")], &["--json"]).json()["stage"]);
}

#[test]
fn the_reference_may_be_another_tissue_or_a_value() {
    let bench = Bench::new();
    let mask = bench.path("cord.nii.gz");
    let tissue = ["--reference", &mask, "--reference-tissue", "muscle", "--json"];
    let report = bench.stage(&[("--cord", ""), ("-o", "")], &tissue).json();
    assert_eq!(report["reference"]["t1"]["tissue"], "muscle");
    let codes = |report: &serde_json::Value| report["findings"].to_string();
    assert!(codes(&report).contains("reference_not_cord"));

    let value = ["--reference-t1", "400,16", "--reference-t2", "400"];
    let run = bench.stage(&[("--cord", "")], &value);
    let report = bench.report();
    assert_eq!(run.code, 0);
    assert_eq!(report["reference"]["t1"]["spread"], 16.0);
    assert_eq!(report["reference"]["t2"]["spread"], serde_json::Value::Null);
    assert!(run.stdout.contains("T1 given, median 400.0 +/- 16.0\n"), "{}", run.stdout);
    assert!(run.stdout.contains("! reference: the reference is a given value"), "{}", run.stdout);
}

#[test]
fn options_reach_the_report() {
    let bench = Bench::new();
    let more = ["--thresholds-t2", "0.5,3", "--reference-mode", "global", "--criteria", "intracranial"];
    let report = bench.stage(&[("-o", "")], &[&more[..], &["--smooth", "none", "--json"]].concat()).json();
    assert_eq!(report["criteria"]["name"], "intracranial");
    assert_eq!(report["criteria"]["thresholds"]["t2"]["hyper_above"], 3.0);
    assert!(
        report["criteria"]["source"].as_str().unwrap().ends_with("; thresholds of T2 given by the caller")
    );
    assert_eq!(report["reference"]["t1"]["mode"], "global");
    let smooth = bench.stage(&[("-o", "")], &[&more[..], &["--json"]].concat()).json();
    assert_ne!(smooth["hematoma"]["signal"], report["hematoma"]["signal"]);
}

#[test]
fn unoriented_files_are_read_when_allowed() {
    let bench = Bench::new();
    let of = |name: &str, image: Nifti| bench.add(name, &image.unoriented());
    let (t1, t2) = (voxels(&STUDY.t1), voxels(&STUDY.t2));
    let (blood, cord) = (voxels(&STUDY.hematoma), voxels(&STUDY.cord));
    let files = [
        ("--t1", &*of("a.nii", Nifti::i16(&STUDY.t1_grid, t1))),
        ("--t2", &*of("b.nii", Nifti::i16(&STUDY.t2_grid, t2))),
        ("--hematoma", &*of("c.nii", Nifti::u8(&STUDY.mask_grid, blood))),
        ("--cord", &*of("d.nii", Nifti::u8(&STUDY.mask_grid, cord))),
    ];
    let refused = bench.stage(&files, &[]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.starts_with("error: a.nii: neither sform nor qform is set"), "{}", refused.stderr);
    let run = bench.stage(&files, &["--allow-unoriented"]);
    assert_eq!(run.code, 0);
    assert_eq!(bench.report()["stage"]["call"], "hyperacute");
    assert!(run.stdout.contains("! t1: neither sform nor qform is set"));
}

#[test]
fn unusual_input_is_staged_with_a_finding() {
    let bench = Bench::new();
    let t2 = bench.path("t2.nii.gz");
    let run = bench.stage(&[("--t1", &t2)], &[]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("! T1 and T2 have the same signal"), "{}", run.stdout);
    assert!(bench.report()["findings"].to_string().contains("identical_images"));

    let t1 = bench.add("nan.nii", &Nifti::i16(&STUDY.t1_grid, voxels(&STUDY.t1)).slope(f32::NAN));
    let run = bench.stage(&[("--t1", &t1)], &["--force"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.contains("t1: scl_slope is NaN; the voxels were read unscaled"), "{}", run.stdout);
    assert_eq!(bench.report()["stage"]["call"], "hyperacute");
}
