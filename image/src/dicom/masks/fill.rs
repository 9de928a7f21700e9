//! The pixels inside closed contours, by the even-odd rule, and those on their lines.

use super::error::MaskError;
use crate::memory::{reserve, reserve_exact};

/// A point in a slice, in pixels: whole numbers are pixel centers.
pub(super) type Point = [f64; 2];

/// Maximum number of crossings of contours with pixel rows in one file; the contours of a spine have thousands.
const MAX_CROSSINGS: usize = 1 << 24;

/// How near to a side of a contour a pixel center counts as on it, in pixels: coordinates are rounded when written.
const ON_LINE: f64 = 0.01;

/// Contiguous pixels of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) row: usize,
    pub(super) columns: std::ops::Range<usize>,
}

/// How many crossings are left of those that a file may have.
#[derive(Debug)]
pub(super) struct Budget(usize);

impl Budget {
    pub(super) fn new() -> Self {
        Self(MAX_CROSSINGS)
    }

    fn spend(&mut self, crossings: usize) -> Result<(), MaskError> {
        self.0 = self.0.checked_sub(crossings).ok_or(MaskError::Crossings { max: MAX_CROSSINGS })?;
        Ok(())
    }
}

/// Calls `visit` for the pixels of a slice whose centers are inside an odd number of contours, as spans by row.
///
/// A center on an edge is inside if the region lies towards higher indices; [`trace`] gives all others.
///
/// # Errors
/// When the contours cross more rows than any real ones do, memory runs out, or `visit` fails.
pub(super) fn fill(
    contours: &[Vec<Point>],
    [columns, rows]: [usize; 2],
    budget: &mut Budget,
    mut visit: impl FnMut(Span) -> Result<(), MaskError>,
) -> Result<(), MaskError> {
    let edges = edges_by_first_row(contours, rows, budget)?;
    let (mut waiting, mut crossed): (&[Edge], Vec<Edge>) = (&edges, Vec::new());
    let mut crossings: Vec<f64> = Vec::new();
    let mut row = 0;
    while !(waiting.is_empty() && crossed.is_empty()) {
        if crossed.is_empty() {
            row = waiting[0].rows[0];
        }
        let (starting, later) = waiting.split_at(waiting.partition_point(|edge| edge.rows[0] == row));
        waiting = later;
        reserve(&mut crossed, starting.len())?;
        crossed.extend(starting);
        crossings.clear();
        reserve(&mut crossings, crossed.len())?;
        crossings.extend(crossed.iter().map(|edge| edge.column_at(contours, f64::from(row))));
        crossings.sort_unstable_by(f64::total_cmp);
        // a closed contour crosses each row an even number of times
        for &[enter, leave] in crossings.as_chunks::<2>().0 {
            let columns = first_at_or_after(enter, columns)..first_at_or_after(leave, columns);
            if !columns.is_empty() {
                visit(Span { row: row as usize, columns })?;
            }
        }
        row += 1;
        crossed.retain(|edge| edge.rows[1] > row);
    }
    Ok(())
}

/// Calls `visit` for the pixels whose centers are within 0.01 pixel of a side of a contour, as spans by row.
///
/// Some programs draw contours through the outermost pixel centers of a region, so that these belong to it on all of its
/// sides, and mark a line of pixels by a contour of two points.
///
/// # Errors
/// As [`fill`].
pub(super) fn trace(
    contours: &[Vec<Point>],
    [columns, rows]: [usize; 2],
    budget: &mut Budget,
    mut visit: impl FnMut(Span) -> Result<(), MaskError>,
) -> Result<(), MaskError> {
    for contour in contours {
        for at in 0..contour.len() {
            let [from, to] = side(contour, at);
            let near_rows = near(from[1], to[1], rows);
            if near_rows.is_empty() || near(from[0], to[0], columns).is_empty() {
                continue;
            }
            budget.spend(near_rows.len())?;
            let line = Line::of(from, to);
            for row in near_rows {
                let columns = line.columns_near(row as f64, columns);
                if !columns.is_empty() {
                    visit(Span { row, columns })?;
                }
            }
        }
    }
    Ok(())
}

/// The pixels between two coordinates, or close to either.
fn near(from: f64, to: f64, pixels: usize) -> std::ops::Range<usize> {
    first_at_or_after(from.min(to) - ON_LINE, pixels)..first_after(from.max(to) + ON_LINE, pixels)
}

/// A side of a contour, to find what is within [`ON_LINE`] of it.
struct Line {
    from: Point,
    along: Point,
    square: f64,
    /// Columns per row.
    slope: f64,
    /// How far points at [`ON_LINE`] from the infinite line are from it along a row.
    half: f64,
}

impl Line {
    fn of(from: Point, to: Point) -> Self {
        let along = [to[0] - from[0], to[1] - from[1]];
        let square = along[0] * along[0] + along[1] * along[1];
        let (slope, half) = (along[0] / along[1], ON_LINE * square.sqrt() / along[1].abs());
        Self { from, along, square, slope, half }
    }

    /// The columns of a row whose centers are within [`ON_LINE`].
    fn columns_near(&self, row: f64, columns: usize) -> std::ops::Range<usize> {
        let (start, end) = (self.from[0], self.from[0] + self.along[0]);
        let crossing = start + (row - self.from[1]) * self.slope;
        // a strip around the line, cut off near the ends; where the side runs along the row, all between these
        let low = (crossing - self.half).max(start.min(end) - ON_LINE);
        let high = (crossing + self.half).min(start.max(end) + ON_LINE);
        let mut found = first_at_or_after(low, columns)..first_after(high, columns);
        // the corners of the strip are farther from the ends
        if !found.is_empty() && self.is_beyond([found.start as f64, row]) {
            found.start += 1;
        }
        if !found.is_empty() && self.is_beyond([(found.end - 1) as f64, row]) {
            found.end -= 1;
        }
        found
    }

    /// Whether a point of the strip is near an end, and farther from the side than [`ON_LINE`].
    fn is_beyond(&self, point: Point) -> bool {
        let end = [self.from[0] + self.along[0], self.from[1] + self.along[1]];
        let is_close = |end: Point| (0..2).all(|a| (point[a] - end[a]).abs() <= 2.0 * ON_LINE);
        (is_close(self.from) || is_close(end)) && !self.is_near(point)
    }

    fn is_near(&self, [x, y]: Point) -> bool {
        let off = [x - self.from[0], y - self.from[1]];
        let share = (off[0] * self.along[0] + off[1] * self.along[1]) / self.square;
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let rest = [off[0] - share * self.along[0], off[1] - share * self.along[1]];
        rest[0] * rest[0] + rest[1] * rest[1] <= ON_LINE * ON_LINE
    }
}

/// A side of a contour, and the range of rows that it crosses.
#[derive(Debug, Clone, Copy)]
struct Edge {
    rows: [u32; 2],
    contour: u32,
    /// The point that it starts at.
    from: u32,
}

impl Edge {
    /// Where the edge crosses a row; the same to the last bit in either direction of the edge.
    fn column_at(&self, contours: &[Vec<Point>], row: f64) -> f64 {
        let [from, to] = side(&contours[self.contour as usize], self.from as usize);
        let (low, high) = if from[1] <= to[1] { (from, to) } else { (to, from) };
        low[0] + (row - low[1]) / (high[1] - low[1]) * (high[0] - low[0])
    }
}

/// The side of a contour that starts at a point.
fn side(contour: &[Point], from: usize) -> [Point; 2] {
    [contour[from], contour[(from + 1) % contour.len()]]
}

fn edges_by_first_row(
    contours: &[Vec<Point>],
    rows: usize,
    budget: &mut Budget,
) -> Result<Vec<Edge>, MaskError> {
    let mut edges = Vec::new();
    reserve_exact(&mut edges, contours.iter().map(Vec::len).sum())?;
    for (contour, number) in contours.iter().zip(0..) {
        for at in 0..contour.len() {
            let crossed = rows_crossed(side(contour, at), rows);
            budget.spend(crossed.len())?;
            if !crossed.is_empty() {
                let rows = [crossed.start as u32, crossed.end as u32];
                edges.push(Edge { rows, contour: number, from: at as u32 });
            }
        }
    }
    edges.sort_unstable_by_key(|edge| (edge.rows[0], edge.contour, edge.from));
    Ok(edges)
}

/// The rows whose centers an edge passes, its lower end included and its upper one excluded.
fn rows_crossed([from, to]: [Point; 2], rows: usize) -> std::ops::Range<usize> {
    let (low, high) = (from[1].min(to[1]), from[1].max(to[1]));
    first_at_or_after(low, rows)..first_at_or_after(high, rows)
}

/// The first pixel whose center is not before `x`.
fn first_at_or_after(x: f64, pixels: usize) -> usize {
    let x = x.clamp(-1.0, pixels as f64);
    // `ceil` is a call on processors without an instruction for it
    let whole = x as i64;
    (whole + i64::from(x > whole as f64)).max(0) as usize
}

/// The first pixel whose center is after `x`.
fn first_after(x: f64, pixels: usize) -> usize {
    let x = x.clamp(-1.0, pixels as f64);
    let whole = x as i64;
    ((whole + 1 - i64::from(x < whole as f64)).max(0) as usize).min(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: [usize; 2] = [23, 17];

    fn filled(contours: &[Vec<Point>]) -> Vec<[usize; 2]> {
        let mut pixels = Vec::new();
        let mut visit = |span: Span| {
            pixels.extend(span.columns.map(|column| [column, span.row]));
            Ok(())
        };
        fill(contours, SIZE, &mut Budget::new(), &mut visit).unwrap();
        pixels
    }

    /// Oracle: casts a ray from every pixel.
    fn ray_cast(contours: &[Vec<Point>]) -> Vec<[usize; 2]> {
        let mut inside = Vec::new();
        for row in 0..SIZE[1] {
            for column in 0..SIZE[0] {
                let (x, y) = (column as f64, row as f64);
                let mut odd = false;
                for contour in contours {
                    let mut from = contour[contour.len() - 1];
                    for &to in contour {
                        let meets = (from[1] > y) != (to[1] > y);
                        if meets && x < (to[0] - from[0]) * (y - from[1]) / (to[1] - from[1]) + from[0] {
                            odd = !odd;
                        }
                        from = to;
                    }
                }
                if odd {
                    inside.push([column, row]);
                }
            }
        }
        inside
    }

    /// The pixels that contours mark: inside by the even-odd rule, or on a line.
    fn marked(contours: &[Vec<Point>]) -> Vec<[usize; 2]> {
        let mut pixels = filled(contours);
        let mut visit = |span: Span| {
            pixels.extend(span.columns.map(|column| [column, span.row]));
            Ok(())
        };
        trace(contours, SIZE, &mut Budget::new(), &mut visit).unwrap();
        pixels.sort_by_key(|&[column, row]| [row, column]);
        pixels.dedup();
        pixels
    }

    /// Oracle: the distance of a point from a side.
    fn distance(from: Point, to: Point, [x, y]: Point) -> f64 {
        let along = [to[0] - from[0], to[1] - from[1]];
        let square = along[0] * along[0] + along[1] * along[1];
        let share = ((x - from[0]) * along[0] + (y - from[1]) * along[1]) / square;
        let share = if square > 0.0 { share.clamp(0.0, 1.0) } else { 0.0 };
        (from[0] + share * along[0] - x).hypot(from[1] + share * along[1] - y)
    }

    /// Oracle: pixels that are inside by a ray, or within a distance of a side.
    fn cast_or_within(contours: &[Vec<Point>], max: f64) -> Vec<[usize; 2]> {
        let mut pixels = ray_cast(contours);
        for row in 0..SIZE[1] {
            for column in 0..SIZE[0] {
                let at = [column as f64, row as f64];
                let is_near = |contour: &Vec<Point>| {
                    (0..contour.len()).any(|n| {
                        let [from, to] = side(contour, n);
                        distance(from, to, at) <= max
                    })
                };
                if contours.iter().any(is_near) {
                    pixels.push([column, row]);
                }
            }
        }
        pixels.sort_by_key(|&[column, row]| [row, column]);
        pixels.dedup();
        pixels
    }

    fn square(low: f64, high: f64) -> Vec<Point> {
        vec![[low, low], [high, low], [high, high], [low, high]]
    }

    #[test]
    fn agrees_with_a_ray_from_every_pixel() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..300 {
            let contours: Vec<Vec<Point>> = (0..=random.usize(..3))
                .map(|_| {
                    let points = 3 + random.usize(..9);
                    (0..points).map(|_| [random.f64() * 30.0 - 4.0, random.f64() * 25.0 - 4.0]).collect()
                })
                .collect();
            assert_eq!(filled(&contours), ray_cast(&contours), "{contours:?}");
        }
    }

    #[test]
    fn marks_what_is_inside_or_on_a_line() {
        let mut random = fastrand::Rng::with_seed(8);
        let mut on_lines = 0;
        for round in 0..600 {
            let contours: Vec<Vec<Point>> = (0..=random.usize(..3))
                .map(|_| {
                    let points = 2 + random.usize(..7);
                    (0..points)
                        .map(|_| {
                            let at = [random.f64() * 30.0 - 4.0, random.f64() * 25.0 - 4.0];
                            // on centers, near them, in the middle between them, anywhere
                            match round % 4 {
                                0 => at.map(f64::round),
                                1 => at.map(|v| v.round() + (random.f64() - 0.5) * 0.04),
                                2 => at.map(|v| v.floor() + 0.5),
                                _ => at,
                            }
                        })
                        .collect()
                })
                .collect();
            // a distance of exactly 0.01 may be rounded to either side
            let [least, most] = [-1e-9, 1e-9].map(|off| cast_or_within(&contours, ON_LINE + off));
            let found = marked(&contours);
            assert!(least.iter().all(|pixel| found.contains(pixel)), "{contours:?}");
            assert!(found.iter().all(|pixel| most.contains(pixel)), "{contours:?}");
            on_lines += found.len() - filled(&contours).len();
        }
        assert!(on_lines > 1000, "{on_lines}");
    }

    #[test]
    fn a_contour_through_pixel_centers_holds_them() {
        let count = |contour: Vec<Point>| marked(&[contour]).len();
        let box_of = |low: [f64; 2], high: [f64; 2]| vec![low, [high[0], low[1]], high, [low[0], high[1]]];
        assert_eq!(count(box_of([2.0, 3.0], [6.0, 5.0])), 15);
        assert_eq!(count(box_of([2.0, 3.0], [3.0, 12.0])), 20, "two pixels wide");
        assert_eq!(count(box_of([2.009, 3.0], [5.991, 5.0])), 15);
        assert_eq!(count(box_of([2.011, 3.0], [5.989, 5.0])), 9);
        assert_eq!(count(vec![[2.0, 3.0], [7.0, 3.0]]), 6, "two points");
        assert_eq!(marked(&[vec![[2.0, 3.0], [5.0, 6.0]]]), [[2, 3], [3, 4], [4, 5], [5, 6]]);
        assert_eq!(count(vec![[2.5, 3.0], [2.5, 6.0]]), 0, "between the columns");
        assert_eq!(count(vec![[2.0, 3.0], [2.0, 3.0]]), 1, "twice the same");
        assert_eq!(marked(&[square(2.0, 6.0), square(3.0, 5.0)]).len(), 25 - 1, "the line of a hole too");
        assert_eq!(count(box_of([-5.0, -5.0], [40.0, 40.0])), SIZE[0] * SIZE[1]);
        assert_eq!(count(vec![[-1e300, 3.0], [1e300, 3.0]]), SIZE[0]);
    }

    #[test]
    fn a_center_on_an_edge_is_inside_on_the_lower_side() {
        let pixels = filled(&[square(2.0, 4.0)]);
        assert_eq!(pixels, [[2, 2], [3, 2], [2, 3], [3, 3]]);
        let (left, right) = (square(2.0, 4.0), vec![[4.0, 2.0], [6.0, 2.0], [6.0, 4.0], [4.0, 4.0]]);
        assert_eq!(
            filled(&[left.clone(), right.clone()]).len(),
            filled(&[left]).len() + filled(&[right]).len()
        );
    }

    #[test]
    fn a_hole_is_a_contour_inside_or_a_keyhole() {
        let holed = filled(&[square(1.5, 9.5), square(3.5, 6.5)]);
        assert_eq!(holed.len(), 64 - 9);
        let mut keyhole = square(1.5, 9.5);
        keyhole.extend([[1.5, 1.5], [3.5, 3.5], [3.5, 6.5], [6.5, 6.5], [6.5, 3.5], [3.5, 3.5]]);
        assert_eq!(filled(&[keyhole]), holed);
    }

    #[test]
    fn what_lies_outside_the_slice_is_left_out() {
        assert_eq!(filled(&[square(-1e300, 1e300)]).len(), SIZE[0] * SIZE[1]);
        assert!(filled(&[square(-9.0, -1.0), square(40.0, 50.0)]).is_empty());
        assert!(filled(&[vec![[3.0, 3.0]], vec![[1.0, 1.0], [5.0, 9.0]]]).is_empty());
    }

    #[test]
    fn too_many_crossings_are_refused() {
        let zigzag: Vec<Point> = (0..9).map(|n| [f64::from(n), f64::from(n % 2) * 10.0]).collect();
        assert!(
            fill(&[zigzag], SIZE, &mut Budget(20), |_| Ok(())).unwrap_err().to_string().contains("cross")
        );
    }
}
