//! Masks read as runs equal the same voxels read densely, whatever their type, order and scaling.

use std::collections::BTreeSet;

use approx::assert_abs_diff_eq;
use fastrand::Rng;
use hemastage_image::{
    ErrorKind::{self, Malformed, Parameter},
    Labels, Limits, Result, Roi, Volume,
    nifti::{LabelMapHeader, NiftiFile, write_label_map},
};

use crate::nifti_writer::{Crafted, Folder, Order, TYPES, Version, assert_error, gzip, indices, read};

const SHAPE: [usize; 3] = [7, 5, 4];

/// Labels with empty rows, empty slices, runs to both ends of a row and runs that touch.
fn labels(random: &mut Rng) -> Vec<f64> {
    let mut values = vec![0.0; SHAPE.iter().product()];
    for row in values.chunks_mut(SHAPE[0]) {
        match random.usize(..4) {
            0 => {}
            1 => row.fill(2.0),
            _ => row.iter_mut().for_each(|v| *v = [0.0, 0.0, 1.0, 2.0, 3.0, 5.0][random.usize(..6)]),
        }
    }
    values[8] = 1.0;
    values
}

fn read_roi(crafted: &Crafted, labels: &Labels) -> Result<Roi> {
    let folder = Folder::new();
    let plain = NiftiFile::open(folder.put("mask.nii", &crafted.file()), Limits::default())?;
    let zipped = NiftiFile::open(folder.put("mask.nii.gz", &gzip(&crafted.file())), Limits::default())?;
    let (roi, other) = (plain.read_roi(0, labels), zipped.read_roi(0, labels));
    match (&roi, &other) {
        (Ok(a), Ok(b)) => assert!(a.voxels().eq(b.voxels())),
        (Err(a), Err(b)) => assert_eq!(a.to_string().replace("nii:", "nii.gz:"), b.to_string()),
        _ => panic!("plain and gzip differ: {roi:?} {other:?}"),
    }
    roi
}

/// The voxels that a dense reading gives for the labels.
/// Whether a file of which no label is chosen may be a mask: no value below 0, or two values at most.
fn may_be_a_mask(crafted: &Crafted) -> bool {
    let volume = volume(crafted);
    let values = indices(volume.block()).map(|index| volume.signal(index).unwrap().round() as i64);
    let values: BTreeSet<i64> = values.filter(|&value| value != 0).collect();
    values.iter().all(|&value| value > 0) || values.len() <= 2
}

fn volume(crafted: &Crafted) -> Volume {
    read(&Folder::new().put("mask.nii", &crafted.file())).unwrap().1
}

fn dense(crafted: &Crafted, labels: &Labels) -> Vec<[usize; 3]> {
    let volume = volume(crafted);
    let chosen = |value: f64| match labels {
        Labels::NonZero => value.round() != 0.0,
        Labels::Only(wanted) => wanted.iter().any(|&w| value.round() as i64 == w),
    };
    indices(volume.block()).filter(|&index| chosen(volume.signal(index).unwrap())).collect()
}

#[track_caller]
fn assert_agrees(crafted: &Crafted, labels: &Labels) {
    let expected = dense(crafted, labels);
    let is_there = |&label: &i64| !dense(crafted, &Labels::Only(vec![label])).is_empty();
    let is_mask = match labels {
        Labels::NonZero => !expected.is_empty() && may_be_a_mask(crafted),
        Labels::Only(chosen) => chosen.iter().all(is_there),
    };
    match read_roi(crafted, labels) {
        Ok(roi) => {
            assert!(is_mask, "{labels:?}");
            assert_eq!(roi.voxels().collect::<Vec<_>>(), expected, "{labels:?}");
            assert_eq!(roi.len(), expected.len());
            for (n, &index) in expected.iter().enumerate() {
                assert_eq!(roi.position(index), Some(n));
            }
        }
        Err(error) => assert!(!is_mask, "{labels:?}: {error}"),
    }
}

#[track_caller]
fn assert_roi_refused(crafted: &Crafted, labels: &Labels, kind: ErrorKind, part: &str) {
    assert_error(&read_roi(crafted, labels).unwrap_err(), kind, part, "mask.nii");
}

fn choices() -> Vec<Labels> {
    vec![Labels::NonZero, Labels::Only(vec![2]), Labels::Only(vec![5, 1]), Labels::Only(vec![3, 3])]
}

#[test]
fn every_type_order_and_version_agrees_with_the_dense_mask() {
    let mut random = Rng::with_seed(5);
    for (code, _) in TYPES {
        for order in [Order::Little, Order::Big] {
            for version in [Version::One, Version::Two] {
                let crafted = Crafted::new(version, order, SHAPE, code).with_values(labels(&mut random));
                for labels in choices() {
                    assert_agrees(&crafted, &labels);
                }
            }
        }
    }
}

#[test]
fn random_masks_agree_with_the_dense_mask() {
    let mut random = Rng::with_seed(6);
    for _ in 0..100 {
        let crafted = Crafted::new(Version::One, Order::Big, SHAPE, 4).with_values(labels(&mut random));
        for labels in choices() {
            assert_agrees(&crafted, &labels);
        }
    }
}

#[test]
fn scaling_comes_before_the_labels() {
    let mut random = Rng::with_seed(7);
    for (slope, intercept) in [
        (1.0, 0.0),
        (2.0, 0.0),
        (-1.0, 0.0),
        (1.0, 1.0),
        (1.0, -2.0),
        (3.0, -6.0),
        (0.0, 4.0),
        (f64::NAN, 4.0),
    ] {
        for code in [2, 4, 16] {
            let crafted = Crafted::new(Version::One, Order::Big, SHAPE, code)
                .with_values(labels(&mut random))
                .with(|c| (c.slope, c.intercept) = (slope, intercept));
            choices()
                .iter()
                .chain([&Labels::Only(vec![-1, -2, 6])])
                .for_each(|labels| assert_agrees(&crafted, labels));
        }
    }
}

#[test]
fn scaling_can_make_zero_part_of_the_region() {
    let crafted = Crafted::new(Version::One, Order::Little, SHAPE, 2)
        .with_values(vec![0.0; 140])
        .with(|c| (c.slope, c.intercept) = (1.0, 7.0));
    for labels in [Labels::NonZero, Labels::Only(vec![7])] {
        assert_eq!(read_roi(&crafted, &labels).unwrap().len(), 140);
    }
}

#[test]
fn scaling_can_make_a_value_background() {
    let crafted = Crafted::new(Version::One, Order::Little, [4, 1, 1], 2)
        .with_values([0.0, 5.0, 6.0, 5.0])
        .with(|c| (c.slope, c.intercept) = (1.0, -5.0));
    let roi = read_roi(&crafted, &Labels::NonZero).unwrap();
    assert_eq!(roi.voxels().collect::<Vec<_>>(), [[0, 0, 0], [2, 0, 0]]);
}

#[test]
fn scaling_to_whole_numbers_within_a_thousandth_is_a_label() {
    // 1/255 as f32, times 255
    let crafted = Crafted::new(Version::One, Order::Little, [4, 1, 1], 2)
        .with_values([0.0, 255.0, 0.0, 255.0])
        .with(|c| c.slope = 1.0 / 255.0);
    assert_agrees(&crafted, &Labels::Only(vec![1]));
    assert_eq!(read_roi(&crafted, &Labels::Only(vec![1])).unwrap().len(), 2);
    assert_roi_refused(
        &crafted.with(|c| c.slope = 1.0 / 250.0),
        &Labels::NonZero,
        Malformed,
        "not whole numbers (found 1.0",
    );
}

#[test]
fn values_that_are_not_whole_are_refused_wherever_they_are() {
    for order in [Order::Little, Order::Big] {
        for at in [0, 1, 3, 12, 23] {
            for (value, text) in [
                (0.5, "0.5"),
                (1.0011, "1.001"),
                (-0.25, "-0.25"),
                (f64::NAN, "NaN"),
                (f64::INFINITY, "inf"),
                (f64::NEG_INFINITY, "-inf"),
            ] {
                let mut values = vec![0.0; 24];
                values[23] = 1.0;
                values[at] = value;
                let crafted = Crafted::new(Version::One, order, [4, 3, 2], 16).with_values(values);
                for labels in [Labels::NonZero, Labels::Only(vec![1])] {
                    let part = format!("values that are not whole numbers (found {text}");
                    assert_roi_refused(&crafted, &labels, Malformed, &part);
                }
            }
        }
    }
}

#[test]
fn floats_within_a_thousandth_are_labels() {
    let values = [0.0, 0.0009, -0.0009, 1.0, 0.9992, 1.0009, 2.0, -0.0];
    let crafted = Crafted::new(Version::One, Order::Big, [8, 1, 1], 64).with_values(values);
    for labels in choices() {
        assert_agrees(&crafted, &labels);
    }
    assert_eq!(read_roi(&crafted, &Labels::NonZero).unwrap().len(), 4);
}

#[test]
fn negative_labels_are_labels() {
    let crafted = Crafted::new(Version::One, Order::Big, [4, 1, 1], 4).with_values([-1.0, 0.0, 3.0, -1.0]);
    assert_agrees(&crafted, &Labels::NonZero);
    assert_agrees(&crafted, &Labels::Only(vec![-1]));
}

#[test]
fn large_labels_are_distinct() {
    let crafted = Crafted::new(Version::One, Order::Big, [4, 1, 1], 768).with_values([
        2_147_483_646.0,
        2_147_483_645.0,
        0.0,
        65_536.0,
    ]);
    for label in [2_147_483_646, 2_147_483_645, 65_536] {
        assert_agrees(&crafted, &Labels::Only(vec![label]));
    }
    assert_agrees(&crafted, &Labels::NonZero);
}

#[test]
fn zero_can_be_chosen_as_a_label() {
    let mut random = Rng::with_seed(8);
    for code in [2, 16] {
        let crafted = Crafted::new(Version::One, Order::Big, SHAPE, code).with_values(labels(&mut random));
        assert_agrees(&crafted, &Labels::Only(vec![0]));
        assert_agrees(&crafted, &Labels::Only(vec![0, 2]));
    }
}

#[test]
fn an_empty_mask_is_refused() {
    let crafted = Crafted::new(Version::One, Order::Little, SHAPE, 2).with_values(vec![0.0; 140]);
    for labels in choices() {
        assert_roi_refused(&crafted, &labels, Malformed, "the mask is empty");
    }
}

#[test]
fn a_missing_label_is_refused_with_the_labels_of_the_mask() {
    let crafted = Crafted::new(Version::One, Order::Little, [4, 1, 1], 2).with_values([0.0, 5.0, 3.0, 5.0]);
    assert_roi_refused(
        &crafted,
        &Labels::Only(vec![4, 6]),
        Malformed,
        "no voxel labeled 4, 6: it holds 3, 5",
    );
}

#[test]
fn one_volume_of_several_is_a_mask() {
    let mut random = Rng::with_seed(9);
    let volumes = [labels(&mut random), labels(&mut random), labels(&mut random)];
    let crafted = Crafted::new(Version::One, Order::Big, SHAPE, 4)
        .with(|c| (c.dim[0], c.dim[4]) = (4, 3))
        .with_values(volumes.iter().flatten().copied());
    let folder = Folder::new();
    let file = NiftiFile::open(folder.put("mask.nii.gz", &gzip(&crafted.file())), Limits::default()).unwrap();
    for (n, values) in volumes.iter().enumerate() {
        let expected = dense(
            &Crafted::new(Version::One, Order::Big, SHAPE, 4).with_values(values.iter().copied()),
            &Labels::NonZero,
        );
        assert_eq!(file.read_roi(n, &Labels::NonZero).unwrap().voxels().collect::<Vec<_>>(), expected);
    }
    let error = file.read_roi(3, &Labels::NonZero).unwrap_err();
    assert_error(&error, Parameter, "the requested block lies outside the image", "mask.nii.gz");
}

#[test]
fn rows_past_a_chunk_keep_their_place() {
    let shape = [301, 200, 3];
    let mut random = Rng::with_seed(10);
    let values: Vec<f64> = (0..301 * 200 * 3).map(|_| f64::from(random.usize(..9) == 0)).collect();
    for code in [2, 16] {
        let crafted = Crafted::new(Version::One, Order::Big, shape, code).with_values(values.iter().copied());
        assert_agrees(&crafted, &Labels::NonZero);
    }
}

#[test]
fn the_grid_is_the_files() {
    let crafted = Crafted::small();
    let roi = read_roi(&crafted, &Labels::NonZero).unwrap();
    assert_eq!(roi.grid().affine().matrix()[..3], crafted.srow);
    assert_abs_diff_eq!(roi.volume_mm3(), 23.0 * 0.5 * 0.75 * 3.0, epsilon = 1e-9);
}

#[test]
fn a_mask_cut_short_is_refused() {
    let bytes = gzip(&Crafted::small().file()[..390]);
    let folder = Folder::new();
    let file = NiftiFile::open(folder.put("cut.nii.gz", &bytes), Limits::default()).unwrap();
    let error = file.read_roi(0, &Labels::NonZero).unwrap_err();
    assert_error(&error, Malformed, "the file ends before its last voxel: it was cut short", "cut.nii.gz");
}

/// What a header says of axes that it does not use is no part of the shape.
#[test]
fn a_written_map_has_the_axes_that_its_mask_uses() {
    let folder = Folder::new();
    for (version, order) in
        [(Version::One, Order::Little), (Version::One, Order::Big), (Version::Two, Order::Big)]
    {
        let mask = Crafted::new(version, order, [5, 4, 1], 2).with(|c| (c.dim[0], c.dim[3]) = (2, 3));
        let file = NiftiFile::open(folder.put("mask.nii", &mask.file()), Limits::default()).unwrap();
        assert_eq!(file.grid().shape(), [5, 4, 1]);
        let roi = file.read_roi(0, &Labels::NonZero).unwrap();
        let mut map = Vec::new();
        write_label_map(&mut map, &LabelMapHeader::of_file(&file), &roi, &vec![1; roi.len()], "").unwrap();
        let written = NiftiFile::open(folder.put("map.nii.gz", &map), Limits::default()).unwrap();
        assert_eq!(written.grid().shape(), [5, 4, 1], "{version:?} {order:?}");
        assert!(written.read_roi(0, &Labels::NonZero).unwrap().voxels().eq(roi.voxels()));
    }
}
