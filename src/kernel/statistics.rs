//! Order statistics by selection, and counts and ranges in wide vectors.

use hemastage_image::simd::wide;

use super::near::near;

/// The median, the mean of the two middle values of an even count; `None` for no values.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    median_of(values, |value| value)
}

/// 1.4826 times the median absolute deviation from a center: a robust SD.
pub(crate) fn scaled_mad(values: &[f64], center: f64) -> Option<f64> {
    Some(1.4826 * median_of(values, |value| (value - center).abs())?)
}

fn median_of(values: &[f64], of: impl Fn(f64) -> f64 + Copy) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let [[lower, upper]] = at_ranks(values, of, values.len(), [[last / 2, last.div_ceil(2)]]);
    Some(f64::midpoint(lower, upper))
}

/// A quantile by linear interpolation between order statistics; `None` for no values.
pub(crate) fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let rank = Rank::of(share, last);
    let [[lower, upper]] = at_ranks(values, |value| value, values.len(), [[rank.low, rank.high(last)]]);
    Some(rank.between(lower, upper))
}

/// The 10th percentile, the median and the 90th percentile of `n` values; all others are NaN. `None` for none.
pub(crate) fn median_and_tenths(values: &[f64], n: usize) -> Option<[f64; 3]> {
    let last = n.checked_sub(1)?;
    let [p10, p90] = [0.1, 0.9].map(|share| Rank::of(share, last));
    let ranks = [[p10.low, p10.high(last)], [last / 2, last.div_ceil(2)], [p90.low, p90.high(last)]];
    let [[a, b], [c, d], [e, f]] = at_ranks(values, |value| value, n, ranks);
    Some([p10.between(a, b), f64::midpoint(c, d), p90.between(e, f)])
}

/// The number of values that are not NaN.
pub(crate) fn numbers(values: &[f64]) -> usize {
    let count = wide(
        #[inline(always)]
        || values.iter().map(|value| u64::from(!value.is_nan())).sum::<u64>(),
    );
    count as usize
}

/// The minimum and the maximum of the values that are not NaN; infinite and reversed for none.
pub(crate) fn range(values: &[f64]) -> [f64; 2] {
    wide(
        #[inline(always)]
        || {
            // eight at a time, as the compiler does not turn a minimum of floats into one of lanes
            let (mut min, mut max) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
            let (eights, rest) = values.as_chunks::<8>();
            for eight in eights {
                for lane in 0..8 {
                    min[lane] = if eight[lane] < min[lane] { eight[lane] } else { min[lane] };
                    max[lane] = if eight[lane] > max[lane] { eight[lane] } else { max[lane] };
                }
            }
            let min = min.iter().chain(rest).copied().fold(f64::INFINITY, f64::min);
            [min, max.iter().chain(rest).copied().fold(f64::NEG_INFINITY, f64::max)]
        },
    )
}

/// The position of a quantile between two order statistics.
#[derive(Clone, Copy)]
struct Rank {
    low: usize,
    share: f64,
}

impl Rank {
    fn of(share: f64, last: usize) -> Self {
        let at = share * last as f64;
        Self { low: at as usize, share: at - (at as usize) as f64 }
    }

    fn high(self, last: usize) -> usize {
        (self.low + 1).min(last)
    }

    fn between(self, lower: f64, upper: f64) -> f64 {
        lower + self.share * (upper - lower)
    }
}

/// Integers in the order of the values by [`f64::total_cmp`]: they compare faster.
pub(super) fn keys(values: impl Iterator<Item = f64>) -> Vec<i64> {
    values.map(|value| swap_negative(value.to_bits() as i64)).collect()
}

/// The value of a key.
pub(super) fn value(key: i64) -> f64 {
    f64::from_bits(swap_negative(key) as u64)
}

/// Turns the order of the bits of negative values around; its own inverse.
fn swap_negative(bits: i64) -> i64 {
    bits ^ ((bits >> 63) as u64 >> 1) as i64
}

/// Order statistics of what `of` makes of the values at the given ranks (ascending); `n` of them count, all others are
/// NaN.
fn at_ranks<const N: usize>(
    values: &[f64],
    of: impl Fn(f64) -> f64 + Copy,
    n: usize,
    ranks: [[usize; 2]; N],
) -> [[f64; 2]; N] {
    if let Some((near, ranks)) = near(values, of, n, ranks) {
        return ordered(&mut keys(near.into_iter()), ranks);
    }
    // where all count, one made of infinite values may be NaN, and has its rank
    let counts = |value: &f64| n == values.len() || !value.is_nan();
    ordered(&mut keys(values.iter().map(|&value| of(value)).filter(counts)), ranks)
}

/// The same of keys. Each is selected among the keys that the one before left above it.
fn ordered<const N: usize>(keys: &mut [i64], ranks: [[usize; 2]; N]) -> [[f64; 2]; N] {
    if !ranks.as_flattened().is_sorted() {
        // as of two values, where each quantile lies between both
        keys.sort_unstable();
        return ranks.map(|pair| pair.map(|rank| value(keys[rank])));
    }
    let (mut rest, mut first) = (keys, 0);
    let mut last = None;
    ranks.map(|pair| {
        pair.map(|rank| match last {
            Some((known, value)) if known == rank => value,
            _ => {
                let (_, &mut key, above) = std::mem::take(&mut rest).select_nth_unstable(rank - first);
                (rest, first, last) = (above, rank + 1, Some((rank, value(key))));
                value(key)
            }
        })
    })
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    /// The plain twin: sorted.
    fn plain_quantile(values: &[f64], share: f64) -> f64 {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let at = share * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[at.floor() as usize], sorted[at.ceil() as usize]);
        low + at.fract() * (high - low)
    }

    #[test]
    fn hand_computed() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(scaled_mad(&[1.0, 2.0, 3.0, 4.0, 9.0], 3.0), Some(1.4826));
        assert!(scaled_mad(&[f64::INFINITY; 5], f64::INFINITY).is_some_and(f64::is_nan));
        let values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(quantile(&values, 0.1), Some(1.4));
        assert_eq!(quantile(&values, 0.9), Some(4.6));
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
        assert_eq!(median_and_tenths(&values, numbers(&values)), Some([1.4, 3.0, 4.6]));
        assert_eq!(median_and_tenths(&[7.0], 1), Some([7.0; 3]));
        assert_eq!(median_and_tenths(&[f64::NAN], 0), None);
    }

    #[test]
    fn keys_have_the_order_of_their_values() {
        let values = [
            f64::NEG_INFINITY,
            -1e300,
            -1.0,
            -f64::MIN_POSITIVE,
            -0.0,
            0.0,
            1e-310,
            1.0,
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
        ];
        let keys = keys(values.into_iter());
        assert!(keys.is_sorted_by(|a, b| a < b));
        assert!(keys.iter().zip(values).all(|(&key, expected)| value(key).to_bits() == expected.to_bits()));
    }

    #[test]
    fn values_are_ordered_as_if_sorted() {
        let shapes: [fn(f64) -> f64; 7] = [
            |v| v,
            |v| (1000.0 * v).floor() - 500.0,
            |_| 3.0,
            |v| 1e-3 / (v + 1e-9),
            |v| if v < 0.001 { 1e9 } else { v },
            |v| if v < 0.3 { 0.0 } else { v },
            |v| if v < 0.3 { f64::NAN } else { v },
        ];
        let mut random = fastrand::Rng::with_seed(3);
        for (count, shape) in
            (1..40).chain([4096, 20_001]).flat_map(|count| shapes.map(|shape| (count, shape)))
        {
            let mut values: Vec<f64> = (0..count).map(|_| shape(random.f64())).collect();
            values[0] = 0.25;
            let n = numbers(&values);
            assert_eq!(n, values.iter().filter(|value| !value.is_nan()).count());
            let expected = [0.1, 0.5, 0.9].map(|share| plain_quantile(&values, share));
            for (found, expected) in median_and_tenths(&values, n).unwrap().into_iter().zip(expected) {
                assert_abs_diff_eq!(found, expected, epsilon = 1e-12 * expected.abs().max(1.0));
            }
            let [min, max] = range(&values);
            assert_eq!([min, max], [0.0, 1.0].map(|share| plain_quantile(&values, share)));
            values.retain(|value| !value.is_nan());
            for (share, expected) in [0.1, 0.5, 0.9].into_iter().zip(expected) {
                let found = quantile(&values, share).unwrap();
                assert_abs_diff_eq!(found, expected, epsilon = 1e-12 * expected.abs().max(1.0));
            }
            assert_abs_diff_eq!(
                median(&values).unwrap(),
                expected[1],
                epsilon = 1e-12 * expected[1].abs().max(1.0)
            );
            let deviations: Vec<f64> = values.iter().map(|value| (value - 0.5).abs()).collect();
            let mad = 1.4826 * plain_quantile(&deviations, 0.5);
            assert_abs_diff_eq!(scaled_mad(&values, 0.5).unwrap(), mad, epsilon = 1e-12 * mad.max(1.0));
        }
    }
}
