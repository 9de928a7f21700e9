//! Sums for each step of a line.

use super::sections::STEP_MM;

/// How little of a step a stretch may reach and still not be in it.
pub(super) const ROUNDING: f64 = 1e-6;

/// The shortest stretch, mm.
const SHORTEST_MM: f64 = 1e-6;

/// The length of stretches along the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) half: f64,
    /// Shares per millimeter.
    pub(super) per_mm: f64,
}

impl Extent {
    pub(super) fn new(mm: f64) -> Self {
        let mm = mm.max(SHORTEST_MM);
        Self { half: mm / 2.0, per_mm: 1.0 / mm }
    }

    pub(super) fn mm(&self) -> f64 {
        2.0 * self.half
    }
}

/// Four sums per step; step `n` goes from `n * STEP_MM` to `(n + 1) * STEP_MM`.
#[derive(Debug, Clone)]
pub(super) struct Steps {
    first: i64,
    /// The first and the last may be 0.
    sums: Vec<[f64; 4]>,
    /// How far the stretches reach.
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Default for Steps {
    fn default() -> Self {
        Self { first: 0, sums: Vec::new(), low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Steps {
    /// Adds amounts, shared among the steps that a stretch reaches.
    #[expect(clippy::inline_always, reason = "else the four amounts go through memory, cell by cell")]
    #[inline(always)]
    pub(super) fn add(&mut self, middle: f64, extent: Extent, amounts: [f64; 4]) {
        let (low, high) = (middle - extent.half, middle + extent.half);
        self.low = if low < self.low { low } else { self.low };
        self.high = if high > self.high { high } else { self.high };
        let step = floor(low / STEP_MM + ROUNDING);
        let border = (step + 1) as f64 * STEP_MM;
        if high - ROUNDING >= border + STEP_MM {
            return self.add_long(step, (low, high), extent.per_mm, amounts);
        }
        // two steps, whether both are reached or not, so that no branch hangs on it
        let share = if high - ROUNDING < border { 1.0 } else { (border - low) * extent.per_mm };
        let (lower, upper) = self.pair(step);
        *lower = std::array::from_fn(|n| lower[n] + share * amounts[n]);
        *upper = std::array::from_fn(|n| upper[n] + (1.0 - share) * amounts[n]);
    }

    /// Adds amounts, shared among more than two steps.
    #[cold]
    fn add_long(&mut self, first: i64, (low, high): (f64, f64), per_mm: f64, amounts: [f64; 4]) {
        let (mut from, mut step) = (low, first);
        while from < high {
            let border = (step + 1) as f64 * STEP_MM;
            let to = if high - ROUNDING < border { high } else { border };
            let (sum, _) = self.pair(step);
            *sum = std::array::from_fn(|n| sum[n] + (to - from) * per_mm * amounts[n]);
            (from, step) = (to, step + 1);
        }
    }

    /// The sums of a step and of the next, for which room is made.
    #[inline]
    pub(super) fn pair(&mut self, step: i64) -> (&mut [f64; 4], &mut [f64; 4]) {
        if step < self.first || step - self.first + 1 >= self.sums.len() as i64 {
            self.make_room(step);
        }
        let (lower, upper) = self.sums[(step - self.first) as usize..].split_at_mut(1);
        (&mut lower[0], &mut upper[0])
    }

    #[cold]
    fn make_room(&mut self, step: i64) {
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

    /// Adds the sums of others.
    pub(super) fn merge(&mut self, other: &Self) {
        (self.low, self.high) = (self.low.min(other.low), self.high.max(other.high));
        for (step, sums) in other.all() {
            let (sum, _) = self.pair(step);
            *sum = std::array::from_fn(|n| sum[n] + sums[n]);
        }
    }

    /// The steps from the first to the last that hold anything.
    pub(super) fn range(&self) -> std::ops::Range<i64> {
        let holds = |sums: &[f64; 4]| *sums != [0.0; 4];
        let start = self.sums.iter().position(holds).unwrap_or(0);
        let end = self.sums.iter().rposition(holds).map_or(0, |last| last + 1);
        self.first + start as i64..self.first + end as i64
    }

    /// The sums of one step; 0 where there is none.
    pub(super) fn at(&self, step: i64) -> [f64; 4] {
        let place = usize::try_from(step - self.first).ok();
        place.and_then(|n| self.sums.get(n)).copied().unwrap_or_default()
    }

    /// All steps with their sums.
    pub(super) fn all(&self) -> impl Iterator<Item = (i64, [f64; 4])> + '_ {
        self.range().map(|step| (step, self.at(step)))
    }
}

/// The whole number at or below, without the call that processors without SSE4.1 need.
#[inline]
pub(super) fn floor(value: f64) -> i64 {
    let whole = value as i64;
    whole.saturating_sub(i64::from(whole as f64 > value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_number_below_is_that_of_the_library() {
        let near = |n: f64| [n - 0.5, n.next_down(), n, n.next_up(), n + 0.5];
        let far = [1e18, -1e18, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        for value in (-40..40).flat_map(|n| near(f64::from(n))).chain(far) {
            assert_eq!(floor(value), value.floor() as i64, "{value}");
        }
    }

    fn steps(stretches: &[(f64, f64)]) -> Steps {
        let mut steps = Steps::default();
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
        let mut merged = Steps::default();
        for part in [&all[..1], &[], &all[1..3], &all[3..]] {
            merged.merge(&steps(part));
        }
        assert_eq!((merged.range(), merged.low, merged.high), (whole.range(), whole.low, whole.high));
        for ((_, a), (_, b)) in merged.all().zip(whole.all()) {
            assert!((0..4).all(|n| (a[n] - b[n]).abs() < 1e-12));
        }
    }
}
