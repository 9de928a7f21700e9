//! The smooth center line of a mask, with a frame every millimeter: up, right and anterior.

use hemastage_image::{
    principal_axis::PrincipalAxis,
    roi::Roi,
    vector::{Vector, cross, dot, length, minus, plus, unit},
};

use super::{
    cells::{Cells, corners, voxels},
    grid_line::{GridLine, Local},
    middles::{LONGEST_MM, Middles, checked},
    sections::STEP_MM,
    smooth::smoothed,
};

/// A mask shorter than this, ...
const MIN_MM: f64 = 20.0;
/// ... or whose variance along it is less than this many times that across, shows no direction.
const MIN_ELONGATION: f64 = 2.0;
/// Passes: across the main axis, then across the line of the pass before.
const PASSES: usize = 3;
/// Slack on lengths, so that rounding does not decide a tie.
pub(super) const SLACK_MM: f64 = 1e-6;

/// The plane across the line at a point of it.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Frame {
    pub(super) center: Vector,
    pub(super) up: Vector,
    pub(super) right: Vector,
    pub(super) anterior: Vector,
}

impl Frame {
    /// The frame whose right is the patient's, made perpendicular to `up`; none where both are one.
    fn new(center: Vector, up: Vector, right: Vector) -> Option<Self> {
        let up = unit(up)?;
        let across = plus(right, -dot(right, up), up);
        if length(across) < 0.1 {
            return None;
        }
        let right = unit(across)?;
        Some(Self { center, up, right, anterior: cross(up, right) })
    }

    /// The point at millimeters to the right and forward of the line.
    pub(super) fn point(&self, right: f64, anterior: f64) -> Vector {
        plus(plus(self.center, right, self.right), anterior, self.anterior)
    }
}

/// A smooth center line.
///
/// # Shape and units
/// Positions in mm of arc length from the mask's lower end, upwards. Beyond both ends the line goes
/// straight on.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) frames: Vec<Frame>,
    /// The position of the first frame.
    pub(super) start: f64,
    /// How far the mask itself reaches.
    pub(super) extent: (f64, f64),
    pub(super) axis: Vector,
    /// The patient's right, by the mask's grid.
    right: Vector,
    pub(super) guesses: Guesses,
}

/// The frames' places along the main axis: a first guess of where a point belongs.
#[derive(Debug)]
pub(super) struct Guesses {
    places: Vec<f64>,
    /// How many places lie before each whole millimeter from the first; empty where the line turns back.
    before: Vec<usize>,
}

impl Guesses {
    fn new(places: Vec<f64>) -> Self {
        let mut before = Vec::new();
        if let [first, .., last] = *places
            && places.is_sorted()
            && last - first < LONGEST_MM
        {
            let below = |mm: usize| places.partition_point(|&place| place <= first + mm as f64);
            before = (0..=(last - first) as usize).map(below).collect();
        }
        Self { places, before }
    }

    /// How many places lie up to another, as a search would find.
    pub(super) fn up_to(&self, place: f64) -> usize {
        let (Some(&first), false) = (self.places.first(), self.before.is_empty()) else {
            return self.places.partition_point(|&p| p <= place);
        };
        let mm = (place - first).max(0.0) as usize;
        let mut n = self.before[mm.min(self.before.len() - 1)];
        while n < self.places.len() && self.places[n] <= place {
            n += 1;
        }
        while n > 0 && self.places[n - 1] > place {
            n -= 1;
        }
        n
    }
}

impl Line {
    /// The center line of a mask; why there is none, when it shows no direction.
    pub(super) fn of(mask: &Roi, half_width_mm: f64) -> Result<Self, String> {
        let cells = Cells::of(mask.grid());
        let patient = mask.grid().patient_axes();
        let PrincipalAxis { center: centroid, axis, elongation } =
            PrincipalAxis::of(mask.centers(), &patient);
        let straight = Self::straight(mask, centroid, axis);
        let middles = Middles::of(mask, &cells, &straight)?;
        let (low, high) = middles.reach();
        let long = high - low;
        if long < MIN_MM - SLACK_MM || elongation < MIN_ELONGATION {
            return Err(format!(
                "the mask is {long:.0} mm long: expected at least {MIN_MM} mm and more than it is wide, so its direction is not known"
            ));
        }
        let mut line = Self::through(&middles, axis, patient.right, half_width_mm)?;
        for _ in 1..PASSES {
            let middles = Middles::of(mask, &cells, &line)?;
            line = Self::through(&middles, axis, patient.right, half_width_mm)?;
        }
        let (low, high) = checked(line.reach(mask, &cells))?;
        line.start -= low;
        line.extent = (0.0, high - low);
        Ok(line)
    }

    /// A straight line beside a mask, from its first frame to its last unless that is longer than any spine.
    fn straight(mask: &Roi, center: Vector, axis: Vector) -> Self {
        let places = corners(mask).map(|corner| dot(minus(corner, center), axis));
        let reach = |mm: f64| mm.clamp(-LONGEST_MM, LONGEST_MM) / STEP_MM;
        let low = reach(places.iter().copied().fold(f64::INFINITY, f64::min)).floor();
        let high = reach(places.iter().copied().fold(f64::NEG_INFINITY, f64::max)).ceil();
        let frame =
            |n: i64| Frame { center: plus(center, n as f64 * STEP_MM, axis), up: axis, ..Frame::default() };
        let frames: Vec<Frame> = (low as i64 - 1..=high as i64 + 1).map(frame).collect();
        let guesses = Guesses::new(frames.iter().map(|frame| dot(frame.center, axis)).collect());
        let start = (low - 1.0) * STEP_MM;
        Self { frames, start, extent: (0.0, 0.0), axis, right: [0.0; 3], guesses }
    }

    /// How far the mask reaches along this line.
    fn reach(&self, mask: &Roi, cells: &Cells) -> (f64, f64) {
        let seen = GridLine::new(self, mask.grid());
        // no cell is so far along the line from its voxel's center, even on the inner side of a curve
        let margin = 2.0 * mask.grid().spacing_mm().iter().sum::<f64>();
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut last: Option<Local> = None;
        for voxel in voxels(mask.runs()) {
            let near = seen.locate_voxel(voxel, last.as_ref());
            last = Some(near);
            if near.along - margin < low || near.along + margin > high {
                let half = cells.extent_mm(self.frames[near.frame()].up) / 2.0;
                for index in cells.centers(voxel) {
                    let along = seen.locate_near(index, &near).along;
                    (low, high) = (low.min(along - half), high.max(along + half));
                }
            }
        }
        (low, high)
    }

    /// The smooth line through the middles of cross-sections.
    fn through(middles: &Middles, axis: Vector, right: Vector, half_width_mm: f64) -> Result<Self, String> {
        let points = smoothed(&middles.inner(), half_width_mm);
        let centers = resampled(&points);
        if centers.len() < 3 {
            return Err("too little of the mask shows its direction".into());
        }
        let last = centers.len() - 1;
        let frame = |n: usize| {
            let up = minus(centers[(n + 1).min(last)], centers[n.saturating_sub(1)]);
            Frame::new(centers[n], up, right)
        };
        let frames: Option<Vec<Frame>> = (0..=last).map(frame).collect();
        let frames = frames.ok_or("the line runs from left to right, as no spine does")?;
        let guesses = Guesses::new(frames.iter().map(|frame| dot(frame.center, axis)).collect());
        Ok(Self { frames, start: 0.0, extent: (0.0, 0.0), axis, right, guesses })
    }

    /// The frame at a position; beyond the ends the line goes straight on.
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

    /// How far a point lies from the line's middle.
    pub(super) fn distance_mm(&self, p: Vector) -> f64 {
        length(minus(p, self.frames[self.frames.len() / 2].center))
    }
}

/// Points every millimeter of arc length along a polyline.
fn resampled(points: &[Vector]) -> Vec<Vector> {
    let Some(&first) = points.first() else { return Vec::new() };
    let mut found = vec![first];
    let mut next = STEP_MM;
    let mut arc = 0.0;
    for pair in points.windows(2) {
        let way = minus(pair[1], pair[0]);
        let long = length(way);
        while next <= arc + long + SLACK_MM {
            found.push(plus(pair[0], (next - arc) / long, way));
            next += STEP_MM;
        }
        arc += long;
    }
    found
}

#[cfg(test)]
pub(super) mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn guesses_are_those_of_a_search() {
        let even: Vec<f64> = (0..50).map(|n| 3.7 + 0.93 * f64::from(n)).collect();
        let uneven = vec![-2.0, -2.0, -1.5, 7.0, 7.0, 7.25, 30.0];
        let back = vec![0.0, 2.0, 1.0, 3.0];
        for places in [even, uneven, back, vec![1.0], Vec::new()] {
            let guesses = Guesses::new(places.clone());
            let near = places.iter().flat_map(|&p| [p.next_down(), p, p.next_up(), p + 0.4]);
            for place in near.chain([-1e9, 1e9]) {
                let searched = places.partition_point(|&p| p <= place);
                assert_eq!(guesses.up_to(place), searched, "{place} in {places:?}");
            }
        }
    }

    /// A tube around an arc in the sagittal plane, in voxels of these sizes.
    pub(in crate::steps::shape) fn arc(radius: f64, spacing: Vector) -> Roi {
        let shape = [24.0, 60.0, 100.0];
        let n: [usize; 3] = std::array::from_fn(|a| (shape[a] / spacing[a]) as usize);
        let m: [[f64; 4]; 4] = std::array::from_fn(|r| {
            std::array::from_fn(|c| match (r, c) {
                (3, 3) => 1.0,
                (r, 3) if r < 3 => 0.17 - shape[r] / 2.0,
                (r, c) if r == c => spacing[r],
                _ => 0.0,
            })
        });
        let affine = Affine::new(m).unwrap();
        let mask = Array3::from_shape_fn(n, |(i, j, k)| {
            let [x, y, z] = affine.index_to_world([i as f64, j as f64, k as f64]);
            u8::from(x.hypot((y + radius).hypot(z) - radius) < 5.0)
        });
        Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap()
    }

    #[test]
    fn an_arc_is_followed_and_its_frames_are_square() {
        for (radius, spacing, off, turned) in
            [(80.0, [0.5, 0.5, 0.5], 0.1, 0.02), (120.0, [4.0, 0.5, 0.5], 0.6, 0.05)]
        {
            let line = Line::of(&arc(radius, spacing), 20.0).unwrap();
            for n in 0..line.frames.len() {
                let frame = &line.frames[n];
                let [x, y, z] = frame.center;
                assert!(((y + radius).hypot(z) - radius).abs() < off && x.abs() < off, "{n}: {frame:?}");
                let tangent = [0.0, -z, y + radius].map(|v| v / (y + radius).hypot(z));
                assert!(length(minus(frame.up, tangent)) < turned, "{n}: {frame:?} {tangent:?}");
                assert!(
                    dot(frame.up, frame.right).abs() < 1e-12
                        && dot(frame.anterior, frame.right).abs() < 1e-12
                );
                assert!(frame.right[0] > 0.9 && frame.anterior[1] > 0.7 && frame.up[2] > 0.7);
            }
            let length = line.extent.1 - line.extent.0;
            let whole = 2.0 * radius * (50.0 / radius).asin();
            assert!((length - whole).abs() < 0.08 * whole, "{length} {whole}");
        }
    }

    /// How far a point lies along the line, to the right and forward: by asking all frames.
    pub(in crate::steps::shape) fn searched(line: &Line, p: Vector) -> [f64; 3] {
        let place = |frame: &Frame| {
            let offset = minus(p, frame.center);
            [dot(offset, frame.up), dot(offset, frame.right), dot(offset, frame.anterior)]
        };
        let places: Vec<Vector> = line.frames.iter().map(place).collect();
        let above = places.partition_point(|place| place[0] >= 0.0).clamp(1, places.len() - 1);
        let (a, b) = (places[above - 1], places[above]);
        let start = line.start + STEP_MM * (above - 1) as f64;
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
    fn a_point_is_found_where_it_was_put() {
        let mask = arc(90.0, [0.5; 3]);
        let line = Line::of(&mask, 20.0).unwrap();
        let seen = GridLine::new(&line, mask.grid());
        for along in [-8.0, 1.3, 20.0, 47.77, 99.0, line.extent.1 + 5.0] {
            let point = line.at(along).point(3.0, -7.0);
            let index = mask.grid().affine().world_to_index(point);
            let far = seen.locate_voxel([20.0; 3], None);
            for local in [seen.locate_voxel(index, None), seen.locate_near(index, &far)] {
                let [right, anterior] = seen.across(index, &local);
                let found = [local.along, right, anterior];
                let near = |other: Vector, mm: f64| (0..3).all(|a| (found[a] - other[a]).abs() < mm);
                assert!(near([along, 3.0, -7.0], 0.05), "{along}: {found:?}");
                assert!(near(searched(&line, point), 1e-9), "{along}: {found:?}");
            }
        }
    }
}
