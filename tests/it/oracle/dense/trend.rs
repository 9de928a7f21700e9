//! The trend along the cord: a Gaussian process with lesions, every density by elimination.

use super::*;

/// Log signal along the cord.
#[derive(Debug, Clone)]
pub(crate) struct Curve {
    /// Position and log signal of each bin.
    pub(super) knots: Vec<(f64, f64)>,
    /// Intervals of positions that are lifted off the trend.
    pub(super) lifted: Vec<(f64, f64)>,
    /// Whether both images share their shape.
    pub(crate) shared: bool,
}

impl Curve {
    /// Signal at a position: linear in the logarithm between bins, constant beyond.
    pub(crate) fn at(&self, position: f64) -> f64 {
        let above = self.knots.iter().find(|knot| knot.0 > position);
        let below = self.knots.iter().rev().find(|knot| knot.0 <= position);
        let log = match (below, above) {
            (Some(a), Some(b)) => a.1 + (b.1 - a.1) * (position - a.0) / (b.0 - a.0),
            (Some(end), None) | (None, Some(end)) => end.1,
            (None, None) => f64::NAN,
        };
        log.exp()
    }

    /// Whether a position lies in a lesion.
    pub(super) fn is_lifted(&self, position: f64) -> bool {
        self.lifted.iter().any(|run| run.0 <= position + 1e-5 && position + 1e-5 < run.1)
    }
}

/// The trends of one or two images, from their voxels at the same places; the median of all used voxels where there are
/// fewer than four bins.
pub(super) fn trends_of(images: &[(usize, &[Candidate])], used: &[&[Candidate]]) -> Vec<Curve> {
    let width = match images[0].1 {
        [] => 10.0,
        voxels => {
            let extent = extent_of(voxels);
            ((extent.1 - extent.0) / 40.0).max(10.0)
        }
    };
    let bins: Vec<BTreeMap<usize, (f64, f64)>> =
        images.iter().map(|&(_, voxels)| bins_of(voxels, width)).collect();
    let numbers: Vec<usize> =
        bins[0].keys().copied().filter(|number| bins.iter().all(|bins| bins.contains_key(number))).collect();
    if numbers.len() < 4 {
        let constant = |voxels: &&[Candidate]| Curve {
            knots: vec![(0.0, median(&signals(voxels)).ln())],
            lifted: Vec::new(),
            shared: false,
        };
        return used.iter().map(constant).collect();
    }
    let places: Vec<f64> = numbers.iter().map(|number| bins[0][number].0).collect();
    let mut levels = Vec::new();
    let mut values = Vec::new();
    for bins in &bins {
        let logs: Vec<f64> = numbers.iter().map(|number| bins[number].1).collect();
        let level = median(&logs);
        values.extend(logs.iter().map(|log| log - level));
        levels.push(level);
    }
    let contrasts: Vec<usize> = images.iter().map(|image| image.0).collect();
    let mut best = Fit::of(&places, &contrasts, &values, false);
    if contrasts.len() == 2 {
        let shared = Fit::of(&places, &contrasts, &values, true);
        if shared.score + 1e-6 >= best.score {
            best = shared;
        }
    }
    let lifted: Vec<(f64, f64)> = best
        .runs
        .iter()
        .map(|run| (number(numbers[run.0]) * width, number(numbers[run.1] + 1) * width))
        .collect();
    let curve = |image: usize| {
        let log = |bin: usize| best.trend[image * places.len() + bin] + levels[image];
        let knots = (0..places.len()).map(|bin| (places[bin], log(bin))).collect();
        Curve { knots, lifted: lifted.clone(), shared: best.shared }
    };
    (0..images.len()).map(curve).collect()
}

/// Median position and log median signal of each bin with at least 5 voxels.
pub(super) fn bins_of(voxels: &[Candidate], width: f64) -> BTreeMap<usize, (f64, f64)> {
    let mut bins: BTreeMap<usize, Vec<Candidate>> = BTreeMap::new();
    for &voxel in voxels {
        bins.entry(interval(voxel.position, width)).or_default().push(voxel);
    }
    let mut points = BTreeMap::new();
    for (number, bin) in bins {
        let positions: Vec<f64> = bin.iter().map(|voxel| voxel.position).collect();
        let signal = median(&signals(&bin));
        if bin.len() >= 5 && signal > 0.0 {
            points.insert(number, (median(&positions), signal.ln()));
        }
    }
    points
}

/// What one model of the trend makes of the bins.
pub(super) struct Fit {
    score: f64,
    /// First and last bin of each lesion.
    pub(super) runs: Vec<(usize, usize)>,
    /// Log trend per image and bin, without the level.
    pub(super) trend: Vec<f64>,
    shared: bool,
}

impl Fit {
    pub(super) fn of(places: &[f64], contrasts: &[usize], values: &[f64], shared: bool) -> Self {
        let n = places.len();
        let penalty = (number(n * (n + 1)) / 4.0).ln();
        let score = |runs: &[(usize, usize)]| {
            let density = log_density(values, &covariance(places, contrasts, runs, shared, true));
            if runs.is_empty() { density } else { density - penalty }
        };
        let mut runs = Vec::new();
        let mut known = score(&runs);
        for _ in 0..2 {
            let mut best: Option<(f64, (usize, usize))> = None;
            for first in 0..n {
                for last in first..n.min(first + (n / 2).max(1)) {
                    let overlaps = |run: &(usize, usize)| first <= run.1 && run.0 <= last;
                    if runs.iter().any(overlaps) {
                        continue;
                    }
                    let found = score(&[runs.as_slice(), &[(first, last)]].concat());
                    if best.is_none_or(|best| found > best.0 + 1e-6) {
                        best = Some((found, (first, last)));
                    }
                }
            }
            match best {
                Some((found, run)) if found > known + 1e-6 => {
                    known = found;
                    runs.push(run);
                }
                _ => break,
            }
        }
        let all = covariance(places, contrasts, &runs, shared, true);
        let smooth = covariance(places, contrasts, &[], shared, false);
        let (weights, _) = solved(with(&all, values));
        let mut trend = values.to_vec();
        for (row, value) in trend.iter_mut().enumerate() {
            for (column, weight) in weights.iter().enumerate() {
                *value -= (all[row][column] - smooth[row][column]) * weight;
            }
        }
        Self { score: known, trend, runs, shared }
    }
}

/// Covariance of the log signals of all images and bins, image after image.
fn covariance(
    places: &[f64],
    contrasts: &[usize],
    runs: &[(usize, usize)],
    shared: bool,
    noise: bool,
) -> Vec<Vec<f64>> {
    let n = places.len();
    let mean = places.iter().sum::<f64>() / number(n);
    let mut rows = vec![vec![0.0; n * contrasts.len()]; n * contrasts.len()];
    for (r, row) in rows.iter_mut().enumerate() {
        for (c, entry) in row.iter_mut().enumerate() {
            let (x, y) = (places[r % n], places[c % n]);
            let similar = |sd: f64| sd * sd * (-(x - y) * (x - y) / (2.0 * 42.0 * 42.0)).exp();
            let same_image = r / n == c / n;
            if shared {
                *entry += similar(0.35);
            }
            if same_image {
                *entry += similar(if shared { 0.10 } else { 0.35 });
                *entry += 100.0 + 0.005 * 0.005 * (x - mean) * (y - mean);
            }
            if noise && r == c {
                *entry += 0.035 * 0.035;
            }
            for run in runs {
                let inside = |bin: usize| (run.0..=run.1).contains(&bin);
                let (common, own) = if contrasts[r / n] == 0 { (0.15, 0.06) } else { (0.7, 0.2) };
                if same_image && inside(r % n) && inside(c % n) {
                    *entry += common * common + if r == c { own * own } else { 0.0 };
                }
            }
        }
    }
    rows
}

/// Log of the normal density of values about 0.
pub(super) fn log_density(values: &[f64], covariance: &[Vec<f64>]) -> f64 {
    let (solution, log_determinant) = solved(with(covariance, values));
    let square: f64 = values.iter().zip(&solution).map(|(a, b)| a * b).sum();
    -0.5 * (square + log_determinant + number(values.len()) * (2.0 * std::f64::consts::PI).ln())
}

/// A matrix whose rows end with a right-hand side.
fn with(matrix: &[Vec<f64>], right: &[f64]) -> Vec<Vec<f64>> {
    matrix.iter().zip(right).map(|(row, &value)| [row.as_slice(), &[value]].concat()).collect()
}

/// Solution of linear equations, each row ending with its right-hand side, and the log of the matrix's absolute determinant,
/// by elimination.
pub(super) fn solved(mut rows: Vec<Vec<f64>>) -> (Vec<f64>, f64) {
    let n = rows.len();
    let mut log_determinant = 0.0;
    for pivot in 0..n {
        let mut best = pivot;
        for row in pivot..n {
            if rows[row][pivot].abs() > rows[best][pivot].abs() {
                best = row;
            }
        }
        rows.swap(pivot, best);
        let upper = rows[pivot].clone();
        log_determinant += upper[pivot].abs().ln();
        for (_, row) in rows.iter_mut().enumerate().filter(|(k, _)| *k != pivot) {
            let factor = row[pivot] / upper[pivot];
            for column in pivot..=n {
                row[column] -= factor * upper[column];
            }
        }
    }
    (rows.iter().enumerate().map(|(k, row)| row[n] / row[k]).collect(), log_determinant)
}
