//! Seeded damage: files that open can be read without a panic, and errors say why the others do not.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use dicom_dictionary_std::tags;

use super::{
    super::{
        DicomFile,
        dataset::Dataset,
        pixel_data::{PixelData, PixelLayout},
        transfer_syntax::TransferSyntax,
    },
    bytes::{
        BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT, RLE, Stored, Written, file, with_fragments, with_pixels,
    },
};

/// One to four changes: bits, bytes, lengths, cuts, repeats and swaps.
fn damage(bytes: &mut Vec<u8>, random: &mut fastrand::Rng) {
    for _ in 0..=random.usize(..4) {
        if bytes.len() < 16 {
            return;
        }
        let at = random.usize(..bytes.len() - 8);
        match random.usize(..8) {
            0 => bytes[at] ^= 1 << random.usize(..8),
            1 => bytes[at] = random.u8(..),
            2 => bytes[at..at + 4].copy_from_slice(&[0xff; 4]),
            3 => bytes[at..at + 4].copy_from_slice(&0x7fff_fffe_u32.to_le_bytes()),
            4 => bytes.truncate(at),
            5 => {
                let piece = bytes[at..(at + 1 + random.usize(..64)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            6 => {
                bytes.drain(at..(at + 1 + random.usize(..8)).min(bytes.len()));
            }
            _ => {
                // a tag that matters to the walk
                let tags = [[0xfe, 0xff, 0x0d, 0xe0], [0xfe, 0xff, 0xdd, 0xe0], [0xfe, 0xff, 0x00, 0xe0]];
                let tags = [&tags[..], &[[0xe0, 0x7f, 0x10, 0x00], [0x28, 0x00, 0x10, 0x00]]].concat();
                bytes[at..at + 4].copy_from_slice(&tags[random.usize(..tags.len())]);
            }
        }
    }
}

/// Calls every getter of a data set; returns the number of elements that are present.
fn read_all(data: Dataset<'_>) -> usize {
    let wanted = [
        tags::ROWS,
        tags::NUMBER_OF_FRAMES,
        tags::IMAGE_POSITION_PATIENT,
        tags::PATIENT_NAME,
        tags::PIXEL_PADDING_VALUE,
        tags::CODE_VALUE,
        tags::IMAGE_TYPE,
    ];
    let mut present = 0;
    for tag in wanted {
        present += usize::from(data.has(tag));
        let _ = (data.texts(tag), data.integers(tag), data.number_list(tag), data.numbers::<3>(tag));
    }
    let sequences = [
        tags::PROCEDURE_CODE_SEQUENCE,
        tags::ANATOMIC_REGION_SEQUENCE,
        tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
    ];
    for tag in sequences {
        present += data.items(tag).map(read_all).sum::<usize>();
    }
    present
}

/// Opens one damaged file and reads all of it; true when it opened.
fn survives(bytes: &[u8], what: &str) -> bool {
    let start = Instant::now();
    let stored = Stored::new(bytes);
    let opened = stored.open();
    if let Ok(file) = &opened {
        read_all(file.dataset());
        read_pixels(file);
    }
    if let Err(error) = &opened {
        let text = error.to_string();
        assert!(!text.contains("SECRET") && !text.contains("NAME"), "{what}: {text}");
        assert!(!text.contains("could not be read"), "{what}: a panic was caught");
        assert!(text.len() < 300, "{what}: {text}");
    }
    assert!(start.elapsed() < Duration::from_secs(2), "{what} took {:?}", start.elapsed());
    opened.is_ok()
}

fn read_pixels(file: &DicomFile) {
    let Some(Ok(mut reader)) = file.pixel_data().map(PixelData::reader) else { return };
    match file.pixel_data().map(PixelData::layout) {
        Some(&PixelLayout::Native { bytes }) => {
            assert!(file.transfer_syntax() == TransferSyntax::Deflated || bytes <= file.stored_bytes());
            reader.native(0, &mut vec![0; bytes as usize]).unwrap();
        }
        Some(PixelLayout::Encapsulated { fragments, .. }) => {
            assert!(fragments.iter().sum::<u64>() <= file.stored_bytes());
            let mut out = Vec::new();
            (0..fragments.len()).for_each(|index| reader.fragment(index, &mut out).unwrap());
        }
        None => {}
    }
}

/// Damages a file in many ways, of which some must be harmless and some not, or the test proves nothing.
fn mutate(name: &str, whole: &[u8], rounds: u64, header: usize) {
    let mut opened = 0;
    for seed in 1..=rounds {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = whole.to_vec();
        let rest = bytes.split_off(header.min(whole.len()));
        damage(&mut bytes, &mut random);
        bytes.extend(rest);
        opened += u64::from(survives(&bytes, &format!("{name}, seed {seed}")));
    }
    assert!(opened > 0 && opened < rounds, "{name}: {opened} of {rounds} opened");
}

#[test]
fn damaged_files_are_survived() {
    let w = Written::Explicit;
    for (name, whole) in [
        ("explicit", file(EXPLICIT, &with_pixels(w))),
        ("implicit", file(IMPLICIT, &with_pixels(Written::Implicit))),
        ("big endian", file(BIG_ENDIAN, &with_pixels(Written::BigEndian))),
        ("fragments", file(RLE, &with_fragments())),
        ("deflated", file(DEFLATED, &with_pixels(w))),
        ("no header", with_pixels(w)),
    ] {
        mutate(name, &whole[..], 400, whole.len());
    }
}

/// The damage of an inflated data set, deflated again.
#[test]
fn damaged_deflated_data_sets_are_survived() {
    for seed in 1..=400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut bytes = with_pixels(Written::Explicit);
        damage(&mut bytes, &mut random);
        survives(&file(DEFLATED, &bytes), &format!("seed {seed}"));
    }
}

fn files_in(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files_in(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "dcm") {
            found.push(path);
        }
    }
}

/// Damage in the first 8 KiB of each small real file, where its header is.
#[test]
fn damaged_real_files_are_survived() {
    let Some(data) = super::real::data("damaged_real_files_are_survived") else { return };
    let mut files = Vec::new();
    files_in(&data, &mut files);
    files.sort();
    files.retain(|path| std::fs::metadata(path).unwrap().len() < 200_000);
    assert!(files.len() > 50, "only {} files", files.len());
    for path in files {
        let whole = std::fs::read(&path).unwrap();
        for seed in 1..=40 {
            let mut random = fastrand::Rng::with_seed(seed * 77_777 + whole.len() as u64);
            let mut bytes = whole.clone();
            let rest = bytes.split_off(whole.len().min(8192));
            damage(&mut bytes, &mut random);
            bytes.extend(rest);
            survives(&bytes, &format!("{}, seed {seed}", path.display()));
        }
    }
}
