//! Series that were written from arrays: the same voxels at the same places come back.

use std::fs;

use approx::assert_abs_diff_eq;
use fastrand::Rng;
use hemastage::{
    ErrorKind, Labels, Roi,
    grid::IndexBox,
    io::{
        Limits,
        dicom::{AnatomicalPlane, DicomSeries, Selector, SeriesSummary, list},
    },
    volume::{Scaling, Voxels},
};
use ndarray::Array3;
use tempfile::TempDir;

use crate::dicom::series::{choose, open, whole};
use crate::support::dicom::{
    classic::{Series, Storage},
    dataset::{Dataset, Value},
    enhanced::echoes,
    file::{Syntax, file, write, write_shuffled},
    place::Matrix,
    secrets::{kind, uid},
    tags::{
        ECHO_NUMBERS, ECHO_TIME, IMAGE_TYPE, PIXEL_DATA, SERIES_INSTANCE_UID, SERIES_NUMBER,
        SOP_INSTANCE_UID, Tag,
    },
};

/// Sagittal and turned a little: i runs backward, j to the feet, k to the right, 3.3 mm apart.
pub(crate) fn oblique() -> Matrix {
    let (s, c) = 0.21_f64.sin_cos();
    [
        [0.7 * s, 0.0, 3.3 * c, -31.0],
        [-0.7 * c, 0.0, 3.3 * s, 102.5],
        [0.0, -0.9, 0.0, 77.25],
        [0.0, 0.0, 0.0, 1.0],
    ]
}

pub(crate) fn signal(seed: usize) -> Array3<i32> {
    Array3::from_shape_fn((9, 7, 5), |(i, j, k)| ((seed + 31 * i + 57 * j + 91 * k) % 977) as i32)
}

pub(crate) fn series(number: usize) -> Series {
    Series::new(number, signal(number), oblique())
}

/// A folder with these slices under shuffled names.
fn folder(slices: &[Dataset], syntax: Syntax) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_shuffled(folder.path(), slices, syntax, 11);
    folder
}

pub(crate) fn plain(slices: &[Dataset]) -> TempDir {
    folder(slices, Syntax::ExplicitLittle)
}

/// The volume lies where the array does and has its values, in that order of axes.
#[track_caller]
pub(crate) fn assert_holds(series: &DicomSeries, expected: &Array3<i32>, affine: &Matrix) {
    let volume = whole(series);
    let (ni, nj, nk) = expected.dim();
    assert_eq!(volume.grid().shape(), [ni, nj, nk]);
    for (found, expected) in volume.grid().affine().matrix().iter().zip(affine) {
        assert_abs_diff_eq!(found[..], expected[..], epsilon = 1e-9);
    }
    for ((i, j, k), &value) in expected.indexed_iter() {
        assert_eq!(volume.signal([i, j, k]), Some(f64::from(value)), "{i} {j} {k}");
    }
}

fn codes(series: &DicomSeries) -> Vec<&str> {
    series.findings().iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn every_encoding_gives_the_array_back() {
    for syntax in Syntax::ALL {
        let folder = folder(&series(4).slices(), syntax);
        let found = open(folder.path()).unwrap();
        assert_holds(&found, &signal(4), &oblique());
        assert!(matches!(whole(&found).voxels(), Voxels::I16(_)), "as stored");
        assert!(codes(&found).is_empty());
        assert_eq!(found.name(), "series 4");
        let block = IndexBox { start: [2, 3, 1], end: [8, 5, 4] };
        let part = found.read_block(block).unwrap();
        for (index, &value) in signal(4).indexed_iter() {
            let inside = block.contains(index.into());
            assert_eq!(part.signal(index.into()), inside.then_some(f64::from(value)), "{syntax:?}");
        }
    }
}

#[test]
fn slices_sort_the_same_from_either_end() {
    // k to the left: the normal of these rows and columns runs the other way
    let mut left = oblique();
    for row in &mut left[..3] {
        row[3] += 4.0 * row[2];
        row[2] = -row[2];
    }
    let backward = series(4).with(|series| {
        series.affine = left;
        series.signal.invert_axis(ndarray::Axis(2));
    });
    let folder = plain(&backward.slices());
    assert_holds(&open(folder.path()).unwrap(), &signal(4), &oblique());
}

#[test]
fn scaling_of_each_slice_counts() {
    let same = series(4).with(|series| series.scale = Some(|_| (0.5, -8.0)));
    let kept = plain(&same.slices());
    let found = open(kept.path()).unwrap();
    assert_holds(&found, &signal(4), &oblique());
    assert_eq!(whole(&found).scaling(), Scaling { slope: 0.5, intercept: -8.0 });
    let own = series(4).with(|series| series.scale = Some(|k| ([1.0, 3.0, 5.0, 15.0, 0.75][k], -3.0)));
    let own = own.with(|series| series.signal.mapv_inplace(|value| 15 * value - 3));
    let kept = plain(&own.slices());
    let found = open(kept.path()).unwrap();
    assert_holds(&found, &signal(4).mapv(|value| 15 * value - 3), &oblique());
    assert!(matches!(whole(&found).voxels(), Voxels::F64(_)), "one scaling does not do");
}

#[test]
fn bits_beyond_the_stored_ones_do_not_count() {
    let twelve = series(4).with(|series| series.stored = Storage { above: 0xffff, ..Storage::TWELVE });
    let kept = plain(&twelve.slices());
    assert_holds(&open(kept.path()).unwrap(), &signal(4), &oblique());
}

#[test]
fn padding_is_no_signal() {
    let padded = |padding| series(4).with(|series| series.stored.padding = Some(padding)).slices();
    let kept = plain(&padded(-2000));
    let found = open(kept.path()).unwrap();
    assert!(matches!(whole(&found).voxels(), Voxels::I16(_)), "none is there");
    let value = signal(4)[[3, 2, 1]];
    let kept = plain(&padded(value));
    let volume = whole(&open(kept.path()).unwrap());
    for (index, &stored) in signal(4).indexed_iter() {
        let found = volume.signal(index.into()).unwrap();
        assert!(if stored == value { found.is_nan() } else { found == f64::from(stored) });
    }
}

#[test]
fn low_values_that_are_bright_are_turned_over() {
    let inverted = series(4).with(|series| {
        series.stored = Storage { photometric: "MONOCHROME1", ..Storage::TWELVE };
        series.scale = Some(|_| (2.0, 10.0));
        series.signal.mapv_inplace(|value| 2 * value + 10);
    });
    let kept = plain(&inverted.slices());
    let found = open(kept.path()).unwrap();
    assert_holds(&found, &signal(4).mapv(|stored| 2 * (4095 - stored) + 10), &oblique());
    assert_eq!(codes(&found), ["monochrome1"]);
    assert!(found.read_roi(&Labels::NonZero).unwrap_err().to_string().contains("MONOCHROME1"));
}

#[test]
fn copies_are_left_out() {
    let mut slices = series(4).slices();
    for k in [0, 3, 3] {
        slices.push(slices[k].clone().with(SOP_INSTANCE_UID, uid(kind::IMAGE, 77 + slices.len())));
    }
    let kept = plain(&slices);
    let found = open(kept.path()).unwrap();
    assert_holds(&found, &signal(4), &oblique());
    assert_eq!(found.findings()[0].message.split(',').next().unwrap(), "3 copies of slices");
}

#[test]
fn echoes_and_kinds_are_parts_of_a_series() {
    let second = |tag: Tag, value: &Value| {
        let mut slices = series(4).slices();
        let other = series(4).with(|series| series.signal = signal(500));
        for (k, mut slice) in other.slices().into_iter().enumerate() {
            slice.set(SOP_INSTANCE_UID, uid(kind::IMAGE, 300 + k)).set(tag, value.clone());
            slices.push(slice);
        }
        plain(&slices)
    };
    let changes: [(Tag, Value); 3] = [
        (ECHO_TIME, 22.5.into()),
        (ECHO_NUMBERS, 2.into()),
        (IMAGE_TYPE, "DERIVED\\PRIMARY\\FAT\\NONE".into()),
    ];
    for (tag, value) in changes {
        let folder = second(tag, &value);
        assert!(open(folder.path()).unwrap_err().to_string().contains("2 stacks of slices"));
        let mut parts = ["4.1", "4.2"].map(|choice| whole(&choose(folder.path(), choice).unwrap()));
        parts.sort_by_key(|part| part.signal([0; 3]).unwrap() as i64);
        assert_eq!(parts.map(|part| part.signal([0; 3])), [Some(4.0), Some(500.0)]);
        // a file is of one part
        for entry in fs::read_dir(folder.path()).unwrap() {
            let of_file = whole(&open(entry.unwrap().path()).unwrap());
            assert_eq!(of_file.grid().shape(), [9, 7, 5]);
        }
    }
}

#[test]
fn echoes_of_an_enhanced_file_are_parts() {
    let kept = tempfile::tempdir().unwrap();
    let both = [(20.0, signal(4)), (80.0, signal(500))];
    let path = write(kept.path(), "both.dcm", &echoes(&series(4), &both, 3), Syntax::ImplicitLittle);
    let listed = list(&path, Limits::default()).unwrap();
    assert_eq!(listed.iter().map(SeriesSummary::choice).collect::<Vec<_>>(), ["4.1", "4.2"]);
    let parts = ["4.1", "4.2"].map(|choice| choose(&path, choice).unwrap());
    let first = usize::from(whole(&parts[0]).signal([0; 3]) != Some(4.0));
    assert_holds(&parts[first], &signal(4), &oblique());
    assert_holds(&parts[1 - first], &signal(500), &oblique());
    assert_eq!(parts[0].name(), "both.dcm");
}

#[test]
fn single_slices_do_not_stand_in_the_way() {
    let mut slices = series(4).slices();
    for number in [7, 8] {
        let localizer = series(number).slices().remove(2);
        slices.push(localizer.with(SERIES_NUMBER, 1).with(SERIES_INSTANCE_UID, uid(kind::SERIES, number)));
    }
    let kept = plain(&slices);
    let found = open(kept.path()).unwrap();
    assert_holds(&found, &signal(4), &oblique());
    assert_eq!(found.findings()[0].message, "2 single slices were left out, as localizers are");
    let error = choose(kept.path(), "1").unwrap_err().to_string();
    assert!(error.contains("#1.1: ") && error.contains("one slice"), "{error}");
    assert!(choose(kept.path(), "1.2").unwrap_err().to_string().contains("one slice"));
    let listed = list(kept.path(), Limits::default()).unwrap();
    assert_eq!(listed.iter().map(|series| series.slices).collect::<Vec<_>>(), [1, 1, 5]);
    assert!(listed.iter().all(|series| series.orientation == Some(AnatomicalPlane::Sagittal)));
}

#[test]
fn a_series_is_chosen_by_number_uid_or_file() {
    let slices = [series(4).slices(), series(12).slices()].concat();
    let kept = plain(&slices);
    for choice in ["12", "12.1", &uid(kind::SERIES, 12)] {
        assert_holds(&choose(kept.path(), choice).unwrap(), &signal(12), &oblique());
    }
    let error = choose(kept.path(), &uid(kind::SERIES, 1)[..20]).unwrap_err().to_string();
    assert!(error.contains("2 stacks"), "the start of both: {error}");
    assert_eq!(choose(kept.path(), "5").unwrap_err().kind(), ErrorKind::Parameter);
    for entry in fs::read_dir(kept.path()).unwrap() {
        let path = entry.unwrap().path();
        let found = open(&path).unwrap();
        assert_eq!(found.name(), path.file_name().unwrap().to_str().unwrap());
        assert_eq!(found.grid().shape(), [9, 7, 5]);
        assert!(choose(&path, "5").is_err());
    }
    for wrong in ["", "t1", "-", "5.0", "5.x", "1.2.x40", "1.2.3"] {
        assert!(Selector::parse(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_is_no_image_is_passed_over() {
    let kept = plain(&series(4).slices()[..3]);
    write_shuffled(&kept.path().join("deeper/still"), &series(4).slices()[3..], Syntax::Rle, 5);
    fs::write(kept.path().join("notes.txt"), "of the day").unwrap();
    fs::write(kept.path().join("empty"), "").unwrap();
    write(kept.path(), "DICOMDIR", &series(5).slices()[0], Syntax::ExplicitLittle);
    let found = open(kept.path()).unwrap();
    assert_holds(&found, &signal(4), &oblique());
    assert!(found.findings().is_empty(), "{:?}", found.findings());
    // a file that is cut short may be a slice
    let whole = file(&series(4).slices()[1], Syntax::ExplicitLittle);
    fs::write(kept.path().join("cut.dcm"), &whole[..whole.len() - 9]).unwrap();
    let found = open(kept.path()).unwrap();
    assert_eq!(codes(&found), ["unread_files"]);
    assert!(found.findings()[0].message.contains("cut.dcm"), "{}", found.findings()[0].message);
    assert_eq!(open(tempfile::tempdir().unwrap().path()).unwrap_err().kind(), ErrorKind::Malformed);
}

/// The pixels of slice 3 are damaged: only a block with it fails.
#[test]
fn only_slices_that_are_needed_are_decoded() {
    let kept = tempfile::tempdir().unwrap();
    for (k, slice) in series(4).slices().into_iter().enumerate() {
        let broken = slice.clone().with(PIXEL_DATA, Value::Fragments(vec![vec![9; 70]]));
        let mut bytes = file(&slice, Syntax::Rle);
        if k == 3 {
            bytes = [bytes[..bytes.len() - slice_tail(&slice)].to_vec(), tail(&broken)].concat();
        }
        fs::write(kept.path().join(format!("{k}.dcm")), bytes).unwrap();
    }
    let found = open(kept.path()).unwrap();
    let upto = |end| IndexBox { start: [0, 0, 0], end: [9, 7, end] };
    assert!(found.read_block(upto(3)).is_ok());
    assert_eq!(found.read_block(upto(4)).unwrap_err().kind(), ErrorKind::Malformed);
}

/// Bytes of the compressed pixel data at the end of a file.
fn slice_tail(slice: &Dataset) -> usize {
    tail(&crate::support::dicom::file::compressed(slice)).len()
}

fn tail(slice: &Dataset) -> Vec<u8> {
    let only = Dataset::default().with(PIXEL_DATA, slice.get(PIXEL_DATA).unwrap().clone());
    Syntax::Rle.encoding().bytes(&only)
}

#[test]
fn masks_are_streamed() {
    let labels = Array3::from_shape_fn(
        (9, 7, 5),
        |(i, j, k)| {
            if j == 3 { 0 } else { ((i / 3 + j + 2 * k) % 4) as i32 }
        },
    );
    let mask = series(4).with(|series| series.signal = labels.clone());
    let kept = folder(&mask.slices(), Syntax::Rle);
    let found = open(kept.path()).unwrap();
    let map = found.read_labels().unwrap();
    let count = |label: i64| labels.iter().filter(|&&v| i64::from(v) == label).count();
    assert_eq!(map.labels().collect::<Vec<_>>(), [1, 2, 3].map(|label| (label, count(label))));
    let expected =
        Roi::from_array(labels.mapv(|v| v as i16).view(), *found.grid().affine(), &Labels::Only(vec![2]));
    let roi = found.read_roi(&Labels::Only(vec![2])).unwrap();
    assert!(roi.voxels().eq(expected.unwrap().voxels()));
    let counts = found.count_labels(8).unwrap().unwrap();
    assert_eq!(counts.into_iter().collect::<Vec<_>>(), [1, 2, 3].map(|label| (label, count(label))));
    let image = folder(&series(4).slices(), Syntax::Rle);
    assert_eq!(open(image.path()).unwrap().count_labels(8).unwrap(), None);
}

#[test]
fn claims_beyond_the_limit_are_refused() {
    let kept = plain(&series(4).slices());
    let open =
        |voxels| DicomSeries::open(kept.path(), &Selector::Only, Limits::default().with_max_voxels(voxels));
    assert!(open(315).is_ok());
    assert_eq!(open(314).unwrap_err().kind(), ErrorKind::Limit);
}

/// Bits flipped anywhere in one file of a series: an error or a volume, and no thread breaks down.
#[test]
fn damage_is_contained() {
    let mut random = Rng::with_seed(41);
    let mut refused = 0;
    let classic = series(4).slices();
    let many = echoes(&series(4), &[(20.0, signal(4))], 3);
    for round in 0..400 {
        let syntax = Syntax::ALL[round % Syntax::ALL.len()];
        let datasets = if round % 2 == 0 { &classic[..] } else { std::slice::from_ref(&many) };
        let kept = tempfile::tempdir().unwrap();
        for (n, dataset) in datasets.iter().enumerate() {
            let mut bytes = file(dataset, syntax);
            for _ in 0..if n == 0 { 1 + round % 4 } else { 0 } {
                // past the preamble, most often in the header
                let at = 132 + random.usize(..bytes.len() - 132);
                bytes[at] ^= 1 << random.usize(..8);
            }
            fs::write(kept.path().join(n.to_string()), bytes).unwrap();
        }
        let read = |found: DicomSeries| found.read_block(IndexBox::whole(found.grid().shape()));
        for path in [kept.path().to_owned(), kept.path().join("0")] {
            if let Err(error) = open(path).and_then(read) {
                assert!(!error.to_string().contains("stopped unexpectedly"), "round {round}: {error}");
                refused += 1;
            }
        }
    }
    assert!((40..760).contains(&refused), "{refused} of 800");
}
