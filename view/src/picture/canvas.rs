//! The shapes of a figure and their pixels.
//!
//! Pixels are drawn in bands from the top down, so that no more than a band is in memory.

use std::collections::HashMap;

use tiny_skia::{
    Color, FillRule, LineJoin, Paint, Path, PathBuilder, Pixmap, PixmapMut, PremultipliedColorU8, Rect,
    Stroke as Line, StrokeDash, Transform,
};

use super::{
    font::Outlines,
    gray::Gray,
    svg::{Area, Stroke},
};

/// The rim of a text on an image.
const RIM_WIDTH: f32 = 3.0;
const RIM_OPACITY: f64 = 0.75;

/// A shape, with colors as `#56B4E9`.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Rectangle {
        area: Area,
        color: String,
        opacity: f64,
    },
    Stroke {
        d: String,
        color: String,
        width: f64,
        opacity: f64,
        dashes: Vec<f32>,
    },
    /// Filled by the even-odd rule.
    Fill {
        d: String,
        color: String,
        opacity: f64,
    },
    /// Stretched over an area.
    Image {
        area: Area,
        gray: Gray,
        id: String,
    },
    /// An image once more, moved by pixels.
    Again {
        id: String,
        by: [f64; 2],
    },
    Text {
        at: [f64; 2],
        text: String,
        size: f64,
        color: String,
        bold: bool,
        rim: bool,
    },
}

impl Shape {
    pub(super) fn stroke(d: &str, stroke: Stroke<'_>) -> Self {
        let Stroke { color, width, opacity, dashes } = stroke;
        let dashes = dashes.unwrap_or_default().split(' ').filter_map(|length| length.parse().ok()).collect();
        Self::Stroke { d: d.into(), color: color.into(), width, opacity, dashes }
    }
}

/// All shapes of a figure, the lowest first, and its size.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Drawing {
    shapes: Vec<Shape>,
    size: [f64; 2],
}

impl Drawing {
    pub(super) fn add(&mut self, shape: Shape) {
        self.shapes.push(shape);
    }

    pub(super) fn sized(self, size: [f64; 2]) -> Self {
        Self { size, ..self }
    }

    /// Width and height in whole pixels.
    pub(super) fn size(&self) -> [u32; 2] {
        self.size.map(|length| length.ceil() as u32)
    }

    /// The shapes as what is filled, from the lowest one on.
    pub(super) fn layers(&self) -> Vec<Layer<'_>> {
        let mut outlines = Outlines::default();
        let mut images: HashMap<&str, (&Area, &Gray)> = HashMap::new();
        let mut layers = Vec::new();
        for shape in &self.shapes {
            match shape {
                Shape::Rectangle { area, color, opacity } => {
                    let [x, y, width, height] = [area.x, area.y, area.width, area.height].map(|n| n as f32);
                    let path = Rect::from_xywh(x, y, width, height).map(PathBuilder::from_rect);
                    layers.extend(path.map(|path| Layer::filled(path, color, *opacity)));
                }
                Shape::Stroke { d, color, width, opacity, dashes } => {
                    let dash = StrokeDash::new(dashes.clone(), 0.0);
                    let path = path(d).and_then(|path| stroked(path, *width as f32, dash, LineJoin::Miter));
                    layers.extend(path.map(|path| Layer::filled(path, color, *opacity)));
                }
                Shape::Fill { d, color, opacity } => {
                    let layer = path(d).map(|path| Layer::filled(path, color, *opacity));
                    layers.extend(layer.map(Layer::even_odd));
                }
                Shape::Image { area, gray, id } => {
                    images.insert(id, (area, gray));
                    layers.push(Layer::Image { area: *area, gray });
                }
                Shape::Again { id, by } => {
                    if let Some((area, gray)) = images.get(id.as_str()) {
                        let area = Area { x: area.x + by[0], y: area.y + by[1], ..**area };
                        layers.push(Layer::Image { area, gray });
                    }
                }
                Shape::Text { at, text, size, color, bold, rim } => {
                    let Some(path) = outlines.of(text, *at, *size, *bold) else { continue };
                    if *rim {
                        let rim = stroked(path.clone(), RIM_WIDTH, None, LineJoin::Round);
                        layers.extend(rim.map(|rim| Layer::filled(rim, "#000000", RIM_OPACITY)));
                    }
                    layers.push(Layer::filled(path, color, 1.0));
                }
            }
        }
        layers
    }
}

/// What is drawn at once.
#[derive(Debug)]
pub(super) enum Layer<'a> {
    Path { path: Path, color: Color, rule: FillRule },
    Image { area: Area, gray: &'a Gray },
}

impl Layer<'_> {
    fn filled(path: Path, color: &str, opacity: f64) -> Self {
        let digits = u32::from_str_radix(color.trim_start_matches('#'), 16).unwrap_or(0);
        let [_, red, green, blue] = digits.to_be_bytes();
        let color = Color::from_rgba8(red, green, blue, (255.0 * opacity).round() as u8);
        Self::Path { path, color, rule: FillRule::Winding }
    }

    fn even_odd(self) -> Self {
        match self {
            Self::Path { path, color, .. } => Self::Path { path, color, rule: FillRule::EvenOdd },
            image @ Self::Image { .. } => image,
        }
    }

    /// Draws the part of it in a band that begins at a row of the figure.
    pub(super) fn draw(&self, band: &mut Pixmap, first_row: u32) {
        let (top, bottom) = (first_row as f32, (first_row + band.height()) as f32);
        match self {
            Self::Path { path, color, rule } => {
                let bounds = path.bounds();
                if bounds.bottom() < top || bounds.top() > bottom {
                    return;
                }
                let mut paint = Paint { anti_alias: true, ..Paint::default() };
                paint.set_color(*color);
                band.fill_path(path, &paint, *rule, Transform::from_translate(0.0, -top), None);
            }
            Self::Image { area, gray } => stretched(&mut band.as_mut(), first_row, area, gray),
        }
    }
}

/// The outline of a line along a path.
fn stroked(path: Path, width: f32, dash: Option<StrokeDash>, line_join: LineJoin) -> Option<Path> {
    let path = match dash {
        Some(dash) => path.dash(&dash, 1.0)?,
        None => path,
    };
    path.stroke(&Line { width, line_join, ..Line::default() }, 1.0)
}

/// A path of the figure's own commands `M`, `L`, `H`, `V` and `Z`.
fn path(d: &str) -> Option<Path> {
    let mut path = PathBuilder::new();
    let mut at = [0.0_f32; 2];
    let mut rest = d;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..].find(|c: char| c.is_ascii_alphabetic()).map_or(rest.len(), |n| n + 1);
        let mut numbers = rest[1..end].split_ascii_whitespace().filter_map(|n| n.parse::<f32>().ok());
        match command {
            'H' => at[0] = numbers.next()?,
            'V' => at[1] = numbers.next()?,
            'M' | 'L' => at = [numbers.next()?, numbers.next()?],
            'Z' => {}
            _ => return None,
        }
        match command {
            'M' => path.move_to(at[0], at[1]),
            'Z' => path.close(),
            _ => path.line_to(at[0], at[1]),
        }
        rest = &rest[end..];
    }
    path.finish()
}

/// Draws an image over an area of whole pixels, with linear interpolation between its pixels' centers.
fn stretched(band: &mut PixmapMut<'_>, first_row: u32, area: &Area, gray: &Gray) {
    let [left, right] =
        [area.x, area.right()].map(|x| x.round().clamp(0.0, f64::from(band.width())) as usize);
    let [top, bottom] = [area.y, area.bottom()].map(|y| y.round().max(0.0) as usize);
    let first_row = first_row as usize;
    let width = band.width() as usize;
    let columns: Vec<(usize, usize, i32)> =
        (left..right).map(|x| between(x, area.x, area.width, gray.shape[0])).collect();
    let rows = top.max(first_row)..bottom.min(first_row + band.height() as usize);
    for y in rows {
        let (above, below, part) = between(y, area.y, area.height, gray.shape[1]);
        let row = |n: usize| &gray.shades[n * gray.shape[0]..(n + 1) * gray.shape[0]];
        let (above, below) = (row(above), row(below));
        let pixels = &mut band.pixels_mut()[(y - first_row) * width..][left..right];
        for (pixel, &(from, to, across)) in pixels.iter_mut().zip(&columns) {
            let mixed = |row: &[u8]| i32::from(row[from]) * (256 - across) + i32::from(row[to]) * across;
            let shade = (mixed(above) * (256 - part) + mixed(below) * part + (1 << 15)) >> 16;
            let shade = shade as u8;
            if let Some(opaque) = PremultipliedColorU8::from_rgba(shade, shade, shade, 255) {
                *pixel = opaque;
            }
        }
    }
}

/// The two pixels of `n` stretched over a length that the center of one of the figure's is between, and how far it is from
/// the first to the second, in 256ths.
fn between(pixel: usize, start: f64, length: f64, n: usize) -> (usize, usize, i32) {
    let last = n.saturating_sub(1);
    let at = ((pixel as f64 + 0.5 - start) / length * n as f64 - 0.5).clamp(0.0, last as f64);
    let first = at.floor() as usize;
    (first, (first + 1).min(last), ((at - first as f64) * 256.0).round() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_they_are_written() {
        let bounds = |d: &str| path(d).map(|path| path.bounds()).unwrap();
        let found = bounds("M1 2H5V-3.5L0.5 7Z");
        assert_eq!([found.left(), found.top(), found.right(), found.bottom()], [0.5, -3.5, 5.0, 7.0]);
        assert!(path("M1 2Q3").is_none() && path("").is_none());
    }

    #[test]
    fn an_image_is_stretched_from_center_to_center() {
        let gray = Gray { shape: [2, 1], shades: vec![0, 200] };
        let mut band = Pixmap::new(8, 2).unwrap();
        let area = Area { x: 0.0, y: 4.0, width: 8.0, height: 1.0 };
        Layer::Image { area, gray: &gray }.draw(&mut band, 4);
        let row = |n: usize| band.pixels()[8 * n..][..8].iter().map(|pixel| pixel.red()).collect::<Vec<_>>();
        assert_eq!(row(0), [0, 0, 25, 75, 125, 175, 200, 200]);
        assert_eq!(row(1), [0; 8]);
        assert_eq!(band.pixels()[8].alpha(), 0, "rows below are not drawn on");
    }
}
