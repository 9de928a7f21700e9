//! Whether hematoma and vertebrae keep out of each other, and the vertebrae out of cord and canal.

use hemastage_image::{finding::Finding, label_map::LabelMap, roi::Roi};

use super::percent;
use crate::steps::level::{Scheme, are_discs as are_flat};

/// Share of the hematoma in vertebrae or discs from which it is a warning; untouched studies have none there.
const MAX_IN_BONE: f64 = 0.15;
/// Share of the canal, else of the cord, that lies in them.
const MAX_IN_CANAL: f64 = 0.15;
/// Share of the canal from which the labels are slabs of levels that cover all, not vertebrae.
const MAX_SLABS: f64 = 0.95;
/// Share of the labels in the canal or cord from which they are those of a cord that is labeled by level.
const MAX_LABELED_CORD: f64 = 0.5;

/// Findings when the vertebrae of a map lie in the canal, else in the cord, or the hematoma lies in them.
pub(super) fn in_vertebrae(
    hematoma: &Roi,
    (map, scheme): (&LabelMap, &Scheme),
    canal: Option<&Roi>,
) -> Option<Finding> {
    let named = |&(value, _): &(i64, usize)| scheme.vertebra(value).is_some() || scheme.disc(value).is_some();
    let labels: Vec<i64> = map.labels().filter(named).map(|(value, _)| value).collect();
    let bones = map.region(&labels).ok()?;
    let shared = |mask: &Roi| mask.shared_with(&bones).into_iter().filter(|&shared| shared).count();
    if let Some(canal) = canal {
        let n = shared(canal);
        let share = n as f64 / canal.len() as f64;
        let share_of_bones = n as f64 * canal.grid().voxel_mm3() / bones.volume_mm3();
        if share_of_bones > MAX_LABELED_CORD || share > MAX_SLABS {
            return None;
        }
        if share > MAX_IN_CANAL {
            let message = format!(
                "{} of the canal or the cord lies in vertebrae or discs of the map: the map is flipped, out of place or of another study, and levels are wrong; look at it on the T2",
                percent(share)
            );
            return Some(Finding::warning("vertebrae_in_canal", message).at("vertebrae"));
        }
    }
    let (n, all) = (shared(hematoma), hematoma.len());
    let share = n as f64 / all as f64;
    let message = format!(
        "{} of the hematoma ({n} of {all} voxels) lies in vertebrae or discs of the map: it is the label of one of them, or out of place; give the hematoma's own label",
        percent(share)
    );
    (share > MAX_IN_BONE).then(|| Finding::warning("hematoma_in_vertebrae", message).at("hematoma"))
}

/// A finding when the labels of vertebrae are as flat as discs.
pub(super) fn are_discs((map, scheme): (&LabelMap, &Scheme)) -> Option<Finding> {
    let message = "what the scheme calls vertebrae is as flat as discs are: the map of the discs was given, or another scheme's, and levels are off by half a vertebra; give the map of the vertebrae, or one point per disc as `--landmarks`";
    are_flat(map, |label| scheme.vertebra(label).is_some())
        .then(|| Finding::warning("vertebrae_flat", message).at("vertebrae"))
}
