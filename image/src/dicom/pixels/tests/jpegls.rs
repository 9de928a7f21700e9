//! JPEG-LS: what was compressed, and what may reach the decoder.

use super::{
    crafted::{Crafted, JPEG_LS, JPEG_LS_NEAR, header},
    read, samples,
};

fn crafted(syntax: &'static str, bits: [i64; 2], frame: Vec<u8>) -> Crafted {
    Crafted::compressed(syntax, header(samples::ROWS, samples::COLUMNS, bits, true), frame)
}

fn pixels(frame: Vec<u8>) -> Result<Vec<i16>, String> {
    let read = read::<i16>(crafted(JPEG_LS, [16, 12], frame).file().path());
    read.map_err(|error| error.to_string().split_once("cannot be read: ").unwrap().1.to_owned())
}

fn sample() -> Vec<u8> {
    samples::bytes(samples::JPEG_LS)
}

#[test]
fn jpeg_ls_is_what_was_compressed() {
    assert_eq!(pixels(sample()).unwrap(), samples::pixels());
    let near = crafted(JPEG_LS_NEAR, [16, 12], samples::bytes(samples::JPEG_LS_NEAR));
    let near = read::<i16>(near.file().path()).unwrap();
    let worst = near.iter().zip(samples::pixels()).map(|(&a, b)| a.abs_diff(b)).max();
    assert_eq!(worst, Some(3));
    assert_eq!(
        pixels(samples::bytes(samples::JPEG_LS_NEAR)).unwrap_err(),
        "it is compressed with loss, which its transfer syntax rules out"
    );
    // twelve bits without a sign of their own do not say where the sign of sixteen is
    assert!(read::<i16>(crafted(JPEG_LS, [16, 16], sample()).file().path()).is_err());
}

#[test]
fn padding_around_the_end_is_none_of_the_scan() {
    let sample = sample();
    let (scan, end) = sample.split_at(sample.len() - 2);
    for padding in [&[0xff][..], &[0xff; 5], &[0xff, 0], &[0xff, 0, 0xff]] {
        assert_eq!(pixels([scan, padding, end].concat()).unwrap(), samples::pixels(), "{padding:?}");
    }
    assert_eq!(pixels([&sample, &[0; 3][..]].concat()).unwrap(), samples::pixels());
    for other in [&[0][..], &[0xff, 1], &[1, 2, 3]] {
        assert!(pixels([scan, other, end].concat()).is_err(), "{other:?}");
    }
    assert!(pixels([&scan[..scan.len() - 1], end].concat()).is_err(), "a byte missing");
}

/// Segments that say nothing of the pixels, and presets that say what holds without them.
#[test]
fn the_decoder_is_given_what_it_needs() {
    let sample = sample();
    let scan = sample.windows(2).position(|marker| marker == [0xff, 0xda]).unwrap();
    let with = |segment: &[u8]| pixels([&sample[..scan], segment, &sample[scan..]].concat());
    let presets = |[max, t1, t2, t3, reset]: [u16; 5]| {
        let values: Vec<u8> = [max, t1, t2, t3, reset].into_iter().flat_map(u16::to_be_bytes).collect();
        with(&[&[0xff, 0xf8, 0, 13, 1][..], &values].concat())
    };
    assert_eq!(with(&[0xff, 0xfe, 0, 4, 9, 9]).unwrap(), samples::pixels());
    assert_eq!(with(&[0xff, 0xff, 0xe8, 0, 3, 9]).unwrap(), samples::pixels());
    assert_eq!(with(&[0xff, 0xdd, 0, 4, 0, 0]).unwrap(), samples::pixels());
    assert!(with(&[0xff, 0xdd, 0, 4, 0, 4]).unwrap_err().contains("restarts"));
    // T.87 table C.3: thresholds 18, 67 and 276 for 4095
    for good in [[0; 5], [4095, 18, 67, 276, 64], [0, 0, 0, 0, 64], [4095, 0, 67, 0, 0]] {
        assert_eq!(presets(good).unwrap(), samples::pixels(), "{good:?}");
    }
    for bad in
        [[4096, 0, 0, 0, 0], [0, 0, 0, 0, 1], [255, 0, 0, 0, 256], [0, 68, 67, 276, 64], [0, 0, 0, 4097, 0]]
    {
        assert!(presets(bad).is_err(), "{bad:?}");
    }
}

/// Sums of errors do not fit into 32 bits where RESET and the samples are large.
#[test]
fn a_reset_beyond_the_decoders_sums_is_refused() {
    let sample = sample();
    let precision = 6;
    let with = |bits: u8, reset: u16| {
        let presets = [&[0xff, 0xf8, 0, 13, 1, 0, 0, 0, 0, 0, 0, 0, 0][..], &reset.to_be_bytes()].concat();
        let scan = sample.windows(2).position(|marker| marker == [0xff, 0xda]).unwrap();
        let mut frame = [&sample[..scan], &presets, &sample[scan..]].concat();
        frame[precision] = bits;
        let read = read::<i16>(crafted(JPEG_LS, [16, bits.into()], frame).file().path());
        read.err().is_some_and(|error| error.to_string().contains("unusual header"))
    };
    assert_eq!([1 << 14, (1 << 14) + 1, u16::MAX].map(|reset| with(16, reset)), [false, true, true]);
    assert!(!with(12, u16::MAX));
}
