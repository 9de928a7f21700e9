//! Every NIfTI file of a folder of real files, read as nibabel reads it or refused with its own text.
//!
//! `HEMASTAGE_DATA` names the folder; `scripts/nibabel_expected.py` writes what nibabel makes of it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use approx::abs_diff_eq;
use fastrand::Rng;
use hemastage_image::{
    Error, ErrorKind, Limits, Volume,
    grid::IndexBox,
    nifti::{NiftiFile, NiftiVersion, Orientation},
    volume::{Scaling, Voxels},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::nifti_writer::{random_block, signal};

const EXPECTED: &str = include_str!("data/nibabel_expected.json");

/// The files to refuse: name, kind and what the text says.
const REFUSED: [(&str, ErrorKind, &str); 8] = [
    ("NIFTI-Reader-JS/data/not-nifti.nii", ErrorKind::Malformed, "not a NIfTI file"),
    ("nifti-rs/resources/complex/complex32.nii", ErrorKind::Unsupported, "complex voxels"),
    ("nifti-rs/resources/complex/complex64.nii", ErrorKind::Unsupported, "complex voxels"),
    ("nifti-rs/resources/fuzz_artifacts/crash-1.nii", ErrorKind::Malformed, "not a NIfTI file"),
    (
        "nifti-rs/resources/fuzz_artifacts/crash-ed7d46344d7efb3b9f0c374d66d2e02f66cc447d.nii",
        ErrorKind::Malformed,
        "not a NIfTI file",
    ),
    ("nifti-rs/resources/rgb/3D.nii", ErrorKind::Unsupported, "RGB color voxels"),
    ("nifti-rs/resources/rgb/4D.nii", ErrorKind::Unsupported, "RGB color voxels"),
    ("nifti-rs/resources/rgba/4D.nii", ErrorKind::Unsupported, "RGBA color voxels"),
];

const ENDINGS: [&str; 6] = [".nii", ".nii.gz", ".hdr", ".hdr.gz", ".img", ".img.gz"];

#[test]
fn reads_real_files_as_nibabel_does() {
    let Some(root) = std::env::var_os("HEMASTAGE_DATA").map(PathBuf::from) else {
        println!("skipped: HEMASTAGE_DATA does not name the folder of real files");
        return;
    };
    let expected: Value = serde_json::from_str(EXPECTED).unwrap();
    let expected = expected.as_object().unwrap();
    let mut on_disk = BTreeSet::new();
    walk(&root, &root, &mut on_disk);
    assert!(!on_disk.is_empty(), "HEMASTAGE_DATA holds no NIfTI file");
    let known: BTreeSet<String> = expected.keys().cloned().collect();
    assert_eq!(on_disk, known, "files on disk and in the expectation");

    let (mut read, mut refused) = (0, 0);
    for (name, entry) in expected {
        match (NiftiFile::open(root.join(name), Limits::default()), entry.get("refuse")) {
            (Ok(file), None) => {
                compare(name, &file, entry);
                read += 1;
            }
            (Err(error), Some(_)) => {
                compare_refusal(name, &error, &root);
                refused += 1;
            }
            (Ok(_), Some(reason)) => panic!("{name} was read: nibabel refuses it ({reason})"),
            (Err(error), None) => panic!("{name} was refused: {error}"),
        }
    }
    assert_eq!((read, refused), (known.len() - REFUSED.len(), REFUSED.len()));
    println!("{read} files read, {refused} refused");
}

fn walk(root: &Path, folder: &Path, found: &mut BTreeSet<String>) {
    for item in fs::read_dir(folder).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            walk(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if ENDINGS.iter().any(|end| name.to_ascii_lowercase().ends_with(end)) {
                found.insert(name);
            }
        }
    }
}

fn compare_refusal(name: &str, error: &Error, root: &Path) {
    let text = error.to_string();
    let (_, kind, part) = REFUSED.iter().find(|(refused, ..)| *refused == name).unwrap();
    assert!(text.contains(part), "{name}: expected `{part}` in `{text}`");
    assert_eq!(error.kind(), *kind, "{name}: {text}");
    assert_eq!(error.place(), Path::new(name).file_name().and_then(|n| n.to_str()));
    assert!(!text.contains(root.to_str().unwrap()), "{text}");
}

fn compare(name: &str, file: &NiftiFile, entry: &Value) {
    let shape = file.grid().shape();
    let listed: Vec<usize> =
        entry["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap() as usize).collect();
    assert_eq!(shape.to_vec(), listed, "{name}");
    assert_eq!(file.datatype().name(), entry["dtype"], "{name}");
    assert_eq!(file.big_endian(), entry["big_endian"], "{name}");
    assert_eq!(if file.version() == NiftiVersion::One { 1 } else { 2 }, entry["version"], "{name}");
    compare_affine(name, file, entry);
    compare_scaling(name, file.scaling(), entry);
    choose(name, file, entry["volumes"].as_u64().unwrap() as usize);

    let whole = file.read_block(0, IndexBox::whole(shape)).unwrap();
    if let Some(hash) = entry.get("sha256") {
        assert_eq!(hex(&Sha256::digest(little_endian(whole.voxels()))), *hash, "{name}");
    } else {
        compare_signal(name, &signal(&whole), entry);
    }
    compare_boxes(name, file, &whole);
}

fn compare_affine(name: &str, file: &NiftiFile, entry: &Value) {
    let matrix = file.grid().affine().matrix();
    let nibabel: [[f64; 4]; 4] = serde_json::from_value(entry["affine"].clone()).unwrap();
    for (row, expected) in matrix.iter().zip(&nibabel) {
        let same = abs_diff_eq!(row[..], expected[..], epsilon = 1e-6);
        assert!(same, "{name}: the affine is {matrix:?}, nibabel has {nibabel:?}");
    }
    let set = |form: &str| entry[form].as_i64().unwrap() > 0;
    let expected = match (set("sform_code"), set("qform_code")) {
        (true, _) => Orientation::Sform,
        (false, true) => Orientation::Qform,
        (false, false) => Orientation::None,
    };
    assert_eq!(file.orientation(), expected, "{name}");
}

fn compare_scaling(name: &str, found: Scaling, entry: &Value) {
    let [slope, intercept] = ["slope", "intercept"].map(|field| entry[field].as_f64().unwrap());
    assert_eq!(found, Scaling { slope, intercept }, "{name}");
}

fn choose(name: &str, file: &NiftiFile, volumes: usize) {
    assert_eq!(file.volumes(), volumes, "{name}");
    assert_eq!(file.choose_volume(Some(volumes - 1)).unwrap(), volumes - 1, "{name}");
    let error = file.choose_volume(Some(volumes)).unwrap_err().to_string();
    assert!(error.contains(&format!("volume {volumes} was chosen but the file holds {volumes}")), "{error}");
    if volumes == 1 {
        assert_eq!(file.choose_volume(None).unwrap(), 0, "{name}");
    } else {
        let error = file.choose_volume(None).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parameter, "{name}");
        let part = format!("the file holds {volumes} volumes: choose one, 0 to {}", volumes - 1);
        assert!(error.to_string().contains(&part), "{name}: {error}");
    }
}

fn compare_signal(name: &str, found: &[f64], entry: &Value) {
    let close = |a: f64, b: f64, scale: f64| abs_diff_eq!(a, b, epsilon = 1e-6 * scale);
    let field = |field: &str| entry[field].as_f64().unwrap();
    let finite: Vec<f64> = found.iter().copied().filter(|v| v.is_finite()).collect();
    assert_eq!(finite.len() as u64, entry["finite"].as_u64().unwrap(), "{name}");
    let (sum, scale) = (finite.iter().sum::<f64>(), field("abs_sum"));
    assert!(close(sum, field("sum"), scale), "{name}: sum {sum}, nibabel has {}", field("sum"));
    let min = finite.iter().copied().fold(f64::INFINITY, f64::min);
    let max = finite.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for (value, nibabel) in [(min, field("min")), (max, field("max"))] {
        assert!(close(value, nibabel, nibabel.abs()), "{name}: {value}, nibabel has {nibabel}");
    }
    let samples = entry["samples"].as_array().unwrap();
    let stride = entry["stride"].as_u64().unwrap() as usize;
    assert_eq!(samples.len(), found.len().div_ceil(stride).min(500), "{name}");
    for (n, (sample, value)) in samples.iter().zip(found.iter().step_by(stride)).enumerate() {
        let nibabel = sample.as_f64().unwrap_or_else(|| sample.as_str().unwrap().parse().unwrap());
        let same = if nibabel.is_finite() {
            close(*value, nibabel, nibabel.abs())
        } else {
            value.to_string() == nibabel.to_string()
        };
        assert!(same, "{name}: sample {n}: {value}, nibabel has {nibabel}");
    }
}

/// Some boxes of every volume, read alone, equal the same part of the whole.
fn compare_boxes(name: &str, file: &NiftiFile, whole: &Volume) {
    let mut random = Rng::with_seed(name.len() as u64);
    for n in 0..4 {
        let block = random_block(&mut random, file.grid().shape());
        let part = file.read_block(0, block).unwrap();
        assert_eq!(part.voxels().shape(), block.shape(), "{name} {block:?}");
        let inside: Vec<f64> =
            crate::nifti_writer::indices(&block).map(|index| whole.signal(index).unwrap()).collect();
        crate::nifti_writer::assert_signal(&part, &inside);
        if n == 0 && file.volumes() > 1 {
            let last = file.volumes() - 1;
            let all = file.read_block(last, IndexBox::whole(file.grid().shape())).unwrap();
            let part = file.read_block(last, block).unwrap();
            assert_ne!(signal(&all), signal(whole), "{name}: the last volume is another one");
            let inside: Vec<f64> =
                crate::nifti_writer::indices(&block).map(|index| all.signal(index).unwrap()).collect();
            crate::nifti_writer::assert_signal(&part, &inside);
        }
    }
}

fn little_endian(voxels: &Voxels) -> Vec<u8> {
    macro_rules! bytes {
        ($array:ident) => {
            // the transpose has k first, so that its own order is the file's: i fastest
            $array.t().iter().flat_map(|v| v.to_le_bytes()).collect()
        };
    }
    match voxels {
        Voxels::U8(a) => bytes!(a),
        Voxels::I8(a) => bytes!(a),
        Voxels::U16(a) => bytes!(a),
        Voxels::I16(a) => bytes!(a),
        Voxels::U32(a) => bytes!(a),
        Voxels::I32(a) => bytes!(a),
        Voxels::U64(a) => bytes!(a),
        Voxels::I64(a) => bytes!(a),
        other => panic!("not integers: {other:?}"),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, b| text + &format!("{b:02x}"))
}
