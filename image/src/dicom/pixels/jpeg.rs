//! JPEG: baseline and extended of 8 bits, and lossless up to 16.

use jpeg_decoder::Decoder;

use super::{
    error::Damage,
    format::PixelFormat,
    jpeg_header::JpegHeader,
    pixel::{SampleSize, append_samples},
};
use crate::memory::reserve_exact;

/// Appends a frame's pixels.
///
/// # Errors
/// When the image contradicts the data set or its transfer syntax, or is damaged.
///
/// # Reference
/// DICOM PS3.5 section 8.2.1; ITU-T T.81.
pub(super) fn decode(
    frame: &[u8],
    lossy: bool,
    format: &PixelFormat,
    out: &mut Vec<u8>,
) -> Result<(), Damage> {
    let header = JpegHeader::read(frame)?;
    match header.process {
        JpegHeader::BASELINE | JpegHeader::EXTENDED if lossy => check_extended(&header, format)?,
        JpegHeader::BASELINE | JpegHeader::EXTENDED => return Err(Damage::Lossy),
        JpegHeader::LOSSLESS => check_lossless(&header, format)?,
        _ => return Err(Damage::Unsupported("JPEG that is progressive, hierarchical or arithmetic")),
    }
    reserve_exact(out, format.frame_bytes())?;
    let mut decoder = Decoder::new(frame);
    decoder.set_max_decoding_buffer_size(format.frame_bytes());
    let samples = decoder.decode().map_err(|_| Damage::Refused)?;
    let size = if header.codestream.precision == 8 { SampleSize::OneByte } else { SampleSize::TwoBytes };
    append_samples(&samples, size, format.bytes_per_pixel(), out);
    Ok(())
}

fn check_extended(header: &JpegHeader<'_>, format: &PixelFormat) -> Result<(), Damage> {
    if header.codestream.precision == 12 {
        return Err(Damage::Unsupported("JPEG extended with 12 bits"));
    }
    header.codestream.check_lossy(format)?;
    // each block has at least two codes
    let blocks = format.rows.div_ceil(8) * format.columns.div_ceil(8);
    check_scan_bytes(header.scan.len(), 2 * blocks)
}

fn check_lossless(header: &JpegHeader<'_>, format: &PixelFormat) -> Result<(), Damage> {
    header.codestream.check(format)?;
    if !(1..=7).contains(&header.parameter) || header.point_transform != 0 {
        return Err(Damage::Unsupported("lossless JPEG without prediction or with shifted samples"));
    }
    // the decoder predicts across restarts, which gives wrong pixels
    if header.restart_interval != 0 {
        return Err(Damage::Unsupported("lossless JPEG with restarts"));
    }
    check_scan_bytes(header.scan.len(), format.frame_pixels())
}

/// Checks that a scan has at least one bit per code: decoders make up missing ones.
fn check_scan_bytes(bytes: usize, bits: usize) -> Result<(), Damage> {
    if bits / 8 > bytes { Err(Damage::TooFewBytes) } else { Ok(()) }
}
