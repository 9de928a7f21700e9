//! Files that no batch wrote, where a batch would write.

use std::{fs, path::Path, process::Command};

use super::sheet::{HEADER, batch, manifest, row, rows, summary, tree};
use crate::bench::Bench;

const HOW: [&str; 2] = ["--resume", "--force"];

/// Asserts that a batch is refused and leaves everything as it was.
fn assert_refused(bench: &Bench, table: &str, how: &str, part: &str) {
    let before = bench.content();
    let run = bench.run(&["batch", table, "-o", "out", how]);
    assert_eq!((run.code, &*run.stdout), (2, ""), "{part}: {run:?}");
    assert!(run.stderr.starts_with(&format!("error: {part}")), "{part}: {}", run.stderr);
    assert!(bench.content() == before, "{part}");
}

#[test]
fn only_tables_of_a_batch_are_replaced() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(1));
    assert_eq!(batch(&bench, "out", &[]).code, 0);
    let out = |name: &str| bench.folder.join("out").join(name);
    for name in ["summary.tsv", "levels.json", "methods.md", "index.html"] {
        let kept = fs::read(out(name)).unwrap();
        for own in [&b"study\tage\n1\t50\n"[..], b"{\"a\": 1}", &kept[1..], &kept[..9]] {
            fs::write(out(name), own).unwrap();
            for how in HOW {
                assert_refused(
                    &bench,
                    "m.csv",
                    how,
                    &format!("{name}: what has this name in the output folder is no table"),
                );
            }
        }
        fs::remove_file(out(name)).unwrap();
        fs::create_dir(out(name)).unwrap();
        assert_refused(&bench, "m.csv", "--resume", &format!("{name}: "));
        fs::remove_dir(out(name)).unwrap();
        fs::write(out(name), kept).unwrap();
    }
    let table = fs::read_to_string(out("summary.tsv")).unwrap();
    let header: Vec<&str> = table.lines().next().unwrap().split('\t').collect();
    let ignored: Vec<String> = header[1..].iter().map(|name| format!("--ignore-column={name}")).collect();
    let mut arguments = vec!["batch", "out/summary.tsv", "-o", "out", "--force"];
    arguments.extend(ignored.iter().map(String::as_str));
    let run = bench.run(&arguments);
    assert_eq!(
        (run.code, &*run.stderr),
        (
            2,
            "error: the manifest lies where a table of the output folder goes: choose another output folder\n"
        )
    );
    assert_eq!(fs::read_to_string(out("summary.tsv")).unwrap(), table);

    fs::remove_file(out("summary.tsv")).unwrap();
    manifest(&bench, &format!("{HEADER},landmarks"), &[row("a", "") + ",out/levels.tsv"]);
    assert_refused(
        &bench,
        "m.csv",
        "--force",
        "an input of line 2 lies where a table of the output folder goes",
    );
}

/// Opening a pipe would wait for a writer for ever.
#[cfg(unix)]
#[test]
fn pipes_and_links_are_not_opened() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(2));
    assert_eq!(batch(&bench, "out", &[]).code, 0);
    let pipe = |name: &str| {
        let path = bench.folder.join("out").join(name);
        fs::remove_file(&path).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    };
    let refusal = |part: &str| {
        let run = batch(&bench, "out", &["--resume"]);
        assert_eq!(run.code, 2);
        assert!(run.stderr.starts_with(part), "{}", run.stderr);
    };
    let path = pipe("measures.tsv");
    refusal("error: measures.tsv: what has this name in the output folder is no table");
    fs::remove_file(&path).unwrap();
    fs::write(bench.folder.join("mine"), "").unwrap();
    std::os::unix::fs::symlink(bench.folder.join("mine"), &path).unwrap();
    refusal("error: measures.tsv: what has this name in the output folder is no table");
    fs::remove_file(&path).unwrap();
    pipe("study 1/provenance.json");
    pipe("study 2/report.json");
    assert_eq!(batch(&bench, "out", &["--resume"]).code, 3);
    let reasons = summary(&bench, "out", "reason");
    assert!(
        reasons.iter().all(|reason| reason.contains(": lies where the results go, and no batch wrote it")),
        "{reasons:?}"
    );
}

/// Results of `stage`, or files with such names, in the folder of a study.
#[test]
fn results_of_others_fail_their_study_alone() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(3));
    assert_eq!(batch(&bench, "out", &["--write", "report"]).code, 0);
    let out = bench.folder.join("out");
    fs::write(out.join("study 1/picture.png"), "mine").unwrap();
    fs::remove_dir_all(out.join("study 2")).unwrap();
    assert_eq!(bench.stage(&[("-o", "out/study 2")], &["--onset", "9h"]).code, 0);
    let staged = tree(&out.join("study 2"));
    for how in HOW {
        assert_eq!(batch(&bench, "out", &[how]).code, 3);
        assert!(tree(&out.join("study 2")) == staged, "{how}");
        assert_eq!(fs::read_to_string(out.join("study 1/picture.png")).unwrap(), "mine", "{how}");
        let reasons = summary(&bench, "out", "reason");
        assert_eq!(
            reasons[0],
            "picture.png: lies where the results go, and no batch wrote it: move it away, or choose another folder or name"
        );
        assert!(reasons[1].contains(": lies where the results go, and no batch wrote it"), "{}", reasons[1]);
        assert_eq!(reasons[2], "n/a");
    }
    // a failing study removes nobody's files either
    let failing: Vec<String> = rows(3).iter().map(|row| row.replace(",2h", ",x")).collect();
    manifest(&bench, HEADER, &failing);
    assert_eq!(batch(&bench, "out", &["--resume"]).code, 3);
    assert!(tree(&out.join("study 2")) == staged);
}

/// A report and the tables of another study would be one study to whoever reads the folder.
#[test]
fn stage_leaves_no_older_results_next_to_its_own() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(1));
    assert_eq!(batch(&bench, "out", &["--write", "tables"]).code, 0);
    fs::remove_file(bench.folder.join("out/study 1/report.json")).unwrap();
    let before = bench.content();
    for more in [&["--write", "report", "--force"][..], &["--write", "report"]] {
        let run = bench.stage(&[("-o", "out/study 1")], more);
        assert_eq!((run.code, &*run.stdout), (2, ""));
        assert_eq!(
            run.stderr,
            "error: summary.tsv, summary.json, levels.tsv, levels.json, measures.tsv, measures.json, provenance.json: in the output folder, and would stay next to the new results: remove what is there, choose another folder, or name its part in --write\n"
        );
        assert!(bench.content() == before);
    }
    fs::remove_file(bench.folder.join("out/study 1/provenance.json")).unwrap();
    let all = ["--write", "report,tables", "--force"];
    assert_eq!(bench.stage(&[("-o", "out/study 1")], &all).code, 0);
    assert!(Path::new(&bench.path("out/study 1/report.json")).exists());
}
