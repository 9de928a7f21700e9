//! JPEG 2000 frames: pixels of the size and range that the data set says.
#![no_main]

use std::sync::LazyLock;

use hemastage_fuzz::{
    compressed::of_jpeg2000,
    files::{self, Scratch},
    start,
};
use libfuzzer_sys::fuzz_target;

const SYNTAXES: [&str; 2] = ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"];

static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&files::folder("jpeg2000"), "c.dcm"));

fuzz_target!(init: start(), |data: &[u8]| {
    let Some((&options, frame)) = data.split_first_chunk() else { return };
    let Some(pixels) = of_jpeg2000(frame) else { return };
    let pixels = pixels.changed(&SYNTAXES, options);
    pixels.decode(FILE.put(&pixels.file(frame)));
});
