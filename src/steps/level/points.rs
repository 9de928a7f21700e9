//! Points given as a map of vertebrae, and a map given as points.

use hemastage_image::{label_map::LabelMap, vector::distance};

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

/// Refuses a map that was given as points.
pub(super) fn refuse_map(map: &LabelMap) -> Result<(), LevelError> {
    let largest = map.labels().max_by_key(|&(_, voxels)| voxels);
    match largest.filter(|&(_, voxels)| voxels > MAX_VOXELS) {
        Some((label, voxels)) => Err(LevelError::MapAsPoints { label, voxels, max: MAX_VOXELS }),
        None => Ok(()),
    }
}
