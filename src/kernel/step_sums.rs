//! Four sums for each step (1 mm) of a line.

use super::{frame::STEP_MM, round::floor};

/// A stretch that reaches a step by no more than this is not in it.
pub(super) const ROUNDING_MM: f64 = 1e-6;

/// The shortest stretch.
const MIN_MM: f64 = 1e-6;

/// The length of a stretch along the line, such as a cell's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub(super) half: f64,
    /// The share of an amount per mm.
    pub(super) per_mm: f64,
}

impl Extent {
    pub(crate) fn new(mm: f64) -> Self {
        let mm = mm.max(MIN_MM);
        Self { half: mm / 2.0, per_mm: 1.0 / mm }
    }

    pub(super) fn mm(&self) -> f64 {
        2.0 * self.half
    }
}

/// Four sums per step; step `n` goes from `n * STEP_MM` to `(n + 1) * STEP_MM`.
#[derive(Debug, Clone)]
pub(crate) struct StepSums {
    first: i64,
    /// The first and the last may be 0.
    sums: Vec<[f64; 4]>,
    /// The lower and the upper end of all stretches.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Default for StepSums {
    fn default() -> Self {
        Self { first: 0, sums: Vec::new(), low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl StepSums {
    /// Adds amounts, divided among the steps that a stretch reaches by its length in each.
    #[expect(clippy::inline_always, reason = "a call would pass the four amounts through memory")]
    #[inline(always)]
    pub(super) fn add(&mut self, middle: f64, extent: Extent, amounts: [f64; 4]) {
        let (low, high) = (middle - extent.half, middle + extent.half);
        self.low = if low < self.low { low } else { self.low };
        self.high = if high > self.high { high } else { self.high };
        let step = floor(low / STEP_MM + ROUNDING_MM);
        let border = (step + 1) as f64 * STEP_MM;
        if high - ROUNDING_MM >= border + STEP_MM {
            return self.add_long(step, (low, high), extent.per_mm, amounts);
        }
        // two steps, even where only one is reached: no branch
        let share = if high - ROUNDING_MM < border { 1.0 } else { (border - low) * extent.per_mm };
        let (lower, upper) = self.pair(step);
        *lower = std::array::from_fn(|n| lower[n] + share * amounts[n]);
        *upper = std::array::from_fn(|n| upper[n] + (1.0 - share) * amounts[n]);
    }

    /// Adds amounts, divided among more than two steps.
    #[cold]
    fn add_long(&mut self, first: i64, (low, high): (f64, f64), per_mm: f64, amounts: [f64; 4]) {
        let (mut from, mut step) = (low, first);
        while from < high {
            let border = (step + 1) as f64 * STEP_MM;
            let to = if high - ROUNDING_MM < border { high } else { border };
            let (sum, _) = self.pair(step);
            *sum = std::array::from_fn(|n| sum[n] + (to - from) * per_mm * amounts[n]);
            (from, step) = (to, step + 1);
        }
    }

    /// The sums of a step and of the next; room is made for both.
    #[inline]
    pub(super) fn pair(&mut self, step: i64) -> (&mut [f64; 4], &mut [f64; 4]) {
        if step < self.first || step - self.first + 1 >= self.sums.len() as i64 {
            self.grow(step);
        }
        let (lower, upper) = self.sums[(step - self.first) as usize..].split_at_mut(1);
        (&mut lower[0], &mut upper[0])
    }

    #[cold]
    fn grow(&mut self, step: i64) {
        if self.sums.is_empty() {
            self.first = step;
        }
        if step < self.first {
            let missing = (self.first - step) as usize;
            self.sums.splice(0..0, std::iter::repeat_n([0.0; 4], missing));
            self.first = step;
        }
        let needed = (step - self.first) as usize + 2;
        self.sums.resize(needed.max(self.sums.len()), [0.0; 4]);
    }

    /// Adds other sums.
    pub(super) fn merge(&mut self, other: &Self) {
        (self.low, self.high) = (self.low.min(other.low), self.high.max(other.high));
        for (step, sums) in other.all() {
            let (sum, _) = self.pair(step);
            *sum = std::array::from_fn(|n| sum[n] + sums[n]);
        }
    }

    /// The steps from the first to the last with sums other than 0.
    pub(crate) fn range(&self) -> std::ops::Range<i64> {
        let is_nonzero = |sums: &[f64; 4]| *sums != [0.0; 4];
        let start = self.sums.iter().position(is_nonzero).unwrap_or(0);
        let end = self.sums.iter().rposition(is_nonzero).map_or(0, |last| last + 1);
        self.first + start as i64..self.first + end as i64
    }

    /// The sums of one step; 0 outside the range.
    pub(crate) fn at(&self, step: i64) -> [f64; 4] {
        let place = usize::try_from(step - self.first).ok();
        place.and_then(|n| self.sums.get(n)).copied().unwrap_or_default()
    }

    /// All steps with their sums.
    pub(crate) fn all(&self) -> impl Iterator<Item = (i64, [f64; 4])> + '_ {
        self.range().map(|step| (step, self.at(step)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(stretches: &[(f64, f64)]) -> StepSums {
        let mut steps = StepSums::default();
        for &(middle, mm) in stretches {
            steps.add(middle, Extent::new(mm), [1.0, 2.0, 3.0, 4.0]);
        }
        steps
    }

    #[test]
    fn a_stretch_is_shared_among_the_steps_it_reaches() {
        let found: Vec<(i64, [f64; 4])> = steps(&[(-0.25, 1.0)]).all().collect();
        assert_eq!(found, [(-1, [0.75, 1.5, 2.25, 3.0]), (0, [0.25, 0.5, 0.75, 1.0])]);
        let long = steps(&[(3.3, 4.0)]);
        assert_eq!((long.range(), long.low, long.high), (1..6, 1.299_999_999_999_999_8, 5.3));
        assert!((long.all().map(|(_, sums)| sums[0]).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(steps(&[(2.5, 1.0 + 1e-9)]).range(), 2..3, "rounding reaches no step");
    }

    #[test]
    fn parts_together_are_the_whole() {
        let all = [(7.2, 0.5), (-3.1, 2.0), (0.0, 1e-9), (12.9, 0.3)];
        let whole = steps(&all);
        let mut merged = StepSums::default();
        for part in [&all[..1], &[], &all[1..3], &all[3..]] {
            merged.merge(&steps(part));
        }
        assert_eq!((merged.range(), merged.low, merged.high), (whole.range(), whole.low, whole.high));
        for ((_, a), (_, b)) in merged.all().zip(whole.all()) {
            assert!((0..4).all(|n| (a[n] - b[n]).abs() < 1e-12));
        }
    }
}
