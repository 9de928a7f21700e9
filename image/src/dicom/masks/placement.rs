//! Where the pixels of a frame lie in a grid: which voxel each one is.

use std::ops::Range;

use super::{error::MaskError, marks::Marks};
use crate::{dicom::plane::Plane, grid::Grid};

/// How far a pixel center may be from a voxel center: 0.05 mm, as slice positions jitter by some hundredths of a
/// millimeter, ...
const TOLERANCE_MM: f64 = 0.05;
/// ... but at least this share of a voxel, ...
const MIN_TOLERANCE_VOXELS: f64 = 0.01;
/// ... and at most this one.
const MAX_TOLERANCE_VOXELS: f64 = 0.1;

/// Pixel (column, row) of a frame is voxel `first + column * by_column + row * by_row` in memory order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement {
    pub(super) first: usize,
    pub(super) by_column: isize,
    pub(super) by_row: isize,
}

impl Placement {
    /// The placement of a frame; `None` unless every pixel center is a voxel center.
    pub(super) fn find(plane: &Plane, [columns, rows]: [usize; 2], grid: &Grid) -> Option<Self> {
        let corner = |column: usize, row: usize| voxel(grid, plane.point(column as f64, row as f64));
        let start = corner(0, 0)?;
        let (across, down) = (corner(columns - 1, 0)?, corner(0, rows - 1)?);
        corner(columns - 1, rows - 1)?;
        Some(Self {
            first: offset(grid, start),
            by_column: stride(grid, start, across, columns)?,
            by_row: stride(grid, start, down, rows)?,
        })
    }

    /// Marks contiguous pixels of one row.
    ///
    /// # Errors
    /// When there are more marks than any mask has.
    pub(super) fn mark(
        &self,
        marks: &mut Marks,
        row: usize,
        columns: Range<usize>,
        number: i32,
    ) -> Result<(), MaskError> {
        if self.by_column.unsigned_abs() == 1 {
            let ends = [self.voxel(columns.start, row), self.voxel(columns.end - 1, row)];
            return marks.add(ends[0].min(ends[1]), columns.len(), number);
        }
        columns.into_iter().try_for_each(|column| marks.add(self.voxel(column, row), 1, number))
    }

    /// The first voxel in memory order that a frame covers.
    pub(super) fn lowest(&self, [columns, rows]: [usize; 2]) -> usize {
        let corners = [(0, 0), (columns - 1, 0), (0, rows - 1), (columns - 1, rows - 1)];
        corners.into_iter().map(|(column, row)| self.voxel(column, row)).min().unwrap_or(self.first)
    }

    fn voxel(&self, column: usize, row: usize) -> usize {
        self.first
            .wrapping_add_signed(self.by_column * column as isize)
            .wrapping_add_signed(self.by_row * row as isize)
    }
}

/// The voxel whose center lies at a point; `None` between voxels and outside the grid.
fn voxel(grid: &Grid, point: [f64; 3]) -> Option<[usize; 3]> {
    let (index, spacing) = (grid.affine().world_to_index(point), grid.spacing_mm());
    let mut found = [0; 3];
    for axis in 0..3 {
        let whole = index[axis].round();
        let is_center = (index[axis] - whole).abs() <= tolerance_voxels(spacing[axis]);
        if !is_center || whole < 0.0 || whole >= grid.shape()[axis] as f64 {
            return None;
        }
        found[axis] = whole as usize;
    }
    Some(found)
}

fn tolerance_voxels(spacing_mm: f64) -> f64 {
    (TOLERANCE_MM / spacing_mm).clamp(MIN_TOLERANCE_VOXELS, MAX_TOLERANCE_VOXELS)
}

fn offset(grid: &Grid, [i, j, k]: [usize; 3]) -> usize {
    let [ni, nj, _] = grid.shape();
    (k * nj + j) * ni + i
}

/// The step in memory from pixel to pixel; `None` unless `pixels` of them go from voxel to voxel along one axis.
fn stride(grid: &Grid, from: [usize; 3], to: [usize; 3], pixels: usize) -> Option<isize> {
    let [ni, nj, _] = grid.shape();
    let strides = [1, ni, ni * nj];
    let moved: Vec<usize> = (0..3).filter(|&axis| from[axis] != to[axis]).collect();
    match moved[..] {
        [] => (pixels == 1).then_some(0),
        [axis] if from[axis].abs_diff(to[axis]) == pixels - 1 => {
            let step = strides[axis] as isize;
            Some(if to[axis] > from[axis] { step } else { -step })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Affine;

    const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

    #[test]
    fn frames_lie_in_grids_of_any_orientation() {
        // columns run along k downwards, rows along j upwards, slices along i
        let m =
            [[0.0, 0.0, 0.5, -13.5], [0.0, -0.75, 0.0, -16.25], [4.0, 0.0, 0.0, 3.0], [0.0, 0.0, 0.0, 1.0]];
        let grid = Grid::new([5, 7, 9], Affine::new(m).unwrap()).unwrap();
        let place = |position: [f64; 3], pixels, spacing| {
            Placement::find(&Plane::of(position, AXIAL, spacing).unwrap(), pixels, &grid)
        };
        // LPS (10, 20, 11) is RAS (-10, -20, 11), which is k = 7, j = 5, i = 2
        let found = place([10.0, 20.0, 11.0], [8, 2], [0.75, 0.5]).unwrap();
        assert_eq!((found.by_column, found.by_row), (-35, 5));
        for (column, row) in [(0, 0), (7, 0), (3, 1)] {
            let at = found.voxel(column, row);
            let index = [at % 5, at / 5 % 7, at / 35];
            assert_eq!(grid.center(index), [-10.0 - 0.5 * column as f64, -20.0 - 0.75 * row as f64, 11.0]);
        }
        assert!(place([10.0, 20.0, 11.0], [9, 2], [0.75, 0.5]).is_none(), "one column outside");
        assert!(place([10.0, 20.0, 13.0], [8, 2], [0.75, 0.5]).is_none(), "between slices");
        assert!(place([10.01, 20.0, 11.0], [8, 2], [0.75, 0.5]).is_some(), "off by rounding");
        assert!(place([10.04, 20.0, 11.04], [8, 2], [0.75, 0.5]).is_some(), "off by the jitter of slices");
        assert!(place([10.06, 20.0, 11.0], [8, 2], [0.75, 0.5]).is_none(), "off by 0.12 of a voxel");
        assert!(place([10.0, 20.0, 11.0], [4, 2], [0.75, 1.0]).is_none(), "every second voxel");
        assert!(place([10.0, 20.0, 11.0], [1, 1], [0.75, 1.0]).is_some(), "one pixel has no spacing");
    }
}
