//! The four sectors on an axial panel, and their shares.

use super::{
    head::percent,
    panel::Panel,
    svg::{Anchor, Stroke, Svg, Type},
};
use crate::{report::SectorsRecord, shape::Section};

/// The diagonals through the cord's middle, from there to the panel's edges.
pub(super) fn sectors(svg: &mut Svg, panel: &Panel<'_>, section: &Section) {
    let area = &panel.area;
    let [x, y] = panel.at(section.centre_mm);
    if !(area.x..area.right()).contains(&x) || !(area.y..area.bottom()).contains(&y) {
        return;
    }
    for (right, down) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
        let wide = if right < 0.0 { x - area.x } else { area.right() - x };
        let high = if down < 0.0 { y - area.y } else { area.bottom() - y };
        let long = wide.min(high);
        let stroke = Stroke::new("#FFFFFF", 1.2).opacity(0.55).dashes("3 6");
        svg.line([x, y], [x + right * long, y + down * long], stroke);
    }
}

/// The sectors' names and shares beside the letters.
pub(super) fn shares(svg: &mut Svg, panel: &Panel<'_>, shares: &SectorsRecord) {
    let area = &panel.area;
    let how = Type::on_image(15.0);
    let text = |name: &str, share: f64| format!("{name} {}", percent(share));
    let (centre, middle) = (area.x + area.width / 2.0, area.y + area.height / 2.0);
    svg.text([centre, area.y + 44.0], &text("ventral", shares.ventral), how.anchor(Anchor::Middle));
    svg.text([centre, area.bottom() - 34.0], &text("dorsal", shares.dorsal), how.anchor(Anchor::Middle));
    svg.text([area.x + 10.0, middle + 26.0], &text("right", shares.right), how);
    svg.text([area.right() - 10.0, middle + 26.0], &text("left", shares.left), how.anchor(Anchor::End));
}
