//! Which values of a mask belong to a region.

use serde::{Deserialize, Serialize};

/// Which values of a mask belong to the region.
///
/// In a configuration file `"non_zero"`, or `{ "only": [3, 4] }`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labels {
    /// Every value but 0.
    #[default]
    NonZero,
    /// These values.
    Only(Vec<i64>),
}

impl Labels {
    /// Whether a value belongs to the region.
    pub fn contains(&self, value: i64) -> bool {
        match self {
            Self::NonZero => value != 0,
            Self::Only(values) => values.contains(&value),
        }
    }
}

/// How far from a whole number a label may be, as some writers store labels as scaled floats.
const INTEGER_TOLERANCE: f64 = 1e-3;

/// Whole numbers are exact in `f64` up to this.
const MAX_LABEL: f64 = (1_u64 << 53) as f64;

/// The label that a mask's value stands for; `None` when it is not a whole number.
pub(crate) fn label(value: f64) -> Option<i64> {
    let whole = value.round();
    ((value - whole).abs() <= INTEGER_TOLERANCE && value.abs() < MAX_LABEL).then_some(whole as i64)
}
