//! The volume of a mask in each step of the line, by sector.

use hemastage_image::roi::Roi;

use super::{
    line::Line,
    position::{CellWidth, Sectors},
};
use crate::kernel::{
    cell_sums::CellSums,
    cells::Cells,
    frame::Frame,
    step_sums::{Extent, StepSums},
};

/// The part of a mask in one or more steps.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Section {
    pub(super) volume_mm3: f64,
    /// The volume by sector.
    pub(super) sectors: Sectors,
}

/// The cross-sections of a mask, one per step.
#[derive(Debug, Clone)]
pub(super) struct Sections {
    /// Cells by sector.
    steps: StepSums,
    cell_mm3: f64,
}

impl Sections {
    /// The cross-sections of a mask.
    ///
    /// A voxel's volume is divided among the steps that its cells reach, so that the sections add up to the volume. A
    /// cell on the border of two sectors is divided between them.
    pub(super) fn of(line: &Line, mask: &Roi) -> Self {
        let cells = Cells::of(mask.grid());
        let sizes = line.frames.iter().map(|frame| size(&cells, frame)).collect();
        let on_grid = line.on_grid(mask.grid());
        let sums = CellSums { cells: &cells, line: &on_grid, sizes, max_mm: f64::INFINITY };
        let steps = sums.sum(mask, |width, _, across| width.sectors(across)).unwrap_or_default();
        Self { steps, cell_mm3: cells.volume_mm3 }
    }

    /// The positions of the mask's lower and upper end.
    pub(super) fn ends(&self) -> (f64, f64) {
        (self.steps.low, self.steps.high)
    }

    /// The steps from the first to the last with voxels.
    pub(super) fn range(&self) -> std::ops::Range<i64> {
        self.steps.range()
    }

    /// One step; empty outside the mask.
    pub(super) fn at(&self, step: i64) -> Section {
        self.section(self.steps.at(step))
    }

    /// All steps together.
    pub(super) fn whole(&self) -> Section {
        let add = |sum: [f64; 4], (_, step): (i64, [f64; 4])| std::array::from_fn(|n| sum[n] + step[n]);
        self.section(self.steps.all().fold([0.0; 4], add))
    }

    fn section(&self, cells: [f64; 4]) -> Section {
        let [ventral, dorsal, left, right] = cells.map(|cells| cells * self.cell_mm3);
        let volume_mm3 = ventral + dorsal + left + right;
        Section { volume_mm3, sectors: Sectors { ventral, dorsal, left, right } }
    }
}

/// The size of a cell along the line and across it, at a frame.
fn size(cells: &Cells, frame: &Frame) -> (Extent, CellWidth) {
    let mm = |direction| cells.extent_mm(direction);
    (Extent::new(mm(frame.up)), CellWidth::new([mm(frame.right), mm(frame.anterior)]))
}

#[cfg(test)]
mod tests {
    use hemastage_image::vector::Vector;

    use super::{super::fit::fit, *};
    use crate::kernel::{frame::tests::arc_mask, grid_line::tests::plain_position};

    /// Volume of one step, whole and by sector, cell by cell in world coordinates.
    fn summed(line: &Line, mask: &Roi, step: i64) -> [f64; 5] {
        let (cells, affine) = (Cells::of(mask.grid()), mask.grid().affine());
        let position = |index| plain_position(&line.frames, line.start, affine.index_to_world(index));
        let mut sums = [0.0; 5];
        for voxel in mask.voxels() {
            let voxel = voxel.map(|v| v as f64);
            let [at, ..] = position(voxel);
            let nearest = (at - line.start).round().clamp(0.0, line.frames.len() as f64 - 1.0);
            let frame = &line.frames[nearest as usize];
            let mm = |way: Vector| cells.extent_mm(way);
            for index in cells.centers(voxel) {
                let [along, right, anterior] = position(index);
                let (low, high) = (along - mm(frame.up) / 2.0, along + mm(frame.up) / 2.0);
                let reached = high.min(step as f64 + 1.0) - low.max(step as f64);
                let share = reached.max(0.0) / (high - low) * cells.volume_mm3;
                let width = CellWidth::new([mm(frame.right), mm(frame.anterior)]);
                let [ventral, dorsal, left, right] = width.sectors([right, anterior]);
                for (sum, part) in sums.iter_mut().zip([1.0, ventral, dorsal, left, right]) {
                    *sum += share * part;
                }
            }
        }
        sums
    }

    #[test]
    fn sections_are_those_of_cells_one_by_one() {
        let line = fit(&arc_mask(80.0, [0.5; 3]), 20.0).unwrap();
        for spacing in [[4.0, 0.5, 0.5], [1.1, 0.9, 1.0]] {
            let mask = arc_mask(80.0, spacing);
            let found = Sections::of(&line, &mask);
            for step in [0, 1, 37, 50, 98, 250] {
                let Section { volume_mm3, sectors } = found.at(step);
                let Sectors { ventral, dorsal, left, right } = sectors;
                let expected = summed(&line, &mask, step);
                for (a, b) in [volume_mm3, ventral, dorsal, left, right].into_iter().zip(expected) {
                    assert!((a - b).abs() < 1e-4, "{step}: {a} {b}");
                }
            }
            assert!((found.whole().volume_mm3 - mask.volume_mm3()).abs() < 1e-6);
        }
    }
}
