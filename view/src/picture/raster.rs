//! From SVG to PNG, in the bundled font alone.

use std::{
    borrow::Cow,
    sync::{Arc, LazyLock},
};

use hemastage_image::error::{Detail, ErrorKind, Result};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};

use super::font;

#[derive(Debug, thiserror::Error)]
enum RasterError {
    #[error("the figure could not be read back: {0}")]
    Svg(#[from] resvg::usvg::Error),
    #[error("no memory for the figure of {width} x {height} pixels")]
    Pixels { width: u32, height: u32 },
    #[error("the figure could not be written: {0}")]
    Png(#[from] png::EncodingError),
}

impl Detail for RasterError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Limit
    }
}

/// The pixels of an SVG as a PNG file.
pub(super) fn png(svg: &str) -> Result<Vec<u8>> {
    let options = Options { fontdb: fonts(), ..Options::default() };
    let tree = Tree::from_str(&with_known_letters(svg), &options).map_err(RasterError::from)?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width(), size.height());
    let mut pixels = Pixmap::new(width, height).ok_or(RasterError::Pixels { width, height })?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    let colors = without_opacity(pixels.take());
    Ok(encoded(&colors, width, height).map_err(RasterError::from)?)
}

/// Red, green and blue of pixels with opacity, in place. The figure has a white background, so no pixel is transparent.
fn without_opacity(mut pixels: Vec<u8>) -> Vec<u8> {
    let n = pixels.len() / 4;
    for pixel in 0..n {
        pixels.copy_within(4 * pixel..4 * pixel + 3, 3 * pixel);
    }
    pixels.truncate(3 * n);
    pixels
}

/// The figure with the replacement character for each letter that the font lacks, which would vanish otherwise.
fn with_known_letters(svg: &str) -> Cow<'_, str> {
    let is_known = |c: char| matches!(c, '\n' | ' '..='~') || font::has(c);
    if svg.chars().all(is_known) {
        return svg.into();
    }
    svg.chars().map(|c| if is_known(c) { c } else { font::REPLACEMENT }).collect()
}

fn encoded(colors: &[u8], width: u32, height: u32) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(colors)?;
    writer.finish()?;
    Ok(file)
}

/// The bundled font alone, read once.
static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
    let mut fonts = fontdb::Database::new();
    for face in [font::REGULAR, font::BOLD] {
        fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
    }
    fonts.set_sans_serif_family(font::FAMILY);
    Arc::new(fonts)
});

/// The bundled font alone.
pub(super) fn fonts() -> Arc<fontdb::Database> {
    Arc::clone(&FONTS)
}
