//! A number at two visits.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::round::rounded;

/// A number at two visits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct QuantityChange {
    /// At the earlier visit.
    pub from: Option<f64>,
    /// At the later one.
    pub to: Option<f64>,
    /// The later less the earlier.
    pub difference: Option<f64>,
}

impl QuantityChange {
    pub(super) fn new(from: Option<f64>, to: Option<f64>) -> Self {
        let difference = from.zip(to).map(|(from, to)| rounded(to - from));
        Self { from, to, difference }
    }
}
