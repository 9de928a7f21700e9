//! What a mask is streamed into: a region, a label map or counts. The volume is never held.

use std::collections::BTreeMap;

use crate::{
    label_map::LabelMapBuilder,
    roi::{INTEGER_TOLERANCE, RoiBuilder},
};

/// What takes in a mask, in memory order.
pub(super) trait Sink {
    /// Adds `len` voxels along i from a place on, which share a value.
    fn add(&mut self, place: [usize; 3], len: usize, value: f64);

    /// Whether zeros say nothing to it.
    fn skips_zeros(&self) -> bool;
}

impl Sink for RoiBuilder {
    fn add(&mut self, place: [usize; 3], len: usize, value: f64) {
        self.add(place, len, value);
    }

    fn skips_zeros(&self) -> bool {
        !self.labels().contains(0)
    }
}

impl Sink for LabelMapBuilder {
    fn add(&mut self, place: [usize; 3], len: usize, value: f64) {
        self.add(place, len, value);
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}

/// Several regions, and the labels, of one file.
pub(super) struct Several {
    pub(super) regions: Vec<RoiBuilder>,
    pub(super) labels: Option<LabelMapBuilder>,
}

impl Sink for Several {
    fn add(&mut self, place: [usize; 3], len: usize, value: f64) {
        self.regions.iter_mut().for_each(|region| region.add(place, len, value));
        self.labels.iter_mut().for_each(|labels| labels.add(place, len, value));
    }

    fn skips_zeros(&self) -> bool {
        self.regions.iter().all(Sink::skips_zeros)
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

    /// The voxels of each value but 0; none when the values are not those of a mask.
    pub(super) fn finish(self) -> Option<BTreeMap<i64, usize>> {
        self.is_mask.then_some(self.counts)
    }
}

impl Sink for LabelCounter {
    fn add(&mut self, _: [usize; 3], len: usize, value: f64) {
        if value == 0.0 || !self.is_mask {
            return;
        }
        let label = value.round();
        *self.counts.entry(label as i64).or_default() += len;
        let whole = (value - label).abs() <= INTEGER_TOLERANCE && label.abs() < 9e15;
        self.is_mask = whole && self.counts.len() <= self.most;
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}
