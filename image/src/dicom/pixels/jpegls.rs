//! JPEG-LS, by the library of the feature `jpegls`.

use super::{error::Damage, format::PixelFormat};
#[cfg(feature = "jpegls")]
use super::{
    jpeg_header::JpegHeader,
    pixel::{SampleSize, append_samples},
};
#[cfg(feature = "jpegls")]
use crate::memory::reserve_exact;

/// Whether the decoder is built in.
pub(super) const BUILT_IN: bool = cfg!(feature = "jpegls");

/// Maximum number of pixels that a bit can stand for, as a run.
#[cfg(feature = "jpegls")]
const MAX_RUN: usize = 1 << 15;

/// Appends a frame's pixels.
///
/// # Errors
/// When the image contradicts the data set or its transfer syntax, or is damaged.
///
/// # Reference
/// DICOM PS3.5 section 8.2.3; ITU-T T.87.
#[cfg(feature = "jpegls")]
pub(super) fn decode(
    frame: &[u8],
    lossy: bool,
    format: &PixelFormat,
    out: &mut Vec<u8>,
) -> Result<(), Damage> {
    let header = JpegHeader::read(frame)?;
    let codestream = &header.codestream;
    if header.process != JpegHeader::LS {
        return Err(Damage::NotCodestream { expected: "a JPEG-LS image" });
    }
    if header.parameter == 0 {
        codestream.check(format)?;
    } else if lossy {
        check_near(&header, format)?;
    } else {
        return Err(Damage::Lossy);
    }
    if header.point_transform != 0 {
        return Err(Damage::Unsupported("JPEG-LS with shifted samples"));
    }
    // runs end with their row, and each has at least a bit
    let bits = format.rows * format.columns.div_ceil(MAX_RUN);
    if bits / 8 > header.scan_bytes {
        return Err(Damage::TooFewBytes);
    }
    reserve_exact(out, format.frame_bytes())?;
    let samples = charls::CharLS::default().decode(frame).map_err(|_| Damage::Refused)?;
    let size = if codestream.precision <= 8 { SampleSize::OneByte } else { SampleSize::TwoBytes };
    append_samples(&samples, size, format.bytes_per_pixel(), out);
    Ok(())
}

/// Near-lossless samples stay within their largest error, also those of signed pixels: the error never crosses 0.
#[cfg(feature = "jpegls")]
fn check_near(header: &JpegHeader, format: &PixelFormat) -> Result<(), Damage> {
    header.codestream.check(format)?;
    let unsigned = PixelFormat { signed: false, ..format.clone() };
    header.codestream.check_lossy(&unsigned)
}

#[cfg(not(feature = "jpegls"))]
pub(super) fn decode(_: &[u8], _: bool, _: &PixelFormat, _: &mut Vec<u8>) -> Result<(), Damage> {
    Err(Damage::Unsupported("JPEG-LS"))
}
