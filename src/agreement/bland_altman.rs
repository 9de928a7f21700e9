//! Bias and limits of agreement.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::round::rounded;

/// 95 % of a normal distribution lie within this number of standard deviations.
const Z: f64 = 1.96;

/// Bias and limits of agreement: the second reading less the first.
///
/// # Reference
/// Bland JM, Altman DG. Lancet 1986;327:307.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Limits {
    /// Mean difference.
    pub bias: f64,
    /// Standard deviation of the differences.
    pub sd: f64,
    /// Bias less 1.96 standard deviations.
    pub lower: f64,
    /// Bias and 1.96 standard deviations.
    pub upper: f64,
}

impl Limits {
    /// `None` for fewer than two pairs.
    pub(super) fn of(pairs: &[[f64; 2]]) -> Option<Self> {
        if pairs.len() < 2 {
            return None;
        }
        let n = pairs.len() as f64;
        let bias = pairs.iter().map(|[a, b]| b - a).sum::<f64>() / n;
        let squares: f64 = pairs.iter().map(|[a, b]| (b - a - bias) * (b - a - bias)).sum();
        let sd = (squares / (n - 1.0)).sqrt();
        Some(Self {
            bias: rounded(bias),
            sd: rounded(sd),
            lower: rounded(bias - Z * sd),
            upper: rounded(bias + Z * sd),
        })
    }
}
