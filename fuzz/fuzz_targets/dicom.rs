//! A DICOM file: an image, a mask, or an error.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use hemastage_fuzz::{dicom, files, files::Scratch, start};
use libfuzzer_sys::fuzz_target;

static AGAIN: LazyLock<PathBuf> = LazyLock::new(|| files::folder("again").join("a.nii.gz"));
static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&files::folder("dicom"), "a.dcm"));

fuzz_target!(init: start(), |data: &[u8]| {
    let path = FILE.put(data);
    if !dicom::check_segments(path, &AGAIN) {
        dicom::check_image(path, &AGAIN);
    }
});
