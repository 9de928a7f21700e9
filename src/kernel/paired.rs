//! Ratios of two contrasts as pairs.

use hemastage_image::simd::wide;
use rayon::prelude::*;

use super::statistics::range;

/// Values that fit into the first-level cache, as they are read more than once.
const PIECE: usize = 1 << 12;

/// The number of voxels with a ratio on both contrasts, and the range of their ratios on each.
#[derive(Debug, PartialEq)]
pub(crate) struct Paired {
    pub(crate) voxels: usize,
    pub(crate) ranges: [[f64; 2]; 2],
}

impl Paired {
    /// Sets a ratio to NaN where that of the other contrast is NaN.
    pub(crate) fn keep(t1: &mut [f64], t2: &mut [f64]) -> Self {
        let pieces = t1.par_chunks_mut(PIECE).zip(t2.par_chunks_mut(PIECE));
        let join = |a: Self, b: Self| Self {
            voxels: a.voxels + b.voxels,
            ranges: std::array::from_fn(|n| {
                let ([low, high], [other_low, other_high]) = (a.ranges[n], b.ranges[n]);
                [low.min(other_low), high.max(other_high)]
            }),
        };
        let empty = || Self { voxels: 0, ranges: [[f64::INFINITY, f64::NEG_INFINITY]; 2] };
        pieces.map(|(t1, t2)| Self::keep_piece(t1, t2)).reduce(empty, join)
    }

    fn keep_piece(t1: &mut [f64], t2: &mut [f64]) -> Self {
        let (both, either) = wide(
            #[inline(always)]
            || {
                let (mut both, mut either) = (0_u64, 0_u64);
                for (a, b) in t1.iter().zip(&*t2) {
                    both += u64::from(!a.is_nan() & !b.is_nan());
                    either += u64::from(!a.is_nan() | !b.is_nan());
                }
                (both, either)
            },
        );
        if both != either {
            plain_keep(t1, t2);
        }
        Self { voxels: both as usize, ranges: [range(t1), range(t2)] }
    }
}

/// The plain twin of what is done to the ratios.
fn plain_keep(t1: &mut [f64], t2: &mut [f64]) {
    for (a, b) in t1.iter_mut().zip(t2).filter(|(a, b)| a.is_nan() != b.is_nan()) {
        (*a, *b) = (f64::NAN, f64::NAN);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_agree_with_all_at_once() {
        let mut random = fastrand::Rng::with_seed(9);
        for (n, gaps) in [(0, 0), (1, 0), (1000, 0), (1000, 20), (3 * PIECE + 7, 5), (2 * PIECE, 100)] {
            let mut column = || -> Vec<f64> {
                (0..n).map(|_| if random.u8(0..100) < gaps { f64::NAN } else { random.f64() }).collect()
            };
            let (mut t1, mut t2) = (column(), column());
            let (mut plain_t1, mut plain_t2) = (t1.clone(), t2.clone());
            plain_keep(&mut plain_t1, &mut plain_t2);
            let values = |column: &[f64]| -> Vec<f64> {
                column.iter().copied().filter(|value| !value.is_nan()).collect()
            };
            let plain_range = |column: &[f64]| {
                let values = values(column);
                [
                    values.iter().fold(f64::INFINITY, |a, b| a.min(*b)),
                    values.iter().fold(f64::NEG_INFINITY, |a, b| a.max(*b)),
                ]
            };
            let expected = Paired {
                voxels: values(&plain_t1).len(),
                ranges: [plain_range(&plain_t1), plain_range(&plain_t2)],
            };
            assert_eq!(Paired::keep(&mut t1, &mut t2), expected);
            let bits = |column: &[f64]| column.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            assert_eq!((bits(&t1), bits(&t2)), (bits(&plain_t1), bits(&plain_t2)));
        }
    }
}
