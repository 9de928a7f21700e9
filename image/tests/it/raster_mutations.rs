//! NRRD and MetaImage files with random damage never panic the reader, and stay within the limits.

use fastrand::Rng;
use hemastage_image::{ImageReader, Limits, MaskReader, dicom::SegmentChoice, grid::IndexBox};

use crate::{
    nifti_writer::{Folder, assert_private, gzip},
    raster_writer::{changed, counted, meta, meta_lines, nrrd, nrrd_lines, zlib},
};

const MAX_VOXELS: u64 = 1 << 16;

fn seeds() -> Vec<Vec<u8>> {
    let size = format!("CompressedDataSize = {}", zlib(&counted()).len());
    let words: Vec<u8> = (0..24).flat_map(|n| format!("{n} ").into_bytes()).collect();
    let four = changed(nrrd_lines(), "dimension", Some("dimension: 4"));
    let four = changed(four, "sizes", Some("sizes: 2 3 2 2"));
    let four = changed(four, "space directions", Some("space directions: none (0,0.5,0) (2,0,0) (0,0,-3)"));
    let segments = [
        "encoding: raw",
        "kinds: list domain domain domain",
        "Segment0_Name:=Clot",
        "Segment0_LabelValue:=3",
        "Segment0_Layer:=1",
        "Segment1_LabelValue:=4",
        "Segment1_Layer:=0",
    ];
    vec![
        nrrd(&nrrd_lines(), &["encoding: raw", "byte skip: 0"], &counted()),
        nrrd(&nrrd_lines(), &["encoding: gzip", "line skip: 0"], &gzip(&counted())),
        nrrd(&nrrd_lines(), &["encoding: ascii"], &words),
        nrrd(&four, &segments, &counted()),
        meta(&meta_lines(), &["HeaderSize = -1", "ElementDataFile = LOCAL"], &counted()),
        meta(&meta_lines(), &["CompressedData = True", &size, "ElementDataFile = LOCAL"], &zlib(&counted())),
    ]
}

/// Numbers and words at the ends of what a header can say.
const WORDS: [&str; 16] = [
    "0",
    "-1",
    "1",
    "2",
    "4",
    "32767",
    "32768",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "1e308",
    "nan",
    "inf",
    "none",
    "(1,2,3)",
    "",
];

fn mutate(random: &mut Rng, bytes: &mut Vec<u8>) {
    match random.usize(..4) {
        0 => {
            for _ in 0..=random.usize(..6) {
                let at = random.usize(..bytes.len());
                bytes[at] ^= 1 << random.usize(..8);
            }
        }
        1 => bytes.truncate(random.usize(..bytes.len())),
        _ => {
            // a word of the header
            let text: Vec<usize> = (0..bytes.len()).filter(|&at| matches!(bytes[at], b' ' | b'\n')).collect();
            let gap = random.usize(..text.len() - 1);
            let word = WORDS[random.usize(..WORDS.len())];
            bytes.splice(text[gap] + 1..text[gap + 1], word.bytes());
        }
    }
}

#[test]
fn damaged_files_never_panic() {
    let (mut random, seeds, folder) = (Rng::with_seed(7), seeds(), Folder::new());
    let limits = Limits::default().with_max_voxels(MAX_VOXELS);
    let (mut read, mut refused) = (0, 0);
    for n in 0..1200 {
        let mut bytes = seeds[n % seeds.len()].clone();
        mutate(&mut random, &mut bytes);
        let path = folder.put("mutant", &bytes);
        let checked = |error| assert_private(&error);
        if let Ok(mask) = MaskReader::open(&path, None, limits).map_err(checked) {
            let _ = mask
                .read(&[&SegmentChoice::All, &SegmentChoice::Numbers(vec![3])], true, &[])
                .map_err(checked);
        }
        let image = ImageReader::open(&path, None, limits);
        let block = image.and_then(|image| {
            assert!(image.grid().voxels() as u64 <= MAX_VOXELS);
            let whole = IndexBox::whole(image.grid().shape());
            image.read_block(None, whole).or_else(|_| image.read_block(Some(1), whole))
        });
        match block.map_err(checked) {
            Ok(_) => read += 1,
            Err(()) => refused += 1,
        }
    }
    // both ends of the readers were reached
    assert!(read > 100 && refused > 400, "{read} {refused}");
}
