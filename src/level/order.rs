//! The order from the head down: along the main direction of the centroids, not along raw height.

use super::error::LevelError;
use crate::grid::Affine;

/// The direction in which points spread most, from the head down (or backwards, or to the left).
///
/// Repeated squaring of the covariance: the largest eigenvector stays. No points or one: straight down.
pub(super) fn main_direction(points: &[[f64; 3]]) -> [f64; 3] {
    let count = points.len() as f64;
    let mean: [f64; 3] = std::array::from_fn(|a| points.iter().map(|p| p[a]).sum::<f64>() / count);
    let mut m = [[0.0; 3]; 3];
    for point in points {
        let d: [f64; 3] = std::array::from_fn(|a| point[a] - mean[a]);
        (0..3).for_each(|r| (0..3).for_each(|c| m[r][c] += d[r] * d[c]));
    }
    for _ in 0..40 {
        let trace = m[0][0] + m[1][1] + m[2][2];
        if trace.is_nan() || trace <= 0.0 {
            return [0.0, 0.0, -1.0];
        }
        let unit = m.map(|row| row.map(|v| v / trace));
        for r in 0..3 {
            for c in 0..3 {
                m[r][c] = (0..3).map(|k| unit[r][k] * unit[k][c]).sum();
            }
        }
    }
    let column = |c: usize| [m[0][c], m[1][c], m[2][c]];
    let longest = (0..3).max_by(|&a, &b| m[a][a].total_cmp(&m[b][b])).unwrap_or(2);
    let v = column(longest);
    let length = dot(v, v).sqrt();
    let leading = [v[2], v[1], v[0]].into_iter().find(|x| x.abs() > 1e-6 * length).unwrap_or(1.0);
    v.map(|x| -x * leading.signum() / length)
}

pub(super) fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// The place along a direction as a function of voxel index: at index 0, and per step along i, j, k.
pub(super) fn along_index(affine: &Affine, axis: [f64; 3]) -> (f64, [f64; 3]) {
    let m = affine.matrix();
    let along = |c: usize| dot([m[0][c], m[1][c], m[2][c]], axis);
    (along(3), [along(0), along(1), along(2)])
}

/// Checks that names sorted from the head down lie so along the main direction.
pub(super) fn check<N: std::fmt::Display>(
    sorted: &[(N, [f64; 3])],
    source_of: impl Fn() -> String,
) -> Result<(), LevelError> {
    let points: Vec<[f64; 3]> = sorted.iter().map(|&(_, point)| point).collect();
    let axis = main_direction(&points);
    let place = |point: [f64; 3]| dot(point, axis) - dot(points[0], axis);
    for pair in sorted.windows(2) {
        let (upper, lower) = (place(pair[0].1), place(pair[1].1));
        if upper >= lower {
            return Err(LevelError::Order {
                upper: pair[0].0.to_string(),
                lower: pair[1].0.to_string(),
                upper_mm: upper,
                lower_mm: lower,
                source_of: source_of(),
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_direction_points_down() {
        let line: Vec<[f64; 3]> =
            (0..5).map(|n| [1.0, 0.6 * f64::from(n), 0.8 * f64::from(n) + 7.0]).collect();
        let found = main_direction(&line);
        assert!((found[1] + 0.6).abs() < 1e-12 && (found[2] + 0.8).abs() < 1e-12, "{found:?}");
        assert_eq!(main_direction(&[[1.0, 2.0, 3.0]]), [0.0, 0.0, -1.0]);
        assert_eq!(main_direction(&[]), [0.0, 0.0, -1.0]);
    }

    #[test]
    fn a_wrong_order_names_both() {
        let at = |z: f64| [0.0, 0.2 * z, z];
        let good = [("C2", at(40.0)), ("C3", at(20.0)), ("C4", at(0.0))];
        assert!(check(&good, String::new).is_ok());
        let wrong = [("C2", at(40.0)), ("C3", at(0.0)), ("C4", at(20.0))];
        let text = check(&wrong, || "the scheme".into()).unwrap_err().to_string();
        assert!(text.starts_with("C3 lies below C4 (at 40.8 and 20.4 mm"), "{text}");
    }
}
