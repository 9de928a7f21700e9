//! Straight lines through a mask across the spine, and how long they run in it.
//!
//! Lines lie in planes perpendicular to the spine, 0.5 mm apart in each plane and planes 0.5 mm apart. A
//! voxel is the box that it is, so a line's length in it is exact, whatever the angle.

use std::ops::Range;

use super::{
    cells::voxel_edges,
    line::{Frame, Line},
    sections::STEP_MM,
};
use crate::{
    grid::Grid,
    roi::{Roi, Run},
    vector::{Vector, dot, minus},
};

/// Distance between planes, and between the lines of a plane.
pub(super) const SPACING_MM: f64 = 0.5;
/// Planes in a step.
const PLANES: i64 = (STEP_MM / SPACING_MM) as i64;
/// Where between whole multiples of the spacing planes and lines lie. Anatomy that is symmetric, and
/// stored symmetrically, has its voxels' borders at simple fractions, where rounding would decide.
const OFFSET: f64 = 0.381_966;
/// Gaps on a line that are rounding.
const TOUCH_MM: f64 = 1e-6;

/// The direction in which lines run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Course {
    /// From back to front.
    Sagittal,
    /// From left to right.
    Lateral,
}

/// A stretch of a line in a mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chord {
    pub(super) plane: i64,
    pub(super) line: i64,
    /// From where to where on the line, mm from the spine's line.
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Chord {
    pub(super) fn length_mm(&self) -> f64 {
        self.high - self.low
    }

    fn is_on_line_of(&self, other: &Self) -> bool {
        (self.plane, self.line) == (other.plane, other.line)
    }
}

/// The planes of the steps from `start` to `end`.
pub(super) fn planes_of(start: i64, end: i64) -> Range<i64> {
    start * PLANES..end * PLANES
}

/// Where a line lies beside the spine's line.
pub(super) fn beside_mm(line: i64) -> f64 {
    (line as f64 + OFFSET) * SPACING_MM
}

/// The line nearest to a place beside the spine's line.
pub(super) fn line_at(beside_mm: f64) -> i64 {
    // rounded half away from zero, without the call that `round` is
    let place = beside_mm / SPACING_MM - OFFSET;
    let whole = place as i64;
    let rest = place - whole as f64;
    whole.saturating_add(i64::from(rest >= 0.5) - i64::from(rest <= -0.5))
}

/// A plane in the voxel coordinates of a grid.
struct Plane {
    frame: Frame,
    /// Index of the plane's middle, and the change of index per mm beside it and along a line.
    middle: Vector,
    beside: Vector,
    along: Vector,
}

impl Plane {
    fn new(frame: Frame, grid: &Grid, course: Course) -> Self {
        let index = |world| grid.affine().world_to_index(world);
        let middle = index(frame.centre);
        let right = minus(index(frame.point(1.0, 0.0)), middle);
        let anterior = minus(index(frame.point(0.0, 1.0)), middle);
        let (beside, along) = match course {
            Course::Sagittal => (right, anterior),
            Course::Lateral => (anterior, right),
        };
        Self { frame, middle, beside, along }
    }

    /// Where a line is in voxels side by side along i, given the middle of their box and half of its length.
    fn cut(&self, middle: Vector, half: f64, beside_mm: f64) -> Option<(f64, f64)> {
        let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
        for (a, (centre, half)) in middle.into_iter().zip([half, 0.5, 0.5]).enumerate() {
            let start = self.middle[a] + beside_mm * self.beside[a] - centre;
            let slope = self.along[a];
            if slope.abs() < 1e-12 {
                if start.abs() > half {
                    return None;
                }
                continue;
            }
            let (p, q) = ((-half - start) / slope, (half - start) / slope);
            low = low.max(p.min(q));
            high = high.min(p.max(q));
        }
        (low < high).then_some((low, high))
    }
}

/// Voxels side by side that are cut as one; few enough that the line hardly bends beside them.
const MOST_VOXELS: u32 = 8;

/// A few voxels side by side and the planes that may cut them.
struct Piece {
    /// The middle of their box, as an index and in the world.
    index: Vector,
    centre: Vector,
    voxels: f64,
    planes: Range<i64>,
}

/// All stretches of lines in a mask in the given planes, by plane, line and place.
///
/// Plane by plane, so that no more than those of one plane are at hand before they are joined.
pub(super) fn chords(line: &Line, mask: &Roi, planes: &Range<i64>, course: Course) -> Vec<Chord> {
    let grid = mask.grid();
    let edges = voxel_edges(grid);
    let pieces = pieces(line, mask, planes);
    let mut coming = pieces.iter().peekable();
    let mut active: Vec<&Piece> = Vec::new();
    let (mut cut, mut found) = (Vec::new(), Vec::new());
    for plane in planes.clone() {
        active.retain(|piece| plane < piece.planes.end);
        active.extend(std::iter::from_fn(|| coming.next_if(|piece| piece.planes.start <= plane)));
        if active.is_empty() {
            continue;
        }
        let this = Plane::new(line.at((plane as f64 + OFFSET) * SPACING_MM), grid, course);
        let side = match course {
            Course::Sagittal => this.frame.right,
            Course::Lateral => this.frame.anterior,
        };
        for piece in &active {
            let beside = dot(minus(piece.centre, this.frame.centre), side);
            let wide = reach(&edges, piece.voxels, side);
            for line in line_at(beside - wide)..=line_at(beside + wide) {
                let stretch = this.cut(piece.index, piece.voxels / 2.0, beside_mm(line));
                cut.extend(stretch.map(|(low, high)| Chord { plane, line, low, high }));
            }
        }
        join(&mut cut, &mut found);
        cut.clear();
    }
    found
}

/// How far voxels side by side along i reach from their middle along a direction.
fn reach(edges: &[Vector; 3], voxels: f64, direction: Vector) -> f64 {
    let [i, j, k] = edges.map(|edge| dot(edge, direction).abs());
    (voxels * i + j + k) / 2.0
}

/// The pieces that some of the planes may cut, by the first of them.
fn pieces(line: &Line, mask: &Roi, planes: &Range<i64>) -> Vec<Piece> {
    let grid = mask.grid();
    let edges = voxel_edges(grid);
    let piece = |(first, last): ([usize; 3], [usize; 3])| {
        let ends = [first, last].map(|voxel| {
            let local = line.locate(grid.centre(voxel));
            // on the inner side of a curve planes are nearer to each other
            let half = 1.5 * reach(&edges, 1.0, line.frame(local.frame).up) + SPACING_MM;
            (local.along - half, local.along + half)
        });
        let low = (ends[0].0.min(ends[1].0) / SPACING_MM).floor() as i64;
        let high = (ends[0].1.max(ends[1].1) / SPACING_MM).ceil() as i64;
        let voxels = (last[0] - first[0] + 1) as f64;
        let index = [first[0] as f64 + (voxels - 1.0) / 2.0, first[1] as f64, first[2] as f64];
        let planes = low.max(planes.start)..high.min(planes.end);
        Piece { index, centre: grid.affine().index_to_world(index), voxels, planes }
    };
    let pieces = mask.runs().iter().flat_map(parts).map(piece);
    let mut pieces: Vec<Piece> = pieces.filter(|piece| !piece.planes.is_empty()).collect();
    pieces.sort_by_key(|piece| piece.planes.start);
    pieces
}

/// The first and the last voxel of each piece of a run.
fn parts(run: &Run) -> impl Iterator<Item = ([usize; 3], [usize; 3])> + use<> {
    let Run { i, j, k, .. } = *run;
    let end = run.end();
    let voxel = move |i: u32| [i as usize, j as usize, k as usize];
    (i..end)
        .step_by(MOST_VOXELS as usize)
        .map(move |first| (voxel(first), voxel((first + MOST_VOXELS).min(end) - 1)))
}

/// Stretches joined where they touch, by plane, line and place.
pub(super) fn joined(mut chords: Vec<Chord>) -> Vec<Chord> {
    let mut found = Vec::new();
    join(&mut chords, &mut found);
    found
}

/// Adds stretches, joined where they touch.
fn join(chords: &mut [Chord], found: &mut Vec<Chord>) {
    chords.sort_unstable_by(|a, b| {
        (a.plane, a.line)
            .cmp(&(b.plane, b.line))
            .then(a.low.total_cmp(&b.low))
            .then(a.high.total_cmp(&b.high))
    });
    for &chord in &*chords {
        match found.last_mut() {
            Some(last) if last.is_on_line_of(&chord) && chord.low <= last.high + TOUCH_MM => {
                last.high = last.high.max(chord.high);
            }
            _ => found.push(chord),
        }
    }
}

/// The longest stretch of each line; of equal ones the first.
pub(super) fn longest(joined: &[Chord]) -> Vec<Chord> {
    let mut found: Vec<Chord> = Vec::new();
    for &chord in joined {
        match found.last_mut() {
            Some(last) if last.is_on_line_of(&chord) => {
                if chord.length_mm() > last.length_mm() + TOUCH_MM {
                    *last = chord;
                }
            }
            _ => found.push(chord),
        }
    }
    found
}

/// The stretches in a range of planes, of chords by plane.
pub(super) fn within<'a>(chords: &'a [Chord], planes: &Range<i64>) -> &'a [Chord] {
    let start = chords.partition_point(|chord| chord.plane < planes.start);
    let end = chords.partition_point(|chord| chord.plane < planes.end);
    &chords[start..end.max(start)]
}

/// The stretch on the same line as another, and around its middle; of chords by plane and line.
pub(super) fn around<'a>(joined: &'a [Chord], other: &Chord) -> Option<&'a Chord> {
    let middle = f64::midpoint(other.low, other.high);
    let before = |chord: &Chord| {
        (chord.plane, chord.line) < (other.plane, other.line)
            || (chord.is_on_line_of(other) && chord.high < middle)
    };
    joined.get(joined.partition_point(before)).filter(|chord| chord.is_on_line_of(other))
}

/// The first stretch of a line, of chords by plane and line.
pub(super) fn on_line(chords: &[Chord], plane: i64, line: i64) -> Option<&Chord> {
    let at = chords.partition_point(|chord| (chord.plane, chord.line) < (plane, line));
    chords.get(at).filter(|chord| (chord.plane, chord.line) == (plane, line))
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels};

    /// A region on an oblique grid that holds the voxels a seeded generator picks.
    fn region(shape: [usize; 3], percent: u64) -> Roi {
        let m =
            [[0.9, -0.3, 0.2, -6.0], [0.4, 0.8, -0.1, -7.0], [-0.1, 0.2, 2.1, -30.0], [0.0, 0.0, 0.0, 1.0]];
        let mut state = 7_u64;
        let mask = Array3::from_shape_fn(shape, |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u8::from((state >> 33) % 100 < percent)
        });
        Roi::from_array(mask.view(), Affine::new(m).unwrap(), &Labels::NonZero).unwrap()
    }

    #[test]
    fn agrees_with_walking_along_each_line() {
        let line = Line::of(&region([12, 12, 30], 100), 20.0).unwrap();
        let mask = region([12, 12, 30], 40);
        let holds = |p: Vector| {
            let index = mask.grid().affine().world_to_index(p).map(f64::round);
            index.iter().all(|&v| v >= 0.0) && mask.position(index.map(|v| v as usize)).is_some()
        };
        let planes = planes_of(20, 22);
        for course in [Course::Sagittal, Course::Lateral] {
            let found = chords(&line, &mask, &planes, course);
            let mut lines = 0;
            for plane in planes.clone() {
                let frame = line.at((plane as f64 + OFFSET) * SPACING_MM);
                for beside in -20..20 {
                    let point = |along: f64| match course {
                        Course::Sagittal => frame.point(beside_mm(beside), along),
                        Course::Lateral => frame.point(along, beside_mm(beside)),
                    };
                    let walked =
                        (-4000..4000).filter(|&n| holds(point(f64::from(n) * 0.005))).count() as f64 * 0.005;
                    let on_it: Vec<&Chord> =
                        found.iter().filter(|c| (c.plane, c.line) == (plane, beside)).collect();
                    let cut: f64 = on_it.iter().map(|chord| chord.length_mm()).sum();
                    assert!((cut - walked).abs() < 0.005 * (2 + 2 * on_it.len()) as f64, "{cut} {walked}");
                    lines += on_it.len();
                }
            }
            assert!(lines > 50, "{lines}");
        }
    }

    #[test]
    fn the_nearest_line_is_that_of_the_library() {
        let borders = (-40..40).map(|n| beside_mm(n) + SPACING_MM / 2.0);
        let near = borders.flat_map(|mm| [mm.next_down(), mm, mm.next_up(), mm + 0.1]);
        for mm in near.chain([1e17, -1e17, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]) {
            assert_eq!(line_at(mm), (mm / SPACING_MM - OFFSET).round() as i64, "{mm}");
        }
    }

    #[test]
    fn touching_stretches_are_one() {
        let chord = |line, low, high| Chord { plane: 3, line, low, high };
        let found =
            joined(vec![chord(1, 2.0, 3.0), chord(0, 0.0, 1.0), chord(1, 0.0, 2.0), chord(1, 3.5, 7.5)]);
        assert_eq!(found, [chord(0, 0.0, 1.0), chord(1, 0.0, 3.0), chord(1, 3.5, 7.5)]);
        assert_eq!(longest(&found), [chord(0, 0.0, 1.0), chord(1, 3.5, 7.5)]);
        assert_eq!(around(&found, &chord(1, 1.0, 2.0)), Some(&chord(1, 0.0, 3.0)));
        assert_eq!(around(&found, &chord(0, 4.0, 5.0)), None);
    }
}
