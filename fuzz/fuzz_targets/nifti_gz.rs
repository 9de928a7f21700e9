//! A gzip file: bytes of one, or a NIfTI file that is packed here, whole or as two members. Checked and unchecked sums
//! give the same voxels.
#![no_main]

use std::{path::Path, sync::LazyLock};

use hemastage::grid::IndexBox;
use hemastage_fuzz::{
    check,
    files::{self, Scratch, packed},
    image, limits, start,
};
use hemastage_image::ImageReader;
use libfuzzer_sys::fuzz_target;

static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&files::folder("nifti_gz"), "a.nii.gz"));

fn open(path: &Path) -> Option<ImageReader> {
    check::read(ImageReader::open(path, None, limits()))
}

fuzz_target!(init: start(), |data: &[u8]| {
    let Some((&form, data)) = data.split_first() else { return };
    let path = match form % 4 {
        0 => FILE.put(data),
        1 => FILE.put(&packed(data)),
        _ => {
            let (one, other) = data.split_at(data.len() * usize::from(form) / 256);
            FILE.put(&[packed(one), packed(other)].concat())
        }
    };
    let Some(image) = open(path) else { return };
    image::check_image(&image);
    let Some(checked) = open(path).map(ImageReader::with_checksum) else { panic!("it opened before") };
    let whole = IndexBox::whole(image.grid().shape());
    if let Some(checked) = check::read(checked.read_block(Some(0), whole)) {
        let plain = check::read(image.read_block(Some(0), whole)).expect("it reads with its checksum");
        assert_eq!(format!("{:?}", checked.voxels()), format!("{:?}", plain.voxels()));
    }
});
