//! Rounding of the numbers in reports.

/// Rounds to nine significant digits, which hides differences in the last places of a sum.
pub(crate) fn rounded(value: f64) -> f64 {
    let rounded: f64 = format!("{value:.8e}").parse().unwrap_or(value);
    // no report needs a negative zero
    rounded + 0.0
}

/// Rounds a position to 1e-6 mm: near 0 it has no significant digits to keep.
pub(crate) fn rounded_mm(mm: f64) -> f64 {
    (mm * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nine_digits_absorb_rounding_noise() {
        assert_eq!(rounded(0.1 + 0.2), rounded(0.3));
        assert_eq!(rounded(123.456_789_012_345), 123.456_789);
        assert_eq!(rounded(-0.0).to_bits(), 0.0_f64.to_bits());
        assert_eq!(rounded(0.0), 0.0);
    }
}
