//! Real files of other writers, damaged.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{damage, held::Held, support::dicom::small_study::Role};
use fastrand::Rng;

/// No larger file is damaged: many small ones see more.
const LARGEST: u64 = 150_000;

/// The small DICOM files in a folder and all below it, in the order of their names.
fn small_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            small_files(&path, found);
        } else if fs::metadata(&path).unwrap().len() <= LARGEST {
            let bytes = fs::read(&path).unwrap();
            if bytes.get(128..132) == Some(b"DICM") {
                found.push(path);
            }
        }
    }
}

/// Rows, columns, bits allocated and frames as they stand in a little-endian file.
const FIELDS: [[u8; 4]; 4] = [[0x28, 0, 0x10, 0], [0x28, 0, 0x11, 0], [0x28, 0, 0x00, 1], [0x28, 0, 0x08, 0]];

/// Another number in place of a field's, if the file has that field.
fn lie(random: &mut Rng, file: &mut [u8]) {
    let field = FIELDS[random.usize(..FIELDS.len())];
    let Some(at) = file.windows(4).position(|bytes| bytes == field) else { return };
    let number: [u8; 2] = match random.usize(..3) {
        0 => [0, 0],
        1 => [0xFF, 0xFF],
        _ => random.u16(..).to_le_bytes(),
    };
    let text = [b'1' + random.usize(..9) as u8, b'9'];
    let value = if field == FIELDS[3] { text } else { number };
    if let Some(place) = file.get_mut(at + 8..at + 10) {
        place.copy_from_slice(&value);
    }
}

#[test]
fn damaged_real_files() {
    let Some(data) = std::env::var_os("HEMASTAGE_DATA") else {
        eprintln!("skipped damaged_real_files: HEMASTAGE_DATA is not set");
        return;
    };
    let mut paths = Vec::new();
    small_files(Path::new(&data), &mut paths);
    assert!(paths.len() > 20, "HEMASTAGE_DATA is set but holds {} DICOM files", paths.len());
    let (mut held, mut random) = (Held::new(), Rng::with_seed(31));
    for path in &paths {
        let sound = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for n in 0..14 {
            let mut bytes = sound.clone();
            match n {
                0 | 1 => {}
                2..6 => lie(&mut random, &mut bytes),
                _ => damage::bytes(&mut random, &mut bytes),
            }
            let role = [Role::Image, Role::Mask(""), Role::LabelMap, Role::Mask(":1")][n % 4];
            held.files(&format!("{name}, damage {n}"), role, &[bytes]);
        }
    }
    held.say("real files");
    assert!(held.refused > paths.len(), "{} {}", held.refused, held.read);
}
