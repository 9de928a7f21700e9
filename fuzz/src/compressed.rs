//! A sound DICOM file around a compressed frame, whose header follows that of the frame.

use std::path::Path;

use hemastage::{
    Volume,
    grid::IndexBox,
    io::{
        Limits,
        dicom::{DicomSeries, Selector},
    },
};

use crate::{
    check,
    dicom::{element, head, item, number},
};

/// Voxels of both frames: decoders take time for each.
const MAX_VOXELS: u64 = 1 << 13;

/// What the data set says of the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pixels {
    /// The transfer syntax.
    pub syntax: &'static str,
    /// Rows.
    pub rows: u16,
    /// Columns.
    pub columns: u16,
    /// Bits stored; 8, 16 or 32 are allocated.
    pub bits: u16,
    /// Whether pixels are signed.
    pub signed: bool,
}

impl Pixels {
    /// As the header of the frame says, if it has one, with what the options change of it: a byte of choices, and one
    /// that adds bits. Options of 0 change nothing.
    pub fn changed(self, syntaxes: &[&'static str], [choices, bits]: [u8; 2]) -> Self {
        let syntax = syntaxes[usize::from(choices >> 4) % syntaxes.len()];
        let signed = self.signed ^ (choices & 1 != 0);
        let bits = (self.bits + u16::from(bits & 31)).clamp(1, 32);
        let rows = self.rows.wrapping_add(u16::from(choices >> 1 & 1));
        Self { syntax, rows, bits, signed, ..self }
    }

    fn allocated(self) -> u16 {
        match self.bits {
            ..=8 => 8,
            9..=16 => 16,
            _ => 32,
        }
    }

    /// An enhanced file of two frames, of which the first is given.
    pub fn file(self, frame: &[u8]) -> Vec<u8> {
        let mut out = head(self.syntax);
        let put = &mut out;
        element(put, 0x0008_0008, "CS", b"ORIGINAL\\PRIMARY\\OTHER\\NONE");
        element(put, 0x0008_0016, "UI", b"1.2.840.10008.5.1.4.1.1.4.1");
        element(put, 0x0008_0060, "CS", b"MR");
        element(put, 0x0020_000e, "UI", b"1.2.3.6");
        number(put, 0x0028_0002, 1);
        element(put, 0x0028_0004, "CS", b"MONOCHROME2");
        element(put, 0x0028_0008, "IS", b"2");
        number(put, 0x0028_0010, self.rows);
        number(put, 0x0028_0011, self.columns);
        number(put, 0x0028_0100, self.allocated());
        number(put, 0x0028_0101, self.bits);
        number(put, 0x0028_0102, self.bits - 1);
        number(put, 0x0028_0103, u16::from(self.signed));
        let shared =
            [group(0x0020_9116, 0x0020_0037, b"1\\0\\0\\0\\1\\0"), group(0x0028_9110, 0x0028_0030, b"1\\1")];
        element(put, 0x5200_9229, "SQ", &item(&shared.concat()));
        let frames = [&b"0\\0\\0"[..], b"0\\0\\2"].map(|at| item(&group(0x0020_9113, 0x0020_0032, at)));
        element(put, 0x5200_9230, "SQ", &frames.concat());
        put.extend([0xe0, 0x7f, 0x10, 0x00]);
        put.extend(b"OB\0\0\xff\xff\xff\xff");
        for fragment in [&[], frame, &[0, 0]] {
            put.extend(item(fragment));
        }
        put.extend([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0]);
        out
    }

    /// Decodes the first frame of such a file. Its pixels are in the range of the stored bits.
    pub fn decode(self, path: &Path) -> Option<Volume> {
        let limits = Limits::default().with_max_voxels(MAX_VOXELS);
        let series = check::read(DicomSeries::open(path, &Selector::Only, limits))?;
        let [columns, rows, frames] = series.grid().shape();
        assert_eq!((columns, rows, frames), (self.columns.into(), self.rows.into(), 2));
        let first = IndexBox { start: [0; 3], end: [columns, rows, 1] };
        let frame = check::read(series.read_block(first))?;
        let values = (0..columns * rows).filter_map(|n| frame.signal([n % columns, n / columns, 0]));
        let span = 2_f64.powi(self.bits.into());
        let [min, max] = if self.signed { [-span / 2.0, span / 2.0 - 1.0] } else { [0.0, span - 1.0] };
        let (mut least, mut most, mut count) = (f64::INFINITY, f64::NEG_INFINITY, 0);
        for value in values {
            (least, most, count) = (least.min(value), most.max(value), count + 1);
        }
        assert!(min <= least && most <= max, "pixels from {least} to {most} of {self:?}");
        assert_eq!(count, columns * rows);
        Some(frame)
    }
}

/// A functional group of one element.
fn group(sequence: u32, tag: u32, value: &[u8]) -> Vec<u8> {
    let (mut inner, mut out) = (Vec::new(), Vec::new());
    element(&mut inner, tag, "DS", value);
    element(&mut out, sequence, "SQ", &item(&inner));
    out
}

/// Rows, columns and bits in the first frame header of a JPEG or JPEG-LS image.
pub fn of_jpeg(image: &[u8]) -> Option<Pixels> {
    let is_frame = |pair: &[u8]| pair[0] == 0xff && matches!(pair[1], 0xc0..=0xc3 | 0xf7);
    let at = image.windows(2).position(is_frame)?;
    let &[bits, r, s, c, d] = image.get(at + 4..)?.first_chunk()?;
    let [rows, columns] = [[r, s], [c, d]].map(u16::from_be_bytes);
    Some(Pixels { syntax: "", rows, columns, bits: u16::from(bits).clamp(1, 16), signed: false })
}

/// Rows, columns, bits and sign in the header of a JPEG 2000 codestream.
pub fn of_jpeg2000(image: &[u8]) -> Option<Pixels> {
    let word = |at: usize| Some(u32::from_be_bytes(*image.get(at..)?.first_chunk()?));
    let side = |end: usize, start: usize| Some(word(end)?.wrapping_sub(word(start)?) as u16);
    let depth = *image.get(42)?;
    let bits = u16::from(depth & 0x7f) + 1;
    Some(Pixels {
        syntax: "",
        rows: side(12, 20)?,
        columns: side(8, 16)?,
        bits: bits.clamp(1, 32),
        signed: depth & 0x80 != 0,
    })
}
