//! Whether the hematoma lies near the cord, where no canal says so.

use hemastage_image::{
    finding::Finding,
    principal_axis::PrincipalAxis,
    roi::Roi,
    vector::{Vector, dot},
};

use crate::kernel::{scattered::Scattered, statistics::median};

/// Median distance to the cord from which it is a warning; untouched studies reach 7.2 mm, and a canal has no room for more.
const MAX_MM: f64 = 10.0;
/// A cord's mask that is not longer than wide has no heights.
const MIN_CORD_MM: f64 = 20.0;
/// Share of the hematoma at the cord's heights that an answer needs.
const MIN_SHARE: f64 = 0.20;

/// A finding when the hematoma lies far from the cord at the cord's heights.
pub(super) fn far_from_cord(hematoma: &Roi, cord: &Roi) -> Option<Finding> {
    let axis = PrincipalAxis::of(cord.centers(), &cord.grid().patient_axes()).axis;
    let height = |point: Vector| dot(point, axis);
    let ends = cord
        .centers()
        .map(height)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    if ends.1 - ends.0 < MIN_CORD_MM {
        return None;
    }
    let hematoma = Scattered::of(hematoma);
    let points = hematoma.points();
    let at_cord_height: Vec<Vector> =
        points.iter().copied().filter(|&point| (ends.0..=ends.1).contains(&height(point))).collect();
    if (at_cord_height.len() as f64) < MIN_SHARE * points.len() as f64 {
        return None;
    }
    let cord = Scattered::of(cord);
    let mm = median(&at_cord_height.iter().map(|&point| cord.distance_mm(point)).collect::<Vec<_>>())?;
    let message = format!(
        "the hematoma lies {mm:.0} mm from the cord (median): the mask is out of place, flipped or not of a spinal hematoma; look at it on the T2"
    );
    (mm > MAX_MM).then(|| Finding::warning("far_from_cord", message))
}
