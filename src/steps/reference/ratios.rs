//! Signal relative to the reference.

use hemastage_image::roi::Column;

use super::Reference;

/// One contrast's ratios to its reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratios {
    values: Column<f64>,
    reference: Reference,
}

impl Ratios {
    /// Ratios from elsewhere, NaN where a voxel is unsampled, with what they are relative to: where only its noise is
    /// known, a [given](Reference::given) value. An infinite ratio counts as unsampled.
    pub fn new(values: Column<f64>, reference: Reference) -> Self {
        Self::of_finite(values.map_into(finite), reference)
    }

    /// Finite ratios or NaN.
    pub(super) fn of_finite(values: Column<f64>, reference: Reference) -> Self {
        Self { values, reference }
    }

    /// One ratio per voxel of the region; NaN where unsampled.
    pub fn values(&self) -> &Column<f64> {
        &self.values
    }

    /// What they are relative to.
    pub fn reference(&self) -> &Reference {
        &self.reference
    }

    /// Spread / median of the reference.
    pub fn noise(&self) -> f64 {
        self.reference.relative_noise()
    }

    pub(crate) fn into_parts(self) -> (Column<f64>, Reference) {
        (self.values, self.reference)
    }
}

/// A ratio beyond the range of `f64` is NaN.
pub(super) fn finite(ratio: f64) -> f64 {
    if ratio.is_finite() { ratio } else { f64::NAN }
}
