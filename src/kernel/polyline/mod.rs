//! The nearest point on a polyline: for one point, and for the voxels of runs in blocks.

mod block;

use hemastage_image::vector::{distance, dot, minus, plus};

/// How far past an end a point may project and still be on the line.
const SLACK_MM: f64 = 1e-6;

/// Squared distances whose difference is below this share of them, or this many mm2, tie: the first segment wins.
const TIE: f64 = 1e-9;

/// The margin by which a squared distance must differ from another.
fn tie(square: f64) -> f64 {
    TIE * square.max(1.0)
}

/// One straight piece of a polyline.
#[derive(Debug, Clone, PartialEq)]
struct Segment {
    from: [f64; 3],
    unit: [f64; 3],
    length: f64,
    /// Arc length at its start.
    along: f64,
}

impl Segment {
    /// A point's projection on the segment's line, the nearest position on the segment, and the squared distance to
    /// it.
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn nearest(&self, point: [f64; 3]) -> (f64, f64, f64) {
        let d = minus(point, self.from);
        let at = dot(d, self.unit);
        let on = if at < 0.0 { 0.0 } else { at };
        let on = if on > self.length { self.length } else { on };
        let off = plus(d, -on, self.unit);
        (at, on, dot(off, off))
    }
}

/// A polyline whose vertices follow each other along an axis.
///
/// # Shape and units
/// Millimeters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Polyline {
    segments: Vec<Segment>,
    /// Arc length at each vertex.
    along: Vec<f64>,
    axis: [f64; 3],
    /// Place of each vertex along the axis, ascending.
    places: Vec<f64>,
    /// Segments per millimeter along the axis.
    per_mm: f64,
}

/// The nearest point on a polyline.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NearestPoint {
    /// Its arc length.
    pub(crate) along: f64,
    /// The segment it lies on.
    pub(crate) segment: usize,
    /// Whether the query point lies past an end.
    pub(crate) beyond: bool,
}

impl Polyline {
    /// The polyline through two or more vertices.
    pub(crate) fn new(vertices: &[[f64; 3]], axis: [f64; 3]) -> Self {
        let mut along = vec![0.0];
        let mut segments = Vec::with_capacity(vertices.len());
        for pair in vertices.windows(2) {
            let (length, start) = (distance(pair[0], pair[1]), along[along.len() - 1]);
            let unit = std::array::from_fn(|a| (pair[1][a] - pair[0][a]) / length);
            along.push(start + length);
            // as the difference of rounded sums, so that one segment ends where the next begins
            segments.push(Segment { from: pair[0], unit, length: start + length - start, along: start });
        }
        let places: Vec<f64> = vertices.iter().map(|&v| dot(v, axis)).collect();
        let per_mm = segments.len() as f64 / (places[places.len() - 1] - places[0]);
        Self { segments, along, axis, places, per_mm }
    }

    /// Its length.
    pub(crate) fn length(&self) -> f64 {
        self.along[self.along.len() - 1]
    }

    /// Arc length at a vertex.
    pub(crate) fn along(&self, vertex: usize) -> f64 {
        self.along[vertex]
    }

    /// The direction of each segment.
    pub(crate) fn units(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        self.segments.iter().map(|segment| segment.unit)
    }

    /// The segment at a place along the axis; the search starts where it would be if all were equally long.
    fn segment_at(&self, place: f64) -> usize {
        let last = self.segments.len() - 1;
        let mut at = (((place - self.places[0]) * self.per_mm) as usize).min(last);
        while at > 0 && place < self.places[at] {
            at -= 1;
        }
        while at < last && self.places[at + 1] <= place {
            at += 1;
        }
        at
    }

    /// The nearest point. Only segments are tried that lie nearer along the axis than the best so far: a few,
    /// whatever their number.
    pub(crate) fn nearest(&self, point: [f64; 3]) -> NearestPoint {
        let place = dot(point, self.axis);
        let start = self.segment_at(place);
        let (mut nearest, mut best) = self.on_segment(point, start);
        for segment in (0..start).rev() {
            let gap = place - self.places[segment + 1];
            if gap > 0.0 && gap * gap > best + tie(best) {
                break;
            }
            let (candidate, square) = self.on_segment(point, segment);
            if square <= best + tie(best) {
                (nearest, best) = (candidate, square);
            }
        }
        for segment in start + 1..self.segments.len() {
            let gap = self.places[segment] - place;
            if gap > 0.0 && gap * gap > best {
                break;
            }
            let (candidate, square) = self.on_segment(point, segment);
            if square < best - tie(best) {
                (nearest, best) = (candidate, square);
            }
        }
        nearest
    }

    /// The nearest point on one segment and its squared distance.
    fn on_segment(&self, point: [f64; 3], number: usize) -> (NearestPoint, f64) {
        let segment = &self.segments[number];
        let (at, on, square) = segment.nearest(point);
        let beyond = (number == 0 && at < -SLACK_MM)
            || (number + 1 == self.segments.len() && at > segment.length + SLACK_MM);
        (NearestPoint { along: segment.along + on, segment: number, beyond }, square)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The plain twin: every segment tried, of a tie the first.
    fn plain_nearest(line: &Polyline, point: [f64; 3]) -> NearestPoint {
        let all = (0..line.segments.len()).map(|segment| line.on_segment(point, segment));
        all.reduce(|best, next| if next.1 < best.1 - tie(best.1) { next } else { best }).unwrap().0
    }

    /// A line down the spine with bends to the front and to the side.
    pub(super) fn bent() -> Polyline {
        let vertices: Vec<[f64; 3]> = (0..26)
            .map(|n| {
                let s = f64::from(n) * 22.0;
                [5.0 * (s / 60.0).sin(), 30.0 * (s / 70.0).cos(), -s]
            })
            .collect();
        Polyline::new(&vertices, [0.0, 0.0, -1.0])
    }

    #[test]
    fn few_segments_find_what_all_find() {
        let (line, mut random) = (bent(), fastrand::Rng::with_seed(1));
        for _ in 0..20_000 {
            let point =
                [80.0 * random.f64() - 40.0, 200.0 * random.f64() - 100.0, 60.0 - 640.0 * random.f64()];
            let (fast, plain) = (line.nearest(point), plain_nearest(&line, point));
            assert_eq!((fast.segment, fast.beyond), (plain.segment, plain.beyond), "{point:?}");
            assert!((fast.along - plain.along).abs() < 1e-9);
        }
    }
}
