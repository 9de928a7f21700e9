//! How much of a hematoma lies outside the canal.

use hemastage_image::roi::Roi;

use crate::kernel::{scattered::Scattered, statistics::median};

/// Share of the hematoma outside canal and cord from which neither occupancy nor displacement is measured.
pub(crate) const MAX_OUTSIDE: f64 = 0.60;
/// Of a hematoma that is left out of a canal's mask, as epidural blood of a dural sac, no larger share lies in it, ...
const MAX_LEFT_IN: f64 = 0.10;
/// ... and it lies nearer to it or to the cord (median; both own choice).
const ADJOINS_MM: f64 = 5.0;

/// The hematoma's voxels with their center in neither the canal's nor the cord's mask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outside {
    pub(crate) voxels: usize,
    all: usize,
    /// Share of the voxels outside the canal's mask alone.
    pub(crate) of_canal: f64,
    /// Whether the canal's mask leaves the hematoma out, which adjoins it.
    pub(crate) is_left_out: bool,
}

impl Outside {
    pub(crate) fn of(hematoma: &Roi, canal: &Roi, cord: Option<&Roi>) -> Self {
        let in_canal = hematoma.shared_with(canal);
        let outside = in_canal.iter().filter(|&&inside| !inside).count();
        let of_canal = outside as f64 / hematoma.len() as f64;
        let outside_both = cord.map_or(outside, |cord| {
            let in_cord = hematoma.shared_with(cord);
            in_canal.iter().zip(in_cord).filter(|&(&canal, cord)| !canal && !cord).count()
        });
        Self {
            voxels: outside_both,
            all: hematoma.len(),
            of_canal,
            is_left_out: of_canal >= 1.0 - MAX_LEFT_IN && adjoins(hematoma, canal, cord),
        }
    }

    pub(crate) fn share(&self) -> f64 {
        self.voxels as f64 / self.all as f64
    }

    /// Whether so much lies outside that the canal says nothing of the hematoma.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.share() > MAX_OUTSIDE && !self.is_left_out
    }
}

fn adjoins(hematoma: &Roi, canal: &Roi, cord: Option<&Roi>) -> bool {
    let around = [Some(canal), cord].map(|mask| mask.map(Scattered::of));
    let nearest = |&point| {
        let each = around.iter().flatten().map(|mask| mask.distance_mm(point));
        each.fold(f64::INFINITY, f64::min)
    };
    let distances: Vec<f64> = Scattered::of(hematoma).points().iter().map(nearest).collect();
    median(&distances).is_some_and(|mm| mm < ADJOINS_MM)
}
