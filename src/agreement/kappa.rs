//! Cohen's kappa of two readers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::random::Random;
use crate::vocabulary::round::rounded;

const SEED: u64 = 20_260_101;
const RESAMPLES: usize = 2000;
/// The share left out at either end of the interval.
const TAIL: f64 = 0.025;

/// Agreement beyond chance.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Kappa {
    /// Studies that count.
    pub n: usize,
    /// 1 for full agreement, 0 for that of chance.
    pub value: f64,
    /// Its 95 % interval by the bootstrap over studies (2000 resamples, a fixed seed); null for fewer than five studies.
    pub interval: Option<[f64; 2]>,
}

/// How disagreement counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weights {
    /// All alike.
    Equal,
    /// By the square of the distance of the classes.
    Quadratic,
}

impl Kappa {
    /// Of pairs of classes, numbered from 0; `None` without a study, or where both readers name one class alone.
    ///
    /// # Reference
    /// Cohen J. Psychol Bull 1968;70:213.
    pub(super) fn of(pairs: &[(usize, usize)], weights: Weights) -> Option<Self> {
        let value = kappa(pairs.iter().copied(), pairs.len(), weights)?;
        let interval = (pairs.len() >= 5).then(|| interval(pairs, weights)).flatten();
        Some(Self { n: pairs.len(), value: rounded(value), interval: interval.map(|ends| ends.map(rounded)) })
    }
}

fn kappa(pairs: impl Iterator<Item = (usize, usize)> + Clone, n: usize, weights: Weights) -> Option<f64> {
    let weight = |a: usize, b: usize| match weights {
        Weights::Equal => f64::from(u8::from(a != b)),
        Weights::Quadratic => (a.abs_diff(b) * a.abs_diff(b)) as f64,
    };
    let classes = pairs.clone().map(|(a, b)| a.max(b) + 1).max()?;
    let (mut of_a, mut of_b) = (vec![0.0; classes], vec![0.0; classes]);
    let mut found = 0.0;
    for (a, b) in pairs {
        of_a[a] += 1.0;
        of_b[b] += 1.0;
        found += weight(a, b);
    }
    let mut expected = 0.0;
    for (a, in_a) in of_a.iter().enumerate() {
        for (b, in_b) in of_b.iter().enumerate() {
            expected += in_a * in_b * weight(a, b);
        }
    }
    expected /= n as f64;
    (expected > 0.0).then(|| 1.0 - found / expected)
}

/// Resamples in which only one class is named are left out.
fn interval(pairs: &[(usize, usize)], weights: Weights) -> Option<[f64; 2]> {
    let mut random = Random::new(SEED);
    let mut values: Vec<f64> = (0..RESAMPLES)
        .filter_map(|_| {
            let chosen: Vec<_> = (0..pairs.len()).map(|_| pairs[random.below(pairs.len())]).collect();
            kappa(chosen.iter().copied(), chosen.len(), weights)
        })
        .collect();
    values.sort_unstable_by(f64::total_cmp);
    let at = |share: f64| {
        let place = share * (values.len() - 1) as f64;
        let (low, part) = (place.floor() as usize, place.fract());
        let high = (low + 1).min(values.len() - 1);
        values[low] + part * (values[high] - values[low])
    };
    (!values.is_empty()).then(|| [at(TAIL), at(1.0 - TAIL)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_that_of_a_published_table() {
        // Cohen 1960-like table by hand: 20 yes/yes, 5 yes/no, 10 no/yes, 15 no/no: observed 0.7, expected 0.5
        let pairs: Vec<(usize, usize)> = [(20, (1, 1)), (5, (1, 0)), (10, (0, 1)), (15, (0, 0))]
            .iter()
            .flat_map(|&(n, pair)| vec![pair; n])
            .collect();
        let found = Kappa::of(&pairs, Weights::Equal).unwrap();
        assert_eq!((found.n, found.value), (50, 0.4));
        let [low, high] = found.interval.unwrap();
        // the asymptotic interval is 0.4 +- 0.25
        assert!((low - 0.15).abs() < 0.05 && (high - 0.65).abs() < 0.05, "{low} {high}");
    }

    #[test]
    fn a_step_further_off_counts_four_times() {
        // by hand: found 1 + 4 = 5; expected (sum over all pairs of squares) / 4 = 40 / 4
        let pairs = [(0, 1), (4, 2), (1, 1), (2, 2)];
        let mut expected = 0.0;
        for (a, _) in pairs {
            for (_, b) in pairs {
                expected += (a as f64 - b as f64).powi(2);
            }
        }
        let value = Kappa::of(&pairs, Weights::Quadratic).unwrap().value;
        assert!((value - (1.0 - 5.0 / (expected / 4.0))).abs() < 1e-9);
    }

    #[test]
    fn one_class_says_nothing() {
        assert_eq!(Kappa::of(&[(2, 2), (2, 2)], Weights::Quadratic), None);
        assert_eq!(Kappa::of(&[], Weights::Equal), None);
    }
}
