//! The follow-ups of a batch.

use std::fs;

use serde_json::Value;

use crate::bench::Bench;

const HEADER: &str = "patient,visit,t1,t2,hematoma,cord,no_hematoma,visit_time";

fn bench() -> Bench {
    let bench = Bench::new();
    let files = "t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz";
    let gone = "t1.nii.gz,t2.nii.gz,,cord.nii.gz";
    let rows = [
        format!("P1,b,{gone},true,20d"),
        format!("P1,a,{files},,0h"),
        format!("P2,a,{files},,"),
        format!("P2,b,{files},false,"),
        format!("P3,a,{files},,"),
    ];
    bench.text("m.csv", format!("{HEADER}\n{}\n", rows.join("\n")));
    bench
}

#[test]
fn patients_with_two_visits_get_a_folder() {
    let bench = bench();
    let run = bench.run(&["batch", "m.csv", "-o", "out", "--write", "report", "--jobs", "2"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let names = bench.names("out");
    for name in ["P1", "P2", "P1_a", "P1_b", "P2_a", "P3_a", "followups.tsv", "followups.json"] {
        assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
    }
    assert!(!names.contains(&"P3".to_owned()), "one visit is no follow-up");
    let record = |patient: &str| -> Value {
        let path = bench.folder.join("out").join(patient).join("followup.json");
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    };
    let found = record("P1");
    assert_eq!(found["visits"][0]["name"], "a", "visits are put in the order of their times");
    assert_eq!(found["visits"][1]["hours"], 480.0);
    assert_eq!(found["changes"][0]["complete"], true);
    assert_eq!(record("P2")["visits"][1]["hours"], Value::Null);
    let table = fs::read_to_string(bench.folder.join("out/followups.tsv")).unwrap();
    assert!(table.starts_with("patient\tvisit\thours\tmeasure\tlevel\tvalue\tunit\t"), "{table}");
    assert!(table.contains("\nP1\tb\t480\tvolume\tn/a\t0\tmm3\t"), "{table}");
    let summary = fs::read_to_string(bench.folder.join("out/summary.tsv")).unwrap();
    assert!(summary.contains("\nP1_b\tnone\tn/a\t") && summary.contains("\nP1_a\tok\t"), "{summary}");

    // again: a follow-up is not replaced unasked, and a resumed batch gives the same bytes
    let content = bench.content();
    let again = bench.run(&["batch", "m.csv", "-o", "out", "--write", "report"]);
    assert_eq!(again.code, 2, "{}", again.stderr);
    let resumed = bench.run(&["batch", "m.csv", "-o", "out", "--write", "report", "--resume"]);
    assert!(resumed.code == 0 && resumed.stdout.contains("(5 unchanged)"), "{}", resumed.stdout);
    assert_eq!(bench.content(), content);
}

#[test]
fn a_follow_up_that_is_none_any_more_goes() {
    let bench = bench();
    let run = |more: &[&str]| {
        let words = [&["batch", "m.csv", "-o", "out", "--write", "report", "--resume"], more].concat();
        bench.run(&words)
    };
    assert_eq!(run(&[]).code, 0);
    let files = |patient: &str| bench.folder.join("out").join(patient);
    // of a person's own, which has the figure as pixels too
    let own = ["followup", "out/P1_a", "out/P2_a", "--at", "0h", "--at", "2d", "-o", "out/P3"];
    assert_eq!(bench.run(&own).code, 0);
    fs::write(files("P1").join("notes.txt"), "mine").unwrap();

    // one study fails, one row is gone
    let manifest = fs::read_to_string(bench.folder.join("m.csv")).unwrap();
    let lines: Vec<&str> = manifest.lines().collect();
    let failing = lines[4].replace("hematoma.nii.gz", "hematoma.nii.gz:99");
    bench.text("m.csv", [lines[0], lines[2], lines[3], &failing, lines[5]].join("\n"));
    let again = run(&[]);
    assert_eq!(again.code, 3, "{}", again.stderr);
    assert!(
        again.stderr.contains("no follow-up of the patient of line 3: fewer than two"),
        "{}",
        again.stderr
    );
    assert!(!files("P2").exists(), "{:?}", bench.names("out/P2"));
    assert_eq!(bench.names("out/P1"), ["notes.txt"]);
    assert_eq!(bench.names("out/P3").len(), 6, "{:?}", bench.names("out/P3"));
    assert_eq!(fs::read_to_string(files("followups.tsv")).unwrap().lines().count(), 1);

    // no patient has two visits
    bench.text("m.csv", [lines[0], lines[2], lines[3]].join("\n"));
    assert_eq!(run(&[]).code, 0);
    assert!(!files("followups.tsv").exists() && !files("followups.json").exists());
    assert!(files("P1_b").exists(), "folders of studies stay");
}
