//! How far the T1 after contrast agent lies off the T1 before it: where both are alike, they lie on each other.

use hemastage_image::{
    grid::IndexBox,
    roi::Roi,
    vector::{Vector, plus},
    volume::Volume,
};

use super::points::{AROUND_MM, points};
use crate::{
    kernel::{
        points::{SignalAt, signal_at},
        statistics::quantile,
    },
    steps::align::{
        Sums, clipped,
        search::{MAX_MM, refined, search},
    },
};

/// How far from the hematoma's voxels both images are looked at, apart from two voxels: points around it, plus the
/// largest shift along three axes at once.
pub(crate) const REACH_MM: f64 = AROUND_MM + MAX_MM * SQRT_3;
const SQRT_3: f64 = 1.732_050_807_568_877_2;

/// Points without which nothing is measured.
const MIN_POINTS: usize = 500;
/// The search starts with this many points, spread evenly over the box, and ends with all of them.
const FIRST_POINTS: usize = 1000;
/// Signals are clipped to these quantiles: a vessel that takes up contrast agent counts no more than fat does.
const CLIPPED: [f64; 2] = [0.01, 0.99];
/// Where the search starts, along each axis.
const STARTS: [f64; 3] = [-2.0, 0.0, 2.0];
/// The images must be so alike, ...
const MIN_CORRELATION: f64 = 0.7;
/// ... and so much less so when moved by this along any axis (own choices).
const APART_MM: f64 = 2.0;
const MIN_LOSS: f64 = 0.02;

/// Where the anatomy of the T1 after contrast agent lies relative to the T1 before it, along the axes of the hematoma's
/// mask.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Shift {
    /// Toward the patient's left.
    pub left_mm: f64,
    /// Toward the patient's front.
    pub front_mm: f64,
    /// Toward the patient's head.
    pub up_mm: f64,
    /// Pearson's correlation of both images around the hematoma with the shift undone.
    pub correlation: f64,
    /// The same without a shift.
    pub correlation_unmoved: f64,
    /// Points that it was measured at.
    pub points: usize,
    /// In RAS mm: the second image at `p + vector` shows what the first shows at `p`.
    pub(super) vector: Vector,
}

impl Shift {
    /// The shift between two images of one contrast around a hematoma, or why it is not known.
    pub(super) fn find(first: &Volume, second: &Volume, hematoma: &Roi) -> Result<Self, &'static str> {
        let axes = hematoma.grid().patient_axes();
        let vector = |[left, front, up]: [f64; 3]| {
            plus(plus(axes.right.map(|v| -left * v), front, axes.anterior), up, axes.superior)
        };
        let pair = Pair::new(first, second, hematoma);
        if pair.all.values.len() < MIN_POINTS {
            return Err("fewer than 500 points around the hematoma lie in both T1 images");
        }
        let rough_score = |shift: [f64; 3]| pair.first.correlation(vector(shift));
        let rough = search([&STARTS; 3], rough_score);
        let score = |shift: [f64; 3]| pair.all.correlation(vector(shift));
        let shift = refined(rough, score);
        let correlation = score(shift);
        if !correlation.is_finite() {
            return Err("the T1 images do not vary around the hematoma");
        }
        if correlation < MIN_CORRELATION {
            return Err(
                "around the hematoma the T1 images are too unlike to say how far one lies off the other",
            );
        }
        if shift.iter().any(|mm| mm.abs() >= MAX_MM) {
            return Err("the T1 images lie farther apart than 3.5 mm");
        }
        let near = rough_score(shift);
        let loses = |axis: usize| {
            [-APART_MM, APART_MM].into_iter().all(|by| {
                let mut moved = shift;
                moved[axis] += by;
                near - rough_score(moved) >= MIN_LOSS
            })
        };
        if !(0..3).all(loses) {
            return Err(
                "along an axis the anatomy around the hematoma does not change enough to tell a shift",
            );
        }
        let [left_mm, front_mm, up_mm] = shift;
        Ok(Self {
            left_mm,
            front_mm,
            up_mm,
            correlation,
            correlation_unmoved: score([0.0; 3]),
            points: pair.all.values.len(),
            vector: vector(shift),
        })
    }
}

/// Both images at all points, and at the first of them.
struct Pair<'a> {
    all: AtPoints<'a>,
    first: AtPoints<'a>,
}

/// Both images at some points.
struct AtPoints<'a> {
    /// The first image, clipped.
    values: Vec<f64>,
    second: SignalAt<'a>,
    /// Limits of the second image.
    limits: [f64; 2],
}

impl<'a> Pair<'a> {
    fn new(first: &Volume, second: &'a Volume, hematoma: &Roi) -> Self {
        let boxes = [first, second].map(|image| (image.grid(), around(image, hematoma)));
        let is_covered = |point: Vector| {
            boxes.iter().all(|(grid, bounds)| {
                let index = grid.affine().world_to_index(point);
                (0..3).all(|a| (bounds.start[a] as f64..=bounds.end[a] as f64 - 1.0).contains(&index[a]))
            })
        };
        let points = points(hematoma, is_covered);
        let [of_first, of_second] = [first, second].map(|image| {
            let mut values = vec![0.0; points.len()];
            signal_at(image, &points)([0.0; 3], &mut values);
            values
        });
        let known: Vec<(Vector, f64, f64)> = points
            .into_iter()
            .zip(of_first.into_iter().zip(of_second))
            .filter_map(|(point, (a, b))| (a.is_finite() && b.is_finite()).then_some((point, a, b)))
            .collect();
        let limits = |of: fn(&(Vector, f64, f64)) -> f64| {
            let values: Vec<f64> = known.iter().map(of).collect();
            CLIPPED.map(|share| quantile(&values, share).unwrap_or(f64::NAN))
        };
        let (of_first, of_second) = (limits(|&(_, a, _)| a), limits(|&(_, _, b)| b));
        let at = |known: &[(Vector, f64, f64)]| AtPoints {
            values: known.iter().map(|&(_, a, _)| scaled(a, of_first)).collect(),
            second: signal_at(second, &known.iter().map(|&(point, ..)| point).collect::<Vec<_>>()),
            limits: of_second,
        };
        Self { all: at(&known), first: at(&known[..known.len().min(FIRST_POINTS)]) }
    }
}

impl AtPoints<'_> {
    /// The correlation of the first image at the points with the second at the points moved.
    fn correlation(&self, by: Vector) -> f64 {
        let mut moved = vec![0.0; self.values.len()];
        (self.second)(by, &mut moved);
        if moved.iter().filter(|v| v.is_finite()).count() * 2 < moved.len() {
            return f64::NEG_INFINITY;
        }
        let mut sums = Sums::default();
        for (&a, &b) in self.values.iter().zip(&moved) {
            sums.add(a, scaled(b, self.limits));
        }
        sums.correlation()
    }
}

/// A signal clipped to limits, as a share of the way from one to the other.
fn scaled(signal: f64, [low, high]: [f64; 2]) -> f64 {
    (clipped(signal, [low, high]) - low) / (high - low)
}

/// The part of an image around the hematoma that is looked at, whatever more of it was read.
fn around(image: &Volume, hematoma: &Roi) -> IndexBox {
    let grid = image.grid();
    grid.widened(grid.reached([hematoma]), AROUND_MM)
}
