//! Chords of a mask: straight lines across the spine, from back to front or from left to right, and their parts in
//! the mask.
//!
//! Lines lie in planes perpendicular to the spine, 0.5 mm apart in each plane, and planes are 0.5 mm apart.

use std::ops::Range;

use hemastage_image::{
    grid::Grid,
    roi::Roi,
    vector::{dot, length},
};
use rayon::prelude::*;

use super::line::Line;
pub(super) use crate::kernel::chords::{Chord, Direction, SPACING_MM, nearest_line, raster_mm};
use crate::kernel::{
    cells::voxel_edges,
    chords::{Row, RowTable, TOUCH_MM},
    frame::{Frame, STEP_MM},
    grid_line::LinePosition,
    round::floor,
    rows::each_row,
};

/// Planes in a step.
const PLANES: i64 = (STEP_MM / SPACING_MM) as i64;

/// The planes of the steps from `start` to `end`.
pub(super) fn planes_of(start: i64, end: i64) -> Range<i64> {
    start * PLANES..end * PLANES
}

fn same_line(a: &Chord, b: &Chord) -> bool {
    (a.plane, a.line) == (b.plane, b.line)
}

/// A mask's voxels in rows, for lines of one direction.
///
/// Rows run along the grid axis closest to the lines, so that few lines cut few rows.
pub(super) struct MaskRows<'a> {
    line: &'a Line,
    grid: &'a Grid,
    table: RowTable,
}

impl<'a> MaskRows<'a> {
    /// The rows that some of the planes may cut.
    pub(super) fn of(line: &'a Line, mask: &'a Roi, planes: &Range<i64>, direction: Direction) -> Self {
        let grid = mask.grid();
        let on_grid = line.on_grid(grid);
        let edges = voxel_edges(grid);
        let middle = &line.frames[line.frames.len() / 2];
        let way = if direction == Direction::Anteroposterior { middle.anterior } else { middle.right };
        let [i, j, k] = edges.map(|edge| dot(edge, way).abs() / length(edge));
        let axis = if i >= j.max(k) { 0 } else { 1 + usize::from(k > j) };
        // planes are closer to each other on the inner side of a curve
        let half_height = |frame: &Frame| {
            0.75 * edges.iter().map(|&edge| dot(edge, frame.up).abs()).sum::<f64>() + SPACING_MM
        };
        let half_heights: Vec<f64> = line.frames.iter().map(half_height).collect();
        let mut previous: Option<LinePosition> = None;
        let mut rows = Vec::new();
        each_row(mask, axis, |[first, last]| {
            let start = on_grid.locate_voxel(first.map(f64::from), previous.as_ref());
            let end =
                if first == last { start } else { on_grid.locate_voxel(last.map(f64::from), Some(&start)) };
            previous = Some(start);
            let ends = [start, end].map(|end| (end.along, half_heights[end.frame()]));
            let low = ends.map(|(along, half)| along - half).into_iter().fold(f64::INFINITY, f64::min);
            let high = ends.map(|(along, half)| along + half).into_iter().fold(f64::NEG_INFINITY, f64::max);
            let low = floor(low / SPACING_MM).max(planes.start) as i32;
            let high = floor(high / SPACING_MM).saturating_add(1).min(planes.end) as i32;
            if low < high {
                rows.push(Row { first, voxels: last[axis] - first[axis] + 1, planes: low..high });
            }
        });
        Self { line, grid, table: RowTable::new(&rows, axis, direction, planes) }
    }

    /// All chords in some planes, by plane, line and position.
    pub(super) fn chords(&self, planes: &Range<i64>) -> Vec<Chord> {
        let planes: Vec<i64> = planes.clone().collect();
        let by_plane: Vec<Vec<Chord>> = planes
            .par_iter()
            .map_init(Default::default, |scratch, &plane| {
                self.table.cut(plane, &self.line.at(raster_mm(plane)), self.grid, scratch)
            })
            .collect();
        by_plane.concat()
    }
}

/// Chords joined where they touch or lie up to some mm apart, by plane, line and position.
pub(super) fn joined(mut chords: Vec<Chord>, gap_mm: f64) -> Vec<Chord> {
    // a stable sort, which is fast where parts are already in order
    chords.sort_by(|a, b| (a.plane, a.line).cmp(&(b.plane, b.line)).then(a.low.total_cmp(&b.low)));
    let mut joined: Vec<Chord> = Vec::new();
    for chord in chords {
        match joined.last_mut() {
            Some(last) if same_line(last, &chord) && chord.low <= last.high + gap_mm => {
                last.high = last.high.max(chord.high);
            }
            _ => joined.push(chord),
        }
    }
    joined
}

/// The longest chord of each line; of equal ones the first.
pub(super) fn longest(mut joined: Vec<Chord>) -> Vec<Chord> {
    joined.dedup_by(|next, kept| {
        let is_same = same_line(kept, next);
        if is_same && next.length_mm() > kept.length_mm() + TOUCH_MM {
            *kept = *next;
        }
        is_same
    });
    joined
}

/// The chords in a range of planes; `chords` are sorted by plane.
pub(super) fn within<'a>(chords: &'a [Chord], planes: &Range<i64>) -> &'a [Chord] {
    let start = chords.partition_point(|chord| chord.plane < planes.start);
    let end = chords.partition_point(|chord| chord.plane < planes.end);
    &chords[start..end.max(start)]
}

/// The chord on the same line as another that includes its middle; `joined` are sorted by plane, line and position.
pub(super) fn around<'a>(joined: &'a [Chord], other: &Chord) -> Option<&'a Chord> {
    let middle = f64::midpoint(other.low, other.high);
    let before = |chord: &Chord| {
        (chord.plane, chord.line) < (other.plane, other.line)
            || (same_line(chord, other) && chord.high < middle)
    };
    joined.get(joined.partition_point(before)).filter(|chord| same_line(chord, other))
}

/// The first chord of a line; `chords` are sorted by plane and line.
pub(super) fn on_line(chords: &[Chord], plane: i64, line: i64) -> Option<&Chord> {
    let at = chords.partition_point(|chord| (chord.plane, chord.line) < (plane, line));
    chords.get(at).filter(|chord| (chord.plane, chord.line) == (plane, line))
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels, vector::Vector};
    use ndarray::Array3;

    use super::{super::fit::fit, *};

    /// A region of random voxels on an oblique grid.
    fn region(shape: [usize; 3], percent: u8) -> Roi {
        let m =
            [[0.9, -0.3, 0.2, -6.0], [0.4, 0.8, -0.1, -7.0], [-0.1, 0.2, 2.1, -30.0], [0.0, 0.0, 0.0, 1.0]];
        let mut random = fastrand::Rng::with_seed(7);
        let mask = Array3::from_shape_fn(shape, |_| u8::from(random.u8(0..100) < percent));
        Roi::from_array(mask.view(), Affine::new(m).unwrap(), &Labels::NonZero).unwrap()
    }

    #[test]
    fn agrees_with_walking_along_each_line() {
        let line = fit(&region([12, 12, 30], 100), 20.0).unwrap();
        let mask = region([12, 12, 30], 40);
        let holds = |p: Vector| {
            let index = mask.grid().affine().world_to_index(p).map(f64::round);
            index.iter().all(|&v| v >= 0.0) && mask.position(index.map(|v| v as usize)).is_some()
        };
        let planes = planes_of(20, 22);
        for direction in [Direction::Anteroposterior, Direction::Transverse] {
            let found = MaskRows::of(&line, &mask, &planes, direction).chords(&planes);
            let mut lines = 0;
            for plane in planes.clone() {
                let frame = line.at(raster_mm(plane));
                for number in -20..20 {
                    let point = |along: f64| match direction {
                        Direction::Anteroposterior => frame.point(raster_mm(number), along),
                        Direction::Transverse => frame.point(along, raster_mm(number)),
                    };
                    let walked =
                        (-4000..4000).filter(|&n| holds(point(f64::from(n) * 0.005))).count() as f64 * 0.005;
                    let chords: Vec<&Chord> =
                        found.iter().filter(|c| (c.plane, c.line) == (plane, number)).collect();
                    let cut: f64 = chords.iter().map(|chord| chord.length_mm()).sum();
                    assert!((cut - walked).abs() < 0.005 * (2 + 2 * chords.len()) as f64, "{cut} {walked}");
                    lines += chords.len();
                }
            }
            assert!(lines > 50, "{lines}");
        }
    }

    #[test]
    fn touching_chords_are_one() {
        let chord = |line, low, high| Chord { plane: 3, line, low, high };
        let chords = [chord(1, 2.0, 3.0), chord(0, 0.0, 1.0), chord(1, 0.0, 2.0), chord(1, 3.5, 7.5)];
        let across = |gap_mm| joined(chords.to_vec(), gap_mm);
        assert_eq!(across(0.49), across(TOUCH_MM));
        assert_eq!(across(0.5), [chord(0, 0.0, 1.0), chord(1, 0.0, 7.5)]);
        let found = across(TOUCH_MM);
        assert_eq!(found, [chord(0, 0.0, 1.0), chord(1, 0.0, 3.0), chord(1, 3.5, 7.5)]);
        assert_eq!(around(&found, &chord(1, 1.0, 2.0)), Some(&chord(1, 0.0, 3.0)));
        assert_eq!(around(&found, &chord(0, 4.0, 5.0)), None);
        assert_eq!(longest(found), [chord(0, 0.0, 1.0), chord(1, 3.5, 7.5)]);
    }
}
