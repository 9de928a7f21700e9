//! `phantom`: synthetic studies.

use std::fs;

use approx::assert_abs_diff_eq;

use crate::bench::Bench;

/// A quick study.
fn make(bench: &Bench, more: &[&str]) -> crate::bench::Run {
    let folder = bench.path("made");
    bench.run(&[&["phantom", "--grid", "small", "-o", &folder], more].concat())
}

#[test]
fn a_study_with_its_truth() {
    let bench = Bench::empty();
    let more =
        ["--seed", "5", "--stage", "acute,late_subacute", "--shares", "1,2", "--from", "C5", "--to", "C7"];
    let run = make(&bench, &[&more[..], &["--side", "left", "--field", "3", "--snr", "none"]].concat());
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let names = bench.names("made");
    assert_eq!(names.len(), 10);
    assert!(names.iter().all(|name| run.stdout.contains(name.as_str())), "{}", run.stdout);
    let truth = fs::read(bench.folder.join("made/truth.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_slice(&truth).unwrap();
    assert_eq!((&truth["seed"], &truth["snr"]), (&5.into(), &serde_json::Value::Null));
    assert_eq!((&truth["field"], &truth["levels"]["last"]), (&"3 T".into(), &"C7".into()));
    let share = truth["stages"]["late_subacute"]["fraction"].as_f64().unwrap();
    assert_abs_diff_eq!(share, 2.0 / 3.0, epsilon = 0.1);
    let made = |name: &str| bench.path(&format!("made/{name}.nii.gz"));
    let run = bench.run(&["inspect", &made("t1")]);
    assert!(run.stdout.contains("44 x 80 x 20"), "{}", run.stdout);
}

#[test]
fn grids_take_other_voxels() {
    let bench = Bench::empty();
    assert_eq!(make(&bench, &["--spacing", "2,2,3", "--fov", "60,100,30"]).code, 0);
    let run = bench.run(&["inspect", &bench.path("made/t1.nii.gz")]);
    assert!(run.stdout.contains("30 x 50 x 10, 2 x 2 x 3 mm"), "{}", run.stdout);
}

#[test]
fn nothing_is_replaced_unasked() {
    let bench = Bench::empty();
    fs::create_dir(bench.folder.join("made")).unwrap();
    bench.text("made/truth.json", "mine");
    let before = bench.content();
    let run = make(&bench, &[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("error: truth.json: already exists"), "{}", run.stderr);
    assert_eq!(bench.content(), before);
    assert_eq!(make(&bench, &["--force"]).code, 0);
    let first = bench.content();
    assert_eq!(make(&bench, &["--force"]).code, 0);
    assert!(bench.content() == first, "the same options give the same bytes");
}

#[test]
fn wrong_options_leave_nothing() {
    let bench = Bench::empty();
    for (more, part) in [
        (&["--stage", "subacute"][..], "unknown stage `subacute`"),
        (&["--stage", "indeterminate"][..], "name one of the five stages"),
        (&["--from", "C8"][..], "unknown vertebra `C8`"),
        (&["--from", "T2", "--to", "C3"][..], "the first vertebra must not lie below the last"),
        (&["--snr", "0"][..], "the signal-to-noise ratio is 0"),
        (&["--snr", "loud"][..], "expected a ratio"),
        (&["--shading", "0.5"][..], "the shading ratio is 0.5"),
        (&["--stage", "acute,chronic", "--shares", "1"][..], "--shares has 1 numbers but --stage 2 names"),
        (
            &["--stage", "acute,chronic,acute", "--layout", "focal"][..],
            "expected two, the ground and the spots",
        ),
        (&["--spacing", "1,1"][..], "expected three lengths in mm"),
        (&["--field", "7"][..], "invalid value '7'"),
    ] {
        let run = make(&bench, more);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{part}: {run:?}");
        assert!(run.stderr.starts_with("error: ") && run.stderr.contains(part), "{part}: {}", run.stderr);
        assert!(bench.names("").is_empty(), "{part}");
    }
}
