//! RLE frames: whatever decodes is what a second, plain decoder makes of it.
#![no_main]

use std::sync::LazyLock;

use hemastage_fuzz::{compressed::Pixels, files, files::Scratch, start};
use libfuzzer_sys::fuzz_target;

static FILE: LazyLock<Scratch> = LazyLock::new(|| Scratch::new(&files::folder("rle"), "c.dcm"));

/// The segments one after the other, each to its end.
///
/// # Reference
/// DICOM PS3.5 annex G.
fn planes(frame: &[u8], pixels: usize) -> Option<Vec<Vec<u8>>> {
    let word = |n: usize| frame[4 * n..].first_chunk().map(|&word| u32::from_le_bytes(word) as usize);
    let count = word(0)?;
    let mut planes = Vec::new();
    for n in 0..count {
        let end = if n + 1 < count { word(n + 2)? } else { frame.len() };
        let mut bytes = frame.get(word(n + 1)?..end)?.iter();
        let mut plane = Vec::new();
        while plane.len() < pixels {
            match *bytes.next()? {
                control @ 0..=127 => plane.extend(bytes.by_ref().take(usize::from(control) + 1)),
                128 => {}
                control => plane.extend(std::iter::repeat_n(*bytes.next()?, 257 - usize::from(control))),
            }
        }
        planes.push(plane);
    }
    Some(planes)
}

fuzz_target!(init: start(), |data: &[u8]| {
    let Some((&[rows, columns, bits, choices], frame)) = data.split_first_chunk() else { return };
    let side = |byte: u8| u16::from(byte % 64) + 1;
    let pixels = Pixels {
        syntax: "1.2.840.10008.1.2.5",
        rows: side(rows),
        columns: side(columns),
        bits: u16::from(bits % 32) + 1,
        signed: choices & 1 != 0,
    };
    let Some(decoded) = pixels.decode(FILE.put(&pixels.file(frame))) else { return };
    let (rows, columns) = (usize::from(pixels.rows), usize::from(pixels.columns));
    // the file pads a frame to an even length
    let padded = [frame, &[0][..frame.len() % 2]].concat();
    let planes = planes(&padded, rows * columns).expect("what decodes, decodes twice");
    for n in 0..rows * columns {
        let stored = planes.iter().fold(0_u32, |value, plane| value << 8 | u32::from(plane[n]));
        let unused = 32 - u32::from(pixels.bits);
        let expected = match pixels.signed {
            true => f64::from((stored << unused).cast_signed() >> unused),
            false => f64::from(stored << unused >> unused),
        };
        assert_eq!(decoded.signal([n % columns, n / columns, 0]), Some(expected), "pixel {n}");
    }
});
