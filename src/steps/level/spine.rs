//! The spine curve with the stretch of each vertebral level on it.

use hemastage_image::{
    finding::Finding,
    grid::Grid,
    roi::{Roi, Run},
};

use super::{
    curve::{Curve, Foot},
    scheme::Disc,
};
use crate::vocabulary::vertebra::VertebralLevel;

/// A point on the curve that is a vertebra's center.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Knot {
    pub(super) level: VertebralLevel,
    pub(super) point: [f64; 3],
    pub(super) inferred: bool,
}

/// The height of one vertebral level along the spine curve.
///
/// # Shape and units
/// Millimeters along the curve from its upper end; RAS mm.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Stretch {
    /// The level.
    pub level: VertebralLevel,
    /// Its upper border.
    pub from_mm: f64,
    /// Its lower border.
    pub to_mm: f64,
    /// The vertebra's center; the upper one's where the level is in the map twice.
    pub center_mm: [f64; 3],
    /// Whether it was placed by its neighbors, as the input does not hold its center.
    pub inferred: bool,
}

/// Where a point lies along the spine.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Place {
    /// Millimeters along the curve from its upper end, of the nearest point on it.
    pub along_mm: f64,
    /// The level; none beyond the ends.
    pub level: Option<VertebralLevel>,
}

/// The curve through the vertebrae and the borders between levels on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spine {
    pub(super) curve: Curve,
    stretches: Vec<Stretch>,
}

/// Slack on a border, so that rounding does not decide a tie: what lies on it belongs below.
const SLACK_MM: f64 = 1e-6;

impl Spine {
    /// The curve through two or more knots that follow each other along `axis`, with borders at the discs' projections, else midway.
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
            let along = curve.nearest(point).along;
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
            let text =
                format!("discs that do not lie between their vertebrae were left out: {}", unused.join(", "));
            findings.push(Finding::warning("disc_unused", text));
        }
        Self { stretches: stretches(knots, &borders, &curve), curve }
    }

    /// The levels from the head down; each begins where the one before ends.
    pub fn stretches(&self) -> &[Stretch] {
        &self.stretches
    }

    /// Length of the curve, from the upper border of its first level to the lower border of its last.
    pub fn length_mm(&self) -> f64 {
        self.curve.length()
    }

    /// Where a point lies along the spine.
    ///
    /// # Shape and units
    /// RAS mm.
    pub fn place(&self, world: [f64; 3]) -> Place {
        let (foot, stretch) = self.locate(world);
        Place { along_mm: foot.along, level: stretch.map(|n| self.stretches[n].level) }
    }

    /// The nearest point on the curve and the stretch it lies in; none beyond the ends.
    pub(super) fn locate(&self, world: [f64; 3]) -> (Foot, Option<usize>) {
        let foot = self.curve.nearest(world);
        (foot, (!foot.beyond).then_some(self.stretch_at(foot.along)))
    }

    fn stretch_at(&self, along_mm: f64) -> usize {
        let last = self.stretches.len() - 1;
        self.stretches.partition_point(|stretch| stretch.to_mm <= along_mm + SLACK_MM).min(last)
    }

    /// The same of each voxel of runs, in their order.
    pub(super) fn locate_each(&self, grid: &Grid, runs: &[Run], mut see: impl FnMut(&Foot, Option<usize>)) {
        let mut at = 0;
        self.curve.each_nearest(grid.affine(), runs, |foot| {
            // neighbors mostly share a stretch
            let (stretch, along) = (&self.stretches[at], foot.along + SLACK_MM);
            if !(stretch.from_mm <= along && along < stretch.to_mm) {
                at = self.stretch_at(foot.along);
            }
            see(&foot, (!foot.beyond).then_some(at));
        });
    }

    /// The level of each voxel of a region, in the order of [`Roi::voxels`]; none beyond the ends.
    pub(crate) fn levels_of(&self, roi: &Roi) -> Vec<Option<VertebralLevel>> {
        roi.filled(|slices, column| {
            let mut column = column.iter_mut();
            self.locate_each(roi.grid(), roi.runs_of_slices(&slices), |_, stretch| {
                let level = stretch.map(|at| self.stretches[at].level);
                column.by_ref().take(1).for_each(|place| *place = level);
            });
        })
    }
}

/// Whether both vertebrae of a disc are on the curve.
fn disc_is_within(disc: Disc, knots: &[Knot]) -> bool {
    let has = |level: VertebralLevel| knots.iter().any(|knot| knot.level == level);
    disc.above.is_some_and(has) && has(disc.below)
}

/// The stretches between borders; knots of one level share a stretch.
fn stretches(knots: &[Knot], borders: &[f64], curve: &Curve) -> Vec<Stretch> {
    let mut found: Vec<Stretch> = Vec::new();
    for (n, knot) in knots.iter().enumerate() {
        let to_mm = borders.get(n).copied().unwrap_or(curve.length());
        match found.last_mut() {
            Some(last) if last.level == knot.level => last.to_mm = to_mm,
            _ => found.push(Stretch {
                level: knot.level,
                from_mm: n.checked_sub(1).map_or(0.0, |above| borders[above]),
                to_mm,
                center_mm: knot.point,
                inferred: knot.inferred,
            }),
        }
    }
    found
}

/// The level that a whole sacrum stands for.
pub(super) fn s1() -> VertebralLevel {
    #[expect(clippy::expect_used, reason = "the sacral region has a first vertebra")]
    VertebralLevel::new(crate::vocabulary::vertebra::SpineRegion::Sacral, 1).expect("S1 is a vertebra")
}
