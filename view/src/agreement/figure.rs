//! The figure of an agreement: Bland–Altman plots, and the stages by both readings.

use hemastage::{
    agreement::{Agreement, Limits, MeasureAgreement, Pair, StudyAgreement},
    stage::Stage,
};

use crate::{
    figure::{Figure, GRID, INK, PALE, color, step},
    picture::svg::{Anchor, Area, Stroke, Svg, Type, number},
};

const WIDTH: f64 = 1200.0;
const PLOT: [f64; 2] = [440.0, 250.0];
const TICK: f64 = 14.0;
const CELL: f64 = 62.0;

/// Draws the differences of volume, thickness and level count over their means, and the stages by both readings.
pub fn agreement_figure(found: &Agreement) -> Figure {
    let mut svg = Svg::new();
    svg.text([40.0, 50.0], "Agreement of two readings", Type::new(28.0, INK).bold());
    let lead = lead(found);
    svg.text([40.0, 84.0], &lead, Type::new(17.0, INK).fitted([&lead], WIDTH - 80.0, 9.0));
    let plots = [
        Plot::new("Volume, mL", 1e-3, found, &found.overall.volume_mm3, |study| Some(study.volume_mm3)),
        Plot::new("Largest AP thickness, mm", 1.0, found, &found.overall.thickness_ap, |study| {
            study.thickness_ap
        }),
        Plot::new("Involved vertebrae", 1.0, found, &found.overall.vertebrae, |study| study.vertebrae),
    ];
    for (n, plot) in plots.iter().enumerate() {
        let (column, row) = ((n % 2) as f64, (n / 2) as f64);
        let area =
            Area { x: 100.0 + column * 590.0, y: 150.0 + row * 350.0, width: PLOT[0], height: PLOT[1] };
        plot.draw(&mut svg, &area);
    }
    stages(&mut svg, found, [690.0, 500.0]);
    let note = "Solid: bias; dashed: limits of agreement. Second reading less first. Research tool, not a diagnosis.";
    svg.text([40.0, 860.0], note, Type::new(TICK, PALE));
    let description = format!(
        "{lead}. Differences over means of volume, thickness and level count; stages by both readings."
    );
    Figure::new(svg, [WIDTH, 885.0], "Agreement of two readings", description)
}

/// Kappa, Dice and the count in one line.
pub(super) fn lead(found: &Agreement) -> String {
    let overall = &found.overall;
    let mut parts = vec![format!("{} studies", overall.studies)];
    if let Some(kappa) = overall.stage_kappa {
        let interval =
            kappa.interval.map_or(String::new(), |[low, high]| format!(" ({low:.2} to {high:.2})"));
        parts.push(format!("weighted kappa of the stage {:.2}{interval}", kappa.value));
    }
    if let Some(kappa) = overall.flag_kappa {
        parts.push(format!("kappa of mixed-phase {:.2}", kappa.value));
    }
    if let Some(icc) = overall.volume_mm3.icc {
        parts.push(format!("ICC of the volume {icc:.2}"));
    }
    if let Some(dice) = overall.mean_dice {
        parts.push(format!("mean Dice {dice:.2}"));
    }
    parts.join(" · ")
}

struct Plot {
    title: String,
    /// Mean and difference of each study.
    points: Vec<[f64; 2]>,
    limits: Option<[f64; 3]>,
}

impl Plot {
    fn new(
        title: &str,
        scale: f64,
        found: &Agreement,
        measure: &MeasureAgreement,
        of: fn(&StudyAgreement) -> Option<Pair>,
    ) -> Self {
        let point = |pair: Pair| [scale * f64::midpoint(pair.a, pair.b), scale * (pair.b - pair.a)];
        let icc = measure.icc.map_or(String::new(), |icc| format!(", ICC {icc:.2}"));
        let limits = |limits: Limits| [limits.lower, limits.bias, limits.upper].map(|value| scale * value);
        Self {
            title: format!("{title}{icc}"),
            points: found.studies.iter().filter_map(of).map(point).collect(),
            limits: measure.limits.map(limits),
        }
    }

    fn draw(&self, svg: &mut Svg, area: &Area) {
        svg.text([area.x - 60.0, area.y - 16.0], &self.title, Type::new(18.0, INK).bold());
        if self.points.is_empty() {
            svg.text([area.x, area.y + 30.0], "no study has it in both readings", Type::new(TICK, PALE));
            return;
        }
        let largest = self.points.iter().map(|[mean, _]| *mean).fold(1e-9, f64::max);
        let farthest = self.points.iter().map(|[_, difference]| difference.abs());
        let farthest =
            farthest.chain(self.limits.iter().flatten().map(|limit| limit.abs())).fold(1e-9, f64::max);
        let (step_x, step_y) = (step(largest, 4.0), step(farthest, 2.0));
        let max_x = (largest / step_x).ceil() * step_x;
        let max_y = (farthest / step_y).ceil() * step_y;
        let x = |mean: f64| area.x + mean / max_x * area.width;
        let y = |difference: f64| area.y + area.height / 2.0 - difference / max_y * area.height / 2.0;
        let rows = (max_y / step_y).round() as i32;
        for n in -rows..=rows {
            let value = f64::from(n) * step_y;
            let stroke = if n == 0 { Stroke::new(PALE, 1.2) } else { Stroke::new(GRID, 1.0) };
            svg.line([area.x, y(value)], [area.right(), y(value)], stroke);
            svg.text(
                [area.x - 8.0, y(value) + 5.0],
                &number(value),
                Type::new(TICK, PALE).anchor(Anchor::End),
            );
        }
        for n in 0..=(max_x / step_x).round() as i32 {
            let value = f64::from(n) * step_x;
            svg.text(
                [x(value), area.bottom() + 20.0],
                &number(value),
                Type::new(TICK, PALE).anchor(Anchor::Middle),
            );
        }
        svg.text(
            [area.right(), area.bottom() + 42.0],
            "mean of both",
            Type::new(TICK, PALE).anchor(Anchor::End),
        );
        if let Some([lower, bias, upper]) = self.limits {
            for (value, dashes) in [(lower, Some("6 4")), (bias, None), (upper, Some("6 4"))] {
                let stroke = Stroke { dashes, ..Stroke::new("#B4491F", 2.0) };
                svg.line([area.x, y(value)], [area.right(), y(value)], stroke);
                svg.text(
                    [area.right() + 6.0, y(value) + 5.0],
                    &format!("{value:.2}"),
                    Type::new(TICK, "#B4491F"),
                );
            }
        }
        for [mean, difference] in &self.points {
            let (x, y) = (x(*mean), y(*difference));
            svg.rectangle(&Area { x: x - 4.0, y: y - 4.0, width: 8.0, height: 8.0 }, "#1F5FB4", 0.65);
        }
    }
}

/// How often each pair of stages was named.
fn stages(svg: &mut Svg, found: &Agreement, at: [f64; 2]) {
    let [left, top] = at;
    svg.text(
        [left - 60.0, top - 16.0],
        "Stage: first reading down, second across",
        Type::new(18.0, INK).bold(),
    );
    let short = |stage: Stage| match stage {
        Stage::Hyperacute => "HA",
        Stage::Acute => "A",
        Stage::EarlySubacute => "ESA",
        Stage::LateSubacute => "LSA",
        Stage::Chronic => "C",
        Stage::Indeterminate => "IND",
    };
    for (n, stage) in Stage::ALL.into_iter().enumerate() {
        let place = n as f64 * CELL;
        let across = Type::new(TICK, INK).anchor(Anchor::Middle);
        svg.text([left + place + CELL / 2.0, top + 14.0], short(stage), across);
        svg.text(
            [left - 10.0, top + 24.0 + place * 0.8 + 28.0],
            short(stage),
            Type::new(TICK, INK).anchor(Anchor::End),
        );
        for (m, other) in Stage::ALL.into_iter().enumerate() {
            let count = found
                .studies
                .iter()
                .filter(|study| study.call.a == Some(stage) && study.call.b == Some(other))
                .count();
            let area = Area {
                x: left + m as f64 * CELL,
                y: top + 24.0 + place * 0.8,
                width: CELL - 3.0,
                height: 0.8 * CELL - 3.0,
            };
            svg.rectangle(&area, "#F2F2F2", 1.0);
            if count > 0 {
                svg.rectangle(&area, &color(stage), if n == m { 0.75 } else { 0.35 });
                let middle = [area.x + area.width / 2.0, area.y + area.height / 2.0 + 6.0];
                svg.text(middle, &count.to_string(), Type::new(17.0, INK).bold().anchor(Anchor::Middle));
            }
        }
    }
}
