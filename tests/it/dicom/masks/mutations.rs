//! Damaged masks: an error or a region, in bounded time, and never a panic.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use fastrand::Rng;
use hemastage::{
    Affine,
    grid::Grid,
    io::{
        Limits,
        dicom::{SegmentChoice, Segmentation, StructureSet},
    },
};

use super::{
    crafted::{oblique, volumes},
    space_of,
};
use crate::support::dicom::{
    file::{Syntax, file},
    rtstruct::{Contour, structure_set},
    seg::{self, SegmentationType},
};

/// Voxels that the image or a mask's own grid may have.
const MAX_VOXELS: u64 = 1 << 24;

fn sound() -> Vec<Vec<u8>> {
    let mut files = Vec::new();
    for kind in
        [SegmentationType::Binary, SegmentationType::Fractional { maximum: 1 }, SegmentationType::LabelMap]
    {
        let volumes = volumes(2);
        let dataset = seg::Segmentation::new(kind, volumes, oblique()).dataset();
        files.push(file(&dataset, Syntax::ExplicitLittle));
        files.push(file(&dataset, Syntax::ImplicitLittle));
    }
    let contours = (0..6).map(|k| Contour::rectangle(k, [2, 8], [3, 9])).collect();
    let dataset = structure_set(&oblique(), 1, &[contours, vec![Contour::rectangle(4, [0, 3], [2, 12])]]);
    files.push(file(&dataset, Syntax::ExplicitLittle));
    files.push(file(&dataset, Syntax::ImplicitLittle));
    files
}

/// Reads a file in both ways; whether any gave a region.
fn read(path: &Path, grid: &Grid) -> bool {
    let limits = Limits::default().with_max_voxels(MAX_VOXELS);
    let images = [space_of(grid)];
    let segmentation = Segmentation::open(path, limits).map(|segmentation| {
        let own = segmentation.read_roi(&SegmentChoice::All, &[], &mut Vec::new());
        let _ = segmentation.read_labels(&images, &mut Vec::new());
        segmentation.read_roi(&SegmentChoice::All, &images, &mut Vec::new()).and(own)
    });
    let set = StructureSet::open(path, limits);
    let set = set.map(|set| set.read_roi(&SegmentChoice::All, &images, &mut Vec::new()));
    for error in [segmentation.as_ref().err(), set.as_ref().err()].into_iter().flatten() {
        assert!(!error.to_string().is_empty());
    }
    matches!(segmentation, Ok(Ok(_))) || matches!(set, Ok(Ok(_)))
}

/// Replaces a byte, a digit or a run of bytes, or cuts the file.
fn damage(bytes: &mut Vec<u8>, random: &mut Rng) {
    for _ in 0..=random.usize(..3) {
        let at = random.usize(..bytes.len());
        match random.usize(..5) {
            0 => bytes[at] ^= 1 << random.usize(..8),
            1 => bytes[at] = random.u8(..),
            2 => bytes[at..].iter_mut().take(4).for_each(|byte| *byte = 0xff),
            3 => {
                let digits: Vec<usize> =
                    (132..bytes.len()).filter(|&at| bytes[at].is_ascii_digit()).collect();
                if !digits.is_empty() {
                    bytes[digits[random.usize(..digits.len())]] = b"0123456789-.eE\\ "[random.usize(..16)];
                }
            }
            _ => bytes.truncate(at.max(200)),
        }
    }
}

#[test]
fn no_damage_stops_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mask.dcm");
    let grid = Grid::new([11, 13, 6], Affine::new(oblique()).unwrap()).unwrap();
    let sound = sound();
    let mut random = Rng::with_seed(41);
    let (mut regions, mut slowest) = (0, Duration::ZERO);
    for bytes in &sound {
        std::fs::write(&path, bytes).unwrap();
        assert!(read(&path, &grid), "sound before it is damaged");
        for _ in 0..150 {
            let mut bytes = bytes.clone();
            damage(&mut bytes, &mut random);
            std::fs::write(&path, bytes).unwrap();
            let start = Instant::now();
            regions += usize::from(read(&path, &grid));
            slowest = slowest.max(start.elapsed());
        }
    }
    assert!(
        regions > 100 && regions < 150 * sound.len() - 100,
        "{regions} regions: some damage matters, some not"
    );
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}
