//! The headers of JPEG and JPEG-LS images: one frame, one scan, and an end. Only marker segments that are listed here
//! reach a decoder.

use super::{
    codestream::{Codestream, segment, short},
    error::Damage,
};

const START_OF_IMAGE: [u8; 2] = [0xff, 0xd8];
const END_OF_IMAGE: u8 = 0xd9;
const RESTARTS: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
const HUFFMAN_TABLES: u8 = 0xc4;
const START_OF_SCAN: u8 = 0xda;
const QUANTIZATION_TABLES: u8 = 0xdb;
const RESTART_INTERVAL: u8 = 0xdd;
const APPLICATION: std::ops::RangeInclusive<u8> = 0xe0..=0xef;
const LS_PRESETS: u8 = 0xf8;
const COMMENT: u8 = 0xfe;
/// Markers of frame headers: SOF0 to SOF15 of JPEG, and SOF55 of JPEG-LS.
const FRAMES: [u8; 14] =
    [0xc0, 0xc1, 0xc2, 0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf, JpegHeader::LS];

pub(super) const UNUSUAL: Damage = Damage::Unsupported("JPEG with an unusual header");

/// The header of an image with a single scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JpegHeader<'a> {
    pub(super) codestream: Codestream,
    /// The second byte of the frame's marker.
    pub(super) process: u8,
    /// Coding units between restarts; 0 without restarts.
    pub(super) restart_interval: u16,
    /// MAXVAL, T1, T2, T3 and RESET of a JPEG-LS image; 0 for the standard's.
    pub(super) presets: [u16; 5],
    /// The scan's first parameter: the predictor of a lossless scan, the largest error of a JPEG-LS one.
    pub(super) parameter: u8,
    /// The scan's second parameter: the last coefficient, or how components of JPEG-LS take turns.
    pub(super) second_parameter: u8,
    /// Number of bits that samples were shifted right before coding.
    pub(super) point_transform: u8,
    /// The bytes between the scan's header and the end of the image.
    pub(super) scan: &'a [u8],
}

/// Whether these bytes start an image.
pub(super) fn starts(bytes: &[u8]) -> bool {
    bytes.starts_with(&START_OF_IMAGE)
}

impl<'a> JpegHeader<'a> {
    pub(super) const BASELINE: u8 = 0xc0;
    pub(super) const EXTENDED: u8 = 0xc1;
    pub(super) const LOSSLESS: u8 = 0xc3;
    pub(super) const LS: u8 = 0xf7;

    /// Reads the header of an image with a single scan, and finds the scan's end.
    ///
    /// # Reference
    /// ITU-T T.81 annex B; ITU-T T.87 annex C.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Damage> {
        if !starts(bytes) {
            return Err(Damage::NotCodestream { expected: "a JPEG image" });
        }
        let (mut at, mut frame, mut restart_interval) = (START_OF_IMAGE.len(), None, 0);
        let mut presets = [0; 5];
        loop {
            let (marker, body, end) = segment(bytes, at).ok_or(Damage::CutShort)?;
            match marker {
                START_OF_SCAN => {
                    let (process, codestream) = frame.ok_or(Damage::Scans)?;
                    let rest = bytes.get(end..).unwrap_or_default();
                    let (scan, _) = rest.split_at(scan_length(rest, process == Self::LS)?);
                    let &[1, _, _, parameter, second_parameter, approximation] = body else {
                        return Err(Damage::Scans);
                    };
                    let point_transform = approximation & 0x0f;
                    return Ok(Self {
                        codestream,
                        process,
                        restart_interval,
                        presets,
                        parameter,
                        second_parameter,
                        point_transform,
                        scan,
                    });
                }
                RESTART_INTERVAL => restart_interval = short(body, 0).ok_or(Damage::CutShort)?,
                LS_PRESETS => presets = ls_presets(body)?,
                _ if FRAMES.contains(&marker) => {
                    let header = frame_header(body).ok_or(Damage::CutShort)?;
                    frame = if frame.is_none() { Some((marker, header)) } else { return Err(Damage::Scans) };
                }
                // the decoders check their tables themselves
                HUFFMAN_TABLES | QUANTIZATION_TABLES | COMMENT => {}
                _ if APPLICATION.contains(&marker) => {}
                // markers without a segment are not allowed here
                0x00..=0x02 | 0xd0..=END_OF_IMAGE => return Err(Damage::Scans),
                _ => return Err(UNUSUAL),
            }
            at = end;
        }
    }
}

/// The parameters of JPEG-LS that stand in place of the standard's.
fn ls_presets(body: &[u8]) -> Result<[u16; 5], Damage> {
    match body {
        [1, values @ ..] if values.len() == 10 => {
            Ok(std::array::from_fn(|n| u16::from_be_bytes([values[2 * n], values[2 * n + 1]])))
        }
        [1, ..] | [] => Err(Damage::CutShort),
        // other kinds hold a second size or a mapping table
        _ => Err(Damage::Unsupported("JPEG-LS with a mapping table or an oversize image")),
    }
}

fn frame_header(body: &[u8]) -> Option<Codestream> {
    Some(Codestream {
        precision: u16::from(*body.first()?),
        rows: short(body, 1)?.into(),
        columns: short(body, 3)?.into(),
        components: usize::from(*body.get(5)?),
        signed: false,
    })
}

/// The number of bytes of a scan up to the end of the image; only restarts may interrupt it.
fn scan_length(bytes: &[u8], is_ls: bool) -> Result<usize, Damage> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..).ok_or(Damage::CutShort)?;
        at += rest.iter().position(|&byte| byte == 0xff).ok_or(Damage::CutShort)?;
        match bytes.get(at + 1).copied().ok_or(Damage::CutShort)? {
            END_OF_IMAGE => return Ok(at),
            // stuffing: JPEG inserts a zero byte, JPEG-LS a zero bit
            next if next == 0 || (is_ls && next < 0x80) || RESTARTS.contains(&next) => at += 2,
            0xff => at += 1,
            _ => return Err(Damage::Scans),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A lossless image of 3 rows and 5 columns with 12 bits.
    const GOOD: &[u8] = &[
        0xff, 0xd8, 0xff, 0xfe, 0, 4, 9, 9, 0xff, 0xff, 0xc3, 0, 11, 12, 0, 3, 0, 5, 1, 1, 0x11, 0, 0xff,
        0xda, 0, 8, 1, 1, 0, 1, 0, 0, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4, 0xff, 0xff, 0xd9, 0,
    ];

    #[test]
    fn the_header_and_the_end_are_found() {
        let header = JpegHeader::read(GOOD).unwrap();
        let codestream = Codestream { rows: 3, columns: 5, components: 1, precision: 12, signed: false };
        assert_eq!(header.codestream, codestream);
        assert_eq!((header.process, header.parameter, header.point_transform), (JpegHeader::LOSSLESS, 1, 0));
        assert_eq!(header.scan.len(), 9);
        for length in 0..GOOD.len() - 1 {
            assert!(JpegHeader::read(&GOOD[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_second_frame_or_scan_is_refused() {
        let at_scan = 22;
        let twice = [&GOOD[..at_scan], &GOOD[8..]].concat();
        assert_eq!(JpegHeader::read(&twice), Err(Damage::Scans));
        let scans = [&GOOD[..GOOD.len() - 4], &GOOD[at_scan..]].concat();
        assert_eq!(JpegHeader::read(&scans), Err(Damage::Scans));
        let early_end = [&GOOD[..at_scan], &[0xff, 0xd9, 0, 2], &GOOD[at_scan..]].concat();
        assert_eq!(JpegHeader::read(&early_end), Err(Damage::Scans));
        assert_eq!(
            JpegHeader::read(&[&GOOD[..2], &GOOD[at_scan..]].concat()),
            Err(Damage::Scans),
            "no frame"
        );
    }

    #[test]
    fn restarts_are_seen_and_presets_of_another_size_refused() {
        let with = |segment: &[u8]| [&GOOD[..2], segment, &GOOD[2..]].concat();
        let restarts = with(&[0xff, 0xdd, 0, 4, 1, 2]);
        assert_eq!(JpegHeader::read(&restarts).unwrap().restart_interval, 0x0102);
        let presets = with(&[0xff, 0xf8, 0, 13, 1, 0, 255, 0, 3, 0, 7, 0, 21, 1, 0]);
        assert_eq!(JpegHeader::read(&presets).unwrap().presets, [255, 3, 7, 21, 256]);
        assert_eq!(JpegHeader::read(&with(&[0xff, 0xf8, 0, 3, 1])), Err(Damage::CutShort));
        assert!(matches!(JpegHeader::read(&with(&[0xff, 0xf8, 0, 3, 4])), Err(Damage::Unsupported(_))));
    }

    #[test]
    fn only_known_segments_are_let_through() {
        for marker in 0x03..=0xff_u8 {
            let bytes = [&GOOD[..2], &[0xff, marker, 0, 4, 0, 0], &GOOD[2..]].concat();
            let known = [HUFFMAN_TABLES, QUANTIZATION_TABLES, RESTART_INTERVAL, COMMENT].contains(&marker);
            assert_eq!(
                JpegHeader::read(&bytes).is_ok(),
                known || APPLICATION.contains(&marker),
                "{marker:x}"
            );
        }
        assert_eq!(
            JpegHeader::read(&[&GOOD[..2], &[0xff, 0xdc, 0, 4, 0, 9], &GOOD[2..]].concat()),
            Err(UNUSUAL)
        );
    }
}
