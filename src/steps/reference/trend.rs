//! The slow change of the reference signal along the cord: receive coils shade along a spine.
//!
//! A quadratic of the log signal, fitted to the medians of 10 mm bins by least median of squares over
//! all triples of bins, then by least squares on the bins that agree with it. A cord lesion at one end that
//! fills a third of a long view bends a Huber or Theil-Sen fit by up to 41 %; this one stays within 1 %. With
//! few bins it bears fewer outliers: (n - 3) / 2 of n bins.

use super::center_line::BORDER_SLACK;
use crate::kernel::statistics::median;

/// Length of a bin along the cord.
const BIN_MM: f64 = 10.0;
/// Voxels that a bin needs.
const BIN_VOXELS: usize = 5;
/// Bins agree when their residual is at most this times the robust spread of the residuals, ...
const AGREE_SPREADS: f64 = 2.5 * 1.4826;
/// ... or at most this.
const AGREE_LOG: f64 = 0.03;

/// Upper bound on the number of bins, longer than any spine: the search over triples grows with its cube.
const MAX_BINS: usize = 120;

/// A fit must be better by this to be another: rounding does not choose between equals.
const BETTER_BY: f64 = 1e-9;

/// Bins farther off the trend than this are worth a warning: a tenth of the signal.
const DISAGREE_LOG: f64 = 0.1;

/// The reference signal as a function of the position along the cord.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    /// Of the log signal, in powers of `(position - middle) / scale`.
    coefficients: [f64; 3],
    middle: f64,
    scale: f64,
    /// Where the cord was seen, within its bins; beyond, the trend stays as at the end.
    extent: (f64, f64),
    bins: usize,
    disagreeing: usize,
}

impl Trend {
    /// Fits the trend to signal at positions along the cord; both slices go together.
    ///
    /// A fit needs more bins than twice the order, or the median residual is 0 for every choice of
    /// bins: quadratic from 6 bins, straight from 4, constant below.
    pub(super) fn fit(positions: &[f64], signal: &[f64], constant: f64, extent: (f64, f64)) -> Self {
        let (middle, scale) = (f64::midpoint(extent.0, extent.1), ((extent.1 - extent.0) / 2.0).max(1.0));
        let found = bins(positions, signal);
        let bins: Vec<(f64, f64)> = found.iter().map(|bin| ((bin.at - middle) / scale, bin.log)).collect();
        // beyond the bins a parabola runs free: a thin end of the cord has no inner voxels, and so no bin
        let extent = found.first().zip(found.last()).map_or(extent, |(first, last)| {
            (extent.0.max(first.number as f64 * BIN_MM), extent.1.min((last.number + 1) as f64 * BIN_MM))
        });
        let order = match bins.len() {
            4..6 => 1,
            6..=MAX_BINS => 2,
            _ => 0,
        };
        let coefficients = if order == 0 { [constant.ln(), 0.0, 0.0] } else { robust(&bins, order) };
        let off = |&&(x, log): &&(f64, f64)| (log - value(&coefficients, x)).abs() > DISAGREE_LOG;
        let disagreeing = bins.iter().filter(off).count();
        Self { coefficients, middle, scale, extent, bins: bins.len(), disagreeing }
    }

    /// Bins along the cord that the trend was fitted to.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Bins whose signal is more than 10 % off the trend: a lesion of the cord, or a shading that no
    /// parabola follows, as where the signal flattens out at the ends of a coil.
    pub fn disagreeing_bins(&self) -> usize {
        self.disagreeing
    }

    /// The reference signal at a position.
    pub fn at(&self, position_mm: f64) -> f64 {
        self.log_at((position_mm.clamp(self.extent.0, self.extent.1) - self.middle) / self.scale).exp()
    }

    fn log_at(&self, x: f64) -> f64 {
        value(&self.coefficients, x)
    }

    /// The largest over the smallest value over the extent.
    pub fn drift(&self) -> f64 {
        let x = |position: f64| (position - self.middle) / self.scale;
        let (low, high) = (x(self.extent.0), x(self.extent.1));
        let [_, b, c] = self.coefficients;
        let turn = -b / (2.0 * c);
        let mut logs = vec![self.log_at(low), self.log_at(high)];
        if c != 0.0 && (low..=high).contains(&turn) {
            logs.push(self.log_at(turn));
        }
        let max = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let min = logs.iter().copied().fold(f64::INFINITY, f64::min);
        (max - min).exp()
    }
}

fn value(c: &[f64; 3], x: f64) -> f64 {
    c[0] + x * (c[1] + x * c[2])
}

/// The reference voxels of one stretch of the cord.
struct Bin {
    /// It goes from `number` to `number + 1` times its length.
    number: i64,
    /// Median position.
    at: f64,
    /// Log of the median signal.
    log: f64,
}

/// The bins that hold enough signal.
fn bins(positions: &[f64], signal: &[f64]) -> Vec<Bin> {
    let mut bins: std::collections::BTreeMap<i64, (Vec<f64>, Vec<f64>)> = std::collections::BTreeMap::new();
    for (&position, &value) in positions.iter().zip(signal) {
        let bin = bins.entry((position / BIN_MM + BORDER_SLACK).floor() as i64).or_default();
        bin.0.push(position);
        bin.1.push(value);
    }
    bins.into_iter()
        .filter(|(_, (at, _))| at.len() >= BIN_VOXELS)
        .filter_map(|(number, (at, values))| Some((number, median(&at)?, median(&values)?)))
        .filter(|&(_, _, value)| value > 0.0)
        .map(|(number, at, value)| Bin { number, at, log: value.ln() })
        .collect()
}

/// Least median of squares over all subsets of `order + 1` bins, then least squares on those that agree.
fn robust(bins: &[(f64, f64)], order: usize) -> [f64; 3] {
    let mut best = (f64::INFINITY, [0.0; 3]);
    let mut residuals = vec![0.0; bins.len()];
    for_subsets(bins.len(), order + 1, &mut |subset| {
        let points: Vec<(f64, f64)> = subset.iter().map(|&n| bins[n]).collect();
        let coefficients = through(&points);
        for (residual, &(x, y)) in residuals.iter_mut().zip(bins) {
            *residual = (y - value(&coefficients, x)).abs();
        }
        let middle = median(&residuals).unwrap_or(f64::INFINITY);
        if middle < best.0 - BETTER_BY {
            best = (middle, coefficients);
        }
    });
    let agree = (AGREE_SPREADS * best.0).max(AGREE_LOG);
    let kept: Vec<(f64, f64)> =
        bins.iter().copied().filter(|&(x, y)| (y - value(&best.1, x)).abs() <= agree).collect();
    least_squares(&kept, order).unwrap_or(best.1)
}

/// All subsets of `size` (2 or 3) of `n` things, in lexicographic order.
fn for_subsets(n: usize, size: usize, visit: &mut dyn FnMut(&[usize])) {
    for a in 0..n {
        for b in a + 1..n {
            if size == 2 {
                visit(&[a, b]);
            } else {
                (b + 1..n).for_each(|c| visit(&[a, b, c]));
            }
        }
    }
}

/// The line or parabola through two or three points, by divided differences.
fn through(points: &[(f64, f64)]) -> [f64; 3] {
    let slope = |a: (f64, f64), b: (f64, f64)| (b.1 - a.1) / (b.0 - a.0);
    let (p, q) = (points[0], points[1]);
    let first = slope(p, q);
    let second = points.get(2).map_or(0.0, |&r| (slope(q, r) - first) / (r.0 - p.0));
    [p.1 - first * p.0 + second * p.0 * q.0, first - second * (p.0 + q.0), second]
}

/// Ordinary least squares by the normal equations; positions are scaled to about -1..1 beforehand.
fn least_squares(points: &[(f64, f64)], order: usize) -> Option<[f64; 3]> {
    let n = order + 1;
    let mut m = [[0.0; 4]; 3];
    for &(x, y) in points {
        let powers = [1.0, x, x * x];
        for r in 0..n {
            for c in 0..n {
                m[r][c] += powers[r] * powers[c];
            }
            m[r][3] += powers[r] * y;
        }
    }
    for p in 0..n {
        let pivot = (p..n).max_by(|&a, &b| m[a][p].abs().total_cmp(&m[b][p].abs()))?;
        m.swap(p, pivot);
        if m[p][p].abs() < 1e-12 {
            return None;
        }
        let lead = m[p];
        for (r, row) in m.iter_mut().enumerate().take(n) {
            if r != p {
                let factor = row[p] / lead[p];
                (0..4).for_each(|c| row[c] -= factor * lead[c]);
            }
        }
    }
    Some(std::array::from_fn(|r| if r < n { m[r][3] / m[r][r] } else { 0.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cord(length: f64, signal: impl Fn(f64) -> f64) -> Trend {
        let positions: Vec<f64> = (0..(length as usize * 10)).map(|n| n as f64 / 10.0).collect();
        let values: Vec<f64> = positions.iter().map(|&p| signal(p)).collect();
        Trend::fit(&positions, &values, median(&values).unwrap(), (0.0, length))
    }

    #[test]
    fn follows_a_smooth_shading() {
        let shading = |p: f64| 400.0 * (0.004 * p - 0.00002 * p * p).exp();
        let trend = cord(200.0, shading);
        for p in [0.0, 50.0, 133.0, 200.0] {
            assert!((trend.at(p) / shading(p) - 1.0).abs() < 0.005, "{p}: {} {}", trend.at(p), shading(p));
        }
        assert!((trend.drift() - shading(100.0) / shading(0.0)).abs() < 0.01);
        assert_eq!(trend.at(500.0), trend.at(200.0), "clamped to the cord");
    }

    #[test]
    fn a_lesion_in_a_third_of_the_view_does_not_bend_it() {
        let trend = cord(180.0, |p| if p < 60.0 { 800.0 } else { 400.0 });
        for p in [0.0, 30.0, 90.0, 180.0] {
            assert!((trend.at(p) / 400.0 - 1.0).abs() < 0.01, "{p}: {}", trend.at(p));
        }
    }

    #[test]
    fn few_bins_do_not_follow_one_odd_bin() {
        for length in [30.0, 40.0, 50.0, 60.0, 70.0] {
            for outlier in [0.0, 10.0] {
                let trend =
                    cord(length, |p| if (outlier..outlier + 10.0).contains(&p) { 140.0 } else { 100.0 });
                for p in [0.0, length / 2.0, length] {
                    assert!(
                        (trend.at(p) / 100.0 - 1.0).abs() < 0.01,
                        "{length} mm, outlier at {outlier}: {}",
                        trend.at(p)
                    );
                }
            }
        }
    }

    #[test]
    fn bins_off_the_trend_are_counted() {
        let bell = |p: f64| 300.0 + 100.0 * (std::f64::consts::PI * (p - 100.0) / 100.0).cos();
        assert!(cord(200.0, bell).disagreeing_bins() >= 4, "the flat ends of a bell");
        let lesion = cord(180.0, |p| if p < 60.0 { 800.0 } else { 400.0 });
        assert_eq!((lesion.bins(), lesion.disagreeing_bins()), (18, 6));
        assert_eq!(cord(180.0, |p| 400.0 * (0.002 * p).exp()).disagreeing_bins(), 0);
    }

    #[test]
    fn dark_bins_are_left_out() {
        let trend = cord(100.0, |p| if p < 10.0 { 0.0 } else { 100.0 });
        assert!((trend.at(0.0) - 100.0).abs() < 1e-9);
    }
}
