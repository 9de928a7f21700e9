//! The sagittal T2 with its stages in a few kilobytes, for a list of studies.

use hemastage::{Staged, Study, sample::signal_at, stage::Stage};
use hemastage_image::error::{Detail, ErrorKind, Result};

use super::{
    gray::shades,
    marks::{Marks, NONE, UNSAMPLED},
    plane::Plane,
};

/// The largest width and height, in pixels.
const MAX_SIZE: [f64; 2] = [96.0, 112.0];
/// Shades of gray; with the stages and white they make a palette of 16, so that two pixels fit into a byte.
const GRAYS: u8 = 9;

#[derive(Debug, thiserror::Error)]
#[error("a thumbnail could not be written: {0}")]
struct ThumbnailError(#[from] png::EncodingError);

impl Detail for ThumbnailError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Limit
    }
}

/// A small picture whose pixels are numbers of a palette, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Thumbnail {
    shape: [usize; 2],
    pixels: Vec<u8>,
}

impl Thumbnail {
    /// A plane of T2, with the stages in their colors.
    pub(super) fn of(study: &Study, staged: &Staged, plane: &Plane) -> Result<Self> {
        let size_mm = plane.size_mm();
        let raster = plane.raster((size_mm[0] / MAX_SIZE[0]).max(size_mm[1] / MAX_SIZE[1]))?;
        let grays = shades(&signal_at(study.t2(), &raster.grid, raster.pixels()));
        let stages = Marks::of(study, staged, &raster).stages;
        let gray = |shade: u8| ((f64::from(shade) / 255.0) * f64::from(GRAYS - 1)).round() as u8;
        let pixel = |(shade, value): (u8, u8)| match value {
            NONE => gray(shade),
            UNSAMPLED => GRAYS + Stage::ALL.len() as u8,
            stage => GRAYS + stage - 1,
        };
        Ok(Self { shape: raster.shape, pixels: grays.into_iter().zip(stages).map(pixel).collect() })
    }

    /// The picture as a PNG file.
    pub(super) fn png(&self) -> Result<Vec<u8>> {
        Ok(self.encoded().map_err(ThumbnailError)?)
    }

    fn encoded(&self) -> std::result::Result<Vec<u8>, png::EncodingError> {
        let mut file = Vec::new();
        let [width, height] = self.shape.map(|n| n as u32);
        let mut encoder = png::Encoder::new(&mut file, width, height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Four);
        encoder.set_palette(palette());
        encoder.set_filter(png::Filter::NoFilter);
        encoder.set_deflate_compression(png::DeflateCompression::Level(9));
        let mut writer = encoder.write_header()?;
        let packed = self.pixels.chunks(self.shape[0]).flat_map(|row| {
            row.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or_default())
        });
        writer.write_image_data(&packed.collect::<Vec<u8>>())?;
        writer.finish()?;
        Ok(file)
    }
}

/// The grays from black to white, the stages, and white for hematoma without a signal.
fn palette() -> Vec<u8> {
    let grays = (0..GRAYS).map(|n| [(u16::from(n) * 255 / u16::from(GRAYS - 1)) as u8; 3]);
    grays.chain(Stage::ALL.map(Stage::rgb)).chain([[255; 3]]).flatten().collect()
}
