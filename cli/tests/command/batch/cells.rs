//! What cells and headers may hold, and what of a cell is printed.

use std::fs;

use super::sheet::{HEADER, batch, manifest, row, rows, summary};
use crate::{
    bench::{Bench, STUDY},
    nifti::{Nifti, voxels},
};

#[test]
fn names_must_differ_in_the_tables() {
    let bench = Bench::new();
    let names = ["A", "a", "x", "\u{a0}X\u{2003}", "\u{a0}", "p\u{2028}q", "p q"];
    manifest(&bench, HEADER, &names.map(|name| row(name, "")));
    assert_eq!(batch(&bench, "out", &[]).code, 3);
    let reasons = summary(&bench, "out", "reason");
    for (reason, expected) in reasons.iter().zip([
        "n/a",
        "line 3: the study's name is that of line 2, but for capital letters at most",
        "n/a",
        "line 5: the study's name is that of line 4, but",
        "line 6: the study's name is missing",
        "line 7: the study's name holds a character that cannot be printed, such as a line break",
        "n/a",
    ]) {
        assert!(reason.starts_with(expected), "{expected}: {reason}");
    }
    let staged = summary(&bench, "out", "study");
    assert_eq!([&*staged[0], &*staged[2], &*staged[6]], ["A", "x", "p q"]);
}

#[test]
fn a_table_that_is_misread_is_refused() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &[row("a", ""), row("\"b", ""), row("c", "")]);
    for more in [&["--validate"][..], &["--ignore-column", "x"]] {
        let run = batch(&bench, "out", more);
        assert_eq!((run.code, &*run.stdout), (2, ""));
        assert!(
            run.stderr.starts_with("error: m.csv: a quote is opened in line 3 and not closed: "),
            "{}",
            run.stderr
        );
    }
    let paths: Vec<String> = rows(2).iter().map(|row| format!("a/b,{row}")).collect();
    manifest(&bench, &format!(",{HEADER}"), &paths);
    let run = batch(&bench, "out", &[]);
    assert_eq!(
        (run.code, &*run.stderr),
        (2, "error: m.csv: column 1 has no name: give it one, or leave it out with --ignore-column ''\n")
    );
    assert_eq!(batch(&bench, "out", &["--ignore-column", ""]).code, 0);
    let table = format!("sep=;\r\n{HEADER}\r\n{}\r\n", rows(2).join("\r\n")).replace(',', ";");
    bench.text("m.csv", table);
    assert_eq!(
        batch(&bench, "out", &["--resume"]).stdout.lines().next(),
        Some("studies     2 staged (2 unchanged), 0 failed")
    );
    let run = bench.run(&["batch", ".", "-o", "out"]);
    assert_eq!(
        (run.code, &*run.stderr),
        (1, "error: the manifest: not a regular file: expected a CSV or TSV table of studies\n")
    );
}

/// The same two studies as Excel, pandas and R write them, with their decimal comma, index and row names.
#[test]
fn tables_of_other_programs_are_read_alike() {
    let bench = Bench::new();
    let table = |rows: [&str; 3]| rows.join("\n") + "\n";
    let [a, b] = [("a", "36.5"), ("b", "2")].map(|(study, hours)| row(study, hours));
    let header = "study,t1,t2,hematoma,cord,onset_h";
    let plain = table([header, &a, &b]);
    let quoted = |text: &str| format!("\"{}\"", text.replace(',', "\",\""));
    let numbered = "note: column 1 has no name and holds row numbers: left out";
    for (text, note) in [
        (plain.clone(), None),
        // Excel where numbers have a comma, with two columns that were emptied
        (table([header, &a, &b]).replace(',', ";").replace("36.5", "36,5").replace('\n', ";;\r\n"), None),
        // pandas with its index, R's write.csv and write.csv2, and its write.table with `sep = "\t"`
        (table([&format!(",{header}"), &format!("0,{a}"), &format!("1,{b}")]), Some(numbered)),
        (
            table([
                &quoted(&format!(",{header}")),
                &format!("\"1\",{}", quoted(&a)),
                &format!("\"2\",{}", quoted(&b)),
            ]),
            Some(numbered),
        ),
        (table([header, &format!("1,{a}"), &format!("2,{b}")]).replace(',', "\t"), Some(numbered)),
        // row names in place of the studies' names
        (
            table([&quoted(header).replace("study", ""), &quoted(&a), &quoted(&b)])
                .replace("\",\"", "\";\"")
                .replace("36.5", "36,5"),
            Some("note: column 1 has no name and holds row names: taken as `study`"),
        ),
    ] {
        bench.text("m.csv", &text);
        let run = batch(&bench, "out", &["--force", "--write", "report"]);
        assert_eq!((run.code, run.stderr.lines().find(|line| line.starts_with("note"))), (0, note), "{text}");
        assert_eq!(summary(&bench, "out", "study"), ["a", "b"], "{text}");
        assert_eq!(summary(&bench, "out", "onset_h"), ["36.5", "2"], "{text}");
    }
    bench.text("m.csv", plain.replace("36.5", "\"36,5\""));
    assert_eq!(batch(&bench, "out", &["--force"]).code, 3);
    let reason = &summary(&bench, "out", "reason")[0];
    assert_eq!(reason, "onset: a decimal comma: write a point, as in `36.5`, or separate the cells by `;`");
}

/// As a column with gaps is written by pandas, whose whole numbers are then `1.0`.
#[test]
fn whole_numbers_may_have_a_point() {
    let bench = Bench::new();
    let twice = voxels(&STUDY.t1).into_iter().cycle().take(2 * STUDY.t1_grid.voxels());
    bench.add("two.nii", &Nifti::i16(&STUDY.t1_grid, twice));
    let plain = row("", "").replace(',', " ");
    let plain: Vec<&str> = plain.split_whitespace().collect();
    let row = |study: &str, t1: &str, mask: &str, label: &str, volume: &str| {
        format!("{study},{t1},{},{mask},{},{label},{volume}", plain[1], plain[3])
    };
    let mask = "hematoma.nii.gz";
    let rows = [
        row("a", "two.nii", mask, "1.0", "1.0"),
        row("b", "t1.nii.gz", mask, "", ""),
        row("c", "t1.nii.gz", mask, "\"1.0,1\"", ""),
        row("d", "t1.nii.gz", "hematoma.nii.gz:1", "1.0", ""),
        row("e", "t1.nii.gz", mask, "1.5", ""),
    ];
    manifest(&bench, "study,t1,t2,Mask,cord,Label,t1_volume", &rows);
    let run = batch(&bench, "out", &[]);
    assert_eq!(run.code, 3, "{run:?}");
    let reasons = summary(&bench, "out", "reason");
    assert_eq!(reasons[..3], ["n/a"; 3]);
    assert_eq!(reasons[3], "the labels are given twice, behind the mask and in a column: keep one of them");
    assert!(reasons[4].contains("a label map has no names"), "{}", reasons[4]);
}

/// Folders, segments and times name a patient; a reason is read by others.
#[test]
fn no_cell_reaches_a_reason() {
    let bench = Bench::new();
    bench.text("DOE^JANE.toml", "name = 1");
    fs::create_dir(bench.folder.join("none")).unwrap();
    let header = "study,t1,t2,hematoma,cord,onset,vertebrae,scheme,criteria,landmarks,thresholds_t1,smooth";
    let usual = |study: usize| format!("{study},t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz,,,,,,,");
    let long = "DOE^JANE".repeat(100_000);
    let many = "x".repeat(1000) + ".nii";
    let faults = [
        (1, "none/DOE^JANE_1970-missing/", "t1: "),
        (2, "none/DOE^JANE_1970#5", "t2: "),
        (3, "x:DOE^JANE", "hematoma: "),
        (3, "x:a/b:DOE JANE", "hematoma: "),
        (3, "x.nii.gz:DOE^JANE", "hematoma: x.nii.gz not found: "),
        (3, "hematoma.nii.gz:DOE^JANE", "hematoma.nii.gz: "),
        (4, "DOE^JANE.dcm/", "cord: "),
        (5, "1970", "onset: "),
        (5, "36 DOE", "onset: "),
        (5, "DOE JANE", "onset: "),
        (5, &long, "onset: "),
        (1, &long, "t1: "),
        (1, &many, &many[..299]),
        (8, "DOE JANE", "criteria: "),
        (8, "DOE^JANE.toml", "criteria: line 1: "),
        (8, "x/DOE^JANE", "criteria: "),
        (9, "DOE^JANE.csv", "landmarks: "),
        (10, "DOE^JANE", "thresholds_t1: expected two ratios"),
        (11, "DOE^JANE", "smooth: "),
    ];
    let rows: Vec<String> = faults
        .iter()
        .enumerate()
        .map(|(n, (at, cell, _))| {
            let row = usual(n);
            let mut cells: Vec<&str> = row.split(',').collect();
            cells[*at] = cell;
            cells.join(",")
        })
        .chain([usual(99).replace(",,,,,,,", ",,vertebrae.nii.gz,DOE JANE,,,,")])
        .collect();
    manifest(&bench, header, &rows);
    let run = batch(&bench, "out", &[]);
    let checked = batch(&bench, "out", &["--validate"]);
    assert_eq!((run.code, checked.code), (3, 3));
    assert_eq!(run.stderr, checked.stderr, "the same reasons");
    let reasons = summary(&bench, "out", "reason");
    assert_eq!(reasons.len(), faults.len() + 1);
    for (reason, expected) in reasons.iter().zip(faults.iter().map(|fault| fault.2).chain(["scheme: "])) {
        assert!(reason.starts_with(expected), "{expected}: {reason}");
        assert!(reason.chars().count() <= 300, "{reason}");
    }
    for text in [reasons.concat(), run.stdout, run.stderr, checked.stdout] {
        assert!(!text.contains("DOE") && !text.contains("JANE") && !text.contains("1970"), "{text}");
    }
}
