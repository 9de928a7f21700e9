//! A line through the spine in the voxel indices of a grid: where voxels and their cells lie along it.
//!
//! Distances above, to the right and in front of a frame are linear in the index, so a position costs a few
//! multiplications and no transform to the world. `tests::plain_position` is the twin in world coordinates.

use hemastage_image::{
    grid::Grid,
    vector::{Vector, dot, length, minus},
};

use super::{
    cells::voxel_edges,
    frame::{Frame, STEP_MM},
    round::floor,
};

/// Rounding decides no tie between two frames within this share of their distance.
const SLACK: f64 = 1e-6;

/// The range of frame positions along the axis for which an index is kept, mm.
const MAX_INDEXED_MM: f64 = 2000.0;

/// A frame's coordinates as linear functions of the voxel index: mm at index 0 and per index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameForms {
    up: (f64, Vector),
    /// To the right and to the front: a pair for the processor.
    across: ([f64; 2], [[f64; 2]; 3]),
}

impl FrameForms {
    pub(crate) fn new(frame: &Frame, grid: &Grid) -> Self {
        let (origin, edges) = (minus(grid.center([0; 3]), frame.center), voxel_edges(grid));
        let across = |way: Vector| [dot(way, frame.right), dot(way, frame.anterior)];
        Self {
            up: (dot(origin, frame.up), edges.map(|edge| dot(edge, frame.up))),
            across: (across(origin), edges.map(across)),
        }
    }

    /// The forms of mm above the frame, to its right and in front of it: at index 0 and per index.
    pub(super) fn forms(&self) -> [(f64, Vector); 3] {
        let (origin, per_index) = &self.across;
        let [right, anterior] = [0, 1].map(|n| (origin[n], per_index.map(|way| way[n])));
        [self.up, right, anterior]
    }

    /// Millimeters above the frame.
    #[inline]
    fn above(&self, index: Vector) -> f64 {
        self.up.0 + dot(index, self.up.1)
    }

    /// Millimeters to the right of the frame's center and in front of it.
    #[inline]
    pub(super) fn across(&self, index: Vector) -> [f64; 2] {
        let (origin, [i, j, k]) = &self.across;
        std::array::from_fn(|n| origin[n] + index[0] * i[n] + index[1] * j[n] + index[2] * k[n])
    }
}

/// The frames' positions along a straight axis, for a first guess of where a point belongs.
#[derive(Debug)]
pub(crate) struct AxisPlaces {
    places: Vec<f64>,
    /// The number of places up to each whole mm from the first; empty where the line turns back.
    counts: Vec<usize>,
}

impl AxisPlaces {
    /// The places of frames along a direction.
    pub(crate) fn of(frames: &[Frame], axis: Vector) -> Self {
        Self::new(frames.iter().map(|frame| dot(frame.center, axis)).collect())
    }

    fn new(places: Vec<f64>) -> Self {
        let mut counts = Vec::new();
        if let [first, .., last] = *places
            && places.is_sorted()
            && last - first < MAX_INDEXED_MM
        {
            let up_to = |mm: usize| places.partition_point(|&place| place <= first + mm as f64);
            counts = (0..=(last - first) as usize).map(up_to).collect();
        }
        Self { places, counts }
    }

    /// The number of places up to another: `places.partition_point(|p| p <= place)`.
    fn up_to(&self, place: f64) -> usize {
        let (Some(&first), false) = (self.places.first(), self.counts.is_empty()) else {
            return self.places.partition_point(|&p| p <= place);
        };
        let mm = (place - first).max(0.0) as usize;
        let mut n = self.counts[mm.min(self.counts.len() - 1)];
        while n < self.places.len() && self.places[n] <= place {
            n += 1;
        }
        while n > 0 && self.places[n - 1] > place {
            n -= 1;
        }
        n
    }
}

/// A position relative to the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LinePosition {
    /// Millimeters along the line.
    pub(crate) along: f64,
    /// The frames below and above, the same beyond the ends, and the position between them, 0 to 1.
    below: usize,
    above: usize,
    share: f64,
    /// Whether it is known to be closer to the line than the center of every bend, so that the position is unique.
    is_unique: bool,
}

impl LinePosition {
    /// The nearest frame.
    pub(crate) fn frame(&self) -> usize {
        if self.share > 0.5 + SLACK { self.above } else { self.below }
    }

    /// Whether it is known to be unique and to lie between two frames.
    pub(super) fn is_between(&self) -> bool {
        self.is_unique && self.below < self.above
    }
}

/// A line in the voxel indices of a grid.
#[derive(Debug)]
pub(crate) struct GridLine<'a> {
    pub(super) frames: Vec<FrameForms>,
    /// The position of the first frame.
    start: f64,
    /// The position along the line's main axis: at index 0 and per index.
    axis: (f64, Vector),
    places: &'a AxisPlaces,
    /// The square of half the radius of the tightest bend.
    near_mm2: f64,
}

impl<'a> GridLine<'a> {
    /// The line of two or more frames, of which the first is at `start` mm; `places` are those along `axis`.
    pub(crate) fn new(
        frames: &[Frame],
        start: f64,
        axis: Vector,
        places: &'a AxisPlaces,
        grid: &Grid,
    ) -> Self {
        let on_axis = |way: Vector| dot(way, axis);
        let bends = frames.windows(2).map(|pair| length(minus(pair[1].up, pair[0].up)));
        let near_mm = STEP_MM / bends.fold(0.0, f64::max) / 2.0;
        Self {
            frames: frames.iter().map(|frame| FrameForms::new(frame, grid)).collect(),
            start,
            axis: (on_axis(grid.center([0; 3])), voxel_edges(grid).map(on_axis)),
            places,
            near_mm2: near_mm * near_mm,
        }
    }

    /// The position of a frame along the line.
    #[inline]
    pub(super) fn along(&self, frame: usize) -> f64 {
        // signed: the processor converts an unsigned number more slowly
        self.start + STEP_MM * (frame as i64) as f64
    }

    /// The frame nearest to a point at an index offset from a frame's center; never the first nor the last.
    #[inline]
    pub(super) fn offset_frame(&self, frame: usize, offset: Vector) -> usize {
        let frames = floor(dot(offset, self.frames[frame].up.1) / STEP_MM + 0.5);
        (frame as i64).saturating_add(frames).clamp(1, self.frames.len() as i64 - 2) as usize
    }

    /// The unique position of a frame, from which points near it are located.
    pub(super) fn at_frame(&self, frame: usize) -> LinePosition {
        LinePosition { along: self.along(frame), below: frame, above: frame, share: 0.0, is_unique: true }
    }

    /// A point's position: between the two frames that have it above and below.
    fn locate(&self, index: Vector) -> LinePosition {
        let guess = self.places.up_to(self.axis.0 + dot(index, self.axis.1));
        self.locate_from(index, guess.clamp(1, self.frames.len() - 1) - 1)
    }

    /// A voxel's position; the search starts at that of the voxel before.
    ///
    /// Beyond the center of a bend planes cross and a point may have several positions. There each point is located
    /// on its own, so that the result does not depend on the order of the voxels.
    #[expect(clippy::inline_always, reason = "an index in memory is slow to read back as a vector")]
    #[inline(always)]
    pub(crate) fn locate_voxel(&self, index: Vector, last: Option<&LinePosition>) -> LinePosition {
        let position = match last {
            Some(last) => self.locate_near(index, last),
            None => self.locate(index),
        };
        let [right, anterior] = self.across(index, &position);
        if right * right + anterior * anterior < self.near_mm2 {
            return LinePosition { is_unique: true, ..position };
        }
        self.locate(index)
    }

    /// A point's position; the search starts at that of a voxel near it.
    #[expect(clippy::inline_always, reason = "an index in memory is slow to read back as a vector")]
    #[inline(always)]
    pub(crate) fn locate_near(&self, index: Vector, voxel: &LinePosition) -> LinePosition {
        if voxel.is_unique { self.locate_from(index, voxel.below) } else { self.locate(index) }
    }

    #[expect(clippy::inline_always, reason = "an index in memory is slow to read back as a vector")]
    #[inline(always)]
    fn locate_from(&self, index: Vector, frame: usize) -> LinePosition {
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
            return LinePosition { along: start + lower, below: n, above: n, share: 0.0, is_unique: false };
        }
        let share = if lower > upper { (lower / (lower - upper)).clamp(0.0, 1.0) } else { 0.0 };
        LinePosition { along: start + STEP_MM * share, below: n, above: n + 1, share, is_unique: false }
    }

    /// Millimeters to the right of the line and in front of it.
    #[inline]
    pub(crate) fn across(&self, index: Vector, position: &LinePosition) -> [f64; 2] {
        let lower = self.frames[position.below].across(index);
        let upper = self.frames[position.above].across(index);
        std::array::from_fn(|n| lower[n] + position.share * (upper[n] - lower[n]))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use hemastage_image::vector::plus;

    use super::{super::frame::tests::*, *};

    /// The plain twin: mm along the line, to the right and to the front, from the planes of all frames.
    pub(crate) fn plain_position(frames: &[Frame], start: f64, point: Vector) -> [f64; 3] {
        let coordinates = |frame: &Frame| {
            let offset = minus(point, frame.center);
            [dot(offset, frame.up), dot(offset, frame.right), dot(offset, frame.anterior)]
        };
        let all: Vec<Vector> = frames.iter().map(coordinates).collect();
        let above = all.partition_point(|at| at[0] >= 0.0).clamp(1, all.len() - 1);
        let (a, b) = (all[above - 1], all[above]);
        let start = start + STEP_MM * (above - 1) as f64;
        if a[0] < 0.0 {
            return [start + a[0], a[1], a[2]];
        }
        if b[0] > 0.0 {
            return [start + STEP_MM + b[0], b[1], b[2]];
        }
        let share = a[0] / (a[0] - b[0]);
        let [_, right, anterior] = plus(a, share, minus(b, a));
        [start + STEP_MM * share, right, anterior]
    }

    #[test]
    fn the_index_is_a_binary_search() {
        let even: Vec<f64> = (0..50).map(|n| 3.7 + 0.93 * f64::from(n)).collect();
        let uneven = vec![-2.0, -2.0, -1.5, 7.0, 7.0, 7.25, 30.0];
        let back = vec![0.0, 2.0, 1.0, 3.0];
        for places in [even, uneven, back, vec![1.0], Vec::new()] {
            let index = AxisPlaces::new(places.clone());
            let near = places.iter().flat_map(|&p| [p.next_down(), p, p.next_up(), p + 0.4]);
            for place in near.chain([-1e9, 1e9]) {
                let searched = places.partition_point(|&p| p <= place);
                assert_eq!(index.up_to(place), searched, "{place} in {places:?}");
            }
        }
    }

    #[test]
    fn positions_agree_with_those_in_the_world() {
        let (mask, frames, start) = (arc_mask(90.0, [0.5, 0.7, 0.9]), arc_frames(90.0), -3.0);
        let (axis, grid) = ([0.0, 0.0, 1.0], mask.grid());
        let places = AxisPlaces::of(&frames, axis);
        let line = GridLine::new(&frames, start, axis, &places, grid);
        let mut random = fastrand::Rng::with_seed(3);
        let far = line.locate_voxel([20.0; 3], None);
        for _ in 0..2000 {
            let index = grid.shape().map(|n| n as f64 * random.f64());
            let expected = plain_position(&frames, start, grid.affine().index_to_world(index));
            for position in [line.locate_voxel(index, None), line.locate_near(index, &far)] {
                let [right, anterior] = line.across(index, &position);
                for (found, expected) in [position.along, right, anterior].into_iter().zip(expected) {
                    approx::assert_abs_diff_eq!(found, expected, epsilon = 1e-9);
                }
            }
        }
    }
}
