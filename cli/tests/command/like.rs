//! `--like`: the settings of an earlier report, and none of its files.

use std::fs;

use serde_json::Value;

use crate::bench::Bench;

/// What a report says but for its inputs' names and what was found in other masks.
fn settings(report: &Value) -> [Value; 3] {
    ["settings", "criteria", "inputs"].map(|key| report[key].clone())
}

#[test]
fn a_study_is_staged_like_an_earlier_one() {
    let bench = Bench::new();
    let more = [
        "--criteria",
        "intracranial",
        "--thresholds-t2",
        "0.7,1.3",
        "--reference-mode",
        "global",
        "--smooth",
        "none",
        "--align",
        "--hash-inputs",
        "--vertebrae",
        "vertebrae.nii.gz",
        "--scheme",
        "sct",
        "--write",
        "report",
    ];
    assert_eq!(bench.stage(&[("-o", "first")], &more).code, 0);
    let like = ["--like", "first/report.json", "--vertebrae", "vertebrae.nii.gz", "--write", "report"];
    let run = bench.stage(&[("-o", "again")], &like);
    assert_eq!((run.code, &*run.stderr), (0, ""), "the same profile and revision");
    let report = |folder: &str| bench.report_in(folder);
    assert_eq!(report("first"), report("again"));
    // no file is taken
    assert_eq!(bench.stage(&[("-o", "bare")], &["--like", "first/report.json", "--write", "report"]).code, 0);
    assert_eq!(report("bare")["levels"], Value::Null);
    assert_eq!(bench.stage(&[("-o", "none"), ("--t1", "")], &["--like", "first/report.json"]).code, 2);
    // what is given takes precedence
    let other = ["--smooth", "median", "--criteria", "spinal", "--model", "pattern"];
    assert_eq!(bench.stage(&[("-o", "other")], &[&like[..], &other].concat()).code, 0);
    let (first, found) = (report("first"), report("other"));
    assert_ne!(settings(&first)[0], settings(&found)[0]);
    assert_eq!(
        (&found["settings"]["smoothing"], &found["settings"]["asked"]["model"]),
        (&"median".into(), &"pattern".into())
    );
    assert_eq!(found["settings"]["asked"]["reference_mode"], "global");
    assert_eq!(found["criteria"]["name"], "spinal");
    assert_ne!(
        found["criteria"]["thresholds"], first["criteria"]["thresholds"],
        "thresholds stay with their profile"
    );
}

#[test]
fn another_profile_or_revision_is_a_warning() {
    let bench = Bench::new();
    assert_eq!(bench.stage(&[("-o", "first")], &["--write", "report"]).code, 0);
    let text = fs::read_to_string(bench.folder.join("first/report.json")).unwrap();
    let mut report: Value = serde_json::from_str(&text).unwrap();
    report["criteria"]["sha256"] = "0".repeat(64).into();
    report["software"]["results_revision"] = 1.into();
    // as an archived report, which does not tell all
    report["settings"].as_object_mut().unwrap().retain(|key, _| key != "asked" && key != "shape");
    bench.text("old.json", report.to_string());
    let run = bench.stage(&[("-o", "again")], &["--like", "old.json", "--write", "report"]);
    assert_eq!(run.code, 0);
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(
        lines[0],
        "warning: --like: the criteria profile is not the report's (another SHA-256), so calls may differ"
    );
    assert!(
        lines[1].starts_with("warning: --like: the report is of results revision 1 and this program of "),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 2);
    report["criteria"]["name"] = "DOE".into();
    bench.text("own.json", report.to_string());
    let run = bench.stage(&[("-o", "own")], &["--like", "own.json"]);
    assert_eq!(
        (run.code, &*run.stderr),
        (
            2,
            "error: --like: the report's criteria profile is not built in: name its file with --criteria, or another profile\n"
        )
    );
    for (name, text, part) in [
        ("none.json", None, "could not be read"),
        ("x.json", Some("{}"), "not a report of this program: expected the `report.json` of a staged study"),
    ] {
        text.map(|text| bench.text(name, text));
        let run = bench.stage(&[("-o", "own")], &["--like", name]);
        assert!(run.code == 1 && run.stderr.starts_with(&format!("error: {name}: {part}")), "{run:?}");
    }
    // a report is an input: nothing replaces it
    let run =
        bench.stage(&[("-o", "first")], &["--like", "first/report.json", "--write", "report", "--force"]);
    assert!(run.code == 2 && run.stderr.contains("report.json"), "{run:?}");
}
