//! The distinct values of a mask: labels, or those of an image.

use std::collections::BTreeSet;

use super::label;
use crate::text::listed;

/// Maximum number of distinct values of a mask of which every value but 0 counts; an image has hundreds.
const MAX_DISTINCT: usize = 64;

/// Maximum number of distinct values that an error lists.
pub(super) const MAX_LISTED: usize = 8;

/// The distinct values of a mask but 0, of each kind up to one more than a mask may have.
#[derive(Debug)]
pub(crate) struct Values {
    /// Whole numbers.
    pub(super) labels: BTreeSet<i64>,
    /// All others.
    others: Vec<f64>,
    /// The lowest and the highest.
    range: [f64; 2],
}

impl Values {
    pub(crate) fn new() -> Self {
        Self { labels: BTreeSet::new(), others: Vec::new(), range: [f64::INFINITY, f64::NEG_INFINITY] }
    }

    /// Adds a value, and gives its label where it is a whole number.
    pub(crate) fn add(&mut self, value: f64) -> Option<i64> {
        self.range = [self.range[0].min(value), self.range[1].max(value)];
        let Some(label) = label(value) else {
            let is_known = |known: &f64| known.to_bits() == value.to_bits();
            if self.others.len() <= MAX_DISTINCT && !self.others.iter().any(is_known) {
                self.others.push(value);
            }
            return None;
        };
        if label != 0 && self.labels.len() <= MAX_DISTINCT {
            self.labels.insert(label);
        }
        Some(label)
    }

    fn distinct(&self) -> usize {
        self.labels.len() + self.others.len()
    }

    /// Whether they are those of an image or of a map of many labels.
    pub(crate) fn are_of_image(&self) -> bool {
        let [low, high] = self.range;
        // what is not whole and lies between 0 and 1 is a map of probabilities
        let is_beyond = self.others.is_empty() || low < 0.0 || high > 1.0;
        self.distinct() > MAX_DISTINCT && is_beyond || low < 0.0 && self.distinct() > 2
    }

    /// Their number, as in `more than 64 distinct values, some below 0`.
    pub(crate) fn described(&self) -> String {
        let many = if self.distinct() > MAX_DISTINCT { "more than " } else { "" };
        let low = if self.range[0] < 0.0 { ", some below 0" } else { "" };
        format!("{many}{} distinct values{low}", self.distinct().min(MAX_DISTINCT))
    }

    /// Those that are no labels, as an error lists them; `None` where all are.
    pub(super) fn not_labels(&self) -> Option<String> {
        let plain = |v: &f64| if v.abs() < 1e9 { v.to_string() } else { format!("{v:e}") };
        (!self.others.is_empty()).then(|| listed(self.others.iter().map(plain), MAX_LISTED))
    }
}
