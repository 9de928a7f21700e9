//! Straight lines through a mask across the spine, and how long they run in it.
//!
//! Lines lie in planes perpendicular to the spine, 0.5 mm apart in each plane and planes 0.5 mm apart. A
//! voxel is the box that it is, so a line's length in it is exact, whatever the angle.

use std::ops::Range;

use hemastage_image::{
    grid::Grid,
    roi::Roi,
    simd::wide,
    vector::{Vector, dot, length, minus, plus},
};
use rayon::prelude::*;

use super::{
    cells::voxel_edges,
    grid_line::{GridLine, Local, Seen},
    line::{Frame, Line},
    rows::{MAX_VOXELS, each_row},
    sections::STEP_MM,
    steps::floor,
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

/// Below this change of index per mm a line runs along the borders of voxels.
const MIN_SLOPE: f64 = 1e-12;

/// A plane and its lines in the voxel indices of a grid.
struct Plane {
    seen: Seen,
    course: Course,
    /// Index of the plane's middle.
    middle: Vector,
    /// Millimeters on a line per index, and their change from line to line, per mm beside the plane's middle.
    per_index: Vector,
    slope: Vector,
    /// The reach of pieces by the number of their voxels, from 1.
    reaches: [Reach; MAX_VOXELS],
}

/// How far a piece reaches from its middle to both sides, mm.
#[derive(Debug, Clone, Copy)]
struct Reach {
    up: f64,
    beside: f64,
    /// On a line, between the piece's borders along each axis.
    along: Vector,
}

impl Plane {
    fn new(frame: &Frame, grid: &Grid, course: Course, axis: usize) -> Self {
        let index = |world| grid.affine().world_to_index(world);
        let middle = index(frame.center);
        let right = minus(index(frame.point(1.0, 0.0)), middle);
        let anterior = minus(index(frame.point(0.0, 1.0)), middle);
        let (beside, along, side) = match course {
            Course::Sagittal => (right, anterior, frame.right),
            Course::Lateral => (anterior, right, frame.anterior),
        };
        let half = |direction| voxel_edges(grid).map(|edge| dot(edge, direction).abs() / 2.0);
        let (up, side) = (half(frame.up), half(side));
        let per_index = along.map(|slope| 1.0 / if slope.abs() < MIN_SLOPE { MIN_SLOPE } else { slope });
        let reach = |n: usize| {
            let size: Vector = std::array::from_fn(|a| if a == axis { (n + 1) as f64 } else { 1.0 });
            let along = std::array::from_fn(|a| size[a] / 2.0 * per_index[a].abs());
            Reach { up: dot(size, up) + TOUCH_MM, beside: dot(size, side), along }
        };
        Self {
            seen: Seen::new(frame, grid),
            course,
            middle,
            per_index,
            slope: std::array::from_fn(|a| -beside[a] * per_index[a]),
            reaches: std::array::from_fn(reach),
        }
    }

    /// How far a piece reaches up from its middle without any voxel, and for each of them.
    fn reach_up(&self) -> (f64, f64) {
        let [one, two, ..] = &self.reaches;
        let per_voxel = two.up - one.up;
        // as far again from rounding
        (one.up - per_voxel + TOUCH_MM, per_voxel)
    }

    /// Calls with each of the lines that goes through a piece, and from where to where.
    ///
    /// Along each axis a line is between two borders of the piece; where it crosses them is linear in its place
    /// beside the other lines.
    fn cut(&self, index: Vector, voxels: usize, mut call: impl FnMut(i64, f64, f64)) {
        let reach = &self.reaches[voxels - 1];
        let [right, anterior] = self.seen.across(index);
        let beside = if self.course == Course::Sagittal { right } else { anterior };
        let start: Vector = std::array::from_fn(|a| (index[a] - self.middle[a]) * self.per_index[a]);
        for line in line_at(beside - reach.beside)..=line_at(beside + reach.beside) {
            let middle = plus(start, beside_mm(line), self.slope);
            let low = largest(minus(middle, reach.along));
            let high = -largest(minus(middle.map(|v| -v), reach.along));
            if low < high {
                call(line, low, high);
            }
        }
    }
}

/// The largest of three, in the words that processors have an instruction for.
fn largest([a, b, c]: Vector) -> f64 {
    let ab = if a > b { a } else { b };
    if ab > c { ab } else { c }
}

/// A few voxels in a row along an axis and the planes that may cut them.
#[derive(Debug)]
struct Piece {
    first: [u32; 3],
    voxels: u32,
    planes: Range<i32>,
}

/// Pieces in the order of the first plane that may cut them, each of their numbers side by side.
#[derive(Debug)]
struct Table {
    /// The first of the planes, and where the pieces of each begin.
    first: i64,
    starts: Vec<usize>,
    /// The middle of the voxels, as an index.
    middles: [Vec<f64>; 3],
    voxels: Vec<f64>,
    /// The plane after the last.
    ends: Vec<i32>,
    /// Planes that a piece reaches at most.
    most: i64,
}

impl Table {
    fn new(pieces: &[Piece], axis: usize, planes: &Range<i64>) -> Self {
        let place = |piece: &Piece| (i64::from(piece.planes.start) - planes.start) as usize;
        let mut starts = vec![0; (planes.end - planes.start).max(0) as usize + 1];
        for piece in pieces {
            starts[place(piece) + 1] += 1;
        }
        for n in 1..starts.len() {
            starts[n] += starts[n - 1];
        }
        let zeros = || vec![0.0; pieces.len()];
        let (mut middles, mut voxels) = ([zeros(), zeros(), zeros()], zeros());
        let (mut ends, mut next) = (vec![0; pieces.len()], starts.clone());
        for piece in pieces {
            let at = next[place(piece)];
            next[place(piece)] += 1;
            (0..3).for_each(|a| middles[a][at] = f64::from(piece.first[a]));
            middles[axis][at] += f64::from(piece.voxels - 1) / 2.0;
            (voxels[at], ends[at]) = (f64::from(piece.voxels), piece.planes.end);
        }
        let most = pieces.iter().map(|piece| piece.planes.end - piece.planes.start).max();
        Self { first: planes.start, starts, middles, voxels, ends, most: most.map_or(0, i64::from) }
    }

    /// The pieces whose range of planes may hold one.
    fn near(&self, plane: i64) -> Range<usize> {
        let last = self.starts.len() - 1;
        let from = |plane: i64| self.starts[(plane - self.first).clamp(0, last as i64) as usize];
        from(plane + 1 - self.most)..from(plane + 1)
    }

    /// Marks those that a plane may cut.
    #[expect(clippy::inline_always, reason = "only what is inlined is compiled for wide vectors")]
    #[inline(always)]
    fn mark(&self, near: &Range<usize>, number: i32, plane: &Plane, marks: &mut [u8]) {
        let [(above, up), ..] = plane.seen.forms();
        let (least, per_voxel) = plane.reach_up();
        let [i, j, k] = [0, 1, 2].map(|a| &self.middles[a][near.clone()]);
        let (voxels, ends) = (&self.voxels[near.clone()], &self.ends[near.clone()]);
        for (((((mark, i), j), k), voxels), end) in
            marks.iter_mut().zip(i).zip(j).zip(k).zip(voxels).zip(ends)
        {
            let above = above + dot([*i, *j, *k], up);
            let is_apart = above.abs() > least + voxels * per_voxel;
            *mark = u8::from(!is_apart) & u8::from(number < *end);
        }
    }
}

/// The pieces of a mask, for lines of one course.
///
/// Their voxels are rows along the axis that lines follow the most: so the fewest lines cut the fewest pieces.
pub(super) struct Pieces<'a> {
    line: &'a Line,
    grid: &'a Grid,
    course: Course,
    axis: usize,
    table: Table,
}

impl<'a> Pieces<'a> {
    /// The pieces that some of the planes may cut.
    pub(super) fn of(line: &'a Line, mask: &'a Roi, planes: &Range<i64>, course: Course) -> Self {
        let grid = mask.grid();
        let seen = GridLine::new(line, grid);
        let edges = voxel_edges(grid);
        let middle = &line.frames[line.frames.len() / 2];
        let way = if course == Course::Sagittal { middle.anterior } else { middle.right };
        let [i, j, k] = edges.map(|edge| dot(edge, way).abs() / length(edge));
        let axis = if i >= j.max(k) { 0 } else { 1 + usize::from(k > j) };
        // on the inner side of a curve planes are nearer to each other
        let half = |frame: &Frame| {
            0.75 * edges.iter().map(|&edge| dot(edge, frame.up).abs()).sum::<f64>() + SPACING_MM
        };
        let halves: Vec<f64> = line.frames.iter().map(half).collect();
        let mut before: Option<Local> = None;
        let mut pieces = Vec::new();
        each_row(mask, axis, |[first, last]| {
            let start = seen.locate_voxel(first.map(f64::from), before.as_ref());
            let end =
                if first == last { start } else { seen.locate_voxel(last.map(f64::from), Some(&start)) };
            before = Some(start);
            let ends = [start, end].map(|end| (end.along, halves[end.frame()]));
            let low = ends.map(|(along, half)| along - half).into_iter().fold(f64::INFINITY, f64::min);
            let high = ends.map(|(along, half)| along + half).into_iter().fold(f64::NEG_INFINITY, f64::max);
            let low = floor(low / SPACING_MM).max(planes.start) as i32;
            let high = floor(high / SPACING_MM).saturating_add(1).min(planes.end) as i32;
            if low < high {
                pieces.push(Piece { first, voxels: last[axis] - first[axis] + 1, planes: low..high });
            }
        });
        Self { line, grid, course, axis, table: Table::new(&pieces, axis, planes) }
    }

    /// All stretches of lines in the mask in the given planes, by plane, line and place.
    pub(super) fn chords(&self, planes: &Range<i64>) -> Vec<Chord> {
        let planes: Vec<i64> = planes.clone().collect();
        let found: Vec<Vec<Chord>> =
            planes.par_iter().map_init(Default::default, |room, &plane| self.on(plane, room)).collect();
        found.concat()
    }

    /// The stretches in one plane.
    fn on(&self, plane: i64, (stretches, marks): &mut (Stretches, Vec<u8>)) -> Vec<Chord> {
        let near = self.table.near(plane);
        let frame = self.line.at((plane as f64 + OFFSET) * SPACING_MM);
        let this = Plane::new(&frame, self.grid, self.course, self.axis);
        marks.resize(near.len(), 0);
        wide(
            #[inline(always)]
            || self.table.mark(&near, plane as i32, &this, marks),
        );
        for (at, _) in near.zip(marks).filter(|(_, mark)| **mark == 1) {
            let middle = [0, 1, 2].map(|a| self.table.middles[a][at]);
            let voxels = self.table.voxels[at] as usize;
            this.cut(middle, voxels, |line, low, high| stretches.add(line, low, high));
        }
        stretches.take(plane)
    }
}

/// Stretches on the lines of a plane, joined where they touch.
#[derive(Debug, Default)]
struct Stretches {
    /// The first line that there is room for.
    first: i64,
    /// From where to where, rising, on each line.
    lines: Vec<Vec<(f64, f64)>>,
}

impl Stretches {
    fn add(&mut self, line: i64, low: f64, high: f64) {
        let on_it = self.reach(line);
        // most go on where the last one ends
        if let Some(last) = on_it.last_mut().filter(|last| last.0 <= low) {
            if low <= last.1 + TOUCH_MM {
                last.1 = last.1.max(high);
            } else {
                on_it.push((low, high));
            }
            return;
        }
        let start = on_it.partition_point(|other| other.1 + TOUCH_MM < low);
        let Some(first) = on_it.get_mut(start).filter(|other| other.0 <= high + TOUCH_MM) else {
            return on_it.insert(start, (low, high));
        };
        *first = (first.0.min(low), first.1.max(high));
        let high = first.1;
        let more = on_it[start + 1..].iter().take_while(|other| other.0 <= high + TOUCH_MM).count();
        if more > 0 {
            on_it[start].1 = high.max(on_it[start + more].1);
            on_it.drain(start + 1..=start + more);
        }
    }

    /// A line, for which room is made.
    fn reach(&mut self, line: i64) -> &mut Vec<(f64, f64)> {
        if self.lines.is_empty() {
            self.first = line;
        }
        if line < self.first {
            let missing = (self.first - line) as usize;
            self.lines.splice(0..0, std::iter::repeat_n(Vec::new(), missing));
            self.first = line;
        }
        let place = (line - self.first) as usize;
        if place >= self.lines.len() {
            self.lines.resize(place + 1, Vec::new());
        }
        &mut self.lines[place]
    }

    /// The stretches as chords of a plane, by line and place; room remains.
    fn take(&mut self, plane: i64) -> Vec<Chord> {
        let mut found = Vec::with_capacity(self.lines.iter().map(Vec::len).sum());
        for (line, stretches) in (self.first..).zip(&mut self.lines) {
            found.extend(stretches.drain(..).map(|(low, high)| Chord { plane, line, low, high }));
        }
        found
    }
}

/// Stretches joined where they touch, by plane, line and place.
///
/// The sort is one that is quick where parts are in order.
pub(super) fn joined(mut chords: Vec<Chord>) -> Vec<Chord> {
    chords.sort_by(|a, b| (a.plane, a.line).cmp(&(b.plane, b.line)).then(a.low.total_cmp(&b.low)));
    let mut found: Vec<Chord> = Vec::new();
    for chord in chords {
        match found.last_mut() {
            Some(last) if last.is_on_line_of(&chord) && chord.low <= last.high + TOUCH_MM => {
                last.high = last.high.max(chord.high);
            }
            _ => found.push(chord),
        }
    }
    found
}

/// The longest stretch of each line; of equal ones the first.
pub(super) fn longest(mut joined: Vec<Chord>) -> Vec<Chord> {
    joined.dedup_by(|next, kept| {
        let is_same = kept.is_on_line_of(next);
        if is_same && next.length_mm() > kept.length_mm() + TOUCH_MM {
            *kept = *next;
        }
        is_same
    });
    joined
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
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

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
            let found = Pieces::of(&line, &mask, &planes, course).chords(&planes);
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
    fn stretches_added_in_any_order_are_those_sorted_and_joined() {
        let mut state = 3_u64;
        let mut random = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut at = Stretches::default();
        for plane in 0..40 {
            let mut chord = |_| {
                let low = random(60) as f64 + if random(2) == 0 { 0.0 } else { TOUCH_MM / 2.0 };
                Chord { plane, line: random(4) as i64 - 2, low, high: low + 1.0 + random(3) as f64 }
            };
            let chords: Vec<Chord> = (0..50).map(&mut chord).collect();
            for chord in &chords {
                at.add(chord.line, chord.low, chord.high);
            }
            assert_eq!(at.take(plane), joined(chords));
        }
    }

    #[test]
    fn touching_stretches_are_one() {
        let chord = |line, low, high| Chord { plane: 3, line, low, high };
        let found =
            joined(vec![chord(1, 2.0, 3.0), chord(0, 0.0, 1.0), chord(1, 0.0, 2.0), chord(1, 3.5, 7.5)]);
        assert_eq!(found, [chord(0, 0.0, 1.0), chord(1, 0.0, 3.0), chord(1, 3.5, 7.5)]);
        assert_eq!(around(&found, &chord(1, 1.0, 2.0)), Some(&chord(1, 0.0, 3.0)));
        assert_eq!(around(&found, &chord(0, 4.0, 5.0)), None);
        assert_eq!(longest(found), [chord(0, 0.0, 1.0), chord(1, 3.5, 7.5)]);
    }
}
