//! What files and options hold that no message may show: a patient's text, folders, control sequences; and inputs of any
//! size.

use std::fs;

use crate::bench::{Bench, PATIENT, Run};

/// What stands in the files.
const SECRET: &str = "ZQSMITH";

/// No message is longer.
const MAX_MESSAGE: usize = 310;

#[track_caller]
fn assert_message(run: &Run, code: i32, expected: &str) {
    let shown: String = run.stderr.chars().take(1000).collect();
    assert_eq!(run.code, code, "{shown}");
    assert!(!run.stderr.contains(SECRET) && !run.stdout.contains(SECRET), "{shown}");
    assert!(run.stderr.chars().count() <= MAX_MESSAGE, "{shown}");
    assert!(run.stderr.starts_with(&format!("error: {expected}")), "{expected}: {shown}");
}

#[test]
fn no_message_repeats_the_text_of_landmarks() {
    let bench = Bench::new();
    for (name, text, expected) in [
        (
            "a.json",
            r#"{"PatientName": "ZQSMITH^JOHN", "EchoTime": 0.01}"#,
            "a.json: the landmarks are neither JSON nor CSV: line 1 column 30: expected an array of length 3; expected JSON",
        ),
        (
            "a.csv",
            "patient,ZQSMITH born 1947\nC3,1\n",
            "a.csv: the landmarks are neither JSON nor CSV: line 1: the column `level` is missing; expected JSON",
        ),
        (
            "b.csv",
            "level,x,y,z\nC3,1,2,3\nZQSMITH,1,2,3\n",
            "b.csv: the landmarks are neither JSON nor CSV: line 3: unknown vertebra: expected C1 to C7",
        ),
        (
            "c.csv",
            "level,x,y,z\nC3,1,ZQSMITH,3\n",
            "c.csv: the landmarks are neither JSON nor CSV: line 2: the column `y` holds no number; expected JSON",
        ),
    ] {
        let path = bench.text(name, text);
        assert_message(&bench.stage(&[], &["--landmarks", &path]), 1, expected);
    }
    let path = bench.text("long.csv", format!("{}\nC3,1\n", SECRET.repeat(100_000)));
    assert_message(&bench.stage(&[], &["--landmarks", &path]), 1, "long.csv: the landmarks are neither");
    let path = bench.text("far.json", r#"{"C3":[0,0,0],"C4":[0,0,-2000.5]}"#);
    let expected = "vertebrae: the vertebrae span 2000 mm: expected at most 2000 mm, as no spine is longer";
    assert_message(&bench.stage(&[], &["--landmarks", &path]), 1, expected);
    let path = bench.text("many.csv", format!("level,x,y,z\n{}", "C3,0,0,0\n".repeat(70_000)));
    let expected =
        "many.csv: C3 is among the landmarks 70000 times: expected at most 16 points of one vertebra";
    assert_message(&bench.stage(&[], &["--landmarks", &path]), 2, expected);
}

#[test]
fn no_message_repeats_the_text_of_a_profile_or_scheme() {
    let bench = Bench::new();
    let long = SECRET.repeat(100_000);
    let profile = bench.run(&["criteria", "show", "spinal"]).stdout;
    let line_of = |part: &str| 1 + profile.lines().position(|line| line.contains(part)).unwrap();
    for (from, to, expected) in [
        ("title = ", "ZQSMITH = ", "unknown key: expected one of `name`, `title`, `source`"),
        ("title = ", &*format!("{long} = "), "unknown key: expected one of `name`"),
        ("name = \"acute\"", "name = \"ZQSMITH\"", "unknown stage: expected one of hyperacute"),
        ("weight = 0.3", "weight = \"ZQSMITH\"", "expected a number"),
        ("t1 = \"iso\"", "t1 = \"ZQSMITH\"", "unknown word: expected one of `hypo`, `iso`, `hyper`"),
        ("[mixture]", "[ZQSMITH", "expected `]`"),
        ("name = \"spinal\"", "name = \"ZQSMITH\\u001b]0;x\\u0007\"", "the name holds a character"),
        (
            "name = \"spinal\"",
            "name = \"ZQSMITH\u{202e}\"",
            "the name holds a character that cannot be printed",
        ),
    ] {
        let path = bench.text("c.toml", profile.replacen(from, to, 1));
        let expected = format!("c.toml: line {}: {expected}", line_of(from));
        assert_message(&bench.run(&["criteria", "check", &path]), 1, &expected);
        assert_message(&bench.stage(&[], &["--criteria", &path]), 1, &expected);
    }
    let scheme = "name = \"x\"\nsource = \"y\"\n[vertebrae]\nC3 = 1\nC4 = 2\n";
    for (from, to, expected) in [
        ("name = ", "ZQSMITH = ", "s.toml: line 1: unknown key: expected one of `name`, `title`, `source`"),
        ("C3 = 1", "ZQSMITH = 1", "s.toml: line 4: unknown name: expected a vertebra such as `C3`"),
        ("C3 = 1", "C3 = \"ZQSMITH\"", "s.toml: line 4: expected a whole number"),
        ("\"x\"", "\"ZQSMITH\\u202e\"", "s.toml: line 1: the name holds a character that cannot be printed"),
        (
            "\"x\"",
            &*format!("\"{long}\""),
            "s.toml: line 1: the name has 700000 characters: expected at most 200",
        ),
    ] {
        let path = bench.text("s.toml", scheme.replacen(from, to, 1));
        let map = bench.path("vertebrae.nii.gz");
        assert_message(&bench.stage(&[], &["--vertebrae", &map, "--scheme", &path]), 1, expected);
    }
}

#[test]
fn no_message_repeats_the_text_of_a_manifest() {
    let bench = Bench::new();
    let cells = "t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz";
    let header = "study,t1,t2,hematoma,cord";
    let path = bench.text("m.csv", format!("{header}\n{}", format!("a,{cells}\n").repeat(100_001)));
    let expected = "m.csv: the table has more than 100000 rows: split it into several tables";
    assert_message(&bench.run(&["batch", &path, "-o", "made"]), 2, expected);
    for own in [SECRET.into(), SECRET.repeat(100_000)] {
        let path = bench.text("m.csv", format!("{header},{own}\na,{cells},{SECRET}\n"));
        let run = bench.run(&["batch", &path, "-o", "made", "--write", "report", "--force"]);
        assert_eq!(run.code, 0);
        assert!(
            !run.stderr.contains(SECRET) && !run.stdout.contains(SECRET) && run.stderr.len() < MAX_MESSAGE
        );
    }
    let onsets = vec!["1h"; 1_000_000].join(";");
    for (column, cell, expected) in [
        ("smooth", "ZQSMITH", "smooth: expected one of median, none"),
        ("onset", "ZQSMITH", "onset: expected a time before the scan"),
        ("onset", &*onsets, "onset: 1000000 values, expected at most 16, one per bleeding event"),
        ("criteria", "ZQSMITH", "criteria: expected a TOML file or one of spinal"),
        ("reference_mode", "ZQSMITH", "reference_mode: expected one of trend, global"),
        ("thresholds_t1", "ZQSMITH", "thresholds_t1: expected two ratios"),
        ("t1_volume", "ZQSMITH", "t1_volume: "),
        ("hash_inputs", "ZQSMITH", "hash_inputs: expected true or false"),
    ] {
        let path = bench.text("m.csv", format!("{header},{column}\na,{cells},{cell}\n"));
        let run = bench.run(&["batch", &path, "-o", "made", "--force"]);
        let summary = fs::read_to_string(bench.folder.join("made/summary.tsv")).unwrap();
        assert_eq!(run.code, 3, "{column}");
        for text in [&run.stdout, &run.stderr, &summary] {
            assert!(!text.contains(SECRET), "{text}");
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}

#[test]
fn a_path_given_as_a_word_is_not_repeated() {
    let bench = Bench::new();
    let file = bench.text("x.toml", "");
    let folder = bench.folder.to_str().unwrap();
    let missing = format!("{folder}/missing.toml");
    let listed = format!("acute,{missing}");
    let (series, dashed) = (format!("{folder}#5"), format!("--{missing}"));
    for (arguments, part) in [
        (vec!["criteria", "show", &file], "unknown criteria profile `x.toml`: expected"),
        (vec!["criteria", "show", folder], "unknown criteria profile `(a folder)`: expected"),
        (vec!["criteria", "check", &missing], "missing.toml: the file could not be read"),
        (vec!["read", "--t1", &missing, "--t2", "iso"], "unknown signal level `missing.toml`: expected"),
        (vec!["phantom", "-o", "x", "--from", &missing], "unknown vertebra `missing.toml`: the phantom has"),
        (vec!["phantom", "-o", "x", "--stage", &listed], "unknown stage `missing.toml`: expected"),
        (vec!["phantom", &dashed], "unexpected argument"),
        (vec!["levels", &missing], "span `missing.toml`: `missing.toml` is not a vertebra"),
        (vec!["levels", folder], "a file or folder is given: expected vertebrae"),
        (vec!["inspect", &series], "`#5` chooses a series: give the folder alone"),
    ] {
        let run = bench.run(&arguments);
        assert!(run.code > 0 && run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    let run = bench.stage(&[("--t1", &series)], &[]);
    assert!(run.code > 0 && !run.stderr.contains(PATIENT), "{}", run.stderr);
    let long = "x".repeat(100_000);
    for arguments in [
        vec!["criteria", "show", &long],
        vec!["read", "--t1", &long, "--t2", "iso"],
        vec!["levels", &long],
        vec![&*long],
    ] {
        let run = bench.run(&arguments);
        assert!(run.stderr.chars().count() < 500, "{} characters", run.stderr.chars().count());
    }
}

/// Text as on a terminal, where styles stay: no other control sequence and no invisible character.
#[track_caller]
fn assert_printable(text: &str) {
    let mut rest = text.to_owned();
    while let Some(at) = rest.find("\u{1b}[") {
        let end = rest[at..].find('m').map(|end| at + end).unwrap();
        assert!(rest[at + 2..end].chars().all(|c| c.is_ascii_digit() || c == ';'), "{text:?}");
        rest.replace_range(at..=end, "");
    }
    let is_wrong = |c: char| (c.is_control() && c != '\n') || "\u{202e}\u{200b}\u{feff}\u{61c}".contains(c);
    assert!(!rest.contains(is_wrong), "{text:?}");
}

#[test]
fn no_control_sequence_reaches_a_terminal() {
    let bench = Bench::new();
    for hostile in ["a\u{1b}]0;pwn\u{7}b", "a\u{1b}[2Jb", "a\u{202e}b", "a\u{200b}\u{feff}b", "a\u{9b}31mb"] {
        let (t1, cord) = (bench.path("t1.nii.gz"), bench.path("cord.nii.gz"));
        let file = bench.text(&format!("{hostile}.nii.gz"), "no image");
        let manifest = bench
            .text("m.csv", format!("study,t1,t2,hematoma,cord\n{hostile},{hostile},a,b,{hostile}.nii\n"));
        let named = format!("{cord}:{hostile}");
        let whole = ["--t1", &*t1, "--t2", &t1, "--hematoma", &cord, "--json"];
        let with = |more: &[&'static str], last: &str| -> Vec<String> {
            let words = ["stage"].into_iter().chain(whole).chain(more.iter().copied()).chain([last]);
            words.map(str::to_owned).collect()
        };
        let words = |list: &[&str]| -> Vec<String> { list.iter().map(|word| (*word).to_owned()).collect() };
        for arguments in [
            words(&[hostile]),
            words(&[&format!("--{hostile}")]),
            words(&[&format!("-{hostile}")]),
            words(&["criteria", "show", hostile]),
            words(&["criteria", "check", hostile]),
            words(&["levels", hostile]),
            words(&["read", "--t1", hostile, "--t2", "iso"]),
            words(&["phantom", "-o", "x", "--from", hostile]),
            words(&["phantom", "-o", "x", "--seed", hostile]),
            words(&["inspect", &file]),
            words(&["inspect", "--json", &file]),
            words(&["batch", &manifest, "-o", "made", "--force"]),
            with(&["--reference", "cord.nii.gz", "--reference-tissue"], hostile),
            with(&["--cord"], &named),
            with(&["--cord", "cord.nii.gz", "--study"], hostile),
            with(&["--cord", "cord.nii.gz", "--criteria"], hostile),
            with(&["--cord", "cord.nii.gz", "--onset"], hostile),
        ] {
            let output = bench.command().args(&arguments).env("CLICOLOR_FORCE", "1").output().unwrap();
            assert!(!output.status.success(), "{arguments:?}");
            assert_printable(&String::from_utf8(output.stdout).unwrap());
            assert_printable(&String::from_utf8(output.stderr).unwrap());
        }
        let image = bench.path(&format!("{hostile}.copy.nii.gz"));
        fs::copy(bench.path("t1.nii.gz"), &image).unwrap();
        for arguments in [&["inspect", &*image][..], &["inspect", "--json", &image]] {
            let output = bench.command().args(arguments).env("CLICOLOR_FORCE", "1").output().unwrap();
            assert!(output.status.success(), "{arguments:?}");
            assert_printable(&String::from_utf8(output.stdout).unwrap());
        }
    }
}
