//! The direction in which points spread most.

use crate::{
    grid::PatientAxes,
    vector::{Vector, dot, minus, plus},
};

/// Two variances that differ by less than this share of their sum are tied, as rounding cannot tell them apart: then
/// the axis nearer to the head wins, and after it the one nearer to the front.
const TIE: f64 = 1e-12;

/// An axis that rises by at least this per mm points up or down in the world, however the scan was planned.
const MIN_RISE: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// The centroid of points and the direction in which they spread most.
#[derive(Debug, Clone, Copy)]
pub struct PrincipalAxis {
    /// The mean of the points.
    pub center: Vector,
    /// The unit direction of the largest variance, pointing up, or to the front or the right where it lies flat.
    pub axis: Vector,
    /// The variance along the axis divided by that along the next; at least 1, infinite on a line.
    pub elongation: f64,
}

impl PrincipalAxis {
    /// The axis of points; towards the head where all points coincide.
    pub fn of(points: impl Iterator<Item = Vector> + Clone, patient: &PatientAxes) -> Self {
        let origin = points.clone().next().unwrap_or_default();
        let points = points.map(|p| minus(p, origin));
        let count = points.clone().count().max(1) as f64;
        let mean = points.clone().fold([0.0; 3], |sum, p| plus(sum, 1.0, p)).map(|v| v / count);
        let mut covariance = [[0.0; 3]; 3];
        for point in points {
            let d = minus(point, mean);
            (0..3).for_each(|r| covariance[r] = plus(covariance[r], d[r], d));
        }
        let (axis, elongation) = main_axis(covariance, patient).unwrap_or((patient.superior, 1.0));
        Self { center: plus(origin, 1.0, mean), axis: upward(axis, patient), elongation }
    }
}

/// The axis with the sign that makes it point up, or to the front or the right where it lies flat.
fn upward(axis: Vector, patient: &PatientAxes) -> Vector {
    let clearly = Some(axis[2]).filter(|up| up.abs() > MIN_RISE);
    let flat = [patient.superior, patient.anterior, patient.right].map(|side| dot(axis, side));
    let leading = clearly.into_iter().chain(flat).find(|v| v.abs() > 1e-6).unwrap_or(1.0);
    axis.map(|v| v * leading.signum())
}

/// The eigenvector of a covariance's largest eigenvalue, and the ratio of that eigenvalue to the next. `None` when
/// all points coincide.
fn main_axis(covariance: [[f64; 3]; 3], patient: &PatientAxes) -> Option<(Vector, f64)> {
    let total = covariance[0][0] + covariance[1][1] + covariance[2][2];
    if !(total.is_finite() && total > 0.0) {
        return None;
    }
    let mut m = covariance.map(|row| row.map(|v| v / total));
    for (more, side) in [(TIE, patient.superior), (TIE / 2.0, patient.anterior)] {
        (0..3).for_each(|r| m[r] = plus(m[r], more * side[r], side));
    }
    let mut values: Vec<(f64, Vector)> = eigenvectors(m).into();
    values.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (largest, next) = (values[0].0, values[1].0);
    Some((values[0].1, if next > 0.0 { (largest / next).max(1.0) } else { f64::INFINITY }))
}

/// The eigenvalues and eigenvectors of a symmetric matrix, by cyclic Jacobi rotations.
fn eigenvectors(mut m: [[f64; 3]; 3]) -> [(f64, Vector); 3] {
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
    std::array::from_fn(|n| (m[n][n], [v[0][n], v[1][n], v[2][n]]))
}

fn rotate(m: &mut [[f64; 3]; 3], v: &mut [[f64; 3]; 3], p: usize, q: usize) {
    if m[p][q] == 0.0 {
        return;
    }
    let theta = (m[q][q] - m[p][p]) / (2.0 * m[p][q]);
    let t = theta.signum() / (theta.abs() + libm::hypot(theta, 1.0));
    let c = 1.0 / libm::hypot(t, 1.0);
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
    use approx::assert_abs_diff_eq;

    use super::*;

    const UPRIGHT: PatientAxes =
        PatientAxes { right: [1.0, 0.0, 0.0], anterior: [0.0, 1.0, 0.0], superior: [0.0, 0.0, 1.0] };

    #[test]
    fn axis_of_a_known_matrix() {
        // 2 along (1, 1, 0), 1 and 0.5 across it
        let (axis, ratio) = main_axis([[1.5, 0.5, 0.0], [0.5, 1.5, 0.0], [0.0, 0.0, 0.5]], &UPRIGHT).unwrap();
        assert_abs_diff_eq!(axis[0].abs(), 0.5_f64.sqrt(), epsilon = 1e-11);
        assert_abs_diff_eq!(axis[0], axis[1], epsilon = 1e-11);
        assert_abs_diff_eq!(ratio, 2.0, epsilon = 1e-11);
        let (axis, _) = main_axis([[1.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 2.0]], &UPRIGHT).unwrap();
        assert_eq!(axis.map(f64::abs), [0.0, 1.0, 0.0]);
        assert!(main_axis([[0.0; 3]; 3], &UPRIGHT).is_none());
    }

    /// Turned about the front-back axis.
    fn turned(p: Vector, degrees: f64) -> Vector {
        let (s, c) = degrees.to_radians().sin_cos();
        [c * p[0] + s * p[2], p[1], -s * p[0] + c * p[2]]
    }

    #[test]
    fn neither_sign_nor_a_tie_depends_on_the_way_the_patient_lies() {
        let flat = |n: i32| [f64::from(n), 0.1 * f64::from(n % 2), 0.0];
        // as wide as it is tall
        let square = |n: i32| [f64::from(n % 5), 0.1, f64::from(n / 5)];
        for degrees in [0.0, 1e-7, 1.0, -1.0, 30.0, -30.0] {
            let axes = PatientAxes {
                right: turned(UPRIGHT.right, degrees),
                anterior: UPRIGHT.anterior,
                superior: turned(UPRIGHT.superior, degrees),
            };
            let found = PrincipalAxis::of((0..7).map(|n| turned(flat(n), degrees)), &axes);
            assert!(dot(found.axis, axes.right) > 0.99, "{degrees}: {found:?}");
            let found = PrincipalAxis::of((0..25).map(|n| turned(square(n), degrees)), &axes);
            assert!(dot(found.axis, axes.superior) > 0.999_999, "{degrees}: {found:?}");
            assert!(found.elongation < 1.000_001);
        }
    }

    #[test]
    fn an_upright_axis_points_up_whatever_the_grid_calls_up() {
        let upside = PatientAxes { superior: [0.0, 0.0, -1.0], ..UPRIGHT };
        let found = PrincipalAxis::of((0..9).map(|n| [0.0, 0.3 * f64::from(n), f64::from(n)]), &upside);
        assert!(found.axis[2] > 0.9, "{found:?}");
        let single = PrincipalAxis::of(std::iter::once([4.0, 5.0, 6.0]), &UPRIGHT);
        assert_eq!((single.center, single.axis), ([4.0, 5.0, 6.0], UPRIGHT.superior));
    }
}
