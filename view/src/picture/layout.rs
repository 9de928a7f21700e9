//! Where the parts of the figure go.
//!
//! Short hematomas have the sagittal panels above and the axial ones below them; long ones have the axial panels
//! to the right. The one in which the sagittal panels are larger is taken.

use super::{chart::Chart, plane::Plane, svg::Area, views::View};

/// The figure's width.
pub(super) const WIDTH: f64 = 1600.0;
/// The empty rim around it.
pub(super) const RIM: f64 = 40.0;
/// Where the panels begin, below the head.
const TOP: f64 = 224.0;
/// Room for the names of levels.
const NAMES: f64 = 72.0;
const GAP: f64 = 14.0;
/// Room for a panel's title above it.
const TITLE: f64 = 40.0;
/// Room for the sectors' shares below the axial panels.
const SHARES: f64 = 24.0;
/// The sagittal panels' greatest height above axial ones, ...
const ABOVE: f64 = 720.0;
/// ... and beside them.
const BESIDE: f64 = 1240.0;
/// The column of axial panels beside sagittal ones.
const COLUMN: f64 = 400.0;
/// An axial panel below sagittal ones.
const AXIAL: f64 = 400.0;
/// A wider view than this shows nothing more of the spine.
const WIDE_ENOUGH_MM: f64 = 120.0;

/// Where everything is.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) sagittal: Plane,
    pub(super) axial: Plane,
    /// T1, T2 and the stages.
    pub(super) sagittal_areas: [Area; 3],
    /// T1 and T2.
    pub(super) axial_areas: [Area; 2],
    pub(super) chart: Area,
    /// Where the foot begins.
    pub(super) foot: f64,
}

impl Layout {
    pub(super) fn of(sagittal: &View, axial: &View, has_names: bool, chart: &Chart) -> Self {
        let names = if has_names { NAMES } else { 0.0 };
        let left = RIM + names;
        let panel = |end: f64| (end - left - 2.0 * GAP) / 3.0;
        let above = [panel(WIDTH - RIM), ABOVE];
        let beside = [panel(WIDTH - RIM - COLUMN - RIM), BESIDE];
        let is_below = scale(sagittal.reach.size(), above) >= scale(sagittal.reach.size(), beside);
        let (plane, areas) = row(sagittal, left, if is_below { above } else { beside });
        let axial = axial.cut.window(&axial.reach);
        if is_below { below(plane, areas, axial, chart) } else { column(plane, areas, axial, chart) }
    }
}

/// Pixels per millimeter of a plane in a room.
fn scale(mm: [f64; 2], room: [f64; 2]) -> f64 {
    (room[0] / mm[0]).min(room[1] / mm[1])
}

/// The three sagittal panels side by side.
fn row(view: &View, left: f64, room: [f64; 2]) -> (Plane, [Area; 3]) {
    let wide_mm = (room[0] / scale(view.reach.size(), room)).min(WIDE_ENOUGH_MM);
    let plane = view.cut.window(&view.reach.wider(wide_mm, &view.images));
    let scale = scale(plane.size_mm(), room);
    let [width, height] = plane.size_mm().map(|mm| mm * scale);
    let area = |n: usize| Area { x: left + n as f64 * (width + GAP), y: TOP, width, height };
    (plane, std::array::from_fn(area))
}

/// An area of a plane's shape in a room at a place.
fn fitted(plane: &Plane, x: f64, y: f64, room: [f64; 2]) -> Area {
    let scale = scale(plane.size_mm(), room);
    let [width, height] = plane.size_mm().map(|mm| mm * scale);
    Area { x, y, width, height }
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
    let x = sagittal_areas[2].right() + RIM;
    let width = (WIDTH - RIM - x).min(COLUMN * 1.4);
    let end = sagittal_areas[0].bottom().max(TOP + 900.0);
    let rows = chart.height().clamp(200.0, 540.0);
    let room = ((end - TOP - rows - 2.0 * TITLE - SHARES - GAP) / 2.0).max(200.0).min(width);
    let first = fitted(&axial, x, TOP, [room; 2]);
    let second = Area { y: first.bottom() + TITLE, ..first };
    let y = second.bottom() + SHARES + TITLE + GAP;
    let chart = Area { x, y, width, height: (end - y).max(rows) };
    let foot = end.max(chart.bottom()) + GAP;
    Layout { sagittal, axial, sagittal_areas, axial_areas: [first, second], chart, foot }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::plane::{Cut, Reach};

    fn view(cell_mm: f64, size_mm: [f64; 2]) -> View {
        let cut =
            Cut { point: [0.0; 3], right: [1.0, 0.0, 0.0], down: [0.0, 1.0, 0.0], cell_mm: [cell_mm; 2] };
        let reach = Reach::of([[0.0; 2], size_mm]).unwrap();
        View { cut, reach, images: reach }
    }

    #[test]
    fn views_of_any_size_have_their_place() {
        let sizes = || (1..60).flat_map(|w| [w * w, 3 * w + 1]).map(|n| f64::from(n) / 7.0);
        for (width, height) in sizes().flat_map(|w| sizes().map(move |h| (w, h))) {
            for (cell, sagittal) in [(0.25, [80.0, 100.0]), (0.7, [90.0, 500.0])] {
                let axial = view(cell, [width, height]);
                let layout = Layout::of(&view(1.0, sagittal), &axial, true, &Chart::default());
                assert!(layout.axial_areas[1].right() < WIDTH && layout.foot >= layout.chart.bottom());
            }
        }
    }
}
