//! What must never show: folders, and colors where nobody sees them. Every other test checks it too.

use std::process::{Command, Stdio};

use crate::bench::{Bench, PATIENT, RESULTS};

const DEMO: [&str; 4] = ["demo", "-o", "made", "--force"];

#[test]
fn colors_follow_the_environment() {
    let bench = Bench::empty();
    let run = |variable: &str| {
        let output = bench.command().args(DEMO).env(variable, "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let (plain, colored) = (bench.run(&DEMO).stdout, run("CLICOLOR_FORCE"));
    assert!(colored.contains("\u{1b}["), "{colored}");
    assert_eq!(run("NO_COLOR"), plain);
    // a span of levels has its dash everywhere
    assert!(plain.contains("####") && plain.replace('–', "-").is_ascii(), "{plain}");
}

#[test]
fn usage_errors_quote_no_folder() {
    let bench = Bench::new();
    let (file, folder) = (bench.path("t1.nii.gz"), bench.folder.to_str().unwrap());
    for (arguments, part) in [
        (vec![&*file], "unrecognized subcommand 't1.nii.gz'"),
        (vec![folder], "unrecognized subcommand '(a folder)'"),
        (vec!["read", folder], "unexpected argument '(a folder)'"),
        (vec!["phantom", "-o", "x", "--seed", &file], "invalid value 't1.nii.gz' for '--seed"),
    ] {
        let run = bench.run(&arguments);
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let relative = format!("--seed=../{PATIENT}/t1.nii.gz");
    let run = bench.run(&["phantom", "-o", "x", &relative]);
    assert!(run.stderr.contains("invalid value 't1.nii.gz'"), "{}", run.stderr);
}

#[test]
fn results_hold_no_folder() {
    let bench = Bench::new();
    assert_eq!(bench.stage(&[], &["--hash-inputs"]).code, 0);
    let results: Vec<_> =
        bench.content().into_iter().filter(|(path, _)| path.parent().unwrap().ends_with("out")).collect();
    assert_eq!(results.len(), RESULTS.len());
    for (path, bytes) in results {
        let found = bytes.windows(PATIENT.len()).any(|part| part == PATIENT.as_bytes());
        assert!(!found, "{}", path.display());
    }
}

#[test]
fn help_goes_to_standard_output() {
    let bench = Bench::empty();
    for arguments in [&["--help"][..], &["stage", "--help"], &["phantom", "-h"], &["--version"]] {
        let run = bench.run(arguments);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(run.stdout.contains("hemastage"));
    }
    let run = bench.run(&[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("Usage: hemastage"), "{}", run.stderr);
}

#[test]
fn a_closed_pipe_is_no_failure() {
    let bench = Bench::new();
    let file = bench.path("t1.nii.gz");
    for arguments in
        [&["criteria"][..], &["criteria", "show", "spinal"], &["--help"], &["inspect", &file], &DEMO]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = Command::new(env!("CARGO_BIN_EXE_hemastage"));
        command.args(arguments).current_dir(&bench.folder).stdout(writer).stderr(Stdio::piped());
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}: {output:?}");
    }
}
