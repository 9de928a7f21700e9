//! The mean center line of a cord mask, and positions along it.

use hemastage_image::{
    error::Result,
    principal_axis::PrincipalAxis,
    roi::{Column, Roi, voxels},
    vector::{dot, minus},
};

use super::ReferenceError;

/// Length of the slabs whose mean positions make up the line.
const SLAB_MM: f64 = 5.0;

/// No spine is longer; a mask that is has wrong voxel sizes.
pub(super) const MAX_LENGTH_MM: f64 = 1000.0;

/// Slack on borders between slabs and bins, so that rounding does not move a whole slice across.
pub(super) const BORDER_SLACK: f64 = 1e-6;

/// The line through the mean positions of 5 mm slabs across the mask's main axis.
///
/// # Shape and units
/// Positions are arc lengths in millimeters from the mask's lower end; they grow upwards.
#[derive(Debug, Clone, PartialEq)]
pub struct CenterLine {
    centroid: [f64; 3],
    axis: [f64; 3],
    /// Place along the axis and arc length of each slab's mean, rising in both.
    knots: Vec<(f64, f64)>,
    means: Vec<[f64; 3]>,
    start: f64,
}

impl CenterLine {
    /// The center line of a mask.
    ///
    /// # Errors
    /// When the mask is longer than any spine, so that its voxel sizes must be wrong.
    pub fn of(cord: &Roi) -> Result<Self> {
        let points: Vec<[f64; 3]> = cord.centers().collect();
        let PrincipalAxis { center: centroid, axis, .. } =
            PrincipalAxis::of(points.iter().copied(), &cord.grid().patient_axes());
        let along = |&p: &[f64; 3]| dot(minus(p, centroid), axis);
        let low = points.iter().map(along).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(along).fold(f64::NEG_INFINITY, f64::max);
        let length = high - low;
        if length.is_nan() || length > MAX_LENGTH_MM {
            return Err(ReferenceError::TooLong { length }.into());
        }
        let slab_of = |t: f64| ((t - low) / SLAB_MM + BORDER_SLACK).floor() as usize;
        let mut last = slab_of(high);
        // a sliver at the upper end would bend the line
        if last > 0 && high - low - SLAB_MM * last as f64 + BORDER_SLACK < SLAB_MM / 2.0 {
            last -= 1;
        }
        let mut slabs = vec![([0.0; 3], 0.0); last + 1];
        for point in &points {
            let (sum, voxels) = &mut slabs[slab_of(along(point)).min(last)];
            (0..3).for_each(|a| sum[a] += point[a]);
            *voxels += 1.0;
        }
        let means: Vec<[f64; 3]> =
            slabs.into_iter().filter(|&(_, n)| n > 0.0).map(|(sum, n)| sum.map(|s| s / n)).collect();
        let mut arc = 0.0;
        let mut knots = vec![(along(&means[0]), 0.0)];
        for pair in means.windows(2) {
            arc += hemastage_image::vector::distance(pair[0], pair[1]);
            knots.push((along(&pair[1]), arc));
        }
        let mut line = Self { centroid, axis, knots, means, start: 0.0 };
        line.start = line.arc(low);
        Ok(line)
    }

    /// The position of a point along the line, from its place along the main axis.
    pub fn position_mm(&self, world: [f64; 3]) -> f64 {
        self.arc(dot(minus(world, self.centroid), self.axis)) - self.start
    }

    /// The mean of the slab nearest to a position along the line.
    pub(crate) fn near_mm(&self, position: f64) -> [f64; 3] {
        let off = |n: &usize| (self.knots[*n].1 - self.start - position).abs();
        let nearest = (0..self.knots.len()).min_by(|a, b| off(a).total_cmp(&off(b)));
        nearest.map_or(self.centroid, |n| self.means[n])
    }

    /// The positions of a region's voxels.
    pub fn positions_mm(&self, roi: &Roi) -> Column<f64> {
        roi.column(|slices, positions: &mut [f64]| {
            let voxels = voxels(roi.runs_of_slices(&slices));
            for (position, voxel) in positions.iter_mut().zip(voxels) {
                *position = self.position_mm(roi.grid().center(voxel));
            }
        })
    }

    /// Arc length at a place along the axis: linear between the knots, straight on beyond them.
    fn arc(&self, along: f64) -> f64 {
        let knots = &self.knots;
        if knots.len() == 1 {
            return along - knots[0].0;
        }
        // knots are about one slab apart: start at the knot that follows from that, then walk
        let last = knots.len() - 1;
        let mut right = (((along - knots[0].0) / SLAB_MM) as usize).saturating_add(1).min(last);
        while right > 1 && along < knots[right - 1].0 {
            right -= 1;
        }
        while right < last && knots[right].0 <= along {
            right += 1;
        }
        let ((t0, a0), (t1, a1)) = (knots[right - 1], knots[right]);
        a0 + (along - t0) * (a1 - a0) / (t1 - t0)
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn a_straight_column_is_measured_from_its_lower_end() {
        // k grows downwards: position still grows upwards
        let affine =
            Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., -2., 50.], [0., 0., 0., 1.]]).unwrap();
        let roi = Roi::from_array(Array3::<u8>::ones((3, 3, 31)).view(), affine, &Labels::NonZero).unwrap();
        let line = CenterLine::of(&roi).unwrap();
        let positions = line.positions_mm(&roi);
        assert!((positions[0] - 60.0).abs() < 1e-9, "the first slice is the top one");
        assert!(positions.last().unwrap().abs() < 1e-9);
    }

    #[test]
    fn an_arc_is_longer_than_its_chord() {
        let affine =
            Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]]).unwrap();
        let radius = 60.0_f64;
        let mask = Array3::from_shape_fn((60, 5, 101), |(i, _, k)| {
            let z = k as f64 - 50.0;
            let x = (radius * radius - z * z).sqrt() - 20.0;
            u8::from((i as f64 - x).abs() < 3.0)
        });
        let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
        let line = CenterLine::of(&roi).unwrap();
        let positions = line.positions_mm(&roi);
        let length = positions.iter().copied().fold(0.0, f64::max);
        let expected = 2.0 * radius * (50.0 / radius).asin();
        assert!((length / expected - 1.0).abs() < 0.03, "{length} {expected}");
    }
}
