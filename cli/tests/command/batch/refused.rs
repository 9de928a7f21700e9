//! Manifests and rows with every kind of fault.

use std::fs;

use super::sheet::{HEADER, batch, manifest, row, summary};
use crate::{
    bench::{Bench, STUDY, names},
    nifti::{Nifti, voxels},
};

/// Every kind of bad row among good ones, and why it is bad.
#[test]
fn a_bad_row_has_a_reason_and_stops_nothing() {
    let bench = Bench::new();
    bench.add("empty.nii", &Nifti::u8(&STUDY.mask_grid, vec![0; STUDY.mask_grid.voxels()]));
    let twice = voxels(&STUDY.t1).into_iter().cycle().take(2 * STUDY.t1_grid.voxels());
    bench.add("two.nii", &Nifti::i16(&STUDY.t1_grid, twice));
    bench.text("noise.nii.gz", "no image");
    bench.text("mine.toml", "name = 1");
    let cut = fs::read(bench.folder.join("t2.nii.gz")).unwrap();
    bench.text("cut.nii.gz", &cut[..cut.len() / 2]);
    fs::create_dir(bench.folder.join("nothing")).unwrap();
    let header = "study,t1,t2,hematoma,cord,onset,t1_volume,reference,reference_t1,criteria,smooth,hash_inputs,thresholds_t1,scheme,landmarks";
    let usual = |study: &str| format!("{study},t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz,,,,,,,,,,");
    let with = |study: &str, at: usize, cell: &str| {
        let row = usual(study);
        let mut cells: Vec<&str> = row.split(',').collect();
        cells[at] = cell;
        cells.join(",")
    };
    let here = bench.path("t9.nii.gz");
    let bad: Vec<(String, &str)> = vec![
        (with("no t1", 1, ""), "not given: t1"),
        (
            "several,none/t1.nii.gz,several/t2.nii,hematoma.nii.gz,cord.nii.gz,36,x,,,spine,rough,yes,1,,"
                .into(),
            "onset: expected a time before the scan with its unit, as in `36h` (or a column `onset_h`)",
        ),
        (with("no cord", 4, "n/a"), "not given: cord or reference or reference_t1 or anatomy"),
        (with("gone", 1, &here), "t1: …/t9.nii.gz not found: check that it exists"),
        (with("noise", 2, "noise.nii.gz"), "noise.nii.gz: "),
        (with("cut", 2, "cut.nii.gz"), "cut.nii.gz: "),
        (with("folder", 1, "nothing"), "t1: no DICOM image in the folder: expected the files of a series"),
        (with("empty", 3, "empty.nii"), "empty.nii: the mask is empty"),
        (
            with("label", 3, "hematoma.nii.gz:4"),
            "hematoma.nii.gz: the mask has no voxel labeled 4: it holds 1",
        ),
        (with("volumes", 1, "two.nii"), "two.nii: the file holds 2 volumes: choose one, 0 to 1"),
        (with("volume", 6, "x"), "t1_volume: invalid digit found in string"),
        (
            with("onset", 5, "2031-05-06T12:00"),
            "an onset is given as date and time, but neither image has the time of its scan",
        ),
        (with("unit", 5, "36"), "onset: expected a time before the scan with its unit, as in `36h`"),
        (with("both", 8, "400"), "cord: cannot be given together with reference_t1"),
        (with("profile", 9, "spine"), "criteria: expected a TOML file or one of spinal, "),
        (with("toml", 9, "mine.toml"), "criteria: line 1: "),
        (with("word", 10, "2031-05-06"), "smooth: expected one of median, none"),
        (with("flag", 11, "yes"), "hash_inputs: expected true or false"),
        (with("pair", 12, "1"), "thresholds_t1: expected two ratios, 0 < LO < HI, as in `0.75,1.2`"),
        (with("alone", 13, "sct"), "not given: vertebrae or anatomy"),
        (with("points", 14, "noise.nii.gz"), "noise.nii.gz: "),
        ("short,t1.nii.gz".into(), "the row has 2 cells and the header 15: expected as many"),
        (usual("long") + ",x", "the row has 16 cells and the header 15: expected as many"),
        (usual("GOOD"), "the study's name is that of line 2, but for capital letters at most"),
        (usual(&format!("../{}", crate::bench::PATIENT)), "the study's name holds a `/` or `\\`"),
        (usual(".."), "the study's name starts with a `.`"),
        (usual(""), "the study's name is missing"),
        (usual("summary.tsv"), "the study's name is that of a table"),
        (usual("=1+1"), "the study's name starts with `=`, `+` or `@`"),
        (usual("aux.1"), "the study's name cannot be that of a folder on Windows"),
        (usual("\"a\nb\""), "the study's name holds a character that cannot be printed"),
    ];
    let mut text = format!("{header}\n{}\n", usual("good")).into_bytes();
    for (row, _) in &bad {
        text.extend(row.as_bytes());
        text.push(b'\n');
    }
    text.extend(
        usual("latin").replace("cord", "c\u{1}rd").bytes().map(|byte| if byte == 1 { 0xf6 } else { byte }),
    );
    text.push(b'\n');
    text.extend(usual("last").bytes());
    bench.text("m.csv", text);

    let run = batch(&bench, "out", &["--jobs", "3"]);
    assert_eq!(run.code, 3);
    let reasons = summary(&bench, "out", "reason");
    let expected =
        bad.iter().map(|(_, reason)| *reason).chain(["a cell is not UTF-8 text: save the table as UTF-8"]);
    let expected: Vec<&str> = ["n/a"].into_iter().chain(expected).chain(["n/a"]).collect();
    assert_eq!(reasons.len(), expected.len());
    for (found, expected) in reasons.iter().zip(&expected) {
        let text = found
            .split_once(": ")
            .filter(|_| found.starts_with("line "))
            .map_or(found.as_str(), |(_, text)| text);
        assert!(text.starts_with(expected), "{expected}: {found}");
        assert!(!found.contains("2031"), "a date shows: {found}");
    }
    assert!(reasons[24].starts_with("line 26: "), "{}", reasons[24]);
    let folders: Vec<String> =
        names(&bench.folder.join("out")).into_iter().filter(|name| !name.contains('.')).collect();
    assert_eq!(folders, ["good", "last"], "a failed study leaves no folder");
    assert!(run.stdout.starts_with("studies     2 staged, 32 failed\n"), "{}", run.stdout);
    assert_eq!(run.stderr.lines().count(), 34);
    let checked = bench.run(&["batch", "m.csv", "--validate"]);
    assert!(
        checked.stdout.starts_with("studies     3 can be staged, 31 failed, 1 with warnings: same_files 1\n"),
        "all but the cut image: {}",
        checked.stdout
    );
}

/// One answer has all faults of a row, each with its column.
#[test]
fn a_row_is_mended_at_one_look() {
    let bench = Bench::new();
    let header = "study,t1,t2,hematoma,cord,onset,t1_volume,criteria,smooth,hash_inputs";
    manifest(&bench, header, &["P1,DOE/P1/t1.nii.gz,P1/t2.nii,hematoma.nii.gz,,36,x,spine,rough,yes".into()]);
    let run = batch(&bench, "out", &["--validate"]);
    assert_eq!(run.code, 3);
    for part in [
        "onset: expected a time before the scan with its unit, as in `36h` (or a column `onset_h`), or where",
        "; criteria: expected a TOML file or one of spinal, ",
    ] {
        assert!(run.stderr.contains(part), "{part}: {}", run.stderr);
    }
    // with a fault of the header, each fault of a row has its own line
    manifest(
        &bench,
        &header.replace("t1,", "T1w,"),
        &[
            row("a", "36h") + ",,,,",
            "P1,DOE/P1/t1.nii.gz,P1/t2.nii,hematoma.nii.gz,,36,x,spine,rough,yes".into(),
            row("A", "36h") + ",,,,",
            "P2,t1.nii.gz,C:\\DOE\\t2.nii,hematoma.nii.gz,cord.nii.gz,,,,,".into(),
        ],
    );
    let run = batch(&bench, "out", &[]);
    assert_eq!((run.code, &*run.stdout), (2, ""));
    let lines: Vec<&str> = run.stderr.lines().collect();
    let expected = [
        "error: m.csv: 11 faults:",
        "  column 2 is named almost as `t1`: rename it if it is that, else name it in --own-column or --ignore-column",
        "  line 3, onset: expected a time before the scan with its unit, as in `36h`",
        "  line 3, criteria: expected a TOML file or one of spinal, ",
        "  line 3, t1: …/P1/t1.nii.gz not found: a path counts from the manifest's folder",
        "  line 3, t2: P1/t2.nii not found: a path counts from the manifest's folder",
        "  line 3, hash_inputs: expected true or false",
        "  line 3, smooth: expected one of median, none",
        "  line 3, t1_volume: invalid digit found in string",
        "  line 3: not given: cord or reference or reference_t1 or anatomy",
        "  line 4: the study's name is that of line 2, but for capital letters at most",
        "  line 5, t2: not found: a path with a backslash, as on Windows; write it with `/`",
    ];
    assert_eq!(lines.len(), expected.len(), "{}", run.stderr);
    for (found, expected) in lines.iter().zip(expected) {
        assert!(found.starts_with(expected), "{expected}: {found}");
    }
    assert!(!run.stderr.contains("DOE"), "{}", run.stderr);
}

#[test]
fn a_bad_header_stops_before_any_study() {
    let bench = Bench::new();
    let before = bench.content().len();
    let files = "t1.nii.gz,t2.nii.gz,hematoma.nii.gz,cord.nii.gz";
    for (header, row, part) in [
        (
            "study,t1,t2,hematoma,chord",
            format!("a,{files}"),
            "column 5 is named almost as `cord`: rename it if it is that, else name it in --own-column or --ignore-column",
        ),
        ("study,t1,t2,hematoma,cord,t1", format!("a,{files},t1.nii.gz"), "two columns mean `t1`: keep one"),
        (
            "name,t1,t2,hematoma,cord",
            format!("a,{files}"),
            "no column `study`: expected one with a name for each study",
        ),
        (
            "study,Image,hematoma,cord",
            "a,t1.nii.gz,hematoma.nii.gz,cord.nii.gz".into(),
            "2 faults:\n  a column `Image` without `t1` or `t2`: expected one of them, so that `Image` is the other\n  line 2: not given: t1, t2",
        ),
        (
            "study,t1,t2,hematoma,cord,volume_mm3",
            format!("a,{files},7"),
            "column 6 has the name of a column of summary.tsv: rename it, or leave it out with --ignore-column",
        ),
    ] {
        manifest(&bench, header, &[row]);
        let run = batch(&bench, "out", &[]);
        assert_eq!((run.code, &*run.stdout), (2, ""), "{run:?}");
        assert_eq!(run.stderr.trim_end(), format!("error: m.csv: {part}"));
    }
    assert_eq!(bench.content().len(), before + 1, "the manifest alone");
    let run = bench.run(&["batch", "none.csv", "-o", "out"]);
    assert!(
        run.code == 1 && run.stderr.starts_with("error: none.csv: the manifest could not be read"),
        "{run:?}"
    );
    assert_eq!(bench.run(&["batch", "m.csv"]).code, 2, "no output folder");
}

#[test]
fn what_is_no_table_of_text_is_named() {
    let bench = Bench::new();
    for (name, start, what) in [
        (
            "m.xlsx",
            &b"PK\x03\x04\x14\x00"[..],
            "a workbook (.xlsx, .ods), not a table of text: save its sheet as CSV",
        ),
        ("m.csv", b"PK\x03\x04", "a workbook (.xlsx, .ods), not a table of text: save its sheet as CSV"),
        (
            "m.xls",
            b"\xd0\xcf\x11\xe0\xa1\xb1",
            "a workbook (.xls), not a table of text: save its sheet as CSV",
        ),
        ("m.txt", b"\xff\xfes\0t\0", "text in UTF-16: save the table as CSV"),
        ("m.parquet", b"PAR1\0", "a Parquet file, not a table of text: save it as CSV"),
    ] {
        bench.text(name, start);
        let run = bench.run(&["batch", name, "-o", "out"]);
        let expected =
            format!("error: {name}: {what} in UTF-8, as with `CSV UTF-8` of Excel or `to_csv` of pandas\n");
        assert_eq!((run.code, run.stderr), (1, expected));
    }
}

#[test]
fn inputs_are_never_replaced() {
    let bench = Bench::new();
    let study = bench.folder.join("out/a");
    fs::create_dir_all(&study).unwrap();
    fs::rename(bench.folder.join("hematoma.nii.gz"), study.join("stages.nii.gz")).unwrap();
    let table = row("a", "").replace("hematoma.nii.gz", "out/a/stages.nii.gz:1");
    manifest(&bench, HEADER, &[table]);
    assert_eq!(batch(&bench, "out", &[]).code, 2, "it looks like a result");
    let before = fs::read(study.join("stages.nii.gz")).unwrap();
    let run = batch(&bench, "out", &["--force"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("an input lies where the results go"), "{}", run.stderr);
    assert!(fs::read(study.join("stages.nii.gz")).unwrap() == before);
}
