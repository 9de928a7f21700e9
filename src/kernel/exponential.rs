//! Exponential and logarithm without branches, tables or calls, so that loops over them run on wide vectors.
//!
//! The twins are `libm::exp` and `libm::log`.

use std::f64::consts::{LN_2, LOG2_E};

use hemastage_image::simd::WHOLE;

use super::normal::{EXP, LN_2_PARTS, polynomial};

/// `exp(x)` for `x` in -700..700.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    let whole = x * LOG2_E + WHOLE;
    let n = whole - WHOLE;
    let power = f64::from_bits(whole.to_bits().wrapping_add(1023) << 52);
    power * polynomial(&EXP, x - n * LN_2_PARTS[0] - n * LN_2_PARTS[1])
}

/// `2 / (2 n + 1)`.
const LN: [f64; 12] = [
    2.0,
    2.0 / 3.0,
    2.0 / 5.0,
    2.0 / 7.0,
    2.0 / 9.0,
    2.0 / 11.0,
    2.0 / 13.0,
    2.0 / 15.0,
    2.0 / 17.0,
    2.0 / 19.0,
    2.0 / 21.0,
    2.0 / 23.0,
];

/// `ln(x)` for normal `x` above 0: absolute error below 1e-15 for `x` near 1.
#[inline(always)]
pub(super) fn ln(x: f64) -> f64 {
    /// The bits of the square root of 1/2: mantissas are taken from there to twice that.
    const ROOT: u64 = 0x3fe6_a09e_667f_3bcd;
    let bits = x.to_bits();
    let exponent = bits.wrapping_sub(ROOT) >> 52;
    let mantissa = f64::from_bits(bits.wrapping_sub(exponent << 52));
    // the exponent may be negative: 12 bits of two's complement, turned into a number
    let signed = f64::from_bits(((exponent ^ 0x800) & 0xfff) | 0x4330_0000_0000_0000)
        - (4_503_599_627_370_496.0 + 2048.0);
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    signed * LN_2 + s * polynomial(&LN, s * s)
}

#[cfg(test)]
mod tests {
    use approx::assert_relative_eq;

    use super::*;

    #[test]
    fn agree_with_the_plain_functions() {
        for n in -70_000..=70_000 {
            let x = f64::from(n) * 0.01;
            assert_relative_eq!(exp(x), libm::exp(x), max_relative = 5e-16);
        }
        for n in 1..=500_000 {
            let x = f64::from(n) * 2e-5;
            let error = (ln(x) - libm::log(x)).abs();
            assert!(error <= 1e-15 * libm::log(x).abs().max(1.0), "{x} {error:e}");
        }
        for x in [1e-300, 0.5, std::f64::consts::FRAC_1_SQRT_2, 1.0, 2.0, 1e300] {
            assert_relative_eq!(ln(x), libm::log(x), max_relative = 1e-15);
        }
    }
}
