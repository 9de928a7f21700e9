//! The cord's mean center line and positions along it.

use super::*;

/// The cord's mean center line, as a map from height along its main axis to arc length.
#[derive(Debug, Clone)]
pub(crate) struct CenterLine {
    /// Mean of the cord's voxel centers.
    pub(super) center: Point,
    /// Main axis, upwards.
    pub(super) direction: Point,
    /// Height and arc length of each 5 mm slab's mean position.
    pub(super) knots: Vec<(f64, f64)>,
    /// Arc length at the lowest voxel center, where positions start.
    pub(super) start: f64,
}

impl CenterLine {
    /// Width of a slab in millimeters.
    const SLAB: f64 = 5.0;

    /// Center line of a cord mask.
    pub(crate) fn of(cord: &Mask) -> Result<Self, String> {
        let at = voxels_of(&cord.data);
        if at.is_empty() {
            return Err("the cord mask is empty".into());
        }
        let points: Vec<Point> = at.into_iter().map(|v| center_of(&cord.affine, v)).collect();
        Ok(Self::through(&points))
    }

    /// Center line of a cloud of points.
    pub(super) fn through(points: &[Point]) -> Self {
        let center = mean_point(points);
        let direction = upward(principal_direction(covariance(points, center)));
        let mut line = Self { center, direction, knots: Vec::new(), start: 0.0 };
        let heights: Vec<f64> = points.iter().map(|&p| line.height(p)).collect();
        let lowest = heights.iter().copied().fold(f64::INFINITY, f64::min);
        line.knots = line.knots_of(&slabs(points, &heights, lowest));
        line.start = line.arc(lowest);
        line
    }

    /// Height and arc length of each slab's mean position.
    pub(super) fn knots_of(&self, slabs: &[Vec<Point>]) -> Vec<(f64, f64)> {
        let means: Vec<Point> = slabs.iter().map(|slab| mean_point(slab)).collect();
        let mut knots = Vec::new();
        let mut arc = 0.0;
        for (k, &mean) in means.iter().enumerate() {
            if k > 0 {
                arc += norm(minus(mean, means[k - 1]));
            }
            knots.push((self.height(mean), arc));
        }
        knots
    }

    /// Height of a world point along the main axis.
    pub(super) fn height(&self, p: Point) -> f64 {
        dot(minus(p, self.center), self.direction)
    }

    /// Arc length at a height: linear between knots, the end segments go on straight.
    pub(super) fn arc(&self, height: f64) -> f64 {
        let knots = &self.knots;
        if knots.len() == 1 {
            return knots[0].1 + height - knots[0].0;
        }
        let mut upper = 1;
        while upper + 1 < knots.len() && height > knots[upper].0 {
            upper += 1;
        }
        let (low, high) = (knots[upper - 1], knots[upper]);
        low.1 + (height - low.0) * (high.1 - low.1) / (high.0 - low.0)
    }

    /// Position along the cord in millimeters; 0 at the lowest cord voxel.
    pub(crate) fn position(&self, p: Point) -> f64 {
        self.arc(self.height(p)) - self.start
    }
}

/// Points by 5 mm slab, empty slabs left out; a last slab narrower than half joins the one before.
pub(super) fn slabs(points: &[Point], heights: &[f64], lowest: f64) -> Vec<Vec<Point>> {
    let highest = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let last = interval(highest - lowest, CenterLine::SLAB);
    let rest = highest - lowest - CenterLine::SLAB * number(last);
    let joins = last > 0 && rest < CenterLine::SLAB / 2.0;
    let mut slabs: BTreeMap<usize, Vec<Point>> = BTreeMap::new();
    for (&p, height) in points.iter().zip(heights) {
        let slab = interval(height - lowest, CenterLine::SLAB);
        let slab = if joins && slab == last { last - 1 } else { slab };
        slabs.entry(slab).or_default().push(p);
    }
    slabs.into_values().collect()
}

/// Number of the interval of a given width that holds `x`.
pub(super) fn interval(x: f64, width: f64) -> usize {
    whole((x / width + BORDER_SLACK).floor())
}

/// Mean position.
pub(super) fn mean_point(points: &[Point]) -> Point {
    [0, 1, 2].map(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / number(points.len()))
}

/// Covariance matrix about a center.
pub(super) fn covariance(points: &[Point], center: Point) -> [[f64; 3]; 3] {
    let mut sum = [[0.0; 3]; 3];
    for &p in points {
        let d = minus(p, center);
        for row in 0..3 {
            for column in 0..3 {
                sum[row][column] += d[row] * d[column] / number(points.len());
            }
        }
    }
    sum
}

/// Unit eigenvector of the largest eigenvalue of a symmetric matrix, by Jacobi rotations.
pub(super) fn principal_direction(mut matrix: [[f64; 3]; 3]) -> Point {
    let mut vectors = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    for _ in 0..100 {
        for (p, q) in [(0, 1), (0, 2), (1, 2)] {
            rotate(&mut matrix, &mut vectors, (p, q));
        }
    }
    let mut best = 0;
    for axis in 1..3 {
        if matrix[axis][axis] > matrix[best][best] {
            best = axis;
        }
    }
    let column = vectors.map(|row| row[best]);
    column.map(|x| x / norm(column))
}

/// The rotation that clears an entry: `matrix` to `R' matrix R`, `vectors` to `vectors R`.
pub(super) fn rotate(matrix: &mut [[f64; 3]; 3], vectors: &mut [[f64; 3]; 3], (p, q): (usize, usize)) {
    if matrix[p][q] == 0.0 {
        return;
    }
    let tangent_of_double = 2.0 * matrix[p][q] / (matrix[q][q] - matrix[p][p]);
    let (sin, cos) = (0.5 * tangent_of_double.atan()).sin_cos();
    for row in matrix.iter_mut().chain(vectors) {
        (row[p], row[q]) = (cos * row[p] - sin * row[q], sin * row[p] + cos * row[q]);
    }
    let (upper, lower) = (matrix[p], matrix[q]);
    for k in 0..3 {
        matrix[p][k] = cos * upper[k] - sin * lower[k];
        matrix[q][k] = sin * upper[k] + cos * lower[k];
    }
}

/// The sign of an axis that points up, else forwards, else right.
pub(super) fn upward(u: Point) -> Point {
    let level = |x: f64| x.abs() < 1e-6;
    let leading = match u {
        [_, _, z] if !level(z) => z,
        [_, y, _] if !level(y) => y,
        [x, _, _] => x,
    };
    if leading < 0.0 { u.map(|x| -x) } else { u }
}
