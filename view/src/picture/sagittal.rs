//! The sagittal panels: their plane's name, the levels at their left, and where the axial plane crosses.

use hemastage::{Staged, Study, level::Spine};

use super::{
    fit::spread,
    panel::Panel,
    plane::{Cut, Plane},
    svg::{Anchor, Stroke, Svg, Type},
};

const NAME: f64 = 18.0;
/// The least distance between the baselines of two names.
const NAME_GAP: f64 = 19.0;
/// Share of the panel's width that the marks of the axial plane take on either side.
const MARK: f64 = 0.1;
/// A plane nearer to the center line is not called right or left of it.
const MIDLINE_MM: f64 = 4.0;

/// The name of the panels' plane, such as `sagittal, 8 mm right`.
pub(super) fn plane(study: &Study, staged: &Staged, plane: &Plane) -> String {
    if !study.is_oriented() {
        return "slice of the mask".into();
    }
    let right_mm = staged.section().map_or(0.0, |section| plane.right_of_mm(section));
    if right_mm.abs() < MIDLINE_MM {
        return "sagittal".into();
    }
    format!("sagittal, {:.0} mm {}", right_mm.abs(), if right_mm > 0.0 { "right" } else { "left" })
}

/// One level's name at its height.
#[derive(Debug)]
struct Name {
    text: String,
    y: f64,
    involved: bool,
}

/// The levels whose vertebra's center is at the height of the panel, from the top down.
fn names(panel: &Panel<'_>, staged: &Staged) -> Vec<Name> {
    let involved = |level| {
        let levels = staged.report.levels.as_ref();
        levels.is_some_and(|levels| levels.per_level.iter().any(|one| one.level == level && one.involved))
    };
    let stretches = staged.spine().into_iter().flat_map(Spine::stretches);
    let mut names: Vec<Name> = stretches
        .map(|stretch| Name {
            text: stretch.level.to_string(),
            y: panel.at(stretch.center_mm)[1],
            involved: involved(stretch.level),
        })
        .filter(|name| (panel.area.y..=panel.area.bottom()).contains(&name.y))
        .collect();
    names.sort_by(|a, b| a.y.total_cmp(&b.y));
    names
}

/// Names of levels to the left of the first panel, each with a line to its height.
pub(super) fn level_names(svg: &mut Svg, panels: &[Panel<'_>; 3], staged: &Staged) {
    let first = &panels[0];
    let names = names(first, staged);
    let heights: Vec<f64> = names.iter().map(|name| name.y).collect();
    let (low, high) = (first.area.y + NAME / 2.0, first.area.bottom() - NAME / 2.0);
    for (name, y) in names.iter().zip(spread(&heights, NAME_GAP, low, high)) {
        let color = if name.involved { "#111111" } else { "#767676" };
        let how = Type::new(NAME, color).anchor(Anchor::End);
        let x = first.area.x;
        svg.text([x - 24.0, y + NAME * 0.36], &name.text, if name.involved { how.bold() } else { how });
        svg.line([x - 20.0, y], [x - 2.0, name.y], Stroke::new(color, 1.2));
        for panel in panels {
            let x = panel.area.x;
            svg.line([x, name.y], [x + 9.0, name.y], Stroke::new("#000000", 4.0).opacity(0.5));
            svg.line([x, name.y], [x + 9.0, name.y], Stroke::new("#FFFFFF", 1.6));
        }
    }
}

/// Dotted marks at both sides of a panel where the axial plane crosses it.
pub(super) fn axial_marks(svg: &mut Svg, panel: &Panel<'_>, axial: &Cut) {
    let area = &panel.area;
    let at = panel.at(axial.point);
    let [across, down] = panel.plane.direction(axial.down);
    if across.abs() < 0.3 {
        return;
    }
    let y = |x: f64| at[1] + (x - at[0]) * down / across;
    let ends = [(area.x, area.x + MARK * area.width), (area.right() - MARK * area.width, area.right())];
    for (from, to) in ends {
        if [from, to].iter().all(|&x| (area.y..=area.bottom()).contains(&y(x))) {
            svg.line([from, y(from)], [to, y(to)], Stroke::new("#000000", 4.5).opacity(0.5));
            svg.line([from, y(from)], [to, y(to)], Stroke::new("#FFFFFF", 2.0).dashes("2 4"));
        }
    }
}
