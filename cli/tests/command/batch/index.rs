//! The page over all studies, and the marks that it saves.

use std::fs;

use super::sheet::{HEADER, assert_same, batch, manifest, row, summary, tree};
use crate::bench::Bench;

fn page(bench: &Bench, output: &str) -> String {
    fs::read_to_string(bench.folder.join(output).join("index.html")).unwrap()
}

/// Three studies, one of them without a cord.
fn studies(bench: &Bench) {
    let rows = [row("a #1", "2h"), row("b", "3d").replace("cord.nii", "none.nii"), row("c", "")];
    manifest(bench, HEADER, &rows);
}

#[test]
fn every_study_is_a_row_of_the_page() {
    let bench = Bench::new();
    studies(&bench);
    let run = batch(&bench, "out", &[]);
    assert_eq!(run.code, 3);
    assert!(
        run.stdout.contains("\n            index.html, a page to go through all studies\n"),
        "{}",
        run.stdout
    );
    let page = page(&bench, "out");
    assert!(page.starts_with("<!DOCTYPE html>\n<!-- hemastage batch -->\n<html lang=\"en\">"));
    for part in [
        "<h1>3\u{a0}studies</h1>",
        "2 staged, ",
        ", 1 failed.",
        "href=\"a%20%231/report.html\"",
        "<strong>Failed</strong>: <bdi>cord: none.nii.gz not found",
        "img-src data: 'self' file:",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert_eq!(page.matches("<tr id=\"s").count(), 3);
    assert_eq!(page.matches("src=\"data:image/png;base64,").count(), 2);
    assert!(!page.contains("http:") && !page.contains("https:"), "the page names an address");
    assert!(page.len() < 30_000 + 3 * 6000, "{} bytes", page.len());
    // an earlier one does not outlive its results
    let run = batch(&bench, "out", &["--force", "--write", "tables"]);
    assert_eq!(run.code, 3);
    assert!(!run.stdout.contains("index.html"));
    assert!(
        !tree(&bench.folder.join("out"))
            .keys()
            .any(|name| name.ends_with("index.html") || name.ends_with("thumbnail.png"))
    );
}

#[test]
fn marks_are_read_back() {
    let bench = Bench::new();
    studies(&bench);
    assert_eq!(batch(&bench, "out", &[]).code, 3);
    let id = page(&bench, "out").split("data-id=\"").nth(1).unwrap()[..12].to_owned();
    let marks = format!(
        "study\tqc\tqc_note\treport\na #1\tpass\tn/a\t{id}\nb\tfail\tno <cord> & \"mask\"\tn/a\nc\tlook_again\tn/a\t0123\n"
    );
    bench.text("qc.tsv", marks);
    let run = batch(&bench, "out", &["--resume", "--qc", "qc.tsv"]);
    assert_eq!(run.code, 3, "{run:?}");
    assert!(run.stdout.contains("2 staged (2 unchanged)"), "{}", run.stdout);
    assert_eq!(summary(&bench, "out", "qc"), ["pass", "fail", "look_again"]);
    assert_eq!(summary(&bench, "out", "qc_note"), ["n/a", "no <cord> & 'mask'", "n/a"]);
    let page = page(&bench, "out");
    assert!(page.contains(&format!("data-mark=\"pass\" data-of=\"{id}\"")));
    assert!(page.contains("data-mark=\"fail\" data-note=\"no &lt;cord&gt; &amp; &quot;mask&quot;\""));
    assert!(page.contains("data-mark=\"look_again\" data-of=\"0123\""));
    assert_eq!(batch(&bench, "new", &["--qc", "qc.tsv", "--jobs", "1"]).code, 3);
    assert_same(&bench.folder.join("out"), &bench.folder.join("new"));
}

#[test]
fn wrong_marks_are_refused_before_anything_is_staged() {
    let bench = Bench::new();
    studies(&bench);
    bench.text("qc.tsv", "study\tqc\nz\tpass\nb\tgood\n");
    let run = batch(&bench, "out", &["--qc", "qc.tsv"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("error: qc.tsv: 2 faults:"), "{}", run.stderr);
    for part in [
        "line 2, study: no study of the manifest has this name",
        "line 3, qc: expected pass, fail or look_again",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    assert!(!bench.folder.join("out").exists());
    let run = batch(&bench, "out", &["--qc", "none.tsv"]);
    assert!(run.code == 1 && run.stderr.contains("none.tsv: the table could not be read"), "{run:?}");
}
