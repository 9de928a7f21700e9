//! Manifests without a fault.

use std::{fs, path::Path};

use super::sheet::{HEADER, assert_same, batch, manifest, row, rows, summary, tree};
use crate::bench::{Bench, names};

const TABLES: [&str; 3] = ["summary.tsv", "levels.tsv", "measures.tsv"];

#[test]
fn studies_are_staged_as_alone() {
    let bench = Bench::new();
    let header = "study,t1,t2,hematoma,cord,onset,vertebrae,scheme,hash_inputs,smooth,thresholds-t2,criteria";
    let usual = "t1.nii.gz,t2.nii.gz,hematoma.nii.gz";
    let rows = [
        format!("plain,{usual},cord.nii.gz,,,,,,,"),
        format!("levels,{usual},cord.nii.gz,36h; 2d,vertebrae.nii.gz,sct,,,,n/a"),
        format!("other,{usual}:1,cord.nii.gz,,,,TRUE,none,\"0.5,3\",intracranial"),
    ];
    manifest(&bench, header, &rows);
    let run = batch(&bench, "all", &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(run.stderr, "1/3 plain: hyperacute\n2/3 levels: hyperacute\n3/3 other: indeterminate\n");
    assert!(
        run.stdout.starts_with("studies     3 staged, 0 failed\nwritten     summary.tsv, "),
        "{}",
        run.stdout
    );
    for (study, more) in [
        ("plain", vec![]),
        ("levels", vec!["--onset", "36h", "--onset", "2d", "--scheme", "sct", "--vertebrae"]),
        (
            "other",
            vec![
                "--hash-inputs",
                "--smooth",
                "none",
                "--thresholds-t2",
                "0.5,3",
                "--criteria",
                "intracranial",
            ],
        ),
    ] {
        let vertebrae = bench.path("vertebrae.nii.gz");
        let more = if study == "levels" { [more, vec![&vertebrae]].concat() } else { more };
        let mask = format!("{}:1", bench.path("hematoma.nii.gz"));
        let changes =
            if study == "other" { vec![("-o", study), ("--hematoma", &mask)] } else { vec![("-o", study)] };
        let alone = bench.stage(&changes, &[&["--study", study], &more[..]].concat());
        assert_eq!(alone.code, 0, "{alone:?}");
        let mut together = tree(&bench.folder.join("all").join(study));
        assert!(together.remove("provenance.json").is_some() && together.remove("thumbnail.png").is_some());
        assert_eq!(together, tree(&bench.folder.join(study)), "{study}");
    }
    for table in TABLES {
        let read = |folder: &str| fs::read_to_string(bench.folder.join(folder).join(table)).unwrap();
        let below = |folder: &str| read(folder).split_once('\n').unwrap().1.to_owned();
        let header = read("plain").split_once('\n').unwrap().0.to_owned();
        let joined = format!("{header}\n{}{}{}", below("plain"), below("levels"), below("other"));
        assert_eq!(read("all"), joined, "{table}");
    }
}

#[test]
fn the_number_of_jobs_changes_nothing() {
    let bench = Bench::new();
    let mut rows = rows(9);
    rows.insert(3, row("no onset", "x"));
    manifest(&bench, HEADER, &rows);
    let one = batch(&bench, "one", &["--jobs", "1"]);
    let three = batch(&bench, "three", &["--jobs", "3"]);
    assert_eq!((one.code, three.code), (3, 3));
    assert_eq!((one.stdout, one.stderr), (three.stdout, three.stderr));
    assert_same(&bench.folder.join("one"), &bench.folder.join("three"));
    assert_eq!(
        summary(&bench, "three", "study")[..5],
        ["study 1", "study 2", "study 3", "no onset", "study 4"]
    );
}

#[test]
fn a_manifest_may_lie_elsewhere_and_be_moved() {
    let bench = Bench::empty();
    let data = bench.folder.join("data #1:2");
    fs::create_dir(&data).unwrap();
    crate::bench::STUDY.write(&data).unwrap();
    let table = format!("{}\r\n{}\r\n", HEADER.replace(',', "\t"), row("one", "2h").replace(',', "\t"));
    fs::write(data.join("studies.tsv"), format!("\u{feff}{table}")).unwrap();
    let run = bench.run(&["batch", "data #1:2/studies.tsv", "-o", "out"]);
    assert_eq!((run.code, &*run.stderr), (0, "1/1 one: hyperacute\n"));
    fs::rename(&data, bench.folder.join("moved")).unwrap();
    let run = bench.run(&["batch", "moved/studies.tsv", "-o", "out", "--resume"]);
    assert!(
        run.code == 0 && run.stdout.starts_with("studies     1 staged (1 unchanged), 0 failed\n"),
        "{run:?}"
    );
}

#[test]
fn names_may_hold_any_character_of_a_folder() {
    let bench = Bench::new();
    let names_given =
        ["-rf", "a b", "Étude ü", "it's; quoted", "x,y#3", "$HOME `ls` %s", "日本", "a.b", "1+1"];
    let rows: Vec<String> = names_given.iter().map(|name| row(&format!("\"{name}\""), "")).collect();
    manifest(&bench, HEADER, &rows);
    let run = batch(&bench, "out dir", &[]);
    assert_eq!(run.code, 0, "{run:?}");
    assert_eq!(summary(&bench, "out dir", "study"), names_given);
    let folders: Vec<String> = names(&bench.folder.join("out dir"))
        .into_iter()
        .filter(|name| bench.folder.join("out dir").join(name).is_dir())
        .collect();
    let mut expected = names_given.to_vec();
    expected.sort_unstable();
    assert_eq!(folders, expected);
    assert_eq!(batch(&bench, "out dir", &["--resume"]).code, 0);
}

#[test]
fn pyradiomics_columns_are_read() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &[row("a", "").replace("hematoma.nii.gz", "hematoma.nii.gz:1")]);
    assert_eq!(batch(&bench, "ours", &[]).code, 0);
    let table = "study,Image,t1,Mask,Label,cord\na,t2.nii.gz,t1.nii.gz,hematoma.nii.gz,1,cord.nii.gz";
    bench.text("m.csv", table);
    assert_eq!(batch(&bench, "theirs", &[]).code, 0);
    assert_eq!(bench.report_in("ours/a"), bench.report_in("theirs/a"));
    bench.text("m.csv", table.replace("gz,1,", "gz,2,"));
    let run = batch(&bench, "theirs", &["--force"]);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("hematoma.nii.gz: the mask has no voxel labeled 2: it holds 1"),
        "{}",
        run.stderr
    );
}

#[test]
fn parts_of_the_results_can_be_chosen() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(1));
    let written = |output: &str, choice: &str| {
        let run = batch(&bench, output, &["--write", choice]);
        assert_eq!(run.code, 0, "{run:?}");
        names(&bench.folder.join(output).join("study 1"))
    };
    assert_eq!(written("report", "report"), ["provenance.json", "report.json"]);
    assert_eq!(written("map", "map"), ["provenance.json", "report.json", "stages.nii.gz", "stages.tsv"]);
    let kept = batch(&bench, "map", &["--resume", "--write", "report"]);
    assert_eq!(kept.code, 0);
    assert_same(&bench.folder.join("map"), &bench.folder.join("report"));
    assert!(Path::new(&bench.path("map/summary.tsv")).exists());
}

#[test]
fn validate_writes_nothing_and_says_what_would_fail() {
    let bench = Bench::new();
    manifest(&bench, HEADER, &rows(2));
    let before = bench.content();
    let good = bench.run(&["batch", "m.csv", "--validate"]);
    let not_run = "not run     negative_signal, signal_offset, zero_signal, constant_signal, reference_flat, reference_uneven, no_fluid, images_shifted, alignment_unknown: they need the images' voxels\n";
    let counts = "studies     2 can be staged, 0 failed, 1 with warnings: same_files 1\n";
    assert_eq!((good.code, good.stdout), (0, format!("{counts}{not_run}")));
    manifest(
        &bench,
        HEADER,
        &[rows(1), vec![row("none", "").replace("t2.nii", "t3.nii"), row("no onset", "x")]].concat(),
    );
    let changed = bench.content();
    let run = bench.run(&["batch", "m.csv", "--validate", "-o", "out"]);
    assert_eq!(run.code, 3);
    assert!(run.stdout.starts_with("studies     1 can be staged, 2 failed\n"), "{}", run.stdout);
    assert_eq!(bench.content(), changed);
    assert_eq!(changed.len(), before.len());
    let staged = batch(&bench, "out", &[]);
    assert_eq!(staged.stderr, run.stderr.replace("study 1: ok", "study 1: hyperacute"), "the same reasons");
}

/// What is found without a voxel of an image is found before anything is staged.
#[test]
fn validate_compares_masks_with_each_other() {
    let bench = Bench::new();
    let header = "study,t1,t2,hematoma,cord,vertebrae,scheme";
    let usual = "t1.nii.gz,t2.nii.gz,hematoma.nii.gz";
    let rows = [
        format!("fits,{usual},cord.nii.gz,vertebrae.nii.gz,sct"),
        format!("scheme,{usual},cord.nii.gz,hematoma.nii.gz,totalspineseg"),
        format!("reference,{usual},hematoma.nii.gz,,"),
    ];
    manifest(&bench, header, &rows);
    let checked = batch(&bench, "out", &["--validate"]);
    assert!(checked.stdout.starts_with("studies     1 can be staged, 2 failed\n"), "{}", checked.stdout);
    let staged = batch(&bench, "out", &[]);
    assert_eq!(staged.stderr, checked.stderr.replace("fits: ok", "fits: hyperacute"), "the same reasons");
    let reasons = summary(&bench, "out", "reason");
    assert!(
        reasons[1].starts_with("vertebrae: the label map holds no vertebra of the scheme"),
        "{}",
        reasons[1]
    );
    assert!(
        reasons[2].contains("covers 1787 of the reference mask's 1787 voxels, so that 0 are left"),
        "{}",
        reasons[2]
    );
}

#[test]
fn the_anatomy_is_a_column() {
    let bench = Bench::new();
    let header = "study,t1,t2,hematoma,cord,vertebrae,anatomy,scheme";
    let usual = "t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz";
    let rows =
        [format!("map,{usual},vertebrae.nii.gz,,sct"), format!("anatomy,{usual},,vertebrae.nii.gz,sct")];
    manifest(&bench, header, &rows);
    let run = batch(&bench, "all", &[]);
    assert_eq!(run.code, 0, "{run:?}");
    let levels = |study: &str| {
        let path = bench.folder.join("all").join(study).join("report.json");
        let report: serde_json::Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        (report["levels"].clone(), report["inputs"].clone())
    };
    assert_eq!(levels("map"), levels("anatomy"));
    assert!(levels("anatomy").0.is_object());
    let before = bench.content();
    assert_eq!(batch(&bench, "all", &["--resume"]).code, 0);
    assert_eq!(bench.content(), before);
}
