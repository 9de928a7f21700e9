//! From SVG to PNG, in the bundled font alone.

use std::{
    borrow::Cow,
    io::Write as _,
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
    Ok(encoded(pixels.data(), width, height).map_err(RasterError::from)?)
}

/// The figure with the replacement character for each letter that the font lacks, which would vanish otherwise.
fn with_known_letters(svg: &str) -> Cow<'_, str> {
    let is_known = |c: char| matches!(c, '\n' | ' '..='~') || font::has(c);
    if svg.chars().all(is_known) {
        return svg.into();
    }
    svg.chars().map(|c| if is_known(c) { c } else { font::REPLACEMENT }).collect()
}

/// Pixels as a PNG file, row by row and without their opacity: the figure has a white background, so that no pixel is
/// transparent.
fn encoded(pixels: &[u8], width: u32, height: u32) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // a quarter of the time of the usual level, for a file a seventh larger
    encoder.set_deflate_compression(png::DeflateCompression::Level(2));
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header()?;
    let mut rows = writer.stream_writer()?;
    let mut row: Vec<u8> = Vec::new();
    for pixels in pixels.chunks_exact(4 * width as usize) {
        row.clear();
        row.extend(pixels.chunks_exact(4).flat_map(|pixel| &pixel[..3]));
        rows.write_all(&row)?;
    }
    rows.finish()?;
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
