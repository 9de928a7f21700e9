//! The normal distribution without branches, tables or calls, so that a loop over it runs on wide vectors.
//!
//! The formula is `erfc(-x / sqrt(2)) / 2`; `plain_cdf` is the twin that computes it so.

use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E};

use hemastage_image::simd::WHOLE;

/// From here on the tail is below the smallest `f64`.
const END: f64 = 28.0;

/// `0.5 (1 + 2 a) exp(a^2) erfc(a)` for `a` in 0..28 as a polynomial in `(a - 4) / (a + 4)`: a Chebyshev fit computed
/// with 60 digits, relative error below 1e-16.
const TAIL: [f64; 22] = [
    0.616_497_559_312_776_3,
    -0.069_810_558_420_281_28,
    0.007_689_826_051_303_066,
    0.034_048_527_127_351_06,
    -0.050_519_533_017_790_316,
    0.046_866_417_498_992_31,
    -0.033_165_182_913_646_396,
    0.018_583_757_771_210_38,
    -0.008_098_866_947_979_927,
    0.002_515_984_976_164_576_4,
    -0.000_378_887_153_084_668_54,
    -9.962_834_820_212_812e-5,
    7.531_283_570_684_716e-5,
    -1.219_930_467_675_645_3e-5,
    -5.616_043_011_702_367e-6,
    2.853_413_737_534_132e-6,
    1.549_720_100_541_577_3e-7,
    -4.093_831_281_457_893e-7,
    2.941_615_316_457_217_5e-8,
    5.090_623_737_574_985_6e-8,
    -4.728_135_762_457_846e-9,
    -4.453_104_331_967_311e-9,
];

/// `1 / n!`.
pub(super) const EXP: [f64; 14] = [
    1.0,
    1.0,
    0.5,
    0.166_666_666_666_666_66,
    0.041_666_666_666_666_664,
    0.008_333_333_333_333_333,
    0.001_388_888_888_888_889,
    0.000_198_412_698_412_698_4,
    2.480_158_730_158_73e-5,
    2.755_731_922_398_589e-6,
    2.755_731_922_398_589e-7,
    2.505_210_838_544_172e-8,
    2.087_675_698_786_81e-9,
    1.605_904_383_682_161_3e-10,
];

/// ln 2 in two parts; the first has few enough digits that its multiples are exact.
pub(super) const LN_2_PARTS: [f64; 2] = [6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10];

/// The cumulative normal distribution at `x` standard deviations: relative error below 1e-15, absolute below 1e-16.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
pub(crate) fn normal_cdf(x: f64) -> f64 {
    let y = x * FRAC_1_SQRT_2;
    let a = if y.abs() < END { y.abs() } else { END };
    let root = exp_of_half_square(a);
    let tail = polynomial(&TAIL, (a - 4.0) / (a + 4.0)) / (1.0 + 2.0 * a) * root * root;
    let below = if y > 0.0 { 1.0 - tail } else { tail };
    if x.is_nan() { x } else { below }
}

/// `exp(-a^2 / 2)` for `a` in 0..28.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
pub(super) fn exp_of_half_square(a: f64) -> f64 {
    // the leading digits of `a`, few enough that their square is exact
    let high = f64::from_bits(a.to_bits() & !0x7ff_ffff);
    let (large, small) = (-0.5 * high * high, -0.5 * (a - high) * (a + high));
    let whole = large * LOG2_E + WHOLE;
    let n = whole - WHOLE;
    let power = f64::from_bits(whole.to_bits().wrapping_add(1023) << 52);
    power * polynomial(&EXP, large - n * LN_2_PARTS[0] - n * LN_2_PARTS[1] + small)
}

/// A polynomial with an even number of coefficients; even and odd powers are summed in parallel.
#[expect(clippy::inline_always, reason = "for wide vectors")]
#[inline(always)]
pub(super) fn polynomial<const N: usize>(coefficients: &[f64; N], x: f64) -> f64 {
    let square = x * x;
    let (mut even, mut odd) = (coefficients[N - 2], coefficients[N - 1]);
    for n in (0..N / 2 - 1).rev() {
        even = even * square + coefficients[2 * n];
        odd = odd * square + coefficients[2 * n + 1];
    }
    even + x * odd
}

/// The plain twin.
#[cfg(test)]
pub(super) fn plain_cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_error_function() {
        for n in -400_000..=100_000 {
            let x = f64::from(n) * 1e-4;
            let (found, expected) = (normal_cdf(x), plain_cdf(x));
            let error = (found - expected).abs();
            assert!(error <= 2e-15 * expected + f64::MIN_POSITIVE, "{x}: {found:e} {expected:e}");
        }
        assert_eq!((normal_cdf(9.0), normal_cdf(1e300), normal_cdf(f64::INFINITY)), (1.0, 1.0, 1.0));
        assert_eq!((normal_cdf(-39.0), normal_cdf(-1e300), normal_cdf(f64::NEG_INFINITY)), (0.0, 0.0, 0.0));
        assert_eq!(normal_cdf(0.0), 0.5);
        assert!(normal_cdf(f64::NAN).is_nan());
    }
}
