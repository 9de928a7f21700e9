//! Criteria profiles in files: what is wrong, and in which line.

use std::fs;

use hemastage::Criteria;

use crate::bench::Bench;

/// The profile `spinal` with one part changed, and the line that part is in.
fn changed(from: &str, to: &str) -> (String, usize) {
    let good = Criteria::built_in_toml("spinal").unwrap();
    let line = 1 + good.lines().position(|line| line.contains(from)).unwrap();
    (good.replacen(from, to, 1), line)
}

#[test]
fn a_profile_with_a_fault_is_refused_with_its_line() {
    let bench = Bench::new();
    for (from, to, part) in [
        ("name = \"acute\"", "name = \"subacute\"", "unknown stage: expected one of hyperacute, acute"),
        ("weight = 0.5, source", "weight = -0.5, source", "the weight is -0.5"),
        ("water = 1.25", "water = 0", "the water is 0: expected more than 0"),
        ("hypo_below = 0.75", "hypo_below = 1.20", "expected 0 < hypo_below < hyper_above"),
        ("hypo_below = 0.75", "hypo_below = 1.30", "expected 0 < hypo_below < hyper_above"),
        ("hypo_below = 0.75", "hypo_below = 0", "expected 0 < hypo_below < hyper_above"),
    ] {
        let (text, line) = changed(from, to);
        let file = bench.text("my.toml", text);
        let before = bench.content();
        let start = format!("error: my.toml: line {line}: ");
        let arguments: [&[&str]; 2] =
            [&["criteria", "check", &file], &["read", "--t1", "iso", "--t2", "hyper", "--criteria", &file]];
        let runs = arguments.map(|arguments| bench.run(arguments));
        for run in runs.iter().chain([&bench.stage(&[], &["--criteria", &file])]) {
            assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{run:?}");
            assert!(run.stderr.starts_with(&start) && run.stderr.contains(part), "{start}{part}: {run:?}");
        }
        assert_eq!(bench.content(), before);
    }
}

#[test]
fn a_good_profile_is_used() {
    let bench = Bench::new();
    let (text, _) = changed("name = \"spinal\"", "name = \"mine\"");
    let file = bench.text("my.toml", text);
    let run = bench.run(&["criteria", "check", &file]);
    assert_eq!(run.code, 0);
    assert!(run.stdout.starts_with("valid: mine, T1 hypo < 0.75 and hyper > 1.2, "), "{}", run.stdout);
    let report = bench.stage(&[("-o", "")], &["--criteria", "my.toml", "--json"]).json();
    assert_eq!(report["criteria"]["name"], "mine");
}

#[test]
fn what_is_no_profile_is_refused() {
    let bench = Bench::empty();
    let check = |file: &str, part: &str| {
        let run = bench.run(&["criteria", "check", file]);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""));
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    };
    check(&bench.path("gone.toml"), "error: gone.toml: the file could not be read");
    check(bench.folder.to_str().unwrap(), "error: (a folder): not a regular file");
    check(&bench.text("binary.toml", [0xff, 0xfe, 0x00]), "error: binary.toml: not UTF-8 text");
    check(&bench.text("large.toml", vec![b'#'; (1 << 20) + 1]), "error: large.toml: larger than 1 MiB");
    check(&bench.text("edge.toml", vec![b'#'; 1 << 20]), "error: edge.toml: line ");
    fs::remove_file(bench.folder.join("large.toml")).unwrap();
}
