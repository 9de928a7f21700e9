//! Numbers over time: the volume as stacked stages with its uncertainty, and small curves of other measures.

use hemastage::{
    followup::{FollowUp, VisitRecord},
    stage::Stage,
};

use super::times::{MIN_GAP, Times};
use crate::{
    figure::{GRID, INK, PALE, color, step},
    picture::svg::{Anchor, Area, Stroke, Svg, Type, number},
    text::volume,
};

const Z: f64 = 1.96;
const TITLE: f64 = 19.0;
const TICK: f64 = 14.0;
/// Between the numbers of two visits on a line.
const MIN_NUMBER_GAP: f64 = 40.0;
/// The color of volume that is not divided by stage.
const UNDIVIDED: &str = "#C8C8C8";

/// A measure over the visits, `None` where a visit does not give it.
pub(super) struct Curve {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) values: Vec<Option<f64>>,
}

impl Curve {
    /// Thickness, occupancy and displacement, as far as two visits or more give them.
    pub(super) fn all(found: &FollowUp) -> Vec<Self> {
        let of = |title, unit, value: fn(&VisitRecord) -> Option<f64>| Self {
            title,
            unit,
            values: found.visits.iter().map(value).collect(),
        };
        let all = [
            of("Largest AP thickness", "mm", |visit| visit.thickness_ap),
            of("Largest canal occupancy", "%", |visit| Some(100.0 * visit.occupancy_area?)),
            of("Displacement of the cord", "mm", |visit| visit.displacement),
        ];
        all.into_iter().filter(|curve| curve.values.iter().flatten().count() > 0).collect()
    }

    pub(super) fn draw(&self, svg: &mut Svg, area: &Area, times: &Times) {
        let how = Type::new(16.0, INK).bold();
        svg.text([area.x, area.y - 16.0], &format!("{}, {}", self.title, self.unit), how);
        let max = self.values.iter().flatten().copied().fold(0.0, f64::max).max(1e-9) * 1.3;
        svg.line([area.x, area.bottom()], [area.right(), area.bottom()], Stroke::new(PALE, 1.5));
        let place = |visit: usize, value: f64| {
            [times.at(visit, area.x, area.width), area.bottom() - value / max * area.height]
        };
        let known: Vec<(usize, f64)> =
            self.values.iter().enumerate().filter_map(|(n, value)| Some((n, (*value)?))).collect();
        for pair in known.windows(2) {
            // a visit in between that does not give it breaks the line
            if pair[0].0 + 1 == pair[1].0 {
                svg.line(place(pair[0].0, pair[0].1), place(pair[1].0, pair[1].1), Stroke::new(INK, 2.0));
            }
        }
        let mut last_x = f64::NEG_INFINITY;
        for &(visit, value) in &known {
            let [x, y] = place(visit, value);
            // below the curve where the one before is too close
            let base = if x - last_x < MIN_NUMBER_GAP { y + 22.0 } else { y - 10.0 };
            last_x = x;
            svg.rectangle(&Area { x: x - 4.0, y: y - 4.0, width: 8.0, height: 8.0 }, INK, 1.0);
            let anchor = if visit == 0 { Anchor::Start } else { Anchor::Middle };
            svg.text([x, base], &format!("{value:.1}"), Type::new(TICK, INK).anchor(anchor));
        }
    }
}

/// The volume over time.
pub(super) struct Volumes<'a> {
    pub(super) found: &'a FollowUp,
    pub(super) times: &'a Times,
}

impl Volumes<'_> {
    pub(super) fn draw(&self, svg: &mut Svg, area: &Area) {
        svg.text([area.x, area.y - 14.0], "Volume by stage", Type::new(TITLE, INK).bold());
        let max = self.found.visits.iter().map(|visit| visit.volume_mm3 + Z * visit.sigma_mm3.unwrap_or(0.0));
        let step_mm3 = step(max.fold(1.0, f64::max), 5.0);
        let largest =
            self.found.visits.iter().map(|visit| visit.volume_mm3 + Z * visit.sigma_mm3.unwrap_or(0.0));
        let max = (largest.fold(1.0, f64::max) / step_mm3).ceil() * step_mm3;
        let y = |mm3: f64| area.bottom() - mm3 / max * area.height;
        let (divisor, unit) = if max >= 1000.0 { (1000.0, "mL") } else { (1.0, "mm³") };
        for n in 0..=((max / step_mm3).round() as usize) {
            let mm3 = step_mm3 * n as f64;
            let stroke = if n == 0 { Stroke::new(PALE, 1.5) } else { Stroke::new(GRID, 1.0) };
            svg.line([area.x, y(mm3)], [area.right(), y(mm3)], stroke);
            let text = format!("{} {unit}", number(mm3 / divisor));
            svg.text([area.x - 8.0, y(mm3) + 5.0], &text, Type::new(TICK, PALE).anchor(Anchor::End));
        }
        let x = |visit: usize| self.times.at(visit, area.x, area.width);
        let heights: Vec<Vec<f64>> = self.found.visits.iter().map(stacked).collect();
        for layer in 0..=Stage::ALL.len() {
            let fill = Stage::ALL.get(layer).map_or_else(|| UNDIVIDED.to_owned(), |stage| color(*stage));
            let upper = (0..heights.len()).map(|visit| (x(visit), y(heights[visit][layer + 1])));
            let lower = (0..heights.len()).rev().map(|visit| (x(visit), y(heights[visit][layer])));
            if heights.iter().all(|height| height[layer + 1] <= height[layer]) {
                continue;
            }
            let points: Vec<String> =
                upper.chain(lower).map(|(x, y)| format!("{} {}", number(x), number(y))).collect();
            svg.fill(&format!("M{}Z", points.join("L")), &fill, 0.85);
        }
        let mut last_x = f64::NEG_INFINITY;
        let mut row = 0.0;
        for (n, visit) in self.found.visits.iter().enumerate() {
            let (x, mm3) = (x(n), visit.volume_mm3);
            svg.line([x, area.bottom()], [x, y(mm3)], Stroke::new(INK, 1.0).dashes("2 3"));
            if let Some(sigma) = visit.sigma_mm3.filter(|sigma| *sigma > 0.0) {
                let (low, high) = (y((mm3 - Z * sigma).max(0.0)), y(mm3 + Z * sigma));
                svg.line([x, low], [x, high], Stroke::new(INK, 2.0));
                for end in [low, high] {
                    svg.line([x - 6.0, end], [x + 6.0, end], Stroke::new(INK, 2.0));
                }
            }
            let above = y(mm3 + Z * visit.sigma_mm3.unwrap_or(0.0)) - 8.0;
            let anchor = match n {
                0 => Anchor::Start,
                n if n + 1 == self.times.len() => Anchor::End,
                _ => Anchor::Middle,
            };
            let text = if visit.hematoma { volume(mm3) } else { "none".into() };
            svg.text([x, above], &text, Type::new(TICK, INK).bold().anchor(anchor));
            // where two visits are close, the later is named a line lower
            row = if x - last_x < MIN_GAP && row == 0.0 { 18.0 } else { 0.0 };
            last_x = x;
            svg.text(
                [x, area.bottom() + 22.0 + row],
                self.times.name(n),
                Type::new(TICK, INK).anchor(anchor),
            );
        }
    }
}

/// The borders of a visit's stages above each other, from 0 on, then that of the rest.
fn stacked(visit: &VisitRecord) -> Vec<f64> {
    let mut borders = vec![0.0];
    for stage in Stage::ALL {
        let last = borders[borders.len() - 1];
        borders.push(last + visit.stage_mm3.map_or(0.0, |by_stage| by_stage[stage]));
    }
    let last = borders[borders.len() - 1];
    borders.push(last.max(visit.volume_mm3));
    borders
}
