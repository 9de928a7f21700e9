//! Our own files, damaged, are read or refused; nothing panics.

use std::fs;

use fastrand::Rng;
use hemastage_dicom::{SegmentationOptions, SegmentationType, segmentation, structured_report};
use hemastage_image::{
    ImageReader, Limits, MaskReader,
    dicom::{ObjectKind, SegmentChoice, Segmentation},
};

use crate::bench::{Source, USUAL};

/// One damage: a changed, lost or repeated stretch, or a cut.
fn damaged(bytes: &[u8], random: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    // most elements stand at the start, most bytes are pixels
    let within = if random.bool() { bytes.len() } else { bytes.len().min(4096) };
    for _ in 0..random.usize(1..4) {
        let at = random.usize(132..within);
        match random.u8(0..5) {
            0 | 1 => bytes[at] = random.u8(..),
            2 => drop(bytes.drain(at..(at + random.usize(1..9)).min(bytes.len()))),
            3 => {
                let stretch = bytes[at..(at + random.usize(1..40)).min(bytes.len())].to_vec();
                bytes.splice(at..at, stretch);
            }
            _ => bytes.truncate(at.max(within / 2)),
        }
        if bytes.len() <= within {
            break;
        }
    }
    bytes
}

#[test]
fn damage_makes_no_panic() {
    let source = Source::usual();
    let origin = source.origin();
    let usual = SegmentationOptions::default();
    let stages = segmentation(&USUAL.stage_map, &origin, usual).unwrap();
    let labels =
        segmentation(&USUAL.stage_map, &origin, usual.with_kind(SegmentationType::LabelMap)).unwrap();
    let report = structured_report(&USUAL.report, &stages).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("damaged.dcm");
    let mut random = Rng::with_seed(17);
    let (mut read, mut refused) = (0, 0);
    for n in 0..300 {
        let whole = [stages.bytes(), labels.bytes(), &report][n % 3];
        fs::write(&path, damaged(whole, &mut random)).unwrap();
        let limits = Limits::default();
        let _ = ObjectKind::of_file(&path, limits);
        let _ = ImageReader::open(&path, None, limits);
        let _ = MaskReader::open(&path, None, limits);
        let roi = Segmentation::open(&path, limits).and_then(|file| {
            let _ = file.read_labels(&[], &mut Vec::new());
            file.read_roi(&SegmentChoice::All, &[], &mut Vec::new())
        });
        *(if roi.is_ok() { &mut read } else { &mut refused }) += 1;
    }
    assert!(read >= 20 && refused >= 100, "{read} read, {refused} refused");
}
