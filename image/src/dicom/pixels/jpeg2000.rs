//! JPEG 2000, by the library of the feature `jpeg2000`.

#[cfg(feature = "jpeg2000")]
use super::jpeg2000_header::Jpeg2000Header;
use super::{error::Damage, format::PixelFormat};
#[cfg(feature = "jpeg2000")]
use crate::memory::reserve_exact;

/// Whether the decoder is built in.
pub(super) const BUILT_IN: bool = cfg!(feature = "jpeg2000");

/// Maximum number of pixels of a frame. An empty image of any size fits into a few bytes, so the size of the file does
/// not limit the memory. A slice of a scanner has a fiftieth of this.
#[cfg(feature = "jpeg2000")]
const MAX_PIXELS: usize = 1 << 26;

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
    header.codestream.check(format)?;
    if lossy && header.codestream.signed != format.signed {
        return Err(Damage::Sign);
    }
    if !lossy && !header.reversible {
        return Err(Damage::Lossy);
    }
    if format.frame_pixels() > MAX_PIXELS {
        return Err(Damage::Unsupported("JPEG 2000 of more than 2^26 pixels in a frame"));
    }
    reserve_exact(out, format.frame_bytes())?;
    let image = jpeg2k::Image::from_bytes(frame).map_err(|_| Damage::Refused)?;
    let [component] = image.components() else { return Err(Damage::Refused) };
    let size = [component.width() as usize, component.height() as usize];
    if size != [format.columns, format.rows] {
        return Err(Damage::Refused);
    }
    append(component.data(), lossy.then(|| range(format)), format.bytes_per_pixel(), out);
    Ok(())
}

/// The smallest and largest stored value.
#[cfg(feature = "jpeg2000")]
fn range(format: &PixelFormat) -> [i32; 2] {
    let values = 1_i64 << format.bits_stored;
    let min = if format.signed { -values / 2 } else { 0 };
    [min, min + values - 1].map(|value| value.clamp(i32::MIN.into(), i32::MAX.into()) as i32)
}

/// Appends samples as pixels, clamped to a range: lossy compression may move a sample out of that of stored values.
#[cfg(feature = "jpeg2000")]
fn append(samples: &[i32], range: Option<[i32; 2]>, bytes_per_pixel: usize, out: &mut Vec<u8>) {
    let [min, max] = range.unwrap_or([i32::MIN, i32::MAX]);
    let bytes = |&sample: &i32| sample.clamp(min, max).to_le_bytes().into_iter().take(bytes_per_pixel);
    out.extend(samples.iter().flat_map(bytes));
}

#[cfg(not(feature = "jpeg2000"))]
pub(super) fn decode(_: &[u8], _: bool, _: &PixelFormat, _: &mut Vec<u8>) -> Result<(), Damage> {
    Err(Damage::Unsupported("JPEG 2000"))
}
