//! Smoothing of points along a line by local quadratics: a bend stays, a staircase goes.

use hemastage_image::vector::{Vector, plus};

/// The fit is quadratic from this length of line on, else linear.
const QUADRATIC_MM: f64 = 30.0;

/// The value, at each point's position, of the quadratic fitted to the points around it with the weights `(1 -
/// (distance / half width)^2)^2`. The half width grows toward an end, to twice at the end itself, so that a one-sided
/// fit has as many points.
///
/// # Shape and units
/// Positions and half width in mm, positions ascending.
pub(super) fn smoothed(points: &[(f64, Vector)], half_width_mm: f64) -> Vec<Vector> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let order = if last.0 - first.0 >= QUADRATIC_MM { 2 } else { 1 };
    let at = |&(position, point): &(f64, Vector)| {
        let from_end = (position - first.0).min(last.0 - position);
        let half = half_width_mm + (half_width_mm - from_end).max(0.0);
        let low = points.partition_point(|p| p.0 < position - half);
        let high = points.partition_point(|p| p.0 <= position + half);
        fitted(&points[low..high], position, half, order).unwrap_or(point)
    };
    points.iter().map(at).collect()
}

/// The constant term of the weighted least-squares fit in powers of the distance to a position.
fn fitted(points: &[(f64, Vector)], position: f64, half: f64, order: usize) -> Option<Vector> {
    let mut powers = [0.0; 5];
    let mut sums = [[0.0; 3]; 3];
    for &(at, point) in points {
        let x = (at - position) / half;
        let weight = (1.0 - x * x).max(0.0).powi(2);
        let mut term = weight;
        for (n, power) in powers.iter_mut().enumerate() {
            *power += term;
            if n < 3 {
                sums[n] = plus(sums[n], term, point);
            }
            term *= x;
        }
    }
    // the constant term is a weighted mean: the weights are a row of the inverse normal matrix
    let [a, b, c, d, e] = powers;
    let row = if order == 2 { [c * e - d * d, c * d - b * e, b * d - c * c] } else { [c, -b, 0.0] };
    let determinant = row[0] * a + row[1] * b + row[2] * c;
    if determinant <= 1e-9 * a.powi(3) {
        return None;
    }
    let sum = (0..3).fold([0.0; 3], |sum, n| plus(sum, row[n], sums[n]));
    Some(sum.map(|v| v / determinant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_stays_and_a_staircase_goes() {
        let bent: Vec<(f64, Vector)> = (0..80).map(f64::from).map(|t| (t, [0.0, 0.004 * t * t, t])).collect();
        for (found, (_, expected)) in smoothed(&bent, 20.0).iter().zip(&bent) {
            assert!((0..3).all(|a| (found[a] - expected[a]).abs() < 1e-9), "{found:?} {expected:?}");
        }
        let stairs: Vec<(f64, Vector)> =
            (0..80).map(f64::from).map(|t| (t, [2.0 * (t / 20.0 + 0.5).floor(), 0.0, t])).collect();
        let found = smoothed(&stairs, 20.0);
        let worst = found.iter().map(|p| (p[0] - p[2] / 10.0).abs()).fold(0.0, f64::max);
        assert!(worst < 0.6, "steps of 2 mm, off by 1 mm at most before: {worst}");
    }
}
