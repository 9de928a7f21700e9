//! Real files, where `HEMASTAGE_DATA` names the folder with the public test images.

use std::path::{Path, PathBuf};

use dicom_dictionary_std::tags;

use super::super::{DicomFile, pixel_data::PixelLayout, transfer_syntax::TransferSyntax};
use crate::{
    error::{ErrorKind, Result},
    limits::Limits,
};

/// The folder, or none with a plain word that the test was skipped.
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

fn open(path: &Path) -> Result<DicomFile> {
    DicomFile::open(path, Limits::default())
}

/// The same image in nine encodings has the same header.
#[test]
fn the_way_of_writing_changes_no_value() {
    let Some(data) = data("the_way_of_writing_changes_no_value") else { return };
    let small =
        ["", "_implicit", "_bigendian", "_expb", "_RLE", "_jp2klossless", "_jpeg_ls_lossless", "_padded"];
    let wheel = small.map(|name| data.join(format!("pydicom-wheel/MR_small{name}.dcm")));
    let series = (1..=9).map(|n| data.join(format!("dcm_qa_ts/In/{n}.dcm"))).collect();
    for files in [Vec::from(wheel), series] {
        let first = values(&open(&files[0]).unwrap());
        assert!(first.len() > 15, "{first:?}");
        for path in &files[1..] {
            assert_eq!(values(&open(path).unwrap()), first, "{}", path.display());
        }
    }
}

fn values(file: &DicomFile) -> Vec<String> {
    let data = file.dataset();
    let texts = [tags::MODALITY, tags::SCANNING_SEQUENCE, tags::MANUFACTURER, tags::SERIES_INSTANCE_UID];
    let numbers = [
        tags::REPETITION_TIME,
        tags::ECHO_TIME,
        tags::SLICE_THICKNESS,
        tags::IMAGE_POSITION_PATIENT,
        tags::IMAGE_ORIENTATION_PATIENT,
        tags::PIXEL_SPACING,
        tags::ROWS,
        tags::COLUMNS,
        tags::BITS_ALLOCATED,
        tags::BITS_STORED,
        tags::HIGH_BIT,
        tags::PIXEL_REPRESENTATION,
    ];
    let texts = texts.map(|tag| data.texts(tag).join("|"));
    let numbers = numbers.map(|tag| format!("{:?}", data.number_list(tag).unwrap()));
    texts.into_iter().chain(numbers).collect()
}

/// The unusual files of another reader's tests, each with the expected outcome.
#[test]
fn odd_files_are_read_or_refused_with_a_reason() {
    let Some(data) = data("odd_files_are_read_or_refused_with_a_reason") else { return };
    let open = |name: &str| open(&data.join("pydicom-wheel").join(name));
    // one stray byte before its first element, and neither preamble nor magic
    assert!(open("no_meta.dcm").unwrap_err().to_string().contains("not a DICOM file"));
    assert!(
        open("MR_truncated.dcm")
            .unwrap_err()
            .to_string()
            .contains("claims 8192 bytes of pixel data but the file has 8130")
    );

    let file = open("meta_missing_tsyntax.dcm").unwrap();
    assert_eq!(file.transfer_syntax(), TransferSyntax::ImplicitLittleEndian);
    let nested = open("nested_priv_SQ.dcm").unwrap();
    for file in [&file, &nested] {
        let private = dicom_core::Tag(1, 1);
        assert!(file.dataset().item(private).unwrap().item(private).unwrap().has(private));
    }
    let unknown = open("UN_sequence.dcm").unwrap();
    assert!(unknown.pixel_data().is_none());
    let bad = open("badVR.dcm").unwrap();
    assert_eq!(bad.dataset().integer(tags::ROWS).unwrap(), Some(10));
    let frames = bad.dataset().integer(tags::NUMBER_OF_FRAMES).unwrap_err();
    assert_eq!(frames.kind(), ErrorKind::Malformed);
    assert_eq!(frames.to_string(), "NumberOfFrames is not a number: expected a whole number");
    let charset = open("empty_charset_LEI.dcm").unwrap();
    assert_eq!(charset.dataset().texts(tags::IMAGE_TYPE), ["ORIGINAL", "PRIMARY", "SINGLE PLANE"]);
    assert!(open("no_meta_group_length.dcm").unwrap().dataset().has(tags::IMAGE_TYPE));

    let deflated = open("image_dfl.dcm").unwrap();
    assert_eq!(deflated.transfer_syntax(), TransferSyntax::Deflated);
    let pixels = deflated.pixel_data().unwrap();
    assert_eq!(pixels.layout(), &PixelLayout::Native { bytes: 512 * 512 });
    let mut bytes = vec![0; 512 * 512];
    pixels.reader().unwrap().native(0, &mut bytes).unwrap();
    // the sum that numpy gives over pydicom's pixels
    assert_eq!(bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>(), 33_322_688);
}

#[test]
fn fragments_of_several_frames_follow_the_offset_table() {
    let Some(data) = data("fragments_of_several_frames_follow_the_offset_table") else { return };
    let file = open(&data.join("pydicom-data/data_store/data/emri_small_RLE.dcm")).unwrap();
    let PixelLayout::Encapsulated { offset_table, fragments } = file.pixel_data().unwrap().layout() else {
        panic!("not in fragments");
    };
    assert_eq!((offset_table.len(), fragments.len()), (10, 10));
    let mut start = 0;
    for (&offset, &bytes) in offset_table.iter().zip(fragments) {
        assert_eq!(offset, start);
        start += 8 + bytes;
    }
}
