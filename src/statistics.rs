//! Order statistics by selection.

/// The median, the mean of the two middle values of an even count; none for no values.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let [lower, upper] = ordered(values, [last / 2, last.div_ceil(2)]);
    Some(f64::midpoint(lower, upper))
}

/// The median absolute deviation from a centre, times 1.4826: the standard deviation of normal values.
pub(crate) fn scaled_mad(values: &mut [f64], centre: f64) -> Option<f64> {
    for value in values.iter_mut() {
        *value = (*value - centre).abs();
    }
    median(values).map(|mad| 1.4826 * mad)
}

/// The 10th percentile, the median and the 90th percentile; none for no values.
pub(crate) fn median_and_tenths(values: &mut [f64]) -> Option<[f64; 3]> {
    let last = values.len().checked_sub(1)?;
    let ([p10, p90], middle) = ([0.1, 0.9].map(|share| Rank::of(share, last)), [last / 2, last.div_ceil(2)]);
    let ranks = [p10.low, p10.high(last), middle[0], middle[1], p90.low, p90.high(last)];
    let [a, b, c, d, e, f] = ordered(values, ranks);
    Some([p10.between(a, b), f64::midpoint(c, d), p90.between(e, f)])
}

/// A quantile by linear interpolation between order statistics; none for no values.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let rank = Rank::of(share, last);
    let [lower, upper] = ordered(values, [rank.low, rank.high(last)]);
    Some(rank.between(lower, upper))
}

/// The place of a quantile between two order statistics.
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

/// Values from which on they are counted into bins before any is moved.
const MANY: usize = 4096;

const BINS: usize = 2048;

/// What the values would be at these places, which rise where there are many, if they were sorted.
fn ordered<const N: usize>(values: &mut [f64], ranks: [usize; N]) -> [f64; N] {
    let Some(bins) = Some(&*values).filter(|values| values.len() >= MANY).and_then(Bins::of) else {
        return selected(values, ranks);
    };
    let (mut near, ranks) = bins.near(values, ranks);
    selected(&mut near, ranks)
}

/// The same by selecting each in what the one before left above it.
fn selected<const N: usize>(values: &mut [f64], ranks: [usize; N]) -> [f64; N] {
    if !ranks.is_sorted() {
        // of two values each quantile lies between both
        values.sort_unstable_by(f64::total_cmp);
        return ranks.map(|rank| values[rank]);
    }
    let (mut rest, mut first) = (values, 0);
    let mut last = None;
    ranks.map(|rank| match last {
        Some((known, value)) if known == rank => value,
        _ => {
            let (_, &mut value, above) =
                std::mem::take(&mut rest).select_nth_unstable_by(rank - first, f64::total_cmp);
            (rest, first, last) = (above, rank + 1, Some((rank, value)));
            value
        }
    })
}

/// Bins of equal width from the least value to the largest.
struct Bins {
    least: f64,
    per_unit: f64,
}

impl Bins {
    /// None when the values do not spread, or too far.
    fn of(values: &[f64]) -> Option<Self> {
        // eight at a time, as a minimum of floats is not one of lanes to the compiler
        let (mut least, mut most) = ([f64::INFINITY; 8], [f64::NEG_INFINITY; 8]);
        let (eights, rest) = values.as_chunks::<8>();
        for eight in eights {
            for lane in 0..8 {
                least[lane] = if eight[lane] < least[lane] { eight[lane] } else { least[lane] };
                most[lane] = if eight[lane] > most[lane] { eight[lane] } else { most[lane] };
            }
        }
        let least = least.iter().chain(rest).copied().fold(f64::INFINITY, f64::min);
        let most = most.iter().chain(rest).copied().fold(f64::NEG_INFINITY, f64::max);
        let per_unit = (BINS - 1) as f64 / (most - least);
        (per_unit.is_finite() && per_unit > 0.0).then_some(Self { least, per_unit })
    }

    /// The bin of a value; it never falls where the value rises.
    fn bin(&self, value: f64) -> usize {
        // adding 2^52 leaves the rounded number in the low bits
        const WHOLE: f64 = (1_u64 << 52) as f64;
        ((value - self.least) * self.per_unit + WHOLE).to_bits() as usize % BINS
    }

    /// The values of the bins that hold the ranks, and the ranks among them.
    fn near<const N: usize>(&self, values: &[f64], ranks: [usize; N]) -> (Vec<f64>, [usize; N]) {
        let mut counts = [0_u32; BINS];
        for &value in values {
            counts[self.bin(value)] += 1;
        }
        let mut wanted = [false; BINS];
        let (mut below, mut left_out, mut next) = (0, 0, 0);
        let mut moved = ranks;
        for (bin, &count) in counts.iter().enumerate() {
            let count = count as usize;
            while next < N && ranks[next] < below + count {
                wanted[bin] = true;
                moved[next] = ranks[next] - left_out;
                next += 1;
            }
            below += count;
            left_out += if wanted[bin] { 0 } else { count };
        }
        (values.iter().copied().filter(|&value| wanted[self.bin(value)]).collect(), moved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(scaled_mad(&mut [1.0, 2.0, 3.0, 4.0, 9.0], 3.0), Some(1.4826));
        let mut values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(quantile(&mut values, 0.1), Some(1.4));
        assert_eq!(quantile(&mut values, 0.9), Some(4.6));
        assert_eq!(quantile(&mut [7.0], 0.9), Some(7.0));
        assert_eq!(median_and_tenths(&mut values), Some([1.4, 3.0, 4.6]));
        assert_eq!(median_and_tenths(&mut [7.0]), Some([7.0; 3]));
    }

    #[test]
    fn few_values_are_ordered_as_if_sorted() {
        for count in 1..40_usize {
            let mut values: Vec<f64> = (0..count).map(|n| (n * 17 % 41) as f64).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let last = (count - 1) as f64;
            let expected = [0.1, 0.5, 0.9].map(|share| {
                let (low, high) = ((share * last).floor(), (share * last).ceil());
                sorted[low as usize] + (share * last - low) * (sorted[high as usize] - sorted[low as usize])
            });
            for (found, expected) in median_and_tenths(&mut values).unwrap().into_iter().zip(expected) {
                assert!((found - expected).abs() < 1e-12, "{count}: {found} {expected}");
            }
        }
    }

    #[test]
    fn many_values_are_ordered_as_if_sorted() {
        let mut state = 3_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let shapes: [fn(f64) -> f64; 6] = [
            |v| v,
            |v| (1000.0 * v).floor() - 500.0,
            |_| 3.0,
            |v| 1e-3 / (v + 1e-9),
            |v| if v < 0.001 { 1e300 } else { v },
            |v| (v - 0.5) * f64::MAX * 2.0,
        ];
        for (count, shape) in [MANY, 3 * MANY + 1].into_iter().flat_map(|n| shapes.map(|shape| (n, shape))) {
            let values: Vec<f64> = (0..count).map(|_| shape(random())).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let ranks = [0, count / 9, count / 9 + 1, count / 2, count / 2, count - 1];
            assert_eq!(ordered(&mut values.clone(), ranks), ranks.map(|rank| sorted[rank]));
        }
    }
}
