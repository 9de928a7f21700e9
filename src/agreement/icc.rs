//! The intraclass correlation of two readers.

/// ICC(2,1): two-way random effects, absolute agreement, a single reader. `None` for fewer than two studies, or where all
/// values are the same.
///
/// # Reference
/// Shrout PE, Fleiss JL. Psychol Bull 1979;86:420.
pub(super) fn icc(pairs: &[[f64; 2]]) -> Option<f64> {
    let n = pairs.len() as f64;
    if pairs.len() < 2 {
        return None;
    }
    let readers = 2.0;
    let mean = pairs.iter().flatten().sum::<f64>() / (readers * n);
    let square = |x: f64| x * x;
    let total: f64 = pairs.iter().flatten().map(|value| square(value - mean)).sum();
    let between: f64 = pairs.iter().map(|[a, b]| readers * square(f64::midpoint(*a, *b) - mean)).sum();
    let of_reader = |reader: usize| pairs.iter().map(|pair| pair[reader]).sum::<f64>() / n;
    let readers_apart: f64 = (0..2).map(|reader| n * square(of_reader(reader) - mean)).sum();
    let rest = (total - between - readers_apart).max(0.0);
    let (msr, msc) = (between / (n - 1.0), readers_apart / (readers - 1.0));
    let mse = rest / ((n - 1.0) * (readers - 1.0));
    let whole = msr + (readers - 1.0) * mse + readers * (msc - mse) / n;
    (whole > 0.0).then(|| (msr - mse) / whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_that_of_readers_one_and_three_of_the_paper() {
        // Shrout and Fleiss's table, judges 1 and 3; the value by their formulas in exact fractions
        let pairs = [[9.0, 5.0], [6.0, 3.0], [8.0, 6.0], [7.0, 2.0], [10.0, 6.0], [6.0, 4.0]];
        // rows: means 7, 4.5, 7, 4.5, 8, 5; MSR 4.8, MSC 33.333, MSE 0.733...
        let (msr, msc, mse) = (ms_rows(&pairs), ms_columns(&pairs), ms_error(&pairs));
        let expected = (msr - mse) / (msr + mse + 2.0 * (msc - mse) / 6.0);
        assert!((icc(&pairs).unwrap() - expected).abs() < 1e-12);
        assert!(expected > 0.1 && expected < 0.35);
    }

    fn ms_rows(pairs: &[[f64; 2]]) -> f64 {
        let means: Vec<f64> = pairs.iter().map(|pair| f64::midpoint(pair[0], pair[1])).collect();
        let mean = means.iter().sum::<f64>() / means.len() as f64;
        2.0 * means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / (means.len() - 1) as f64
    }

    fn ms_columns(pairs: &[[f64; 2]]) -> f64 {
        let n = pairs.len() as f64;
        let difference = pairs.iter().map(|pair| pair[1] - pair[0]).sum::<f64>() / n;
        n * difference.powi(2) / 2.0
    }

    fn ms_error(pairs: &[[f64; 2]]) -> f64 {
        let n = pairs.len() as f64;
        let difference = pairs.iter().map(|pair| pair[1] - pair[0]).sum::<f64>() / n;
        pairs.iter().map(|pair| (pair[1] - pair[0] - difference).powi(2)).sum::<f64>() / 2.0 / (n - 1.0)
    }

    #[test]
    fn full_agreement_is_one() {
        assert!((icc(&[[1.0, 1.0], [3.0, 3.0], [8.0, 8.0]]).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(icc(&[[1.0, 1.0], [1.0, 1.0]]), None);
        assert_eq!(icc(&[[1.0, 2.0]]), None);
    }
}
