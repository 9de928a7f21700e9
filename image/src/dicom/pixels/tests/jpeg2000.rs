//! JPEG 2000: what was compressed, and what may reach the decoder.

use std::borrow::Cow;

use super::{
    crafted::{Crafted, JPEG_2000, JPEG_2000_LOSSLESS, header},
    read, samples,
};
use crate::{
    dicom::pixels::{
        codestream::Codestream,
        error::Damage,
        jpeg2000_header::{Jpeg2000Header, UNUSUAL, VARIED},
    },
    error::ErrorKind,
};

const SIZE: [usize; 2] = [samples::ROWS, samples::COLUMNS];

fn crafted(bits: [i64; 2], signed: bool, frame: Vec<u8>) -> Crafted {
    Crafted::compressed(JPEG_2000_LOSSLESS, header(SIZE[0], SIZE[1], bits, signed), frame)
}

fn pixels(frame: Vec<u8>) -> Result<Vec<i16>, String> {
    let read = read::<i16>(crafted([16, 12], true, frame).file().path());
    read.map_err(|error| error.to_string().split_once("cannot be read: ").unwrap().1.to_owned())
}

#[test]
fn jpeg_2000_is_what_was_compressed() {
    let sample = || samples::bytes(samples::JPEG_2000);
    assert_eq!(pixels(sample()).unwrap(), samples::pixels());
    // a number of twelve bits with a sign of its own keeps it in sixteen
    let wide = crafted([16, 16], true, sample());
    assert_eq!(read::<i16>(wide.file().path()).unwrap(), samples::pixels());
    assert!(read::<u16>(crafted([16, 12], false, sample()).file().path()).is_err());
    let cut = crafted([16, 12], true, sample()[..400].to_vec());
    let error = read::<i16>(cut.file().path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().ends_with("frame 0 cannot be read: it ends before its last pixel"), "{error}");
}

#[test]
fn what_encoders_may_use() {
    assert_eq!(pixels(samples::bytes(samples::JPEG_2000_VARIED)).unwrap(), samples::pixels());
}

#[test]
fn lossy_jpeg_2000_is_near_what_was_compressed() {
    let sample = samples::bytes(samples::JPEG_2000_LOSSY);
    assert!(pixels(sample.clone()).unwrap_err().contains("with loss"));
    let lossy = Crafted { syntax: JPEG_2000, ..crafted([16, 12], true, sample) };
    let found = read::<i16>(lossy.file().path()).unwrap();
    let worst = found.iter().zip(samples::pixels()).map(|(&a, b)| a.abs_diff(b)).max();
    assert_eq!(worst, Some(2));
}

#[test]
fn padding_behind_the_end_is_none_of_the_image() {
    let sample = samples::bytes(samples::JPEG_2000);
    for padding in [&[0][..], &[0; 7], &[0xff], &[0xff; 2], &[0xff; 40], &[0xff, 0, 0xff]] {
        assert_eq!(pixels([&sample, padding].concat()).unwrap(), samples::pixels(), "{padding:?}");
    }
    let without_end = sample[..sample.len() - 2].to_vec();
    assert_eq!(pixels(without_end).unwrap(), samples::pixels());
    for other in [&[1][..], &[0, 0, 1], &[0xff, 0xd9, 1]] {
        assert!(pixels([&sample, other].concat()).is_err(), "{other:?}");
    }
}

/// More tile-parts than the main header lists: decoders that trust the list write behind it.
#[test]
fn tile_parts_are_those_that_are_listed() {
    let sample = samples::bytes(samples::JPEG_2000);
    let first = sample.windows(2).position(|marker| marker == [0xff, 0x90]).unwrap();
    let length = (sample.len() - 2 - first) as u32;
    let image = |listed: u8, parts: u8| {
        let lengths = std::iter::once(length).chain(std::iter::repeat(14)).take(listed.into());
        let mut bytes = sample[..first].to_vec();
        bytes.extend([0xff, 0x55, 0, 4 + 5 * listed, 0, 0x50]);
        bytes.extend(lengths.flat_map(|length| [&[0][..], &length.to_be_bytes()].concat()));
        bytes.extend(&sample[first..sample.len() - 2]);
        for part in 1..parts {
            bytes.extend([0xff, 0x90, 0, 10, 0, 0, 0, 0, 0, 14, part, 0, 0xff, 0x93]);
        }
        [bytes, vec![0xff, 0xd9]].concat()
    };
    for (listed, parts) in [(1, 1), (3, 3), (41, 41)] {
        assert_eq!(pixels(image(listed, parts)).unwrap(), samples::pixels());
    }
    for (listed, parts) in [(1, 2), (1, 41), (2, 1), (41, 1), (0, 1)] {
        assert_eq!(pixels(image(listed, parts)).unwrap_err(), Damage::Parts.to_string());
    }
}

/// An image of two tiles across, whose data is packets of `layers` empty layers.
fn image(width: u32, height: u32, tile: u32, layers: u16, precincts: Option<u8>) -> Vec<u8> {
    let mut bytes = vec![0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0];
    for number in [width, height, 0, 0, tile, tile, 0, 0] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend([0, 1, 0x8f, 1, 1]);
    let levels = 2;
    bytes.extend([0xff, 0x52, 0, if precincts.is_some() { 15 } else { 12 }]);
    bytes.extend([u8::from(precincts.is_some()), 0]);
    bytes.extend(layers.to_be_bytes());
    bytes.extend([0, levels, 4, 4, 0, 1]);
    bytes.extend(precincts.iter().flat_map(|&size| [size; 3]));
    bytes.extend([0xff, 0x5c, 0, 10, 0x40, 128, 136, 136, 144, 136, 136, 144]);
    for tile in 0..2 {
        bytes.extend([0xff, 0x90, 0, 10, 0, tile, 0, 0, 0, 30, 0, 1, 0xff, 0x93]);
        bytes.extend([0x80; 16]);
    }
    bytes.extend([0xff, 0xd9, 0]);
    bytes
}

/// The image with a segment before its first tile-part, or in the header of that.
fn with(segment: &[u8], in_tile: bool) -> Vec<u8> {
    let mut bytes = image(20, 9, 16, 1, None);
    let marker = [0xff, if in_tile { 0x93 } else { 0x90 }];
    let at = bytes.windows(2).position(|w| w == marker).unwrap();
    bytes.splice(at..at, segment.iter().copied());
    if in_tile {
        bytes[at - 3] += segment.len() as u8;
    }
    bytes
}

fn outcome(bytes: &[u8]) -> Option<Damage> {
    Jpeg2000Header::read(bytes).err()
}

#[test]
fn size_and_parts_are_read() {
    let good = image(20, 9, 16, 1, None);
    let header = Jpeg2000Header::read(&good).unwrap();
    let codestream = Codestream { rows: 9, columns: 20, components: 1, precision: 16, signed: true };
    let unpadded = Cow::Borrowed(&good[..good.len() - 1]);
    assert_eq!(header, Jpeg2000Header { codestream, reversible: true, image: unpadded });
    for length in 0..good.len() - 3 {
        assert!(Jpeg2000Header::read(&good[..length]).is_err(), "{length}");
    }
    assert!(outcome(&image(20, 9, 20, 1, None)).is_some(), "a tile too many");
    assert!(outcome(&image(40, 9, 16, 1, None)).is_some(), "a tile missing");
}

#[test]
fn more_pieces_than_bytes_are_refused() {
    let refused = |bytes: &[u8]| assert_eq!(outcome(bytes), Some(Damage::TooFewBytes));
    refused(&image(60_000, 60_000, 1, 1, None));
    refused(&image(20, 9, 16, u16::MAX, None));
    refused(&image(512, 512, 256, 1, Some(0)));
    refused(&image(u32::MAX, u32::MAX, 1, u16::MAX, Some(0)));
    assert_eq!(outcome(&image(20, 9, 16, 2, Some(0x44))), None);
}

/// Tables that no byte accounts for: a packet may leave out thousands of the smallest code blocks.
#[test]
fn more_pieces_than_pixels_are_refused() {
    let mut small_blocks = image(4096, 2048, 2048, 12, None);
    let at = small_blocks.windows(2).position(|w| w == [0xff, 0x52]).unwrap();
    assert_eq!(outcome(&small_blocks), None);
    small_blocks[at + 10..at + 12].fill(0);
    assert_eq!(outcome(&small_blocks), Some(Damage::Unsupported("JPEG 2000 in so many small pieces")));
}

#[test]
fn coding_that_varies_is_refused() {
    for marker in [0x53, 0x5d, 0x5e, 0x5f] {
        assert_eq!(outcome(&with(&[0xff, marker, 0, 2], false)), Some(VARIED));
    }
    for marker in [0x52, 0x53, 0x5c, 0x5d, 0x5e, 0x5f] {
        assert_eq!(outcome(&with(&[0xff, marker, 0, 2], true)), Some(VARIED));
    }
}

#[test]
fn only_known_segments_are_let_through() {
    let segment = |marker| [0xff, marker, 0, 4, 0, 0];
    // 55 lists lengths; 90 and 93 start parts and data; ff is fill
    for marker in (0x02..0xff_u8).filter(|marker| ![0x55, 0x58, 0x90, 0x93].contains(marker)) {
        assert_eq!(outcome(&with(&segment(marker), false)).is_none(), marker == 0x64, "{marker:x}");
        assert_eq!(outcome(&with(&segment(marker), true)).is_none(), marker == 0x64, "{marker:x}");
    }
    for packed_headers in [0x60, 0x61] {
        assert_eq!(outcome(&with(&segment(packed_headers), packed_headers == 0x61)), Some(UNUSUAL));
    }
}

#[test]
fn packet_lengths_add_up_to_the_data() {
    let lengths = |bytes: &[u8]| with(&[&[0xff, 0x58, 0, 3 + bytes.len() as u8, 0], bytes].concat(), true);
    for good in [&[16][..], &[15, 1], &[0x80, 16]] {
        assert_eq!(outcome(&lengths(good)), None, "{good:?}");
    }
    for bad in [&[][..], &[17], &[15], &[16, 0x80], &[0x81, 16]] {
        assert_eq!(outcome(&lengths(bad)), Some(Damage::Parts), "{bad:?}");
    }
}

/// One byte at a time of the size, the coding style and the quantization.
#[test]
fn only_known_values_are_let_through() {
    let good = image(20, 9, 16, 1, Some(0x44));
    let place = |marker| good.windows(2).position(|w| w == [0xff, marker]).unwrap();
    let refused = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        assert!(outcome(&bytes).is_some(), "{at}: {value}");
    };
    let (size, style, steps) = (place(0x51), place(0x52), place(0x5c));
    // capabilities, the origins of image and tiles, subsampling
    for (at, value) in [(4, 0x40), (4, 0x80), (17, 1), (21, 1), (33, 1), (37, 1), (41, 2), (42, 2)] {
        refused(size + at, value);
    }
    // flags, order, layers, color transform, levels, code blocks, their coding, wavelet, precincts
    for (at, value) in
        [(4, 9), (5, 5), (7, 0), (8, 1), (9, 6), (10, 9), (11, 9), (12, 0x40), (13, 0), (13, 2), (15, 0x40)]
    {
        refused(style + at, value);
    }
    refused(steps + 4, 0x41);
    refused(steps + 4, 0x42);
    refused(steps + 4, 0x43);
    refused(steps + 3, 9);
    // at 32 pixels per pixel, the second tile has none between those of the first and the end
    let mut deep = image(20, 9, 16, 1, None);
    deep[style + 9] = 5;
    let at = deep.windows(2).position(|w| w == [0xff, 0x5c]).unwrap();
    deep[at + 3] = 19;
    deep.splice(at + 5..at + 5, [136; 9]);
    assert_eq!(outcome(&deep), Some(Damage::Unsupported("JPEG 2000 with tiles smaller than its wavelet")));
}
