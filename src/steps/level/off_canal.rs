//! Vertebrae that lie where the canal, or else the cord, has none in front of it.

use hemastage_image::{
    finding::Finding,
    grid::PatientAxes,
    principal_axis::PrincipalAxis,
    roi::Roi,
    vector::{Vector, dot, length, minus, plus, scaled},
};

use super::centroids::Marks;
use crate::kernel::{scattered::Scattered, statistics::median};

/// Distance of a vertebra's middle from that of the canal or cord (median) from which it is a warning (own choice): half a
/// lumbar body and half a canal are 28 mm.
const MAX_MM: f64 = 38.0;
/// Distance behind it.
const MAX_BEHIND_MM: f64 = 12.0;
/// Height of the stretch of canal or cord that a vertebra is compared with, to either side.
const STRETCH_MM: f64 = 5.0;

/// A finding when the vertebrae, or discs where these are all, lie far from the canal or behind it, as far as it reaches.
pub(super) fn off_canal(marks: &Marks, canal: &Roi, axes: &PatientAxes) -> Option<Finding> {
    let axis = PrincipalAxis::of(canal.centers(), axes).axis;
    let height = |point: Vector| dot(point, axis);
    let ends = canal
        .centers()
        .map(height)
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    let bodies = marks.vertebrae.iter().filter(|vertebra| !vertebra.bodiless).map(|vertebra| vertebra.point);
    let points: Vec<Vector> = bodies.filter(|&point| (ends.0..=ends.1).contains(&height(point))).collect();
    let scattered = Scattered::of(canal);
    let from_middle = |&point: &Vector| {
        let is_near = |other: &&Vector| (height(**other) - height(point)).abs() <= STRETCH_MM;
        let near: Vec<&Vector> = scattered.points().iter().filter(is_near).collect();
        let sum = near.iter().fold([0.0; 3], |sum, &&other| plus(sum, 1.0, other));
        (!near.is_empty()).then(|| minus(point, scaled(sum, 1.0 / near.len() as f64)))
    };
    let ways: Vec<Vector> = points.iter().filter_map(from_middle).collect();
    let mm = median(&ways.iter().map(|way| length(*way)).collect::<Vec<_>>())?;
    let behind = median(&ways.iter().map(|way| -dot(*way, axes.anterior)).collect::<Vec<_>>())?;
    let is_behind = behind > MAX_BEHIND_MM;
    let way = if is_behind { " and behind it" } else { "" };
    let message = format!(
        "the vertebrae lie {mm:.0} mm from the middle of the canal or the cord (median){way}: expected them in front of it, at most {MAX_MM:.0} mm away; they are out of place, in LPS instead of RAS, or of another study"
    );
    (mm > MAX_MM || is_behind).then(|| Finding::warning("levels_off_cord", message))
}
