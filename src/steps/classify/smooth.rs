//! Smoothing of the ratios before they are classified.

use std::{fmt, str::FromStr};

use hemastage_image::{
    error::Result,
    roi::{Column, Roi},
    word,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::median_filter::median_filter;

/// Axes with a larger spacing are not smoothed along.
const MAX_SPACING_MM: f64 = 2.0;

/// Whether ratios are smoothed before they are classified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// The median of the voxel and its face neighbors in the mask along axes with spacing <= 2 mm.
    #[default]
    Median,
    /// As sampled.
    None,
}

impl Smoothing {
    /// Both choices.
    pub const ALL: [Self; 2] = [Self::Median, Self::None];

    /// The name in options: `median` or `none`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Median => "median",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Smoothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

impl FromStr for Smoothing {
    type Err = hemastage_image::Error;

    /// Reads a key.
    fn from_str(text: &str) -> Result<Self> {
        word::by_key("smoothing", &Self::ALL, Self::key, text)
    }
}

impl Smoothing {
    /// A column smoothed so; NaN stays NaN.
    pub(crate) fn of(self, values: Column<f64>) -> Result<Column<f64>> {
        match self {
            Self::Median => Column::new(values.roi(), smooth(values.roi(), &values)),
            Self::None => Ok(values),
        }
    }
}

/// The ratios after one pass of the median; unsampled voxels (NaN) stay so and are skipped as neighbors.
pub(super) fn smooth(roi: &Roi, ratios: &[f64]) -> Vec<f64> {
    let axes = roi.grid().spacing_mm().map(|spacing| spacing <= MAX_SPACING_MM * (1.0 + 1e-6));
    median_filter(roi, ratios, axes)
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn a_smoothing_is_read_by_its_key() {
        for smoothing in Smoothing::ALL {
            assert_eq!(smoothing.to_string().parse::<Smoothing>().unwrap(), smoothing);
            assert_eq!(serde_json::to_value(smoothing).unwrap(), smoothing.key());
        }
        let text = "mean".parse::<Smoothing>().unwrap_err().to_string();
        assert_eq!(text, "unknown smoothing `mean`: expected median or none");
    }

    #[test]
    fn neighbors_across_a_wide_spacing_do_not_smooth() {
        for (spacing, expected) in [(2.0, 2.0), (2.1, 9.0)] {
            let affine =
                Affine::new([[spacing, 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]])
                    .unwrap();
            let row = Array3::<u8>::ones((5, 1, 1));
            let roi = Roi::from_array(row.view(), affine, &Labels::NonZero).unwrap();
            assert_eq!(smooth(&roi, &[1.0, 9.0, 2.0, 3.0, 5.0])[1], expected);
        }
    }
}
