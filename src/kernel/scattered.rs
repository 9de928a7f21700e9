//! A few points of a region that stand for all of it, where a distance need not be exact.

use hemastage_image::{
    roi::Roi,
    vector::{Vector, distance},
};

/// Number of points; a cord of 20 mL has one in 10 mm3.
const MAX_POINTS: usize = 2000;
/// Fractional part of the golden ratio: no row length is a multiple of steps that vary by it.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// Centers of at most 2000 voxels, spread evenly over the region's voxels.
#[derive(Debug, Clone)]
pub(crate) struct Scattered(Vec<Vector>);

impl Scattered {
    pub(crate) fn of(region: &Roi) -> Self {
        let step = (region.len() as f64 / MAX_POINTS as f64).max(1.0);
        let wanted = |n: usize| {
            let within = if step > 1.0 { (n as f64 * GOLDEN).fract() } else { 0.0 };
            ((n as f64 + within) * step) as usize
        };
        let (mut points, mut n) = (Vec::with_capacity(MAX_POINTS), 0);
        for run in region.runs() {
            let first = run.first as usize;
            while wanted(n) < first + run.len as usize {
                let i = run.i as usize + (wanted(n) - first);
                points.push(region.grid().center([i, run.j as usize, run.k as usize]));
                n += 1;
            }
        }
        Self(points)
    }

    pub(crate) fn points(&self) -> &[Vector] {
        &self.0
    }

    /// The distance of a point from the nearest of them.
    pub(crate) fn distance_mm(&self, point: Vector) -> f64 {
        self.0.iter().map(|&other| distance(point, other)).fold(f64::INFINITY, f64::min)
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn a_few_points_are_near_every_voxel() {
        for shape in [(1, 1, 1), (7, 5, 3), (40, 10, 10), (100, 40, 50)] {
            let mask = Array3::<u8>::ones(shape);
            let roi = Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero).unwrap();
            let found = Scattered::of(&roi);
            assert_eq!(found.points().len(), roi.len().min(MAX_POINTS));
            let farthest = roi.centers().map(|point| found.distance_mm(point)).fold(0.0, f64::max);
            let step = roi.len() as f64 / found.points().len() as f64;
            assert!(
                if step > 1.0 { farthest < 3.0 * step.cbrt() } else { farthest == 0.0 },
                "{shape:?}: {farthest}"
            );
        }
    }
}
