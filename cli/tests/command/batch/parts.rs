//! A manifest in parts, as the jobs of a cluster stage it, and what gathers them.

use std::{fs, thread};

use super::sheet::{HEADER, assert_same, batch, manifest, row, rows};
use crate::bench::Bench;

const WRITE: [&str; 2] = ["--write", "map,tables"];

fn part(bench: &Bench, output: &str, more: &[&str]) -> crate::bench::Run {
    batch(bench, output, &[&WRITE, more].concat())
}

/// Seven studies: one without its mask, and one with the name of another in a part far from it.
fn bench() -> Bench {
    let bench = Bench::new();
    let mut rows = rows(7);
    rows[2] = rows[2].replace("hematoma.nii.gz", "none.nii.gz");
    rows[6] = row("STUDY 1", "9h");
    manifest(&bench, HEADER, &rows);
    bench
}

#[test]
fn parts_of_a_manifest_are_gathered_to_the_whole() {
    let bench = bench();
    assert_eq!(part(&bench, "whole", &[]).code, 3);
    let run = part(&bench, "out", &["--rows", "0:3"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stdout.starts_with("studies     2 staged, 1 failed\n"), "{}", run.stdout);
    assert!(run.stdout.contains("a folder per study, and no table"), "{}", run.stdout);
    assert_eq!(bench.names("out"), ["study 1", "study 2"]);
    // for an engine that stops at any exit code but 0
    assert_eq!(part(&bench, "out", &["--rows", "1/2", "--resume", "--failures", "ok"]).code, 0);
    let run = part(&bench, "out", &["--rows", "0:2"]);
    assert!(run.code == 2 && run.stderr.contains("already holds results of this study"), "{run:?}");
    let run = part(&bench, "out", &["--rows", "2/2"]);
    assert!(run.code == 3 && run.stdout.contains("the study's name is that of line 2"), "{run:?}");
    let run = part(&bench, "out", &["--resume", "--failures", "ok"]);
    assert!(
        run.code == 0 && run.stdout.starts_with("studies     5 staged (5 unchanged), 2 failed\n"),
        "{run:?}"
    );
    assert_same(&bench.folder.join("out"), &bench.folder.join("whole"));
    // folders that were staged elsewhere and moved
    fs::rename(bench.folder.join("out"), bench.folder.join("moved")).unwrap();
    for name in ["summary.tsv", "index.html", "methods.md"] {
        drop(fs::remove_file(bench.folder.join("moved").join(name)));
    }
    assert_eq!(part(&bench, "moved", &["--resume"]).code, 3);
    assert_same(&bench.folder.join("moved"), &bench.folder.join("whole"));
    for (rows, text) in [
        ("7:9", "--rows begins at 7, but the manifest has 7 rows, from 0"),
        ("3:3", "expected rows counted from 0, the end excluded"),
        ("0/2", "or the first of ten parts as in `1/10`"),
    ] {
        let run = part(&bench, "out", &["--rows", rows]);
        assert!(run.code == 2 && run.stderr.contains(text), "{run:?}");
    }
}

#[test]
fn the_same_part_twice_at_once_is_staged_once() {
    let bench = bench();
    assert_eq!(part(&bench, "whole", &[]).code, 3);
    let unchanged = thread::scope(|scope| {
        let run = || part(&bench, "out", &["--rows", "0:6", "--resume", "--wait", "--jobs", "1"]);
        let runs = [scope.spawn(run), scope.spawn(run), scope.spawn(run)];
        let texts = runs.map(|run| run.join().unwrap()).map(|run| {
            assert_eq!(run.code, 3, "{run:?}");
            assert!(run.stdout.starts_with("studies     5 staged"), "{}", run.stdout);
            run.stdout
        });
        texts.iter().map(|text| unchanged(text)).sum::<usize>()
    });
    assert_eq!(unchanged, 10, "each of five studies is kept by two of three runs");
    // two that gather at once
    thread::scope(|scope| {
        let run = || assert_eq!(part(&bench, "out", &["--resume", "--wait"]).code, 3);
        let runs = [scope.spawn(run), scope.spawn(run)];
        for run in runs {
            run.join().unwrap();
        }
    });
    assert_same(&bench.folder.join("out"), &bench.folder.join("whole"));
}

/// The number of studies that a run found unchanged.
fn unchanged(stdout: &str) -> usize {
    let number = stdout.split_once('(').and_then(|(_, rest)| rest.split_once(" unchanged)"));
    number.map_or(0, |(number, _)| number.parse().unwrap())
}
