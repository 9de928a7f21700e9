//! Numbers as decimal text.

/// Maximum length of a decimal text (VR DS).
const MAX_LENGTH: usize = 16;

/// A number with as many digits as the 16 characters of a decimal text hold; the shortest text that means it, if that is
/// no longer.
pub(crate) fn decimal(number: f64) -> String {
    let whole = format!("{number}");
    if whole.len() <= MAX_LENGTH {
        return if whole == "-0" { "0".into() } else { whole };
    }
    let fits = |text: &String| text.len() <= MAX_LENGTH;
    let fixed = (0..MAX_LENGTH).rev().map(|digits| format!("{number:.digits$}")).find(fits);
    let Some(text) = fixed else { return format!("{number:.8e}") };
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if matches!(text, "-0" | "") { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fit_into_sixteen_characters() {
        for (number, text) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (-103.482_031_25, "-103.48203125"),
            (std::f64::consts::FRAC_1_SQRT_2, "0.70710678118655"),
            (-std::f64::consts::FRAC_1_SQRT_2, "-0.7071067811865"),
            (6.123e-17, "0"),
            (-6.123e-17, "0"),
            (-1e9 / 3.0, "-333333333.33333"),
            (1e300, "1.00000000e300"),
        ] {
            assert_eq!(decimal(number), text);
            assert!(text.len() <= MAX_LENGTH);
        }
    }

    #[test]
    fn what_is_read_is_what_was_meant() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..10_000 {
            let number = (random.f64() - 0.5) * 10_f64.powi(random.i32(-3..7));
            let text = decimal(number);
            assert!(text.len() <= MAX_LENGTH, "{text}");
            let off = (text.parse::<f64>().unwrap() - number).abs();
            assert!(off <= 1e-12 * number.abs().max(10.0), "{number} is {text}");
        }
    }
}
