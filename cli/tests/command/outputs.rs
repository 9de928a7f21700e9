//! What is in the output folder, whatever happens while results are written: the old ones or the new ones.

use std::{
    collections::BTreeMap,
    fs,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::bench::{Bench, RESULTS};

/// A run of `stage` that replaces results, by its onset.
fn begun(bench: &Bench, onset: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hemastage"));
    command.current_dir(&bench.folder).args(["stage", "--t1", "t1.nii.gz", "--t2", "t2.nii.gz"]);
    command.args(["--hematoma", "hematoma.nii.gz", "--cord", "cord.nii.gz", "-o", "out", "--force"]);
    command.args(["--onset", onset]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The folder of results.
fn results(bench: &Bench) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(bench.folder.join("out")).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &std::path::Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.map(|path| (name(&path), fs::read(&path).unwrap_or_default())).collect()
}

/// The results of two onsets, which differ.
fn two_results(bench: &Bench) -> [BTreeMap<String, Vec<u8>>; 2] {
    let both = ["3h", "36h"].map(|onset| {
        assert!(begun(bench, onset).wait().unwrap().success());
        results(bench)
    });
    assert_eq!(both[0].keys().map(String::as_str).collect::<Vec<_>>(), RESULTS);
    assert!(
        both[0]["report.json"] != both[1]["report.json"] && both[0]["report.html"] != both[1]["report.html"]
    );
    both
}

#[test]
fn results_of_two_runs_at_once_are_never_mixed() {
    let bench = Bench::new();
    let either = two_results(&bench);
    let mut refused = 0;
    for pair in 0..8 {
        let (mut one, mut other) = (begun(&bench, "3h"), begun(&bench, "36h"));
        let codes = [&mut one, &mut other].map(|run| run.wait().unwrap().code());
        assert!(codes.contains(&Some(0)), "pair {pair}: {codes:?}");
        refused += usize::from(codes.contains(&Some(1)));
        assert!(either.contains(&results(&bench)), "pair {pair}");
    }
    assert!(refused > 0, "the pairs have met");
}

#[test]
fn results_of_a_killed_run_are_never_mixed() {
    let bench = Bench::new();
    let [old, new] = two_results(&bench);
    let mut cut_off = 0;
    for kill in 0..12 {
        assert!(begun(&bench, "3h").wait().unwrap().success());
        assert!(results(&bench) == old, "nothing of an earlier kill is left");
        let mut run = begun(&bench, "36h");
        thread::sleep(Duration::from_millis(kill * 12));
        run.kill().unwrap();
        cut_off += usize::from(run.wait().unwrap().code().is_none());
        let mut found = results(&bench);
        found.remove(".hemastage");
        let is_part_of = |whole: &BTreeMap<_, _>| found.iter().all(|(name, bytes)| whole[name] == *bytes);
        assert!(is_part_of(&old) || is_part_of(&new), "kill {kill}: {:?}", found.keys());
        assert!(!found.contains_key("report.json") || found.len() == RESULTS.len(), "kill {kill}");
    }
    assert!(cut_off > 2, "{cut_off} of 12 were cut off");
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_nothing_behind() {
    let bench = Bench::new();
    let before = bench.content();
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut stopped = 0;
        for wait in [5, 20, 40, 60] {
            let mut run = begun(&bench, "3h");
            // from here on there is something to remove
            while run.try_wait().unwrap().is_none() && !bench.folder.join("out/.hemastage/new").exists() {
                thread::sleep(Duration::from_micros(100));
            }
            thread::sleep(Duration::from_millis(wait));
            Command::new("kill")
                .args([signal, &run.id().to_string()])
                .stderr(Stdio::null())
                .status()
                .unwrap();
            let ended = run.wait().unwrap();
            if ended.success() {
                assert_eq!(results(&bench).len(), RESULTS.len());
                fs::remove_dir_all(bench.folder.join("out")).unwrap();
            } else {
                assert_eq!(ended.code(), Some(code), "{signal} after {wait} ms");
                stopped += 1;
            }
            assert_eq!(bench.content(), before, "{signal} after {wait} ms");
        }
        assert!(stopped > 0, "{signal}");
    }
}

#[test]
fn no_result_replaces_an_input() {
    let bench = Bench::new();
    let refused = |changes: &[(&str, &str)], more: &[&str], role: &str, result: &str| {
        let before = bench.content();
        let more = [&["--force"], more].concat();
        let run = bench.stage(changes, &more);
        let expected = format!(
            "error: {role}: lies where the result {result} goes, and would be replaced: choose another output folder\n"
        );
        assert_eq!((run.code, run.stderr), (2, expected), "{changes:?} {more:?}");
        assert_eq!(bench.content(), before);
    };
    fs::copy(bench.folder.join("t1.nii.gz"), bench.folder.join("stages.nii.gz")).unwrap();
    refused(&[("--t1", "stages.nii.gz"), ("-o", ".")], &[], "t1", "stages.nii.gz");
    refused(&[("--hematoma", "stages.nii.gz:1"), ("-o", ".")], &[], "hematoma", "stages.nii.gz");
    bench.text("levels.json", r#"[{"level": "C5", "x": 0, "y": 0, "z": 0}]"#);
    refused(&[("-o", ".")], &["--landmarks", "levels.json"], "landmarks", "levels.json");
    bench.text("summary.tsv", bench.run(&["criteria", "show", "spinal"]).stdout);
    refused(&[("-o", ".")], &["--criteria", "summary.tsv"], "--criteria", "summary.tsv");
    bench.text("summary.tsv", include_str!("../../../src/steps/level/schemes/sct.toml"));
    refused(
        &[("-o", ".")],
        &["--vertebrae", "vertebrae.nii.gz", "--scheme", "./summary.tsv"],
        "--scheme",
        "summary.tsv",
    );
    bench.text("report.html", "// a bundle");
    refused(&[("-o", ".")], &["--viewer", "report.html"], "--viewer", "report.html");
    // a sidecar is read although nobody names it
    fs::copy(bench.folder.join("t2.nii.gz"), bench.folder.join("measures.nii.gz")).unwrap();
    bench.text("measures.json", "{}");
    refused(&[("--t2", "measures.nii.gz"), ("-o", ".")], &[], "t2", "measures.json");
    fs::remove_file(bench.folder.join("measures.json")).unwrap();
    assert_eq!(bench.stage(&[("--t2", "measures.nii.gz"), ("-o", ".")], &["--force"]).code, 0);
}
