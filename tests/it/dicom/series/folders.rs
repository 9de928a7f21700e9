//! What else lies in a hospital's folders, and headers that differ from slice to slice.

use std::fs;

use hemastage::io::dicom::DicomSeries;

use crate::dicom::series::{
    choose, open, whole,
    written::{assert_holds, oblique, plain, series, signal},
};
use crate::support::dicom::{
    classic::Storage,
    dataset::Dataset,
    secrets::{kind, uid},
    tags::{
        BITS_STORED, ECHO_TIME, HIGH_BIT, IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT,
        PHOTOMETRIC_INTERPRETATION, PIXEL_PADDING_VALUE, SAMPLES_PER_PIXEL, SERIES_INSTANCE_UID,
        SERIES_NUMBER, SOP_INSTANCE_UID,
    },
};

fn codes(series: &DicomSeries) -> Vec<&str> {
    series.findings().iter().map(|finding| finding.code.as_str()).collect()
}

/// Three images like these slices under other UIDs, without a place or in color.
fn captures(series_number: usize, in_color: bool) -> Vec<Dataset> {
    let mut captures = series(series_number).slices();
    captures.truncate(3);
    for (k, capture) in captures.iter_mut().enumerate() {
        capture.set(SOP_INSTANCE_UID, uid(kind::IMAGE, 900 + k));
        if in_color {
            capture.set(SAMPLES_PER_PIXEL, 3).set(PHOTOMETRIC_INTERPRETATION, "RGB");
        } else {
            capture.remove(IMAGE_POSITION_PATIENT).remove(IMAGE_ORIENTATION_PATIENT);
        }
    }
    captures
}

#[test]
fn captured_screens_do_not_stand_in_the_way() {
    for in_color in [true, false] {
        for of_series in [4, 99] {
            let kept = plain(&[series(4).slices(), captures(of_series, in_color)].concat());
            for found in [open(kept.path()).unwrap(), choose(kept.path(), "4").unwrap()] {
                assert_holds(&found, &signal(4), &oblique());
            }
            let found = open(kept.path()).unwrap();
            assert_eq!(codes(&found), ["captured_screens"]);
            assert!(found.findings()[0].message.starts_with("3 images were left out"));
        }
        let alone = plain(&captures(4, in_color));
        assert!(open(alone.path()).is_err(), "captures alone are no series");
    }
}

#[test]
fn another_series_of_the_same_number_may_be_captures() {
    let mut others = captures(99, true);
    for other in &mut others {
        other.set(SERIES_NUMBER, 4);
    }
    let kept = plain(&[series(4).slices(), others].concat());
    assert_holds(&choose(kept.path(), "4").unwrap(), &signal(4), &oblique());
}

#[test]
fn a_damaged_place_is_no_capture() {
    let mut slices = series(4).slices();
    slices[4].remove(IMAGE_POSITION_PATIENT);
    let error = open(plain(&slices).path()).unwrap_err().to_string();
    assert!(error.contains("no ImagePositionPatient"), "{error}");
}

#[test]
fn a_slice_that_its_header_sets_apart_is_no_localizer() {
    let mut slices = series(4).slices();
    slices[4].set(ECHO_TIME, 99.0);
    let error = open(plain(&slices).path()).unwrap_err().to_string();
    assert!(error.contains("2 stacks of slices"), "{error}");
    slices[4].set(SERIES_INSTANCE_UID, uid(kind::SERIES, 8));
    assert_eq!(codes(&open(plain(&slices).path()).unwrap()), ["single_slices"]);
}

#[test]
fn a_gap_and_a_file_cut_short_are_reported_together() {
    let kept = plain(&series(4).slices());
    let cut = (0..5).map(|n| kept.path().read_dir().unwrap().nth(n).unwrap().unwrap().path());
    let texts: Vec<String> = cut
        .map(|path| {
            let bytes = fs::read(&path).unwrap();
            fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
            let found = open(kept.path());
            fs::write(&path, &bytes).unwrap();
            found.map_or_else(|error| error.to_string(), |found| found.findings()[0].message.clone())
        })
        .collect();
    let within: Vec<_> = texts.iter().filter(|text| text.contains("(1 slice is missing): ")).collect();
    assert_eq!(within.len(), 3, "no gap shows where a slice at an end is missing: {texts:?}");
    assert!(texts.iter().all(|text| text.contains("1 file or folder could not be read (")));
    assert!(open(kept.path()).unwrap().findings().is_empty());
}

#[cfg(unix)]
#[test]
fn a_folder_that_cannot_be_read_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    let kept = plain(&series(4).slices());
    let closed = kept.path().join(".Trashes");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    if closed.read_dir().is_ok() {
        eprintln!("a_folder_that_cannot_be_read_is_reported was skipped: this user may read every folder");
        return;
    }
    let found = open(kept.path()).unwrap();
    assert_holds(&found, &signal(4), &oblique());
    assert_eq!(codes(&found), ["unread_files"]);
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn padding_and_bits_may_differ_from_slice_to_slice() {
    let twelve = series(4).with(|series| series.stored = Storage::TWELVE);
    let mut slices = twelve.slices();
    for (k, slice) in slices.iter_mut().enumerate() {
        let bits = 11 + k % 2;
        slice.set(BITS_STORED, bits).set(HIGH_BIT, bits - 1);
    }
    assert_holds(&open(plain(&slices).path()).unwrap(), &signal(4), &oblique());
    let first = |k: usize| signal(4)[[0, 0, k]];
    slices[1].set(PIXEL_PADDING_VALUE, f64::from(first(1)));
    slices[3].set(PIXEL_PADDING_VALUE, f64::from(first(3)));
    let volume = whole(&open(plain(&slices).path()).unwrap());
    for (index, &stored) in signal(4).indexed_iter() {
        let is_padding = matches!(index.2, 1 | 3) && stored == first(index.2);
        let found = volume.signal(index.into()).unwrap();
        assert!(if is_padding { found.is_nan() } else { found == f64::from(stored) }, "{index:?}");
    }
}
