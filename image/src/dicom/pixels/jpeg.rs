//! JPEG: baseline and extended of 8 bits, and lossless up to 16.

use jpeg_decoder::Decoder;

use super::{
    codec::{Sample, append_samples, reserve},
    error::Damage,
    format::PixelFormat,
    jpeg_header::JpegHeader,
};

/// Appends a frame's pixels.
///
/// # Errors
/// When the image is not what the data set says or its transfer syntax allows.
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
    reserve(format, out)?;
    let mut decoder = Decoder::new(frame);
    decoder.set_max_decoding_buffer_size(format.frame_bytes());
    let samples = decoder.decode().map_err(|_| Damage::Refused)?;
    let each = if header.codestream.precision == 8 { Sample::One } else { Sample::Two };
    append_samples(&samples, each, format.bytes_per_pixel(), out);
    Ok(())
}

fn check_extended(header: &JpegHeader, format: &PixelFormat) -> Result<(), Damage> {
    if header.codestream.precision == 12 {
        return Err(Damage::Unsupported("JPEG extended with 12 bits"));
    }
    header.codestream.check_lossy(format)?;
    // each block has at least the end of its first and of its last coefficients
    let blocks = format.rows.div_ceil(8) * format.columns.div_ceil(8);
    enough(header.scan_bytes, 2 * blocks)
}

fn check_lossless(header: &JpegHeader, format: &PixelFormat) -> Result<(), Damage> {
    header.codestream.check(format)?;
    if !(1..=7).contains(&header.parameter) || header.point_transform != 0 {
        return Err(Damage::Unsupported("lossless JPEG without prediction or with shifted samples"));
    }
    // the decoder goes on predicting across them, which gives wrong pixels
    if header.restart_interval != 0 {
        return Err(Damage::Unsupported("lossless JPEG with restarts"));
    }
    enough(header.scan_bytes, format.frame_pixels())
}

/// Every code has a bit at least; what a scan lacks would be made up of zeros.
fn enough(bytes: usize, bits: usize) -> Result<(), Damage> {
    if bits / 8 > bytes { Err(Damage::TooFewBytes) } else { Ok(()) }
}
