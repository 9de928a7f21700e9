//! The slow change of the reference signal along the cord: receive coils shade along a spine.
//!
//! Log signal in bins of 10 mm is smooth with noise, except for up to two lesions (`process.rs`), over which the trend
//! goes on as the rest of the cord says. Between the bins it is linear, beyond them constant.

use std::{fmt, ops::Range};

use serde::{Deserialize, Serialize};

use super::{
    bins::{Bins, bin_number},
    process::{Logs, fit},
};
use crate::{kernel::statistics::median, vocabulary::contrast::Contrast};

/// Bins without which there is nothing to follow.
const MIN_BINS: usize = 4;
/// Bins farther off the trend than this are worth a warning: a tenth of the signal.
const DISAGREE_LOG: f64 = 0.1;

/// What the trends of both images have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TrendModel {
    /// Most of their shape.
    Shared,
    /// Nothing: each image was shaded in its own way, or only one was measured.
    Separate,
    /// There are too few bins to follow: the trend is the median.
    Constant,
}

impl TrendModel {
    /// The name in reports.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Separate => "separate",
            Self::Constant => "constant",
        }
    }
}

impl fmt::Display for TrendModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

/// A stretch of the cord that stands out of its trend, as a lesion does; both images have the same ones.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct TrendRun {
    /// Its lower end, along the center line.
    pub from_mm: f64,
    /// Its upper end.
    pub to_mm: f64,
    /// Its signal in this image over the trend.
    pub factor: f64,
}

/// The reference signal as a function of the position along the cord.
#[derive(Debug, Clone, PartialEq)]
pub struct Trend {
    model: TrendModel,
    /// Position and log signal, in order along the cord; one or more.
    knots: Vec<(f64, f64)>,
    /// Length of a bin, about the distance of two knots.
    bin_mm: f64,
    runs: Vec<TrendRun>,
    /// The bins of each run, by their numbers along the cord.
    lifted: Vec<Range<i64>>,
    bins: usize,
    disagreeing: usize,
}

impl Trend {
    /// Fits the trends of one or more images to their signals at the same positions along the cord; `constants` are their
    /// medians.
    pub(super) fn fit(positions: &[f64], signals: &[(Contrast, &[f64])], constants: &[f64]) -> Vec<Self> {
        let columns: Vec<&[f64]> = signals.iter().map(|&(_, signal)| signal).collect();
        let found = Bins::new(positions, &columns);
        let n = found.list.len();
        let logs: Vec<Logs> = signals
            .iter()
            .enumerate()
            .map(|(image, &(contrast, _))| {
                let values = found.list.iter().map(|bin| bin.logs[image]).collect();
                Logs { contrast, values }
            })
            .collect();
        let levels: Vec<f64> = logs.iter().map(|logs| median(&logs.values).unwrap_or(0.0)).collect();
        let places: Vec<f64> = found.list.iter().map(|bin| bin.at_mm).collect();
        let fitted = (n >= MIN_BINS).then(|| fit(&places, &logs, &levels)).flatten();
        let Some(fitted) = fitted else {
            return constants.iter().map(|&constant| Self::constant(constant, &found)).collect();
        };
        let of = |(logs, trend): (Logs, Vec<f64>)| {
            let off = |bin: usize| logs.values[bin] - trend[bin];
            let run = |run: &Range<usize>| {
                let (from_mm, to_mm) = found.edges_mm(run);
                let offs: Vec<f64> = run.clone().map(off).collect();
                TrendRun { from_mm, to_mm, factor: median(&offs).unwrap_or(0.0).exp() }
            };
            let outside = || (0..n).filter(|bin| fitted.runs.iter().all(|run| !run.contains(bin)));
            Self {
                model: fitted.model,
                runs: fitted.runs.iter().map(run).collect(),
                lifted: fitted.runs.iter().map(|run| found.numbers(run)).collect(),
                bins: outside().count(),
                disagreeing: outside().filter(|&bin| off(bin).abs() > DISAGREE_LOG).count(),
                knots: places.iter().copied().zip(trend.iter().copied()).collect(),
                bin_mm: found.length_mm,
            }
        };
        logs.into_iter().zip(fitted.logs.iter().cloned()).map(of).collect()
    }

    fn constant(signal: f64, found: &Bins) -> Self {
        Self {
            model: TrendModel::Constant,
            knots: vec![(0.0, signal.ln())],
            bin_mm: found.length_mm,
            runs: Vec::new(),
            lifted: Vec::new(),
            bins: found.list.len(),
            disagreeing: 0,
        }
    }

    /// What the trends of both images have in common.
    pub fn model(&self) -> TrendModel {
        self.model
    }

    /// The stretches that stand out of the trend, from the lowest up.
    pub fn runs(&self) -> &[TrendRun] {
        &self.runs
    }

    /// Bins along the cord that the trend should agree with: those that do not stand out of it.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Those whose signal is more than 10 % off the trend: neither smooth nor lesions.
    pub fn disagreeing_bins(&self) -> usize {
        self.disagreeing
    }

    /// Length of a bin: 10 mm, more along more than 400 mm.
    pub fn bin_mm(&self) -> f64 {
        self.bin_mm
    }

    /// The reference signal at a position.
    pub fn at(&self, position_mm: f64) -> f64 {
        self.log_at(position_mm).exp()
    }

    /// The same where it is measured, up to a bin beyond its ends; NaN farther out, where it is only that of an end.
    pub(super) fn measured_at(&self, position_mm: f64) -> f64 {
        let (first, last) = (self.knots[0].0, self.knots[self.knots.len() - 1].0);
        let is_measured = (first - self.bin_mm..=last + self.bin_mm).contains(&position_mm);
        if is_measured || self.model == TrendModel::Constant { self.at(position_mm) } else { f64::NAN }
    }

    fn log_at(&self, position: f64) -> f64 {
        let (knots, last) = (&self.knots, self.knots.len() - 1);
        if last == 0 || position <= knots[0].0 {
            return knots[0].1;
        }
        if position >= knots[last].0 {
            return knots[last].1;
        }
        // knots are about one step apart: start at the one that follows from that, then walk
        let mut right = (((position - knots[0].0) / self.bin_mm) as usize).saturating_add(1).min(last);
        while right > 1 && position < knots[right - 1].0 {
            right -= 1;
        }
        while right < last && knots[right].0 <= position {
            right += 1;
        }
        let ((x0, y0), (x1, y1)) = (knots[right - 1], knots[right]);
        y0 + (position - x0) * (y1 - y0) / (x1 - x0)
    }

    /// Whether a position lies in a stretch that stands out.
    pub(super) fn stands_out(&self, position_mm: f64) -> bool {
        let number = bin_number(position_mm, self.bin_mm);
        self.lifted.iter().any(|run| run.contains(&number))
    }

    /// The largest over the smallest value.
    pub fn drift(&self) -> f64 {
        let logs = || self.knots.iter().map(|&(_, log)| log);
        (logs().fold(f64::NEG_INFINITY, f64::max) - logs().fold(f64::INFINITY, f64::min)).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trends of both images of a cord with ten voxels per millimeter and an SD of noise.
    fn noisy(seed: u64, noise: f64, length: f64, of: [&dyn Fn(f64) -> f64; 2]) -> [Trend; 2] {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
        let positions: Vec<f64> = (0..(length as usize * 10)).map(|n| n as f64 / 10.0).collect();
        let [t1, t2] = of.map(|of| -> Vec<f64> {
            positions.iter().map(|&at| of(at) * (1.0 + noise * normal())).collect()
        });
        let constants = [&t1, &t2].map(|values| median(values).unwrap());
        let signals = [(Contrast::T1, &t1[..]), (Contrast::T2, &t2[..])];
        Trend::fit(&positions, &signals, &constants).try_into().unwrap()
    }

    fn cord(length: f64, of: [&dyn Fn(f64) -> f64; 2]) -> [Trend; 2] {
        noisy(0, 0.0, length, of)
    }

    /// The largest error, as a share, 5 mm inside the ends.
    fn worst(trend: &Trend, length: f64, of: &dyn Fn(f64) -> f64) -> f64 {
        (5..=length as usize - 5)
            .map(|at| (trend.at(at as f64) / of(at as f64) - 1.0).abs())
            .fold(0.0, f64::max)
    }

    #[test]
    fn follows_a_smooth_shading() {
        let parabola = |p: f64| 400.0 * (0.004 * p - 0.00002 * p * p).exp();
        let bell = |p: f64| 300.0 * (1.25 + 0.25 * (std::f64::consts::PI * (p - 80.0) / 80.0).cos());
        let steep = |p: f64| 300.0 * (1.5 + 0.5 * (std::f64::consts::PI * (p - 80.0) / 80.0).cos());
        for (of, bound) in [(&parabola as &dyn Fn(f64) -> f64, 0.01), (&bell, 0.02), (&steep, 0.03)] {
            for trend in cord(160.0, [of, of]) {
                assert!(worst(&trend, 160.0, of) < bound, "{}", worst(&trend, 160.0, of));
                assert_eq!(
                    (trend.model(), trend.runs(), trend.disagreeing_bins()),
                    (TrendModel::Shared, &[][..], 0)
                );
                assert_eq!(trend.at(500.0), trend.at(155.0), "constant beyond the cord");
                assert_eq!(trend.measured_at(162.0), trend.at(155.0));
                assert!(trend.measured_at(166.0).is_nan() && trend.measured_at(-6.0).is_nan());
            }
        }
        let [found, _] = cord(200.0, [&parabola, &parabola]);
        assert!((found.drift() / (parabola(100.0) / parabola(5.0)) - 1.0).abs() < 0.02, "{}", found.drift());
    }

    #[test]
    fn a_lesion_of_the_cord_does_not_bend_it() {
        let sound = |p: f64| 400.0 * (0.003 * p).exp();
        // a faint one at an end may be a shading as well
        let places = [
            (60.0, 20.0, 40.0, 1.3),
            (70.0, 20.0, 50.0, 1.3),
            (180.0, 60.0, 100.0, 1.4),
            (180.0, 0.0, 60.0, 2.0),
            (220.0, 140.0, 220.0, 2.0),
        ];
        for (length, from, to, least) in places {
            for (seed, factor) in (0..15).flat_map(|seed| [least, 2.2, 3.0].map(|factor| (seed, factor))) {
                let lesion = |p: f64| sound(p) * if (from..to).contains(&p) { factor } else { 1.0 };
                let dark = |p: f64| sound(p) / 2.0 * if (from..to).contains(&p) { 0.85 } else { 1.0 };
                let [_, t2] = noisy(seed, 0.04, length, [&dark, &lesion]);
                let off = worst(&t2, length, &sound);
                assert!(off < 0.1, "{length} mm, {factor} from {from} to {to}: {off}, {:?}", t2.runs());
                let [run] = t2.runs() else { panic!("{length} mm, {factor}: {:?}", t2.runs()) };
                assert_eq!((run.from_mm, run.to_mm.ceil()), (from, to), "{length} mm, {factor}");
                assert!((run.factor / factor - 1.0).abs() < 0.1, "{run:?}");
                assert_eq!(t2.disagreeing_bins(), 0);
                assert!(
                    t2.stands_out(from + 1.0)
                        && !t2.stands_out(if from > 1.0 { from - 1.0 } else { to + 1.0 })
                );
            }
        }
    }

    #[test]
    fn images_shaded_in_different_ways_have_separate_trends() {
        let up = |p: f64| 300.0 * (0.006 * p).exp();
        let wave = |p: f64| 500.0 * (0.4 * (p / 25.0).sin()).exp();
        let [t1, t2] = noisy(1, 0.04, 160.0, [&up, &wave]);
        assert_eq!((t1.model(), t2.model()), (TrendModel::Separate, TrendModel::Separate));
        assert!(worst(&t1, 160.0, &up) < 0.06 && worst(&t2, 160.0, &wave) < 0.1);
    }

    #[test]
    fn few_bins_have_the_median() {
        let ramp = |p: f64| 100.0 + p;
        for trend in cord(30.0, [&ramp, &ramp]) {
            assert_eq!((trend.model(), trend.bins(), trend.drift()), (TrendModel::Constant, 3, 1.0));
            assert!((trend.at(5.0) - 114.95).abs() < 1e-9 && trend.at(5.0) == trend.at(30.0));
            assert_eq!(trend.measured_at(500.0), trend.at(5.0), "one value has no end");
        }
    }

    #[test]
    fn what_is_neither_smooth_nor_a_lesion_is_counted() {
        let teeth = |p: f64| if ((p / 20.0) as usize).is_multiple_of(2) { 100.0 } else { 160.0 };
        let [_, t2] = cord(200.0, [&teeth, &teeth]);
        assert!(t2.disagreeing_bins() * 10 > t2.bins(), "{t2:?}");
    }

    #[test]
    fn dark_bins_are_left_out() {
        let step = |p: f64| if p < 10.0 { 0.0 } else { 100.0 };
        let [t1, _] = cord(100.0, [&step, &step]);
        assert_eq!(t1.bins(), 9);
        assert!((t1.at(0.0) - 100.0).abs() < 1e-9);
    }
}
