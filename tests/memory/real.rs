//! Real files of other writers, damaged.

use std::{
    fs,
    path::{Path, PathBuf},
};

use fastrand::Rng;

use crate::{
    damage,
    harness::Harness,
    support::dicom::{reader::files_below, small_study::Role},
};

/// Bytes of a file: many small ones reach more than a few large ones.
const MAX_BYTES: u64 = 150_000;

/// Rows, columns, bits allocated and frames as they stand in a little-endian file.
const FIELDS: [[u8; 4]; 4] = [[0x28, 0, 0x10, 0], [0x28, 0, 0x11, 0], [0x28, 0, 0x00, 1], [0x28, 0, 0x08, 0]];

/// Overwrites the number of a field, if the file has that field.
fn falsify(random: &mut Rng, file: &mut [u8]) {
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
    let is_small_dicom = |path: &PathBuf| {
        fs::metadata(path).unwrap().len() <= MAX_BYTES
            && fs::read(path).unwrap().get(128..132) == Some(b"DICM")
    };
    let paths: Vec<PathBuf> = files_below(Path::new(&data)).into_iter().filter(is_small_dicom).collect();
    assert!(paths.len() > 20, "HEMASTAGE_DATA is set but holds {} DICOM files", paths.len());
    let (mut harness, mut random) = (Harness::new(), Rng::with_seed(31));
    for path in &paths {
        let sound = fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for n in 0..14 {
            let mut bytes = sound.clone();
            match n {
                0 | 1 => {}
                2..6 => falsify(&mut random, &mut bytes),
                _ => damage::bytes(&mut random, &mut bytes),
            }
            let role = [Role::Image, Role::Mask(""), Role::LabelMap, Role::Mask(":1")][n % 4];
            harness.read_files(&format!("{name}, damage {n}"), role, &[bytes]);
        }
    }
    harness.print("real files");
    assert!(harness.refused > paths.len(), "{} {}", harness.refused, harness.read);
}
