//! The bundled font, `DejaVu` Sans: its letters, their widths and outlines.

use std::{collections::HashMap, sync::LazyLock};

use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
    outline::{DrawSettings, OutlinePen},
};
use tiny_skia::{Path, PathBuilder, Transform};

/// The font's name.
pub(super) const FAMILY: &str = "DejaVu Sans";

pub(super) const REGULAR: &[u8] = include_bytes!("font/DejaVuSans.ttf");
pub(super) const BOLD: &[u8] = include_bytes!("font/DejaVuSans-Bold.ttf");

/// What is drawn for a letter that the font lacks.
pub(super) const REPLACEMENT: char = '\u{fffd}';

/// The advance of each letter of a face, in em.
type Advances = HashMap<char, f64>;

/// The advances of the regular and the bold face.
static ADVANCES: LazyLock<[Advances; 2]> = LazyLock::new(|| [REGULAR, BOLD].map(advances));

fn advances(file: &[u8]) -> Advances {
    let Ok(font) = FontRef::new(file) else { return Advances::new() };
    let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
    let advance = |(letter, glyph)| Some((char::from_u32(letter)?, metrics.advance_width(glyph)?.into()));
    font.charmap().mappings().filter_map(advance).collect()
}

/// The width of a text in the unit of its size, without kerning, which makes few texts slightly narrower.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let advances = &ADVANCES[usize::from(bold)];
    let replacement = advances.get(&REPLACEMENT).copied().unwrap_or(1.0);
    size * text.chars().map(|letter| advances.get(&letter).copied().unwrap_or(replacement)).sum::<f64>()
}

/// The outlines of letters, each read from the font once.
#[derive(Debug, Default)]
pub(super) struct Outlines(HashMap<(char, bool), Option<Path>>);

impl Outlines {
    /// The outline of a text that begins at a point of its baseline; `None` for one without ink.
    pub(super) fn of(&mut self, text: &str, at: [f64; 2], size: f64, bold: bool) -> Option<Path> {
        let mut outline = PathBuilder::new();
        let mut x = at[0];
        for letter in text.chars() {
            let glyph = self.0.entry((letter, bold)).or_insert_with(|| glyph(letter, bold));
            let place = Transform::from_row(size as f32, 0.0, 0.0, size as f32, x as f32, at[1] as f32);
            if let Some(path) = glyph.clone().and_then(|path| path.transform(place)) {
                outline.push_path(&path);
            }
            x += width(letter.encode_utf8(&mut [0; 4]), size, bold);
        }
        outline.finish()
    }
}

/// The outline of a letter in em, downward.
fn glyph(letter: char, bold: bool) -> Option<Path> {
    let font = FontRef::new(if bold { BOLD } else { REGULAR }).ok()?;
    let id = font.charmap().map(letter).or_else(|| font.charmap().map(REPLACEMENT))?;
    let mut pen = Pen(PathBuilder::new());
    let settings = DrawSettings::unhinted(Size::new(1.0), LocationRef::default());
    font.outline_glyphs().get(id)?.draw(settings, &mut pen).ok()?;
    pen.0.finish()
}

/// Draws a glyph, whose y grows upward.
struct Pen(PathBuilder);

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.move_to(x, -y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.0.line_to(x, -y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.0.quad_to(x1, -y1, x, -y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        self.0.cubic_to(x1, -y1, x2, -y2, x, -y);
    }

    fn close(&mut self) {
        self.0.close();
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::sync::Arc;

    use resvg::usvg::fontdb;

    use super::*;

    /// The bundled font alone, for resvg.
    pub(crate) fn fonts() -> Arc<fontdb::Database> {
        let mut fonts = fontdb::Database::new();
        for face in [REGULAR, BOLD] {
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(face)));
        }
        fonts.set_sans_serif_family(FAMILY);
        Arc::new(fonts)
    }

    #[test]
    fn both_faces_have_every_letter_of_the_figures_own_words() {
        let own = (' '..='~').chain("·–—…−³×\u{a0}\u{fffd}".chars());
        for letter in own {
            assert!(ADVANCES.iter().all(|face| face.contains_key(&letter)), "{letter:?}");
        }
        assert!(ADVANCES[0].contains_key(&'ő') && !ADVANCES[0].contains_key(&'患'));
    }

    #[test]
    fn widths_are_those_of_the_drawn_text() {
        use resvg::usvg::{Node, Options, Tree};
        let options = Options { fontdb: fonts(), ..Options::default() };
        for text in
            ["Median signal / spinal cord: T1 1.02 (iso), T2 0.61 (hypo)", "1.15\u{a0}mL", "Early subacute"]
        {
            for (bold, weight) in [(false, "normal"), (true, "bold")] {
                let svg = format!(
                    r#"<svg xmlns="http://www.w3.org/2000/svg"><text y="50" font-size="20" font-family="{FAMILY}" font-weight="{weight}">{text}</text></svg>"#
                );
                let tree = Tree::from_str(&svg, &options).unwrap();
                let Node::Text(drawn) = &tree.root().children()[0] else { panic!("{text}: no text") };
                let (drawn, measured) = (f64::from(drawn.bounding_box().width()), width(text, 20.0, bold));
                assert!((0.97 * measured..measured + 0.01).contains(&drawn), "{text}: {drawn} {measured}");
            }
        }
    }
}
