//! Levels: the place of each voxel along the spine, volume, covered length and stages per level.

use std::collections::BTreeMap;

use crate::support::{
    assert_close, group,
    measured::classified,
    scan::{canal, scans},
};
use criterion::Criterion;
use hemastage::{
    Criteria, Roi,
    level::{LevelOptions, Levels, Scheme, Spine, Vertebrae, levels},
    vertebra::VertebralLevel,
};

pub(crate) fn bench(c: &mut Criterion) {
    let scheme = Scheme::built_in("sct").unwrap();
    for scan in scans() {
        let (map, canal) = (scan.vertebrae(), canal(&scan.phantom));
        for (name, mask) in scan.masks() {
            let roi = scan.roi(&mask);
            let classified = classified(&scan, &roi, &Criteria::default());
            let stages = classified.stages();
            let vertebrae = Vertebrae::from_map(&map, &scheme).with_canal(&canal);
            let fast = || levels(&roi, &vertebrae, Some(stages), &LevelOptions::default()).unwrap();
            let found = fast();
            let found = found.levels().unwrap();
            let oracle = || Slow::of(&roi, &found.spine);
            oracle().compare(found);
            let mut timed = group(c, &format!("level {name}"), roi.len());
            timed.bench_function("fast", |b| b.iter(fast));
            timed.bench_function("oracle", |b| b.iter(oracle));
            timed.finish();
        }
    }
}

type Point = [f64; 3];

/// The levels by trying each segment of the curve for each voxel. The curve's points, the vertebrae's
/// centers, are the fast path's, so the oracle does the lesser work.
struct Slow {
    column: Vec<Option<VertebralLevel>>,
    /// Volume and covered length of each level, from the head down.
    parts: Vec<(VertebralLevel, f64, f64)>,
    outside_mm3: f64,
}

impl Slow {
    fn of(roi: &Roi, spine: &Spine) -> Self {
        let curve = extended(&spine.stretches().iter().map(|stretch| stretch.center_mm).collect::<Vec<_>>());
        let voxel = size_along(roi, &curve);
        let mut intervals: BTreeMap<usize, Vec<(f64, f64)>> = BTreeMap::new();
        let column: Vec<_> = roi
            .voxels()
            .map(|index| {
                let (along, segment) = nearest(&curve, roi.grid().center(index))?;
                let last = spine.stretches().len() - 1;
                let at = spine.stretches().iter().position(|s| along < s.to_mm - 1e-6).unwrap_or(last);
                let half = voxel[segment] / 2.0;
                intervals.entry(at).or_default().push((along - half, along + half));
                Some(spine.stretches()[at].level)
            })
            .collect();
        let part = |(at, mut intervals): (usize, Vec<(f64, f64)>)| {
            let stretch = spine.stretches()[at];
            let mm3 = intervals.len() as f64 * roi.grid().voxel_mm3();
            (stretch.level, mm3, union(&mut intervals, (stretch.from_mm, stretch.to_mm)))
        };
        let outside = column.iter().filter(|level| level.is_none()).count();
        Self {
            column,
            parts: intervals.into_iter().map(part).collect(),
            outside_mm3: outside as f64 * roi.grid().voxel_mm3(),
        }
    }

    fn compare(&self, found: &Levels) {
        assert_eq!(found.column[..], self.column);
        assert_close("outside", found.outside_mm3, self.outside_mm3);
        assert_eq!(found.per_level.len(), self.parts.len());
        for (found, &(level, mm3, covered_mm)) in found.per_level.iter().zip(&self.parts) {
            assert_eq!(found.level, level);
            assert_close("volume", found.mm3, mm3);
            assert_close("covered", found.covered_mm, covered_mm);
        }
    }
}

/// The points with half a spacing more at both ends.
fn extended(centers: &[Point]) -> Vec<Point> {
    let beyond = |end: Point, next: Point| std::array::from_fn(|a| end[a] + 0.5 * (end[a] - next[a]));
    let n = centers.len();
    let ends = (beyond(centers[0], centers[1]), beyond(centers[n - 1], centers[n - 2]));
    [&[ends.0], centers, &[ends.1]].concat()
}

fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn between(from: Point, to: Point) -> Point {
    std::array::from_fn(|a| to[a] - from[a])
}

/// How long a voxel is along each segment.
fn size_along(roi: &Roi, curve: &[Point]) -> Vec<f64> {
    let matrix = roi.grid().affine().matrix();
    let size = |pair: &[Point]| {
        let way = between(pair[0], pair[1]);
        let axis = |a: usize| dot([matrix[0][a], matrix[1][a], matrix[2][a]], way).abs();
        (axis(0) + axis(1) + axis(2)) / dot(way, way).sqrt()
    };
    curve.windows(2).map(size).collect()
}

/// Millimeters along the curve and the segment of the nearest point; `None` past an end.
fn nearest(curve: &[Point], point: Point) -> Option<(f64, usize)> {
    let (mut best, mut start) = ((f64::INFINITY, 0.0, 0, false), 0.0);
    for (n, pair) in curve.windows(2).enumerate() {
        let way = between(pair[0], pair[1]);
        let length = dot(way, way).sqrt();
        let at = dot(between(pair[0], point), way) / length;
        let on = at.clamp(0.0, length);
        let foot = std::array::from_fn(|a| pair[0][a] + on / length * way[a]);
        let off = between(foot, point);
        let is_beyond = n == 0 && at < -1e-6 || n + 2 == curve.len() && at > length + 1e-6;
        // the upper one of equals
        if dot(off, off) < best.0 - 1e-9 * best.0.clamp(1.0, 1e12) {
            best = (dot(off, off), start + on, n, is_beyond);
        }
        start += length;
    }
    (!best.3).then_some((best.1, best.2))
}

/// How much of a stretch the intervals cover together, by sorting them.
fn union(intervals: &mut [(f64, f64)], (from, to): (f64, f64)) -> f64 {
    intervals.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut reached, mut sum) = (from, 0.0);
    for &mut (low, high) in intervals {
        let (low, high) = (low.max(reached), high.min(to));
        sum += (high - low).max(0.0);
        reached = reached.max(high);
    }
    sum
}
