//! Parallel lines in a plane across the spine, and the chords that a mask's voxels cut from them.
//!
//! A voxel is a box, so a chord is exact at any angle. Voxels come in short rows, each of which is one box. Per
//! plane, a loop over all rows marks those that it may cut; where a line enters and leaves a row is linear in the
//! line's number, and chords that touch are joined as they come. `tests::plain_chords` is the twin: each line against
//! each voxel.

use std::ops::Range;

use hemastage_image::{
    grid::Grid,
    simd::wide,
    vector::{Vector, dot, minus, plus},
};

use super::{cells::voxel_edges, frame::Frame, grid_line::FrameForms, rows::MAX_VOXELS};

/// Distance between planes, and between the lines of a plane.
pub(crate) const SPACING_MM: f64 = 0.5;
/// The position of plane 0 and of line 0, in spacings. Symmetric anatomy, stored symmetrically, has voxel borders at
/// simple fractions, where rounding would decide.
const OFFSET: f64 = 0.381_966;
/// Chords closer than this are joined: the gap is rounding.
pub(crate) const TOUCH_MM: f64 = 1e-6;
/// A line whose index changes by less than this per mm is parallel to the voxels' borders.
const MIN_SLOPE: f64 = 1e-12;

/// The position of a plane along the spine, and of a line across its plane.
pub(crate) fn raster_mm(n: i64) -> f64 {
    (n as f64 + OFFSET) * SPACING_MM
}

/// The line nearest to a position across the plane.
pub(crate) fn nearest_line(mm: f64) -> i64 {
    // rounds half away from zero as `f64::round` does, without a library call
    let place = mm / SPACING_MM - OFFSET;
    let whole = place as i64;
    let rest = place - whole as f64;
    whole.saturating_add(i64::from(rest >= 0.5) - i64::from(rest <= -0.5))
}

/// The direction of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From back to front.
    Anteroposterior,
    /// From left to right.
    Transverse,
}

/// The part of a line inside a mask.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chord {
    pub(crate) plane: i64,
    pub(crate) line: i64,
    /// From where to where on the line, mm from the spine's line.
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Chord {
    pub(crate) fn length_mm(&self) -> f64 {
        self.high - self.low
    }
}

/// Up to [`MAX_VOXELS`] voxels in a row along an axis, and the planes that may cut them.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) first: [u32; 3],
    pub(crate) voxels: u32,
    pub(crate) planes: Range<i32>,
}

/// The rows of a mask by the first plane that may cut them, one column per quantity.
#[derive(Debug)]
pub(crate) struct RowTable {
    direction: Direction,
    /// The axis along which rows run.
    axis: usize,
    /// The first of all planes, and the index of the first row of each.
    first: i64,
    starts: Vec<usize>,
    /// The middle of a row, as an index.
    middles: [Vec<f64>; 3],
    voxels: Vec<f64>,
    /// The plane after a row's last.
    ends: Vec<i32>,
    /// The maximum number of planes of a row.
    max_planes: i64,
}

/// Memory that is reused from plane to plane.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    marks: Vec<u8>,
    chords: PlaneChords,
}

impl RowTable {
    /// The table of rows along an axis, for lines of one direction in a range of planes.
    pub(crate) fn new(rows: &[Row], axis: usize, direction: Direction, planes: &Range<i64>) -> Self {
        let place = |row: &Row| (i64::from(row.planes.start) - planes.start) as usize;
        let mut starts = vec![0; (planes.end - planes.start).max(0) as usize + 1];
        for row in rows {
            starts[place(row) + 1] += 1;
        }
        for n in 1..starts.len() {
            starts[n] += starts[n - 1];
        }
        let zeros = || vec![0.0; rows.len()];
        let (mut middles, mut voxels) = ([zeros(), zeros(), zeros()], zeros());
        let (mut ends, mut next) = (vec![0; rows.len()], starts.clone());
        for row in rows {
            let at = next[place(row)];
            next[place(row)] += 1;
            (0..3).for_each(|a| middles[a][at] = f64::from(row.first[a]));
            middles[axis][at] += f64::from(row.voxels - 1) / 2.0;
            (voxels[at], ends[at]) = (f64::from(row.voxels), row.planes.end);
        }
        let max_planes = rows.iter().map(|row| row.planes.end - row.planes.start).max();
        let max_planes = max_planes.map_or(0, i64::from);
        Self { direction, axis, first: planes.start, starts, middles, voxels, ends, max_planes }
    }

    /// The chords in a plane, by line and position.
    pub(crate) fn cut(&self, plane: i64, frame: &Frame, grid: &Grid, scratch: &mut Scratch) -> Vec<Chord> {
        let Scratch { marks, chords } = scratch;
        let candidates = self.candidates(plane);
        let geometry = Plane::new(frame, grid, self.direction, self.axis);
        marks.resize(candidates.len(), 0);
        wide(
            #[inline(always)]
            || self.mark(&candidates, plane as i32, &geometry, marks),
        );
        for (row, _) in candidates.zip(marks).filter(|(_, mark)| **mark == 1) {
            let middle = [0, 1, 2].map(|a| self.middles[a][row]);
            geometry.cut(middle, self.voxels[row] as usize, |line, low, high| chords.add(line, low, high));
        }
        chords.drain(plane)
    }

    /// The rows whose range of planes may include one.
    fn candidates(&self, plane: i64) -> Range<usize> {
        let last = self.starts.len() - 1;
        let from = |plane: i64| self.starts[(plane - self.first).clamp(0, last as i64) as usize];
        from(plane + 1 - self.max_planes)..from(plane + 1)
    }

    /// Marks the candidates that the plane may cut.
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    #[inline(always)]
    fn mark(&self, candidates: &Range<usize>, number: i32, plane: &Plane, marks: &mut [u8]) {
        let [(above, up), ..] = plane.forms.forms();
        let (min, per_voxel) = plane.half_height();
        let [i, j, k] = [0, 1, 2].map(|a| &self.middles[a][candidates.clone()]);
        let (voxels, ends) = (&self.voxels[candidates.clone()], &self.ends[candidates.clone()]);
        for (((((mark, i), j), k), voxels), end) in
            marks.iter_mut().zip(i).zip(j).zip(k).zip(voxels).zip(ends)
        {
            let above = above + dot([*i, *j, *k], up);
            let is_apart = above.abs() > min + voxels * per_voxel;
            *mark = u8::from(!is_apart) & u8::from(number < *end);
        }
    }
}

/// A plane and its lines in the voxel indices of a grid.
struct Plane {
    forms: FrameForms,
    direction: Direction,
    /// Index of the plane's center.
    center: Vector,
    /// Millimeters on a line per index, and the change of those from line to line, per mm across.
    per_index: Vector,
    slope: Vector,
    /// The half size of rows of 1, 2, ... voxels.
    rows: [HalfSize; MAX_VOXELS],
}

/// Half of the size of a row of voxels, mm.
#[derive(Debug, Clone, Copy)]
struct HalfSize {
    /// Perpendicular to the plane.
    up: f64,
    /// Across the lines.
    across: f64,
    /// On a line, between the row's borders along each axis.
    on_line: Vector,
}

impl Plane {
    fn new(frame: &Frame, grid: &Grid, direction: Direction, axis: usize) -> Self {
        let index = |world| grid.affine().world_to_index(world);
        let center = index(frame.center);
        let right = minus(index(frame.point(1.0, 0.0)), center);
        let anterior = minus(index(frame.point(0.0, 1.0)), center);
        let (across, along, side) = match direction {
            Direction::Anteroposterior => (right, anterior, frame.right),
            Direction::Transverse => (anterior, right, frame.anterior),
        };
        let half = |direction| voxel_edges(grid).map(|edge| dot(edge, direction).abs() / 2.0);
        let (up, side) = (half(frame.up), half(side));
        let per_index = along.map(|slope| 1.0 / if slope.abs() < MIN_SLOPE { MIN_SLOPE } else { slope });
        let half_size = |n: usize| {
            let size: Vector = std::array::from_fn(|a| if a == axis { (n + 1) as f64 } else { 1.0 });
            let on_line = std::array::from_fn(|a| size[a] / 2.0 * per_index[a].abs());
            HalfSize { up: dot(size, up) + TOUCH_MM, across: dot(size, side), on_line }
        };
        Self {
            forms: FrameForms::new(frame, grid),
            direction,
            center,
            per_index,
            slope: std::array::from_fn(|a| -across[a] * per_index[a]),
            rows: std::array::from_fn(half_size),
        }
    }

    /// Half of a row's height above the plane as a linear function of its voxels: for none, and per voxel.
    fn half_height(&self) -> (f64, f64) {
        let [one, two, ..] = &self.rows;
        let per_voxel = two.up - one.up;
        // the slack again, for rounding here
        (one.up - per_voxel + TOUCH_MM, per_voxel)
    }

    /// Calls `visit` with each line through a row, and where the line enters and leaves it.
    ///
    /// Along each axis the row lies between two borders; where a line crosses them is linear in its position across.
    fn cut(&self, middle: Vector, voxels: usize, mut visit: impl FnMut(i64, f64, f64)) {
        let size = &self.rows[voxels - 1];
        let [right, anterior] = self.forms.across(middle);
        let across = if self.direction == Direction::Anteroposterior { right } else { anterior };
        let start: Vector = std::array::from_fn(|a| (middle[a] - self.center[a]) * self.per_index[a]);
        for line in nearest_line(across - size.across)..=nearest_line(across + size.across) {
            let middle = plus(start, raster_mm(line), self.slope);
            let low = largest(minus(middle, size.on_line));
            let high = -largest(minus(middle.map(|v| -v), size.on_line));
            if low < high {
                visit(line, low, high);
            }
        }
    }
}

/// The largest of three; processors have an instruction for this form.
fn largest([a, b, c]: Vector) -> f64 {
    let ab = if a > b { a } else { b };
    if ab > c { ab } else { c }
}

/// The chords on the lines of a plane, joined where they touch.
#[derive(Debug, Default)]
struct PlaneChords {
    /// The number of the first line.
    first: i64,
    /// The chords of each line, ascending.
    lines: Vec<Vec<(f64, f64)>>,
}

impl PlaneChords {
    fn add(&mut self, line: i64, low: f64, high: f64) {
        let chords = self.line(line);
        // most continue the last one
        if let Some(last) = chords.last_mut().filter(|last| last.0 <= low) {
            if low <= last.1 + TOUCH_MM {
                last.1 = last.1.max(high);
            } else {
                chords.push((low, high));
            }
            return;
        }
        let start = chords.partition_point(|other| other.1 + TOUCH_MM < low);
        let Some(first) = chords.get_mut(start).filter(|other| other.0 <= high + TOUCH_MM) else {
            return chords.insert(start, (low, high));
        };
        *first = (first.0.min(low), first.1.max(high));
        let high = first.1;
        let more = chords[start + 1..].iter().take_while(|other| other.0 <= high + TOUCH_MM).count();
        if more > 0 {
            chords[start].1 = high.max(chords[start + more].1);
            chords.drain(start + 1..=start + more);
        }
    }

    /// The chords of a line; room is made for it.
    fn line(&mut self, line: i64) -> &mut Vec<(f64, f64)> {
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

    /// Removes all chords, by line and position; the memory stays.
    fn drain(&mut self, plane: i64) -> Vec<Chord> {
        let mut all = Vec::with_capacity(self.lines.iter().map(Vec::len).sum());
        for (line, chords) in (self.first..).zip(&mut self.lines) {
            all.extend(chords.drain(..).map(|(low, high)| Chord { plane, line, low, high }));
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use approx::assert_abs_diff_eq;
    use fastrand::Rng;
    use hemastage_image::{Affine, Labels, Roi};
    use ndarray::Array3;

    use super::{super::rows::each_row, *};

    /// The plain twin: the length that the mask cuts from each line, one line and one voxel at a time.
    fn plain_chords(mask: &Roi, frame: &Frame, direction: Direction) -> BTreeMap<i64, f64> {
        let index = |[across, along]: [f64; 2]| {
            let [right, anterior] =
                if direction == Direction::Anteroposterior { [across, along] } else { [along, across] };
            mask.grid().affine().world_to_index(frame.point(right, anterior))
        };
        let mut lengths = BTreeMap::new();
        for line in -80..80 {
            let origin = index([raster_mm(line), 0.0]);
            let per_mm = minus(index([raster_mm(line), 1.0]), origin);
            for voxel in mask.voxels() {
                let crossing = |a: usize, side: f64| (voxel[a] as f64 + side - origin[a]) / per_mm[a];
                let ends = [0, 1, 2].map(|a| [crossing(a, -0.5), crossing(a, 0.5)]);
                let low = ends.map(|[a, b]| a.min(b)).into_iter().fold(f64::NEG_INFINITY, f64::max);
                let high = ends.map(|[a, b]| a.max(b)).into_iter().fold(f64::INFINITY, f64::min);
                if low < high {
                    *lengths.entry(line).or_default() += high - low;
                }
            }
        }
        lengths
    }

    /// A mask on an oblique grid.
    fn mask(random: &mut Rng) -> Roi {
        let m =
            [[0.9, -0.3, 0.2, -6.0], [0.4, 0.8, -0.1, -7.0], [-0.1, 0.2, 2.1, -15.0], [0.0, 0.0, 0.0, 1.0]];
        let mask = Array3::from_shape_fn((14, 13, 12), |_| u8::from(random.u8(0..100) < 40));
        Roi::from_array(mask.view(), Affine::new(m).unwrap(), &Labels::NonZero).unwrap()
    }

    #[test]
    fn chords_agree_with_each_line_against_each_voxel() {
        let mut random = Rng::with_seed(5);
        let (mut scratch, planes) = (Scratch::default(), 0..1);
        for _ in 0..6 {
            let mask = mask(&mut random);
            let up = [0.6 * random.f64() - 0.3, 0.6 * random.f64() - 0.3, 1.0];
            let frame = Frame::new([1.0, 2.0, 3.0 * random.f64()], up, [1.0, 0.0, 0.0]).unwrap();
            for (direction, axis) in [Direction::Anteroposterior, Direction::Transverse]
                .into_iter()
                .flat_map(|direction| [0, 1, 2].map(|axis| (direction, axis)))
            {
                let mut rows = Vec::new();
                each_row(&mask, axis, |[first, last]| {
                    rows.push(Row { first, voxels: last[axis] - first[axis] + 1, planes: 0..1 });
                });
                let table = RowTable::new(&rows, axis, direction, &planes);
                let mut found: BTreeMap<i64, f64> = BTreeMap::new();
                for chord in table.cut(0, &frame, mask.grid(), &mut scratch) {
                    *found.entry(chord.line).or_default() += chord.length_mm();
                }
                let mut expected = plain_chords(&mask, &frame, direction);
                for lengths in [&mut found, &mut expected] {
                    lengths.retain(|_, length| *length > 1e-6);
                }
                assert!(expected.len() > 10 && found.keys().eq(expected.keys()), "{direction:?} {axis}");
                for (line, length) in found {
                    assert_abs_diff_eq!(length, expected[&line], epsilon = 1e-5);
                }
            }
        }
    }

    #[test]
    fn the_nearest_line_is_that_of_the_library() {
        let borders = (-40..40).map(|n| raster_mm(n) + SPACING_MM / 2.0);
        let near = borders.flat_map(|mm| [mm.next_down(), mm, mm.next_up(), mm + 0.1]);
        for mm in near.chain([1e17, -1e17, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN]) {
            assert_eq!(nearest_line(mm), (mm / SPACING_MM - OFFSET).round() as i64, "{mm}");
        }
    }

    #[test]
    fn chords_added_in_any_order_are_joined() {
        let mut random = Rng::with_seed(3);
        let mut chords = PlaneChords::default();
        for plane in 0..40 {
            let mut chord = |_| {
                let low = f64::from(random.u8(0..60)) + if random.bool() { 0.0 } else { TOUCH_MM / 2.0 };
                let high = low + f64::from(random.u8(1..4));
                Chord { plane, line: random.i64(-2..2), low, high }
            };
            let mut all: Vec<Chord> = (0..50).map(&mut chord).collect();
            for chord in &all {
                chords.add(chord.line, chord.low, chord.high);
            }
            all.sort_by(|a, b| a.line.cmp(&b.line).then(a.low.total_cmp(&b.low)));
            all.dedup_by(|next, last| {
                let touches = next.line == last.line && next.low <= last.high + TOUCH_MM;
                last.high = if touches { last.high.max(next.high) } else { last.high };
                touches
            });
            assert_eq!(chords.drain(plane), all);
        }
    }
}
