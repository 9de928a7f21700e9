//! The few of many values that can have given ranks.

use hemastage_image::simd::wide;

use super::statistics::{keys, value};

/// Values from which on it pays to look for a few of them first.
const MIN_VALUES: usize = 4096;
/// Values in the sample, at most about twice as many, ...
const SAMPLE: usize = 1 << 13;
/// ... but one of 32 where that is fewer.
const MIN_STEP: usize = 32;
/// Standard deviations by which a rank in the sample may be off.
const DEVIATIONS: f64 = 4.0;
/// Values that stay in the nearest cache.
const BLOCK: usize = 256;

/// The values between limits around each pair of ranks, and the ranks among them.
///
/// The values are what `of` makes of the given ones; `n` are not NaN. The limits are those of a sorted sample. `None`
/// for few values, and where a rank lies outside of its limits after all.
pub(super) fn near<const N: usize>(
    values: &[f64],
    of: impl Fn(f64) -> f64 + Copy,
    n: usize,
    mut ranks: [[usize; 2]; N],
) -> Option<(Vec<f64>, [[usize; 2]; N])> {
    if n < MIN_VALUES {
        return None;
    }
    let step = (values.len() / SAMPLE).max(MIN_STEP);
    let sampled = values.iter().step_by(step).map(|&value| of(value));
    let mut sample = keys(sampled.filter(|value| !value.is_nan()));
    sample.sort_unstable();
    let limits = ranks.map(|pair| limits(&sample, pair.map(|rank| rank as f64 / n as f64)));
    let (near, below) = wide(
        #[inline(always)]
        || between(values, of, limits),
    );
    for ((pair, [from, to]), below) in ranks.iter_mut().zip(limits).zip(below) {
        let first = near.iter().filter(|&&value| value < from).count();
        let end = near.iter().filter(|&&value| value <= to).count();
        for rank in pair {
            *rank = (*rank + first).checked_sub(below).filter(|rank| (first..end).contains(rank))?;
        }
    }
    Some((near, ranks))
}

/// The values of the sorted sample between which quantiles lie, most likely.
fn limits(sample: &[i64], quantiles: [f64; 2]) -> [f64; 2] {
    let [low, high] = quantiles.map(|share| share * sample.len() as f64);
    let off = DEVIATIONS * (low * (1.0 - quantiles[0])).max(1.0).sqrt();
    let from = if low < off { None } else { sample.get((low - off) as usize) };
    let to = sample.get((high + off).ceil() as usize);
    [from.map_or(f64::NEG_INFINITY, |&key| value(key)), to.map_or(f64::INFINITY, |&key| value(key))]
}

/// The values within any of the limits, and how many lie below each lower one.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
fn between<const N: usize>(
    values: &[f64],
    of: impl Fn(f64) -> f64 + Copy,
    limits: [[f64; 2]; N],
) -> (Vec<f64>, [usize; N]) {
    let (mut near, mut below) = (Vec::with_capacity(values.len() / 8), [0_u64; N]);
    let (mut made, mut inside, mut kept) = ([0.0; BLOCK], [0_u64; BLOCK], [0.0; BLOCK]);
    for block in values.chunks(BLOCK) {
        made.iter_mut().zip(block).for_each(|(out, &value)| *out = of(value));
        made[block.len()..].fill(f64::NAN);
        for (inside, &value) in inside.iter_mut().zip(&made) {
            *inside = 0;
            for ([from, to], below) in limits.iter().zip(&mut below) {
                *below += u64::from(value < *from);
                *inside |= u64::from(value >= *from && value <= *to);
            }
        }
        // each is written, and the next one over it where it is not inside: a branch would be a guess
        let mut count = 0;
        for (&value, &inside) in made.iter().zip(&inside) {
            kept[count % BLOCK] = value;
            count += inside as usize;
        }
        near.extend_from_slice(&kept[..count]);
    }
    (near, below.map(|below| below as usize))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values at the ranks, by sorting.
    fn sorted<const N: usize>(mut values: Vec<f64>, ranks: [[usize; 2]; N]) -> [[f64; 2]; N] {
        values.sort_by(f64::total_cmp);
        ranks.map(|pair| pair.map(|rank| values[rank]))
    }

    #[test]
    fn the_ranks_lie_among_a_few() {
        let mut random = fastrand::Rng::with_seed(11);
        for n in [MIN_VALUES, 3 * MIN_VALUES + 1, 40 * MIN_VALUES + 77] {
            let mut values: Vec<f64> = (0..n).map(|_| random.f64() - 0.5).collect();
            values.extend([f64::NAN; 99]);
            random.shuffle(&mut values);
            let ranks = [[0, 0], [n / 9, n / 9 + 1], [n / 2, n / 2], [n - 1, n - 1]];
            let made: [fn(f64) -> f64; 2] = [|value| value, |value| (value - 0.1).abs()];
            for of in made {
                let (near, among) = near(&values, of, n, ranks).unwrap();
                assert!(near.len() < 3 * n / 4, "{} of {n}", near.len());
                let all = values.iter().map(|&value| of(value)).collect();
                assert_eq!(sorted(near, among), sorted(all, ranks));
            }
        }
    }

    #[test]
    fn a_sample_that_misleads_is_found_out() {
        assert_eq!(near(&vec![1.0; MIN_VALUES - 1], |value| value, MIN_VALUES - 1, [[0, 1]]), None);
        // the sampled values alone are large
        let values: Vec<f64> = (0..MIN_VALUES).map(|n| if n % MIN_STEP == 0 { 1.0 } else { 0.0 }).collect();
        assert_eq!(near(&values, |value| value, MIN_VALUES, [[MIN_VALUES / 2, MIN_VALUES / 2]]), None);
    }
}
