//! The axial panels: their plane's name, the four sectors around the cord, and the sectors' shares.

use hemastage::{Staged, Study, report::SectorsRecord, shape::Section};

use super::{
    layout::{RIM, WIDTH},
    panel::Panel,
    svg::{Area, Stroke, Svg, Type},
};
use crate::text::percent;

/// The borders of the sectors: diagonals from the center line to the panel's edges.
pub(super) fn sectors(svg: &mut Svg, panel: &Panel<'_>, section: &Section) {
    let area = &panel.area;
    let [x, y] = panel.at(section.center_mm);
    if !(area.x..area.right()).contains(&x) || !(area.y..area.bottom()).contains(&y) {
        return;
    }
    for (right, down) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
        let width = if right < 0.0 { x - area.x } else { area.right() - x };
        let height = if down < 0.0 { y - area.y } else { area.bottom() - y };
        let length = width.min(height);
        let stroke = Stroke::new("#FFFFFF", 1.2).opacity(0.55).dashes("3 6");
        svg.line([x, y], [x + right * length, y + down * length], stroke);
    }
}

/// The sectors' names and shares in a line below the panels.
pub(super) fn shares(svg: &mut Svg, areas: &[Area; 2], shares: &SectorsRecord) {
    let sectors = [
        ("ventral", shares.ventral),
        ("right", shares.right),
        ("dorsal", shares.dorsal),
        ("left", shares.left),
    ];
    let text = sectors.map(|(name, share)| format!("{name} {}", percent(share))).join(", ");
    let text = format!("Sectors: {text}");
    let how = Type::new(15.0, "#222222").fitted([&text], WIDTH - RIM - areas[0].x, 11.0);
    svg.text([areas[0].x, areas[1].bottom() + 20.0], &text, how);
}

/// The name of the panels' plane, such as `axial at C6`.
pub(super) fn plane(study: &Study, staged: &Staged) -> String {
    let level = staged.report.shape.thickness_ap.as_ref().and_then(|thickest| thickest.place.level);
    let at = level.map_or(String::new(), |level| format!(" at {level}"));
    format!("{}{at}", if study.is_oriented() { "axial" } else { "cross-section" })
}
