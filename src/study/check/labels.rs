//! Labels that were taken together because none was chosen.

use hemastage_image::{finding::Finding, label_map::LabelMap, roi::Roi, text::listed};

use super::cord;

/// Maximum number of labels that a finding lists.
const MAX_LISTED: usize = 24;

/// A finding when a mask has several labels, of which none was chosen; good to know where it is the map of the
/// vertebrae, as a cord that is labeled by level.
pub(super) fn joined(role: &str, mask: &Roi, vertebrae: Option<&LabelMap>) -> Option<Finding> {
    let labels = mask.joined();
    if labels.len() < 2 {
        return None;
    }
    let (n, listed) = (labels.len(), listed(labels, MAX_LISTED));
    if role == "cord" && vertebrae.is_some_and(|map| is_map(mask, map)) && !cord::is_too_thick(mask) {
        let message =
            format!("the {n} labels of the map of the vertebrae ({listed}) were taken together as the cord");
        return Some(Finding::info("labels_joined", message).at(role));
    }
    let message = if labels.windows(2).any(|pair| pair[0] == pair[1]) {
        format!(
            "the mask holds {n} segments (with labels {listed}) and none was chosen, so all were taken together: choose that of the {role} by its name, as in `masks.seg.nrrd:NAME`, as some share a label; `hemastage inspect` lists them"
        )
    } else {
        // a value below 0 is that of what is left around a mask
        let example = labels.iter().find(|&&label| label > 0).unwrap_or(&labels[0]);
        format!(
            "the mask holds {n} labels ({listed}) and none was chosen, so all were taken together: name those of the {role}, as in `labels.nii.gz:{example}`"
        )
    };
    Some(Finding::warning("labels_joined", message).at(role))
}

/// Whether a region is all of a map.
fn is_map(mask: &Roi, map: &LabelMap) -> bool {
    let voxels: usize = map.labels().map(|(_, voxels)| voxels).sum();
    mask.grid() == map.grid()
        && mask.len() == voxels
        && map.labels().map(|(label, _)| label).eq(mask.joined().iter().copied())
}
