//! How far the hematoma reaches beyond the cord's mask, where the reference is that of the mask's end.

use hemastage_image::finding::Finding;

use super::percent;
use crate::{
    kernel::{scattered::Scattered, statistics::median},
    steps::reference::{ReferenceRegion, spread_beyond},
};

/// Distance from the mask's end from which the reference is extrapolated: coils shade little within it.
const MIN_MM: f64 = 20.0;
/// Share of the hematoma beyond that from which it is a warning.
const MIN_SHARE: f64 = 0.20;
/// A cord that ends this far within the hematoma at both ends is unusual: masks of it mostly reach through the image.
const BOTH_ENDS_MM: f64 = 10.0;

/// A finding when much of the hematoma lies far beyond an end of the cord's mask, or some of it beyond both.
pub(super) fn beyond_cord(hematoma: &crate::Roi, cord: &ReferenceRegion) -> Option<Finding> {
    let ends = cord
        .positions_mm()
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &at| (low.min(at), high.max(at)));
    let points = Scattered::of(hematoma);
    let beyond = |&point: &[f64; 3]| {
        let at = cord.center_line().position_mm(point);
        [ends.0 - at, at - ends.1]
    };
    let beyond: Vec<[f64; 2]> = points.points().iter().map(beyond).collect();
    let far: Vec<f64> = beyond.iter().map(|[low, high]| low.max(*high)).filter(|&mm| mm > MIN_MM).collect();
    let share = far.len() as f64 / beyond.len() as f64;
    if share <= MIN_SHARE {
        return beyond_both(&beyond);
    }
    let (middle, farthest) = (median(&far)?, far.iter().copied().fold(0.0, f64::max));
    let message = format!(
        "{} of the hematoma lies more than {MIN_MM:.0} mm beyond the end of the cord's mask, up to {farthest:.0} mm: the reference is that of the end, which coils may shade by a factor of {:.1} (SD) over {middle:.0} mm, so ratios and stage there are unsure; give a longer mask of the cord, or another tissue at the hematoma's heights (`--reference`)",
        percent(share),
        spread_beyond(middle).exp()
    );
    Some(Finding::warning("reference_extrapolated", message))
}

/// A finding when the hematoma reaches beyond both ends.
fn beyond_both(beyond: &[[f64; 2]]) -> Option<Finding> {
    let most = |end: usize| beyond.iter().map(|mm| mm[end]).fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = (most(0), most(1));
    let message = format!(
        "the hematoma is longer than the cord's mask, by {low:.0} and {high:.0} mm at its ends: each may have been given in the other's place, or the cord's mask is a part of it; look at both on the T2"
    );
    (low.min(high) > BOTH_ENDS_MM).then(|| Finding::warning("cord_short", message))
}
