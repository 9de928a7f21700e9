//! Masks that are too small for what they were given as.

use hemastage_image::{finding::Finding, roi::Roi};

use super::cord::cross_section_mm2;

/// Cross-section below which it is no cord (own choice): untouched cords have 42 to 84 mm2.
const MIN_CORD_MM2: f64 = 20.0;
/// A hematoma of fewer voxels has no inside and no median worth the name (own choice).
const MIN_VOXELS: usize = 20;

/// A finding when the mask is thinner than a cord.
pub(super) fn too_thin(cord: &Roi) -> Option<Finding> {
    let mm2 = cross_section_mm2(cord)?;
    let message = format!(
        "the mask has a cross-section of {mm2:.1} mm2 (median), and a cord has 40 to 110: it is a center line, or the voxel sizes are in another unit than mm; look at both"
    );
    (mm2 < MIN_CORD_MM2).then(|| Finding::warning("cord_too_thin", message))
}

/// A finding when the hematoma is a few voxels.
pub(super) fn few_voxels(hematoma: &Roi) -> Option<Finding> {
    let n = hematoma.len();
    let message = format!(
        "the hematoma has {n} voxels ({:.1} mm3), too few for a stage: expected {MIN_VOXELS} or more; check that it is the mask of the hematoma, and on a grid as fine as the image's",
        hematoma.volume_mm3()
    );
    (n < MIN_VOXELS).then(|| Finding::warning("few_voxels", message))
}
