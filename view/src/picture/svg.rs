//! The figure being drawn: rectangles, lines, paths, images and text, each written as SVG with plain attributes and
//! kept as a shape for the pixels.

use std::fmt::{Display, Write as _};

use super::{
    canvas::{Drawing, Shape},
    font,
    gray::Gray,
};
use crate::text::{GAP, clean};

/// Fonts to take where the bundled one is not installed, of about its width or narrower.
const FALLBACKS: &str = "Verdana, Helvetica, Arial, sans-serif";

/// A rectangle of the figure.
///
/// # Shape and units
/// Pixels to the right of and below the figure's upper left corner.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Area {
    pub(crate) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(&self) -> f64 {
        self.y + self.height
    }
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stroke<'a> {
    pub(crate) color: &'a str,
    pub(crate) width: f64,
    pub(crate) opacity: f64,
    /// Lengths of dashes and gaps.
    pub(crate) dashes: Option<&'a str>,
}

impl<'a> Stroke<'a> {
    pub(crate) fn new(color: &'a str, width: f64) -> Self {
        Self { color, width, opacity: 1.0, dashes: None }
    }

    pub(crate) fn opacity(self, opacity: f64) -> Self {
        Self { opacity, ..self }
    }

    pub(crate) fn dashes(self, dashes: &'a str) -> Self {
        Self { dashes: Some(dashes), ..self }
    }
}

/// The part of a text at its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// The size and look of a text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Type<'a> {
    pub(crate) size: f64,
    pub(crate) color: &'a str,
    pub(crate) anchor: Anchor,
    pub(crate) bold: bool,
    /// A dark rim, for a text on an image.
    pub(crate) rim: bool,
}

impl<'a> Type<'a> {
    pub(crate) fn new(size: f64, color: &'a str) -> Self {
        Self { size, color, anchor: Anchor::Start, bold: false, rim: false }
    }

    pub(crate) fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    /// White with a dark rim.
    pub(crate) fn on_image(size: f64) -> Self {
        Self { rim: true, ..Self::new(size, "#FFFFFF") }
    }

    /// The width of a text.
    pub(crate) fn width(&self, text: &str) -> f64 {
        font::width(text, self.size, self.bold)
    }

    /// The width of the widest text; 0 without one.
    pub(crate) fn widest<T: AsRef<str>>(&self, texts: impl IntoIterator<Item = T>) -> f64 {
        texts.into_iter().map(|text| self.width(text.as_ref())).fold(0.0, f64::max)
    }

    /// The same, smaller where a text would be wider than `max`, but not below `min_size`.
    pub(crate) fn fitted<T: AsRef<str>>(
        self,
        texts: impl IntoIterator<Item = T>,
        max: f64,
        min_size: f64,
    ) -> Self {
        let width = self.widest(texts);
        if width <= max { self } else { Self { size: (self.size * max / width).max(min_size), ..self } }
    }
}

/// A figure being written.
#[derive(Debug)]
pub(crate) struct Svg {
    text: String,
    drawing: Drawing,
}

impl Svg {
    pub(crate) fn new() -> Self {
        Self { text: String::new(), drawing: Drawing::default() }
    }

    pub(crate) fn rectangle(&mut self, area: &Area, color: &str, opacity: f64) {
        self.drawing.add(Shape::Rectangle { area: *area, color: color.into(), opacity });
        let (x, y, width, height) = placed(area);
        self.push(format_args!(
            r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{color}"{}/>"#,
            Opacity("fill-opacity", opacity)
        ));
    }

    /// A rectangle with a rim, visible on white whatever its color.
    pub(crate) fn rimmed(&mut self, area: &Area, color: &str) {
        self.drawing.add(Shape::Rectangle { area: *area, color: color.into(), opacity: 1.0 });
        let Area { x, y, .. } = *area;
        let d = format!("M{x} {y}H{}V{}H{x}Z", area.right(), area.bottom());
        self.drawing.add(Shape::stroke(&d, Stroke::new("#767676", 1.0)));
        let (x, y, width, height) = placed(area);
        self.push(format_args!(
            r##"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{color}" stroke="#767676"/>"##
        ));
    }

    pub(crate) fn line(&mut self, from: [f64; 2], to: [f64; 2], stroke: Stroke<'_>) {
        let d = format!("M{} {}L{} {}", number(from[0]), number(from[1]), number(to[0]), number(to[1]));
        self.stroke(&d, stroke);
    }

    /// Draws along a path; nothing for an empty one.
    pub(crate) fn stroke(&mut self, d: &str, stroke: Stroke<'_>) {
        if d.is_empty() {
            return;
        }
        self.drawing.add(Shape::stroke(d, stroke));
        let Stroke { color, width, opacity, dashes } = stroke;
        let dashes = dashes.map_or(String::new(), |dashes| format!(r#" stroke-dasharray="{dashes}""#));
        self.push(format_args!(
            r#"<path d="{d}" fill="none" stroke="{color}" stroke-width="{}"{dashes}{}/>"#,
            number(width),
            Opacity("stroke-opacity", opacity)
        ));
    }

    /// Fills a path by the even-odd rule.
    pub(crate) fn fill(&mut self, d: &str, color: &str, opacity: f64) {
        if d.is_empty() {
            return;
        }
        self.drawing.add(Shape::Fill { d: d.into(), color: color.into(), opacity });
        self.push(format_args!(
            r#"<path d="{d}" fill="{color}" fill-rule="evenodd"{}/>"#,
            Opacity("fill-opacity", opacity)
        ));
    }

    /// An image stretched over an area, under an id by which [`Svg::reuse`] draws it once more.
    pub(in crate::picture) fn image(&mut self, area: &Area, (gray, uri): (Gray, String), id: &str) {
        self.drawing.add(Shape::Image { area: *area, gray, id: id.into() });
        let (x, y, width, height) = placed(area);
        self.push(format_args!(
            r#"<image id="{id}" x="{x}" y="{y}" width="{width}" height="{height}" preserveAspectRatio="none" href="{uri}"/>"#
        ));
    }

    /// The image of an id, moved by pixels.
    pub(crate) fn reuse(&mut self, id: &str, by: [f64; 2]) {
        self.drawing.add(Shape::Again { id: id.into(), by });
        let (x, y) = (number(by[0]), number(by[1]));
        self.push(format_args!(r##"<use href="#{id}" x="{x}" y="{y}"/>"##));
    }

    /// A text on its baseline.
    pub(crate) fn text(&mut self, at: [f64; 2], text: &str, how: Type<'_>) {
        let Type { size, color, anchor, bold, rim } = how;
        let before = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => 0.5,
            Anchor::End => 1.0,
        };
        let shown = shown(text);
        let at_start = [at[0] - before * how.width(&shown), at[1]];
        self.drawing.add(Shape::Text { at: at_start, text: shown, size, color: color.into(), bold, rim });
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => r#" text-anchor="middle""#,
            Anchor::End => r#" text-anchor="end""#,
        };
        let weight = if bold { r#" font-weight="bold""# } else { "" };
        let rim = if rim {
            r##" stroke="#000000" stroke-opacity="0.75" stroke-width="3" stroke-linejoin="round" paint-order="stroke""##
        } else {
            ""
        };
        self.push(format_args!(
            r#"<text x="{}" y="{}" font-size="{}" fill="{color}"{anchor}{weight}{rim}>{}</text>"#,
            number(at[0]),
            number(at[1]),
            number(size),
            escaped(text)
        ));
    }

    /// The whole file, on white.
    pub(crate) fn finish(self, size: [f64; 2], title: &str, description: &str) -> (String, Drawing) {
        let drawing = self.drawing.sized(size);
        let [width, height] = size.map(number);
        let text = format!(
            concat!(
                r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" "#,
                r#"viewBox="0 0 {width} {height}" font-family="{family}, {fallbacks}" role="img">"#,
                "\n<title>{title}</title>\n<desc>{description}</desc>\n",
                r##"<rect width="{width}" height="{height}" fill="#FFFFFF"/>"##,
                "\n{body}</svg>\n"
            ),
            width = width,
            height = height,
            family = font::FAMILY,
            fallbacks = FALLBACKS,
            title = escaped(title),
            description = escaped(description),
            body = self.text
        );
        (text, drawing)
    }

    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // writing to a String does not fail
        let _ = self.text.write_fmt(element);
        self.text.push('\n');
    }
}

fn placed(area: &Area) -> (String, String, String, String) {
    (number(area.x), number(area.y), number(area.width), number(area.height))
}

/// An attribute that is omitted where it is 1.
struct Opacity(&'static str, f64);

impl Display for Opacity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.1 < 1.0 { write!(f, r#" {}="{}""#, self.0, number(self.1)) } else { Ok(()) }
    }
}

/// At most two decimals; 0 for `NaN` and infinity.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return "0".into();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// A text as it is drawn, with what XML forbids replaced.
fn shown(text: &str) -> String {
    let letter = |c: char| match c {
        c if c.is_whitespace() && c != GAP => ' ',
        '\u{FFFE}' | '\u{FFFF}' => font::REPLACEMENT,
        c => c,
    };
    clean(text).chars().map(letter).collect()
}

/// A text with the characters that XML reserves escaped and those that it forbids replaced.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in shown(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            c => safe.push(c),
        }
    }
    safe
}
