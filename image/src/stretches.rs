//! Stretches of equal values in a row of voxels.

use std::ops::Range;

use ndarray::{ArrayView3, Axis};

use crate::simd::wide;

/// Values that are compared at a time where nothing changes, ...
const LONG: usize = 256;
/// ... and where something does.
const BLOCK: usize = 64;

/// Hands out the stretches of equal values in a row, in order: where each lies, and its value.
///
/// A value that does not equal itself is a stretch of its own.
pub(crate) fn each_stretch<T: Copy + PartialEq>(row: &[T], mut take: impl FnMut(Range<usize>, T)) {
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
                        take(start..end, row[start]);
                        start = end;
                        which &= which - 1;
                    }
                }
                at += LONG;
            }
            take(start..row.len(), row[start]);
        },
    );
}

/// Hands out the rows along i of an array with their j and k, in memory order.
pub(crate) fn each_row<T: Copy>(array: &ArrayView3<'_, T>, mut take: impl FnMut(usize, usize, &[T])) {
    let mut row = Vec::new();
    for (k, slice) in array.axis_iter(Axis(2)).enumerate() {
        for (j, values) in slice.axis_iter(Axis(1)).enumerate() {
            row.clear();
            row.extend(values);
            take(j, k, &row);
        }
    }
}

/// Whether some of so many values differ from those before them, if there are so many: then all are the first one.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
fn differ<const N: usize, T: Copy + PartialEq>(before: &[T], after: &[T]) -> bool {
    match (before.first(), <&[T; N]>::try_from(after)) {
        // without an early way out: a loop over an array becomes vectors
        (Some(first), Ok(after)) => after.iter().fold(0, |all, value| all | u8::from(value != first)) != 0,
        _ => true,
    }
}

/// Which values of a block differ from those before them: each a bit.
#[expect(clippy::inline_always, reason = "for wide vectors")]
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
    // the product holds the lowest bits of eight bytes side by side in its highest byte
    let bits = |eight: &[u8; 8]| u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56;
    differs.as_chunks::<8>().0.iter().rev().fold(0, |all, eight| all << 8 | bits(eight))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_those_of_a_walk() {
        let mut state = 3_u64;
        for length in (0..200).chain([255, 256, 257, 258, 320, 321, 322, 600, 1100]) {
            for rare in [1, 3, 40, 700] {
                let mut last = 0_u8;
                let row: Vec<u8> = (0..length)
                    .map(|_| {
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1_442_695_040_888_963_407);
                        last =
                            if (state >> 33).is_multiple_of(rare) { (state >> 40) as u8 % 3 } else { last };
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
    fn nothing_equals_what_is_no_number() {
        let row = [1.0, f64::NAN, f64::NAN, 2.0, 2.0];
        let mut found = Vec::new();
        each_stretch(&row, |at, _| found.push(at));
        assert_eq!(found, [0..1, 1..2, 2..3, 3..5]);
    }
}
