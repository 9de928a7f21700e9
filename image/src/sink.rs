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
}

impl Sink for MaskSink {
    fn add(&mut self, index: [usize; 3], len: usize, value: f64) {
        self.regions.iter_mut().for_each(|region| region.add(index, len, value));
        self.labels.iter_mut().for_each(|labels| labels.add(index, len, value));
    }

    fn skips_zeros(&self) -> bool {
        self.regions.iter().all(Sink::skips_zeros)
    }
}

/// Counts the voxels of each label until a value is not a label or there are more than `max_labels`.
pub(crate) struct LabelCounter {
    counts: BTreeMap<i64, usize>,
    max_labels: usize,
    is_mask: bool,
}

impl LabelCounter {
    pub(crate) fn new(max_labels: usize) -> Self {
        Self { counts: BTreeMap::new(), max_labels, is_mask: true }
    }

    /// The number of voxels of each label but 0; `None` when the values are not those of a mask.
    pub(crate) fn finish(self) -> Option<BTreeMap<i64, usize>> {
        self.is_mask.then_some(self.counts)
    }
}

impl Sink for LabelCounter {
    fn add(&mut self, _: [usize; 3], len: usize, value: f64) {
        if value == 0.0 || !self.is_mask {
            return;
        }
        if let Some(label) = label(value) {
            *self.counts.entry(label).or_default() += len;
            self.is_mask = self.counts.len() <= self.max_labels;
        } else {
            self.is_mask = false;
        }
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}
