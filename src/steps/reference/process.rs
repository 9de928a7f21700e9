//! Log signal along the cord as a Gaussian process, with lesions as runs of bins that are lifted off it.
//!
//! Both images show the same cord through similar coils: their trends share most of their shape, or else each has its
//! own. What fits the signal better is taken.

use std::ops::Range;

use super::trend::TrendModel;
use crate::{
    kernel::runs::{Normal, Step},
    vocabulary::contrast::Contrast,
};

/// Distance over which coils shade.
const LENGTH_MM: f64 = 42.0;
/// SD of the shape that a trend has at all, and of what is an image's own where the shape is shared.
const SHADING: f64 = 0.35;
const OWN_SHADING: f64 = 0.10;
/// SD of each image's level, and of its slope per millimeter.
const LEVEL: f64 = 10.0;
const SLOPE: f64 = 0.005;
/// SD of a bin's median.
const NOISE: f64 = 0.035;
/// At most so many lesions, ...
const MAX_RUNS: usize = 2;
/// ... each of which fits better than none by this: rounding chooses nothing.
const BETTER_BY: f64 = 1e-6;

/// SD of the log of a trend so far beyond its end, relative to that at its end: what the process expects before it has seen
/// a signal there.
pub(crate) fn spread_beyond(mm: f64) -> f64 {
    let near = (-mm.powi(2) / (2.0 * LENGTH_MM.powi(2))).exp();
    (2.0 * SHADING.powi(2) * (1.0 - near) + (SLOPE * mm).powi(2)).sqrt()
}

/// SDs of a lesion's step: common to its bins, and of each bin.
fn step(contrast: Contrast) -> Step {
    let (common, own) = match contrast {
        Contrast::T1 => (0.15_f64, 0.06_f64),
        Contrast::T2 => (0.70, 0.20),
    };
    Step { common: common.powi(2), own: own.powi(2) }
}

/// The log signal of an image in each bin.
#[derive(Debug, Clone)]
pub(super) struct Logs {
    pub(super) contrast: Contrast,
    pub(super) values: Vec<f64>,
}

/// The trend at the bins, and the bins that are lifted off it.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub(super) model: TrendModel,
    pub(super) runs: Vec<Range<usize>>,
    /// Per image and bin.
    pub(super) logs: Vec<Vec<f64>>,
}

/// Fits the logs at places along the cord, each minus a level about which it varies; `None` where they are not finite.
pub(super) fn fit(places_mm: &[f64], logs: &[Logs], levels: &[f64]) -> Option<Fit> {
    let values: Vec<f64> = logs
        .iter()
        .zip(levels)
        .flat_map(|(logs, level)| logs.values.iter().map(move |value| value - level))
        .collect();
    let steps: Vec<Step> = logs.iter().map(|logs| step(logs.contrast)).collect();
    let of = |model| {
        let covariance = Covariance::new(places_mm, model);
        covariance.search(&values, &steps)
    };
    let separate = of(TrendModel::Separate);
    let found = if logs.len() == 1 {
        separate
    } else {
        let shared = of(TrendModel::Shared);
        // the shared shape wins a tie
        match (shared, separate) {
            (Some(a), Some(b)) => Some(if b.score > a.score + BETTER_BY { b } else { a }),
            (a, b) => a.or(b),
        }
    }?;
    let trend = found.trend.chunks(places_mm.len()).zip(levels);
    let logs = trend.map(|(part, level)| part.iter().map(|log| log + level).collect()).collect();
    Some(Fit { model: found.model, runs: found.runs, logs })
}

/// What a model makes of the signal.
struct Found {
    model: TrendModel,
    score: f64,
    runs: Vec<Range<usize>>,
    trend: Vec<f64>,
}

/// The covariance of a trend between any two bins of any two images.
struct Covariance<'a> {
    places_mm: &'a [f64],
    mean_mm: f64,
    model: TrendModel,
}

impl<'a> Covariance<'a> {
    fn new(places_mm: &'a [f64], model: TrendModel) -> Self {
        let mean_mm = places_mm.iter().sum::<f64>() / places_mm.len() as f64;
        Self { places_mm, mean_mm, model }
    }

    /// Of the trend alone, by the places of values in their list: image after image.
    fn smooth(&self, a: usize, b: usize) -> f64 {
        let n = self.places_mm.len();
        let (x, y) = (self.places_mm[a % n], self.places_mm[b % n]);
        let near = (-(x - y).powi(2) / (2.0 * LENGTH_MM.powi(2))).exp();
        let (shared, own) = match self.model {
            TrendModel::Shared => (SHADING, OWN_SHADING),
            TrendModel::Separate | TrendModel::Constant => (0.0, SHADING),
        };
        let is_same = a / n == b / n;
        let line = LEVEL.powi(2) + SLOPE.powi(2) * (x - self.mean_mm) * (y - self.mean_mm);
        shared.powi(2) * near + if is_same { line + own.powi(2) * near } else { 0.0 }
    }

    /// The lesions that explain the values best, and the trend with these.
    fn search(&self, values: &[f64], steps: &[Step]) -> Option<Found> {
        let (n, all) = (self.places_mm.len(), values.len());
        let smooth: Vec<f64> = (0..all * all).map(|at| self.smooth(at / all, at % all)).collect();
        let mut covariance = smooth.clone();
        (0..all).for_each(|at| covariance[at * all + at] += NOISE.powi(2));
        let mut normal = Normal::new(values, steps, |a, b| covariance[a * all + b])?;
        let mut runs: Vec<Range<usize>> = Vec::new();
        // any lesion at all costs what choosing one of all runs does
        let cost = ((n * (n + 1)) as f64 / 4.0).ln();
        let mut score = normal.log_density();
        while runs.len() < MAX_RUNS {
            let needed = if runs.is_empty() { cost } else { 0.0 };
            let Some((run, gain)) = best_run(&normal, n, &runs) else { break };
            if gain <= needed + BETTER_BY {
                break;
            }
            for (channel, Step { common, own }) in steps.iter().enumerate() {
                for a in run.clone() {
                    let row = (channel * n + a) * all + channel * n;
                    run.clone().for_each(|b| covariance[row + b] += common);
                    covariance[row + a] += own;
                }
            }
            runs.push(run);
            normal = Normal::new(values, steps, |a, b| covariance[a * all + b])?;
            score = normal.log_density() - cost;
        }
        runs.sort_by_key(|run| run.start);
        // what is neither noise nor lesion; the product with the smooth part itself would lose seven digits to the levels'
        // large variance
        let rest = |row: usize| -> f64 {
            let at = row * all;
            let rest = covariance[at..at + all].iter().zip(&smooth[at..at + all]);
            rest.zip(normal.weights()).map(|((c, k), weight)| (c - k) * weight).sum()
        };
        let trend = (0..all).map(|row| values[row] - rest(row)).collect();
        Some(Found { model: self.model, score, runs, trend })
    }
}

/// The run of at most half of all bins that explains the values best besides others, the first of equals, and its gain.
fn best_run(normal: &Normal, n: usize, others: &[Range<usize>]) -> Option<(Range<usize>, f64)> {
    let longest = (n / 2).max(1);
    let mut best: Option<(Range<usize>, f64)> = None;
    for start in (0..n).filter(|start| others.iter().all(|other| !other.contains(start))) {
        let next = others.iter().map(|other| other.start).filter(|&other| other > start).min();
        let end = (start + longest).min(next.unwrap_or(n));
        normal.runs_from(start, end, |last, gain| {
            if best.as_ref().is_none_or(|(_, known)| gain > known + BETTER_BY) {
                best = Some((start..last + 1, gain));
            }
        });
    }
    best
}
