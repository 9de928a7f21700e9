//! Cells near one frame of a line, a block of voxels at a time: the block form of [`GridLine`] and [`StepSums`].
#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    clippy::needless_bitwise_bool,
    reason = "plain loops without branches become wide vectors, if they are inlined"
)]

use std::array::from_fn;

use hemastage_image::{
    simd::{Lanes, WHOLE, WIDE},
    vector::{Vector, dot},
};

use super::{
    frame::STEP_MM,
    grid_line::GridLine,
    round::floor_small,
    step_sums::{Extent, ROUNDING_MM, StepSums},
};

/// The coordinates of a block of voxels at three consecutive frames: mm above each, to the right of it and in front
/// of it.
pub(super) struct BlockCoordinates {
    /// The middle frame.
    pub(super) middle: usize,
    /// Position along the line of the first frame and of the middle one.
    along: [f64; 2],
    at: [[Lanes; 3]; 3],
    per_index: [[Vector; 3]; 3],
}

/// A cell's position relative to the line.
pub(super) struct CellPosition {
    along: f64,
    pub(super) across: [f64; 2],
    /// Whether it lies between two of the three frames; else the rest is meaningless.
    is_between: bool,
}

impl BlockCoordinates {
    /// Not yet computed.
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { middle: 0, along: [0.0; 2], at: [[[0.0; WIDE]; 3]; 3], per_index: [[[0.0; 3]; 3]; 3] }
    }

    /// Computes the coordinates of a block of voxels at the frames around `middle`.
    #[inline(always)]
    pub(super) fn set(&mut self, line: &GridLine, middle: usize, index: &[Lanes; 3]) {
        self.middle = middle;
        self.along = [line.along(middle - 1), line.along(middle)];
        for frame in 0..3 {
            let forms = line.frames[middle - 1 + frame].forms();
            for form in 0..3 {
                let (origin, per_index) = forms[form];
                self.per_index[frame][form] = per_index;
                for n in 0..WIDE {
                    let shift = dot([index[0][n], index[1][n], index[2][n]], per_index);
                    self.at[frame][form][n] = origin + shift;
                }
            }
        }
    }

    /// The change of all coordinates by an index offset.
    #[inline(always)]
    pub(super) fn shift(&self, offset: Vector) -> [[f64; 3]; 3] {
        let mut shift = [[0.0; 3]; 3];
        for frame in 0..3 {
            for form in 0..3 {
                shift[frame][form] = dot(offset, self.per_index[frame][form]);
            }
        }
        shift
    }

    /// The position of the cell at a shift from the center of voxel `n`.
    #[inline(always)]
    pub(super) fn cell(&self, shift: &[[f64; 3]; 3], n: usize) -> CellPosition {
        let is_below = self.at[1][0][n] + shift[1][0] < 0.0;
        let (lower, upper) = self.pair(shift, n, 0, is_below);
        let is_between = (lower >= 0.0) & (upper <= 0.0);
        let share = if is_between & (lower > upper) { lower / (lower - upper) } else { 0.0 };
        let mut across = [0.0; 2];
        for form in 0..2 {
            let (lower, upper) = self.pair(shift, n, form + 1, is_below);
            across[form] = lower + share * (upper - lower);
        }
        let along = if is_below { self.along[0] } else { self.along[1] };
        CellPosition { along: along + STEP_MM * share, across, is_between }
    }

    /// A coordinate of a cell at the frames below and above it.
    #[inline(always)]
    fn pair(&self, shift: &[[f64; 3]; 3], n: usize, form: usize, is_below: bool) -> (f64, f64) {
        let first = self.at[0][form][n] + shift[0][form];
        let middle = self.at[1][form][n] + shift[1][form];
        let last = self.at[2][form][n] + shift[2][form];
        if is_below { (first, middle) } else { (middle, last) }
    }
}

/// The number of steps that cells between three frames can reach, rounded up to a power of two: a mask replaces the
/// bounds check.
const STEPS: usize = 8;
/// Copies of each sum, so that a cell need not wait for the one before it.
const COPIES: usize = 4;

/// Sums of the few steps near a frame.
pub(super) struct StepWindow {
    pub(super) middle: usize,
    first: f64,
    extent: Extent,
    sums: [[[f64; 4]; STEPS + 1]; COPIES],
    low: Lanes,
    high: Lanes,
}

/// The amounts of a block of cells, with the step of each and its shares in that step and the next.
pub(super) struct CellAmounts {
    steps: [u64; WIDE],
    shares: [[f64; 2]; WIDE],
    amounts: [[f64; 4]; WIDE],
}

impl CellAmounts {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { steps: [0; WIDE], shares: [[0.0; 2]; WIDE], amounts: [[0.0; 4]; WIDE] }
    }

    /// Whether a cell is not between the frames, and so in no sum.
    #[inline(always)]
    pub(super) fn is_left_out(&self, n: usize) -> bool {
        self.shares[n][0] + self.shares[n][1] == 0.0
    }
}

impl StepWindow {
    #[inline(always)]
    pub(super) fn new(line: &GridLine, middle: usize, extent: Extent) -> Self {
        Self {
            middle,
            first: (line.along(middle) / STEP_MM).floor() - 2.0,
            extent,
            sums: [[[0.0; 4]; STEPS + 1]; COPIES],
            low: [f64::INFINITY; WIDE],
            high: [f64::NEG_INFINITY; WIDE],
        }
    }

    /// Divides a cell between two steps as [`StepSums::add`] does; the extent is no longer than a step.
    #[inline(always)]
    pub(super) fn divide(
        &mut self,
        n: usize,
        cell: &CellPosition,
        amounts: [f64; 4],
        cells: &mut CellAmounts,
    ) {
        let (low, high) = (cell.along - self.extent.half, cell.along + self.extent.half);
        let step = floor_small(low / STEP_MM + ROUNDING_MM);
        let border = (step + 1.0) * STEP_MM;
        let share = if high - ROUNDING_MM < border { 1.0 } else { (border - low) * self.extent.per_mm };
        // the step's number in the low bits
        cells.steps[n] = (step - self.first + WHOLE).to_bits();
        cells.shares[n] = if cell.is_between { [share, 1.0 - share] } else { [0.0; 2] };
        cells.amounts[n] = amounts;
        self.low[n] = if cell.is_between & (low < self.low[n]) { low } else { self.low[n] };
        self.high[n] = if cell.is_between & (high > self.high[n]) { high } else { self.high[n] };
    }

    /// Adds the first `count` cells.
    #[inline(always)]
    pub(super) fn add(&mut self, cells: &CellAmounts, count: usize) {
        for n in 0..count {
            let step = cells.steps[n] as usize % STEPS;
            let ([lower, upper], amounts) = (cells.shares[n], cells.amounts[n]);
            let sums = &mut self.sums[n % COPIES];
            for a in 0..4 {
                sums[step][a] += lower * amounts[a];
            }
            for a in 0..4 {
                sums[step + 1][a] += upper * amounts[a];
            }
        }
    }

    /// Adds the window's sums to those of the whole line.
    #[inline(never)]
    pub(super) fn add_to(&self, steps: &mut StepSums) {
        steps.low = self.low.iter().copied().fold(steps.low, f64::min);
        steps.high = self.high.iter().copied().fold(steps.high, f64::max);
        for step in 0..=STEPS {
            let sums: [f64; 4] = from_fn(|a| self.sums.iter().map(|copy| copy[step][a]).sum());
            if sums != [0.0; 4] {
                let (sum, _) = steps.pair(self.first as i64 + step as i64);
                *sum = from_fn(|a| sum[a] + sums[a]);
            }
        }
    }
}
