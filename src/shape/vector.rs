//! Arithmetic of points and directions in millimetres.

pub(super) type Vector = [f64; 3];

pub(super) fn dot(a: Vector, b: Vector) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

pub(super) fn minus(a: Vector, b: Vector) -> Vector {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// `a + scale * b`.
pub(super) fn plus(a: Vector, scale: f64, b: Vector) -> Vector {
    [a[0] + scale * b[0], a[1] + scale * b[1], a[2] + scale * b[2]]
}

pub(super) fn cross(a: Vector, b: Vector) -> Vector {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

pub(super) fn length(a: Vector) -> f64 {
    dot(a, a).sqrt()
}

/// The vector with length 1; none for one without a direction.
pub(super) fn unit(a: Vector) -> Option<Vector> {
    let long = length(a);
    (long.is_finite() && long > 1e-12).then(|| a.map(|v| v / long))
}

/// The direction in which points spread most, from their covariance, and how much more than along the
/// next: the ratio of the two largest eigenvalues. None when the points do not spread.
///
/// Squaring the matrix again and again leaves only the largest eigenvector.
pub(super) fn main_axis(covariance: [[f64; 3]; 3]) -> Option<(Vector, f64)> {
    let trace = |m: &[[f64; 3]; 3]| m[0][0] + m[1][1] + m[2][2];
    let total = trace(&covariance);
    if !(total.is_finite() && total > 0.0) {
        return None;
    }
    let mut m = covariance.map(|row| row.map(|v| v / total));
    for _ in 0..40 {
        let squared: [[f64; 3]; 3] =
            std::array::from_fn(|r| std::array::from_fn(|c| (0..3).map(|k| m[r][k] * m[k][c]).sum()));
        let scale = trace(&squared);
        m = squared.map(|row| row.map(|v| v / scale));
    }
    let column = (0..3).max_by(|&a, &b| m[a][a].total_cmp(&m[b][b]))?;
    let axis = unit([m[0][column], m[1][column], m[2][column]])?;
    let largest = dot(axis, covariance.map(|row| dot(row, axis)));
    // the other two add up to the rest of the trace; the larger of them follows from the determinant
    let rest = total - largest;
    let square: f64 = covariance.iter().flatten().map(|v| v * v).sum::<f64>() - largest * largest;
    let second = f64::midpoint(rest, (2.0 * square - rest * rest).max(0.0).sqrt());
    Some((axis, if second > 0.0 { largest / second } else { f64::INFINITY }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axis_of_a_known_matrix() {
        // 2 along (1, 1, 0), 1 and 0.5 across it
        let (axis, ratio) = main_axis([[1.5, 0.5, 0.0], [0.5, 1.5, 0.0], [0.0, 0.0, 0.5]]).unwrap();
        assert!((axis[0].abs() - 0.5_f64.sqrt()).abs() < 1e-12 && (axis[0] - axis[1]).abs() < 1e-12);
        assert!((ratio - 2.0).abs() < 1e-12, "{ratio}");
        assert!(main_axis([[0.0; 3]; 3]).is_none());
    }
}
