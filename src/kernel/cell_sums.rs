//! Sums over the cells of a mask for each step of a line, a block of cells at a time.
//!
//! Voxels are grouped by their nearest frame. Nearly all of their cells lie between that frame and an adjacent one,
//! where a cell's coordinates are linear in its index: plain loops, which the processor runs on wide vectors. Any
//! other cell is located on its own. `plain_sums` is the twin that locates each.

use std::array::from_fn;

use hemastage_image::{
    roi::{Roi, Run},
    simd::{WIDE, wide},
    vector::Vector,
};
use rayon::prelude::*;

use super::{
    cells::Cells,
    frame::STEP_MM,
    grid_line::{GridLine, LinePosition},
    lanes::{BlockCoordinates, CellAmounts, StepWindow},
    step_sums::{Extent, StepSums},
};

/// Runs of a mask that one thread sums. Fixed, so that the sums do not depend on the number of threads.
const RUNS: usize = 1024;

/// The cells of a grid's voxels and their size at each frame of a line.
pub(crate) struct CellSums<'a, S> {
    pub(crate) cells: &'a Cells,
    pub(crate) line: &'a GridLine<'a>,
    /// By frame, the length of a cell along the line and what else its amounts depend on.
    pub(crate) sizes: Vec<(Extent, S)>,
    /// The maximum distance of a cell along the line.
    pub(crate) max_mm: f64,
}

impl<S: Sync> CellSums<'_, S> {
    /// The sums by step of the amounts of a mask's cells; `None` when a cell lies too far along the line. `amounts`
    /// is called with the size at the nearest frame, a cell's index, and its mm to the right of the line and in front
    /// of it.
    pub(crate) fn sum<A>(&self, mask: &Roi, amounts: A) -> Option<StepSums>
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4] + Copy + Sync,
    {
        let parts: Option<Vec<StepSums>> = mask
            .runs()
            .par_chunks(RUNS)
            .map_init(|| vec![Vec::new(); self.sizes.len()], |near, runs| self.part(runs, near, amounts))
            .collect();
        let mut steps = StepSums::default();
        parts?.iter().for_each(|part| steps.merge(part));
        Some(steps)
    }

    /// The sums of some runs; `near` is scratch for the voxels nearest to each frame, empty before and after.
    fn part<A>(&self, runs: &[Run], near: &mut [Vec<[u32; 3]>], amounts: A) -> Option<StepSums>
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4] + Copy,
    {
        let mut steps = StepSums::default();
        let mut fits = true;
        for run in runs {
            let mut last: Option<LinePosition> = None;
            for i in run.i..run.end() {
                let voxel = [i, run.j, run.k];
                let position = self.line.locate_voxel(voxel.map(f64::from), last.as_ref());
                last = Some(position);
                let frame = position.frame();
                if position.is_between() && self.is_short(frame) {
                    near[frame].push(voxel);
                } else {
                    for index in self.cells.centers(voxel.map(f64::from)) {
                        fits &= self.add(&mut steps, index, &position, frame, amounts);
                    }
                }
            }
        }
        for (frame, voxels) in near.iter_mut().enumerate().filter(|(_, voxels)| !voxels.is_empty()) {
            wide(
                #[inline(always)]
                || self.add_near(&mut steps, frame, voxels, amounts),
            );
            voxels.clear();
        }
        fits.then_some(steps)
    }

    /// Whether the cells near a frame reach no more than two steps each, and are far from the maximum distance.
    fn is_short(&self, frame: usize) -> bool {
        self.sizes[frame].0.mm() <= STEP_MM && self.line.along(frame).abs() < self.max_mm / 2.0
    }

    /// Adds a cell of a voxel at a position; `false` if it lies too far along the line.
    #[inline(never)]
    fn add<A>(
        &self,
        steps: &mut StepSums,
        index: Vector,
        voxel: &LinePosition,
        frame: usize,
        amounts: A,
    ) -> bool
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4],
    {
        let position = self.line.locate_near(index, voxel);
        let (extent, size) = &self.sizes[frame];
        let fits = position.along.abs() + extent.mm() < self.max_mm;
        if fits {
            steps.add(position.along, *extent, amounts(size, index, self.line.across(index, &position)));
        }
        fits
    }

    /// Adds the cells of the voxels nearest to a frame.
    #[expect(
        clippy::inline_always,
        clippy::needless_range_loop,
        reason = "plain loops become wide vectors, if they are inlined"
    )]
    #[inline(always)]
    fn add_near<A>(&self, steps: &mut StepSums, frame: usize, voxels: &[[u32; 3]], amounts: A)
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4] + Copy,
    {
        let (extent, size) = &self.sizes[frame];
        let middle = self.line.offset_frame(frame, [0.0; 3]);
        let mut window = StepWindow::new(self.line, middle, *extent);
        let mut index = [[0.0; WIDE]; 3];
        let (mut block, mut cells) = (BlockCoordinates::new(), CellAmounts::new());
        for voxels in voxels.chunks(WIDE) {
            for n in 0..WIDE {
                // the last block is padded with its last voxel, which is not counted again
                let voxel = voxels[n.min(voxels.len() - 1)];
                (0..3).for_each(|a| index[a][n] = f64::from(voxel[a]));
            }
            block.set(self.line, middle, &index);
            for &offset in self.cells.offsets() {
                // some cells of a large voxel are nearer to another frame
                let middle = self.line.offset_frame(frame, offset);
                if middle != block.middle {
                    block.set(self.line, middle, &index);
                }
                if middle != window.middle {
                    window.add_to(steps);
                    window = StepWindow::new(self.line, middle, *extent);
                }
                let shift = block.shift(offset);
                for n in 0..WIDE {
                    let position = block.cell(&shift, n);
                    let cell = [index[0][n] + offset[0], index[1][n] + offset[1], index[2][n] + offset[2]];
                    window.divide(n, &position, amounts(size, cell, position.across), &mut cells);
                }
                window.add(&cells, voxels.len());
                for n in (0..voxels.len()).filter(|&n| cells.is_left_out(n)) {
                    let cell = from_fn(|a| index[a][n] + offset[a]);
                    self.add(steps, cell, &self.line.at_frame(middle), frame, amounts);
                }
            }
        }
        window.add_to(steps);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            frame::tests::{arc_frames, arc_mask},
            grid_line::AxisPlaces,
        },
        *,
    };

    /// The plain twin: each cell located on its own.
    fn plain_sums<A>(sums: &CellSums<'_, f64>, mask: &Roi, amounts: A) -> StepSums
    where
        A: Fn(&f64, Vector, [f64; 2]) -> [f64; 4] + Copy + Sync,
    {
        let mut steps = StepSums::default();
        for voxel in mask.voxels() {
            let voxel = voxel.map(|v| v as f64);
            let position = sums.line.locate_voxel(voxel, None);
            for index in sums.cells.centers(voxel) {
                assert!(sums.add(&mut steps, index, &position, position.frame(), amounts));
            }
        }
        steps
    }

    #[test]
    fn blocks_of_cells_agree_with_cells_one_by_one() {
        let amounts = |size: &f64, index: Vector, [right, anterior]: [f64; 2]| {
            [*size, index[0] + index[1], right, anterior * index[2]]
        };
        // thin and thick voxels, masks longer than the line, a bend so tight that planes cross
        let spacings = [[0.5; 3], [4.0, 0.5, 0.5], [0.5, 6.0, 0.7], [1.1, 0.9, 7.0], [12.0, 1.0, 1.0]];
        for (radius, other) in [(80.0, 80.0), (80.0, 70.0), (40.0, 40.0), (40.0, 200.0)] {
            let (frames, axis) = (arc_frames(radius), [0.0, 0.0, 1.0]);
            let places = AxisPlaces::of(&frames, axis);
            for spacing in spacings {
                let mask = arc_mask(other, spacing);
                let line = GridLine::new(&frames, -7.3, axis, &places, mask.grid());
                let cells = Cells::of(mask.grid());
                let extents = frames.iter().map(|frame| Extent::new(cells.extent_mm(frame.up)));
                let sizes = extents.enumerate().map(|(n, extent)| (extent, 1.0 + n as f64)).collect();
                let sums = CellSums { cells: &cells, line: &line, sizes, max_mm: f64::INFINITY };
                let (found, expected) =
                    (sums.sum(&mask, amounts).unwrap(), plain_sums(&sums, &mask, amounts));
                assert_eq!(found.range(), expected.range(), "{radius} {other} {spacing:?}");
                assert!((found.low - expected.low).abs() < 1e-9 && (found.high - expected.high).abs() < 1e-9);
                for ((_, found), (_, expected)) in found.all().zip(expected.all()) {
                    for (found, expected) in found.into_iter().zip(expected) {
                        approx::assert_relative_eq!(found, expected, max_relative = 1e-9, epsilon = 1e-6);
                    }
                }
            }
        }
    }
}
