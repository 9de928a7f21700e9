//! Compressed pixels against the ones that were compressed.

use super::{
    crafted::{
        Crafted, JPEG_2000_LOSSLESS, JPEG_BASELINE, JPEG_LOSSLESS, JPEG_LS, JPEG_LS_NEAR, Pixels, RLE,
        header, jpeg_lossless, rle,
    },
    read, samples,
};
use crate::{dicom::pixels::format::PixelHeader, error::ErrorKind};

const SIZE: [usize; 2] = [samples::ROWS, samples::COLUMNS];

fn sample(syntax: &'static str, bits: [i64; 2], signed: bool, sample: &str) -> Crafted {
    Crafted::compressed(syntax, header(SIZE[0], SIZE[1], bits, signed), samples::bytes(sample))
}

fn error(crafted: &Crafted) -> (ErrorKind, String) {
    let error = read::<i16>(crafted.file().path()).unwrap_err();
    let text = error.to_string();
    (error.kind(), text.split_once(": ").map_or(text.clone(), |(_, detail)| detail.into()))
}

#[test]
fn jpeg_baseline_is_near_what_was_compressed() {
    let file = sample(JPEG_BASELINE, [8, 8], false, samples::JPEG_BASELINE).file();
    let found = read::<u8>(file.path()).unwrap();
    let worst = found.iter().zip(samples::pixels_of_8_bits()).map(|(&a, b)| a.abs_diff(b)).max();
    assert!(worst <= Some(3), "{worst:?}");
    // eight bits in sixteen
    let file = sample(JPEG_BASELINE, [16, 8], false, samples::JPEG_BASELINE).file();
    assert!(read::<u16>(file.path()).unwrap().iter().zip(found).all(|(&a, b)| a == u16::from(b)));
}

#[test]
fn jpeg_lossless_of_every_predictor() {
    let (rows, columns) = (13, 17);
    // noise over the whole range, from a linear congruence
    let noise = |n: u32| (n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223) >> 13) as u16;
    for (precision, allocated) in [(16, 16), (12, 16), (8, 16), (8, 8), (2, 8)] {
        let mask = u16::MAX >> (16 - precision);
        let mut state = 7;
        let pixels: Vec<u16> = std::iter::repeat_with(|| {
            state = u32::from(noise(state)) ^ state.rotate_left(7);
            noise(state) & mask
        })
        .take(rows * columns)
        .collect();
        for predictor in 1..=7 {
            let frame = jpeg_lossless(&pixels, columns, precision, predictor);
            let header = header(rows, columns, [allocated, i64::from(precision)], false);
            let file = Crafted::compressed(JPEG_LOSSLESS, header, frame).file();
            let found = if allocated == 8 {
                read::<u8>(file.path()).unwrap().into_iter().map(u16::from).collect()
            } else {
                read::<u16>(file.path()).unwrap()
            };
            assert_eq!(found, pixels, "predictor {predictor}, {precision} bits");
        }
    }
}

/// Signed numbers are coded as the unsigned ones with the same bits.
#[test]
fn signed_pixels_keep_their_sign() {
    let unsigned: Vec<u16> = samples::pixels().iter().map(|&pixel| pixel as u16 & 0x0fff).collect();
    let signed = header(SIZE[0], SIZE[1], [16, 12], true);
    for (syntax, frame) in [(RLE, rle(&unsigned)), (JPEG_LOSSLESS, jpeg_lossless(&unsigned, SIZE[1], 12, 1))]
    {
        let file = Crafted::compressed(syntax, signed.clone(), frame).file();
        assert_eq!(read::<i16>(file.path()).unwrap(), samples::pixels());
    }
}

#[test]
fn a_decoder_that_is_not_built_in_is_named() {
    let files = [
        (
            "jpeg2000",
            cfg!(feature = "jpeg2000"),
            sample(JPEG_2000_LOSSLESS, [16, 12], true, samples::JPEG_2000),
        ),
        ("jpegls", cfg!(feature = "jpegls"), sample(JPEG_LS, [16, 12], true, samples::JPEG_LS)),
        ("jpegls", cfg!(feature = "jpegls"), sample(JPEG_LS_NEAR, [16, 12], true, samples::JPEG_LS_NEAR)),
    ];
    for (feature, built_in, crafted) in files {
        let file = crafted.file();
        let read = read::<i16>(file.path());
        assert_eq!(read.is_ok(), built_in);
        if let Err(error) = read {
            assert_eq!(error.kind(), ErrorKind::Unsupported);
            assert!(error.to_string().contains(&format!("the cargo feature `{feature}`")), "{error}");
        }
    }
}

/// The size in the compressed image is another than the data set's, or the process another than the syntax's.
#[test]
fn contradictions_come_before_decoding() {
    let jpeg = sample(JPEG_BASELINE, [8, 8], false, samples::JPEG_BASELINE);
    let with = |change: fn(&mut PixelHeader)| {
        let mut changed = jpeg.clone();
        change(&mut changed.header);
        let error = super::read::<u8>(changed.file().path()).unwrap_err().to_string();
        error.split_once("cannot be read: ").map(|(_, problem)| problem.to_owned()).unwrap_or(error)
    };
    let rows = "the number of rows of its compressed image is 34: the data set says ";
    assert_eq!(with(|h| h.rows = Some(33)), format!("{rows}33"));
    assert_eq!(with(|h| h.rows = Some(60_000)), format!("{rows}60000"));
    assert!(with(|h| h.columns = Some(72)).contains("columns"));
    assert_eq!(
        with(|h| (h.bits_stored, h.high_bit) = (Some(7), Some(6))),
        "its compressed samples have 8 bits: the data set stores 7 of 8"
    );
    let lossy_in_lossless = Crafted { syntax: JPEG_LOSSLESS, ..jpeg.clone() };
    assert!(
        super::read::<u8>(lossy_in_lossless.file().path()).unwrap_err().to_string().contains("with loss")
    );
    let lossless_in_lossy =
        Crafted::compressed(JPEG_BASELINE, header(1, 4, [8, 8], false), jpeg_lossless(&[1; 4], 4, 8, 1));
    super::read::<u8>(lossless_in_lossy.file().path()).unwrap();
    // fragments that are no image at all
    let zeros = Crafted::compressed(JPEG_BASELINE, jpeg.header.clone(), vec![0; 300]);
    assert!(
        super::read::<u8>(zeros.file().path()).unwrap_err().to_string().ends_with("it is not a JPEG image")
    );
    let bits = Crafted::compressed(RLE, header(4, 4, [1, 1], false), vec![0; 300]);
    assert_eq!(error(&bits).0, ErrorKind::Unsupported);
}

/// Restarts and shifts that the decoder would read wrongly.
#[test]
fn odd_lossless_jpeg_is_refused() {
    let pixels: Vec<u16> = (0..64).collect();
    let good = jpeg_lossless(&pixels, 8, 12, 1);
    let error = |frame| error(&Crafted::compressed(JPEG_LOSSLESS, header(8, 8, [16, 12], true), frame));
    let restarts = [&good[..2], &[0xff, 0xdd, 0, 4, 0, 8], &good[2..]].concat();
    let expected =
        "frame 0 cannot be read: lossless JPEG with restarts is not supported: decompress the file first";
    assert_eq!(error(restarts), (ErrorKind::Unsupported, expected.into()));
    let scan = good.windows(2).position(|marker| marker == [0xff, 0xda]).unwrap();
    let mut shifted = good.clone();
    shifted[scan + 9] = 1;
    assert_eq!(error(shifted).0, ErrorKind::Unsupported);
    let mut unpredicted = good.clone();
    unpredicted[scan + 7] = 0;
    assert_eq!(error(unpredicted).0, ErrorKind::Unsupported);
    let mut precise = good;
    precise[6] = 17;
    assert!(error(precise).1.contains("have 17 bits"));
}

#[test]
fn frames_of_several_fragments() {
    let frames: Vec<Vec<u16>> = (0..3).map(|n| (0..12).map(|pixel| 100 * n + pixel).collect()).collect();
    let many = PixelHeader { frames: Some(3), ..header(3, 4, [16, 16], false) };
    let read = |syntax, offsets: &[u32], fragments: Vec<Vec<u8>>| {
        let pixels = Pixels::Fragments { offsets: offsets.to_vec(), fragments };
        read::<u16>(Crafted { syntax, header: many.clone(), pixels }.file().path())
    };
    let packed: Vec<Vec<u8>> = frames.iter().map(|frame| rle(frame)).collect();
    assert_eq!(read(RLE, &[], packed.clone()).unwrap(), frames.concat());
    let jpeg: Vec<Vec<u8>> = frames.iter().map(|frame| jpeg_lossless(frame, 4, 16, 1)).collect();
    // the first frame in two fragments
    let split = |frames: &[Vec<u8>]| {
        let (start, end) = frames[0].split_at(20);
        [&[start.to_vec(), end.to_vec()], &frames[1..]].concat()
    };
    assert_eq!(read(JPEG_LOSSLESS, &[], split(&jpeg)).unwrap(), frames.concat());
    let starts: Vec<u32> =
        [0, packed[0].len() as u32 + 16, (packed[0].len() + packed[1].len()) as u32 + 24].into();
    assert_eq!(read(RLE, &starts, split(&packed)).unwrap(), frames.concat());
    assert!(read(RLE, &[], split(&packed)).is_err(), "no table");
    assert!(read(RLE, &[0, 9, 10], split(&packed)).is_err(), "a table that lies");
    assert!(read(RLE, &[], packed[..2].to_vec()).is_err(), "a frame missing");
}
