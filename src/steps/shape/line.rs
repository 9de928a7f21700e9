//! The center line of the cord or the canal.

use hemastage_image::{
    grid::Grid,
    vector::{Vector, length, minus, plus},
};

use crate::kernel::{
    frame::{Frame, STEP_MM},
    grid_line::{AxisPlaces, GridLine},
};

/// A smooth center line: a frame every millimeter.
///
/// # Shape and units
/// Positions are arc lengths in mm, upward from the lower end of the line's mask. Beyond both ends the line is
/// straight.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) frames: Vec<Frame>,
    /// The position of the first frame.
    pub(super) start: f64,
    /// The positions of the mask's ends.
    pub(super) extent: (f64, f64),
    axis: Vector,
    /// The patient's right, by the mask's grid.
    right: Vector,
    places: AxisPlaces,
}

impl Line {
    /// The line of three or more frames, the first of them at `start`; the extent is not yet known.
    pub(super) fn new(frames: Vec<Frame>, start: f64, axis: Vector, right: Vector) -> Self {
        let places = AxisPlaces::of(&frames, axis);
        Self { frames, start, extent: (0.0, 0.0), axis, right, places }
    }

    /// The line in the voxel indices of a grid.
    pub(super) fn on_grid(&self, grid: &Grid) -> GridLine<'_> {
        GridLine::new(&self.frames, self.start, self.axis, &self.places, grid)
    }

    /// The frame at a position.
    pub(super) fn at(&self, along: f64) -> Frame {
        let place = (along - self.start) / STEP_MM;
        let last = self.frames.len() - 1;
        let (first, end) = (self.frames[0], self.frames[last]);
        if place <= 0.0 {
            return Frame { center: plus(first.center, place * STEP_MM, first.up), ..first };
        }
        if place >= last as f64 {
            return Frame { center: plus(end.center, (place - last as f64) * STEP_MM, end.up), ..end };
        }
        let n = place as usize;
        let (a, b, share) = (&self.frames[n], &self.frames[n + 1], place - n as f64);
        let mix = |a: Vector, b: Vector| plus(a, share, minus(b, a));
        let center = mix(a.center, b.center);
        Frame::new(center, mix(a.up, b.up), self.right).unwrap_or(Frame { center, ..*a })
    }

    /// Distance of a point from the middle of the line.
    pub(super) fn distance_mm(&self, point: Vector) -> f64 {
        length(minus(point, self.frames[self.frames.len() / 2].center))
    }
}
