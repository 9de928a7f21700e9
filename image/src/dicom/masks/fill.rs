//! The pixels inside closed contours, by the even-odd rule.

use super::error::MaskError;
use crate::memory::{reserve, reserve_exact};

/// A point in a slice, in pixels: whole numbers are pixel centers.
pub(super) type Point = [f64; 2];

/// Maximum number of crossings of contours with pixel rows in one file; the contours of a spine have thousands.
const MAX_CROSSINGS: usize = 1 << 24;

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
/// A center on an edge is inside if the region lies towards higher indices, so that regions which share an edge share
/// no pixel.
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
    (x.ceil().max(0.0) as usize).min(pixels)
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
