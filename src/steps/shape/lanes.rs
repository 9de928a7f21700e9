//! Cells beside one frame of a line, some at a time.
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
    grid_line::GridLine,
    sections::STEP_MM,
    steps::{Extent, ROUNDING, Steps},
};

/// What is linear in the index at a frame and at the ones before and after it, of voxels: millimeters above it, to the
/// right of it and in front of it.
pub(super) struct Beside {
    pub(super) middle: usize,
    /// Along the line, of the frame before the middle one and of the middle one.
    along: [f64; 2],
    at: [[Lanes; 3]; 3],
    per_index: [[Vector; 3]; 3],
}

/// A cell relative to the line.
pub(super) struct Place {
    along: f64,
    pub(super) across: [f64; 2],
    /// Whether it does lie between two of the three frames.
    fits: bool,
}

impl Beside {
    /// Beside no frame yet.
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { middle: 0, along: [0.0; 2], at: [[[0.0; WIDE]; 3]; 3], per_index: [[[0.0; 3]; 3]; 3] }
    }

    /// Goes to another frame, or to other voxels.
    #[inline(always)]
    pub(super) fn go(&mut self, line: &GridLine, middle: usize, index: &[Lanes; 3]) {
        self.middle = middle;
        self.along = [line.along(middle - 1), line.along(middle)];
        for frame in 0..3 {
            let forms = line.frames[middle - 1 + frame].forms();
            for form in 0..3 {
                let (origin, per_index) = forms[form];
                self.per_index[frame][form] = per_index;
                for n in 0..WIDE {
                    let moved = dot([index[0][n], index[1][n], index[2][n]], per_index);
                    self.at[frame][form][n] = origin + moved;
                }
            }
        }
    }

    /// What a step from the voxels' centers changes.
    #[inline(always)]
    pub(super) fn moved(&self, offset: Vector) -> [[f64; 3]; 3] {
        let mut moved = [[0.0; 3]; 3];
        for frame in 0..3 {
            for form in 0..3 {
                moved[frame][form] = dot(offset, self.per_index[frame][form]);
            }
        }
        moved
    }

    /// Where a voxel's cell lies.
    #[inline(always)]
    pub(super) fn place(&self, moved: &[[f64; 3]; 3], n: usize) -> Place {
        let is_below = self.at[1][0][n] + moved[1][0] < 0.0;
        let (lower, upper) = self.pair(moved, n, 0, is_below);
        let fits = (lower >= 0.0) & (upper <= 0.0);
        let share = if fits & (lower > upper) { lower / (lower - upper) } else { 0.0 };
        let mut across = [0.0; 2];
        for form in 0..2 {
            let (lower, upper) = self.pair(moved, n, form + 1, is_below);
            across[form] = lower + share * (upper - lower);
        }
        let along = if is_below { self.along[0] } else { self.along[1] };
        Place { along: along + STEP_MM * share, across, fits }
    }

    /// What is linear at the frames below a cell and above it.
    #[inline(always)]
    fn pair(&self, moved: &[[f64; 3]; 3], n: usize, form: usize, is_below: bool) -> (f64, f64) {
        let first = self.at[0][form][n] + moved[0][form];
        let middle = self.at[1][form][n] + moved[1][form];
        let last = self.at[2][form][n] + moved[2][form];
        if is_below { (first, middle) } else { (middle, last) }
    }
}

/// Steps that cells between three frames reach, rounded up so that no sum needs a check.
const STEPS: usize = 8;
/// Sums of the same step side by side, so that a cell need not wait for the one before it.
const COPIES: usize = 4;

/// Sums of the few steps beside a frame.
pub(super) struct Window {
    pub(super) middle: usize,
    first: f64,
    extent: Extent,
    sums: [[[f64; 4]; STEPS + 1]; COPIES],
    low: Lanes,
    high: Lanes,
}

/// Cells with what they hold, and how it is shared between a step and the next.
pub(super) struct Held {
    steps: [u64; WIDE],
    shares: [[f64; 2]; WIDE],
    amounts: [[f64; 4]; WIDE],
}

impl Held {
    #[inline(always)]
    pub(super) fn new() -> Self {
        Self { steps: [0; WIDE], shares: [[0.0; 2]; WIDE], amounts: [[0.0; 4]; WIDE] }
    }

    /// Whether a cell lies elsewhere, and so is in no sum.
    #[inline(always)]
    pub(super) fn misses(&self, n: usize) -> bool {
        self.shares[n][0] + self.shares[n][1] == 0.0
    }
}

impl Window {
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

    /// Shares a cell as [`Steps::add`] does; the extent is no longer than a step.
    #[inline(always)]
    pub(super) fn share(&mut self, n: usize, place: &Place, amounts: [f64; 4], held: &mut Held) {
        let (low, high) = (place.along - self.extent.half, place.along + self.extent.half);
        let start = low / STEP_MM + ROUNDING;
        let near = start + WHOLE - WHOLE;
        let step = if near > start { near - 1.0 } else { near };
        let border = (step + 1.0) * STEP_MM;
        let share = if high - ROUNDING < border { 1.0 } else { (border - low) * self.extent.per_mm };
        held.steps[n] = (step - self.first + WHOLE).to_bits();
        held.shares[n] = if place.fits { [share, 1.0 - share] } else { [0.0; 2] };
        held.amounts[n] = amounts;
        self.low[n] = if place.fits & (low < self.low[n]) { low } else { self.low[n] };
        self.high[n] = if place.fits & (high > self.high[n]) { high } else { self.high[n] };
    }

    /// Adds the first cells.
    #[inline(always)]
    pub(super) fn add(&mut self, held: &Held, cells: usize) {
        for n in 0..cells {
            let step = held.steps[n] as usize % STEPS;
            let ([lower, upper], amounts) = (held.shares[n], held.amounts[n]);
            let sums = &mut self.sums[n % COPIES];
            for a in 0..4 {
                sums[step][a] += lower * amounts[a];
            }
            for a in 0..4 {
                sums[step + 1][a] += upper * amounts[a];
            }
        }
    }

    /// Adds all to the steps of the line.
    #[inline(never)]
    pub(super) fn add_to(&self, steps: &mut Steps) {
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
