//! An NRRD file: an image, regions and labels, alike in whatever way they are read, and segments of 3D Slicer.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use hemastage_fuzz::{files, files::Scratch, raster, start};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| files::folder("nrrd"));
static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&FOLDER, "a.nrrd"));

fuzz_target!(init: start(), |data: &[u8]| {
    raster::check_raster(FILE.put(data), &FOLDER.join("again.nii.gz"));
});
