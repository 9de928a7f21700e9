//! The head of the figure: title and story, and the colors of the stages.

use hemastage::{followup::FollowUp, stage::Stage};

use super::words::{cord, spans, stages, volumes};
use crate::{
    figure::{INK, PALE, color},
    picture::svg::{Area, Stroke, Svg, Type},
};

const LINE: f64 = 27.0;
const TEXT: f64 = 18.0;
const LEFT: f64 = 40.0;
const INDENT: f64 = 110.0;
/// No more levels of the cord are listed.
const MAX_CORD: usize = 4;

/// The story, a line per part of it.
pub(super) fn story(found: &FollowUp) -> Vec<(&'static str, String)> {
    let mut lines = vec![("Volume", volumes(found)), ("Levels", spans(found)), ("Stage", stages(found))];
    let changed = cord(found);
    let more = changed.len().saturating_sub(MAX_CORD);
    for (n, text) in changed.into_iter().take(MAX_CORD).enumerate() {
        lines.push((if n == 0 { "Cord T2" } else { "" }, text));
    }
    if more > 0 {
        lines.push(("", format!("and {more} more levels")));
    }
    lines
}

/// Draws title and story, and gives where they end.
pub(super) fn head(svg: &mut Svg, found: &FollowUp, name: Option<&str>, width: f64) -> f64 {
    let title = name.map_or_else(|| "Follow-up".into(), |name| format!("Follow-up of {name}"));
    svg.text([LEFT, 50.0], &title, Type::new(28.0, INK).bold());
    let mut y = 88.0;
    for (heading, text) in story(found) {
        svg.text([LEFT, y], heading, Type::new(TEXT, INK).bold());
        let how = Type::new(TEXT, INK).fitted([&text], width - 2.0 * LEFT - INDENT, 10.0);
        with_arrows(svg, [LEFT + INDENT, y], &text, how);
        y += LINE;
    }
    y
}

/// Draws a text with its arrows as lines, as the bundled font has none.
fn with_arrows(svg: &mut Svg, at: [f64; 2], text: &str, how: Type<'_>) {
    let [mut x, y] = at;
    for (n, part) in text.split(" → ").enumerate() {
        if n > 0 {
            let (start, end, middle) = (x + 0.5 * how.size, x + 1.5 * how.size, y - 0.33 * how.size);
            let head = 0.28 * how.size;
            svg.line([start, middle], [end, middle], Stroke::new(PALE, 1.6));
            for side in [-head, head] {
                svg.line([end - head, middle + side], [end, middle], Stroke::new(PALE, 1.6));
            }
            x += 2.0 * how.size;
        }
        svg.text([x, y], part, how);
        x += how.width(part);
    }
}

/// Draws a swatch and name for each stage, and gives where they end.
pub(super) fn legend(svg: &mut Svg, stages: &[Stage], at: [f64; 2]) -> f64 {
    let mut x = at[0];
    for &stage in stages {
        svg.rimmed(&Area { x, y: at[1] - 13.0, width: 16.0, height: 16.0 }, &color(stage));
        let how = Type::new(15.0, PALE);
        let text = stage.to_string();
        svg.text([x + 22.0, at[1]], &text, how);
        x += 22.0 + how.width(&text) + 22.0;
    }
    x
}
