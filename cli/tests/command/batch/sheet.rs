//! Manifests over one small study, and what a batch leaves in its folder.

use std::{collections::BTreeMap, fs, path::Path};

use crate::bench::{Bench, Run};

/// The columns of most manifests here.
pub(super) const HEADER: &str = "study,t1,t2,hematoma,cord,onset";

/// A row of [`HEADER`] for the small study.
pub(super) fn row(study: &str, onset: &str) -> String {
    format!("{study},t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz,{onset}")
}

/// Rows of as many studies, each with another onset.
pub(super) fn rows(count: usize) -> Vec<String> {
    (1..=count).map(|n| row(&format!("study {n}"), &format!("{n}h"))).collect()
}

/// Writes a manifest and names it.
pub(super) fn manifest(bench: &Bench, header: &str, rows: &[String]) -> &'static str {
    bench.text("m.csv", format!("{header}\n{}\n", rows.join("\n")));
    "m.csv"
}

/// Runs a batch of `m.csv` into a folder.
pub(super) fn batch(bench: &Bench, output: &str, more: &[&str]) -> Run {
    bench.run(&[&["batch", "m.csv", "-o", output], more].concat())
}

/// Every file below a folder with its bytes, by its name from there.
pub(super) fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() {
                open.push(path);
                found.insert(name + "/", Vec::new());
            } else {
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Asserts that two folders hold the same, naming what differs.
pub(super) fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (tree(one), tree(other));
    assert!(one.len() > 6, "{:?}", one.keys());
    let names = |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one), names(&other));
    for (name, bytes) in &one {
        assert!(bytes == &other[name], "{name} differs");
    }
}

/// One column of the summary in a folder.
pub(super) fn summary(bench: &Bench, output: &str, column: &str) -> Vec<String> {
    let table = fs::read(bench.folder.join(output).join("summary.tsv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_reader(&*table);
    let at = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}
