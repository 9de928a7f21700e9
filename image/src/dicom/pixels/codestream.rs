//! The header of a compressed image, checked against the data set before a decoder sees the image.

use super::{error::Damage, format::PixelFormat};

/// Maximum number of pixels of a frame whose bytes do not limit it: an empty image of any size fits into a few. A slice
/// of a scanner has a sixteenth of this.
#[cfg_attr(
    not(any(feature = "jpeg2000", feature = "jpegls")),
    allow(dead_code, reason = "the decoders of these features need it")
)]
pub(super) const MAX_PIXELS: usize = 1 << 24;

/// The size and number type in the header of a compressed image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Codestream {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) components: usize,
    pub(super) precision: u16,
    /// Whether samples are signed; those of JPEG and JPEG-LS are not.
    pub(super) signed: bool,
}

impl Codestream {
    /// Checks that a decoder will give the pixels that the data set describes.
    pub(super) fn check(&self, format: &PixelFormat) -> Result<(), Damage> {
        let pairs = [
            ("the number of rows", self.rows, format.rows),
            ("the number of columns", self.columns, format.columns),
            ("the number of components", self.components, 1),
        ];
        for (name, found, expected) in pairs {
            if found != expected {
                return Err(Damage::Contradiction { name, found, expected });
            }
        }
        // a sign bit of the stored pixels has no place in unsigned samples with fewer bits
        let too_few = self.precision < format.bits_stored && self.signed != format.signed;
        if self.precision == 0 || too_few || self.precision > format.bits_allocated {
            return Err(Damage::Precision {
                found: self.precision,
                stored: format.bits_stored,
                allocated: format.bits_allocated,
            });
        }
        if self.signed && !format.signed { Err(Damage::Sign) } else { Ok(()) }
    }

    /// As [`Codestream::check`], for lossy compression: bits above the stored ones may have become set, and a number
    /// near 0 may have changed its sign.
    pub(super) fn check_lossy(&self, format: &PixelFormat) -> Result<(), Damage> {
        self.check(format)?;
        if self.precision > format.bits_stored || self.signed != format.signed {
            return Err(Damage::Precision {
                found: self.precision,
                stored: format.bits_stored,
                allocated: format.bits_allocated,
            });
        }
        Ok(())
    }
}

/// The marker segment at a position: its marker's second byte, its body after the length, and where it ends.
pub(super) fn segment(bytes: &[u8], at: usize) -> Option<(u8, &[u8], usize)> {
    let mut at = at;
    // a marker may be preceded by any number of fill bytes
    while bytes.get(at..at + 2)? == [0xff, 0xff] {
        at += 1;
    }
    let (&[0xff, marker], rest) = bytes.get(at..)?.split_first_chunk()? else { return None };
    let (&length, _) = rest.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes(length));
    let body = rest.get(2..length)?;
    Some((marker, body, at + 2 + length))
}

/// A big-endian 16-bit number in a segment.
pub(super) fn short(body: &[u8], at: usize) -> Option<u16> {
    body.get(at..)?.first_chunk().map(|&bytes| u16::from_be_bytes(bytes))
}
