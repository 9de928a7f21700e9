//! The middles of a mask's cross-sections, through which its center line runs.

use hemastage_image::{grid::Grid, roi::Roi, vector::Vector};

use super::line::Line;
use crate::kernel::{
    cell_sums::CellSums,
    cells::Cells,
    frame::STEP_MM,
    step_sums::{Extent, StepSums},
};

/// No spine is longer; a longer mask has wrong voxel sizes.
pub(super) const MAX_SPINE_MM: f64 = 2000.0;
/// The ends of a mask are cut by the image's border. There a cross-section counts from this share of the largest
/// within `END_MM` on; at most `END_MM`, or a quarter of the mask, is left out. Areas are counts of voxels, so shares
/// of exactly 0.9 occur: rounding does not decide them.
const END_SHARE: f64 = 0.9 - 1e-6;
const END_MM: f64 = 10.0;

/// The ends of a mask, unless it is longer than any spine.
pub(super) fn checked((low, high): (f64, f64)) -> Result<(f64, f64), String> {
    let long = high - low;
    if long.is_finite() && long <= MAX_SPINE_MM {
        return Ok((low, high));
    }
    Err(format!("the mask is longer than {MAX_SPINE_MM} mm, as no spine is: check the voxel sizes"))
}

/// Volume and first moment of each step of a line.
#[derive(Debug)]
pub(super) struct Middles {
    /// Volume in cells, and moments in voxels.
    steps: StepSums,
    grid: Grid,
}

impl Middles {
    /// The sums over a mask's cells.
    ///
    /// # Errors
    /// When the mask is longer than any spine.
    pub(super) fn of(mask: &Roi, cells: &Cells, line: &Line) -> Result<Self, String> {
        let sizes = line.frames.iter().map(|frame| (Extent::new(cells.extent_mm(frame.up)), ())).collect();
        let sums = CellSums { cells, line: &line.on_grid(mask.grid()), sizes, max_mm: 2.0 * MAX_SPINE_MM };
        let steps = sums.sum(mask, |(), [i, j, k], _| [1.0, i, j, k]);
        checked(steps.as_ref().map_or((f64::NEG_INFINITY, f64::INFINITY), |steps| (steps.low, steps.high)))?;
        Ok(Self { steps: steps.unwrap_or_default(), grid: *mask.grid() })
    }

    /// The positions of the mask's lower and upper end.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.steps.low, self.steps.high)
    }

    /// Position and middle of each cross-section, except those that are cut at the ends.
    pub(super) fn inner(&self) -> Vec<(f64, Vector)> {
        let all: Vec<(i64, f64, Vector)> = self
            .steps
            .all()
            .map(|(n, [volume, moment @ ..])| (n, volume, moment))
            .filter(|step| step.1 > 0.0)
            .collect();
        let max = (END_MM / STEP_MM).min(all.len() as f64 / 4.0) as usize;
        let cut = |volumes: &[f64]| {
            let near = |n: usize| volumes[n..].iter().take(max + 1).copied().fold(0.0, f64::max);
            (0..max).find(|&n| volumes[n] >= END_SHARE * near(n)).unwrap_or(max)
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
