//! Manifests over one small study, and what a batch leaves in its folder.

use std::{collections::BTreeMap, fs, path::Path};

use crate::bench::{Bench, Run};

/// The columns of most manifests here.
pub(crate) const HEADER: &str = "study,t1,t2,hematoma,cord,onset";

/// A row of [`HEADER`] for the small study.
pub(crate) fn row(study: &str, onset: &str) -> String {
    format!("{study},t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz,{onset}")
}

/// Rows of as many studies, each with another onset.
pub(crate) fn rows(count: usize) -> Vec<String> {
    (1..=count).map(|n| row(&format!("study {n}"), &format!("{n}h"))).collect()
}

/// Writes a manifest and names it.
pub(crate) fn manifest(bench: &Bench, header: &str, rows: &[String]) -> &'static str {
    bench.text("m.csv", format!("{header}\n{}\n", rows.join("\n")));
    "m.csv"
}

/// Runs a batch of `m.csv` into a folder.
pub(crate) fn batch(bench: &Bench, output: &str, more: &[&str]) -> Run {
    bench.run(&[&["batch", "m.csv", "-o", output], more].concat())
}

/// Files with their bytes, by their name from a folder; a folder's name ends with `/`.
pub(crate) type Tree = BTreeMap<String, Vec<u8>>;

/// Everything below a folder.
pub(crate) fn tree(folder: &Path) -> Tree {
    let mut found = Tree::new();
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

/// Writes what [`tree`] read.
pub(crate) fn plant(tree: &Tree, folder: &Path) {
    // a folder comes before what is in it
    for (name, bytes) in tree {
        match name.strip_suffix('/') {
            Some(name) => fs::create_dir(folder.join(name)).unwrap(),
            None => fs::write(folder.join(name), bytes).unwrap(),
        }
    }
}

/// Asserts that two folders hold the same, naming what differs.
pub(crate) fn assert_same(one: &Path, other: &Path) {
    assert_same_tree(&tree(one), &tree(other));
}

/// Asserts that two trees are the same, naming what differs.
pub(crate) fn assert_same_tree(one: &Tree, other: &Tree) {
    assert!(one.len() > 6, "{:?}", one.keys());
    assert!(one.keys().eq(other.keys()), "{:?} {:?}", one.keys(), other.keys());
    for (name, bytes) in one {
        assert!(bytes == &other[name], "{name} differs");
    }
}

/// One column of the summary in a folder.
pub(crate) fn summary(bench: &Bench, output: &str, column: &str) -> Vec<String> {
    let table = fs::read(bench.folder.join(output).join("summary.tsv")).unwrap();
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_reader(&*table);
    let at = reader.headers().unwrap().iter().position(|name| name == column).unwrap();
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}
