//! Real series against volumes that others made of them, where `HEMASTAGE_DATA` names the folder with the
//! public test images.

use std::path::PathBuf;

use hemastage::{
    ErrorKind, Volume,
    grid::IndexBox,
    io::{Limits, nifti::NiftiFile},
};

use crate::dicom::series::{choose, open, whole};
use crate::support::real_files::real_files;

fn nifti(path: PathBuf, volume: usize) -> Volume {
    let file = NiftiFile::open(path, Limits::default()).unwrap();
    file.read_block(volume, IndexBox::whole(file.grid().shape())).unwrap()
}

/// How voxels of two volumes differ: in mm, and in signal at the same place.
#[derive(Debug)]
struct Difference {
    mm: f64,
    signal: f64,
}

/// Each voxel of one volume has its partner in the other, wherever that stores it.
fn difference(found: &Volume, expected: &Volume) -> Difference {
    assert_eq!(found.grid().voxels(), expected.grid().voxels());
    let [ni, nj, nk] = expected.grid().shape();
    let mut is_matched = vec![false; found.grid().voxels()];
    let mut worst = Difference { mm: 0.0, signal: 0.0 };
    for (i, j, k) in (0..nk).flat_map(|k| (0..nj).flat_map(move |j| (0..ni).map(move |i| (i, j, k)))) {
        let place = expected.grid().center([i, j, k]);
        let index = found.grid().affine().world_to_index(place).map(|v| v.round() as usize);
        let there = found.grid().center(index);
        let mm = (0..3).map(|a| (place[a] - there[a]).powi(2)).sum::<f64>().sqrt();
        let [fi, fj, _] = found.grid().shape();
        let is_matched = &mut is_matched[(index[2] * fj + index[1]) * fi + index[0]];
        assert!(!std::mem::replace(is_matched, true), "two voxels at {index:?}");
        let signal = found.signal(index).unwrap() - expected.signal([i, j, k]).unwrap();
        worst.mm = worst.mm.max(mm);
        worst.signal = worst.signal.max(signal.abs());
    }
    worst
}

fn assert_same(found: &Volume, expected: &Volume) {
    let difference = difference(found, expected);
    assert!(difference.mm < 1e-4 && difference.signal == 0.0, "{difference:?}");
}

#[test]
fn series_equal_their_nifti_answers() {
    let Some(data) = real_files("series_equal_their_nifti_answers") else { return };
    let tests = data.join("dicom2nifti/tests/data");
    for folder in ["anatomical/001", "generic/anatomical/001", "generic/anatomical/002_non_isotropic"] {
        let found = whole(&open(tests.join(folder)).unwrap());
        let expected = nifti(tests.join(format!("{folder}_ground_truth.nii.gz")), 0);
        assert_same(&found, &expected);
    }
    // scaled frame by frame; the answer holds f32, whose steps below 4096 are 2.4e-4
    let enhanced = "philips_enhanced/anatomical/001";
    let found = whole(&open(tests.join(enhanced)).unwrap());
    let expected = nifti(tests.join(format!("{enhanced}_ground_truth.nii.gz")), 0);
    let difference = difference(&found, &expected);
    assert!(difference.mm < 1e-4 && difference.signal <= 1.22e-4, "{difference:?}");
}

/// These have other voxels than the answer (they were made unrecognizable apart), but lie at its place.
#[test]
fn other_encodings_lie_at_the_same_place() {
    let Some(data) = real_files("other_encodings_lie_at_the_same_place") else { return };
    let tests = data.join("dicom2nifti/tests/data");
    let place = |folder: &str, answer: &str| {
        let found = whole(&open(tests.join(folder)).unwrap());
        let difference = difference(&found, &nifti(tests.join(answer), 0));
        assert!(difference.mm < 1e-4 && difference.signal > 0.0, "{folder}: {difference:?}");
        found
    };
    place("anatomical/001_implicit", "anatomical/001_ground_truth.nii.gz");
    let generic = |name: &str| place(name, "generic/anatomical/001_ground_truth.nii.gz");
    let rle = generic("generic/compressed_rle/001");
    assert_same(&generic("generic/compressed_jpeg/001"), &rle);
    for (name, read) in [
        ("generic/compressed/001", cfg!(feature = "jpeg2000")),
        ("generic/compressed_jpegls/001", cfg!(feature = "jpegls")),
    ] {
        if read {
            assert_same(&generic(name), &rle);
        } else {
            let error = open(tests.join(name)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
            assert!(error.to_string().contains("feature"), "{error}");
        }
    }
}

/// Four time points of six slices, each an enhanced file.
#[test]
fn time_points_are_separate_parts() {
    let Some(data) = real_files("time_points_are_separate_parts") else { return };
    let folder = data.join("dcm_qa_enh/In/Siemens/XA10");
    let answer = data.join("dcm_qa_enh/Ref/Siemens_REST1_w_SMS_PF7-8_6.nii");
    for time in 0..4 {
        let series = choose(&folder, &format!("6.{}", time + 1)).unwrap();
        assert_same(&whole(&series), &nifti(answer.clone(), time));
        let file = open(folder.join(format!("6_{}.dcm", time + 1))).unwrap();
        assert_eq!(whole(&file), whole(&series), "a multi-frame file stands alone");
    }
    let error = open(&folder).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter);
    let text = error.to_string();
    assert!(text.contains("4 stacks of slices"), "{text}");
    for part in 1..=4 {
        let line = format!("6.{part}: T2*-weighted, 6 slices of 64 x 64, axial, 3.375 x 3.375 x 2.4 mm");
        assert!(text.contains(&line), "{text}");
    }
    assert!(choose(&folder, "6.5").unwrap_err().to_string().contains("no series has that number"));
}

#[test]
fn what_is_no_volume_is_refused_for_its_reason() {
    let Some(data) = real_files("what_is_no_volume_is_refused_for_its_reason") else { return };
    let failing = |slices: &str| format!("dicom2nifti/tests/data/failing/slice{slices}");
    for (path, kind, reason) in [
        (
            &failing("increment"),
            ErrorKind::Geometry,
            "slices at 28.107 and 38.107 mm along the normal are 10 mm apart, the others 5 mm (1 slice is missing)",
        ),
        (&failing("orientation"), ErrorKind::Parameter, "#501: T2-weighted, 2 slices of 288 x 288, axial"),
        (
            &"dicom2nifti/tests/data/generic/rgb/001".into(),
            ErrorKind::Unsupported,
            "SamplesPerPixel is 3 and PhotometricInterpretation is RGB",
        ),
        (&"dcm_qa_ts/In".into(), ErrorKind::Unsupported, "1.dcm: a Siemens mosaic"),
        (&"dcm_qa_ts/In/9.dcm".into(), ErrorKind::Unsupported, "9.dcm: "),
        (
            &"pydicom-data/data_store/data/emri_small.dcm".into(),
            ErrorKind::Unsupported,
            "10 frames without functional groups",
        ),
        (&"highdicom/data/test_files/ct_image.dcm".into(), ErrorKind::Unsupported, "one slice"),
        (
            &"pydicom-data/data_store/data/liver.dcm".into(),
            ErrorKind::Unsupported,
            "other than a segmentation",
        ),
        (&"nibabel".into(), ErrorKind::Malformed, "no DICOM image in the folder"),
    ] {
        let error = open(data.join(path)).expect_err(path);
        assert!(error.to_string().contains(reason), "{path}: {error}");
        assert_eq!(error.kind(), kind, "{path}: {error}");
    }
}

/// One file of the series stands for all of it.
#[test]
fn a_file_brings_its_siblings() {
    let Some(data) = real_files("a_file_brings_its_siblings") else { return };
    let folder = data.join("dicom2nifti/tests/data/anatomical/001");
    let by_file = open(folder.join("IM-0001-0114-0001.dcm")).unwrap();
    let by_folder = open(&folder).unwrap();
    assert_eq!(whole(&by_file), whole(&by_folder));
    assert_eq!(by_file.name(), "IM-0001-0114-0001.dcm");
    assert_eq!(by_folder.name(), "series 4");
}

/// The same numbers by blocks as in one piece.
#[test]
fn a_block_is_a_part_of_the_whole() {
    let Some(data) = real_files("a_block_is_a_part_of_the_whole") else { return };
    let tests = data.join("dicom2nifti/tests/data");
    for folder in ["generic/anatomical/001", "generic/compressed_rle/001", "philips_enhanced/anatomical/001"]
    {
        let series = open(tests.join(folder)).unwrap();
        let all = whole(&series);
        let block = IndexBox { start: [17, 101, 1], end: [203, 120, 3] };
        let part = series.read_block(block).unwrap();
        for k in 1..3 {
            for j in 101..120 {
                assert!((17..203).all(|i| part.signal([i, j, k]) == all.signal([i, j, k])));
            }
        }
        assert_eq!(part.signal([16, 101, 1]), None);
        let none = IndexBox { start: [3, 3, 1], end: [3, 9, 2] };
        assert_eq!(series.read_block(none).unwrap().voxels().shape(), [0, 6, 1]);
        let outside = IndexBox { start: [0; 3], end: [256, 256, 9] };
        assert_eq!(series.read_block(outside).unwrap_err().kind(), ErrorKind::Parameter);
    }
}
