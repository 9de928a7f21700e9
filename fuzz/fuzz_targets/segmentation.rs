//! A DICOM segmentation, BINARY, FRACTIONAL or LABELMAP: regions are in order and in the grid, and read the same when written.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use hemastage_fuzz::{dicom, files, files::Scratch, start};
use libfuzzer_sys::fuzz_target;

static AGAIN: LazyLock<PathBuf> = LazyLock::new(|| files::folder("again").join("a.nii.gz"));
static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&files::folder("segmentation"), "m.dcm"));

fuzz_target!(init: start(), |data: &[u8]| {
    dicom::check_segments(FILE.put(data), &AGAIN);
});
