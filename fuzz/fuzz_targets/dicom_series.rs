//! A folder of up to six DICOM files: a series, several, or an error that lists them.
#![no_main]

use std::{
    path::PathBuf,
    sync::{LazyLock, Mutex},
};

use hemastage_fuzz::{dicom, files, files::ScratchFolder, start};
use libfuzzer_sys::fuzz_target;
use memchr::memmem;

/// What stands between two files; the dictionary has it.
const BETWEEN: &[u8] = b"====";
const MAX_FILES: usize = 6;

static AGAIN: LazyLock<PathBuf> = LazyLock::new(|| files::folder("again").join("a.nii.gz"));
static FOLDER: LazyLock<Mutex<ScratchFolder>> = LazyLock::new(|| Mutex::new(ScratchFolder::new("series")));

/// The files of an input.
fn split(data: &[u8]) -> Vec<&[u8]> {
    let (mut files, mut rest) = (Vec::new(), data);
    while files.len() + 1 < MAX_FILES
        && let Some(at) = memmem::find(rest, BETWEEN)
    {
        files.push(&rest[..at]);
        rest = &rest[at + BETWEEN.len()..];
    }
    files.push(rest);
    files
}

fuzz_target!(init: start(), |data: &[u8]| {
    let mut folder = FOLDER.lock().expect("one thread");
    let path = folder.put(split(data));
    dicom::check_list(path);
    dicom::check_image(path, &AGAIN);
});
