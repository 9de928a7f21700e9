//! Files of other programs, each encoding of an image against the plain one.

use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{Pixel, read};
use crate::error::ErrorKind;

/// The folder that `HEMASTAGE_DATA` names, or none with a plain word that the test was skipped.
pub(super) fn data(test: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("HEMASTAGE_DATA") else {
        eprintln!("skipped {test}: HEMASTAGE_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(folder);
    let files = std::fs::read_dir(&folder).map_or(0, Iterator::count);
    assert!(files > 0, "HEMASTAGE_DATA is set but its folder is empty or missing");
    Some(folder)
}

/// Reads a file, or asserts that the feature it needs is named where that is not built in.
fn read_or_feature<T: Pixel>(path: &Path, feature: Option<(&str, bool)>) -> Option<Vec<T>> {
    match (read(path), feature) {
        (Ok(pixels), None | Some((_, true))) => Some(pixels),
        (Err(error), Some((feature, false))) => {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains(&format!("`{feature}`")), "{error}");
            None
        }
        (read, _) => panic!("{}: {:?}", path.display(), read.err().map(|error| error.to_string())),
    }
}

const JPEG_2000: Option<(&str, bool)> = Some(("jpeg2000", cfg!(feature = "jpeg2000")));
const JPEG_LS: Option<(&str, bool)> = Some(("jpegls", cfg!(feature = "jpegls")));

#[test]
fn eight_encodings_of_one_small_image() {
    let Some(folder) = data("eight_encodings_of_one_small_image") else { return };
    let folder = folder.join("pydicom-wheel");
    let plain: Vec<i16> = read(&folder.join("MR_small.dcm")).unwrap();
    // least and greatest as the files' own elements SmallestImagePixelValue and LargestImagePixelValue say
    assert_eq!((plain.len(), plain.iter().min(), plain.iter().max()), (64 * 64, Some(&127), Some(&2145)));
    for (name, feature) in [
        ("RLE", None),
        ("bigendian", None),
        ("expb", None),
        ("implicit", None),
        ("padded", None),
        ("jp2klossless", JPEG_2000),
        ("jpeg_ls_lossless", JPEG_LS),
    ] {
        let path = folder.join(format!("MR_small_{name}.dcm"));
        assert!(read_or_feature(&path, feature).is_none_or(|pixels: Vec<i16>| pixels == plain), "{name}");
    }
    assert!(read::<i16>(&folder.join("MR_truncated.dcm")).is_err());
}

#[test]
fn nine_encodings_of_one_slice() {
    let Some(folder) = data("nine_encodings_of_one_slice") else { return };
    let path = |number: usize| folder.join(format!("dcm_qa_ts/In/{number}.dcm"));
    let plain: Vec<u16> = read(&path(1)).unwrap();
    assert_eq!(plain.len(), 384 * 384);
    assert!(plain.iter().any(|&pixel| pixel > 255));
    for (number, feature) in
        [(2, None), (3, None), (4, None), (5, None), (6, None), (7, JPEG_LS), (8, JPEG_LS), (9, JPEG_2000)]
    {
        let pixels = read_or_feature(&path(number), feature);
        assert!(pixels.is_none_or(|pixels: Vec<u16>| pixels == plain), "{number}");
    }
}

#[test]
fn frames_of_an_enhanced_image() {
    let Some(folder) = data("frames_of_an_enhanced_image") else { return };
    let folder = folder.join("pydicom-data/data_store/data");
    let plain: Vec<u16> = read(&folder.join("emri_small.dcm")).unwrap();
    assert_eq!(plain.len(), 10 * 64 * 64);
    assert!(plain[..64 * 64] != plain[9 * 64 * 64..]);
    assert!(read::<u16>(&folder.join("emri_small_RLE.dcm")).unwrap() == plain);
}

/// Four codecs of one series; RLE is decoded here and the others elsewhere.
#[test]
fn four_codecs_of_one_series() {
    let Some(folder) = data("four_codecs_of_one_series") else { return };
    let folder = folder.join("dicom2nifti/tests/data/generic");
    for slice in 1..=4 {
        let path = |kind: &str| folder.join(format!("{kind}/001/IM-0001-000{slice}-0001.dcm"));
        let rle: Vec<u16> = read(&path("compressed_rle")).unwrap();
        assert!(rle.len() == 256 * 256 && rle.iter().min() < rle.iter().max());
        for (kind, feature) in
            [("compressed_jpeg", None), ("compressed_jpegls", JPEG_LS), ("compressed", JPEG_2000)]
        {
            let pixels = read_or_feature(&path(kind), feature);
            assert!(pixels.is_none_or(|pixels: Vec<u16>| pixels == rle), "{kind} {slice}");
        }
        let color = read::<u8>(&path("rgb")).unwrap_err();
        assert_eq!(color.kind(), ErrorKind::Unsupported);
    }
}

/// The pixels as pydicom 3.0.2 reads them; its decoders (pylibjpeg, gdcm and pillow; pyjpegls, pylibjpeg and gdcm) agree.
#[test]
fn pixels_as_other_decoders_read_them() {
    let Some(folder) = data("pixels_as_other_decoders_read_them") else { return };
    let slices = [0x3c7d_c53c_7bb0_0803, 0xf180_9390_c5ed_1150, 0xa85d_b25d_2f70_0137, 0x5d6f_884d_44ea_3b03];
    for (kind, feature) in [("compressed", JPEG_2000), ("compressed_jpegls", JPEG_LS)] {
        for (number, expected) in slices.into_iter().enumerate() {
            let slice = format!("{kind}/001/IM-0001-000{}-0001.dcm", number + 1);
            let path = folder.join("dicom2nifti/tests/data/generic").join(slice);
            let found = checksum(&path, feature, u16::to_le_bytes);
            assert!(found.is_none_or(|found| found == expected), "{kind} {number}");
        }
    }
    for (number, feature) in [(7, JPEG_LS), (8, JPEG_LS), (9, JPEG_2000)] {
        let found = checksum(&folder.join(format!("dcm_qa_ts/In/{number}.dcm")), feature, u16::to_le_bytes);
        assert!(found.is_none_or(|found| found == 0xe494_3a30_8aba_1b65), "{number}");
    }
    for (name, feature) in [("jp2klossless", JPEG_2000), ("jpeg_ls_lossless", JPEG_LS)] {
        let path = folder.join(format!("pydicom-wheel/MR_small_{name}.dcm"));
        let found = checksum(&path, feature, i16::to_le_bytes);
        assert!(found.is_none_or(|found| found == 0x8861_7aaa_4613_8fb1), "{name}");
    }
}

/// The start of the SHA-256 of a file's pixels, the least significant byte first.
fn checksum<T: Pixel>(path: &Path, feature: Option<(&str, bool)>, bytes: fn(T) -> [u8; 2]) -> Option<u64> {
    let pixels: Vec<T> = read_or_feature(path, feature)?;
    let bytes: Vec<u8> = pixels.into_iter().flat_map(bytes).collect();
    Sha256::digest(bytes).first_chunk().map(|&start| u64::from_be_bytes(start))
}

/// The same masks with frames of whole bytes and without.
#[test]
fn masks_of_single_bits() {
    let Some(folder) = data("masks_of_single_bits") else { return };
    let store = folder.join("pydicom-data/data_store/data");
    let whole: Vec<u8> = read(&store.join("liver.dcm")).unwrap();
    let cropped: Vec<u8> = read(&store.join("liver_nonbyte_aligned.dcm")).unwrap();
    assert_eq!((whole.len(), cropped.len()), (3 * 512 * 512, 3 * 510 * 510));
    assert!(whole.iter().all(|&pixel| pixel <= 1) && whole.contains(&1));
    let expected = whole
        .chunks(512 * 512)
        .flat_map(|frame| frame.chunks(512).take(510))
        .flat_map(|row| row[..510].iter().copied());
    assert!(cropped.iter().copied().eq(expected));
    for name in ["liver_1frame.dcm", "liver_expb_1frame.dcm"] {
        let first: Vec<u8> = read(&folder.join("pydicom-wheel").join(name)).unwrap();
        assert!(first == whole[..512 * 512], "{name}");
    }
}
