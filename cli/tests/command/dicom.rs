//! DICOM in: what identifies somebody never comes out.

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use flate2::read::GzDecoder;

use crate::{
    bench::{Bench, PATIENT, Run},
    dicom_parts::{
        beside::{Beside, Role},
        leaky::{self, STRAY},
        reader::{identifying, shows},
        secrets,
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

/// Stages the small study with one input replaced, and gives what was left behind.
fn staged(bench: &Bench, beside: &Beside, role: Role, path: &str) -> (i32, String) {
    let file = |name: &str| beside.file(name);
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
    let (bench, beside) = (Bench::empty(), Beside::new());
    let forbidden = secrets::forbidden();
    let check = |text: &str, what: &str| {
        for secret in forbidden.iter().map(String::as_str).chain([PATIENT]).chain(STRAY.split(' ')) {
            assert!(!text.contains(secret), "{what}: {secret} shows: {text}");
        }
    };
    let (mut read, mut refused) = (0, 0);
    let inputs = leaky::inputs(&beside.folder().join("dicom"), &beside.scans);
    for (what, role, path) in &inputs {
        let path = path.to_str().unwrap();
        let (code, said) = staged(&bench, &beside, *role, path);
        check(&said, what);
        *(if code == 0 { &mut read } else { &mut refused }) += 1;
        for arguments in [&["inspect", path][..], &["inspect", path, "--json"]] {
            let run = bench.run(arguments);
            assert!(run.stdout.len() + run.stderr.len() > 20, "{what}: {run:?}");
            check(&left(&bench, &run), what);
        }
    }
    assert!(read >= 25 && refused >= 25, "{read} read, {refused} refused");
    let folder = beside.folder();
    let run = bench.run(&["inspect", folder.join("dicom").to_str().unwrap()]);
    check(&left(&bench, &run), "all of them");
}

fn all_files(path: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { all_files(&path, found) } else { found.push(path) }
    }
}

/// Words that stand in headers and are the command's too.
const OURS: [&str; 16] = [
    "spine",
    "cord",
    "none",
    "original",
    "unknown",
    "image",
    "dicom",
    "series",
    "axial",
    "sagittal",
    "segment",
    "label",
    "mask",
    "brain",
    // a time of day in one file and the number of a series in another
    "123456",
    // a keyword of the standard, which some headers repeat as text
    "imagepositionpatient",
];

#[test]
fn texts_of_real_files_reach_no_output() {
    let Some(data) = std::env::var_os("HEMASTAGE_DATA") else {
        eprintln!("skipped texts_of_real_files_reach_no_output: HEMASTAGE_DATA is not set");
        return;
    };
    let (bench, beside) = (Bench::empty(), Beside::new());
    let (code, usual) = staged(&bench, &beside, Role::LabelMap, &beside.file("vertebrae.nii.gz"));
    assert_eq!(code, 0, "{usual}");
    let mut paths = Vec::new();
    all_files(Path::new(&data), &mut paths);
    paths.sort();
    let (mut files, mut values) = (0, 0);
    for path in paths {
        let bytes = fs::read(&path).unwrap();
        let dicom =
            bytes.get(128..132) == Some(b"DICM") || path.extension().is_some_and(|ending| ending == "dcm");
        if !dicom {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let foreign = |value: &String| {
            let ours = OURS.contains(&value.to_lowercase().as_str()) || usual.contains(value.as_str());
            !(ours || value.starts_with("1.2.840.10008.") || name.contains(value.as_str()))
        };
        let texts: Vec<String> = identifying(&bytes).into_iter().filter(foreign).collect();
        let file = path.to_str().unwrap();
        let mut said = String::new();
        for arguments in [&["inspect", file][..], &["inspect", path.parent().unwrap().to_str().unwrap()]] {
            said += &left(&bench, &bench.run(arguments));
        }
        for role in [Role::Image, Role::Mask(":1"), Role::LabelMap] {
            said += &staged(&bench, &beside, role, file).1;
        }
        for text in &texts {
            assert!(!shows(&said, text), "{name}: {text} shows: {said}");
        }
        (files, values) = (files + 1, values + texts.len());
    }
    assert!(
        files > 50 && values > 1000,
        "HEMASTAGE_DATA is set but holds {values} texts in {files} DICOM files"
    );
}
