//! A NIfTI file as it is: an image, a region and labels, alike in whatever way they are read.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use hemastage_fuzz::{check, files, files::Scratch, image, limits, start};
use hemastage_image::ImageReader;
use libfuzzer_sys::fuzz_target;

static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&files::folder("nifti"), "a.nii"));

fuzz_target!(init: start(), |data: &[u8]| {
    let path: PathBuf = FILE.put(data).into();
    if let Some(image) = check::read(ImageReader::open(&path, None, limits())) {
        image::check_image(&image);
    }
});
