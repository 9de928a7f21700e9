//! JPEG-LS, by the library of the feature `jpegls`.

#[cfg(feature = "jpegls")]
use super::{
    codestream::MAX_PIXELS,
    jpeg_header::{JpegHeader, UNUSUAL},
    pixel::{SampleSize, append_samples},
};
use super::{error::Damage, format::PixelFormat};
#[cfg(feature = "jpegls")]
use crate::memory::reserve_exact;

/// Whether the decoder is built in.
pub(super) const BUILT_IN: bool = cfg!(feature = "jpegls");

/// Maximum number of pixels that a bit can stand for, as a run.
#[cfg(feature = "jpegls")]
const MAX_RUN: usize = 1 << 15;

/// Maximum of RESET times the range of a sample: the decoder (`pure_jpegls` 2.0.0) sums up to RESET errors in 32 bits, and
/// shifts their number up to twice the sum (`ContextModel::update_stats` and `compute_k`), both unchecked.
#[cfg(feature = "jpegls")]
const MAX_SUM: u32 = 1 << 30;

/// RESET without presets, and the least that it may be.
#[cfg(feature = "jpegls")]
const RESET: [u16; 2] = [64, 3];

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
    if header.process != JpegHeader::LS {
        return Err(Damage::NotCodestream { expected: "a JPEG-LS image" });
    }
    if header.parameter == 0 {
        header.codestream.check(format)?;
    } else if lossy {
        check_near(&header, format)?;
    } else {
        return Err(Damage::Lossy);
    }
    if header.point_transform != 0 {
        return Err(Damage::Unsupported("JPEG-LS with shifted samples"));
    }
    if header.restart_interval != 0 {
        return Err(Damage::Unsupported("JPEG-LS with restarts"));
    }
    // runs end with their row, and each has at least a bit
    let bits = format.rows * format.columns.div_ceil(MAX_RUN);
    if bits / 8 > header.scan.len() {
        return Err(Damage::TooFewBytes);
    }
    if format.frame_pixels() > MAX_PIXELS {
        return Err(Damage::Unsupported("JPEG-LS of more than 2^24 pixels in a frame"));
    }
    reserve_exact(out, format.frame_bytes())?;
    let samples = samples(&header, format)?;
    append_samples(bytemuck::cast_slice(&samples), SampleSize::TwoBytes, format.bytes_per_pixel(), out);
    Ok(())
}

/// Near-lossless samples stay within their largest error, also those of signed pixels: the error never crosses 0.
#[cfg(feature = "jpegls")]
fn check_near(header: &JpegHeader<'_>, format: &PixelFormat) -> Result<(), Damage> {
    header.codestream.check(format)?;
    let unsigned = PixelFormat { signed: false, ..format.clone() };
    header.codestream.check_lossy(&unsigned)
}

/// The samples of an image, which the decoder is given with a header that holds nothing else.
#[cfg(feature = "jpegls")]
fn samples(header: &JpegHeader<'_>, format: &PixelFormat) -> Result<Vec<u16>, Damage> {
    let head = head(header, format)?;
    let decode = |scan: &[u8]| {
        let image = [&head, scan, &[0xff, 0xd9]].concat();
        ::jpegls::decode(&image, format.columns as u32, format.rows as u32).ok()
    };
    let fill = header.scan.iter().rev().take_while(|&&byte| byte == 0xff).count();
    let scan = &header.scan[..header.scan.len() - fill];
    // some encoders end a scan with these two bytes, which belong to none of its codes
    let unpadded = || decode(scan.strip_suffix(&[0xff, 0])?);
    let (samples, ..) = decode(scan).or_else(unpadded).ok_or(Damage::Refused)?;
    Ok(samples)
}

/// A header of one component: size, presets, scan.
#[cfg(feature = "jpegls")]
fn head(header: &JpegHeader<'_>, format: &PixelFormat) -> Result<Vec<u8>, Damage> {
    let precision = header.codestream.precision as u8;
    let [max_value, thresholds @ .., reset] = header.presets;
    let reset = if reset == 0 { RESET[0] } else { reset };
    let max_reset = if max_value == 0 { u16::MAX } else { max_value.max(255) };
    if !(2..=16).contains(&precision)
        || header.second_parameter != 0
        || !(RESET[1]..=max_reset).contains(&reset)
        || u32::from(reset) << precision > MAX_SUM
    {
        return Err(UNUSUAL);
    }
    let mut head = vec![0xff, 0xd8, 0xff, JpegHeader::LS, 0, 11, precision];
    head.extend([format.rows, format.columns].into_iter().flat_map(|side| (side as u16).to_be_bytes()));
    head.extend([1, 1, 0x11, 0]);
    if header.presets != [0; 5] {
        head.extend([0xff, 0xf8, 0, 13, 1]);
        let [t1, t2, t3] = thresholds;
        head.extend([max_value, t1, t2, t3, reset].into_iter().flat_map(u16::to_be_bytes));
    }
    head.extend([0xff, 0xda, 0, 8, 1, 1, 0, header.parameter, 0, 0]);
    Ok(head)
}

#[cfg(not(feature = "jpegls"))]
pub(super) fn decode(_: &[u8], _: bool, _: &PixelFormat, _: &mut Vec<u8>) -> Result<(), Damage> {
    Err(Damage::Unsupported("JPEG-LS"))
}
