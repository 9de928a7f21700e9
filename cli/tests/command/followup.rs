//! `followup`: the visits of one patient.

use std::{fs, path::Path};

use serde_json::Value;

use crate::bench::{Bench, PATIENT};

/// Puts the report of a bundled study where a visit's is expected.
fn visit(bench: &Bench, name: &str, study: &str) {
    let report = Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata").join(study).join("report.json");
    fs::create_dir(bench.folder.join(name)).unwrap();
    fs::copy(report, bench.folder.join(name).join("report.json")).unwrap();
}

fn visits() -> Bench {
    let bench = Bench::empty();
    visit(&bench, "day0", "acute-oblique");
    visit(&bench, "day9", "late-subacute");
    bench
}

#[test]
fn visits_are_printed_in_a_few_lines_and_written_whole() {
    let bench = visits();
    let arguments = [
        "followup",
        "day0",
        "day9/report.json",
        "none",
        "--at",
        "0h",
        "--at",
        "9d",
        "--at",
        "4w",
        "-o",
        "out",
    ];
    let run = bench.run(&arguments);
    assert_eq!((run.code, &*run.stderr), (0, ""));
    let line = |heading: &str| run.stdout.lines().find(|line| line.starts_with(heading)).unwrap().to_owned();
    assert!(line("volume").contains(" mL (") && line("volume").ends_with("gone between day 9 and day 28"));
    assert!(line("levels").ends_with("not known → not known → none"), "{}", line("levels"));
    assert!(line("stage").ends_with("acute → late subacute → gone"), "{}", line("stage"));
    let text = fs::read_to_string(bench.folder.join("out/followup.json")).unwrap();
    let found: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(found["schema"], "hemastage/followup/1");
    assert_eq!(found["changes"].as_array().unwrap().len(), 3);
    assert!(!text.contains("day0") && !text.contains(PATIENT));
    let files =
        ["followup.html", "followup.json", "followup.png", "followup.svg", "followups.json", "followups.tsv"];
    assert_eq!(bench.names("out"), files);
    let page = fs::read_to_string(bench.folder.join("out/followup.html")).unwrap();
    assert!(page.contains("gone between day 9 and day 28") && !page.contains(PATIENT));

    assert_eq!(bench.run(&arguments).code, 2, "a result is replaced only by --force");
    let mut printed = arguments.to_vec();
    printed.splice(10.., ["--json"]);
    assert_eq!(bench.run(&printed).stdout, text);
}

#[test]
fn wrong_visits_get_a_clear_word() {
    let bench = visits();
    fs::write(bench.folder.join("text.json"), "no report").unwrap();
    for (arguments, code, expected) in [
        (&["day0", "day9", "--at", "0h"][..], 2, "2 visits, but 1 times"),
        (&["day0", "day9", "--at", "0h", "--at", "0h"], 2, "visits 1 and 2 are at the same time, 0 h"),
        (&["day0", "day9", "--at", "0h", "--at", "2026-01-01"], 2, "--at of visit 2 cannot be read"),
        (&["day0", "text.json"], 1, "visit 2: expected the report of a study"),
        (&["day0", "nowhere"], 1, "visit 2: its report could not be read"),
    ] {
        let all = [&["followup"][..], arguments, &["--json"]].concat();
        let run = bench.run(&all);
        assert_eq!((run.code, &*run.stdout), (code, ""), "{arguments:?}: {run:?}");
        assert!(run.stderr.contains(expected), "{arguments:?}: {}", run.stderr);
        assert!(!run.stderr.contains("2026"), "{}", run.stderr);
    }
}
