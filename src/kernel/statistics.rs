//! Order statistics by selection.

use hemastage_image::simd::wide;

/// The median, the mean of the two middle values of an even count; none for no values.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let [[lower, upper]] = ordered(values, [[last / 2, last.div_ceil(2)]]);
    Some(f64::midpoint(lower, upper))
}

/// The same without another order of the values.
pub(crate) fn median_of(values: &[f64]) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let middle = [[last / 2, last.div_ceil(2)]];
    let [[lower, upper]] = ordered_as(values, |value| value, values.len(), middle);
    Some(f64::midpoint(lower, upper))
}

/// The median absolute deviation from a center, times 1.4826: the standard deviation of normal values.
pub(crate) fn scaled_mad(values: &[f64], center: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let middle = [[last / 2, last.div_ceil(2)]];
    let [[lower, upper]] = ordered_as(values, |value| (value - center).abs(), values.len(), middle);
    Some(1.4826 * f64::midpoint(lower, upper))
}

/// The 10th percentile, the median and the 90th percentile of the values that are numbers, which are so many; none
/// without one.
pub(crate) fn median_and_tenths(values: &[f64], numbers: usize) -> Option<[f64; 3]> {
    let last = numbers.checked_sub(1)?;
    let ([p10, p90], middle) = ([0.1, 0.9].map(|share| Rank::of(share, last)), [last / 2, last.div_ceil(2)]);
    let ranks = [[p10.low, p10.high(last)], middle, [p90.low, p90.high(last)]];
    let [[a, b], [c, d], [e, f]] = ordered_as(values, |value| value, numbers, ranks);
    Some([p10.between(a, b), f64::midpoint(c, d), p90.between(e, f)])
}

/// A quantile by linear interpolation between order statistics; none for no values.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let rank = Rank::of(share, last);
    let [[lower, upper]] = ordered(values, [[rank.low, rank.high(last)]]);
    Some(rank.between(lower, upper))
}

/// How many of the values are numbers.
pub(crate) fn numbers(values: &[f64]) -> usize {
    let count = wide(
        #[inline(always)]
        || values.iter().map(|value| u64::from(!value.is_nan())).sum::<u64>(),
    );
    count as usize
}

/// The least and the largest of the values that are numbers.
pub(crate) fn range(values: &[f64]) -> [f64; 2] {
    wide(
        #[inline(always)]
        || {
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
            [least, most.iter().chain(rest).copied().fold(f64::NEG_INFINITY, f64::max)]
        },
    )
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

/// Values from which on few of them are moved.
const MANY: usize = 4096;
/// Values that tell between which ones a rank lies, at most, ...
const SAMPLE: usize = 1 << 14;
/// ... and which share of all they are where there are fewer.
const SAMPLE_SHARE: usize = 32;
/// Standard deviations by which a rank in the sample may be off.
const DEVIATIONS: f64 = 4.0;

/// Values that are looked at together.
const BLOCK: usize = 256;

/// What the values would be at these places, which rise where there are many, if they were sorted.
fn ordered<const N: usize>(values: &mut [f64], ranks: [[usize; 2]; N]) -> [[f64; 2]; N] {
    let found = Near::of(values, |value| value, values.len(), ranks);
    found.and_then(|near| near.ordered(ranks)).unwrap_or_else(|| selected(values, ranks))
}

/// The same of what is made of the values, of which so many are numbers.
fn ordered_as<const N: usize>(
    values: &[f64],
    made: impl Fn(f64) -> f64 + Copy,
    numbers: usize,
    ranks: [[usize; 2]; N],
) -> [[f64; 2]; N] {
    let found = Near::of(values, made, numbers, ranks);
    found.and_then(|near| near.ordered(ranks)).unwrap_or_else(|| {
        // where all count, what is made of one may be no number (inf - inf): it stays, or ranks would lie past the
        // end
        let counts = |value: &f64| numbers == values.len() || !value.is_nan();
        let mut all: Vec<f64> = values.iter().map(|&value| made(value)).filter(counts).collect();
        selected(&mut all, ranks)
    })
}

/// The same by selecting each in what the one before left above it.
fn selected<const N: usize>(values: &mut [f64], ranks: [[usize; 2]; N]) -> [[f64; 2]; N] {
    if !ranks.as_flattened().is_sorted() {
        // of two values each quantile lies between both
        values.sort_unstable_by(f64::total_cmp);
        return ranks.map(|pair| pair.map(|rank| values[rank]));
    }
    let (mut rest, mut first) = (values, 0);
    let mut last = None;
    ranks.map(|pair| {
        pair.map(|rank| match last {
            Some((known, value)) if known == rank => value,
            _ => {
                let (_, &mut value, above) =
                    std::mem::take(&mut rest).select_nth_unstable_by(rank - first, f64::total_cmp);
                (rest, first, last) = (above, rank + 1, Some((rank, value)));
                value
            }
        })
    })
}

/// The values near some ranks, found in one pass between limits that a sample of the values tells.
struct Near<const N: usize> {
    limits: [[f64; 2]; N],
    /// Values below each lower limit.
    below: [u64; N],
    values: Vec<f64>,
}

impl<const N: usize> Near<N> {
    /// None for few values.
    fn of(
        values: &[f64],
        made: impl Fn(f64) -> f64 + Copy,
        numbers: usize,
        ranks: [[usize; 2]; N],
    ) -> Option<Self> {
        if numbers < MANY {
            return None;
        }
        let sample = sample(values, made);
        let per_value = sample.len() as f64 / numbers as f64;
        let limits = ranks.map(|pair| {
            let [low, high] = pair.map(|rank| rank as f64 * per_value);
            let off = DEVIATIONS * (low * (1.0 - low / sample.len() as f64)).max(1.0).sqrt();
            let (low, high) = ((low - off).floor(), (high + off).ceil());
            let least = if low < 0.0 { f64::NEG_INFINITY } else { sample[low as usize] };
            [least, sample.get(high as usize).copied().unwrap_or(f64::INFINITY)]
        });
        let mut near = Self { limits, below: [0; N], values: Vec::with_capacity(values.len() / 8) };
        wide(
            #[inline(always)]
            || near.gather(values, made),
        );
        Some(near)
    }

    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn gather(&mut self, values: &[f64], made: impl Fn(f64) -> f64 + Copy) {
        let limits = self.limits;
        let mut below = [0; N];
        let (mut made_of, mut inside, mut kept) = ([0.0; BLOCK], [0_u64; BLOCK], [0.0; BLOCK]);
        for block in values.chunks(BLOCK) {
            made_of.iter_mut().zip(block).for_each(|(out, &value)| *out = made(value));
            made_of[block.len()..].fill(f64::NAN);
            for n in 0..BLOCK {
                let value = made_of[n];
                let mut any = 0;
                for limit in 0..N {
                    let [low, high] = limits[limit];
                    below[limit] += u64::from(value < low);
                    any |= u64::from(value >= low && value <= high);
                }
                inside[n] = any;
            }
            // each is written, and written over where it is not wanted: a branch would be a guess
            let mut count = 0;
            for n in 0..BLOCK {
                kept[count % BLOCK] = made_of[n];
                count += inside[n] as usize;
            }
            self.values.extend_from_slice(&kept[..count]);
        }
        self.below = below;
    }

    /// None where a rank is not near what the sample tells.
    fn ordered(mut self, mut ranks: [[usize; 2]; N]) -> Option<[[f64; 2]; N]> {
        for ((pair, [low, high]), below) in ranks.iter_mut().zip(self.limits).zip(self.below) {
            let count = |counts: &dyn Fn(f64) -> bool| self.values.iter().filter(|&&v| counts(v)).count();
            let (before, until) = (count(&|value| value < low), count(&|value| value <= high));
            for rank in pair {
                *rank = rank.checked_sub(below as usize)? + before;
                if *rank >= until {
                    return None;
                }
            }
        }
        Some(selected(&mut self.values, ranks))
    }
}

/// Some of what is made of the values, sorted: at steps of the golden ratio, which fall in no rhythm with rows.
fn sample(values: &[f64], made: impl Fn(f64) -> f64) -> Vec<f64> {
    const GOLDEN: u32 = 0x9E37_79B9;
    let place = |n: u32| ((u64::from(n.wrapping_mul(GOLDEN)) * values.len() as u64) >> 32) as usize;
    let count = SAMPLE.min(values.len() / SAMPLE_SHARE);
    let mut sample: Vec<f64> =
        (0..count as u32).map(|n| made(values[place(n)])).filter(|value| !value.is_nan()).collect();
    sample.sort_unstable_by(f64::total_cmp);
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(scaled_mad(&[1.0, 2.0, 3.0, 4.0, 9.0], 3.0), Some(1.4826));
        for count in [5, 3 * MANY] {
            let spread = scaled_mad(&vec![f64::INFINITY; count], f64::INFINITY);
            assert!(spread.is_some_and(f64::is_nan), "{count}");
        }
        let mut values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(quantile(&mut values, 0.1), Some(1.4));
        assert_eq!(quantile(&mut values, 0.9), Some(4.6));
        assert_eq!(quantile(&mut [7.0], 0.9), Some(7.0));
        assert_eq!(median_and_tenths(&values, numbers(&values)), Some([1.4, 3.0, 4.6]));
        assert_eq!(median_and_tenths(&[7.0], 1), Some([7.0; 3]));
    }

    #[test]
    fn few_values_are_ordered_as_if_sorted() {
        for count in 1..40_usize {
            let values: Vec<f64> = (0..count).map(|n| (n * 17 % 41) as f64).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let last = (count - 1) as f64;
            let expected = [0.1, 0.5, 0.9].map(|share| {
                let (low, high) = ((share * last).floor(), (share * last).ceil());
                sorted[low as usize] + (share * last - low) * (sorted[high as usize] - sorted[low as usize])
            });
            for (found, expected) in median_and_tenths(&values, count).unwrap().into_iter().zip(expected) {
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
        for (count, shape) in
            [MANY, 3 * MANY + 1, 40 * MANY + 77].into_iter().flat_map(|n| shapes.map(|shape| (n, shape)))
        {
            let values: Vec<f64> = (0..count).map(|_| shape(random())).collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let ranks = [[0, 0], [count / 9, count / 9 + 1], [count / 2, count / 2], [count - 1, count - 1]];
            let expected = ranks.map(|pair| pair.map(|rank| sorted[rank]));
            assert_eq!(ordered(&mut values.clone(), ranks), expected);
            let with_none: Vec<f64> = values.iter().flat_map(|&value| [f64::NAN, value]).collect();
            assert_eq!(ordered_as(&with_none, |value| value, count, ranks), expected);
            let mut negative = ordered_as(&values, |value| -value, count, ranks);
            negative.as_flattened_mut().iter_mut().for_each(|value| *value = -*value);
            assert_eq!(negative, ranks.map(|pair| pair.map(|rank| sorted[count - 1 - rank])));
        }
    }

    #[test]
    fn ranks_that_the_sample_puts_elsewhere_are_found() {
        let limits = [[10.0, 20.0]];
        let near = |below| Near { limits, below: [below], values: vec![12.0, 11.0, 13.0] };
        assert_eq!(near(5).ordered([[6, 7]]), Some([[12.0, 13.0]]));
        assert_eq!(near(5).ordered([[4, 5]]), None);
        assert_eq!(near(5).ordered([[7, 8]]), None);
        // the sampled places alone hold large values
        let mut values = vec![0.0; 1 << 16];
        let places: Vec<f64> = (0..1 << 16).map(f64::from).collect();
        for place in sample(&places, |value| value) {
            values[place as usize] = 1.0;
        }
        assert_eq!(median(&mut values), Some(0.0));
    }
}
