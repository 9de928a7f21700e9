//! A center line in the voxel indices of a grid: where voxels and their cells lie along it.
//!
//! Millimeters above, to the right and in front of a frame are linear in the index, so that a place costs a
//! few multiplications and no way through the world.

use hemastage_image::{
    grid::Grid,
    vector::{Vector, dot, length, minus},
};

use super::{
    cells::voxel_edges,
    line::{Frame, Line, SLACK_MM},
    sections::STEP_MM,
    steps::floor,
};

/// A frame in the voxel indices of a grid: millimeters at index 0 and per index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    up: (f64, Vector),
    /// To the right and forward: two make a pair for the processor.
    across: ([f64; 2], [[f64; 2]; 3]),
}

impl Seen {
    pub(super) fn new(frame: &Frame, grid: &Grid) -> Self {
        let (origin, edges) = (minus(grid.center([0; 3]), frame.center), voxel_edges(grid));
        let across = |way: Vector| [dot(way, frame.right), dot(way, frame.anterior)];
        Self {
            up: (dot(origin, frame.up), edges.map(|edge| dot(edge, frame.up))),
            across: (across(origin), edges.map(across)),
        }
    }

    /// Millimeters above the frame, to its right and in front of it: at index 0 and per index.
    pub(super) fn forms(&self) -> [(f64, Vector); 3] {
        let (origin, per_index) = &self.across;
        let [right, anterior] = [0, 1].map(|n| (origin[n], per_index.map(|way| way[n])));
        [self.up, right, anterior]
    }

    /// Millimeters above the frame.
    #[inline]
    pub(super) fn above(&self, index: Vector) -> f64 {
        self.up.0 + dot(index, self.up.1)
    }

    /// Millimeters to the right of the frame's center and in front of it.
    #[inline]
    pub(super) fn across(&self, index: Vector) -> [f64; 2] {
        let (origin, [i, j, k]) = &self.across;
        std::array::from_fn(|n| origin[n] + index[0] * i[n] + index[1] * j[n] + index[2] * k[n])
    }
}

/// A place relative to the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    /// Millimeters along the line.
    pub(super) along: f64,
    /// Frames below and above, the same beyond the ends, and how far from the one to the other.
    below: usize,
    above: usize,
    share: f64,
    /// Whether it is known to lie on the line's side of the middle of every bend.
    is_near: bool,
}

impl Local {
    /// The nearest frame.
    pub(super) fn frame(&self) -> usize {
        if self.share > 0.5 + SLACK_MM { self.above } else { self.below }
    }

    /// Whether it is known to lie between two frames, and on the line's side of the middle of every bend.
    pub(super) fn is_between(&self) -> bool {
        self.is_near && self.below < self.above
    }
}

/// A center line in the voxel indices of a grid.
#[derive(Debug)]
pub(super) struct GridLine<'a> {
    line: &'a Line,
    pub(super) frames: Vec<Seen>,
    /// Places on the line's main axis, at index 0 and per index.
    axis: (f64, Vector),
    /// Half of the radius of the tightest bend, squared.
    near_mm2: f64,
}

impl<'a> GridLine<'a> {
    pub(super) fn new(line: &'a Line, grid: &Grid) -> Self {
        let on_axis = |way: Vector| dot(way, line.axis);
        let bends = line.frames.windows(2).map(|pair| length(minus(pair[1].up, pair[0].up)));
        let near_mm = STEP_MM / bends.fold(0.0, f64::max) / 2.0;
        Self {
            near_mm2: near_mm * near_mm,
            line,
            frames: line.frames.iter().map(|frame| Seen::new(frame, grid)).collect(),
            axis: (on_axis(grid.center([0; 3])), voxel_edges(grid).map(on_axis)),
        }
    }

    /// Where a frame lies along the line.
    #[inline]
    pub(super) fn along(&self, frame: usize) -> f64 {
        // signed: an unsigned number takes the processor longer to convert
        self.line.start + STEP_MM * (frame as i64) as f64
    }

    /// The frame with one on both sides that is nearest to a place, given as steps of the index from a place near a frame.
    #[inline]
    pub(super) fn moved(&self, frame: usize, offset: Vector) -> usize {
        let away = floor(dot(offset, self.frames[frame].up.1) / STEP_MM + 0.5);
        (frame as i64).saturating_add(away).clamp(1, self.frames.len() as i64 - 2) as usize
    }

    /// What is known of a place near a frame, on the line's side of the middle of every bend.
    pub(super) fn near(&self, frame: usize) -> Local {
        Local { along: self.along(frame), below: frame, above: frame, share: 0.0, is_near: true }
    }

    /// A place relative to the line, by the planes across it: the place lies between the two planes that have
    /// it above and below.
    fn locate(&self, index: Vector) -> Local {
        let guess = self.line.guesses.up_to(self.axis.0 + dot(index, self.axis.1));
        self.locate_from(index, guess.clamp(1, self.frames.len() - 1) - 1)
    }

    /// A voxel relative to the line, looked for from where the one before it is.
    ///
    /// Beyond the middle of a bend planes cross and a place may have several answers; there each place is looked
    /// for by itself, so that the order in which they are asked for makes no difference.
    pub(super) fn locate_voxel(&self, index: Vector, last: Option<&Local>) -> Local {
        let found = last.map_or_else(|| self.locate(index), |last| self.locate_near(index, last));
        let [right, anterior] = self.across(index, &found);
        if right * right + anterior * anterior < self.near_mm2 {
            return Local { is_near: true, ..found };
        }
        self.locate(index)
    }

    /// A place relative to the line, looked for from where its voxel is.
    #[inline]
    pub(super) fn locate_near(&self, index: Vector, voxel: &Local) -> Local {
        if voxel.is_near { self.locate_from(index, voxel.below) } else { self.locate(index) }
    }

    #[inline]
    fn locate_from(&self, index: Vector, frame: usize) -> Local {
        let above = |n: usize| self.frames.get(n).map_or(f64::NEG_INFINITY, |frame| frame.above(index));
        let mut n = frame;
        let mut upper = above(n + 1);
        while upper > 0.0 {
            n += 1;
            upper = above(n + 1);
        }
        let mut lower = above(n);
        while lower < 0.0 && n > 0 {
            n -= 1;
            (lower, upper) = (above(n), lower);
        }
        let start = self.along(n);
        if lower < 0.0 || upper == f64::NEG_INFINITY {
            return Local { along: start + lower, below: n, above: n, share: 0.0, is_near: false };
        }
        let share = if lower > upper { (lower / (lower - upper)).clamp(0.0, 1.0) } else { 0.0 };
        Local { along: start + STEP_MM * share, below: n, above: n + 1, share, is_near: false }
    }

    /// Millimeters to the right of the line and in front of it.
    #[inline]
    pub(super) fn across(&self, index: Vector, local: &Local) -> [f64; 2] {
        let lower = self.frames[local.below].across(index);
        let upper = self.frames[local.above].across(index);
        std::array::from_fn(|n| lower[n] + local.share * (upper[n] - lower[n]))
    }
}
