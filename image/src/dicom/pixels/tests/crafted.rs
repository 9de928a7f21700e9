//! A small DICOM file written byte by byte, and a lossless JPEG written bit by bit.

use std::io::Write;

use tempfile::NamedTempFile;

use crate::dicom::pixels::format::PixelHeader;

pub(super) const EXPLICIT_LITTLE: &str = "1.2.840.10008.1.2.1";
pub(super) const EXPLICIT_BIG: &str = "1.2.840.10008.1.2.2";
pub(super) const RLE: &str = "1.2.840.10008.1.2.5";
pub(super) const JPEG_BASELINE: &str = "1.2.840.10008.1.2.4.50";
pub(super) const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.57";
pub(super) const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
pub(super) const JPEG_LS_NEAR: &str = "1.2.840.10008.1.2.4.81";
pub(super) const JPEG_2000_LOSSLESS: &str = "1.2.840.10008.1.2.4.90";
#[cfg(feature = "jpeg2000")]
pub(super) const JPEG_2000: &str = "1.2.840.10008.1.2.4.91";

/// The pixel data of a file.
#[derive(Clone)]
pub(super) enum Pixels {
    /// Under the VR OW or OB.
    Native {
        vr: [u8; 2],
        bytes: Vec<u8>,
    },
    Fragments {
        offsets: Vec<u32>,
        fragments: Vec<Vec<u8>>,
    },
}

/// A file with a few elements and pixels.
#[derive(Clone)]
pub(super) struct Crafted {
    pub(super) syntax: &'static str,
    pub(super) header: PixelHeader,
    pub(super) pixels: Pixels,
}

/// A header of this size.
pub(super) fn header(rows: usize, columns: usize, bits: [i64; 2], signed: bool) -> PixelHeader {
    PixelHeader {
        rows: Some(rows as i64),
        columns: Some(columns as i64),
        samples: Some(1),
        photometric: Some("MONOCHROME2".into()),
        bits_allocated: Some(bits[0]),
        bits_stored: Some(bits[1]),
        high_bit: Some(bits[1] - 1),
        representation: Some(signed.into()),
        ..PixelHeader::default()
    }
}

impl Crafted {
    pub(super) fn native(syntax: &'static str, header: PixelHeader, vr: [u8; 2], bytes: Vec<u8>) -> Self {
        Self { syntax, header, pixels: Pixels::Native { vr, bytes } }
    }

    /// One frame in one fragment.
    pub(super) fn compressed(syntax: &'static str, header: PixelHeader, frame: Vec<u8>) -> Self {
        Self { syntax, header, pixels: Pixels::Fragments { offsets: Vec::new(), fragments: vec![frame] } }
    }

    pub(super) fn file(&self) -> NamedTempFile {
        let mut file = NamedTempFile::new().unwrap();
        file.write_all(&self.bytes()).unwrap();
        file
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = vec![0; 128];
        out.extend(b"DICM");
        let mut syntax = self.syntax.as_bytes().to_vec();
        syntax.resize(syntax.len().next_multiple_of(2), 0);
        element(&mut out, false, [2, 0], *b"UL", &(8 + syntax.len() as u32).to_le_bytes());
        element(&mut out, false, [2, 0x10], *b"UI", &syntax);
        let big = self.syntax == EXPLICIT_BIG;
        let header = &self.header;
        let frames = header.frames.map(|frames| format!("{frames:<2}"));
        let text = [(4, *b"CS", header.photometric.clone()), (8, *b"IS", frames)];
        for (number, vr, text) in text {
            let Some(mut text) = text else { continue };
            if text.len() % 2 == 1 {
                text.push(' ');
            }
            if number == 4 {
                short(&mut out, big, 2, header.samples);
            }
            element(&mut out, big, [0x28, number], vr, text.as_bytes());
        }
        let numbers = [
            (0x10, header.rows),
            (0x11, header.columns),
            (0x100, header.bits_allocated),
            (0x101, header.bits_stored),
            (0x102, header.high_bit),
            (0x103, header.representation),
        ];
        for (number, value) in numbers {
            short(&mut out, big, number, value);
        }
        self.pixel_data(&mut out, big);
        out
    }

    fn pixel_data(&self, out: &mut Vec<u8>, big: bool) {
        match &self.pixels {
            Pixels::Native { vr, bytes } => element(out, big, [0x7fe0, 0x10], *vr, bytes),
            Pixels::Fragments { offsets, fragments } => {
                out.extend([0xe0, 0x7f, 0x10, 0, b'O', b'B', 0, 0, 0xff, 0xff, 0xff, 0xff]);
                let table: Vec<u8> = offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect();
                for item in [&table].into_iter().chain(fragments) {
                    let padding = item.len() % 2;
                    out.extend([0xfe, 0xff, 0, 0xe0]);
                    out.extend(((item.len() + padding) as u32).to_le_bytes());
                    out.extend(item);
                    out.resize(out.len() + padding, 0);
                }
                out.extend([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
            }
        }
    }
}

fn short(out: &mut Vec<u8>, big: bool, number: u16, value: Option<i64>) {
    if let Some(value) = value {
        element(out, big, [0x28, number], *b"US", &ordered((value as u16).to_le_bytes(), big));
    }
}

fn element(out: &mut Vec<u8>, big: bool, tag: [u16; 2], vr: [u8; 2], value: &[u8]) {
    out.extend(tag.into_iter().flat_map(|part| ordered(part.to_le_bytes(), big)));
    out.extend(vr);
    if matches!(&vr, b"OW" | b"OB") {
        out.extend([0, 0]);
        out.extend(ordered((value.len() as u32).to_le_bytes(), big));
    } else {
        out.extend(ordered((value.len() as u16).to_le_bytes(), big));
    }
    out.extend(value);
}

fn ordered<const N: usize>(mut little: [u8; N], big: bool) -> [u8; N] {
    if big {
        little.reverse();
    }
    little
}

/// RLE of one literal or run at a time: runs of equal bytes, else single ones.
pub(super) fn rle(samples: &[u16]) -> Vec<u8> {
    let pack = |byte: &dyn Fn(u16) -> u8| {
        let plane: Vec<u8> = samples.iter().map(|&sample| byte(sample)).collect();
        let mut packed: Vec<u8> = plane
            .chunk_by(|a, b| a == b)
            .flat_map(|run| run.chunks(128))
            .flat_map(|run| [(257 - run.len()) as u8 * u8::from(run.len() > 1), run[0]])
            .collect();
        packed.resize(packed.len().next_multiple_of(2), 0);
        packed
    };
    let planes = [pack(&|sample| (sample >> 8) as u8), pack(&|sample| sample as u8)];
    let mut header = vec![2, 64, 64 + planes[0].len() as u32];
    header.resize(16, 0);
    header.iter().flat_map(|word| word.to_le_bytes()).chain(planes.concat()).collect()
}

/// Lossless JPEG with one of the seven predictors, from the text of ITU-T T.81 annex H: the categories of
/// differences have codes of five bits each.
pub(super) fn jpeg_lossless(samples: &[u16], columns: usize, precision: u8, predictor: u8) -> Vec<u8> {
    let rows = samples.len() / columns;
    let mut out = vec![0xff, 0xd8, 0xff, 0xc3, 0, 11, precision];
    out.extend([(rows >> 8) as u8, rows as u8, (columns >> 8) as u8, columns as u8, 1, 1, 0x11, 0]);
    out.extend([0xff, 0xc4, 0, 19 + 17, 0, 0, 0, 0, 0, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(0..17);
    out.extend([0xff, 0xda, 0, 8, 1, 1, 0, predictor, 0, 0]);
    let mut bits = Vec::new();
    let mut push = |value: u32, count: u32| bits.extend((0..count).rev().map(|bit| (value >> bit) & 1));
    for (n, &sample) in samples.iter().enumerate() {
        let at = |back: usize| i32::from(samples[n - back]);
        let predicted = match (n / columns, n % columns) {
            (0, 0) => 1 << (precision - 1),
            (0, _) => at(1),
            (_, 0) => at(columns),
            _ => {
                let (a, b, c) = (at(1), at(columns), at(columns + 1));
                [a, b, c, a + b - c, a + ((b - c) >> 1), b + ((a - c) >> 1), (a + b) >> 1]
                    [usize::from(predictor) - 1]
            }
        };
        // modulo 2^16, from -32767 to 32768
        let difference = match (i32::from(sample) - predicted) as i16 {
            i16::MIN => 32_768,
            difference => i32::from(difference),
        };
        let category = 32 - difference.unsigned_abs().leading_zeros();
        push(category, 5);
        if category < 16 {
            push((if difference < 0 { difference - 1 } else { difference }) as u32, category);
        }
    }
    bits.resize(bits.len().next_multiple_of(8), 1);
    for byte in bits.chunks(8).map(|bits| bits.iter().fold(0, |byte, &bit| 2 * byte + bit as u8)) {
        out.push(byte);
        if byte == 0xff {
            out.push(0);
        }
    }
    out.extend([0xff, 0xd9]);
    out
}
