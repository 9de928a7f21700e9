//! JPEG-LS, by the library of the feature `jpegls`.

#[cfg(feature = "jpegls")]
use super::{
    codec::{Sample, append_samples, reserve},
    jpeg_header::JpegHeader,
};
use super::{error::Damage, format::PixelFormat};

/// Whether the decoder is built in.
pub(super) const BUILT_IN: bool = cfg!(feature = "jpegls");

/// The most pixels that a bit can stand for: the longest run.
#[cfg(feature = "jpegls")]
const LONGEST_RUN: usize = 1 << 15;

/// Appends a frame's pixels.
///
/// # Errors
/// When the image is not what the data set says or its transfer syntax allows.
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
    // runs end with their row, and each has a bit
    let bits = format.rows * format.columns.div_ceil(LONGEST_RUN);
    if bits / 8 > header.scan_bytes {
        return Err(Damage::TooFewBytes);
    }
    reserve(format, out)?;
    let samples = charls::CharLS::default().decode(frame).map_err(|_| Damage::Refused)?;
    let each = if codestream.precision <= 8 { Sample::One } else { Sample::Two };
    append_samples(&samples, each, format.bytes_per_pixel(), out);
    Ok(())
}

/// Samples keep within their largest error, also those of signed pixels: it never reaches across 0.
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
