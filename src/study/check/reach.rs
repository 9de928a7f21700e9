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

/// A finding when much of the hematoma lies far beyond an end of the cord's mask, or of the part of it that is wide enough to
/// measure the reference in, or some of it beyond both ends.
pub(super) fn beyond_cord(hematoma: &crate::Roi, cord: &ReferenceRegion) -> Option<Finding> {
    let ends = cord
        .positions_mm()
        .iter()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], &at| [low.min(at), high.max(at)]);
    let points = Scattered::of(hematoma);
    let positions: Vec<f64> =
        points.points().iter().map(|&point| cord.center_line().position_mm(point)).collect();
    extrapolated(&positions, ends, "the end of the cord's mask")
        .or_else(|| beyond_both(&positions, ends))
        .or_else(|| {
            extrapolated(
                &positions,
                cord.measured_ends_mm(),
                "the part of the cord's mask that is wide enough to measure the reference in",
            )
        })
}

/// How far each position lies beyond each end.
fn beyond(positions: &[f64], [low, high]: [f64; 2]) -> impl Iterator<Item = [f64; 2]> {
    positions.iter().map(move |at| [low - at, at - high])
}

/// A finding when much of the hematoma lies far beyond these ends of what is named.
fn extrapolated(positions: &[f64], ends: [f64; 2], what: &str) -> Option<Finding> {
    let far: Vec<f64> =
        beyond(positions, ends).map(|[low, high]| low.max(high)).filter(|&mm| mm > MIN_MM).collect();
    let share = far.len() as f64 / positions.len() as f64;
    let (middle, farthest) = (median(&far)?, far.iter().copied().fold(0.0, f64::max));
    let message = format!(
        "{} of the hematoma lies more than {MIN_MM:.0} mm beyond {what}, up to {farthest:.0} mm: the reference is that of the end, which coils may shade by a factor of {:.1} (SD) over {middle:.0} mm, so ratios and stage there are unsure; give a longer mask of the cord, or another tissue at the hematoma's heights (`--reference`)",
        percent(share),
        spread_beyond(middle).exp()
    );
    (share > MIN_SHARE).then(|| Finding::warning("reference_extrapolated", message))
}

/// A finding when the hematoma reaches beyond both ends.
fn beyond_both(positions: &[f64], ends: [f64; 2]) -> Option<Finding> {
    let most = |end: usize| beyond(positions, ends).map(|mm| mm[end]).fold(f64::NEG_INFINITY, f64::max);
    let (low, high) = (most(0), most(1));
    let message = format!(
        "the hematoma is longer than the cord's mask, by {low:.0} and {high:.0} mm at its ends: each may have been given in the other's place, or the cord's mask is a part of it; look at both on the T2"
    );
    (low.min(high) > BOTH_ENDS_MM).then(|| Finding::warning("cord_short", message))
}
