//! JPEG 2000, by the library of the feature `jpeg2000`.

#[cfg(feature = "jpeg2000")]
use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

#[cfg(feature = "jpeg2000")]
use super::{codestream::MAX_PIXELS, jpeg2000_header::Jpeg2000Header};
use super::{error::Damage, format::PixelFormat};
#[cfg(feature = "jpeg2000")]
use crate::memory::reserve_exact;

/// Whether the decoder is built in.
pub(super) const BUILT_IN: bool = cfg!(feature = "jpeg2000");

/// Maximum number of bits of a sample: the decoder computes in 32-bit floats, where the lossless wavelet of these is
/// exact.
#[cfg(feature = "jpeg2000")]
const MAX_PRECISION: u16 = 16;

/// Appends a frame's pixels.
///
/// # Errors
/// When the image contradicts the data set or its transfer syntax, or is damaged.
///
/// # Reference
/// DICOM PS3.5 section 8.2.4; ITU-T T.800.
#[cfg(feature = "jpeg2000")]
pub(super) fn decode(
    frame: &[u8],
    lossy: bool,
    format: &PixelFormat,
    out: &mut Vec<u8>,
) -> Result<(), Damage> {
    let header = Jpeg2000Header::read(frame)?;
    let codestream = &header.codestream;
    codestream.check(format)?;
    if lossy && codestream.signed != format.signed {
        return Err(Damage::Sign);
    }
    if !lossy && !header.reversible {
        return Err(Damage::Lossy);
    }
    if codestream.precision > MAX_PRECISION {
        return Err(Damage::Unsupported("JPEG 2000 of more than 16 bits"));
    }
    if format.frame_pixels() > MAX_PIXELS {
        return Err(Damage::Unsupported("JPEG 2000 of more than 2^24 pixels in a frame"));
    }
    reserve_exact(out, format.frame_bytes())?;
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = Image::new(&header.image, &settings).map_err(|_| Damage::Refused)?;
    if [image.width() as usize, image.height() as usize] != [format.columns, format.rows] {
        return Err(Damage::Refused);
    }
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(|_| Damage::Refused)?;
    let [component] = decoded.components() else { return Err(Damage::Refused) };
    // the decoder shifts signed samples up as if they were unsigned
    let shift = if codestream.signed { 1 << (codestream.precision - 1) } else { 0 };
    append(component.samples(), shift, lossy.then(|| range(format)), format.bytes_per_pixel(), out);
    Ok(())
}

/// The smallest and largest stored value.
#[cfg(feature = "jpeg2000")]
fn range(format: &PixelFormat) -> [i32; 2] {
    let values = 1_i64 << format.bits_stored;
    let min = if format.signed { -values / 2 } else { 0 };
    [min, min + values - 1].map(|value| value.clamp(i32::MIN.into(), i32::MAX.into()) as i32)
}

/// Appends samples less a shift as pixels, clamped to a range: lossy compression may move a sample out of that of stored
/// values.
#[cfg(feature = "jpeg2000")]
fn append(samples: &[f32], shift: i32, range: Option<[i32; 2]>, bytes_per_pixel: usize, out: &mut Vec<u8>) {
    let [min, max] = range.unwrap_or([i32::MIN, i32::MAX]);
    let bytes = |&sample: &f32| {
        // the nearest integer, and the limits for what is none
        let pixel = (sample.round() as i32).saturating_sub(shift).clamp(min, max);
        pixel.to_le_bytes().into_iter().take(bytes_per_pixel)
    };
    out.extend(samples.iter().flat_map(bytes));
}

#[cfg(not(feature = "jpeg2000"))]
pub(super) fn decode(_: &[u8], _: bool, _: &PixelFormat, _: &mut Vec<u8>) -> Result<(), Damage> {
    Err(Damage::Unsupported("JPEG 2000"))
}
