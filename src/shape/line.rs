//! The smooth centre line of a mask, with a frame every millimetre: up, right and anterior.

use super::{
    cells::{Cells, spread},
    smooth::smoothed,
    vector::{Vector, cross, dot, length, main_axis, minus, plus, unit},
};
use crate::roi::Roi;

/// Distance between the frames of a line.
const STEP_MM: f64 = 1.0;
/// A mask shorter than this, ...
const LEAST_MM: f64 = 20.0;
/// ... or whose variance along it is less than this many times that across, shows no direction.
const LEAST_ELONGATION: f64 = 2.0;
/// No spine is longer; a mask that is has wrong voxel sizes.
pub(super) const LONGEST_MM: f64 = 2000.0;
/// Passes: across the main axis, then across the line of the pass before.
const PASSES: usize = 3;
/// At the ends of a mask, cut across by the image's border, a cross-section counts from this share of
/// the largest one within `END_MM`; no more than `END_MM` nor a quarter of the mask is left out.
const END_SHARE: f64 = 0.9;
const END_MM: f64 = 10.0;

/// The plane across the line at a point of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    pub(super) centre: Vector,
    pub(super) up: Vector,
    pub(super) right: Vector,
    pub(super) anterior: Vector,
}

impl Frame {
    /// The frame whose right is the world's, made perpendicular to `up`; none where both are one.
    fn new(centre: Vector, up: Vector) -> Option<Self> {
        let up = unit(up)?;
        let across = plus([1.0, 0.0, 0.0], -up[0], up);
        if length(across) < 0.1 {
            return None;
        }
        let right = unit(across)?;
        Some(Self { centre, up, right, anterior: cross(up, right) })
    }

    /// The point at millimetres to the right and forward of the line.
    pub(super) fn point(&self, right: f64, anterior: f64) -> Vector {
        plus(plus(self.centre, right, self.right), anterior, self.anterior)
    }
}

/// A point relative to the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Local {
    /// Millimetres along the line.
    pub(super) along: f64,
    /// Millimetres to the right of it.
    pub(super) right: f64,
    /// Millimetres in front of it.
    pub(super) anterior: f64,
    /// The nearest frame.
    pub(super) frame: usize,
}

/// A smooth centre line.
///
/// # Shape and units
/// Positions in mm of arc length from the mask's lower end, upwards. Beyond both ends the line goes
/// straight on.
#[derive(Debug)]
pub(super) struct Line {
    frames: Vec<Frame>,
    /// The position of the first frame.
    start: f64,
    /// How far the mask itself reaches.
    pub(super) extent: (f64, f64),
    axis: Vector,
    /// The frames' places along the axis, a first guess of where a point belongs.
    guesses: Vec<f64>,
}

impl Line {
    /// The centre line of a mask; why there is none, when it shows no direction.
    pub(super) fn of(mask: &Roi, half_width_mm: f64) -> Result<Self, String> {
        let cells = Cells::of(mask.grid());
        let (centroid, axis, elongation) = direction(mask).ok_or("the mask has no extent")?;
        let along = |p: Vector| dot(minus(p, centroid), axis);
        let mut sections = Sections::default();
        let extent = cells.extent_mm(axis);
        for voxel in mask.voxels() {
            for p in cells.centres(mask.grid().centre(voxel)) {
                sections.add(p, along(p), extent)?;
            }
        }
        let long = sections.high - sections.low;
        if long < LEAST_MM || elongation < LEAST_ELONGATION {
            return Err(format!(
                "the mask is {long:.0} mm long: expected at least {LEAST_MM} mm and more than it is wide, so its direction is not known"
            ));
        }
        let mut line = Self::through(&sections, axis, half_width_mm)?;
        for _ in 1..PASSES {
            sections = line.sections(mask, &cells)?;
            line = Self::through(&sections, axis, half_width_mm)?;
        }
        sections = line.sections(mask, &cells)?;
        line.start -= sections.low;
        line.extent = (0.0, sections.high - sections.low);
        Ok(line)
    }

    /// The mask's cross-sections along this line.
    fn sections(&self, mask: &Roi, cells: &Cells) -> Result<Sections, String> {
        let mut sections = Sections::default();
        for voxel in mask.voxels() {
            let centre = mask.grid().centre(voxel);
            let extent = cells.extent_mm(self.frames[self.locate(centre).frame].up);
            for p in cells.centres(centre) {
                sections.add(p, self.locate(p).along, extent)?;
            }
        }
        Ok(sections)
    }

    /// The smooth line through the middles of cross-sections.
    fn through(sections: &Sections, axis: Vector, half_width_mm: f64) -> Result<Self, String> {
        let points = smoothed(&sections.inner(), half_width_mm);
        let centres = resampled(&points);
        if centres.len() < 3 {
            return Err("too little of the mask shows its direction".into());
        }
        let last = centres.len() - 1;
        let frame = |n: usize| {
            let up = minus(centres[(n + 1).min(last)], centres[n.saturating_sub(1)]);
            Frame::new(centres[n], up)
        };
        let frames: Option<Vec<Frame>> = (0..=last).map(frame).collect();
        let frames = frames.ok_or("the line runs from left to right, as no spine does")?;
        let guesses = frames.iter().map(|frame| dot(frame.centre, axis)).collect();
        Ok(Self { frames, start: 0.0, extent: (0.0, 0.0), axis, guesses })
    }

    /// A point relative to the line, by the planes across it: the point lies between the two planes
    /// that have it above and below.
    pub(super) fn locate(&self, p: Vector) -> Local {
        let above = |n: usize| dot(minus(p, self.frames[n].centre), self.frames[n].up);
        let last = self.frames.len() - 1;
        let mut n = self.guesses.partition_point(|&guess| guess <= dot(p, self.axis)).clamp(1, last) - 1;
        while n < last && above(n + 1) > 0.0 {
            n += 1;
        }
        while n > 0 && above(n) < 0.0 {
            n -= 1;
        }
        let place = |n: usize| {
            let frame = &self.frames[n];
            let offset = minus(p, frame.centre);
            (dot(offset, frame.right), dot(offset, frame.anterior))
        };
        let (lower, (right, anterior)) = (above(n), place(n));
        let start = self.start + STEP_MM * n as f64;
        if (n == 0 && lower < 0.0) || n == last {
            return Local { along: start + lower, right, anterior, frame: n };
        }
        let upper = above(n + 1).min(0.0);
        let share = if lower > upper { (lower / (lower - upper)).clamp(0.0, 1.0) } else { 0.0 };
        let (right_above, anterior_above) = place(n + 1);
        Local {
            along: start + STEP_MM * share,
            right: right + share * (right_above - right),
            anterior: anterior + share * (anterior_above - anterior),
            frame: n + usize::from(share > 0.5),
        }
    }

    /// The frame nearest to a located point.
    pub(super) fn frame(&self, n: usize) -> &Frame {
        &self.frames[n]
    }

    /// The frame at a position; beyond the ends the line goes straight on.
    pub(super) fn at(&self, along: f64) -> Frame {
        let place = (along - self.start) / STEP_MM;
        let last = self.frames.len() - 1;
        let (first, end) = (self.frames[0], self.frames[last]);
        if place <= 0.0 {
            return Frame { centre: plus(first.centre, place * STEP_MM, first.up), ..first };
        }
        if place >= last as f64 {
            return Frame { centre: plus(end.centre, (place - last as f64) * STEP_MM, end.up), ..end };
        }
        let n = place as usize;
        let (a, b, share) = (&self.frames[n], &self.frames[n + 1], place - n as f64);
        let mix = |a: Vector, b: Vector| plus(a, share, minus(b, a));
        let centre = mix(a.centre, b.centre);
        Frame::new(centre, mix(a.up, b.up)).unwrap_or(Frame { centre, ..*a })
    }

    /// How far a point lies from the line's middle.
    pub(super) fn distance_mm(&self, p: Vector) -> f64 {
        length(minus(p, self.frames[self.frames.len() / 2].centre))
    }
}

/// Volume and first moment per millimetre along an axis or a line.
#[derive(Debug, Default)]
struct Sections {
    steps: std::collections::BTreeMap<i64, (f64, Vector)>,
    low: f64,
    high: f64,
}

impl Sections {
    /// Adds a cell; an error when the mask is longer than any spine.
    fn add(&mut self, p: Vector, along: f64, extent: f64) -> Result<(), String> {
        let (low, high) = (along - extent / 2.0, along + extent / 2.0);
        if self.steps.is_empty() {
            (self.low, self.high) = (low, high);
        }
        (self.low, self.high) = (self.low.min(low), self.high.max(high));
        let long = self.high - self.low;
        if !long.is_finite() || long > LONGEST_MM {
            return Err(format!(
                "the mask is longer than {LONGEST_MM} mm, as no spine is: check the voxel sizes"
            ));
        }
        for (step, share) in spread(along, extent, STEP_MM) {
            let (volume, moment) = self.steps.entry(step).or_default();
            *volume += share;
            *moment = plus(*moment, share, p);
        }
        Ok(())
    }

    /// Position and middle of each cross-section, without those at the ends that are cut across.
    fn inner(&self) -> Vec<(f64, Vector)> {
        let all: Vec<(i64, f64, Vector)> = self.steps.iter().map(|(&n, &(v, m))| (n, v, m)).collect();
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
            ((n as f64 + 0.5) * STEP_MM, moment.map(|v: f64| v / volume))
        };
        all[first..end].iter().filter(|section| section.1 > 0.0).map(middle).collect()
    }
}

/// Centroid, main axis pointing up (or forward, or to the right) and elongation of a mask.
fn direction(mask: &Roi) -> Option<(Vector, Vector, f64)> {
    let origin = mask.grid().centre(mask.voxels().next()?);
    let points = || mask.voxels().map(|voxel| minus(mask.grid().centre(voxel), origin));
    let count = mask.len() as f64;
    let mean = points().fold([0.0; 3], |sum, p| plus(sum, 1.0 / count, p));
    let mut covariance = [[0.0; 3]; 3];
    for point in points() {
        let d = minus(point, mean);
        (0..3).for_each(|r| covariance[r] = plus(covariance[r], d[r], d));
    }
    let (axis, elongation) = main_axis(covariance)?;
    let leading = [axis[2], axis[1], axis[0]].into_iter().find(|v| v.abs() > 1e-6)?;
    Some((plus(origin, 1.0, mean), axis.map(|v| v * leading.signum()), elongation))
}

/// Points every millimetre of arc length along a polyline.
fn resampled(points: &[Vector]) -> Vec<Vector> {
    let Some(&first) = points.first() else { return Vec::new() };
    let mut found = vec![first];
    let mut next = STEP_MM;
    let mut arc = 0.0;
    for pair in points.windows(2) {
        let way = minus(pair[1], pair[0]);
        let long = length(way);
        while next <= arc + long {
            found.push(plus(pair[0], (next - arc) / long, way));
            next += STEP_MM;
        }
        arc += long;
    }
    found
}
