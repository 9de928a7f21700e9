//! The planes that the figure shows: a sagittal slice through the thickest place, and the axial plane there.

use std::collections::BTreeMap;

use hemastage::{Staged, Study, shape::Section};
use hemastage_image::{
    grid::{Grid, IndexBox, PatientAxes},
    roi::Roi,
    vector::{Vector, cross, dot, minus, plus, unit},
    volume::Volume,
};

use super::plane::{Cut, Rect};

/// The margin of a sagittal panel around the hematoma and the cord next to it.
const SAGITTAL_MARGIN_MM: f64 = 25.0;
/// The least width and height of a sagittal panel.
const MIN_SAGITTAL_MM: [f64; 2] = [80.0, 100.0];
/// The margin of an axial panel around the hematoma and the cord.
const AXIAL_MARGIN_MM: f64 = 12.0;
/// The least side of an axial panel.
const MIN_AXIAL_MM: f64 = 56.0;
/// The margin around the hematoma that stays where an image ends.
const RIM_MM: f64 = 4.0;
/// The largest distance of the sagittal slice from the thickest place, and of the voxels counted in it from its height.
const NEAR_MM: f64 = 1.5;
/// The cells of a plane that does not follow a grid.
const CELL_MM: f64 = 0.25;

/// A plane and the part of it to show.
#[derive(Debug, Clone, Copy)]
pub(super) struct View {
    pub(super) cut: Cut,
    pub(super) shown: Rect,
    /// The part of the plane that an image covers.
    pub(super) imaged: Rect,
}

/// The sagittal slice of the hematoma's own mask through the thickest place.
pub(super) fn sagittal(study: &Study, staged: &Staged) -> View {
    let mask = study.hematoma();
    let axes = mask.grid().patient_axes();
    let array_axes = ArrayAxes::of(mask.grid(), &axes);
    let thickest = staged.section().and_then(|section| slice_at(mask, array_axes.right, section));
    let slice = thickest.unwrap_or_else(|| largest_slice(mask, array_axes.right, axes.right));
    let cut =
        cut_along(mask.grid(), mask.bounds().start, array_axes.right, slice, axes.anterior, axes.superior);
    let blood = around_mask(&cut, mask);
    let near_cord = study.cord().and_then(|cord| {
        let [low, high] = [blood.low[1] - SAGITTAL_MARGIN_MM, blood.high[1] + SAGITTAL_MARGIN_MM];
        Rect::around_voxels(&cut, cord, |center| (low..=high).contains(&cut.place(center)[1]))
    });
    // the cord adds to the width alone
    let both = near_cord.map_or(blood, |cord| Rect {
        low: [blood.low[0].min(cord.low[0]), blood.low[1]],
        high: [blood.high[0].max(cord.high[0]), blood.high[1]],
    });
    view(study, cut, both.padded([SAGITTAL_MARGIN_MM; 2]).at_least(MIN_SAGITTAL_MM), &blood)
}

/// The sagittal slice of a mask with the most voxels.
pub(super) fn largest_sagittal(mask: &Roi) -> Cut {
    let axes = mask.grid().patient_axes();
    let axis = right_axis(mask.grid());
    let slice = largest_slice(mask, axis, axes.right);
    cut_along(mask.grid(), mask.bounds().start, axis, slice, axes.anterior, axes.superior)
}

/// The middle sagittal slice of the part of an image that was read.
pub(super) fn middle_sagittal(image: &Volume) -> Cut {
    let grid = image.grid();
    let axes = grid.patient_axes();
    let axis = right_axis(grid);
    let IndexBox { start, end } = image.block();
    cut_along(grid, *start, axis, usize::midpoint(start[axis], end[axis] - 1), axes.anterior, axes.superior)
}

/// The array axis nearest to the patient's left and right.
pub(super) fn right_axis(grid: &Grid) -> usize {
    ArrayAxes::of(grid, &grid.patient_axes()).right
}

/// The plane across the cord at the thickest place, else the largest axial slice of the mask.
pub(super) fn axial(study: &Study, staged: &Staged) -> View {
    let mask = study.hematoma();
    let cut = staged.section().map_or_else(|| axial_slice(mask), |section| across_cord(mask, section));
    let near = |mask: &Roi| {
        let half = mask.grid().spacing_mm().into_iter().fold(0.0, f64::max) / 2.0;
        Rect::around_voxels(&cut, mask, |center| cut.off_mm(center) <= half)
    };
    let blood = near(mask).unwrap_or_else(|| around_mask(&cut, mask));
    let both = study.cord().and_then(near).map_or(blood, |cord| blood.union(&cord));
    let square = both.padded([AXIAL_MARGIN_MM; 2]).size().into_iter().fold(MIN_AXIAL_MM, f64::max);
    view(study, cut, both.at_least([square; 2]), &blood)
}

/// The part of a rectangle that an image covers, and at least the hematoma.
fn view(study: &Study, cut: Cut, rect: Rect, blood: &Rect) -> View {
    let images = [study.t1(), study.t2()].map(|image| Rect::around_image(&cut, image));
    let imaged = images.into_iter().flatten().reduce(|one, other| one.union(&other)).unwrap_or(rect);
    View { cut, shown: rect.clipped(&imaged).union(&blood.padded([RIM_MM; 2])), imaged }
}

pub(super) fn around_mask(cut: &Cut, mask: &Roi) -> Rect {
    let point = Rect { low: [0.0; 2], high: [0.0; 2] };
    Rect::around_box(cut, mask.grid(), mask.bounds()).unwrap_or(point)
}

/// The plane of a section with the patient's right at its left and anterior at its top. Where a hematoma is so
/// short that the plane misses it, the plane moves to the nearest voxel.
fn across_cord(mask: &Roi, section: &Section) -> Cut {
    let off_mm = |center: Vector| dot(minus(center, section.center_mm), section.up);
    let nearest = mask.centers().map(off_mm).min_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(0.0);
    let moved_mm = if nearest.abs() > half_extent(mask, section.up) / 2.0 { nearest } else { 0.0 };
    Cut {
        point: plus(section.center_mm, moved_mm, section.up),
        right: section.right.map(|v| -v),
        down: section.anterior.map(|v| -v),
        cell_mm: [CELL_MM; 2],
    }
}

fn axial_slice(mask: &Roi) -> Cut {
    let axes = mask.grid().patient_axes();
    let array_axes = ArrayAxes::of(mask.grid(), &axes);
    let slice = largest_slice(mask, array_axes.superior, axes.superior);
    cut_along(mask.grid(), mask.bounds().start, array_axes.superior, slice, axes.right, axes.anterior)
}

/// The array axes nearest to the patient's axes.
struct ArrayAxes {
    right: usize,
    superior: usize,
}

impl ArrayAxes {
    fn of(grid: &Grid, axes: &PatientAxes) -> Self {
        let along = |direction: Vector| {
            let share = |axis: usize| dot(step(grid, axis), direction).abs() / grid.spacing_mm()[axis];
            (0..3).max_by(|&a, &b| share(a).total_cmp(&share(b))).unwrap_or(0)
        };
        Self { right: along(axes.right), superior: along(axes.superior) }
    }
}

/// The vector from a voxel's center to the next along an axis.
fn step(grid: &Grid, axis: usize) -> Vector {
    let m = grid.affine().matrix();
    [m[0][axis], m[1][axis], m[2][axis]]
}

/// The slice near the thickest place with the most hematoma at its height, as the place may lie between two slices.
/// `None` where no slice near it holds hematoma.
fn slice_at(mask: &Roi, axis: usize, section: &Section) -> Option<usize> {
    let grid = mask.grid();
    let at = grid.affine().world_to_index(section.thickest_mm)[axis];
    let near = (NEAR_MM / grid.spacing_mm()[axis]).max(1.0);
    let height = NEAR_MM.max(half_extent(mask, section.up));
    let off_mm = |center: Vector| dot(minus(center, section.center_mm), section.up).abs();
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for voxel in mask.voxels().filter(|voxel| (voxel[axis] as f64 - at).abs() <= near) {
        if off_mm(grid.center(voxel)) <= height {
            *counts.entry(voxel[axis]).or_default() += 1;
        }
    }
    let off = |slice: usize| (slice as f64 - at).abs();
    let better = |a: &(usize, usize), b: &(usize, usize)| a.1.cmp(&b.1).then(off(b.0).total_cmp(&off(a.0)));
    Some(counts.into_iter().max_by(better)?.0)
}

/// Half of a voxel's extent along a direction.
fn half_extent(mask: &Roi, direction: Vector) -> f64 {
    (0..3).map(|axis| dot(step(mask.grid(), axis), direction).abs()).sum::<f64>() / 2.0
}

/// The slice with the most voxels; of equal ones the farthest in a direction.
fn largest_slice(mask: &Roi, axis: usize, direction: Vector) -> usize {
    let bounds = mask.bounds();
    let mut counts = vec![0_usize; bounds.end[axis] - bounds.start[axis]];
    for voxel in mask.voxels() {
        counts[voxel[axis] - bounds.start[axis]] += 1;
    }
    let max = counts.iter().copied().max().unwrap_or(0);
    let is_largest = |&n: &usize| counts[n] == max;
    let rising = dot(step(mask.grid(), axis), direction) > 0.0;
    let mut slices = 0..counts.len();
    let slice = if rising { slices.rfind(is_largest) } else { slices.find(is_largest) };
    bounds.start[axis] + slice.unwrap_or(0)
}

/// A slice of a grid with the direction `left` at its left and `top` at its top; its cells are the voxels, and a corner of
/// one in the row of `start` is its point.
fn cut_along(grid: &Grid, start: [usize; 3], axis: usize, slice: usize, left: Vector, top: Vector) -> Cut {
    let normal = unit(cross(left, top)).unwrap_or([1.0, 0.0, 0.0]);
    let right = left.map(|v| -v);
    let down = unit(cross(normal, left)).map_or([0.0, 0.0, -1.0], |up| up.map(|v| -v));
    let mut index = start.map(|v| v as f64);
    index[axis] = slice as f64;
    let spacing = grid.spacing_mm();
    let mut cell_mm = [CELL_MM; 2];
    let mut point = grid.affine().index_to_world(index);
    for (a, direction) in [right, down].into_iter().enumerate() {
        let share = |axis: usize| dot(step(grid, axis), direction).abs() / spacing[axis];
        let along = (0..3).filter(|&n| n != axis).max_by(|&m, &n| share(m).total_cmp(&share(n)));
        cell_mm[a] = along.map_or(CELL_MM, |n| spacing[n]);
        // from the voxel's center to its corner
        point = plus(point, -0.5 * cell_mm[a], direction);
    }
    Cut { point, right, down, cell_mm }
}
