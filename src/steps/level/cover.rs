//! The length that many short intervals cover together.

/// Cells that one stretch is divided into at most.
const MAX_CELLS: f64 = 1e5;

/// The union of intervals along one stretch, gathered in time linear in their number.
///
/// Intervals that begin in the same cell overlap, as a cell is no wider than the shortest of them: their
/// union is one interval, from the lowest beginning to the highest end.
#[derive(Debug)]
pub(super) struct Cover {
    from: f64,
    to: f64,
    base: f64,
    width: f64,
    cells: Vec<(f64, f64)>,
}

impl Cover {
    /// Nothing covered yet of `from` to `to`; every interval will be `shortest` to `longest` long.
    pub(super) fn new(from: f64, to: f64, shortest: f64, longest: f64) -> Self {
        let reach = to - from + longest;
        let width = shortest.max(reach / MAX_CELLS);
        let count = (reach / width) as usize + 2;
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
        let mut state = 7_u64;
        let mut random = |most: f64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            most * (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        for count in [0, 1, 3, 20, 200] {
            let mut cover = Cover::new(5.0, 35.0, 0.5, 2.0);
            let mut intervals = Vec::new();
            for _ in 0..count {
                let (middle, size) = (5.0 + random(30.0), 0.5 + random(1.5));
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
            assert!((cover.covered() - sum).abs() < 1e-9, "{count}: {} {sum}", cover.covered());
        }
    }
}
