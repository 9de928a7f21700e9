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
        dicom::{DicomSeries, ImageSpace, SegmentChoice, Segmentation, Selector, StructureSet, list_masks},
    },
};

use super::{
    crafted::{oblique, volumes},
    space_of,
};
use crate::support::dicom::{
    classic::Series,
    dataset::{Dataset, Value},
    file::{Syntax, file, write_shuffled},
    rtstruct::{Contour, structure_set},
    secrets::{kind, uid},
    seg::{self, SegmentationType},
    small_study::assert_private,
    tags::{
        CONTOUR_GEOMETRIC_TYPE, CONTOUR_IMAGE_SEQUENCE, CONTOUR_SEQUENCE, DERIVATION_IMAGE_SEQUENCE,
        PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, REFERENCED_FRAME_OF_REFERENCE_SEQUENCE,
        REFERENCED_INSTANCE_SEQUENCE, REFERENCED_SERIES_SEQUENCE, REFERENCED_SOP_INSTANCE_UID,
        ROI_CONTOUR_SEQUENCE, RT_REFERENCED_SERIES_SEQUENCE, RT_REFERENCED_STUDY_SEQUENCE,
        SERIES_INSTANCE_UID, SOURCE_IMAGE_SEQUENCE,
    },
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

/// Masks that refer to series 1 in every way, with contours of every kind.
fn referring() -> Vec<Dataset> {
    let named = |k: usize| Dataset::default().with(REFERENCED_SOP_INSTANCE_UID, uid(kind::IMAGE, 1000 + k));
    let series = |instances| {
        Dataset::default()
            .with(SERIES_INSTANCE_UID, uid(kind::SERIES, 1))
            .with(instances, (0..6).map(named).collect::<Vec<_>>())
    };
    let mut seg = seg::Segmentation::new(SegmentationType::Binary, volumes(2), oblique()).dataset();
    for (k, group) in seg.items(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE).iter_mut().enumerate() {
        group.set(DERIVATION_IMAGE_SEQUENCE, Dataset::default().with(SOURCE_IMAGE_SEQUENCE, named(k % 6)));
    }
    seg.set(REFERENCED_SERIES_SEQUENCE, series(REFERENCED_INSTANCE_SEQUENCE));
    let centers = Contour { k: 2.0, corners: vec![[2.0, 2.0], [8.0, 2.0], [8.0, 7.0], [2.0, 7.0]] };
    let line = Contour { k: 3.0, corners: vec![[2.0, 2.0], [8.0, 8.0]] };
    let beyond = Contour { k: 9.0, ..Contour::rectangle(0, [2, 8], [3, 9]) };
    let point = Contour { k: 1.0, corners: vec![[5.0, 5.0]] };
    let kinds = vec![Contour::rectangle(1, [2, 8], [3, 9]), centers, line, beyond, point.clone(), point];
    let mut set = structure_set(&oblique(), 1, &[kinds.clone(), kinds]);
    set.items(ROI_CONTOUR_SEQUENCE)[0].items(CONTOUR_SEQUENCE)[4].set(CONTOUR_GEOMETRIC_TYPE, "POINT");
    let study = Dataset::default().with(RT_REFERENCED_SERIES_SEQUENCE, series(CONTOUR_IMAGE_SEQUENCE));
    set.items(REFERENCED_FRAME_OF_REFERENCE_SEQUENCE)[0].set(RT_REFERENCED_STUDY_SEQUENCE, study);
    vec![seg, set]
}

/// Takes an element out somewhere in a data set, or gives it other numbers, text or items.
fn damage_element(dataset: &mut Dataset, random: &mut Rng) {
    let tags: Vec<(u16, u16)> =
        dataset.elements().map(|(tag, _)| tag).filter(|tag| tag.0 != 0x7fe0).collect();
    if tags.is_empty() {
        return;
    }
    let tag = tags[random.usize(..tags.len())];
    let Some(value) = dataset.at(tag) else { return };
    match (random.usize(..6), value) {
        (0, _) => dataset.take(tag),
        (_, Value::Items(items)) => match random.usize(..8) {
            0 => items.clear(),
            1 => items.truncate(1),
            2 => items.extend(items.clone()),
            _ if items.is_empty() => {}
            _ => {
                let at = random.usize(..items.len());
                damage_element(&mut items[at], random);
            }
        },
        (_, Value::Numbers(numbers)) => {
            let odd = [0.0, -1.0, 1e9, 0.5, 4.0, f64::from(random.u16(..))];
            let at = random.usize(..numbers.len().max(1));
            numbers.iter_mut().skip(at).take(1).for_each(|number| *number = odd[random.usize(..odd.len())]);
        }
        (_, Value::Text(text)) => {
            let odd = ["", "0", "-1e300\\1e300\\4", "1\\2\\3", "POINT", "1.2.3", "nan\\1\\2", "\u{1b}$B"];
            *text = odd[random.usize(..odd.len())].into();
        }
        _ => {}
    }
}

#[test]
fn no_damage_of_references_and_contours_stops_the_reader() {
    let folder = tempfile::tempdir().unwrap();
    let signal = ndarray::Array3::from_shape_fn((11, 13, 6), |(i, j, k)| (i * j + k) as i32);
    let slices = Series::new(1, signal, oblique()).slices();
    let images = write_shuffled(&folder.path().join("images"), &slices, Syntax::ExplicitLittle, 3);
    let image = DicomSeries::open(&images, &Selector::Only, Limits::default()).unwrap();
    let images = [ImageSpace::of_series(&image)];
    let limits = Limits::default().with_max_voxels(MAX_VOXELS);
    let masks = folder.path().join("masks");
    std::fs::create_dir(&masks).unwrap();
    let path = masks.join("mask.dcm");
    let mut random = Rng::with_seed(43);
    let sound = referring();
    let (mut regions, mut listed, mut slowest) = (0, 0, Duration::ZERO);
    let rounds = 300;
    for n in 0..2 * rounds {
        let mut dataset = sound[n % sound.len()].clone();
        if n >= sound.len() {
            (0..=random.usize(..3)).for_each(|_| damage_element(&mut dataset, &mut random));
        }
        let mut bytes = file(&dataset, Syntax::ExplicitLittle);
        if n % 4 == 3 {
            damage(&mut bytes, &mut random);
        }
        std::fs::write(&path, bytes).unwrap();
        let start = Instant::now();
        let mut findings = Vec::new();
        let segmentation = Segmentation::open(&path, limits);
        let roi = segmentation.and_then(|file| file.read_roi(&SegmentChoice::All, &images, &mut findings));
        let set = StructureSet::open(&path, limits);
        let roi = roi.or(set.and_then(|file| file.read_roi(&SegmentChoice::All, &images, &mut findings)));
        let is_region = match &roi {
            Ok(roi) => roi.len() > 0,
            Err(error) => {
                assert_private(&error.to_string(), "an error");
                false
            }
        };
        assert!(n >= sound.len() || is_region, "{roi:?}");
        regions += usize::from(is_region);
        for mask in list_masks(&masks, limits).unwrap() {
            assert_private(&mask.to_string(), "a line");
            listed += 1;
        }
        for finding in &findings {
            assert_private(&finding.message, "a finding");
        }
        slowest = slowest.max(start.elapsed());
    }
    assert!((100..2 * rounds - 50).contains(&regions), "{regions} regions: some damage matters, some not");
    assert!(listed > rounds, "{listed}");
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
}
