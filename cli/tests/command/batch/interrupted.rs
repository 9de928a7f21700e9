//! Batches that are killed or stopped, and resumed.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use super::sheet::{HEADER, assert_same, batch, manifest, rows, summary, tree};
use crate::bench::Bench;

/// A batch at work, `done` studies of which are done.
fn begun(bench: &Bench, done: usize, more: &[&str]) -> (Child, BufReader<std::process::ChildStderr>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hemastage"));
    command.current_dir(&bench.folder).args(["batch", "m.csv", "-o", "out", "--jobs", "2"]).args(more);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    for _ in 0..done {
        lines.read_line(&mut String::new()).unwrap();
    }
    (child, lines)
}

#[test]
fn a_killed_batch_is_resumed_to_the_same_bytes() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(20));
    assert_eq!(batch(&bench, "whole", &[]).code, 0);
    let out = bench.folder.join("out");
    let mut cut_off = 0;
    for (kill, (done, wait)) in
        [(0, 0), (0, 9), (1, 0), (2, 3), (5, 1), (9, 0), (15, 5)].into_iter().enumerate()
    {
        let (mut child, _lines) = begun(&bench, done, &[]);
        thread::sleep(Duration::from_millis(wait));
        child.kill().unwrap();
        cut_off += usize::from(child.wait().unwrap().code().is_none());
        // once more in the middle of the resumed run
        let (mut child, _lines) = begun(&bench, done + 3, &["--resume"]);
        child.kill().unwrap();
        cut_off += usize::from(child.wait().unwrap().code().is_none());
        let run = batch(&bench, "out", &["--resume"]);
        assert_eq!(run.code, 0, "kill {kill}: {run:?}");
        assert_same(&out, &bench.folder.join("whole"));
        fs::remove_dir_all(&out).unwrap();
    }
    assert!(cut_off > 3, "{cut_off} of 14 were cut off");
}

#[cfg(unix)]
#[test]
fn an_interrupt_finishes_the_studies_at_work() {
    use std::io::Read as _;

    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(400));
    let (mut child, mut lines) = begun(&bench, 3, &[]);
    let other = batch(&bench, "out", &["--resume"]);
    assert_eq!((other.code, &*other.stdout), (1, ""));
    assert!(other.stderr.starts_with("error: another run writes to the output folder"), "{}", other.stderr);
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    let mut stderr = String::new();
    lines.read_to_string(&mut stderr).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(
        stderr.contains("stopping: the studies under way are finished first") && stderr.contains("--resume"),
        "{stderr}"
    );
    let done = summary(&bench, "out", "study");
    assert!((3..400).contains(&done.len()), "{}", done.len());
    assert_eq!(done, (1..=done.len()).map(|n| format!("study {n}")).collect::<Vec<_>>(), "no gap");
    let mut stdout = String::new();
    child.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
    let expected = format!(
        "studies     {} staged, 0 failed\nstopped     {} not begun: go on with --resume\n",
        done.len(),
        400 - done.len()
    );
    assert!(stdout.starts_with(&expected), "{stdout}");
    let left = tree(&bench.folder.join("out"));
    let folders = left.keys().filter(|name| name.ends_with('/')).count();
    assert_eq!(folders, done.len(), "every study that was begun is in the tables");
    assert!(!left.keys().any(|name| name.contains(".hemastage")));

    manifest(&bench, HEADER, &rows(done.len() + 2));
    assert_eq!(batch(&bench, "out", &["--resume"]).code, 0);
    assert_eq!(batch(&bench, "whole", &[]).code, 0);
    assert_same(&bench.folder.join("out"), &bench.folder.join("whole"));
}

/// With standard output closed, the exit code still says what failed.
#[test]
fn a_closed_pipe_hides_no_failure() {
    let bench = Bench::new();
    let mut table = rows(2);
    for (more, code) in [(&[][..], 0), (&["--validate"], 0), (&["--force"], 3), (&["--validate"], 3)] {
        if code == 3 {
            table[1] = table[1].replace("t1.nii.gz", "none.nii.gz");
        }
        manifest(&bench, HEADER, &table);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_hemastage"));
        command.current_dir(&bench.folder).args(["batch", "m.csv", "-o", "out"]).args(more);
        let output = command.stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{more:?}: {output:?}");
    }
}
