//! Stretches of equal values in a row of voxels.

use std::{iter, ops::Range};

use ndarray::{ArrayView3, Axis};

/// Values that are compared at a time.
const BLOCK: usize = 16;

/// The stretches of equal values in a row, in order: where each lies, and its value.
///
/// A value that does not equal itself is a stretch of its own.
pub(crate) fn stretches<T: Copy + PartialEq>(row: &[T]) -> impl Iterator<Item = (Range<usize>, T)> + '_ {
    let mut start = 0;
    iter::from_fn(move || {
        let value = *row.get(start)?;
        let end = start + 1 + equal_to(value, &row[start + 1..]);
        Some((std::mem::replace(&mut start, end)..end, value))
    })
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

/// How many values at the beginning equal one.
fn equal_to<T: Copy + PartialEq>(value: T, row: &[T]) -> usize {
    let (blocks, _) = row.as_chunks::<BLOCK>();
    // without an early way out a block is compared as a vector
    let same = |block: &&[T; BLOCK]| block.iter().fold(0, |other, &v| other | u8::from(v != value)) == 0;
    let equal = BLOCK * blocks.iter().take_while(same).count();
    equal + row[equal..].iter().take_while(|&&v| v == value).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn are_those_of_a_walk() {
        let mut state = 3_u64;
        for length in 0..200 {
            for rare in [1, 3, 40] {
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
                let found: Vec<(usize, u8)> = stretches(&row).map(|(at, value)| (at.len(), value)).collect();
                assert_eq!(found, walked);
                let ends: Vec<usize> = stretches(&row).map(|(at, _)| at.end).collect();
                let starts: Vec<usize> = stretches(&row).map(|(at, _)| at.start).collect();
                assert!(starts.iter().skip(1).eq(ends.iter().take(ends.len().saturating_sub(1))));
            }
        }
    }

    #[test]
    fn nothing_equals_what_is_no_number() {
        let row = [1.0, f64::NAN, f64::NAN, 2.0, 2.0];
        let found: Vec<Range<usize>> = stretches(&row).map(|(at, _)| at).collect();
        assert_eq!(found, [0..1, 1..2, 2..3, 3..5]);
    }
}
