//! Where the slices of an array lie: RAS+ millimeters in, the standard's LPS out.

use super::{
    dataset::Dataset,
    tags::{IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT, PIXEL_SPACING, SLICE_THICKNESS},
};

/// An affine from voxel indices to RAS+ mm, rows first, as `hemastage::Affine::matrix` gives it.
pub(crate) type Matrix = [[f64; 4]; 4];

/// The affine with columns at right angles in full precision. One that was rounded to 32 bits is off by
/// 1e-7, and a DICOM series has no way to say so.
pub(crate) fn rectified(affine: &Matrix) -> Matrix {
    let spacing: [f64; 3] = std::array::from_fn(|a| length(column(affine, a)));
    let i = unit(column(affine, 0));
    let j = column(affine, 1);
    let along = dot(i, j);
    let j = unit(std::array::from_fn(|r| j[r] - along * i[r]));
    let normal = cross(i, j);
    let side = dot(normal, column(affine, 2)).signum();
    let axes = [i, j, normal.map(|v| v * side)];
    let mut exact = *affine;
    for (row, exact) in exact.iter_mut().take(3).enumerate() {
        (0..3).for_each(|a| exact[a] = axes[a][row] * spacing[a]);
    }
    exact
}

/// The center of a voxel, LPS mm.
pub(crate) fn lps(affine: &Matrix, index: [f64; 3]) -> [f64; 3] {
    let ras: [f64; 3] =
        std::array::from_fn(|r| (0..3).map(|a| affine[r][a] * index[a]).sum::<f64>() + affine[r][3]);
    [-ras[0], -ras[1], ras[2]]
}

/// The directions along the columns (i) and down the rows (j), LPS.
pub(crate) fn orientation(affine: &Matrix) -> [f64; 6] {
    let [i, j] = [0, 1].map(|a| {
        let [x, y, z] = unit(column(affine, a));
        [-x, -y, z]
    });
    [i[0], i[1], i[2], j[0], j[1], j[2]]
}

/// The distances between rows and between columns, mm: the standard's order.
pub(crate) fn pixel_spacing(affine: &Matrix) -> [f64; 2] {
    [length(column(affine, 1)), length(column(affine, 0))]
}

/// The distance between slices along their normal, mm.
pub(crate) fn slice_spacing(affine: &Matrix) -> f64 {
    length(column(affine, 2))
}

/// The affine of the same array from slice `k` on, with every `step`th slice.
pub(crate) fn every(affine: &Matrix, start: usize, step: usize) -> Matrix {
    let mut part = *affine;
    for row in part.iter_mut().take(3) {
        row[3] += row[2] * start as f64;
        row[2] *= step as f64;
    }
    part
}

/// The Image Plane attributes of slice `k`. The thickness leaves a gap: it must not be taken for the spacing.
pub(crate) fn image_plane(dataset: &mut Dataset, affine: &Matrix, k: usize) {
    dataset
        .set(IMAGE_POSITION_PATIENT, lps(affine, [0.0, 0.0, k as f64]))
        .set(IMAGE_ORIENTATION_PATIENT, orientation(affine))
        .set(PIXEL_SPACING, pixel_spacing(affine))
        .set(SLICE_THICKNESS, 0.8 * slice_spacing(affine));
}

fn column(affine: &Matrix, a: usize) -> [f64; 3] {
    std::array::from_fn(|row| affine[row][a])
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    (0..3).map(|n| a[n] * b[n]).sum()
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    std::array::from_fn(|n| a[(n + 1) % 3] * b[(n + 2) % 3] - a[(n + 2) % 3] * b[(n + 1) % 3])
}

fn length(v: [f64; 3]) -> f64 {
    dot(v, v).sqrt()
}

fn unit(v: [f64; 3]) -> [f64; 3] {
    v.map(|x| x / length(v))
}
