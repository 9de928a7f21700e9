//! Grids, sampling and lookups, voxel by voxel.

use super::*;

/// Spacing in millimeters along each index axis.
pub(super) fn spacing(affine: &Affine) -> [f64; 3] {
    [0, 1, 2].map(|axis| norm([0, 1, 2].map(|row| affine[row][axis])))
}

/// Axes with a spacing <= 1.5 x the smallest or <= 1.01 x the second smallest.
pub(super) fn near_axes(affine: &Affine) -> Vec<usize> {
    let spacing = spacing(affine);
    let ascending = sorted(&spacing);
    let near = |mm: f64| mm <= 1.5 * ascending[0] || mm <= 1.01 * ascending[1];
    (0..3).filter(|&axis| near(spacing[axis])).collect()
}

/// Volume of one voxel.
pub(super) fn voxel_volume(affine: &Affine) -> f64 {
    determinant(affine).abs()
}

/// Determinant of the 3x3 part.
pub(super) fn determinant(m: &Affine) -> f64 {
    m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
        + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
}

/// Inverse of an affine, by cofactors.
pub(crate) fn inverse(m: &Affine) -> Result<Affine, String> {
    let det = determinant(m);
    if !det.is_finite() || det == 0.0 {
        return Err(format!("affine with determinant {det} has no inverse"));
    }
    let entry = |row: usize, column: usize| cofactor(m, column, row) / det;
    let rows = [0, 1, 2].map(|row| {
        let [x, y, z] = [0, 1, 2].map(|column| entry(row, column));
        [x, y, z, -(x * m[0][3] + y * m[1][3] + z * m[2][3])]
    });
    Ok([rows[0], rows[1], rows[2], [0.0, 0.0, 0.0, 1.0]])
}

/// Signed minor of the 3x3 part.
pub(super) fn cofactor(m: &Affine, row: usize, column: usize) -> f64 {
    let (below, under) = ((row + 1) % 3, (row + 2) % 3);
    let (right, beyond) = ((column + 1) % 3, (column + 2) % 3);
    m[below][right] * m[under][beyond] - m[below][beyond] * m[under][right]
}

/// Applies an affine to a point.
pub(crate) fn transform(m: &Affine, p: Point) -> Point {
    [0, 1, 2].map(|row| m[row][0] * p[0] + m[row][1] * p[1] + m[row][2] * p[2] + m[row][3])
}

/// World position of a voxel center.
pub(crate) fn center_of(affine: &Affine, at: Index) -> Point {
    transform(affine, at.map(number))
}

/// Every index of a grid, `i` fastest.
pub(super) fn indices_of(shape: (usize, usize, usize)) -> Vec<Index> {
    let mut all = Vec::new();
    for k in 0..shape.2 {
        for j in 0..shape.1 {
            for i in 0..shape.0 {
                all.push([i, j, k]);
            }
        }
    }
    all
}

/// Indices of a mask's voxels, `i` fastest.
pub(super) fn voxels_of(mask: &Array3<bool>) -> Vec<Index> {
    indices_of(mask.dim()).into_iter().filter(|&at| mask[at]).collect()
}

/// The voxel `at + step`, if it lies in the grid.
pub(super) fn shifted(at: Index, step: [isize; 3], shape: (usize, usize, usize)) -> Option<Index> {
    let i = at[0].checked_add_signed(step[0]).filter(|&i| i < shape.0)?;
    let j = at[1].checked_add_signed(step[1]).filter(|&j| j < shape.1)?;
    let k = at[2].checked_add_signed(step[2]).filter(|&k| k < shape.2)?;
    Some([i, j, k])
}

/// The two face neighbors along each given axis; none beyond the grid.
pub(super) fn face_neighbors(at: Index, axes: &[usize], shape: (usize, usize, usize)) -> Vec<Option<Index>> {
    let mut found = Vec::new();
    for &axis in axes {
        for sign in [-1, 1] {
            let mut step = [0; 3];
            step[axis] = sign;
            found.push(shifted(at, step, shape));
        }
    }
    found
}

/// True when every face neighbor along the axes lies in the mask.
pub(super) fn enclosed(mask: &Array3<bool>, at: Index, axes: &[usize]) -> bool {
    face_neighbors(at, axes, mask.dim()).into_iter().all(|next| next.is_some_and(|n| mask[n]))
}

/// An index within 1e-3 of an integer becomes that integer.
pub(super) fn snapped(x: f64) -> f64 {
    if (x - x.round()).abs() <= SNAP { x.round() } else { x }
}

/// Trilinear value at a fractional index; NaN where unsampled.
///
/// Each index is first rounded when it lies within 1e-3 of an integer. Outside
/// `[-0.5, n - 0.5]` there is no value; within that rim the index is clamped to the grid. A
/// neighbor that is not finite matters only when its weight is not zero.
pub(crate) fn sample(data: &Array3<f64>, index: Point) -> f64 {
    let shape = <[usize; 3]>::from(data.dim());
    let mut ends = [[(0, 0.0); 2]; 3];
    for axis in 0..3 {
        let (x, n) = (snapped(index[axis]), number(shape[axis]));
        if !(x >= -0.5 && x <= n - 0.5) {
            return f64::NAN;
        }
        let x = x.clamp(0.0, n - 1.0);
        let part = x - x.floor();
        let low = whole(x.floor());
        ends[axis] = [(low, 1.0 - part), (low + 1, part)];
    }
    let value = weighted_sum(data, &ends);
    if value.is_finite() { value } else { f64::NAN }
}

/// Sum over the eight corners, those of weight zero left out.
pub(super) fn weighted_sum(data: &Array3<f64>, ends: &[[(usize, f64); 2]; 3]) -> f64 {
    let mut sum = 0.0;
    for (i, wi) in ends[0] {
        for (j, wj) in ends[1] {
            for (k, wk) in ends[2] {
                let weight = wi * wj * wk;
                if weight > 0.0 {
                    sum += weight * data[[i, j, k]];
                }
            }
        }
    }
    sum
}

/// Whether the nearest voxel at a fractional index is in the mask; false beyond the grid.
pub(crate) fn nearest(mask: &Array3<bool>, index: Point) -> bool {
    let shape = <[usize; 3]>::from(mask.dim());
    let mut at = [0; 3];
    for axis in 0..3 {
        let x = (snapped(index[axis]) + 0.5).floor();
        if !(x >= 0.0 && x < number(shape[axis])) {
            return false;
        }
        at[axis] = whole(x);
    }
    mask[at]
}
