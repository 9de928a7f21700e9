//! Where the voxels of a mask are streamed to: regions, a label map or counts. The volume is never held.

use std::collections::BTreeMap;

use crate::{
    label_map::LabelMapBuilder,
    roi::{RoiBuilder, label},
};

/// Receives the voxels of a mask in memory order.
pub(crate) trait Sink {
    /// Adds `len` voxels of one value, from an index on along i.
    fn add(&mut self, index: [usize; 3], len: usize, value: f64);

    /// Whether zeros need not be added.
    fn skips_zeros(&self) -> bool;

    /// Says that values were rounded to the whole numbers that they were before they were stored.
    fn rounded(&mut self) {}
}

impl Sink for RoiBuilder {
    fn add(&mut self, index: [usize; 3], len: usize, value: f64) {
        self.add(index, len, value);
    }

    fn skips_zeros(&self) -> bool {
        !self.labels().contains(0)
    }
}

impl Sink for LabelMapBuilder {
    fn add(&mut self, index: [usize; 3], len: usize, value: f64) {
        self.add(index, len, value);
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}

/// Regions and the label map of one file, in one pass.
pub(crate) struct MaskSink {
    pub(crate) regions: Vec<RoiBuilder>,
    pub(crate) labels: Option<LabelMapBuilder>,
    /// Whether values were rounded.
    pub(crate) is_rounded: bool,
}

impl Sink for MaskSink {
    fn add(&mut self, index: [usize; 3], len: usize, value: f64) {
        self.regions.iter_mut().for_each(|region| region.add(index, len, value));
        self.labels.iter_mut().for_each(|labels| labels.add(index, len, value));
    }

    fn skips_zeros(&self) -> bool {
        self.regions.iter().all(Sink::skips_zeros)
    }

    fn rounded(&mut self) {
        self.is_rounded = true;
    }
}

/// Counts the voxels of each label until a value is not a label or there are more than `max_labels`.
pub(crate) struct LabelCounter {
    counts: BTreeMap<i64, usize>,
    /// Stretches of voxels with a label.
    stretches: usize,
    max_labels: usize,
    is_mask: bool,
}

/// So many labels or fewer may be scattered; ...
const FEW_LABELS: usize = 64;
/// ... of more, a stretch along i has as many voxels on average: an image changes from voxel to voxel.
const MIN_STRETCH: usize = 3;

impl LabelCounter {
    pub(crate) fn new(max_labels: usize) -> Self {
        Self { counts: BTreeMap::new(), stretches: 0, max_labels, is_mask: true }
    }

    /// The number of voxels of each label but 0; `None` when the values are not those of a mask.
    pub(crate) fn finish(self) -> Option<BTreeMap<i64, usize>> {
        let is_image = self.counts.len() > FEW_LABELS
            && self.counts.values().sum::<usize>() < MIN_STRETCH * self.stretches;
        (self.is_mask && !is_image).then_some(self.counts)
    }
}

impl Sink for LabelCounter {
    fn add(&mut self, _: [usize; 3], len: usize, value: f64) {
        if value == 0.0 || !self.is_mask {
            return;
        }
        if let Some(label) = label(value) {
            *self.counts.entry(label).or_default() += len;
            self.stretches += 1;
            self.is_mask = self.counts.len() <= self.max_labels;
        } else {
            self.is_mask = false;
        }
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_labels_are_counted_where_they_lie_together() {
        let counted = |labels: usize, len: usize| {
            let mut counter = LabelCounter::new(200);
            (0..labels).for_each(|n| counter.add([0, n, 0], len, 1.0 + n as f64));
            counter.finish().map(|counts| counts.len())
        };
        assert_eq!((counted(64, 1), counted(117, 3), counted(117, 2)), (Some(64), Some(117), None));
        assert_eq!((counted(200, 9), counted(201, 9)), (Some(200), None));
    }
}
