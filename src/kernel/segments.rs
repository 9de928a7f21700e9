//! The runs of regions as line segments, and how far another one lies from them.

use hemastage_image::{
    grid::Grid,
    roi::{Roi, Run},
    vector::{Vector, distance, dot, length, minus, plus},
};

/// Segments in a block, which are neighbors, as runs are in the order of the voxels; and blocks in a group.
const BLOCK: usize = 32;

/// The centers of a run, from the first to the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment {
    first: Vector,
    along: Vector,
}

impl Segment {
    pub(crate) fn of(grid: &Grid, run: &Run) -> Self {
        let center = |i: u32| grid.center([i, run.j, run.k].map(|v| v as usize));
        let first = center(run.i);
        Self { first, along: minus(center(run.i + run.len - 1), first) }
    }

    fn ends(&self) -> [Vector; 2] {
        [self.first, plus(self.first, 1.0, self.along)]
    }

    /// The distance from another, by the ends of either.
    fn distance_mm(&self, other: &Self) -> f64 {
        let mine = self.ends().map(|end| other.point_mm(end));
        let theirs = other.ends().map(|end| self.point_mm(end));
        mine.into_iter().chain(theirs).fold(f64::INFINITY, f64::min)
    }

    fn point_mm(&self, point: Vector) -> f64 {
        let offset = minus(point, self.first);
        let squared = dot(self.along, self.along);
        if squared == 0.0 {
            return distance(point, self.first);
        }
        let along = (dot(offset, self.along) / squared).clamp(0.0, 1.0);
        length(plus(offset, -along, self.along))
    }
}

/// The runs of regions, in blocks and groups of blocks with a box around each: what lies in a box that is too far away is
/// passed over.
#[derive(Debug)]
pub(crate) struct Segments {
    all: Vec<Segment>,
    blocks: Vec<Bounds>,
    groups: Vec<Bounds>,
}

impl Segments {
    pub(crate) fn of<'a>(regions: impl IntoIterator<Item = &'a Roi>) -> Self {
        let of_region = |region: &'a Roi| region.runs().iter().map(|run| Segment::of(region.grid(), run));
        let all: Vec<Segment> = regions.into_iter().flat_map(of_region).collect();
        let around = |n: usize| all.chunks(n).map(Bounds::around).collect();
        let (blocks, groups) = (around(BLOCK), around(BLOCK * BLOCK));
        Self { all, blocks, groups }
    }

    /// The distance of a segment from the nearest of them, or `limit` where none is nearer.
    pub(crate) fn distance_mm(&self, segment: &Segment, limit: f64) -> f64 {
        let bounds = Bounds::around(std::slice::from_ref(segment));
        let mut nearest = limit;
        let is_near = |around: &Bounds, nearest: f64| around.squared_distance(&bounds) < nearest * nearest;
        let groups = self.groups.iter().zip(self.blocks.chunks(BLOCK)).zip(self.all.chunks(BLOCK * BLOCK));
        for ((around, blocks), of_group) in groups {
            if !is_near(around, nearest) {
                continue;
            }
            for (around, block) in blocks.iter().zip(of_group.chunks(BLOCK)) {
                if is_near(around, nearest) {
                    nearest = block.iter().map(|other| segment.distance_mm(other)).fold(nearest, f64::min);
                }
            }
        }
        nearest
    }
}

/// A box along the axes of the world.
#[derive(Debug)]
struct Bounds {
    low: Vector,
    high: Vector,
}

impl Bounds {
    fn around(segments: &[Segment]) -> Self {
        let ends = || segments.iter().flat_map(Segment::ends);
        let along = |a: usize, of: fn(f64, f64) -> f64, from| ends().map(|end| end[a]).fold(from, of);
        Self {
            low: std::array::from_fn(|a| along(a, f64::min, f64::INFINITY)),
            high: std::array::from_fn(|a| along(a, f64::max, f64::NEG_INFINITY)),
        }
    }

    fn squared_distance(&self, other: &Self) -> f64 {
        let apart = |a: usize| (self.low[a] - other.high[a]).max(other.low[a] - self.high[a]).max(0.0);
        (0..3).map(|a| apart(a) * apart(a)).sum()
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn blocks_that_are_passed_over_change_nothing() {
        let mut random = fastrand::Rng::with_seed(5);
        let mask = |random: &mut fastrand::Rng, share: f64| {
            let array = Array3::from_shape_fn((40, 50, 30), |_| u8::from(random.f64() < share));
            let affine = Affine::from_spacing([0.7, 0.9, 3.0]).unwrap();
            Roi::from_array(array.view(), affine, &Labels::NonZero).unwrap()
        };
        for share in [0.0005, 0.01, 0.3] {
            let (from, to) = (mask(&mut random, 0.01), mask(&mut random, share));
            let segments = Segments::of([&to]);
            for run in from.runs() {
                let segment = Segment::of(from.grid(), run);
                let all = segments.all.iter().map(|other| segment.distance_mm(other));
                let nearest = all.fold(f64::INFINITY, f64::min);
                assert_eq!(segments.distance_mm(&segment, f64::INFINITY), nearest);
                assert_eq!(segments.distance_mm(&segment, 2.0), nearest.min(2.0));
            }
        }
    }

    #[test]
    fn a_distance_is_from_the_run_not_from_its_ends() {
        let of = |row: [usize; 2]| {
            let array = Array3::from_shape_fn((21, 3, 3), |(i, j, k)| {
                u8::from([j, k] == row && (row == [0, 0] || i == 10))
            });
            Roi::from_array(array.view(), Affine::identity(), &Labels::NonZero).unwrap()
        };
        let (run, voxel) = (of([0, 0]), of([2, 2]));
        for (from, to) in [(&run, &voxel), (&voxel, &run)] {
            let segment = Segment::of(from.grid(), &from.runs()[0]);
            let found = Segments::of([to]).distance_mm(&segment, f64::INFINITY);
            assert!((found - 8_f64.sqrt()).abs() < 1e-12, "{found}");
        }
    }
}
