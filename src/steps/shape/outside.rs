//! How much of a hematoma lies outside the canal.

use hemastage_image::{principal_axis::PrincipalAxis, roi::Roi};

use crate::kernel::{scattered::Scattered, statistics::median};

/// Share of the hematoma outside canal and cord from which neither occupancy nor displacement is measured.
pub(crate) const MAX_OUTSIDE: f64 = 0.60;
/// Of a hematoma that is left out of a canal's mask, as epidural blood of a dural sac, no larger share lies in it, ...
const MAX_LEFT_IN: f64 = 0.10;
/// ... and it lies nearer to it or to the cord (median; both own choice).
const ADJOINS_MM: f64 = 5.0;

/// Share of the hematoma that must lie at the canal's heights to be judged.
const MIN_AT_CANAL: f64 = 0.20;

/// The hematoma's voxels with their center in neither the canal's nor the cord's mask, at the canal's heights; beyond its
/// ends the mask may only be cut shorter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outside {
    pub(crate) voxels: usize,
    /// Voxels beyond the ends of the canal's mask.
    pub(crate) beyond: usize,
    /// Voxels at its heights.
    pub(crate) judged: usize,
    /// Share of all voxels outside the canal's mask alone.
    pub(crate) of_canal: f64,
    /// Whether the canal's mask leaves the hematoma out, which adjoins it.
    pub(crate) is_left_out: bool,
}

impl Outside {
    pub(crate) fn of(hematoma: &Roi, canal: &Roi, cord: Option<&Roi>) -> Self {
        let in_canal = hematoma.shared_with(canal);
        let in_cord = cord.map(|cord| hematoma.shared_with(cord));
        let all = hematoma.len();
        let outside = in_canal.iter().filter(|&&inside| !inside).count();
        let of_canal = outside as f64 / all as f64;
        let ends = if outside > 0 { Some(Ends::of(canal)) } else { None };
        let beyond: Vec<bool> = match &ends {
            Some(ends) => ends.are_beyond(hematoma, &in_canal),
            None => vec![false; all],
        };
        let is_in_cord = |n: usize| in_cord.as_ref().is_some_and(|in_cord| in_cord[n]);
        let n_beyond = beyond.iter().filter(|&&beyond| beyond).count();
        let judged = all - n_beyond;
        Self {
            voxels: (0..all).filter(|&n| !in_canal[n] && !beyond[n] && !is_in_cord(n)).count(),
            beyond: n_beyond,
            judged,
            of_canal,
            is_left_out: (outside - n_beyond) as f64 >= (1.0 - MAX_LEFT_IN) * judged as f64
                && adjoins(hematoma, canal, cord),
        }
    }

    /// Of what lies at the canal's heights; 0 where too little does.
    pub(crate) fn share(&self) -> f64 {
        if self.is_judged() { self.voxels as f64 / self.judged as f64 } else { 0.0 }
    }

    /// Share of the hematoma beyond the canal's ends.
    pub(crate) fn share_beyond(&self) -> f64 {
        self.beyond as f64 / (self.beyond + self.judged) as f64
    }

    /// Whether enough lies at the canal's heights.
    fn is_judged(&self) -> bool {
        1.0 - self.share_beyond() >= MIN_AT_CANAL
    }

    /// Whether so much lies outside that the canal says nothing of the hematoma.
    pub(crate) fn is_elsewhere(&self) -> bool {
        self.share() > MAX_OUTSIDE && !self.is_left_out
    }
}

/// Which voxels of a region lie beyond the ends of a cord or a canal.
pub(super) fn beyond_ends(region: &Roi, tube: &Roi) -> Vec<bool> {
    Ends::of(tube).are_beyond(region, &vec![false; region.len()])
}

/// The ends of a canal's mask, along the axis of its grid that is nearest to its own direction.
struct Ends<'a> {
    canal: &'a Roi,
    axis: usize,
}

impl<'a> Ends<'a> {
    fn of(canal: &'a Roi) -> Self {
        Self { canal, axis: along(canal) }
    }

    /// Which voxels of a region that are outside of the canal lie beyond its ends.
    fn are_beyond(&self, region: &Roi, in_canal: &[bool]) -> Vec<bool> {
        let map = region.grid().map_to(self.canal.grid());
        let bounds = self.canal.bounds();
        let (first, last) = (bounds.start[self.axis] as f64, bounds.end[self.axis] as f64 - 1.0);
        let is_beyond = |voxel: [usize; 3]| {
            let at = map.exact(voxel.map(|v| v as f64))[self.axis];
            // a voxel that touches the last one is not beyond it
            at < first - 1.0 || at > last + 1.0
        };
        region.voxels().zip(in_canal).map(|(voxel, &inside)| !inside && is_beyond(voxel)).collect()
    }
}

/// The axis of a region's grid that is nearest to the direction in which it is longest.
pub(crate) fn along(region: &Roi) -> usize {
    let axis = PrincipalAxis::of(region.centers(), &region.grid().patient_axes()).axis;
    let (matrix, spacing) = (region.grid().affine().matrix(), region.grid().spacing_mm());
    let cosine = |c: usize| ((0..3).map(|r| matrix[r][c] * axis[r]).sum::<f64>() / spacing[c]).abs();
    (0..3).max_by(|&a, &b| cosine(a).total_cmp(&cosine(b))).unwrap_or(2)
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
