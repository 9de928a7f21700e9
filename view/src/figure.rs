//! A drawn figure without images of a study.

use hemastage::{Result, stage::Stage};

use crate::picture::{canvas::Drawing, raster, svg::Svg};

pub(crate) const INK: &str = "#222222";
pub(crate) const PALE: &str = "#767676";
pub(crate) const GRID: &str = "#D0D0D0";

/// A drawn figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    svg: String,
    drawing: Drawing,
    description: String,
}

impl Figure {
    pub(crate) fn new(svg: Svg, size: [f64; 2], title: &str, description: String) -> Self {
        let (svg, drawing) = svg.finish(size, title, &description);
        Self { svg, drawing, description }
    }

    /// The figure as SVG.
    pub fn svg(&self) -> &str {
        &self.svg
    }

    /// The figure as PNG.
    ///
    /// # Errors
    /// `Limit` when there is no memory for the pixels.
    pub fn png(&self) -> Result<Vec<u8>> {
        raster::png(&self.drawing)
    }

    /// The figure in a few sentences, as alternative text for an image.
    pub fn description(&self) -> &str {
        &self.description
    }
}

/// A stage's color as `#0072B2`.
pub(crate) fn color(stage: Stage) -> String {
    let [red, green, blue] = stage.rgb();
    format!("#{red:02X}{green:02X}{blue:02X}")
}

/// A round step that divides an axis up to this value into at most `steps`.
pub(crate) fn step(max: f64, steps: f64) -> f64 {
    let least = (max / steps).max(1e-9);
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0, 10.0].into_iter().find(|factor| factor * power >= least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::step;

    #[test]
    fn steps_are_round() {
        for (max, expected) in [(1000.0, 200.0), (812.0, 200.0), (5.0, 1.0), (6.0, 2.0), (0.3, 0.1)] {
            assert!((step(max, 5.0) - expected).abs() < 1e-9, "{max}: {}", step(max, 5.0));
        }
    }
}
