//! Positions of parallel planes along their normal, and how exact these are.

use std::fmt;

use super::plane::Plane;
use crate::vector::dot;

/// Planes closer than this are at one position.
pub(super) const SAME_POSITION_MM: f64 = 0.01;

/// How much a distance between planes may differ from a step, as a share of it: positions are rounded when written.
pub(super) const STEP_SHARE: f64 = 0.01;

/// The positions of planes along the normal of the first, in mm.
pub(super) fn along_normal(planes: &[Plane]) -> Vec<f64> {
    let normal = planes.first().map_or([0.0; 3], Plane::normal);
    planes.iter().map(|plane| dot(plane.position(), normal)).collect()
}

/// How much a distance between planes may differ from a step, in mm.
pub(super) fn step_tolerance_mm(step: f64) -> f64 {
    (STEP_SHARE * step).max(SAME_POSITION_MM)
}

/// Millimeters as an error writes them, with at most three decimals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Mm(pub(super) f64);

impl fmt::Display for Mm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // adding zero turns -0 into 0
        write!(f, "{}", (self.0 * 1e3).round() / 1e3 + 0.0)
    }
}
