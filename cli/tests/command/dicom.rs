//! DICOM in: what identifies somebody never comes out.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use flate2::read::GzDecoder;

use crate::{
    bench::{Bench, PATIENT, Run},
    support::dicom::{
        leaky::{self, STRAY},
        reader::foreign_files,
        secrets,
        small_study::{Role, SmallStudy},
    },
};

/// Everything that a run leaves behind: both streams and the files it wrote.
fn left(bench: &Bench, run: &Run) -> String {
    let mut all = format!("{}\n{}\n", run.stdout, run.stderr);
    for (path, mut bytes) in bench.content() {
        if !path.starts_with(bench.folder.join("out")) {
            continue;
        }
        if path.extension().is_some_and(|ending| ending == "gz") {
            let stored = std::mem::take(&mut bytes);
            GzDecoder::new(&stored[..]).read_to_end(&mut bytes).unwrap();
        }
        let name = path.file_name().unwrap().to_string_lossy();
        all.extend([&*name, "\n", &*String::from_utf8_lossy(&bytes), "\n"]);
    }
    all
}

/// Stages the small study with one input replaced: the exit code, and what the run leaves behind.
fn staged(bench: &Bench, study: &SmallStudy, role: Role, path: &str) -> (i32, String) {
    let file = |name: &str| study.file(name);
    let (t1, cord) = (file("t1.nii.gz"), file("cord.nii.gz"));
    let t2 = if role == Role::Image { path.to_owned() } else { file("t2.nii.gz") };
    let hematoma = match role {
        Role::Mask(chosen) => format!("{path}{chosen}"),
        _ => file("hematoma.nii.gz"),
    };
    let out = bench.path("out");
    let mut arguments = vec![
        "stage",
        "--t1",
        &t1,
        "--t2",
        &t2,
        "--hematoma",
        &hematoma,
        "--cord",
        &cord,
        "-o",
        &out,
        "--force",
    ];
    if role == Role::LabelMap {
        arguments.extend(["--vertebrae", path, "--scheme", "sct"]);
    }
    let run = bench.run(&arguments);
    let all = left(bench, &run);
    let _ = fs::remove_dir_all(out);
    (run.code, all)
}

#[test]
fn secrets_reach_no_output() {
    let (bench, study) = (Bench::empty(), SmallStudy::new());
    let forbidden = secrets::forbidden();
    let check = |text: &str, what: &str| {
        for secret in forbidden.iter().map(String::as_str).chain([PATIENT]).chain(STRAY.split(' ')) {
            assert!(!text.contains(secret), "{what}: {secret} shows: {text}");
        }
    };
    let (mut read, mut refused) = (0, 0);
    let inputs = leaky::inputs(&study.folder().join("dicom"), &study.scans);
    for (what, role, path) in &inputs {
        let path = path.to_str().unwrap();
        let (code, output) = staged(&bench, &study, *role, path);
        check(&output, what);
        *(if code == 0 { &mut read } else { &mut refused }) += 1;
        for arguments in [&["inspect", path][..], &["inspect", path, "--json"]] {
            let run = bench.run(arguments);
            assert!(run.stdout.len() + run.stderr.len() > 20, "{what}: {run:?}");
            check(&left(&bench, &run), what);
        }
    }
    assert!(read >= 25 && refused >= 25, "{read} read, {refused} refused");
    let folder = study.folder();
    let run = bench.run(&["inspect", folder.join("dicom").to_str().unwrap()]);
    check(&left(&bench, &run), "all of them");
}

#[test]
fn texts_of_real_files_reach_no_output() {
    let Some(data) = std::env::var_os("HEMASTAGE_DATA") else {
        eprintln!("skipped texts_of_real_files_reach_no_output: HEMASTAGE_DATA is not set");
        return;
    };
    let (bench, study) = (Bench::empty(), SmallStudy::new());
    let (code, usual) = staged(&bench, &study, Role::LabelMap, &study.file("vertebrae.nii.gz"));
    assert_eq!(code, 0, "{usual}");
    let inspected = |path: &Path| left(&bench, &bench.run(&["inspect", path.to_str().unwrap()]));
    let mut of_folders = BTreeMap::new();
    // meanings of the standard's codes, a keyword of it, which some headers repeat as text, and a word of our messages
    let codes = include_str!("../../../image/src/dicom/masks/codes.tsv").to_lowercase();
    let meanings = codes.lines().filter_map(|line| line.rsplit('\t').next());
    let also: Vec<&str> = meanings.chain(["imagepositionpatient", "patient"]).collect();
    for file in foreign_files(Path::new(&data), &usual, &also) {
        file.assert_hidden(&inspected(&file.path), "inspected");
        let folder = file.path.parent().unwrap().to_owned();
        let of_folder = of_folders.entry(folder).or_insert_with_key(|folder| inspected(folder));
        file.assert_hidden(of_folder, "inspected by its folder");
        for role in [Role::Image, Role::Mask(":1"), Role::LabelMap] {
            let (_, output) = staged(&bench, &study, role, file.path.to_str().unwrap());
            file.assert_hidden(&output, &format!("staged as {role:?}"));
        }
    }
}
