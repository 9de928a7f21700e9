//! `demo`: the bundled study.

use std::{fs, path::Path};

use approx::abs_diff_eq;

use crate::bench::{Bench, RESULTS, names};

#[test]
fn the_demo_shows_a_mixed_phase() {
    let bench = Bench::empty();
    let run = bench.run(&["demo"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    for part in [
        "stage       late subacute, mixed-phase\n",
        "mixed-phase: acute + late subacute (separated), suggests renewed bleeding\n",
        "levels      C3–T1, 6 vertebrae, 5 interspaces\n",
        "Open in a browser:\n  hemastage-demo/report.html\n",
        "Try next:\n  cd hemastage-demo\n  hemastage stage --t1 t1.nii.gz ",
    ] {
        assert!(run.stdout.contains(part), "{part}: {}", run.stdout);
    }
    let study =
        ["canal.nii.gz", "cord.nii.gz", "hematoma.nii.gz", "t1.nii.gz", "t2.nii.gz", "vertebrae.nii.gz"];
    let mut expected = [&study[..], &RESULTS].concat();
    expected.sort_unstable();
    assert_eq!(bench.names("hemastage-demo"), expected);
    let report = fs::read(bench.folder.join("hemastage-demo/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["stage"]["call"], "late_subacute");
    let mixed = &report["mixed_phase"];
    assert_eq!((&mixed["flag"], &mixed["kind"]), (&true.into(), &"separated".into()));
    assert_eq!(
        (&mixed["phases"][0]["stage"], &mixed["phases"][1]["stage"]),
        (&"acute".into(), &"late_subacute".into())
    );
    for (stage, truth) in [("acute", 0.4), ("late_subacute", 0.6)] {
        let found = report["stage"]["fractions"][stage].as_f64().unwrap();
        assert!(abs_diff_eq!(found, truth, epsilon = 0.06), "{stage}: {found}");
    }
    // the medians of the whole lie between the two phases, where the table has another stage
    let findings = report["findings"].as_array().unwrap();
    let codes: Vec<&str> = findings.iter().map(|finding| finding["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["table_disagrees"], "{findings:?}");
    assert!(findings[0]["message"].as_str().unwrap().ends_with("between those of 2 phases"), "{findings:?}");
}

#[test]
fn the_line_to_try_next_gives_the_same_report() {
    let bench = Bench::empty();
    let run = bench.run(&["demo", "-o", "tour"]);
    assert!(run.stdout.contains("Try next, in the output folder:"), "{}", run.stdout);
    let lines: Vec<&str> = run.stdout.lines().filter_map(|line| line.strip_prefix("  hemastage ")).collect();
    assert_eq!(lines.len(), 3);
    let tour = bench.folder.join("tour");
    for line in lines {
        let done = bench.command().current_dir(&tour).args(line.split(' ')).output().unwrap();
        assert!(done.status.success(), "{line}: {done:?}");
    }
    for name in ["report.json", "stages.nii.gz"] {
        assert!(
            fs::read(tour.join(name)).unwrap() == fs::read(tour.join("again").join(name)).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn the_demo_overwrites_only_by_force() {
    let bench = Bench::empty();
    assert_eq!(bench.run(&["demo"]).code, 0);
    let before = bench.content();
    let run = bench.run(&["demo"]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(
        run.stderr.starts_with("error: t1.nii.gz: already exists in the output folder"),
        "{}",
        run.stderr
    );
    assert_eq!(bench.run(&["demo", "--force"]).code, 0);
    assert!(bench.content() == before);
}

/// The command in the study's README makes the study.
#[test]
fn the_bundled_study_is_as_its_readme_says() {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    let readme = fs::read_to_string(bundled.join("README.md")).unwrap();
    let line = readme.split("```").nth(1).unwrap().replace('\\', " ");
    let arguments: Vec<&str> = line.split_whitespace().skip(1).collect();
    let bench = Bench::empty();
    let run = bench.run(&arguments);
    assert_eq!(run.code, 0, "{run:?}");
    let mut bytes = 0;
    for name in names(&bundled).iter().filter(|name| name.ends_with(".nii.gz")) {
        let (kept, made) = (bundled.join(name), bench.folder.join("study").join(name));
        bytes += kept.metadata().unwrap().len();
        assert!(fs::read(kept).unwrap() == fs::read(made).unwrap(), "{name}");
    }
    assert!((1..2_000_000).contains(&bytes), "{bytes} bytes");
}

#[test]
fn the_case_report_is_made_and_compared() {
    let bench = Bench::empty();
    let run = bench.run(&["demo", "--followup", "-o", "made"]);
    assert_eq!((run.code, &*run.stderr), (0, ""));
    let line = |heading: &str| run.stdout.lines().find(|line| line.starts_with(heading)).unwrap_or_default();
    assert!(line("volume").ends_with("gone between day 7 and day 20"), "{}", run.stdout);
    assert!(line("levels").ends_with("C2–C5 → C2–C4 → C3–C4 → none"), "{}", run.stdout);
    assert!(line("stage").ends_with("acute → early subacute → late subacute → gone"), "{}", run.stdout);
    assert!(line("cord T2").contains("→ normal"), "{}", run.stdout);
    for visit in ["day0", "day2", "day7", "day20"] {
        assert!(bench.folder.join("made").join(visit).join("report.json").is_file());
    }
    // what it prints to try next gives the same follow-up
    let command =
        run.stdout.lines().map(str::trim).find(|line| line.starts_with("hemastage followup ")).unwrap();
    let arguments: Vec<String> = command
        .split(' ')
        .skip(1)
        .map(|word| if word.starts_with("day") { format!("made/{word}") } else { word.into() })
        .collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let next = bench.run(&arguments);
    assert_eq!(next.code, 0, "{}", next.stderr);
    let read = |folder: &str, name: &str| std::fs::read(bench.folder.join(folder).join(name)).unwrap();
    for name in ["followup.json", "followup.svg", "followup.png"] {
        assert_eq!(read("made/followup", name), read("again", name), "{name}");
    }
    // an image of each visit, and nothing of it in the figure without
    let images =
        |folder: &str| String::from_utf8(read(folder, "followup.svg")).unwrap().matches("<image ").count();
    assert_eq!(images("again"), 4);
    let plain = [&arguments[..5], &["-o", "plain"]].concat();
    assert_eq!(bench.run(&plain).code, 0);
    assert_eq!(images("plain"), 0);
    let some = [&arguments[..5], &["--t2", "made/day0/t2.nii.gz", "-o", "some"]].concat();
    assert!(bench.run(&some).stderr.contains("4 visits, but 1 images: give --t2 once for each visit"));
}
