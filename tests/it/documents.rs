//! The documents: every link leads to a file and a heading that are there, and the book has every page once.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where documents are.
const FOLDERS: [&str; 6] = ["", "docs", "benches", "cli/demo", "fuzz", "testdata"];

#[test]
fn every_link_leads_somewhere() {
    let root = Path::new(ROOT);
    let (mut files, mut links) = (0, 0);
    for path in documents() {
        let text = fs::read_to_string(&path).unwrap();
        let found = targets(&text);
        links += found.len();
        files += 1;
        let faults: Vec<String> = found.iter().filter_map(|link| fault(root, &path, link)).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", path.display());
    }
    assert!(files > 25 && links > 100, "{files} files, {links} links");
}

#[test]
fn the_book_has_every_page_once() {
    let docs = Path::new(ROOT).join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let mut listed = targets(&summary);
    listed.sort_unstable();
    let mut there: Vec<String> =
        markdown(&docs).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    there.retain(|name| name != "SUMMARY.md");
    there.sort_unstable();
    assert_eq!(listed, there);
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let root = Path::new(ROOT);
    let (readme, page) = (root.join("README.md"), root.join("docs/batch.md"));
    for (from, link, expected) in [
        (&readme, "docs/batch.md", None),
        (&readme, "docs/batch.md#the-manifest", None),
        (&page, "#the-manifest", None),
        (&page, "tables.md#summarytsv", None),
        (&readme, "https://example.org/none", None),
        (&readme, "docs/none.md", Some("docs/none.md: no such file")),
        (&readme, "docs/batch.md#none", Some("docs/batch.md#none: no such heading")),
        (&page, "docs/batch.md", Some("docs/batch.md: no such file")),
        (&page, "#none", Some("#none: no such heading")),
        (&page, "../README.md", Some("../README.md: leaves the book")),
    ] {
        assert_eq!(fault(root, from, link).as_deref(), expected, "{link}");
    }
    let text =
        "[a](x.md) `[b](code.md)` ![c](img/y.png \"title\") `docs/z.md`\n```\n[d](fence.md)\n```\n[e](w.md)";
    assert_eq!(targets(text), ["x.md", "img/y.png", "/docs/z.md", "w.md"]);
}

/// All documents.
fn documents() -> Vec<PathBuf> {
    FOLDERS.iter().flat_map(|folder| markdown(&Path::new(ROOT).join(folder))).collect()
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect()
}

/// Where a text's links lead, those in code left out; a document named in backticks counts from the root.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in prose(text) {
        for (n, part) in line.split('`').enumerate() {
            if n % 2 == 1 {
                let document = part
                    .strip_prefix("docs/")
                    .is_some_and(|rest| !rest.contains(['*', ' ']) && !rest.is_empty());
                found.extend(document.then(|| format!("/{part}")));
                continue;
            }
            let ends = part.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
            found.extend(ends.filter_map(|(link, _)| link.split_whitespace().next()).map(str::to_owned));
        }
    }
    found
}

/// The lines outside of fences.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut fenced = false;
    text.lines().filter(move |line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// What is wrong with a link of the document `from`.
fn fault(root: &Path, from: &Path, link: &str) -> Option<String> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (file, heading) = link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)));
    if from.starts_with(root.join("docs")) && file.starts_with("..") {
        return Some(format!("{link}: leaves the book"));
    }
    let path = match file.strip_prefix('/') {
        Some(file) => root.join(file),
        None if file.is_empty() => from.to_owned(),
        None => from.parent()?.join(file),
    };
    if !path.exists() {
        return Some(format!("{link}: no such file"));
    }
    let text = fs::read_to_string(&path).unwrap_or_default();
    let there = heading.is_none_or(|heading| headings(&text).contains(heading));
    (!there).then(|| format!("{link}: no such heading"))
}

/// The anchors of a document's headings, as web pages of Markdown have them.
fn headings(text: &str) -> BTreeSet<String> {
    let titles =
        prose(text).filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let letter = |c: char| match c {
        ' ' => Some('-'),
        '-' | '_' => Some(c),
        c if c.is_alphanumeric() => Some(c),
        _ => None,
    };
    titles.map(|title| title.to_lowercase().chars().filter_map(letter).collect()).collect()
}
