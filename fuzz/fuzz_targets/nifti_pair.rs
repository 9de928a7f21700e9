//! A pair of header and voxels, plain or packed, opened by either file.
#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock};

use hemastage_fuzz::{check, files, files::packed, image, limits, start};
use hemastage_image::ImageReader;
use libfuzzer_sys::fuzz_target;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| files::folder("nifti_pair"));

/// Writes one file of the pair, and removes what was there in its other form.
fn put(name: &str, bytes: &[u8], is_packed: bool) -> PathBuf {
    let forms = [name.to_owned(), format!("{name}.gz")].map(|name| FOLDER.join(name));
    let _ = fs::remove_file(&forms[usize::from(!is_packed)]);
    let bytes = if is_packed { &packed(bytes) } else { bytes };
    let path = forms[usize::from(is_packed)].clone();
    fs::write(&path, bytes).expect("room");
    path
}

fuzz_target!(init: start(), |data: &[u8]| {
    // the header is first, as it is not longer than two kilobytes
    let Some((&[form, length], data)) = data.split_first_chunk() else { return };
    let (header, voxels) = data.split_at(data.len().min(348 + 4 * usize::from(length)));
    let header = put("p.hdr", header, form & 1 != 0);
    let voxels = put("p.img", voxels, form & 2 != 0);
    let [opened, other] = [&header, &voxels].map(|path| ImageReader::open(path, None, limits()));
    let opened = check::read(opened);
    if let Some(other) = check::read(other) {
        image::check_image(&other);
        let opened = opened.expect("the pair opens by its other file");
        assert_eq!(opened.grid(), other.grid());
    }
});
