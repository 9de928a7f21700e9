//! What a resumed batch does again, and what it keeps.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hash, Hasher},
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    time::SystemTime,
};

use super::sheet::{HEADER, Tree, assert_same_tree, batch, manifest, plant, row, summary, tree};
use crate::{
    bench::{Bench, STUDY, names},
    nifti::{Nifti, voxels},
};

const STUDIES: [&str; 4] = ["a", "b", "c", "d"];

fn rows() -> Vec<String> {
    let mut rows: Vec<String> = STUDIES.iter().map(|study| row(study, "5h") + ",").collect();
    rows[1] = rows[1].replace("t1.nii.gz", "own.nii");
    rows[3] += "mine.toml";
    rows
}

/// A batch whose second study has a T1 of its own, with its results.
static STAGED: LazyLock<Tree> = LazyLock::new(|| {
    let bench = Bench::new();
    bench.add("own.nii", &Nifti::i16(&STUDY.t1_grid, voxels(&STUDY.t1)));
    let profile = bench.run(&["criteria", "show", "spinal"]).stdout;
    bench.text("mine.toml", profile.replace("\"spinal\"", "\"mine\""));
    manifest(&bench, &format!("{HEADER},criteria"), &rows());
    let run = batch(&bench, "out", &[]);
    assert_eq!(run.code, 0, "{run:?}");
    tree(&bench.folder)
});

fn staged() -> Bench {
    let bench = Bench::empty();
    plant(&STAGED, &bench.folder);
    bench
}

/// What a new batch makes of the inputs, which is made once for the same inputs.
fn new_batch(bench: &Bench, code: i32) -> Arc<Tree> {
    static NEW: Mutex<BTreeMap<u64, Arc<Tree>>> = Mutex::new(BTreeMap::new());
    let mut hasher = DefaultHasher::new();
    let inputs = tree(&bench.folder).into_iter().filter(|(name, _)| !name.starts_with("out/"));
    inputs.for_each(|input| input.hash(&mut hasher));
    let key = hasher.finish();
    if let Some(made) = NEW.lock().unwrap().get(&key) {
        return Arc::clone(made);
    }
    assert_eq!(batch(bench, "new", &[]).code, code);
    let new = bench.folder.join("new");
    let made = Arc::new(tree(&new));
    fs::remove_dir_all(new).unwrap();
    NEW.lock().unwrap().insert(key, Arc::clone(&made));
    made
}

fn times(bench: &Bench) -> Vec<Option<SystemTime>> {
    let time = |study: &str| {
        fs::metadata(bench.folder.join("out").join(study).join("report.json")).ok()?.modified().ok()
    };
    STUDIES.into_iter().map(time).collect()
}

/// Resumes, and gives the studies that were staged again; the whole must be as a new batch makes it.
fn again(bench: &Bench, code: i32) -> Vec<&'static str> {
    let before = times(bench);
    let run = batch(bench, "out", &["--resume"]);
    assert_eq!(run.code, code, "{run:?}");
    assert_same_tree(&tree(&bench.folder.join("out")), &new_batch(bench, code));
    let changed: Vec<&str> = STUDIES
        .into_iter()
        .zip(before.into_iter().zip(times(bench)))
        .filter_map(|(study, (before, after))| (before != after).then_some(study))
        .collect();
    let kept = STUDIES.len() - changed.len();
    let unchanged = if kept > 0 { format!(" ({kept} unchanged)") } else { String::new() };
    assert!(
        code != 0 || run.stdout.starts_with(&format!("studies     4 staged{unchanged}, 0 failed\n")),
        "{}",
        run.stdout
    );
    changed
}

#[test]
fn what_is_unchanged_is_kept() {
    let bench = staged();
    assert_eq!(again(&bench, 0), [""; 0]);
    assert_eq!(again(&bench, 0), [""; 0], "and once more");
}

#[test]
fn one_byte_of_an_input_is_enough() {
    let bench = staged();
    let path = bench.folder.join("own.nii");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&path, bytes).unwrap();
    assert_eq!(again(&bench, 0), ["b"]);
    bench.text("own.json", r#"{"EchoTime": 0.01}"#);
    assert_eq!(again(&bench, 0), ["b"], "a sidecar counts");
    let profile = fs::read_to_string(bench.folder.join("mine.toml")).unwrap();
    bench.text("mine.toml", profile + "\n# changed\n");
    assert_eq!(again(&bench, 0), ["d"], "a profile counts");
}

#[test]
fn a_changed_option_is_enough() {
    let (bench, mut rows) = (staged(), rows());
    rows[2] = rows[2].replace("5h", "6h");
    rows.swap(0, 3);
    manifest(&bench, &format!("{HEADER},criteria"), &rows);
    assert_eq!(again(&bench, 0), ["c"], "the order of rows does not count");
    assert_eq!(summary(&bench, "out", "study"), ["d", "b", "c", "a"]);
}

#[test]
fn results_that_were_changed_are_made_again() {
    let bench = staged();
    let out = |name: &str| bench.folder.join("out").join(name);
    fs::remove_file(out("a/stages.nii.gz")).unwrap();
    fs::write(out("b/report.json"), fs::read_to_string(out("b/report.json")).unwrap() + " ").unwrap();
    fs::write(out("c/provenance.json"), "").unwrap();
    assert_eq!(again(&bench, 0), ["a", "b", "c"]);
    let marker = fs::read_to_string(out("d/provenance.json")).unwrap();
    fs::write(out("d/provenance.json"), marker.replace("\"inputs\": \"", "\"inputs\": \"0")).unwrap();
    let table = fs::read_to_string(out("levels.tsv")).unwrap();
    fs::write(out("levels.tsv"), &table[..70]).unwrap();
    assert_eq!(again(&bench, 0), ["d"]);
}

/// A marker as it is before the results are complete.
fn begun(marker: &Path) -> String {
    let mut marker: serde_json::Value = serde_json::from_slice(&fs::read(marker).unwrap()).unwrap();
    marker["outputs"].as_object_mut().unwrap().values_mut().for_each(|hash| *hash = "".into());
    marker.to_string()
}

#[test]
fn leftovers_of_a_kill_are_removed() {
    let bench = staged();
    let out = |name: &str| bench.folder.join("out").join(name);
    let unfinished = |study: &str| {
        fs::create_dir_all(out(study).join(".hemastage/new")).unwrap();
        fs::write(out(study).join(".hemastage/new/report.json"), "part of a file").unwrap();
        fs::write(out(study).join(".hemastage/lock"), "").unwrap();
    };
    unfinished("a");
    fs::write(out("a/provenance.json"), begun(&out("a/provenance.json"))).unwrap();
    fs::remove_file(out("a/report.html")).unwrap();
    fs::remove_dir_all(out("c")).unwrap();
    unfinished("c");
    assert_eq!(again(&bench, 0), ["a", "c"]);
    unfinished("d");
    assert_eq!(again(&bench, 0), [""; 0], "next to whole results");
    assert!(!tree(&bench.folder.join("out")).keys().any(|name| name.contains(".hemastage")));
}

#[test]
fn a_study_that_fails_now_keeps_no_results() {
    let bench = staged();
    bench.text("own.nii", "no image");
    assert_eq!(again(&bench, 3), ["b"]);
    assert!(!Path::new(&bench.path("out/b")).exists());
    assert_eq!(summary(&bench, "out", "status"), ["ok", "failed", "ok", "ok"]);
    assert_eq!(names(&bench.folder.join("out")).len(), 11);
}

#[test]
fn results_wait_for_inputs_that_are_away() {
    let bench = staged();
    let out = bench.folder.join("out");
    let before = tree(&out);
    let moved = |from: &str, to: &str| fs::rename(bench.folder.join(from), bench.folder.join(to)).unwrap();
    moved("own.nii", "away");
    moved("mine.toml", "away.toml");
    for how in ["--resume", "--force", "--resume"] {
        assert_eq!(batch(&bench, "out", &[how]).code, 3);
        let reasons = summary(&bench, "out", "reason");
        assert!(reasons[1].starts_with("t1: own.nii not found: "), "{}", reasons[1]);
        assert!(reasons[3].starts_with("criteria: the file could not be read (No such"), "{}", reasons[3]);
        for (name, bytes) in tree(&out).iter().filter(|(name, _)| name.contains('/')) {
            assert!(before[name] == *bytes, "{how}: {name}");
        }
    }
    moved("away", "own.nii");
    moved("away.toml", "mine.toml");
    assert_eq!(again(&bench, 0), [""; 0]);
    assert!(tree(&out) == before);

    moved("own.nii", "away");
    fs::remove_file(out.join("b/report.html")).unwrap();
    assert_eq!(again(&bench, 3), ["b"], "what is not whole is not kept");
}

/// Memory at the address 0 is a file that can be opened and not be read, as on a failing disk.
#[cfg(target_os = "linux")]
#[test]
fn results_wait_for_inputs_that_cannot_be_read() {
    let bench = staged();
    let (own, away) = (bench.folder.join("own.nii"), bench.folder.join("away"));
    fs::rename(&own, &away).unwrap();
    std::os::unix::fs::symlink("/proc/self/mem", &own).unwrap();
    assert_eq!(batch(&bench, "out", &["--resume"]).code, 3);
    let reason = &summary(&bench, "out", "reason")[1];
    assert!(reason.starts_with("own.nii: reading failed (Input/output error"), "{reason}");
    fs::rename(&away, &own).unwrap();
    assert_eq!(again(&bench, 0), [""; 0]);
}

/// A table of the levels has the name of the sidecar that a map `levels.nii.gz` would have.
#[test]
fn a_map_among_the_results_changes_nothing() {
    let bench = Bench::new();
    fs::create_dir_all(bench.folder.join("out/a")).unwrap();
    fs::rename(bench.folder.join("vertebrae.nii.gz"), bench.folder.join("out/a/levels.nii.gz")).unwrap();
    manifest(&bench, &format!("{HEADER},vertebrae,scheme"), &[row("a", "") + ",out/a/levels.nii.gz,sct"]);
    assert_eq!(batch(&bench, "out", &[]).code, 0);
    let run = batch(&bench, "out", &["--resume"]);
    assert!(run.stdout.starts_with("studies     1 staged (1 unchanged), 0 failed\n"), "{}", run.stdout);
}
