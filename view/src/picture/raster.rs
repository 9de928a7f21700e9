//! From SVG to PNG, with the font that comes along and no other.

use std::sync::Arc;

use hemastage_image::error::{Detail, ErrorKind, Result};
use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{Options, Tree, fontdb},
};

/// A figure that could not be made into pixels.
#[derive(Debug, thiserror::Error)]
enum RasterError {
    #[error("the figure could not be read back: {0}")]
    Svg(#[from] resvg::usvg::Error),
    #[error("the figure of {width} x {height} pixels could not be made")]
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
    let options = Options { fontdb: Arc::new(fonts()), ..Options::default() };
    let tree = Tree::from_str(&in_letters_at_hand(svg), &options).map_err(RasterError::from)?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width(), size.height());
    let mut pixels = Pixmap::new(width, height).ok_or(RasterError::Pixels { width, height })?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    // the figure stands on white, so no pixel is transparent
    let colors: Vec<u8> =
        pixels.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    Ok(encoded(&colors, width, height).map_err(RasterError::from)?)
}

/// The figure with a sign for each letter that the font does not have, so that none is lost unseen.
fn in_letters_at_hand(svg: &str) -> String {
    let is_at_hand = |c: char| {
        matches!(c, '\n' | ' '..='~' | '\u{a0}'..='\u{17f}' | '\u{2010}'..='\u{2014}' | '\u{2018}'..='\u{201e}')
            || matches!(
                c,
                '\u{2022}' | '\u{2026}' | '\u{202f}' | '\u{2212}' | '\u{2248}' | '\u{2264}' | '\u{2265}'
            )
    };
    svg.chars().map(|c| if is_at_hand(c) { c } else { '\u{fffd}' }).collect()
}

fn encoded(colors: &[u8], width: u32, height: u32) -> std::result::Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(colors)?;
    writer.finish()?;
    Ok(file)
}

fn fonts() -> fontdb::Database {
    let mut fonts = fontdb::Database::new();
    fonts.load_font_data(include_bytes!("font/DejaVuSans.ttf").to_vec());
    fonts.load_font_data(include_bytes!("font/DejaVuSans-Bold.ttf").to_vec());
    fonts.set_sans_serif_family("DejaVu Sans");
    fonts
}
