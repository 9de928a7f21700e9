//! From a drawing to a PNG file, in the bundled font alone.

use std::io::Write as _;

use hemastage_image::error::{Detail, ErrorKind, Result};
use tiny_skia::{Color, Pixmap};

use super::canvas::Drawing;

/// Rows that are drawn at once.
const BAND: u32 = 256;

#[derive(Debug, thiserror::Error)]
enum RasterError {
    #[error("no memory for a figure {width} pixels wide")]
    Pixels { width: u32 },
    #[error("the figure could not be written: {0}")]
    Png(#[from] png::EncodingError),
}

impl Detail for RasterError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Limit
    }
}

/// The pixels of a drawing as a PNG file, on white.
pub(crate) fn png(drawing: &Drawing) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    write(drawing, &mut file)?;
    Ok(file)
}

fn write(drawing: &Drawing, file: &mut Vec<u8>) -> std::result::Result<(), RasterError> {
    let [width, height] = drawing.size();
    let mut encoder = png::Encoder::new(file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // a quarter of the time of the usual level, for a file a seventh larger
    encoder.set_deflate_compression(png::DeflateCompression::Level(2));
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header()?;
    let mut rows = writer.stream_writer()?;
    let mut band = Pixmap::new(width, BAND.min(height)).ok_or(RasterError::Pixels { width })?;
    let layers = drawing.layers();
    // without opacity: on white no pixel is transparent
    let mut row = vec![0; 3 * width as usize];
    for first_row in (0..height).step_by(BAND as usize) {
        band.fill(Color::WHITE);
        for layer in &layers {
            layer.draw(&mut band, first_row);
        }
        let n = (height - first_row).min(BAND) as usize;
        for pixels in band.data().chunks_exact(4 * width as usize).take(n) {
            for (to, from) in row.chunks_exact_mut(3).zip(pixels.chunks_exact(4)) {
                to.copy_from_slice(&from[..3]);
            }
            rows.write_all(&row).map_err(png::EncodingError::from)?;
        }
    }
    rows.finish()?;
    writer.finish()?;
    Ok(())
}
