//! The total length that many short intervals cover.

/// The maximum number of cells that a stretch is divided into.
const MAX_CELLS: f64 = 1e5;

/// The union of intervals along one stretch, in time linear in their number.
///
/// A cell is no wider than the shortest interval, so intervals that begin in the same cell overlap: their union is
/// one interval, from the lowest start to the highest end.
#[derive(Debug)]
pub(super) struct Cover {
    from: f64,
    to: f64,
    base: f64,
    width: f64,
    cells: Vec<(f64, f64)>,
}

impl Cover {
    /// An empty cover of the stretch `from` to `to`, for intervals of length `shortest` to `longest`.
    pub(super) fn new(from: f64, to: f64, shortest: f64, longest: f64) -> Self {
        let span = to - from + longest;
        let width = shortest.max(span / MAX_CELLS);
        let count = (span / width) as usize + 2;
        let empty = (f64::INFINITY, f64::NEG_INFINITY);
        Self { from, to, base: from - longest, width, cells: vec![empty; count] }
    }

    pub(super) fn add(&mut self, low: f64, high: f64) {
        let last = self.cells.len() - 1;
        let cell = &mut self.cells[(((low - self.base) / self.width).max(0.0) as usize).min(last)];
        *cell = (cell.0.min(low), cell.1.max(high));
    }

    /// Adds the intervals of another cover of the same stretch.
    pub(super) fn join(&mut self, other: &Self) {
        for (cell, other) in self.cells.iter_mut().zip(&other.cells) {
            *cell = (cell.0.min(other.0), cell.1.max(other.1));
        }
    }

    /// Length of the union within the stretch.
    pub(super) fn covered(&self) -> f64 {
        let mut reached = self.from;
        let mut sum = 0.0;
        for &(low, high) in &self.cells {
            let (low, high) = (low.max(reached), high.min(self.to));
            if high > low {
                sum += high - low;
                reached = high;
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_sorting_all_intervals() {
        let mut random = fastrand::Rng::with_seed(7);
        for count in [0, 1, 3, 20, 200] {
            let mut cover = Cover::new(5.0, 35.0, 0.5, 2.0);
            let mut intervals = Vec::new();
            for _ in 0..count {
                let (middle, size) = (5.0 + 30.0 * random.f64(), 0.5 + 1.5 * random.f64());
                cover.add(middle - size / 2.0, middle + size / 2.0);
                intervals.push((middle - size / 2.0, middle + size / 2.0));
            }
            intervals.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (mut reached, mut sum) = (5.0_f64, 0.0);
            for (low, high) in intervals {
                let (low, high) = (low.max(reached), high.min(35.0));
                sum += (high - low).max(0.0);
                reached = reached.max(high);
            }
            approx::assert_abs_diff_eq!(cover.covered(), sum, epsilon = 1e-9);
        }
    }
}
