//! Rounding down without the library call that processors without SSE4.1 need.

use hemastage_image::simd::WHOLE;

/// `value.floor() as i64`.
#[inline]
pub(crate) fn floor(value: f64) -> i64 {
    let whole = value as i64;
    whole.saturating_sub(i64::from(whole as f64 > value))
}

/// `value.floor()` for values below 2^51 in size; in vectors, as it does not leave the floats.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
pub(crate) fn floor_small(value: f64) -> f64 {
    let nearest = value + WHOLE - WHOLE;
    if nearest > value { nearest - 1.0 } else { nearest }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_agree_with_the_library() {
        let near = |n: f64| [n - 0.5, n.next_down(), n, n.next_up(), n + 0.5];
        for value in (-40..40).flat_map(|n| near(f64::from(n))).chain([1e15, -1e15]) {
            assert_eq!((floor(value), floor_small(value)), (value.floor() as i64, value.floor()), "{value}");
        }
        for value in [1e18, -1e18, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN] {
            assert_eq!(floor(value), value.floor() as i64, "{value}");
        }
    }
}
