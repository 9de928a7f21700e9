//! One compressed frame to its pixels, whatever it is compressed with.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{
    error::{Damage, PixelError},
    format::PixelFormat,
    jpeg,
    jpeg_header::JpegHeader,
    jpeg2000,
    jpeg2000_header::Jpeg2000Header,
    jpegls, rle,
};
use crate::dicom::transfer_syntax::TransferSyntax;

/// What decodes the frames of an encapsulated transfer syntax.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Codec {
    Rle,
    Jpeg,
    JpegLs,
    Jpeg2000,
}

impl Codec {
    /// The decoder of a transfer syntax; none for native pixels.
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

    /// Whether a fragment starts an image; none where a fragment does not tell.
    pub(super) fn starts(self, fragment: &[u8]) -> Option<bool> {
        match self {
            Self::Rle => None,
            Self::Jpeg | Self::JpegLs => Some(JpegHeader::starts(fragment)),
            Self::Jpeg2000 => Some(Jpeg2000Header::starts(fragment)),
        }
    }

    /// Appends a frame's pixels with the least significant byte first: exactly as many as the format says.
    ///
    /// A panic of a decoder is an error like any other.
    pub(super) fn decode(self, frame: &[u8], lossy: bool, format: &PixelFormat) -> Result<Vec<u8>, Damage> {
        let mut out = Vec::new();
        let mut decode = || match self {
            Self::Rle => rle::decode(frame, format, &mut out),
            Self::Jpeg => jpeg::decode(frame, lossy, format, &mut out),
            Self::JpegLs => jpegls::decode(frame, lossy, format, &mut out),
            Self::Jpeg2000 => jpeg2000::decode(frame, lossy, format, &mut out),
        };
        catch_unwind(AssertUnwindSafe(&mut decode)).unwrap_or(Err(Damage::Refused))?;
        if out.len() == format.frame_bytes() { Ok(out) } else { Err(Damage::CutShort) }
    }
}

/// Makes room for a frame, once its header is known to be honest.
pub(super) fn reserve(format: &PixelFormat, out: &mut Vec<u8>) -> Result<(), Damage> {
    out.try_reserve_exact(format.frame_bytes()).map_err(|_| Damage::Memory)
}

/// How many bytes a decoder gives each sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    One,
    Two,
}

/// Appends samples that a decoder gave in the machine's own byte order as pixels with the least significant
/// byte first.
pub(super) fn append_samples(samples: &[u8], each: Sample, bytes_per_pixel: usize, out: &mut Vec<u8>) {
    let pixel = |sample: u32| sample.to_le_bytes().into_iter().take(bytes_per_pixel);
    match each {
        Sample::One => out.extend(samples.iter().flat_map(|&sample| pixel(sample.into()))),
        Sample::Two => {
            let samples = samples.as_chunks().0.iter();
            out.extend(samples.flat_map(|&sample| pixel(u16::from_ne_bytes(sample).into())));
        }
    }
}
