//! A plane of an image in shades of gray, and as a PNG in a data URI.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hemastage::sample::signal_at;
use hemastage_image::{
    error::{Detail, ErrorKind, Result},
    volume::Volume,
};

use super::plane::Raster;

/// The quantiles of the signal shown in black and in white.
const BLACK: f64 = 0.01;
const WHITE: f64 = 0.995;

#[derive(Debug, thiserror::Error)]
#[error("a panel of {} x {} pixels could not be written: {source}", shape[0], shape[1])]
struct GrayError {
    shape: [usize; 2],
    source: png::EncodingError,
}

impl Detail for GrayError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Limit
    }
}

/// Shades of gray, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gray {
    pub(super) shape: [usize; 2],
    pub(super) shades: Vec<u8>,
}

/// The image on a raster, from the 1st percentile in black to the 99.5th in white; black without a signal. Also as a
/// data URI.
pub(super) fn gray(image: &Volume, raster: &Raster) -> Result<(Gray, String)> {
    let values = signal_at(image, &raster.grid, raster.pixels());
    let pixels = shades(&values);
    let mut file = Vec::new();
    let [width, height] = raster.shape.map(|n| n as u32);
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let failed = |source| GrayError { shape: raster.shape, source };
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    let uri = format!("data:image/png;base64,{}", STANDARD.encode(file));
    Ok((Gray { shape: raster.shape, shades: pixels }, uri))
}

/// 0 to 255 between the quantiles; a constant image is gray.
pub(super) fn shades(values: &[f64]) -> Vec<u8> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let rank = |share: f64, n: usize| (share * n.saturating_sub(1) as f64).round() as usize;
    let ranks = [rank(BLACK, finite.len()), rank(WHITE, finite.len())];
    let mut at = |rank: usize| {
        if rank < finite.len() { *finite.select_nth_unstable_by(rank, f64::total_cmp).1 } else { 0.0 }
    };
    let (low, high) = (at(ranks[0]), at(ranks[1]));
    let width = high - low;
    let shade = |value: f64| match value {
        v if v.is_nan() => 0,
        _ if !(width > 0.0 && width.is_finite()) => 128,
        v => ((v - low) / width * 255.0).round().clamp(0.0, 255.0) as u8,
    };
    values.iter().copied().map(shade).collect()
}
