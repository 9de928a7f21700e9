//! What a study was made from, as reports tell it.

use hemastage_image::{
    grid::Grid,
    roi::{Labels, Roi},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocabulary::round::rounded;

/// One input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[non_exhaustive]
pub struct Input {
    /// `t1`, `t2`, `t1_post`, `t2star`, `t1_fs`, `hematoma`, `cord`, `reference`, `canal`, `vertebrae` or `landmarks`.
    pub role: String,
    /// The file's name without its folder, or the number of a DICOM series in a folder; null for an array.
    pub file: Option<String>,
    /// Bytes as stored; null for an array.
    pub bytes: Option<u64>,
    /// SHA-256 of the stored bytes, of a series those of its files in the order of its slices; null unless asked for.
    pub sha256: Option<String>,
    /// `nifti-1`, `nifti-2`, `nrrd`, `nrrd-seg`, `metaimage`, `dicom`, `dicom-seg`, `dicom-rtstruct`, `folder` or `array`.
    pub format: String,
    /// Voxels along i, j, k.
    pub shape: [usize; 3],
    /// Distance of voxel centers along i, j, k.
    pub spacing_mm: [f64; 3],
    /// The direction each axis grows towards, such as `LAS`; null when the file does not say.
    pub orientation: Option<String>,
    /// The labels or segments taken of a mask; null for a mask of one label of which none was chosen, and for images.
    pub labels: Option<Vec<i64>>,
}

impl Input {
    /// The record of a mask in memory.
    pub(crate) fn mask(role: &str, roi: &Roi) -> Self {
        let labels = match roi.labels() {
            Labels::Only(labels) => Some(labels.clone()),
            Labels::NonZero => Self::joined(roi),
        };
        Self { labels, ..Self::array(role, roi.grid()) }
    }

    /// The labels that were taken together, each once; `None` of fewer than two.
    pub(crate) fn joined(roi: &Roi) -> Option<Vec<i64>> {
        let mut labels = Some(roi.joined().to_vec()).filter(|labels| labels.len() > 1)?;
        labels.dedup();
        Some(labels)
    }

    /// The record of an array in memory.
    pub(crate) fn array(role: &str, grid: &Grid) -> Self {
        Self {
            role: role.into(),
            file: None,
            bytes: None,
            sha256: None,
            format: "array".into(),
            shape: grid.shape(),
            spacing_mm: grid.spacing_mm().map(rounded),
            orientation: Some(grid.orientation()),
            labels: None,
        }
    }
}
