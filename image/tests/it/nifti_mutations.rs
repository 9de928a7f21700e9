//! Files with random damage never panic the reader, and what it reads undamaged another crate reads too.

use approx::abs_diff_eq;
use fastrand::Rng;
use hemastage_image::{Error, Labels, Limits, grid::IndexBox, nifti::NiftiFile};
use ndarray::Ix3;
use nifti::{IntoNdArray, NiftiObject, ReaderOptions};

use crate::nifti_writer::{
    Crafted, Folder, Order, TYPES, Version, assert_private, gzip, gzip_stored, indices,
};

const MAX_VOXELS: u64 = 1 << 20;

/// Small valid files: both versions and orders, some types, with scaling, qform and extension.
fn seeds() -> Vec<(Vec<u8>, usize)> {
    let mut seeds = Vec::new();
    for version in [Version::One, Version::Two] {
        for order in [Order::Little, Order::Big] {
            for code in [2, 4, 16, 1280] {
                let plain = Crafted::new(version, order, [4, 3, 2], code);
                let first = plain.vox_offset;
                let scaled = plain.clone().with_qform().with_extension(32).with(|c| {
                    (c.slope, c.intercept) = (2.0, -3.0);
                    (c.vox_offset, c.quatern) = (first + 32.0, [0.0, 0.6, 0.3]);
                });
                let many = plain.clone().with(|c| (c.dim[0], c.dim[3], c.dim[4]) = (4, 1, 2));
                seeds.extend([plain, scaled, many].map(|crafted| (crafted.file(), crafted.header().len())));
            }
        }
    }
    seeds
}

/// Places and widths of the numbers in a header of this length.
fn fields(header: usize) -> Vec<(usize, usize)> {
    let mut fields = Vec::new();
    if header == 348 {
        fields.extend((0..8).flat_map(|n| [(40 + 2 * n, 2), (76 + 4 * n, 4)]));
        fields.extend([(0, 4), (70, 2), (72, 2), (108, 4), (112, 4), (116, 4), (252, 2), (254, 2)]);
        fields.extend((0..18).map(|n| (256 + 4 * n, 4)));
        fields.push((344, 4));
    } else {
        fields.extend((0..8).flat_map(|n| [(16 + 8 * n, 8), (104 + 8 * n, 8)]));
        fields.extend([(0, 4), (4, 8), (12, 2), (14, 2), (168, 8), (176, 8), (184, 8), (344, 4), (348, 4)]);
        fields.extend((0..18).map(|n| (352 + 8 * n, 8)));
    }
    fields.extend([(header, 1), (header + 4, 4), (header + 8, 4)]);
    fields
}

/// Numbers at the ends of some type, as the low bytes of 64 bits.
fn extreme(random: &mut Rng, width: usize) -> u64 {
    let float = |value: f64| if width == 4 { u64::from((value as f32).to_bits()) } else { value.to_bits() };
    match random.usize(..14) {
        0 => 0,
        1 => u64::MAX,
        2 => 1 << (8 * width - 1),
        3 => (1 << (8 * width - 1)) - 1,
        4 => 1,
        5 => random.usize(..9) as u64,
        6 => float(f64::NAN),
        7 => float(f64::INFINITY),
        8 => float(-1.0),
        9 => float(1e30),
        10 => float(f64::from(random.usize(..2000) as u32)),
        11 => random.usize(..70_000) as u64,
        12 => 1 << random.usize(..8 * width),
        _ => random.u64(..),
    }
}

fn mutate(random: &mut Rng, bytes: &mut Vec<u8>, header: usize) {
    match random.usize(..5) {
        0 => {
            for _ in 0..=random.usize(..6) {
                let at = random.usize(..bytes.len().min(header + 40));
                bytes[at] ^= 1 << random.usize(..8);
            }
        }
        1 => bytes.truncate(random.usize(..bytes.len())),
        _ => {
            let fields = fields(header);
            for _ in 0..=random.usize(..3) {
                let (at, width) = fields[random.usize(..fields.len())];
                let mut value = extreme(random, width).to_le_bytes()[..width].to_vec();
                if random.bool() {
                    value.reverse();
                }
                if let Some(place) = bytes.get_mut(at..at + width) {
                    place.copy_from_slice(&value);
                }
            }
        }
    }
}

/// What became of the files.
#[derive(Default)]
struct Outcomes {
    read: usize,
    unopened: usize,
    unread: usize,
}

impl Outcomes {
    fn read(&mut self, folder: &Folder, name: &str, bytes: &[u8]) {
        let path = folder.put(name, bytes);
        let checked = |error: Error| assert_private(&error);
        match NiftiFile::open(&path, Limits::default().with_max_voxels(MAX_VOXELS)) {
            Err(error) => {
                checked(error);
                self.unopened += 1;
            }
            Ok(file) => {
                assert!(file.grid().voxels() as u64 * file.volumes() as u64 <= MAX_VOXELS);
                let shape = file.grid().shape();
                let _ = file.read_roi(file.volumes() - 1, &Labels::NonZero).map_err(checked);
                match file.read_block(file.volumes() - 1, IndexBox::whole(shape)) {
                    Ok(volume) => {
                        assert_eq!(volume.voxels().shape(), shape);
                        self.read += 1;
                    }
                    Err(error) => {
                        checked(error);
                        self.unread += 1;
                    }
                }
            }
        }
    }
}

#[test]
fn damaged_headers_never_panic() {
    let (mut random, seeds, folder) = (Rng::with_seed(1), seeds(), Folder::new());
    let mut outcomes = Outcomes::default();
    for n in 0..6000 {
        let (seed, header) = &seeds[n % seeds.len()];
        let mut bytes = seed.clone();
        mutate(&mut random, &mut bytes, *header);
        match random.usize(..3) {
            0 => outcomes.read(&folder, "mutant.nii.gz", &gzip(&bytes)),
            _ => outcomes.read(&folder, "mutant.nii", &bytes),
        }
    }
    // both ends of the reader were reached
    assert!(outcomes.read > 500 && outcomes.unopened > 1000, "{} {}", outcomes.read, outcomes.unopened);
}

#[test]
fn damaged_gzip_streams_never_panic() {
    let (mut random, seeds, folder) = (Rng::with_seed(2), seeds(), Folder::new());
    let mut outcomes = Outcomes::default();
    for n in 0..3000 {
        let (seed, _) = &seeds[n % seeds.len()];
        let mut bytes = if n % 2 == 0 { gzip(seed) } else { gzip_stored(seed) };
        for _ in 0..=random.usize(..3) {
            if random.usize(..4) == 0 {
                bytes.truncate(random.usize(..bytes.len()).max(1));
            } else {
                let at = random.usize(..bytes.len());
                bytes[at] ^= 1 << random.usize(..8);
            }
        }
        outcomes.read(&folder, "mutant.nii.gz", &bytes);
    }
    assert!(outcomes.unopened + outcomes.unread > 2000, "{} {}", outcomes.unopened, outcomes.unread);
}

#[test]
fn damaged_pairs_never_panic() {
    let (mut random, folder) = (Rng::with_seed(3), Folder::new());
    let mut outcomes = Outcomes::default();
    for n in 0..2000 {
        let version = if n % 2 == 0 { Version::One } else { Version::Two };
        let crafted = Crafted::new(version, Order::Little, [4, 3, 2], 4).into_pair().with_extension(32);
        let (mut header, length) = (crafted.file(), crafted.header().len());
        header.truncate(length + 36);
        mutate(&mut random, &mut header, length);
        folder.put("pair.img", &crafted.voxels[..48 - random.usize(..2)]);
        outcomes.read(&folder, "pair.hdr", &header);
    }
    assert!(outcomes.read > 50 && outcomes.unopened > 500, "{} {}", outcomes.read, outcomes.unopened);
}

#[test]
fn the_crate_nifti_reads_the_same() {
    // only where that crate is right: little-endian NIfTI-1 with voxels at byte 352
    let (mut random, folder) = (Rng::with_seed(4), Folder::new());
    let mut compared = 0;
    for (code, name) in TYPES {
        for (slope, intercept) in [(0.0, 0.0), (1.0, 0.0), (0.25, -7.0)] {
            let shape: [usize; 3] = std::array::from_fn(|_| 1 + random.usize(..9));
            let values: Vec<f64> = (0..shape.iter().product()).map(|_| random.usize(..128) as f64).collect();
            let crafted = Crafted::new(Version::One, Order::Little, shape, code)
                .with_values(values)
                .with(|c| (c.slope, c.intercept) = (slope, intercept));
            for (file_name, bytes) in [("o.nii", crafted.file()), ("o.nii.gz", gzip(&crafted.file()))] {
                let path = folder.put(file_name, &bytes);
                let oracle = ReaderOptions::new().read_file(&path).unwrap().into_volume();
                let oracle = oracle.into_ndarray::<f64>().unwrap().into_dimensionality::<Ix3>().unwrap();
                let (_, volume) = crate::nifti_writer::read(&path).unwrap();
                for index in indices(volume.block()) {
                    let (found, expected) = (volume.signal(index).unwrap(), oracle[index]);
                    let same = abs_diff_eq!(found, expected, epsilon = 1e-12 * expected.abs());
                    assert!(same, "{name} {index:?}: {found}, {expected}");
                }
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 60);
}
