//! Makes the seeds of all targets in `fuzz/seeds`: `cargo +nightly fuzz run -s none seeds`.
//!
//! They are small files of the tests' own writers, built-in texts, and reports of `testdata/`. With `HEMASTAGE_DATA`,
//! also the small files and the compressed frames in that folder.
#![no_main]

mod dicoms;
mod found;
mod images;
#[path = "../../../image/tests/it/nifti_writer.rs"]
mod nifti;
#[path = "../../../image/tests/it/raster_writer.rs"]
mod raster;
mod rasters;
#[path = "../../../image/src/dicom/pixels/tests/samples.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod samples;
mod texts;
mod writer;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process,
};

use libfuzzer_sys::fuzz_target;

/// The seeds of one target.
struct Seeds(PathBuf);

impl Seeds {
    /// A folder of seeds, emptied.
    fn of(target: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Adds one, named by its hash.
    fn add(&self, bytes: &[u8]) {
        let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        fs::write(self.0.join(format!("{hash:016x}")), bytes).unwrap();
    }

    /// Adds one with options in front of it.
    fn with_options(&self, options: &[u8], bytes: &[u8]) {
        self.add(&[options, bytes].concat());
    }
}

fn make() {
    let compressed = ["rle", "jpeg", "jpeg_lossless", "jpeg2000", "jpegls"].map(Seeds::of);
    images::make();
    rasters::make();
    dicoms::make(&compressed);
    texts::make();
    if let Some(folder) = env::var_os("HEMASTAGE_DATA") {
        found::make(Path::new(&folder), &compressed);
    }
    process::exit(0);
}

// a target, as everything in this workspace is linked to the fuzzer
fuzz_target!(init: make(), |_data: &[u8]| {});
