//! Signal relative to the reference.

use hemastage_image::{error::Result, roi::Column};

use super::{Reference, ReferenceError, finite};

/// One contrast's ratios to its reference and their relative noise.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratios {
    values: Column<f64>,
    noise: f64,
}

impl Ratios {
    /// Ratios from elsewhere, NaN where a voxel is unsampled, with the spread / median of their reference. An infinite
    /// ratio counts as unsampled.
    ///
    /// # Errors
    /// `Parameter` when the noise is negative or not finite.
    pub fn new(values: Column<f64>, noise: f64) -> Result<Self> {
        if !(noise.is_finite() && noise >= 0.0) {
            return Err(ReferenceError::Noise { noise }.into());
        }
        Ok(Self { values: values.map_into(finite), noise })
    }

    /// One ratio per voxel of the region; NaN where unsampled.
    pub fn values(&self) -> &Column<f64> {
        &self.values
    }

    /// Spread / median of the reference.
    pub fn noise(&self) -> f64 {
        self.noise
    }

    pub(super) fn of_reference(values: Column<f64>, reference: &Reference) -> Self {
        Self { values, noise: reference.relative_noise() }
    }

    pub(crate) fn into_values(self) -> Vec<f64> {
        self.values.into_values()
    }
}
