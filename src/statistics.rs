//! Order statistics by selection.

/// The median, the mean of the two middle values of an even count; none for no values.
pub(crate) fn median(values: &mut [f64]) -> Option<f64> {
    let n = values.len();
    if n == 0 {
        return None;
    }
    let (below, &mut upper, _) = values.select_nth_unstable_by(n / 2, f64::total_cmp);
    if n % 2 == 1 {
        return Some(upper);
    }
    let lower = below.iter().copied().max_by(f64::total_cmp)?;
    Some(f64::midpoint(lower, upper))
}

/// The median absolute deviation from a centre, times 1.4826: the standard deviation of normal values.
pub(crate) fn scaled_mad(values: &mut [f64], centre: f64) -> Option<f64> {
    for value in values.iter_mut() {
        *value = (*value - centre).abs();
    }
    median(values).map(|mad| 1.4826 * mad)
}

/// A quantile by linear interpolation between order statistics; none for no values.
pub(crate) fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let at = share * last as f64;
    let low = at.floor() as usize;
    let (_, &mut lower, above) = values.select_nth_unstable_by(low, f64::total_cmp);
    let upper = above.iter().copied().min_by(f64::total_cmp).unwrap_or(lower);
    Some(lower + (at - low as f64) * (upper - lower))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hand_computed() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 3.0, 2.0]), Some(2.5));
        assert_eq!(scaled_mad(&mut [1.0, 2.0, 3.0, 4.0, 9.0], 3.0), Some(1.4826));
        let mut values = [5.0, 1.0, 4.0, 2.0, 3.0];
        assert_eq!(quantile(&mut values, 0.1), Some(1.4));
        assert_eq!(quantile(&mut values, 0.9), Some(4.6));
        assert_eq!(quantile(&mut [7.0], 0.9), Some(7.0));
    }
}
