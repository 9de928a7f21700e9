//! The curve down the spine with the stretch of each vertebral level on it.

use hemastage_image::{
    finding::Finding,
    grid::Grid,
    roi::{Column, Roi, Run},
};

use super::{curve::Curve, scheme::Disc};
use crate::{kernel::polyline::NearestPoint, vocabulary::vertebra::VertebralLevel};

/// A point on the curve that is a vertebra's center.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Knot {
    pub(super) level: VertebralLevel,
    pub(super) point: [f64; 3],
    pub(super) inferred: bool,
}

/// The stretch of the spine curve that belongs to one vertebral level.
///
/// # Shape and units
/// Arc length in mm from the curve's upper end; points in RAS mm.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Stretch {
    /// The level.
    pub level: VertebralLevel,
    /// Its upper border.
    pub from_mm: f64,
    /// Its lower border.
    pub to_mm: f64,
    /// The vertebra's center; where the level is in the map twice, the upper one's.
    pub center_mm: [f64; 3],
    /// Whether the center was inferred from adjacent vertebrae, as the input does not have it.
    pub inferred: bool,
}

/// The position of a point along the spine.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// Arc length, from the curve's upper end, of the nearest point on the curve.
    pub along_mm: f64,
    /// The level; `None` beyond the ends.
    pub level: Option<VertebralLevel>,
}

/// The curve through the vertebrae, divided into levels.
#[derive(Debug, Clone, PartialEq)]
pub struct Spine {
    pub(super) curve: Curve,
    stretches: Vec<Stretch>,
}

/// Slack on a border, so that rounding does not decide a tie: a point on a border belongs to the level below.
const SLACK_MM: f64 = 1e-6;

impl Spine {
    /// The curve through two or more knots that follow each other along `axis`. Borders between levels are the discs'
    /// projections, else midway.
    pub(super) fn new(
        knots: &[Knot],
        axis: [f64; 3],
        discs: &[(Disc, [f64; 3])],
        findings: &mut Vec<Finding>,
    ) -> Self {
        let points: Vec<[f64; 3]> = knots.iter().map(|knot| knot.point).collect();
        let curve = Curve::through(&points, axis);
        let mut borders: Vec<f64> = (1..knots.len())
            .map(|n| f64::midpoint(curve.centroid_along(n - 1), curve.centroid_along(n)))
            .collect();
        let mut unused = Vec::new();
        for &(disc, point) in discs {
            let along = curve.0.nearest(point).along;
            let between = |&n: &usize| {
                curve.centroid_along(n - 1) + SLACK_MM < along && along + SLACK_MM < curve.centroid_along(n)
            };
            let gap = (1..knots.len()).find(between);
            let fits = |n: &usize| {
                let (above, below) = (knots[n - 1].level, knots[*n].level);
                above != below && (disc.above == Some(above) || disc.below == below)
            };
            match gap.filter(fits) {
                Some(n) => borders[n - 1] = along,
                None if disc_is_within(disc, knots) => unused.push(disc.to_string()),
                None => {}
            }
        }
        if !unused.is_empty() {
            let text = format!(
                "discs that do not lie between their vertebrae were left out: {}; check their labels",
                unused.join(", ")
            );
            findings.push(Finding::warning("disc_unused", text));
        }
        Self { stretches: stretches(knots, &borders, &curve), curve }
    }

    /// The levels from the head down; each begins where the one above ends.
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// Length of the curve, from the upper border of the first level to the lower border of the last.
    pub fn length_mm(&self) -> f64 {
        self.curve.length()
    }

    /// The position of a point along the spine; NaN without a level for a point that is not finite.
    ///
    /// # Shape and units
    /// RAS mm.
    pub fn place(&self, world: [f64; 3]) -> Place {
        if !world.iter().all(|v| v.is_finite()) {
            return Place { along_mm: f64::NAN, level: None };
        }
        let nearest = self.curve.0.nearest(world);
        let level = (!nearest.beyond).then(|| self.stretches[self.stretch_at(nearest.along)].level);
        Place { along_mm: nearest.along, level }
    }

    fn stretch_at(&self, along_mm: f64) -> usize {
        let last = self.stretches.len() - 1;
        self.stretches.partition_point(|stretch| stretch.to_mm <= along_mm + SLACK_MM).min(last)
    }

    /// Calls `visit` with the nearest point of each voxel of the runs, in their order, and with the stretch it lies
    /// in, `None` beyond the ends.
    pub(super) fn locate_each(
        &self,
        grid: &Grid,
        runs: &[Run],
        mut visit: impl FnMut(&NearestPoint, Option<usize>),
    ) {
        let mut at = 0;
        self.curve.0.each_nearest(grid.affine(), runs, |nearest| {
            // adjacent voxels mostly share a stretch
            let (stretch, along) = (&self.stretches[at], nearest.along + SLACK_MM);
            if !(stretch.from_mm <= along && along < stretch.to_mm) {
                at = self.stretch_at(nearest.along);
            }
            visit(&nearest, (!nearest.beyond).then_some(at));
        });
    }

    /// The level of each voxel of a region, such as the cord; `None` beyond the ends.
    pub fn levels_of(&self, roi: &Roi) -> Column<Option<VertebralLevel>> {
        roi.column(|slices, column: &mut [Option<VertebralLevel>]| {
            let mut column = column.iter_mut();
            self.locate_each(roi.grid(), roi.runs_of_slices(&slices), |_, stretch| {
                let level = stretch.map(|at| self.stretches[at].level);
                column.by_ref().take(1).for_each(|entry| *entry = level);
            });
        })
    }
}

/// Whether both vertebrae adjacent to a disc are on the curve.
fn disc_is_within(disc: Disc, knots: &[Knot]) -> bool {
    let has = |level: VertebralLevel| knots.iter().any(|knot| knot.level == level);
    disc.above.is_some_and(has) && has(disc.below)
}

/// The stretches between borders; knots of one level share a stretch.
fn stretches(knots: &[Knot], borders: &[f64], curve: &Curve) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for (n, knot) in knots.iter().enumerate() {
        let to_mm = borders.get(n).copied().unwrap_or(curve.length());
        match stretches.last_mut() {
            Some(last) if last.level == knot.level => last.to_mm = to_mm,
            _ => stretches.push(Stretch {
                level: knot.level,
                from_mm: n.checked_sub(1).map_or(0.0, |above| borders[above]),
                to_mm,
                center_mm: knot.point,
                inferred: knot.inferred,
            }),
        }
    }
    stretches
}
