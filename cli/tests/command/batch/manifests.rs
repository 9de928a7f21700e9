//! Manifests as people have them: other programs' names, columns of their own, cells of R, pandas and Excel.

use std::fs;

use super::sheet::{HEADER, assert_same, batch, manifest, row, rows, summary};
use crate::bench::Bench;

const FILES: &str = "t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz";

fn header(bench: &Bench, output: &str) -> Vec<String> {
    let text = fs::read_to_string(bench.folder.join(output).join("summary.tsv")).unwrap();
    text.lines().next().unwrap().split('\t').map(str::to_owned).collect()
}

#[test]
fn what_other_programs_write_for_a_missing_cell_is_missing() {
    let bench = Bench::new();
    let words = ["", "n/a", "NA", "NaN", "nan", "None", "null", "#N/A", "<NA>"];
    let row = |(n, word): (usize, &&str)| format!("P{n},{FILES},{word},{word},{word},{word},{word}");
    let rows: Vec<String> = words.iter().enumerate().map(row).collect();
    manifest(&bench, "study,t1,t2,hematoma,cord,vertebrae,scheme,onset,t1_volume,age", &rows);
    let run = batch(&bench, "out", &["--write", "report"]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(summary(&bench, "out", "age"), ["n/a"; 9]);
}

#[test]
fn the_study_is_found_by_other_names() {
    let bench = Bench::new();
    for name in ["participant_id", "subject_id", "Subject", "case"] {
        manifest(&bench, &HEADER.replace("study", name), &rows(2));
        let run = batch(&bench, "out", &["--force", "--write", "report"]);
        let note = format!("note: column `{}` is taken as `study`\n", name.to_lowercase());
        assert!(run.code == 0 && run.stderr.starts_with(&note), "{run:?}");
        assert_eq!(summary(&bench, "out", "study"), ["study 1", "study 2"]);
    }
}

#[test]
fn patient_and_visit_name_a_study_and_stay() {
    let bench = Bench::new();
    let row = |patient: &str, visit: &str| format!("{patient},{visit},{FILES}");
    let header = "patient,visit,t1,t2,hematoma,cord";
    manifest(&bench, header, &[row("P1", "1.0"), row("P1", "2.0"), row("P2", "1.0"), row("P3", "")]);
    let run = batch(&bench, "out", &["--write", "report"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.starts_with("note: studies are named PATIENT_VISIT\nnote: 2 other columns are repeated")
    );
    assert_eq!(summary(&bench, "out", "study"), ["P1_1", "P1_2", "P2_1", "n/a"]);
    assert_eq!(summary(&bench, "out", "patient"), ["P1", "P1", "P2", "P3"]);
    assert_eq!(
        summary(&bench, "out", "reason")[3],
        "line 5: the study's name is missing: expected a plain name for a folder"
    );
    assert!(bench.folder.join("out/P1_2/report.json").exists());

    let alone = |patients: [&str; 2]| {
        manifest(
            &bench,
            "patient,t1,t2,hematoma,cord",
            &patients.map(|patient| format!("{patient},{FILES}")),
        );
        batch(&bench, "alone", &["--force", "--write", "report"])
    };
    assert_eq!(alone(["P1", "P2"]).code, 0);
    assert_eq!(summary(&bench, "alone", "study"), summary(&bench, "alone", "patient"));
    let run = alone(["P1", "P1"]);
    let expected = "line 3, patient: the patient of line 2 once more: add a column `visit`, or `study` with a name for each study";
    assert!(run.code == 2 && run.stderr.contains(expected), "{run:?}");
}

#[test]
fn own_columns_reach_the_summary_and_nothing_private_does() {
    let bench = Bench::new();
    let more = "age,sex,radiologist,ct,scanned,Name";
    let cells = ["70,F,KL,/data/DOE/ct.nii,2031-05-06,DOE^JANE", "41.5,M,=KL,,,"];
    let table: Vec<String> = rows(2).iter().zip(cells).map(|(row, cells)| format!("{row},{cells}")).collect();
    manifest(&bench, &format!("{HEADER},{more}"), &[&table[..], &[row("none", "x") + ",1,,,,,"]].concat());
    let run = batch(&bench, "out", &[]);
    assert_eq!(run.code, 3);
    let notes: Vec<&str> = run.stderr.lines().take_while(|line| line.starts_with("note: ")).collect();
    assert_eq!(
        notes,
        [
            "note: 3 other columns are repeated in summary.tsv",
            "note: column 10 is not repeated in summary.tsv, as it holds paths",
            "note: column 11 is not repeated in summary.tsv, as it holds dates",
            "note: column 12 is not repeated in summary.tsv, as it names a person",
        ]
    );
    assert!(header(&bench, "out").ends_with(&["age", "sex", "radiologist"].map(str::to_owned)));
    assert_eq!(summary(&bench, "out", "age"), ["70", "41.5", "1"]);
    assert_eq!(summary(&bench, "out", "radiologist"), ["KL", "'=KL", "n/a"]);
    let text = |name: &str| fs::read_to_string(bench.folder.join("out").join(name)).unwrap();
    assert!(!text("summary.tsv").contains("DOE") && !text("summary.tsv").contains("2031-"));
    let dictionary: serde_json::Value = serde_json::from_str(&text("summary.json")).unwrap();
    assert_eq!(dictionary["age"]["Description"], "A column of the list of studies, as given");
    // they decide no result: a study is kept, its row is new
    fs::write(
        bench.folder.join("m.csv"),
        fs::read_to_string(bench.folder.join("m.csv")).unwrap().replace("70,F", "71,F"),
    )
    .unwrap();
    let run = batch(&bench, "out", &["--resume"]);
    assert!(run.stdout.starts_with("studies     2 staged (2 unchanged), 1 failed\n"), "{}", run.stdout);
    assert_eq!(summary(&bench, "out", "age")[0], "71");
}

#[test]
fn a_name_like_an_option_is_asked_about() {
    let bench = Bench::new();
    let named = |name: &str, more: &[&str]| {
        manifest(&bench, &format!("{HEADER},{name}"), &[row("a", "") + ",x"]);
        batch(&bench, "out", &[&["--force", "--write", "report"], more].concat())
    };
    let run = named("canal_mask", &[]);
    assert!(run.code == 2 && run.stderr.contains("column 7 is named almost as `canal`"), "{run:?}");
    assert_eq!(named("canal_mask", &["--own-column", "Canal_Mask"]).code, 0);
    assert_eq!(summary(&bench, "out", "canal_mask"), ["x"]);
    assert_eq!(named("canal_mask", &["--ignore-column", "canal-mask"]).code, 0);
    assert!(!header(&bench, "out").contains(&"canal_mask".into()));
    // there is a column for the hematoma: this one is none
    assert_eq!(named("lesion", &[]).code, 0);
}

#[test]
fn an_onset_takes_its_unit_from_its_column() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &[row("a", "36h"), row("b", "36h;2d"), row("c", "15h")]);
    assert_eq!(batch(&bench, "plain", &["--write", "report"]).code, 0);
    for (name, cells) in [
        ("onset_h", ["36", "36.0; 2d", "15.0"]),
        ("onset_hours", ["36", "36;48", "15h"]),
        ("onset_d", ["1.5", "1.5;2", "0.625"]),
    ] {
        let table: Vec<String> =
            ["a", "b", "c"].iter().zip(cells).map(|(study, cell)| row(study, cell)).collect();
        manifest(&bench, &HEADER.replace("onset", name), &table);
        assert_eq!(batch(&bench, "out", &["--write", "report", "--force"]).code, 0);
        assert_eq!(summary(&bench, "out", "onset_h"), ["36", "36;48", "15"], "{name}");
        let tables = |folder: &str| fs::read(bench.folder.join(folder).join("summary.tsv")).unwrap();
        assert!(tables("plain") == tables("out"), "{name}");
    }
}

#[test]
fn an_option_counts_where_a_row_has_none() {
    let bench = Bench::new();
    let header = "study,t1,t2,hematoma,cord,vertebrae,scheme,criteria,smooth,align";
    let full = [
        format!("a,{FILES},vertebrae.nii.gz,sct,intracranial,none,true"),
        format!("b,{FILES},,,intracranial,median,false"),
    ];
    manifest(&bench, header, &full);
    assert_eq!(batch(&bench, "cells", &[]).code, 0);
    let sparse = [format!("a,{FILES},vertebrae.nii.gz,,,,"), format!("b,{FILES},,,,median,false")];
    manifest(&bench, header, &sparse);
    let defaults = ["--scheme", "sct", "--criteria", "intracranial", "--smooth", "none", "--align"];
    assert_eq!(batch(&bench, "defaults", &defaults).code, 0);
    for study in ["a", "b"] {
        assert_eq!(bench.report_in(&format!("cells/{study}")), bench.report_in(&format!("defaults/{study}")));
    }
    // the same values are the same study, wherever they stand
    manifest(&bench, header, &full);
    assert_eq!(
        batch(&bench, "defaults", &["--resume"]).stdout.lines().next(),
        Some("studies     2 staged (2 unchanged), 0 failed")
    );
    assert_same(&bench.folder.join("cells"), &bench.folder.join("defaults"));
    for (option, value, text) in [
        ("--smooth", "rough", "--smooth: expected one of median, none"),
        ("--scheme", "DOE", "--scheme: expected a TOML file or one of "),
        ("--onset", "36", "--onset: expected a time before the scan with its unit"),
        (
            "--cord",
            "DOE/c.nii.gz",
            "a: failed: cord: …/c.nii.gz not found: a path counts from the working folder",
        ),
    ] {
        manifest(&bench, "study,t1,t2,hematoma", &["a,t1.nii.gz,t2.nii.gz,hematoma.nii.gz".into()]);
        let run = batch(&bench, "out", &["--force", option, value]);
        assert!(run.code > 1 && run.stderr.contains(text), "{option}: {run:?}");
    }
}

#[test]
fn tables_of_excel_and_r_are_read() {
    let bench = Bench::new();
    let table = format!("\u{feff}{HEADER},age\r\n{},NA\r\n{},70\r\n", row("a", "2h"), row("b", "NA"));
    for (name, text) in
        [("m.csv", table.replace(',', ";")), ("m.csv", table.clone()), ("m.csv", table.replace(',', "\t"))]
    {
        bench.text(name, text);
        let run = batch(&bench, "out", &["--force", "--write", "report"]);
        assert_eq!(run.code, 0, "{run:?}");
        assert_eq!(summary(&bench, "out", "age"), ["n/a", "70"]);
    }
}

/// For a paper: what was done, once for each set of settings, whatever the order of the jobs.
#[test]
fn the_methods_are_told_once_per_set_of_settings() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(3));
    assert_eq!(batch(&bench, "one", &["--jobs", "3", "--write", "page"]).code, 0);
    let text = |folder: &str| fs::read_to_string(bench.folder.join(folder).join("methods.md")).unwrap();
    let one = text("one");
    assert!(
        one.starts_with("# Methods, by hemastage batch\n\nHematomas were staged with hemastage "),
        "{one}"
    );
    let paragraph = one.lines().nth(2).unwrap();
    assert!(
        paragraph.contains("the criteria profile spinal (SHA-256 ")
            && paragraph.contains("at least 20 % of the hematoma's core")
    );
    assert!(
        one.contains("\n## References\n\n* Bradley WG Jr. MR appearance") && !one.contains("\n## 3 studies")
    );
    // each study's page has it too
    let page = fs::read_to_string(bench.folder.join("one/study 1/report.html")).unwrap();
    assert!(
        page.contains("<h2 id=\"methods\">Methods</h2>")
            && page.contains("doi:10.1148/radiology.157.1.4034983")
    );

    let other = rows(3)
        .iter()
        .zip(["spinal", "intracranial", "spinal"])
        .map(|(row, name)| format!("{row},{name}"))
        .collect::<Vec<_>>();
    manifest(&bench, &format!("{HEADER},criteria"), &other);
    assert_eq!(batch(&bench, "two", &["--write", "report"]).code, 0);
    let two = text("two");
    let headings: Vec<&str> = two.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(headings, ["## 2 studies", "## 1 study", "## References"]);
    assert!(
        two.contains(paragraph) && two.contains("T1 hypointense below 0.75 and hyperintense above 1.2"),
        "{two}"
    );
    assert_eq!(batch(&bench, "two", &["--resume"]).code, 0);
    assert_eq!(text("two"), two);
}
