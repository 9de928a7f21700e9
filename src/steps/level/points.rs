//! Points given as a map of vertebrae, and a map given as points.

use std::collections::BTreeMap;

use hemastage_image::{
    label_map::LabelMap,
    vector::{Vector, distance, dot, length, minus, plus, scaled},
};

use super::{centroids::Labeled, error::LevelError};
use crate::kernel::statistics::median;

/// A map whose median vertebra has fewer voxels, ...
const MIN_VOXELS: f64 = 20.0;
/// ... or is smaller, ...
const MIN_MM3: f64 = 30.0;
/// ... or lower than this share of the distance to its neighbor, holds points.
const MIN_HEIGHT: f64 = 0.35;
/// A point has at most this many voxels.
const MAX_VOXELS: usize = 100;

/// A vertebra's label, as far as it tells a body from a point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub(super) labeled: Labeled,
    pub(super) height_mm: f64,
}

/// Refuses points that were given as a map of vertebrae.
pub(super) fn refuse_points(map: &LabelMap, sizes: &[Size]) -> Result<(), LevelError> {
    let of = |value: fn(&Size) -> f64| median(&sizes.iter().map(value).collect::<Vec<_>>());
    let Some(voxels) = of(|size| size.labeled.voxels as f64) else { return Ok(()) };
    let mm3 = voxels * map.grid().voxel_mm3();
    let height = relative_height(sizes);
    if voxels < MIN_VOXELS || mm3 < MIN_MM3 || height.is_some_and(|share| share < MIN_HEIGHT) {
        let height = height.map_or_else(String::new, |share| {
            format!(" and a height of {share:.2} of the distance to the next")
        });
        return Err(LevelError::PointsAsMap { voxels, mm3, height });
    }
    Ok(())
}

/// The median height of a vertebra as a share of the distance to the nearest other one.
fn relative_height(sizes: &[Size]) -> Option<f64> {
    let share = |(n, size): (usize, &Size)| {
        let others = sizes.iter().enumerate().filter(|(other, _)| *other != n);
        let nearest = others.map(|(_, other)| distance(size.labeled.point, other.labeled.point));
        let nearest = nearest.fold(f64::INFINITY, f64::min);
        nearest.is_finite().then(|| size.height_mm / nearest)
    };
    median(&sizes.iter().enumerate().filter_map(share).collect::<Vec<_>>())
}

/// Labels that are lower than this share of the distance to the next are discs (own choice: those of vertebrae are 0.75 and
/// more, those of discs about 0.3).
const MAX_DISC: f64 = 0.55;

/// Refuses a map that was given as points.
pub(super) fn refuse_map(map: &LabelMap) -> Result<(), LevelError> {
    let largest = map.labels().max_by_key(|&(_, voxels)| voxels);
    match largest.filter(|&(_, voxels)| voxels > MAX_VOXELS) {
        Some((label, voxels)) => {
            let advice = if are_discs(map, |_| true) {
                "these look like whole discs: leave the middle voxel of each as its point, or give a map of the vertebrae as --vertebrae"
            } else {
                "give a map of vertebrae as --vertebrae with its scheme"
            };
            Err(LevelError::MapAsPoints { label, voxels, max: MAX_VOXELS, advice })
        }
        None => Ok(()),
    }
}

/// Whether labels of a map are flat across the line through them.
pub(crate) fn are_discs(map: &LabelMap, counts: impl Fn(i64) -> bool) -> bool {
    let mut labels: BTreeMap<i64, Vec<Vector>> = BTreeMap::new();
    for run in map.runs().iter().filter(|run| counts(run.label)) {
        let center = |i: u32| map.grid().center([i, run.j, run.k].map(|v| v as usize));
        labels.entry(run.label).or_default().extend([center(run.i), center(run.i + run.len - 1)]);
    }
    let middle = |points: &Vec<Vector>| {
        let sum = points.iter().fold([0.0; 3], |sum, &point| plus(sum, 1.0, point));
        scaled(sum, 1.0 / points.len() as f64)
    };
    let middles: Vec<Vector> = labels.values().map(middle).collect();
    let m = *map.grid().affine().matrix();
    let share = |(points, pair): (&Vec<Vector>, &[Vector])| {
        let way = minus(pair[1], pair[0]);
        let apart = length(way);
        // a voxel's own size along the way
        let step = |a: usize| (0..3).map(|r| m[r][a] * way[r] / apart).sum::<f64>().abs();
        let voxel = step(0) + step(1) + step(2);
        let along = |&point: &Vector| dot(point, way) / apart;
        let (low, high) = points
            .iter()
            .map(along)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
        (high - low + voxel) / apart
    };
    let shares: Vec<f64> =
        labels.values().zip(middles.windows(2)).map(share).filter(|s| s.is_finite()).collect();
    median(&shares).is_some_and(|share| share < MAX_DISC)
}
