//! Small files and compressed frames in a folder of public test files.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::Seeds;

/// Larger seeds make slow runs.
const MAX_FILE: u64 = 24 << 10;
const MAX_FRAME: usize = 12 << 10;

/// Transfer syntaxes, the index of the target, and the options that choose the syntax.
const COMPRESSED: [(&str, usize, u8); 9] = [
    ("1.2.840.10008.1.2.5\0", 0, 0),
    ("1.2.840.10008.1.2.4.50", 1, 0),
    ("1.2.840.10008.1.2.4.51", 1, 0x10),
    ("1.2.840.10008.1.2.4.57", 2, 0),
    ("1.2.840.10008.1.2.4.70", 2, 0x10),
    ("1.2.840.10008.1.2.4.90", 3, 0),
    ("1.2.840.10008.1.2.4.91", 3, 0x10),
    ("1.2.840.10008.1.2.4.80", 4, 0),
    ("1.2.840.10008.1.2.4.81", 4, 0x10),
];

pub(crate) fn make(folder: &Path, frames: &[Seeds; 5]) {
    let added = ["nifti", "nifti_gz", "dicom", "segmentation", "structure_set"];
    let [plain, packed, dicom, segments, contours] =
        added.map(|target| Seeds(Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target)));
    for path in files(folder) {
        let Ok(bytes) = fs::read(&path) else { continue };
        let is_small = bytes.len() as u64 <= MAX_FILE;
        if bytes.get(128..132) == Some(b"DICM") {
            compressed(&bytes, frames);
            let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
            let seeds = if has(b"RTSTRUCT") {
                &contours
            } else if has(b"CS\x04\0SEG ") {
                &segments
            } else {
                &dicom
            };
            if is_small {
                seeds.add(&bytes);
            }
        } else if is_small && bytes.starts_with(&[0x1f, 0x8b]) {
            packed.with_options(&[0], &bytes);
        } else if is_small && bytes.get(344..347) == Some(b"n+1") {
            plain.add(&bytes);
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.metadata() else { continue };
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.len() < 4 << 20 {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

/// The fragments of a compressed file, each with the options of its target.
fn compressed(bytes: &[u8], frames: &[Seeds; 5]) {
    let find = |text: &[u8]| bytes.windows(text.len()).position(|window| window == text);
    let Some(&(_, target, syntax)) = COMPRESSED.iter().find(|(uid, ..)| find(uid.as_bytes()).is_some())
    else {
        return;
    };
    let Some(start) = find(b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff") else { return };
    let number = |tag: &[u8]| find(tag).and_then(|at| bytes.get(at + 8..)?.first_chunk().copied());
    let number = |tag| number(tag).map_or(0, u16::from_le_bytes);
    let mut at = start + 12;
    while let Some(&[0xfe, 0xff, 0x00, 0xe0, a, b, c, d]) = bytes[at..].first_chunk() {
        let length = u32::from_le_bytes([a, b, c, d]) as usize;
        let Some(fragment) = bytes.get(at + 8..at + 8 + length) else { return };
        at += 8 + length;
        if !(8..MAX_FRAME).contains(&length) {
            continue;
        }
        if target == 0 {
            let [rows, columns, bits] =
                [b"\x28\0\x10\0US", b"\x28\0\x11\0US", b"\x28\0\x01\x01US"].map(|t| number(t));
            frames[0].with_options(&[rows - 1, columns - 1, bits - 1, 0].map(|n| n as u8), fragment);
        } else {
            frames[target].with_options(&[syntax, 0], fragment);
        }
    }
}
