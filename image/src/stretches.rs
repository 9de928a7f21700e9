//! Stretches of equal values in a row of voxels, found with wide vectors.

use std::ops::Range;

use ndarray::{ArrayView3, Axis};

use crate::simd::wide;

/// Number of values compared at a time where they are all equal, ...
const LONG: usize = 256;
/// ... and where they are not.
const BLOCK: usize = 64;

/// Calls `visit` for each stretch of equal values in a row, in order, with its range and value.
///
/// A value that does not equal itself (NaN) is a stretch of its own.
pub(crate) fn each_stretch<T: Copy + PartialEq>(row: &[T], mut visit: impl FnMut(Range<usize>, T)) {
    let Some((_, after)) = row.split_first() else { return };
    let before = &row[..after.len()];
    wide(
        #[inline(always)]
        || {
            let (mut start, mut at) = (0, 1);
            for (before, after) in before.chunks(LONG).zip(after.chunks(LONG)) {
                let blocks = if differ::<LONG, T>(before, after) { before.len() } else { 0 };
                let blocks = before[..blocks].chunks(BLOCK).zip(after.chunks(BLOCK));
                for (at, (before, after)) in (at..).step_by(BLOCK).zip(blocks) {
                    let mut which = which_change(before, after);
                    while which != 0 {
                        let end = at + which.trailing_zeros() as usize;
                        visit(start..end, row[start]);
                        start = end;
                        which &= which - 1;
                    }
                }
                at += LONG;
            }
            visit(start..row.len(), row[start]);
        },
    );
}

/// Calls `visit` for each row along i of an array, in memory order, with its j and k.
pub(crate) fn each_row<T: Copy>(array: &ArrayView3<'_, T>, mut visit: impl FnMut(usize, usize, &[T])) {
    let mut row = Vec::new();
    for (k, slice) in array.axis_iter(Axis(2)).enumerate() {
        for (j, values) in slice.axis_iter(Axis(1)).enumerate() {
            if let Some(row) = values.to_slice() {
                visit(j, k, row);
                continue;
            }
            row.clear();
            row.extend(values);
            visit(j, k, &row);
        }
    }
}

/// Whether any of the `N` values of `after` differs from the first value of `before`; true for another length.
///
/// As `after` is `before` shifted by one, false means that all values of both are equal.
#[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
#[inline(always)]
fn differ<const N: usize, T: Copy + PartialEq>(before: &[T], after: &[T]) -> bool {
    match (before.first(), <&[T; N]>::try_from(after)) {
        // without an early exit, so that the loop over the array is vectorized
        (Some(first), Ok(after)) => after.iter().fold(0, |all, value| all | u8::from(value != first)) != 0,
        _ => true,
    }
}

/// Which values of a block differ from their predecessors, one bit each.
#[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
#[inline(always)]
fn which_change<T: Copy + PartialEq>(before: &[T], after: &[T]) -> u64 {
    if !differ::<BLOCK, T>(before, after) {
        return 0;
    }
    let mut differs = [0_u8; BLOCK];
    if let (Ok(before), Ok(after)) = (<&[T; BLOCK]>::try_from(before), <&[T; BLOCK]>::try_from(after)) {
        for (differs, (a, b)) in differs.iter_mut().zip(before.iter().zip(after)) {
            *differs = u8::from(a != b);
        }
    } else {
        for (differs, (a, b)) in differs.iter_mut().zip(before.iter().zip(after)) {
            *differs = u8::from(a != b);
        }
    }
    // the highest byte of the product is the lowest bits of the eight bytes
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    differs.as_chunks::<8>().0.iter().rev().fold(0, |all, eight| all << 8 | bits(eight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agree_with_a_walk() {
        let mut random = fastrand::Rng::with_seed(3);
        for length in (0..200).chain([255, 256, 257, 258, 320, 321, 322, 600, 1100]) {
            for rare in [1, 3, 40, 700] {
                let mut last = 0_u8;
                let row: Vec<u8> = (0..length)
                    .map(|_| {
                        last = if random.u32(..rare) == 0 { random.u8(..3) } else { last };
                        last
                    })
                    .collect();
                let walked: Vec<(usize, u8)> =
                    row.chunk_by(|a, b| a == b).map(|part| (part.len(), part[0])).collect();
                let mut found = Vec::new();
                let mut end = 0;
                each_stretch(&row, |at, value| {
                    assert_eq!(at.start, end);
                    end = at.end;
                    found.push((at.len(), value));
                });
                assert_eq!(found, walked);
            }
        }
    }

    #[test]
    fn nan_equals_nothing() {
        let row = [1.0, f64::NAN, f64::NAN, 2.0, 2.0];
        let mut found = Vec::new();
        each_stretch(&row, |at, _| found.push(at));
        assert_eq!(found, [0..1, 1..2, 2..3, 3..5]);
    }
}
