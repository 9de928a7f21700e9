//! What takes in a mask row by row: a region, a label map or counts. The volume is never held.

use std::collections::BTreeMap;

use crate::{
    label_map::LabelMapBuilder,
    roi::{INTEGER_TOLERANCE, RoiBuilder},
};

/// What takes in the scaled values of a mask, a row along i at a time.
pub(super) trait Rows {
    fn row(&mut self, j: usize, k: usize, values: impl Iterator<Item = f64>);

    /// Whether rows of zeros say nothing to it.
    fn skips_zeros(&self) -> bool;
}

impl Rows for RoiBuilder {
    fn row(&mut self, j: usize, k: usize, values: impl Iterator<Item = f64>) {
        self.add_row(j, k, values);
    }

    fn skips_zeros(&self) -> bool {
        !self.labels().contains(0)
    }
}

impl Rows for LabelMapBuilder {
    fn row(&mut self, j: usize, k: usize, values: impl Iterator<Item = f64>) {
        self.add_row(j, k, values);
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}

/// Counts values until one is not a whole number or there are more than `most`.
pub(super) struct LabelCounter {
    counts: BTreeMap<i64, usize>,
    most: usize,
    is_mask: bool,
}

impl LabelCounter {
    pub(super) fn new(most: usize) -> Self {
        Self { counts: BTreeMap::new(), most, is_mask: true }
    }

    /// The voxels of each value but 0; none when the rows are not those of a mask.
    pub(super) fn finish(self) -> Option<BTreeMap<i64, usize>> {
        self.is_mask.then_some(self.counts)
    }

    fn add(&mut self, value: f64, voxels: usize) {
        if value == 0.0 || voxels == 0 || !self.is_mask {
            return;
        }
        let label = value.round();
        *self.counts.entry(label as i64).or_default() += voxels;
        let whole = (value - label).abs() <= INTEGER_TOLERANCE && label.abs() < 9e15;
        self.is_mask = whole && self.counts.len() <= self.most;
    }
}

impl Rows for LabelCounter {
    fn row(&mut self, _: usize, _: usize, values: impl Iterator<Item = f64>) {
        if !self.is_mask {
            return;
        }
        // neighbours mostly share a label
        let (mut last, mut run) = (0.0, 0);
        for value in values {
            if value == last {
                run += 1;
            } else {
                self.add(last, run);
                (last, run) = (value, 1);
            }
        }
        self.add(last, run);
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}
