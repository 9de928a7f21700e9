//! `levels`: spans counted.

use serde_json::json;

use crate::bench::{Bench, PATIENT};

#[test]
fn one_line_per_span() {
    let bench = Bench::empty();
    let run = bench.run(&["levels", "C3-T1", "T6/7-L2/3", "c7", "T2-T6; T12-L1"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(
        lines,
        [
            "C3–T1: 6 vertebrae (C3 C4 C5 C6 C7 T1), 5 interspaces; cervical, cervicothoracic junction, upper thoracic",
            "T7–L2: 8 vertebrae (T7 T8 T9 T10 T11 T12 L1 L2), 7 interspaces; mid thoracic, lower thoracic, thoracolumbar junction, lumbar",
            "C7: 1 vertebra (C7), 0 interspaces; cervical",
            "T2–T6; T12–L1: 7 vertebrae in 2 runs (T2 T3 T4 T5 T6 T12 L1), 5 interspaces; upper thoracic, mid thoracic, lower thoracic, thoracolumbar junction, lumbar",
        ]
    );
}

#[test]
fn json_has_these_keys() {
    let bench = Bench::empty();
    let expected = json!([
        {
            "text": "c5 to 7", "span": "C5–C7", "levels": ["C5", "C6", "C7"],
            "vertebrae": 3, "interspaces": 2, "regions": ["cervical"]
        },
        {
            "text": "L5-S1", "span": "L5–S1", "levels": ["L5", "S1"],
            "vertebrae": 2, "interspaces": 1, "regions": ["lumbar", "lumbosacral_junction", "sacral"]
        }
    ]);
    assert_eq!(bench.run(&["levels", "c5 to 7", "L5-S1", "--json"]).json(), expected);
    assert_eq!(bench.run(&["levels", "c5 to 7", "--json", "L5-S1"]).json(), expected);
    let run = bench.run(&["levels", "--json", "c5 to 7", "L5-S1"]);
    assert_eq!(run.json(), expected);
    let order = ["\"text\"", "\"span\"", "\"levels\"", "\"vertebrae\"", "\"interspaces\"", "\"regions\""];
    assert!(order.iter().map(|key| run.stdout.find(key).unwrap()).is_sorted());
}

#[test]
fn a_refused_text_leaves_the_others() {
    let bench = Bench::empty();
    let run = bench.run(&["levels", "C8", "C3-C5", "-C3", "cauda equina"]);
    assert_eq!(run.code, 2);
    assert_eq!(run.stdout, "C3–C5: 3 vertebrae (C3 C4 C5), 2 interspaces; cervical\n");
    let lines: Vec<&str> = run.stderr.lines().collect();
    assert_eq!(lines.len(), 3, "{lines:?}");
    for (line, start) in lines.iter().zip([
        "error: span `C8`: there is no vertebra C8",
        "error: span `-C3`: the upper end is missing",
        "error: span `cauda equina`: `cauda equina` is not a vertebra",
    ]) {
        assert!(line.starts_with(start), "{line}");
    }

    let run = bench.run(&["levels", "T1-C3", "C3-C5", "--json"]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, found.as_array().unwrap().len()), (2, 1));
    assert_eq!(found[0]["text"], "C3-C5");
    assert!(run.stderr.contains("T1 to C3 runs upwards"), "{}", run.stderr);

    let run = bench.run(&["levels", "-C3", "--json"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, "[]\n"), "the JSON stays whole");
    let run = bench.run(&["levels", "--json", "--", "C7", "-C3"]);
    let found: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.code, &found[0]["span"]), (2, &"C7".into()));
    let run = bench.run(&["levels", ""]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("no vertebra is given"), "{}", run.stderr);
}

#[test]
fn no_text_is_wrong_usage() {
    let bench = Bench::empty();
    let run = bench.run(&["levels"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("<SPAN>"), "{}", run.stderr);
    assert!(bench.run(&["levels", "--help"]).stdout.contains("T13 and L6 count only when"));
}

#[test]
fn a_path_given_by_mistake_is_not_shown() {
    let bench = Bench::new();
    let (file, folder) = (bench.path("t1.nii.gz"), bench.folder.to_str().unwrap());
    for path in [&file, folder] {
        let run = bench.run(&["levels", path]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""));
        assert!(run.stderr.starts_with("error: a file or folder is given"), "{}", run.stderr);
    }
    let run =
        bench.run(&["levels", &format!("{folder}/gone.nii.gz"), &format!("../{PATIENT}-2/gone.nii.gz")]);
    assert_eq!(run.stderr.matches("`gone.nii.gz` is not a vertebra").count(), 2, "{}", run.stderr);
}
