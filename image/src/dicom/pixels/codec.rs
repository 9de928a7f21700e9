//! From one compressed frame to its pixels, by the decoder of its transfer syntax.

use super::{
    error::{Damage, PixelError},
    format::PixelFormat,
    jpeg, jpeg_header, jpeg2000, jpeg2000_header, jpegls, rle,
};
use crate::{contained::contained, dicom::transfer_syntax::TransferSyntax};

/// The decoder of an encapsulated transfer syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
}

impl Codec {
    /// The decoder of a transfer syntax; `None` for native pixels.
    ///
    /// # Errors
    /// When its decoder is not built in.
    pub(super) fn of(syntax: TransferSyntax) -> Result<Option<Self>, PixelError> {
        use TransferSyntax as Ts;
        let (codec, feature) = match syntax {
            Ts::ImplicitLittleEndian | Ts::ExplicitLittleEndian | Ts::ExplicitBigEndian | Ts::Deflated => {
                return Ok(None);
            }
            Ts::Rle => (Self::Rle, None),
            Ts::JpegBaseline | Ts::JpegExtended | Ts::JpegLossless | Ts::JpegLosslessSv1 => {
                (Self::Jpeg, None)
            }
            Ts::JpegLs | Ts::JpegLsNear => (Self::JpegLs, (!jpegls::BUILT_IN).then_some("jpegls")),
            Ts::Jpeg2000Lossless | Ts::Jpeg2000 => {
                (Self::Jpeg2000, (!jpeg2000::BUILT_IN).then_some("jpeg2000"))
            }
        };
        match feature {
            Some(feature) => Err(PixelError::Feature { syntax: syntax.name(), feature }),
            None => Ok(Some(codec)),
        }
    }

    /// Whether a fragment starts an image; `None` where a fragment does not show it.
    pub(super) fn starts(self, fragment: &[u8]) -> Option<bool> {
        match self {
            Self::Rle => None,
            Self::Jpeg | Self::JpegLs => Some(jpeg_header::starts(fragment)),
            Self::Jpeg2000 => Some(jpeg2000_header::starts(fragment)),
        }
    }

    /// A frame's pixels with the least significant byte first, exactly as many as the format has. A panic of a decoder
    /// becomes an error.
    pub(super) fn decode(self, frame: &[u8], lossy: bool, format: &PixelFormat) -> Result<Vec<u8>, Damage> {
        let mut out = Vec::new();
        let decoded = contained(|| match self {
            Self::Rle => rle::decode(frame, format, &mut out),
            Self::Jpeg => jpeg::decode(frame, lossy, format, &mut out),
            Self::JpegLs => jpegls::decode(frame, lossy, format, &mut out),
            Self::Jpeg2000 => jpeg2000::decode(frame, lossy, format, &mut out),
        });
        decoded.unwrap_or(Err(Damage::Refused))?;
        if out.len() == format.frame_bytes() { Ok(out) } else { Err(Damage::CutShort) }
    }
}
