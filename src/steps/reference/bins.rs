//! The reference voxels in stretches along the cord.

use std::{collections::BTreeMap, ops::Range};

use super::center_line::BORDER_SLACK;
use crate::kernel::statistics::median;

/// Length of a bin along the cord, ...
const BIN_MM: f64 = 10.0;
/// ... but this share of a longer reference, so that there are never many.
const MIN_SHARE: f64 = 1.0 / 40.0;
/// Voxels that a bin needs.
const BIN_VOXELS: usize = 5;

/// Bins with enough voxels, in order along the cord.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bins {
    pub(super) length_mm: f64,
    /// Where the voxels lie.
    pub(super) extent_mm: (f64, f64),
    pub(super) list: Vec<Bin>,
}

/// The reference voxels of one stretch of the cord.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bin {
    /// It goes from `number` to `number + 1` times the length.
    number: i64,
    /// Median position.
    pub(super) at_mm: f64,
    /// Log of the median signal of each image.
    pub(super) logs: Vec<f64>,
}

impl Bins {
    /// The bins of voxels by their positions and their signals in one or more images.
    pub(super) fn new(positions: &[f64], signals: &[&[f64]]) -> Self {
        let low = positions.iter().copied().fold(f64::INFINITY, f64::min);
        let high = positions.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let length_mm = BIN_MM.max((high - low) * MIN_SHARE);
        let mut members: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (n, &position) in positions.iter().enumerate() {
            members.entry(bin_number(position, length_mm)).or_default().push(n);
        }
        let of = |(number, members): (i64, Vec<usize>)| {
            let column = |values: &[f64]| -> Vec<f64> { members.iter().map(|&n| values[n]).collect() };
            let middle = |values: &[f64]| median(&column(values)).filter(|&value| value > 0.0).map(f64::ln);
            let logs: Vec<f64> = signals.iter().map(|signal| middle(signal)).collect::<Option<_>>()?;
            let at_mm = median(&column(positions))?;
            (members.len() >= BIN_VOXELS).then_some(Bin { number, at_mm, logs })
        };
        Self { length_mm, extent_mm: (low, high), list: members.into_iter().filter_map(of).collect() }
    }

    /// The numbers along the cord that a run of bins covers.
    pub(super) fn numbers(&self, run: &Range<usize>) -> Range<i64> {
        self.list[run.start].number..self.list[run.end - 1].number + 1
    }

    /// From where to where a run of bins goes; one at an end of the voxels ends with them.
    pub(super) fn edges_mm(&self, run: &Range<usize>) -> (f64, f64) {
        let edge = |number: i64| number as f64 * self.length_mm;
        let numbers = self.numbers(run);
        (edge(numbers.start).max(self.extent_mm.0), edge(numbers.end).min(self.extent_mm.1))
    }
}

/// The number of the bin that a position lies in.
pub(super) fn bin_number(position_mm: f64, bin_mm: f64) -> i64 {
    (position_mm / bin_mm + BORDER_SLACK).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bin_needs_five_voxels_with_signal() {
        let positions: Vec<f64> = (0..100).map(f64::from).collect();
        let mut signal = vec![100.0; 100];
        signal[..10].fill(0.0);
        let found = Bins::new(&positions[..94], &[&signal[..94]]);
        assert_eq!(found.list.iter().map(|bin| bin.number).collect::<Vec<_>>(), (1..9).collect::<Vec<_>>());
        assert_eq!((found.list[0].at_mm, found.list[0].logs[0]), (14.5, 100_f64.ln()));
        assert_eq!(found.edges_mm(&(0..2)), (10.0, 30.0));
        let shorter = Bins::new(&positions[..86], &[&signal[..86]]);
        assert_eq!(shorter.edges_mm(&(6..8)), (70.0, 85.0), "it ends with the cord");
    }

    #[test]
    fn a_long_cord_has_longer_bins() {
        let positions: Vec<f64> = (0..8000).map(|n| f64::from(n) / 10.0).collect();
        let found = Bins::new(&positions, &[&vec![1.0; 8000]]);
        assert!((found.length_mm - 19.9975).abs() < 1e-9);
        assert_eq!(found.list.len(), 40, "the last one holds one voxel");
    }
}
