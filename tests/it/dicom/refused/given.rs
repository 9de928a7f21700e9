//! A series by hand, and why a reader refuses it.

use std::fs;

use hemastage::Error;
use ndarray::Array3;

use crate::support::dicom::{
    classic::Series,
    dataset::{Dataset, Value},
    file::{Syntax, write_shuffled},
    place::Matrix,
    small_study::{Role, SmallStudy, worded},
    tags::Tag,
};

/// Axial slices at z = -8, -4, 0, 4, 8, 12 mm; columns grow to the left, rows backward.
pub(crate) const AXIAL: Matrix =
    [[-0.9, 0.0, 0.0, 10.0], [0.0, -1.1, 0.0, 20.0], [0.0, 0.0, 4.0, -8.0], [0.0, 0.0, 0.0, 1.0]];

/// 8 columns, 7 rows, 6 slices as series 4.
pub(crate) fn series() -> Series {
    let signal = Array3::from_shape_fn((8, 7, 6), |(i, j, k)| (100 * k + 10 * j + i) as i32);
    Series::new(4, signal, AXIAL)
}

/// The slices of that series after some change.
pub(crate) fn slices(change: impl FnOnce(&mut Vec<Dataset>)) -> Vec<Dataset> {
    let mut slices = series().slices();
    change(&mut slices);
    slices
}

/// The slices after the same change of each, by its number.
pub(crate) fn each(change: impl Fn(usize, &mut Dataset)) -> Vec<Dataset> {
    slices(|slices| slices.iter_mut().enumerate().for_each(|(k, slice)| change(k, slice)))
}

/// The slices after the same change of all.
pub(crate) fn all(change: impl Fn(&mut Dataset)) -> Vec<Dataset> {
    each(|_, slice| change(slice))
}

/// A change of one element.
pub(crate) fn set(tag: Tag, value: impl Into<Value>) -> impl Fn(&mut Dataset) {
    let value = value.into();
    move |dataset| {
        dataset.set(tag, value.clone());
    }
}

/// A change that leaves one element out.
pub(crate) fn remove(tag: Tag) -> impl Fn(&mut Dataset) {
    move |dataset| {
        dataset.remove(tag);
    }
}

/// Why an input is refused; `None` where it is read.
pub(crate) fn refusal(role: Role, files: &[Vec<u8>]) -> Option<Error> {
    let study = SmallStudy::new();
    let folder = study.folder().join("given");
    fs::create_dir(&folder).unwrap();
    files.iter().enumerate().for_each(|(n, file)| fs::write(folder.join(format!("{n}.dcm")), file).unwrap());
    let path = if files.len() == 1 { folder.join("0.dcm") } else { folder };
    study.files(role, path.to_str().unwrap()).open().err()
}

/// Why a series in a folder is refused; `None` where it is read.
pub(crate) fn refusal_of(slices: &[Dataset]) -> Option<Error> {
    let study = SmallStudy::new();
    let folder = write_shuffled(&study.folder().join("given"), slices, Syntax::ExplicitLittle, 8);
    study.files(Role::Image, folder.to_str().unwrap()).open().err()
}

/// Asserts that there is an error whose text has each of these parts.
#[track_caller]
pub(crate) fn assert_says(error: Option<Error>, name: &str, parts: &[&str]) {
    let error = error.unwrap_or_else(|| panic!("{name}: was read"));
    worded(&error, name);
    let text = error.to_string();
    assert!(!text.ends_with('.') && !text.contains('\u{fffd}'), "{name}: {text}");
    for part in parts {
        assert!(text.contains(part), "{name}: expected `{part}` in `{text}`");
    }
}
