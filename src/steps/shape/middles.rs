//! The middles of a mask's cross-sections, which its center line goes through.

use hemastage_image::{grid::Grid, roi::Roi, vector::Vector};

use super::{
    cell_sums::CellSums,
    cells::Cells,
    grid_line::GridLine,
    line::Line,
    sections::STEP_MM,
    steps::{Extent, Steps},
};

/// No spine is longer; a mask that is has wrong voxel sizes.
pub(super) const LONGEST_MM: f64 = 2000.0;
/// At the ends of a mask, cut across by the image's border, a cross-section counts from this share of
/// the largest one within `END_MM`; no more than `END_MM` nor a quarter of the mask is left out. Voxels are
/// counted, so that shares of exactly 0.9 occur: rounding does not decide them.
const END_SHARE: f64 = 0.9 - 1e-6;
const END_MM: f64 = 10.0;

/// How far a mask reaches; an error when no spine is as long.
pub(super) fn checked((low, high): (f64, f64)) -> Result<(f64, f64), String> {
    let long = high - low;
    if long.is_finite() && long <= LONGEST_MM {
        return Ok((low, high));
    }
    Err(format!("the mask is longer than {LONGEST_MM} mm, as no spine is: check the voxel sizes"))
}

/// Volume and first moment per millimeter along an axis or a line.
#[derive(Debug)]
pub(super) struct Middles {
    /// Volume in cells and moments in voxels.
    steps: Steps,
    grid: Grid,
}

impl Middles {
    /// The sums over a mask's cells along a line.
    ///
    /// # Errors
    /// When the mask is longer than any spine.
    pub(super) fn of(mask: &Roi, cells: &Cells, line: &Line) -> Result<Self, String> {
        let sizes = line.frames.iter().map(|frame| (Extent::new(cells.extent_mm(frame.up)), ())).collect();
        let seen = GridLine::new(line, mask.grid());
        let sums = CellSums { cells, line: &seen, sizes, most_mm: 2.0 * LONGEST_MM };
        let steps = sums.sum(mask, |(), [i, j, k], _| [1.0, i, j, k]);
        checked(steps.as_ref().map_or((f64::NEG_INFINITY, f64::INFINITY), |steps| (steps.low, steps.high)))?;
        Ok(Self { steps: steps.unwrap_or_default(), grid: *mask.grid() })
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
