//! Sums over the cells of a mask for each step of a line, many cells at a time.
//!
//! Voxels are gathered by their nearest frame. Nearly all of their cells lie between that frame and one of the two beside
//! it, where all that is asked of a cell is linear in its index: plain loops, which the processor runs on wide vectors.
//! Any other cell is looked for by itself.

use std::array::from_fn;

use hemastage_image::{
    roi::{Roi, Run},
    simd::{WIDE, wide},
    vector::Vector,
};
use rayon::prelude::*;

use super::{
    cells::Cells,
    grid_line::{GridLine, Local},
    lanes::{Beside, Held, Window},
    middles::LONGEST_MM,
    sections::STEP_MM,
    steps::{Extent, Steps},
};

/// Runs of a mask that are summed side by side; a fixed number, so that sums do not depend on the threads.
const RUNS: usize = 1024;

/// The cells of a mask, and what is known of them at each frame of a line.
pub(super) struct CellSums<'a, S> {
    pub(super) cells: &'a Cells,
    pub(super) line: &'a GridLine<'a>,
    /// How far a cell reaches along the line, and what else its amounts depend on.
    pub(super) sizes: Vec<(Extent, S)>,
    /// How far along the line a cell may lie.
    pub(super) most_mm: f64,
}

impl<S: Sync> CellSums<'_, S> {
    /// The sums by step; none when a cell lies too far along the line. `amounts` tells what a cell holds, given its
    /// index and how far it lies to the right of the line and in front of it.
    pub(super) fn sum<A>(&self, mask: &Roi, amounts: A) -> Option<Steps>
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4] + Copy + Sync,
    {
        let parts: Option<Vec<Steps>> = mask
            .runs()
            .par_chunks(RUNS)
            .map_init(|| vec![Vec::new(); self.sizes.len()], |near, runs| self.part(runs, near, amounts))
            .collect();
        let mut steps = Steps::default();
        parts?.iter().for_each(|part| steps.merge(part));
        Some(steps)
    }

    /// The sums of some runs; `near` is room for the voxels nearest to each frame, empty before and after.
    fn part<A>(&self, runs: &[Run], near: &mut [Vec<[u32; 3]>], amounts: A) -> Option<Steps>
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4] + Copy,
    {
        let mut steps = Steps::default();
        let mut fits = true;
        for run in runs {
            let mut last: Option<Local> = None;
            for i in run.i..run.end() {
                let voxel = [i, run.j, run.k];
                let local = self.line.locate_voxel(voxel.map(f64::from), last.as_ref());
                last = Some(local);
                let frame = local.frame();
                if local.is_between() && self.is_short(frame) {
                    near[frame].push(voxel);
                } else {
                    for index in self.cells.centers(voxel.map(f64::from)) {
                        fits &= self.add(&mut steps, index, &local, frame, amounts);
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

    /// Whether the cells near a frame reach no more than two steps each, at a length that a line may have.
    fn is_short(&self, frame: usize) -> bool {
        self.sizes[frame].0.mm() <= STEP_MM && self.line.along(frame).abs() < LONGEST_MM
    }

    /// Adds a cell; whether it does not lie too far along the line.
    #[inline(never)]
    fn add<A>(&self, steps: &mut Steps, index: Vector, near: &Local, frame: usize, amounts: A) -> bool
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4],
    {
        let local = self.line.locate_near(index, near);
        let (extent, size) = &self.sizes[frame];
        let fits = local.along.abs() + extent.mm() < self.most_mm;
        if fits {
            steps.add(local.along, *extent, amounts(size, index, self.line.across(index, &local)));
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
    fn add_near<A>(&self, steps: &mut Steps, frame: usize, voxels: &[[u32; 3]], amounts: A)
    where
        A: Fn(&S, Vector, [f64; 2]) -> [f64; 4] + Copy,
    {
        let (extent, size) = &self.sizes[frame];
        let middle = self.line.moved(frame, [0.0; 3]);
        let mut window = Window::new(self.line, middle, *extent);
        let mut index = [[0.0; WIDE]; 3];
        let (mut beside, mut held) = (Beside::new(), Held::new());
        for voxels in voxels.chunks(WIDE) {
            for n in 0..WIDE {
                // beyond the last voxel it stands for itself again, and is not counted
                let voxel = voxels[n.min(voxels.len() - 1)];
                (0..3).for_each(|a| index[a][n] = f64::from(voxel[a]));
            }
            beside.go(self.line, middle, &index);
            for &offset in self.cells.offsets() {
                // of a large voxel some cells are nearer to another frame
                let middle = self.line.moved(frame, offset);
                if middle != beside.middle {
                    beside.go(self.line, middle, &index);
                }
                if middle != window.middle {
                    window.add_to(steps);
                    window = Window::new(self.line, middle, *extent);
                }
                let moved = beside.moved(offset);
                for n in 0..WIDE {
                    let place = beside.place(&moved, n);
                    let cell = [index[0][n] + offset[0], index[1][n] + offset[1], index[2][n] + offset[2]];
                    window.share(n, &place, amounts(size, cell, place.across), &mut held);
                }
                window.add(&held, voxels.len());
                for n in (0..voxels.len()).filter(|&n| held.misses(n)) {
                    let cell = from_fn(|a| index[a][n] + offset[a]);
                    self.add(steps, cell, &self.line.near(middle), frame, amounts);
                }
            }
        }
        window.add_to(steps);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::shape::line::{Line, tests::arc};

    /// Each cell by itself.
    fn one_by_one<A>(sums: &CellSums<'_, f64>, mask: &Roi, amounts: A) -> Steps
    where
        A: Fn(&f64, Vector, [f64; 2]) -> [f64; 4] + Copy + Sync,
    {
        let mut steps = Steps::default();
        for voxel in mask.voxels() {
            let voxel = voxel.map(|v| v as f64);
            let local = sums.line.locate_voxel(voxel, None);
            for index in sums.cells.centers(voxel) {
                assert!(sums.add(&mut steps, index, &local, local.frame(), amounts));
            }
        }
        steps
    }

    #[test]
    fn cells_together_are_cells_one_by_one() {
        let amounts = |size: &f64, index: Vector, [right, anterior]: [f64; 2]| {
            [*size, index[0] + index[1], right, anterior * index[2]]
        };
        // thin and thick voxels, masks longer than the line's, a bend so tight that planes cross
        let spacings = [[0.5; 3], [4.0, 0.5, 0.5], [0.5, 6.0, 0.7], [1.1, 0.9, 7.0], [12.0, 1.0, 1.0]];
        for (radius, other) in [(80.0, 80.0), (80.0, 70.0), (40.0, 40.0), (40.0, 200.0)] {
            let line = Line::of(&arc(radius, [0.8; 3]), 20.0).unwrap();
            for spacing in spacings {
                let mask = arc(other, spacing);
                let (cells, seen) = (Cells::of(mask.grid()), GridLine::new(&line, mask.grid()));
                let size = |(n, frame): (usize, &super::super::line::Frame)| {
                    (Extent::new(cells.extent_mm(frame.up)), 1.0 + n as f64)
                };
                let sizes = line.frames.iter().enumerate().map(size).collect();
                let sums = CellSums { cells: &cells, line: &seen, sizes, most_mm: f64::INFINITY };
                let (found, expected) =
                    (sums.sum(&mask, amounts).unwrap(), one_by_one(&sums, &mask, amounts));
                assert_eq!(found.range(), expected.range(), "{radius} {other} {spacing:?}");
                assert!((found.low - expected.low).abs() < 1e-9 && (found.high - expected.high).abs() < 1e-9);
                for ((_, found), (_, expected)) in found.all().zip(expected.all()) {
                    for (found, expected) in found.into_iter().zip(expected) {
                        assert!(
                            (found - expected).abs() < 1e-9 * expected.abs().max(1e3),
                            "{found} {expected}"
                        );
                    }
                }
            }
        }
    }
}
