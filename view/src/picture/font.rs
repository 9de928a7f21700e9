//! The bundled font, `DejaVu` Sans: its letters and their widths.

use std::{collections::HashMap, sync::LazyLock};

use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};

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

/// Whether the font has a letter.
pub(super) fn has(letter: char) -> bool {
    ADVANCES[0].contains_key(&letter)
}

/// The width of a text in the unit of its size, without kerning, which makes few texts slightly narrower.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    let advances = &ADVANCES[usize::from(bold)];
    let replacement = advances.get(&REPLACEMENT).copied().unwrap_or(1.0);
    size * text.chars().map(|letter| advances.get(&letter).copied().unwrap_or(replacement)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_faces_have_every_letter_of_the_figures_own_words() {
        let own = (' '..='~').chain("·–—…−³×\u{a0}\u{fffd}".chars());
        for letter in own {
            assert!(ADVANCES.iter().all(|face| face.contains_key(&letter)), "{letter:?}");
        }
        assert!(has('ő') && !has('患'));
    }

    #[test]
    fn widths_are_those_of_the_drawn_text() {
        use resvg::usvg::{Node, Options, Tree};
        let options = Options { fontdb: crate::picture::raster::fonts(), ..Options::default() };
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
