//! Pixels that are not compressed.

use super::{
    crafted::{Crafted, EXPLICIT_BIG, EXPLICIT_LITTLE, header},
    read,
};
use crate::{
    dicom::{
        DicomFile,
        pixels::{FrameReader, PixelFormat, format::PixelHeader},
    },
    error::ErrorKind,
    limits::Limits,
};

const LITTLE_AND_BIG: [&str; 2] = [EXPLICIT_LITTLE, EXPLICIT_BIG];

fn swapped(words: &[u8]) -> Vec<u8> {
    words.chunks(2).flat_map(|word| word.iter().rev().copied()).collect()
}

#[test]
fn both_byte_orders_of_every_width() {
    for syntax in LITTLE_AND_BIG {
        let big = syntax == EXPLICIT_BIG;
        let short = |value: u16| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let bytes = [0xf800, 0x07ff, 0x0800, 0x0fff, 0, 1].into_iter().flat_map(short).collect();
        let file = Crafted::native(syntax, header(2, 3, [16, 12], true), *b"OW", bytes).file();
        assert_eq!(read::<i16>(file.path()).unwrap(), [-2048, 2047, -2048, -1, 0, 1]);

        let long = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let bytes = [u32::MAX, 0x0102_0304].into_iter().flat_map(long).collect();
        let file = Crafted::native(syntax, header(1, 2, [32, 32], false), *b"OW", bytes).file();
        assert_eq!(read::<u32>(file.path()).unwrap(), [u32::MAX, 0x0102_0304]);
    }
}

/// PS3.5 section 8.1.1: bytes in words are swapped in a big-endian file, bytes alone are not. Frames of an
/// odd number of bytes start within a word.
#[test]
fn bytes_in_words_are_swapped() {
    let pixels = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    let padded = [&pixels[..], &[0]].concat();
    let three = PixelHeader { frames: Some(3), ..header(1, 3, [8, 8], false) };
    for (syntax, vr, bytes) in [
        (EXPLICIT_LITTLE, *b"OB", padded.clone()),
        (EXPLICIT_LITTLE, *b"OW", padded.clone()),
        (EXPLICIT_BIG, *b"OB", padded.clone()),
        (EXPLICIT_BIG, *b"OW", swapped(&padded)),
    ] {
        let file = Crafted::native(syntax, three.clone(), vr, bytes).file();
        assert_eq!(read::<u8>(file.path()).unwrap(), pixels);
    }
}

/// Single bits, packed by an independent rule, over more than one piece of reading.
#[test]
fn bits_run_on_across_frames() {
    let (rows, columns, frames) = (301, 333, 3);
    let pixels: Vec<u8> =
        (0..rows * columns * frames).map(|n| u8::from(n % 7 < 3) ^ u8::from(n % 11 == 0)).collect();
    let mut packed = vec![0_u8; pixels.len().div_ceil(16) * 2];
    for (n, pixel) in pixels.iter().enumerate() {
        packed[n / 8] += pixel << (n % 8);
    }
    let header = PixelHeader { frames: Some(frames as i64), ..header(rows, columns, [1, 1], false) };
    for (syntax, vr, bytes) in [
        (EXPLICIT_LITTLE, *b"OB", packed.clone()),
        (EXPLICIT_BIG, *b"OB", packed.clone()),
        (EXPLICIT_BIG, *b"OW", swapped(&packed)),
    ] {
        let file = Crafted::native(syntax, header.clone(), vr, bytes).file();
        assert!(read::<u8>(file.path()).unwrap() == pixels, "{syntax}");
        let opened = DicomFile::open(file.path(), Limits::default()).unwrap();
        let format = PixelFormat::of(opened.dataset(), Limits::default()).unwrap();
        let mut reader = FrameReader::new(&opened, &format).unwrap();
        let mut some = vec![9_u8; 5];
        reader.read_rows(1, 7..200, &mut some).unwrap();
        let first = (rows + 7) * columns;
        assert!(some == pixels[first..][..193 * columns]);
        reader.read_rows(2, 4..4, &mut some).unwrap();
        assert!(some.is_empty());
    }
}

#[test]
fn what_is_not_there_is_not_read() {
    let two = PixelHeader { frames: Some(2), ..header(2, 2, [16, 16], false) };
    let file = Crafted::native(EXPLICIT_LITTLE, two, *b"OW", (0..16).collect()).file();
    let opened = DicomFile::open(file.path(), Limits::default()).unwrap();
    let format = PixelFormat::of(opened.dataset(), Limits::default()).unwrap();
    let mut reader = FrameReader::new(&opened, &format).unwrap();
    let mut out = Vec::<u16>::new();
    reader.read_rows(1, 1..2, &mut out).unwrap();
    assert_eq!(out, [0x0d0c, 0x0f0e]);
    let name = opened.name();
    let mut error = |frame, rows| reader.read_rows(frame, rows, &mut out).unwrap_err().to_string();
    assert_eq!(error(2, 0..1), format!("{name}: frame 2 was requested but there are 2, counted from 0"));
    assert_eq!(error(0, 1..3), format!("{name}: rows up to 3 were requested but there are 2"));
    let error = reader.read(0, &mut Vec::<i16>::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parameter);
}

/// A header that claims more or less than there is, but for padding of less than a frame.
#[test]
fn lengths_must_agree() {
    let read = |frames: Option<i64>, bytes: Vec<u8>| {
        let header = PixelHeader { frames, ..header(2, 2, [16, 16], false) };
        let file = Crafted::native(EXPLICIT_LITTLE, header, *b"OW", bytes).file();
        read::<u16>(file.path()).map_err(|error| error.to_string())
    };
    let frame = [1, 0, 2, 0, 3, 0, 4, 0];
    assert_eq!(read(None, frame.to_vec()).unwrap(), [1, 2, 3, 4]);
    assert_eq!(read(None, [&frame[..], &[0; 6]].concat()).unwrap(), [1, 2, 3, 4]);
    assert!(read(None, [&frame[..], &[0; 8]].concat()).is_err(), "a whole frame more");
    assert!(read(None, [&frame[..], &[0, 0, 0, 1]].concat()).is_err(), "more than padding");
    assert!(read(None, frame[..6].to_vec()).is_err());
    assert!(read(Some(1), frame.to_vec()).is_ok());
    // some writers count the frames of a single one as none
    assert_eq!(read(Some(0), frame.to_vec()).unwrap(), [1, 2, 3, 4]);
    assert!(read(Some(0), [frame, frame].concat()).is_err());
    let error = read(Some(99), frame.to_vec()).unwrap_err();
    let expected =
        "the pixel data has 8 bytes: Rows 2, Columns 2, NumberOfFrames 99 and BitsAllocated 16 make 792";
    assert!(error.ends_with(expected), "{error}");
}
