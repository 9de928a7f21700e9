//! Order statistics by sorting, and small vectors.

use super::*;

/// Values in ascending order.
pub(super) fn sorted(values: &[f64]) -> Vec<f64> {
    let mut ascending = values.to_vec();
    ascending.sort_by(f64::total_cmp);
    ascending
}

/// Middle value, or the mean of the two middle ones; NaN of nothing.
pub(super) fn median(values: &[f64]) -> f64 {
    let ascending = sorted(values);
    let n = ascending.len();
    match n {
        0 => f64::NAN,
        _ if n % 2 == 1 => ascending[n / 2],
        _ => f64::midpoint(ascending[n / 2 - 1], ascending[n / 2]),
    }
}

/// Median absolute deviation from the median.
pub(super) fn mad(values: &[f64]) -> f64 {
    let middle = median(values);
    median(&values.iter().map(|value| (value - middle).abs()).collect::<Vec<_>>())
}

/// Quantile by linear interpolation between order statistics.
pub(super) fn percentile(values: &[f64], share: f64) -> f64 {
    let ascending = sorted(values);
    let place = share * number(ascending.len() - 1);
    let low = whole(place.floor());
    let high = (low + 1).min(ascending.len() - 1);
    ascending[low] + (place - place.floor()) * (ascending[high] - ascending[low])
}

/// Scalar product.
pub(super) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Difference.
pub(super) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

/// Euclidean length.
pub(super) fn norm(a: Point) -> f64 {
    dot(a, a).sqrt()
}

/// A count as a number.
#[expect(clippy::cast_precision_loss, reason = "counts of voxels are far below 2^52")]
pub(super) fn number(n: usize) -> f64 {
    n as f64
}

/// A whole number >= 0 as a count.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "callers pass whole numbers that are not negative"
)]
pub(super) fn whole(x: f64) -> usize {
    x as usize
}
