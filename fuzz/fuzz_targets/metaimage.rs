//! A MetaImage file: an image, regions and labels, alike in whatever way they are read.
#![no_main]

use std::{path::PathBuf, sync::LazyLock};

use hemastage_fuzz::{files, files::Scratch, raster, start};
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| files::folder("metaimage"));
static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&FOLDER, "a.mha"));

fuzz_target!(init: start(), |data: &[u8]| {
    raster::check_raster(FILE.put(data), &FOLDER.join("again.nii.gz"));
});
