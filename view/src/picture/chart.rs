//! Volume per vertebral level as bars, each divided by stage.

use hemastage::{per_stage::PerStage, report::Report};

use super::{
    marks::{NO_SIGNAL, stage_color},
    svg::{Anchor, Area, Stroke, Svg, Type, number},
};
use crate::text::volume;

const ROW: f64 = 30.0;
/// The height of the axis below the bars.
const AXIS: f64 = 34.0;
/// Between a level's name and its bar, and between a bar and its volume.
const GAPS: [f64; 2] = [10.0, 8.0];
/// The least distance of two texts in a line.
const TEXT_GAP: f64 = 12.0;
const TITLE: f64 = 19.0;
const MIN_TITLE: f64 = 12.0;
const TICK: f64 = 14.0;
const INK: &str = "#222222";
const PALE: &str = "#767676";
/// The color of a volume that is not divided by stage.
const UNDIVIDED: &str = "#C8C8C8";
/// Strength of the bar of a level that is not involved.
const PALE_BAR: f64 = 0.45;

/// One bar.
#[derive(Debug)]
struct Bar {
    name: String,
    /// Whether the level is involved.
    strong: bool,
    mm3: f64,
    /// `None` where the volume is not divided by stage.
    by_stage: Option<PerStage<f64>>,
}

/// One bar per level from the head down; without levels one per stage.
#[derive(Debug, Default)]
pub(super) struct Chart {
    title: &'static str,
    bars: Vec<Bar>,
}

impl Chart {
    pub(super) fn of(report: &Report) -> Self {
        let Some(levels) = report.levels.as_ref().filter(|levels| !levels.per_level.is_empty()) else {
            return Self { title: "Volume per stage", bars: stages(report) };
        };
        let mut bars: Vec<Bar> = levels
            .per_level
            .iter()
            .map(|record| Bar {
                name: record.level.to_string(),
                strong: record.involved,
                mm3: record.mm3,
                by_stage: Some(record.stage_mm3),
            })
            .collect();
        if levels.outside_mm3 > 0.0 {
            let name = "beyond".to_owned();
            bars.push(Bar { name, strong: false, mm3: levels.outside_mm3, by_stage: None });
        }
        Self { title: "Volume per vertebral level and stage", bars }
    }

    /// Whether a bar is of a level that is not involved.
    fn has_pale(&self) -> bool {
        self.bars.iter().any(|bar| !bar.strong)
    }

    /// The height of rows and axis.
    pub(super) fn height(&self) -> f64 {
        self.bars.len() as f64 * ROW + AXIS
    }

    /// Draws the title above the area, and the bars in it.
    pub(super) fn draw(&self, svg: &mut Svg, area: &Area) {
        let title = Type::new(TITLE, INK).bold().fitted([self.title], area.width, MIN_TITLE);
        svg.text([area.x, area.y - 12.0], self.title, title);
        let row = ((area.height - AXIS) / self.bars.len().max(1) as f64).min(ROW * 1.4);
        let size = (row * 0.62).clamp(9.0, 17.0);
        let names = self.bars.iter().map(|bar| bar.type_of_name(size).width(&bar.name)).fold(0.0, f64::max);
        let values = Type::new(size, INK).widest(self.bars.iter().map(|bar| volume(bar.mm3)));
        let (names, values) = (names + GAPS[0], values + GAPS[1]);
        let scale = Scale::of(self.bars.iter().map(|bar| bar.mm3).fold(0.0, f64::max));
        let bottom = area.y + row * self.bars.len() as f64;
        let plot = Area {
            x: area.x + names,
            y: area.y,
            width: (area.width - names - values).max(10.0),
            height: bottom - area.y,
        };
        scale.draw(svg, &plot);
        for (n, bar) in self.bars.iter().enumerate() {
            let line = Area { y: area.y + n as f64 * row, height: row, ..plot };
            bar.draw(svg, &line, scale.max_mm3, size);
        }
        if self.has_pale() {
            let (text, how) = ("pale: not involved", Type::new(TICK, PALE).anchor(Anchor::End));
            if title.width(self.title) + TEXT_GAP + how.width(text) <= area.width {
                svg.text([area.right(), area.y - 12.0], text, how);
            }
        }
    }
}

fn stages(report: &Report) -> Vec<Bar> {
    let shown = report.stage.volume_mm3.iter().filter(|(_, mm3)| **mm3 > 0.0);
    shown
        .map(|(stage, &mm3)| {
            let mut by_stage = PerStage::default();
            by_stage[stage] = mm3;
            Bar { name: stage.to_string(), strong: true, mm3, by_stage: Some(by_stage) }
        })
        .collect()
}

impl Bar {
    fn type_of_name(&self, size: f64) -> Type<'static> {
        let how = Type::new(size, if self.strong { INK } else { PALE }).anchor(Anchor::End);
        if self.strong { how.bold() } else { how }
    }

    fn draw(&self, svg: &mut Svg, line: &Area, max_mm3: f64, size: f64) {
        let base = line.y + line.height / 2.0 + size * 0.36;
        let name = self.type_of_name(size);
        svg.text([line.x - GAPS[0], base], &self.name, name);
        let opacity = if self.strong { 1.0 } else { PALE_BAR };
        let mut x = line.x;
        let mut part = |svg: &mut Svg, mm3: f64, fill: &dyn Fn(&mut Svg, &Area)| {
            let width = mm3 / max_mm3 * line.width;
            if width > 0.004 {
                fill(svg, &Area { x, y: line.y + line.height * 0.14, width, height: line.height * 0.72 });
                x += width;
            }
        };
        if let Some(by_stage) = self.by_stage {
            for (stage, &mm3) in by_stage.iter() {
                let color = stage_color(stage);
                part(svg, mm3, &|svg, area| svg.rectangle(area, &color, opacity));
            }
            let unsampled = (self.mm3 - by_stage.values().iter().sum::<f64>()).max(0.0);
            part(svg, unsampled, &|svg, area| svg.rimmed(area, NO_SIGNAL));
        } else {
            part(svg, self.mm3, &|svg, area| svg.rectangle(area, UNDIVIDED, 1.0));
        }
        svg.text([x + GAPS[1], base], &volume(self.mm3), Type::new(size, name.color));
    }
}

/// An axis from 0 to a round volume.
struct Scale {
    max_mm3: f64,
    step_mm3: f64,
}

impl Scale {
    /// Three to six round steps.
    fn of(largest_mm3: f64) -> Self {
        let largest = if largest_mm3.is_finite() && largest_mm3 > 0.0 { largest_mm3 } else { 1.0 };
        let mut decade = 1e-9;
        while decade * 10.0 < largest {
            decade *= 10.0;
        }
        let steps = [0.2, 0.5, 1.0, 2.0, 5.0].map(|share| share * decade);
        let step_mm3 = steps.into_iter().find(|step| largest / step <= 6.0).unwrap_or(5.0 * decade);
        Self { max_mm3: (largest / step_mm3 - 1e-9).ceil() * step_mm3, step_mm3 }
    }

    fn draw(&self, svg: &mut Svg, plot: &Area) {
        let how = Type::new(TICK, PALE).anchor(Anchor::Middle);
        let steps = (self.max_mm3 / self.step_mm3).round() as usize;
        let texts: Vec<String> = (0..=steps).map(|n| self.text(n, steps)).collect();
        let spacing = plot.width / steps as f64;
        let middles = |pair: &[String]| f64::midpoint(how.width(&pair[0]), how.width(&pair[1]));
        let is_crowded = texts.windows(2).any(|pair| middles(pair) + TEXT_GAP > spacing);
        for (n, text) in texts.iter().enumerate() {
            let x = plot.x + spacing * n as f64;
            let stroke = if n == 0 { Stroke::new(PALE, 1.5) } else { Stroke::new("#D0D0D0", 1.0) };
            svg.line([x, plot.y], [x, plot.bottom()], stroke);
            // where crowded, every other text, counted from the last, which has the unit
            if !is_crowded || (steps - n).is_multiple_of(2) {
                svg.text([x, plot.bottom() + 20.0], text, how);
            }
        }
    }

    /// The volume at a step; the last one with the unit.
    fn text(&self, n: usize, steps: usize) -> String {
        let mm3 = self.step_mm3 * n as f64;
        let (value, unit) = if self.max_mm3 >= 1000.0 { (mm3 / 1000.0, "mL") } else { (mm3, "mm³") };
        if n == steps { format!("{} {unit}", number(value)) } else { number(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_is_round_and_long_enough() {
        for (largest, max, step) in [(812.0, 1000.0, 200.0), (1000.0, 1000.0, 200.0), (3.2, 4.0, 1.0)] {
            let scale = Scale::of(largest);
            assert!((scale.max_mm3 - max).abs() < 1e-6 * max && (scale.step_mm3 - step).abs() < 1e-6);
        }
        for largest in [0.0, f64::NAN, f64::INFINITY, -1.0] {
            assert!(Scale::of(largest).max_mm3 > 0.0);
        }
    }
}
