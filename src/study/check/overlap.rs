//! Where the hematoma lies between cord and canal.

use hemastage_image::{finding::Finding, roi::Roi};

use super::percent;
use crate::steps::shape::{MAX_OUTSIDE, Outside};

/// Share of the hematoma in the cord from which it is a warning; untouched studies reach 1.2 %.
const MAX_IN_CORD: f64 = 0.10;
/// Share outside canal and cord; untouched studies reach 4.5 %, flipped ones 16 to 41 %.
const MIN_OUTSIDE: f64 = 0.15;

/// A finding when much of the hematoma lies in the cord's mask.
pub(super) fn in_cord(hematoma: &Roi, cord: &Roi) -> Option<Finding> {
    let (inside, all) =
        (hematoma.shared_with(cord).into_iter().filter(|&inside| inside).count(), hematoma.len());
    let share = inside as f64 / all as f64;
    let message = format!(
        "{} of the hematoma ({inside} of {all} voxels) lies in the cord's mask: the blood is in the cord, or one of the two masks is out of place, flipped or transposed; look at both on the T2",
        percent(share)
    );
    (share > MAX_IN_CORD).then(|| Finding::warning("hematoma_in_cord", message))
}

/// Findings when much of the hematoma lies outside the canal and the cord together, or beyond the canal's ends.
pub(super) fn outside_canal(hematoma: &Roi, canal: &Roi, cord: Option<&Roi>) -> Vec<Finding> {
    let outside = Outside::of(hematoma, canal, cord);
    let share = outside.share();
    let (n, all, percent_out) = (outside.voxels, outside.judged, percent(share));
    let heights = if outside.beyond > 0 { " at the canal's heights" } else { "" };
    let message = if outside.is_left_out {
        format!(
            "{percent_out} of the hematoma{heights} ({n} of {all} voxels) lies outside the canal and the cord, but next to them: if the canal's mask leaves the blood out, as a dural sac or one of several labels does, add it, as in `labels.nii.gz:7,1,2`; else one of the masks is out of place"
        )
    } else {
        let lost = if share > MAX_OUTSIDE { "; occupancy and displacement were not measured" } else { "" };
        format!(
            "{percent_out} of the hematoma{heights} ({n} of {all} voxels) lies outside the canal and the cord: the mask is out of place, flipped, too large or not of a hematoma{lost}; look at it on the T2"
        )
    };
    let out = (share > MIN_OUTSIDE).then(|| Finding::warning("outside_canal", message));
    out.into_iter().chain(short(&outside)).collect()
}

/// A finding when much of the hematoma lies beyond the ends of the canal's mask.
fn short(outside: &Outside) -> Option<Finding> {
    let (n, all) = (outside.beyond, outside.beyond + outside.judged);
    let part = format!(
        "{} of the hematoma ({n} of {all} voxels) lies beyond the ends of the canal's mask",
        percent(outside.share_beyond())
    );
    if outside.share_beyond() > MAX_OUTSIDE {
        let message =
            format!("{part}: one of the two masks is out of place, or the canal's covers too little");
        return Some(Finding::warning("canal_short", message));
    }
    let message = format!(
        "{part}: occupancy and displacement are those of the rest; give a mask of the canal that is as long"
    );
    (outside.share_beyond() > MIN_OUTSIDE).then(|| Finding::info("canal_short", message))
}
