//! The middles of a mask's cross-sections, which its centre line goes through.

use rayon::prelude::*;

use super::{
    cells::Cells,
    sections::STEP_MM,
    steps::{Extent, Steps},
};
use crate::{
    grid::Grid,
    roi::{Roi, Run},
    vector::Vector,
};

/// No spine is longer; a mask that is has wrong voxel sizes.
pub(super) const LONGEST_MM: f64 = 2000.0;
/// At the ends of a mask, cut across by the image's border, a cross-section counts from this share of
/// the largest one within `END_MM`; no more than `END_MM` nor a quarter of the mask is left out. Voxels are
/// counted, so that shares of exactly 0.9 occur: rounding does not decide them.
const END_SHARE: f64 = 0.9 - 1e-6;
const END_MM: f64 = 10.0;

/// Runs of a mask that are summed side by side; a fixed number, so that sums do not depend on the threads.
const RUNS: usize = 256;

/// How far a mask reaches; an error when no spine is as long.
pub(super) fn checked((low, high): (f64, f64)) -> Result<(f64, f64), String> {
    let long = high - low;
    if long.is_finite() && long <= LONGEST_MM {
        return Ok((low, high));
    }
    Err(format!("the mask is longer than {LONGEST_MM} mm, as no spine is: check the voxel sizes"))
}

/// Volume and first moment per millimetre along an axis or a line.
#[derive(Debug)]
pub(super) struct Middles {
    /// Volume in cells and moments in voxels.
    steps: Steps,
    grid: Grid,
}

impl Middles {
    /// The sums over a mask's cells: `place` tells how far a voxel's cells reach, and with what to find where a
    /// cell lies, given that of the voxel before.
    ///
    /// # Errors
    /// When the mask is longer than any spine.
    pub(super) fn of<T>(
        mask: &Roi,
        cells: &Cells,
        place: impl Fn(Vector, Option<&T>) -> (Extent, T) + Sync,
        along: impl Fn(Vector, &T) -> f64 + Sync,
    ) -> Result<Self, String> {
        let part = |runs: &[Run]| {
            let mut steps = Steps::default();
            let (mut near, mut too_long) = (Vec::new(), false);
            for &run in runs {
                let find = |voxel, last: Option<&(Extent, T)>| place(voxel, last.map(|(_, last)| last));
                cells.each(run, &mut near, find, |index, (extent, near)| {
                    let along = along(index, near);
                    if along.abs() + extent.mm() < 2.0 * LONGEST_MM {
                        steps.add(along, *extent, [1.0, index[0], index[1], index[2]]);
                    } else {
                        too_long = true;
                    }
                });
            }
            if too_long { None } else { Some(steps) }
        };
        let parts: Option<Vec<Steps>> = mask.runs().par_chunks(RUNS).map(part).collect();
        let mut steps = Steps::default();
        parts.iter().flatten().for_each(|part| steps.merge(part));
        checked(if parts.is_some() { (steps.low, steps.high) } else { (f64::NEG_INFINITY, f64::INFINITY) })?;
        Ok(Self { steps, grid: *mask.grid() })
    }

    /// How far the mask reaches.
    pub(super) fn reach(&self) -> (f64, f64) {
        (self.steps.low, self.steps.high)
    }

    /// Position and middle of each cross-section, without those at the ends that are cut across.
    pub(super) fn inner(&self) -> Vec<(f64, Vector)> {
        let all: Vec<(i64, f64, Vector)> = self
            .steps
            .all()
            .map(|(n, [volume, moment @ ..])| (n, volume, moment))
            .filter(|step| step.1 > 0.0)
            .collect();
        let most = (END_MM / STEP_MM).min(all.len() as f64 / 4.0) as usize;
        let cut = |volumes: &[f64]| {
            let near = |n: usize| volumes[n..].iter().take(most + 1).copied().fold(0.0, f64::max);
            (0..most).find(|&n| volumes[n] >= END_SHARE * near(n)).unwrap_or(most)
        };
        let mut volumes: Vec<f64> = all.iter().map(|section| section.1).collect();
        let first = cut(&volumes);
        volumes.reverse();
        let end = all.len() - cut(&volumes);
        let middle = |&(n, volume, moment): &(i64, f64, Vector)| {
            let index = moment.map(|v| v / volume);
            ((n as f64 + 0.5) * STEP_MM, self.grid.affine().index_to_world(index))
        };
        all[first..end].iter().map(middle).collect()
    }
}
