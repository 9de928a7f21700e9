//! The mean centre line of a cord mask, and positions along it.

use super::ReferenceError;
use crate::{error::Result, roi::Roi};

/// Length of the slabs whose mean positions make up the line.
const SLAB_MM: f64 = 5.0;

/// No spine is longer; a mask that is has wrong voxel sizes.
pub(super) const LONGEST_MM: f64 = 1000.0;

/// Slack on borders between slabs and bins, so that rounding does not move a whole slice across.
pub(super) const BORDER_SLACK: f64 = 1e-6;

/// The line through the mean positions of 5 mm slabs across the mask's main axis.
///
/// # Shape and units
/// Positions are arc lengths in millimetres from the mask's lower end; they grow upwards (RAS +z).
#[derive(Debug, Clone)]
pub struct CentreLine {
    centroid: [f64; 3],
    axis: [f64; 3],
    /// Place along the axis and arc length of each slab's mean, rising in both.
    knots: Vec<(f64, f64)>,
    start: f64,
}

impl CentreLine {
    /// The centre line of a mask.
    ///
    /// # Errors
    /// When the mask is longer than any spine, so that its voxel sizes must be wrong.
    pub fn of(cord: &Roi) -> Result<Self> {
        let points: Vec<[f64; 3]> = cord.voxels().map(|voxel| cord.grid().centre(voxel)).collect();
        let count = points.len() as f64;
        let centroid: [f64; 3] = std::array::from_fn(|a| points.iter().map(|p| p[a]).sum::<f64>() / count);
        let axis = main_axis(&points, centroid);
        let along = |p: &[f64; 3]| (0..3).map(|a| (p[a] - centroid[a]) * axis[a]).sum::<f64>();
        let low = points.iter().map(along).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(along).fold(f64::NEG_INFINITY, f64::max);
        let length = high - low;
        if length.is_nan() || length > LONGEST_MM {
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
            arc += crate::grid::distance(pair[0], pair[1]);
            knots.push((along(&pair[1]), arc));
        }
        let mut line = Self { centroid, axis, knots, start: 0.0 };
        line.start = line.arc(low);
        Ok(line)
    }

    /// The position of a point along the line, from its place along the main axis.
    pub fn position_mm(&self, world: [f64; 3]) -> f64 {
        let along = (0..3).map(|a| (world[a] - self.centroid[a]) * self.axis[a]).sum::<f64>();
        self.arc(along) - self.start
    }

    /// The positions of a region's voxels.
    pub fn positions_mm(&self, roi: &Roi) -> Vec<f64> {
        roi.voxels().map(|voxel| self.position_mm(roi.grid().centre(voxel))).collect()
    }

    /// Arc length at a place along the axis: linear between the knots, straight on beyond them.
    fn arc(&self, along: f64) -> f64 {
        let knots = &self.knots;
        if knots.len() == 1 {
            return along - knots[0].0;
        }
        let right = knots.partition_point(|knot| knot.0 <= along).clamp(1, knots.len() - 1);
        let ((t0, a0), (t1, a1)) = (knots[right - 1], knots[right]);
        a0 + (along - t0) * (a1 - a0) / (t1 - t0)
    }
}

/// The direction in which the points spread most, pointing up (or forward, or to the right).
fn main_axis(points: &[[f64; 3]], centroid: [f64; 3]) -> [f64; 3] {
    let mut covariance = [[0.0; 3]; 3];
    for point in points {
        let d: [f64; 3] = std::array::from_fn(|a| point[a] - centroid[a]);
        for r in 0..3 {
            for c in 0..3 {
                covariance[r][c] += d[r] * d[c];
            }
        }
    }
    let axis = largest_eigenvector(covariance);
    let leading = [axis[2], axis[1], axis[0]].into_iter().find(|v| v.abs() > 1e-6).unwrap_or(1.0);
    axis.map(|v| v * leading.signum())
}

/// The eigenvector of the largest eigenvalue of a symmetric matrix, by cyclic Jacobi rotations.
fn largest_eigenvector(mut m: [[f64; 3]; 3]) -> [f64; 3] {
    let mut v = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..50 {
        let off: f64 = m[0][1].abs() + m[0][2].abs() + m[1][2].abs();
        if off <= f64::EPSILON * (m[0][0].abs() + m[1][1].abs() + m[2][2].abs()) {
            break;
        }
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            rotate(&mut m, &mut v, p, q);
        }
    }
    let best = (0..3).max_by(|&a, &b| m[a][a].total_cmp(&m[b][b])).unwrap_or(2);
    [v[0][best], v[1][best], v[2][best]]
}

fn rotate(m: &mut [[f64; 3]; 3], v: &mut [[f64; 3]; 3], p: usize, q: usize) {
    if m[p][q] == 0.0 {
        return;
    }
    let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
    let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let c = 1.0 / t.hypot(1.0);
    let s = t * c;
    for row in m.iter_mut().chain(v.iter_mut()) {
        (row[p], row[q]) = (c * row[p] - s * row[q], s * row[p] + c * row[q]);
    }
    let (row_p, row_q) = (m[p], m[q]);
    m[p] = std::array::from_fn(|k| c * row_p[k] - s * row_q[k]);
    m[q] = std::array::from_fn(|k| s * row_p[k] + c * row_q[k]);
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels};

    #[test]
    fn eigenvector_of_a_known_matrix() {
        // 2 along (1, 1, 0), 1 and 0.5 across it
        let v = largest_eigenvector([[1.5, 0.5, 0.0], [0.5, 1.5, 0.0], [0.0, 0.0, 0.5]]);
        assert!((v[0].abs() - 0.5_f64.sqrt()).abs() < 1e-12 && (v[0] - v[1]).abs() < 1e-12);
        assert_eq!(largest_eigenvector([[1.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 2.0]]), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn a_straight_column_is_measured_from_its_lower_end() {
        // k grows downwards: position still grows upwards
        let affine =
            Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., -2., 50.], [0., 0., 0., 1.]]).unwrap();
        let roi = Roi::from_array(Array3::<u8>::ones((3, 3, 31)).view(), affine, &Labels::NonZero).unwrap();
        let line = CentreLine::of(&roi).unwrap();
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
        let line = CentreLine::of(&roi).unwrap();
        let positions = line.positions_mm(&roi);
        let length = positions.iter().copied().fold(0.0, f64::max);
        let expected = 2.0 * radius * (50.0 / radius).asin();
        assert!((length / expected - 1.0).abs() < 0.03, "{length} {expected}");
    }
}
