//! The arrangement of the figure: the one of two with the larger sagittal panels.
//!
//! In the first, for short hematomas, axial panels and chart stand below the sagittal panels; in the second, for
//! long ones, to their right.

use super::{chart::Chart, plane::Plane, svg::Area, views::View};

/// The figure's width.
pub(super) const WIDTH: f64 = 1600.0;
/// The empty rim around the figure.
pub(super) const RIM: f64 = 40.0;
/// The upper edge of the panels, below a head without warnings.
pub(super) const TOP: f64 = 224.0;
/// The width of the column of level names.
const NAMES: f64 = 72.0;
pub(super) const GAP: f64 = 14.0;
/// The height of a panel's title.
pub(super) const TITLE: f64 = 40.0;
/// The height of the line with the sectors' shares.
const SHARES: f64 = 24.0;
/// The largest height of the sagittal panels with axial panels below ...
const MAX_HEIGHT_ABOVE: f64 = 720.0;
/// ... and with axial panels to the right.
const MAX_HEIGHT_LEFT: f64 = 1240.0;
/// The least width of the column of axial panels to the right of sagittal ones.
const COLUMN: f64 = 400.0;
/// The side of an axial panel below sagittal ones.
const AXIAL: f64 = 400.0;
/// Sagittal panels are not widened further: more would not show more of the spine.
const MAX_WIDTH_MM: f64 = 120.0;

/// The planes and the areas of all parts.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sagittal: Plane,
    pub(super) axial: Plane,
    /// T1, T2 and the stages.
    pub(super) sagittal_areas: [Area; 3],
    /// T1 and T2.
    pub(super) axial_areas: [Area; 2],
    pub(super) chart: Area,
    /// The upper edge of the foot.
    pub(super) foot: f64,
}

impl Layout {
    /// The arrangement below a head that ends at `top`.
    pub(super) fn of(sagittal: &View, axial: &View, has_names: bool, chart: &Chart, top: f64) -> Self {
        let names = if has_names { NAMES } else { 0.0 };
        let left = RIM + names;
        let panel = |end: f64| (end - left - 2.0 * GAP) / 3.0;
        let above_axial = [panel(WIDTH - RIM), MAX_HEIGHT_ABOVE];
        let left_of_axial = [panel(WIDTH - RIM - COLUMN - RIM), MAX_HEIGHT_LEFT];
        let size = sagittal.shown.size();
        let is_below = scale(size, above_axial) >= scale(size, left_of_axial);
        let (plane, areas) = row(sagittal, [left, top], if is_below { above_axial } else { left_of_axial });
        let axial = axial.cut.window(&axial.shown);
        if is_below { below(plane, areas, axial, chart) } else { column(plane, areas, axial, chart) }
    }
}

/// Pixels per millimeter of a plane that fills a room.
fn scale(mm: [f64; 2], room: [f64; 2]) -> f64 {
    (room[0] / mm[0]).min(room[1] / mm[1])
}

/// The three sagittal panels side by side.
fn row(view: &View, [left, top]: [f64; 2], room: [f64; 2]) -> (Plane, [Area; 3]) {
    let width_mm = (room[0] / scale(view.shown.size(), room)).min(MAX_WIDTH_MM);
    let plane = view.cut.window(&view.shown.widened(width_mm, &view.imaged));
    let scale = scale(plane.size_mm(), room);
    let [width, height] = plane.size_mm().map(|mm| mm * scale);
    let area = |n: usize| Area { x: left + n as f64 * (width + GAP), y: top, width, height };
    (plane, std::array::from_fn(area))
}

/// The largest area of a plane's shape in a room, from its upper left corner.
fn fitted(plane: &Plane, x: f64, y: f64, room: [f64; 2]) -> Area {
    let scale = scale(plane.size_mm(), room);
    let [width, height] = plane.size_mm().map(|mm| mm * scale);
    Area { x, y, width, height }
}

/// The area of the first panel of further contrasts, of which three stand side by side.
pub(super) fn further_area(axial: &Plane, top: f64) -> Area {
    fitted(axial, RIM, top, [(WIDTH - 2.0 * RIM - 2.0 * GAP) / 3.0, AXIAL])
}

/// Axial panels and chart below.
fn below(sagittal: Plane, sagittal_areas: [Area; 3], axial: Plane, chart: &Chart) -> Layout {
    let y = sagittal_areas[0].bottom() + TITLE + 8.0;
    let first = fitted(&axial, RIM, y, [AXIAL; 2]);
    let second = Area { x: first.right() + GAP, ..first };
    let x = second.right() + RIM;
    let chart = Area { x, y, width: WIDTH - RIM - x, height: chart.height().min(AXIAL).max(first.height) };
    let foot = (first.bottom() + SHARES).max(chart.bottom()) + GAP;
    Layout { sagittal, axial, sagittal_areas, axial_areas: [first, second], chart, foot }
}

/// Axial panels and chart to the right.
fn column(sagittal: Plane, sagittal_areas: [Area; 3], axial: Plane, chart: &Chart) -> Layout {
    let (x, top) = (sagittal_areas[2].right() + RIM, sagittal_areas[0].y);
    let width = (WIDTH - RIM - x).min(COLUMN * 1.4);
    let end = sagittal_areas[0].bottom().max(top + 900.0);
    let rows = chart.height().clamp(200.0, 540.0);
    let room = ((end - top - rows - 2.0 * TITLE - SHARES - GAP) / 2.0).max(200.0).min(width);
    let first = fitted(&axial, x, top, [room; 2]);
    let second = Area { y: first.bottom() + TITLE, ..first };
    let y = second.bottom() + SHARES + TITLE + GAP;
    let chart = Area { x, y, width, height: (end - y).max(rows) };
    let foot = end.max(chart.bottom()) + GAP;
    Layout { sagittal, axial, sagittal_areas, axial_areas: [first, second], chart, foot }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::plane::{Cut, Rect};

    fn view(cell_mm: f64, size_mm: [f64; 2]) -> View {
        let cut =
            Cut { point: [0.0; 3], right: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], cell_mm: [cell_mm; 2] };
        let shown = Rect::around([[0.0; 2], size_mm]).unwrap();
        View { cut, shown, imaged: shown }
    }

    #[test]
    fn views_of_any_size_fit_into_the_figure() {
        let sizes = || (1..60).flat_map(|w| [w * w, 3 * w + 1]).map(|n| f64::from(n) / 7.0);
        for (width, height) in sizes().flat_map(|w| sizes().map(move |h| (w, h))) {
            for (cell, sagittal) in [(0.25, [80.0, 100.0]), (0.7, [90.0, 500.0])] {
                let axial = view(cell, [width, height]);
                let layout = Layout::of(&view(1.0, sagittal), &axial, true, &Chart::default(), TOP);
                assert!(layout.axial_areas[1].right() < WIDTH && layout.foot >= layout.chart.bottom());
            }
        }
    }
}
