//! Studies that end the process that stages them.

use std::path::Path;

use super::sheet::{HEADER, assert_same, batch, manifest, rows, summary};
use crate::bench::{Bench, Run};

/// A batch in which a study aborts its process, as by damage to its memory.
fn aborted(bench: &Bench, study: &str, more: &[&str]) -> Run {
    let mut command = bench.command();
    command
        .env("HEMASTAGE_TEST_ABORT", study)
        .args(["batch", "m.csv", "-o", "out", "--jobs", "2"])
        .args(more);
    let output = command.output().unwrap();
    Run {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn a_study_that_ends_its_process_is_one_failed_row() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(6));
    assert_eq!(batch(&bench, "whole", &[]).code, 0);
    let run = aborted(&bench, "study 3", &[]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stdout.starts_with("studies     5 staged, 1 failed\n"), "{}", run.stdout);
    let status = summary(&bench, "out", "status");
    assert_eq!(status, ["ok", "ok", "failed", "ok", "ok", "ok"]);
    let reason = &summary(&bench, "out", "reason")[2];
    let expected =
        if cfg!(unix) { "its process ended by signal 6: " } else { "its process ended with exit code " };
    assert!(reason.starts_with(expected), "{reason}");
    assert!(!Path::new(&bench.path("out/study 3")).exists(), "nothing of it is left");

    // once more it fails alone, and once it is well the folder is that of a batch in which it always was
    let again = aborted(&bench, "study 3", &["--resume"]);
    assert!(again.stdout.starts_with("studies     5 staged (5 unchanged), 1 failed\n"), "{}", again.stdout);
    let well = batch(&bench, "out", &["--resume"]);
    assert!(well.stdout.starts_with("studies     6 staged (5 unchanged), 0 failed\n"), "{}", well.stdout);
    assert_same(&bench.folder.join("out"), &bench.folder.join("whole"));
}

#[cfg(unix)]
#[test]
fn without_isolation_it_ends_the_batch() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(2));
    assert_eq!(aborted(&bench, "study 2", &["--no-isolation"]).code, -1);
    let run = aborted(&bench, "none", &["--no-isolation", "--resume"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(batch(&bench, "isolated", &[]).code, 0);
    assert_same(&bench.folder.join("out"), &bench.folder.join("isolated"));
}
