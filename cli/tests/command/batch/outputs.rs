//! Output folders that are in use, hold results or can't be written.

use std::fs;

use super::sheet::{HEADER, assert_same, batch, manifest, rows};
use crate::bench::Bench;

#[test]
fn results_are_replaced_only_by_force() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(2));
    assert_eq!(batch(&bench, "out", &[]).code, 0);
    let before = bench.content();
    let run = batch(&bench, "out", &[]);
    assert_eq!(run.code, 2);
    assert_eq!(
        run.stderr,
        "error: summary.tsv: already exists in the output folder: choose another folder, go on with --resume, or replace them with --force\n"
    );
    assert!(bench.content() == before);
    let tables = [
        "summary.tsv",
        "summary.json",
        "levels.tsv",
        "levels.json",
        "measures.tsv",
        "measures.json",
        "methods.md",
        "index.html",
    ];
    for name in tables {
        fs::remove_file(bench.folder.join("out").join(name)).unwrap();
    }
    let run = batch(&bench, "out", &[]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.starts_with("error: study 1: the output folder already holds results of this study: "),
        "{}",
        run.stderr
    );

    manifest(&bench, HEADER, &rows(2).iter().map(|row| row.replace(",2h", ",5h")).collect::<Vec<_>>());
    fs::write(bench.folder.join("out/study 1/notes.txt"), "mine").unwrap();
    assert_eq!(batch(&bench, "out", &["--force"]).code, 0);
    assert_eq!(bench.report_in("out/study 2")["criteria"]["onset_hours"], serde_json::json!([5.0]));
    assert_eq!(
        fs::read_to_string(bench.folder.join("out/study 1/notes.txt")).unwrap(),
        "mine",
        "what is no result stays"
    );
    fs::remove_file(bench.folder.join("out/study 1/notes.txt")).unwrap();
    assert_eq!(batch(&bench, "new", &[]).code, 0);
    assert_same(&bench.folder.join("out"), &bench.folder.join("new"));
}

#[test]
fn an_output_folder_that_cannot_be_made_is_reported() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(1));
    let before = bench.content();
    let run = batch(&bench, "t1.nii.gz/out", &[]);
    assert_eq!((run.code, &*run.stdout), (1, ""));
    assert!(run.stderr.starts_with("error: the output folder cannot be made ("), "{}", run.stderr);
    assert!(bench.content() == before);
}

/// A limit to the size of files stands for a full disk: there is room for the dictionaries, not for the rows.
#[cfg(target_os = "linux")]
#[test]
fn a_table_that_cannot_be_written_stops_the_batch() {
    let bench = Bench::new();
    let failing: Vec<String> = rows(600).iter().map(|row| row.replace("t1.nii.gz", "none.nii.gz")).collect();
    manifest(&bench, HEADER, &failing);
    let command = "trap '' XFSZ; ulimit -f 200; exec \"$0\" batch m.csv -o out";
    let mut shell = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_hemastage");
    let run = shell.args(["-c", command, program]).current_dir(&bench.folder).output().unwrap();
    let stderr = String::from_utf8(run.stderr).unwrap();
    assert_eq!((run.status.code(), &*run.stdout), (Some(1), &b""[..]), "{stderr}");
    assert!(stderr.contains("\nerror: summary.tsv: could not be written (File too large"), "{stderr}");
    assert_eq!(bench.names("out").len(), 7, "tables and no study: {:?}", bench.names("out"));
    let table = fs::read_to_string(bench.folder.join("out/summary.tsv")).unwrap();
    assert!(table.ends_with('\n') && table.lines().count() > 10, "whole rows");
}

#[cfg(unix)]
#[test]
fn a_read_only_output_folder_is_reported() {
    use std::os::unix::fs::PermissionsExt;

    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(1));
    let out = bench.folder.join("out");
    fs::create_dir(&out).unwrap();
    fs::set_permissions(&out, fs::Permissions::from_mode(0o555)).unwrap();
    if fs::write(out.join("probe"), "").is_ok() {
        eprintln!("skipped: permissions do not bind this user");
        return;
    }
    let run = batch(&bench, "out", &[]);
    assert_eq!((run.code, &*run.stdout), (1, ""));
    assert!(
        run.stderr.starts_with("error: summary.json: could not be written (Permission denied"),
        "{}",
        run.stderr
    );
}

/// A file that another program put there while the batch was at work.
#[test]
fn a_file_in_a_studys_place_fails_that_study_alone() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(3));
    fs::create_dir(bench.folder.join("out")).unwrap();
    fs::write(bench.folder.join("out/study 2"), "mine").unwrap();
    let run = batch(&bench, "out", &[]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("2/3 study 2: failed: a file or link in the output folder has the study's name"),
        "{}",
        run.stderr
    );
    assert_eq!(fs::read_to_string(bench.folder.join("out/study 2")).unwrap(), "mine");
}
