//! A polyline down the spine, and the nearest point on it.

use hemastage_image::vector::{distance, dot, minus, plus};

/// How far past an end a point may project and still be on the curve.
const SLACK_MM: f64 = 1e-6;

/// Squared distances that differ by a smaller share, or by less mm2, are equal: the upper segment is taken.
const TIE: f64 = 1e-9;

/// What a squared distance must be larger than another by.
pub(super) fn tie(square: f64) -> f64 {
    TIE * square.max(1.0)
}

/// One straight piece of the curve.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Segment {
    from: [f64; 3],
    unit: [f64; 3],
    length: f64,
    /// Millimeters from the curve's upper end.
    pub(super) along: f64,
}

impl Segment {
    /// How far a point lies along it, how far the nearest point on it does, and the squared distance of that.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for wide vectors")]
    #[inline(always)]
    pub(super) fn nearest(&self, point: [f64; 3]) -> (f64, f64, f64) {
        let d = minus(point, self.from);
        let at = dot(d, self.unit);
        let on = if at < 0.0 { 0.0 } else { at };
        let on = if on > self.length { self.length } else { on };
        let off = plus(d, -on, self.unit);
        (at, on, dot(off, off))
    }
}

/// The polyline through the centroids, extended straight by half the spacing at either end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Curve {
    pub(super) segments: Vec<Segment>,
    /// Millimeters along the curve from its upper end to each vertex.
    along: Vec<f64>,
    pub(super) axis: [f64; 3],
    /// Place of each vertex along the main direction; rising.
    pub(super) places: Vec<f64>,
    /// Segments per millimeter along the main direction.
    per_mm: f64,
}

/// The nearest point on a curve.
#[derive(Debug, Clone, Copy)]
pub(super) struct Foot {
    /// Millimeters from the upper end.
    pub(super) along: f64,
    pub(super) segment: usize,
    /// Whether the point lies past an end.
    pub(super) beyond: bool,
}

impl Curve {
    /// The curve through two or more centroids that follow each other along `axis`.
    pub(super) fn through(centroids: &[[f64; 3]], axis: [f64; 3]) -> Self {
        let n = centroids.len();
        let beyond =
            |end: [f64; 3], next: [f64; 3]| std::array::from_fn(|a| end[a] + 0.5 * (end[a] - next[a]));
        let mut vertices = Vec::with_capacity(n + 2);
        vertices.push(beyond(centroids[0], centroids[1]));
        vertices.extend_from_slice(centroids);
        vertices.push(beyond(centroids[n - 1], centroids[n - 2]));
        let mut along = vec![0.0];
        let mut segments = Vec::with_capacity(n + 1);
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

    /// Length of the whole curve.
    pub(super) fn length(&self) -> f64 {
        self.along[self.along.len() - 1]
    }

    /// Where the n-th centroid lies along the curve.
    pub(super) fn centroid_along(&self, n: usize) -> f64 {
        self.along[n + 1]
    }

    /// The direction of each segment, from the head down.
    pub(super) fn units(&self) -> impl Iterator<Item = [f64; 3]> + '_ {
        self.segments.iter().map(|segment| segment.unit)
    }

    /// The segment at a place along the main direction, found from where it would lie were all of one length.
    pub(super) fn segment_at(&self, place: f64) -> usize {
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

    /// The nearest point. Only segments are tried whose place along the main direction is nearer than
    /// the best so far: a few, whatever their number.
    pub(super) fn nearest(&self, point: [f64; 3]) -> Foot {
        let place = dot(point, self.axis);
        let start = self.segment_at(place);
        let (mut foot, mut best) = self.on_segment(point, start);
        for segment in (0..start).rev() {
            let apart = place - self.places[segment + 1];
            if apart > 0.0 && apart * apart > best + tie(best) {
                break;
            }
            let (found, square) = self.on_segment(point, segment);
            if square <= best + tie(best) {
                (foot, best) = (found, square);
            }
        }
        for segment in start + 1..self.segments.len() {
            let apart = self.places[segment] - place;
            if apart > 0.0 && apart * apart > best {
                break;
            }
            let (found, square) = self.on_segment(point, segment);
            if square < best - tie(best) {
                (foot, best) = (found, square);
            }
        }
        foot
    }

    /// The nearest point on one segment and its squared distance.
    fn on_segment(&self, point: [f64; 3], number: usize) -> (Foot, f64) {
        let segment = &self.segments[number];
        let (at, on, square) = segment.nearest(point);
        let beyond = (number == 0 && at < -SLACK_MM)
            || (number + 1 == self.segments.len() && at > segment.length + SLACK_MM);
        (Foot { along: segment.along + on, segment: number, beyond }, square)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Every segment tried, the upper one of a tie.
    fn slow(curve: &Curve, point: [f64; 3]) -> Foot {
        let all = (0..curve.segments.len()).map(|segment| curve.on_segment(point, segment));
        all.reduce(|best, next| if next.1 < best.1 - tie(best.1) { next } else { best }).unwrap().0
    }

    /// A curve with bends to the front and to the side.
    pub(in crate::steps::level) fn bent() -> Curve {
        let centroids: Vec<[f64; 3]> = (0..24)
            .map(|n| {
                let s = f64::from(n) * 22.0;
                [5.0 * (s / 60.0).sin(), 30.0 * (s / 70.0).cos(), -s]
            })
            .collect();
        Curve::through(&centroids, [0.0, 0.0, -1.0])
    }

    /// Numbers from 0 to 1, the same each time.
    pub(in crate::steps::level) fn generator() -> impl FnMut() -> f64 {
        let mut state = 1_u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        }
    }

    #[test]
    fn few_segments_find_what_all_find() {
        let (curve, mut random) = (bent(), generator());
        for _ in 0..20_000 {
            let point = [80.0 * random() - 40.0, 200.0 * random() - 100.0, 60.0 - 640.0 * random()];
            let (fast, all) = (curve.nearest(point), slow(&curve, point));
            assert_eq!((fast.segment, fast.beyond), (all.segment, all.beyond), "{point:?}");
            assert!((fast.along - all.along).abs() < 1e-9);
        }
    }

    #[test]
    fn ends_reach_half_a_spacing_further() {
        let curve =
            Curve::through(&[[0.0, 0.0, 40.0], [0.0, 0.0, 20.0], [0.0, 0.0, -10.0]], [0.0, 0.0, -1.0]);
        assert_eq!((curve.length(), curve.centroid_along(1)), (10.0 + 20.0 + 30.0 + 15.0, 30.0));
        for (z, along, beyond) in [
            (50.0, 0.0, false),
            (50.1, 0.0, true),
            (20.0, 30.0, false),
            (-25.0, 75.0, false),
            (-26.0, 75.0, true),
        ] {
            let foot = curve.nearest([9.0, -20.0, z]);
            assert_eq!((foot.along, foot.beyond), (along, beyond), "{z}");
        }
    }
}
