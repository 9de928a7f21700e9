//! RLE Lossless: a segment for each byte of the pixels, packed as in TIFF's `PackBits`.

use super::{error::Damage, format::PixelFormat};
use crate::memory::reserve_exact;

/// Bytes of the header: a count and fifteen offsets.
const HEADER: usize = 64;

/// Maximum compression of `PackBits`: two bytes for 128.
const MAX_RATIO: usize = 64;

/// Appends a frame's pixels with the least significant byte first.
///
/// # Errors
/// When there is not one segment per byte of a pixel, or one does not hold exactly one byte per pixel.
///
/// # Reference
/// DICOM PS3.5 annex G.
pub(super) fn decode(frame: &[u8], format: &PixelFormat, out: &mut Vec<u8>) -> Result<(), Damage> {
    if format.frame_bytes() / MAX_RATIO > frame.len() {
        return Err(Damage::TooFewBytes);
    }
    reserve_exact(out, format.frame_bytes())?;
    unpack_segments(frame, format.frame_pixels(), format.bytes_per_pixel(), out)
}

fn unpack_segments(frame: &[u8], pixels: usize, bytes: usize, out: &mut Vec<u8>) -> Result<(), Damage> {
    let start = out.len();
    out.resize(start + pixels * bytes, 0);
    for (index, segment) in segments(frame, bytes)?.into_iter().enumerate() {
        // the first segment holds the most significant byte
        let plane = out[start..].iter_mut().skip(bytes - 1 - index).step_by(bytes);
        unpack(segment, plane).ok_or(Damage::SegmentLength { segment: index, expected: pixels })?;
    }
    Ok(())
}

fn segments(frame: &[u8], expected: usize) -> Result<Vec<&[u8]>, Damage> {
    let (header, _) = frame.split_at_checked(HEADER).ok_or(Damage::CutShort)?;
    let word = |at: usize| header[4 * at..].first_chunk().map_or(0, |&word| u32::from_le_bytes(word));
    let found = word(0);
    if found as usize != expected {
        return Err(Damage::Segments { found, expected });
    }
    let offset = |segment: usize| if segment < expected { word(1 + segment) as usize } else { frame.len() };
    (0..expected)
        .map(|segment| {
            let range = offset(segment)..offset(segment + 1);
            let known = range.start >= HEADER && range.start < range.end;
            frame.get(range).filter(|_| known).ok_or(Damage::SegmentOffset { segment })
        })
        .collect()
}

/// Fills a plane from its segment; `None` unless the segment fills it exactly, up to padding.
fn unpack<'a>(mut segment: &[u8], mut plane: impl ExactSizeIterator<Item = &'a mut u8>) -> Option<()> {
    while plane.len() > 0 {
        let (&control, rest) = segment.split_first()?;
        segment = rest;
        let control = control.cast_signed();
        if control >= 0 {
            let (literal, rest) = segment.split_at_checked(control as usize + 1)?;
            segment = rest;
            if literal.len() > plane.len() {
                return None;
            }
            // the plane must be second: a zip advances its first iterator once more than its second
            literal.iter().zip(&mut plane).for_each(|(&value, pixel)| *pixel = value);
        } else if control != i8::MIN {
            let (&value, rest) = segment.split_first()?;
            segment = rest;
            let run = usize::from(control.unsigned_abs()) + 1;
            if run > plane.len() {
                return None;
            }
            plane.by_ref().take(run).for_each(|pixel| *pixel = value);
        }
    }
    segment.iter().all(|&byte| byte == 0 || byte == 0x80).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame with its segments one after the other.
    fn frame(segments: &[&[u8]]) -> Vec<u8> {
        let mut header = vec![segments.len() as u32];
        let mut offset = HEADER;
        for segment in segments {
            header.push(offset as u32);
            offset += segment.len();
        }
        header.resize(HEADER / 4, 0);
        header.iter().flat_map(|word| word.to_le_bytes()).chain(segments.concat()).collect()
    }

    fn decoded(frame: &[u8], pixels: usize, bytes: usize) -> Result<Vec<u8>, Damage> {
        let mut out = Vec::new();
        unpack_segments(frame, pixels, bytes, &mut out).map(|()| out)
    }

    /// The example of the `PackBits` article that TIFF 6.0 (section 9) refers to.
    #[test]
    fn literals_runs_and_no_operations() {
        let packed =
            [0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7, 0xaa];
        let plain = [
            0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0xaa, 0xaa, 0xaa, 0xaa, 0x80, 0x00, 0x2a, 0x22, 0xaa, 0xaa,
            0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
        ];
        assert_eq!(decoded(&frame(&[&packed]), 24, 1).unwrap(), plain);
        let no_operation = [&[0x80][..], &packed, &[0x00]].concat();
        assert_eq!(decoded(&frame(&[&no_operation]), 24, 1).unwrap(), plain);
    }

    #[test]
    fn the_most_significant_byte_comes_first() {
        let high_then_low: [&[u8]; 2] = [&[0x02, 0x01, 0x02, 0x03], &[0xfe, 0x10]];
        assert_eq!(decoded(&frame(&high_then_low), 3, 2).unwrap(), [0x10, 1, 0x10, 2, 0x10, 3]);
        let four: [&[u8]; 4] = [&[0, 1], &[0, 2], &[0, 3], &[0, 4]];
        assert_eq!(decoded(&frame(&four), 1, 4).unwrap(), [4, 3, 2, 1]);
    }

    #[test]
    fn a_frame_holds_exactly_its_pixels() {
        let length = |segment| Err(Damage::SegmentLength { segment, expected: 3 });
        assert_eq!(decoded(&frame(&[&[0xff, 1]]), 3, 1), length(0), "too few");
        assert_eq!(decoded(&frame(&[&[0xfd, 1]]), 3, 1), length(0), "a run too long");
        assert_eq!(decoded(&frame(&[&[3, 1, 2, 3, 4]]), 3, 1), length(0), "a literal too long");
        assert_eq!(decoded(&frame(&[&[2, 1, 2]]), 3, 1), length(0), "a literal cut");
        assert_eq!(decoded(&frame(&[&[0xfe]]), 3, 1), length(0), "a run cut");
        assert_eq!(decoded(&frame(&[&[0xfe, 1, 0xfe, 2]]), 3, 1), length(0), "another run behind");
        assert_eq!(decoded(&frame(&[&[0xfe, 1], &[0]]), 3, 2), length(1));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let good = frame(&[&[0xfe, 1], &[0xfe, 2]]);
        let with = |at: usize, word: u32| {
            let mut bytes = good.clone();
            bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
            decoded(&bytes, 3, 2)
        };
        assert!(with(0, 2).is_ok());
        for found in [0, 1, 3, 1_000_000, u32::MAX] {
            assert_eq!(with(0, found), Err(Damage::Segments { found, expected: 2 }));
        }
        for offset in [0, 63, 66, 67, u32::MAX] {
            assert_eq!(with(4, offset), Err(Damage::SegmentOffset { segment: 0 }), "{offset}");
        }
        assert_eq!(with(8, 68), Err(Damage::SegmentOffset { segment: 1 }));
        assert_eq!(decoded(&good[..63], 3, 2), Err(Damage::CutShort));
    }
}
