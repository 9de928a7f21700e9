//! Runs of consecutive places where normally distributed values stand out: how much better each run explains them.
//!
//! Values y of one or more channels at n places have the covariance C. A run of places adds D to it within itself: per
//! channel a variance common to the run and one of each place. With P = C⁻¹ and z = P y, only the run's own rows count:
//!
//! ```text
//! gain = ln N(y; C + D) - ln N(y; C) = (z M⁻¹ z - ln det D - ln det M) / 2,  M = D⁻¹ + P,  all within the run
//! ```
//!
//! Of D⁻¹ the diagonal stays as a run grows at its end, so that the factor of M grows by one row per channel; the rest, one
//! product of two vectors per channel, is corrected for afterwards. All runs of n places cost about n⁴ / 6 instead of n⁵.

use super::cholesky::{Cholesky, dot};

/// The most channels.
const MAX: usize = 2;

/// The variances that a run adds in one channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    /// Common to the run's places.
    pub(crate) common: f64,
    /// Of each place.
    pub(crate) own: f64,
}

/// Normally distributed values: channel after channel, each with one value per place.
#[derive(Debug, Clone)]
pub(crate) struct Normal {
    steps: Vec<Step>,
    places: usize,
    /// The inverse of the covariance, row after row.
    precision: Vec<f64>,
    /// The precision times the values.
    weights: Vec<f64>,
    log_density: f64,
}

impl Normal {
    /// Values with their covariance; `None` if that is not positive definite or there are more than two channels.
    pub(crate) fn new(
        values: &[f64],
        steps: &[Step],
        covariance: impl Fn(usize, usize) -> f64,
    ) -> Option<Self> {
        let n = values.len();
        if steps.is_empty() || steps.len() > MAX {
            return None;
        }
        let factor = Cholesky::of(n, covariance)?;
        let weights = factor.solve(values);
        let square = dot(values, &weights);
        let log_density = -0.5 * (square + factor.log_det() + n as f64 * std::f64::consts::TAU.ln());
        let mut precision = Vec::with_capacity(n * n);
        let mut unit = vec![0.0; n];
        for row in 0..n {
            unit[row] = 1.0;
            precision.extend(factor.solve(&unit));
            unit[row] = 0.0;
        }
        Some(Self { steps: steps.to_vec(), places: n / steps.len(), precision, weights, log_density })
    }

    /// The inverse of the covariance times the values.
    pub(crate) fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// The logarithm of the density at the values.
    pub(crate) fn log_density(&self) -> f64 {
        self.log_density
    }

    /// Calls `visit` with the last place and the gain of each run that starts at a place and ends before another.
    pub(crate) fn runs_from(&self, start: usize, end: usize, mut visit: impl FnMut(usize, f64)) {
        let (channels, n) = (self.steps.len(), self.weights.len());
        let (mut factor, mut rows) = (Cholesky::default(), Vec::new());
        // L⁻¹ of the weights and of each channel's ones, and their products
        let (mut weights, mut ones) = (Vec::new(), [Vec::new(), Vec::new()]);
        let (mut log_det, mut square) = (0.0, 0.0);
        let (mut mixed, mut products) = ([0.0; MAX], [[0.0; MAX]; MAX]);
        for last in start..end {
            for channel in 0..channels {
                let at = channel * self.places + last;
                rows.push(at);
                let own = 1.0 / self.steps[channel].own;
                let entry = |column: usize| {
                    self.precision[at * n + rows[column]] + if rows[column] == at { own } else { 0.0 }
                };
                if factor.push(entry).is_none() {
                    return;
                }
                log_det += 2.0 * factor.row(rows.len() - 1)[rows.len() - 1].ln();
                weights.push(factor.next_of_half(&weights, self.weights[at]));
                let weight = weights[rows.len() - 1];
                square += weight * weight;
                let mut new = [0.0; MAX];
                for (other, ones) in ones.iter_mut().enumerate() {
                    new[other] = factor.next_of_half(ones, if other == channel { 1.0 } else { 0.0 });
                    ones.push(new[other]);
                    mixed[other] += new[other] * weight;
                }
                for a in 0..MAX {
                    (0..MAX).for_each(|b| products[a][b] += new[a] * new[b]);
                }
            }
            let length = (last + 1 - start) as f64;
            visit(last, self.gain(length, log_det, square, mixed, products));
        }
    }

    /// The gain by the factor of the part of M that grows, corrected for the rest.
    fn gain(
        &self,
        length: f64,
        mut log_det: f64,
        mut square: f64,
        mixed: [f64; MAX],
        products: [[f64; MAX]; MAX],
    ) -> f64 {
        // one channel: the other's part is that of the identity
        let mut inner = [[1.0, 0.0], [0.0, 1.0]];
        for (a, Step { common, own }) in self.steps.iter().enumerate() {
            let whole = own + length * common;
            log_det += length * own.ln() + (whole / own).ln() + (common / (own * whole)).ln();
            for b in 0..self.steps.len() {
                inner[a][b] = -products[a][b];
            }
            inner[a][a] += own * whole / common;
        }
        let [[p, q], [_, r]] = inner;
        let det = p * r - q * q;
        let mixed = if self.steps.len() == 1 { [mixed[0], 0.0] } else { mixed };
        log_det += det.ln();
        square += (r * mixed[0] * mixed[0] - 2.0 * q * mixed[0] * mixed[1] + p * mixed[1] * mixed[1]) / det;
        (square - log_det) / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain twin: the density with the whole covariance.
    fn plain(values: &[f64], covariance: impl Fn(usize, usize) -> f64) -> f64 {
        let factor = Cholesky::of(values.len(), covariance).unwrap();
        let square = dot(values, &factor.solve(values));
        -0.5 * (square + factor.log_det() + values.len() as f64 * std::f64::consts::TAU.ln())
    }

    #[test]
    fn the_gain_of_each_run_is_that_of_the_whole_covariance() {
        let mut random = fastrand::Rng::with_seed(2);
        for (n, channels) in [(1, 1), (4, 2), (7, 1), (11, 2)] {
            let steps: Vec<Step> = (0..channels)
                .map(|_| Step { common: 0.02 + random.f64(), own: 0.004 + 0.05 * random.f64() })
                .collect();
            let values: Vec<f64> = (0..n * channels).map(|_| random.f64() - 0.5).collect();
            let covariance = |r: usize, c: usize| {
                let d = (r % n) as f64 - (c % n) as f64;
                let near = 0.1 * (-d * d / 20.0).exp();
                let own = if r / n == c / n { 100.0 } else { 0.0 };
                near + own + if r == c { 0.001 } else { 0.0 }
            };
            let normal = Normal::new(&values, &steps, covariance).unwrap();
            let without = plain(&values, covariance);
            assert!((normal.log_density() - without).abs() < 1e-8);
            let mut found = 0;
            for start in 0..n {
                normal.runs_from(start, n, |last, gain| {
                    let is_in = |at: usize| (start..=last).contains(&(at % n));
                    let with = plain(&values, |r, c| {
                        let Step { common, own } = steps[r / n];
                        let added = if r / n == c / n && is_in(r) && is_in(c) { common } else { 0.0 };
                        covariance(r, c) + added + if r == c && is_in(r) { own } else { 0.0 }
                    });
                    assert!(
                        (gain - (with - without)).abs() < 1e-6,
                        "{start} to {last}: {gain} {with} {without}"
                    );
                    found += 1;
                });
            }
            assert_eq!(found, n * (n + 1) / 2);
        }
    }
}
