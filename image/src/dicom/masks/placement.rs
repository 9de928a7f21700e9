//! Where the pixels of frames lie in a grid: in that of an image, or in one that the frames make.

use std::ops::Range;

use super::{error::MaskError, marks::Marks};
use crate::{
    Limits,
    dicom::plane::Plane,
    error::Result,
    finding::Finding,
    grid::Grid,
    vector::{dot, scaled},
};

/// How far a pixel center may be from a voxel center: the larger of a share of a voxel and a distance, but no
/// more than another share. Positions of slices shake by some hundredths of a millimeter, a grid's do not.
const NEAR_VOXELS: f64 = 0.01;
const NEAR_MM: f64 = 0.05;
const MAX_VOXELS: f64 = 0.1;

/// Planes nearer than this are at one place, and distances may differ by as much.
const TOLERANCE_MM: f64 = 0.01;

/// Pixel (column, row) of a frame is the voxel `first + column * by_column + row * by_row` in memory order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placement {
    pub(super) first: usize,
    pub(super) by_column: isize,
    pub(super) by_row: isize,
}

impl Placement {
    /// The placement of a frame whose every pixel center is a voxel center; none for any other.
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

    /// Marks a stretch of one row of pixels.
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

/// The voxel whose center a point is.
fn voxel(grid: &Grid, point: [f64; 3]) -> Option<[usize; 3]> {
    let (index, spacing) = (grid.affine().world_to_index(point), grid.spacing_mm());
    let mut found = [0; 3];
    for axis in 0..3 {
        let whole = index[axis].round();
        let near = (index[axis] - whole).abs() <= tolerance_voxels(spacing[axis]);
        if !near || whole < 0.0 || whole >= grid.shape()[axis] as f64 {
            return None;
        }
        found[axis] = whole as usize;
    }
    Some(found)
}

fn tolerance_voxels(spacing: f64) -> f64 {
    (NEAR_MM / spacing).clamp(NEAR_VOXELS, MAX_VOXELS)
}

fn offset(grid: &Grid, [i, j, k]: [usize; 3]) -> usize {
    let [ni, nj, _] = grid.shape();
    (k * nj + j) * ni + i
}

/// The step in memory from pixel to pixel, where `pixels` of them fill the way voxel by voxel.
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

/// What a file says of the distance between its planes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct SliceSpacing {
    pub(super) between_slices: Option<f64>,
    pub(super) thickness: Option<f64>,
}

/// The grid that frames make: i along their rows, j down their columns, k along their normal.
///
/// Planes may be missing; they are empty slices.
///
/// # Errors
/// When the planes are not at whole multiples of one step, or the grid has more voxels than allowed.
pub(super) fn own_grid(
    planes: &[Plane],
    [columns, rows]: [usize; 2],
    spacing: SliceSpacing,
    limits: Limits,
    findings: &mut Vec<Finding>,
) -> Result<Grid> {
    let along = |plane: &Plane| dot(plane.position(), planes[0].normal());
    let lowest = planes.iter().min_by(|a, b| along(a).total_cmp(&along(b))).unwrap_or(&planes[0]);
    let mut positions: Vec<f64> = planes.iter().map(along).collect();
    positions.sort_by(f64::total_cmp);
    positions.dedup_by(|next, last| *next - *last <= TOLERANCE_MM);
    let (step, slices) = if positions.len() == 1 {
        (thickness(spacing, findings)?, 1)
    } else {
        step(&positions, spacing, findings)?
    };
    let voxels = (columns as u64 * rows as u64).saturating_mul(slices as u64);
    if voxels > limits.max_voxels {
        return Err(MaskError::Voxels { voxels, most: limits.max_voxels }.into());
    }
    lowest.grid(columns, rows, slices, scaled(planes[0].normal(), step))
}

/// The step of a lone plane, by what its file says.
fn thickness(spacing: SliceSpacing, findings: &mut Vec<Finding>) -> Result<f64, MaskError> {
    let positive = |value: Option<f64>| value.filter(|mm| *mm > 0.0 && mm.is_finite());
    let known = [
        (positive(spacing.between_slices), "SpacingBetweenSlices"),
        (positive(spacing.thickness), "SliceThickness"),
    ];
    let (mm, keyword) =
        known.into_iter().find_map(|(mm, keyword)| Some((mm?, keyword))).ok_or(MaskError::NoThickness)?;
    findings.push(Finding::info(
        "single_slice",
        format!("the mask has one slice; it was taken as {mm} mm thick, from {keyword}"),
    ));
    Ok(mm)
}

/// The step that every distance is a whole multiple of, and the number of slices from end to end.
///
/// It is the file's own `SpacingBetweenSlices` where that fits, as planes without any mark may be left
/// out everywhere; else the smallest distance.
fn step(
    positions: &[f64],
    spacing: SliceSpacing,
    findings: &mut Vec<Finding>,
) -> Result<(f64, usize), MaskError> {
    let smallest = positions.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    let stated = spacing.between_slices.filter(|&mm| mm > TOLERANCE_MM && mm < 0.9 * smallest);
    if let Some(found) = stated.and_then(|mm| regular(positions, mm).ok()) {
        findings.push(Finding::info(
            "skipped_slices",
            format!(
                "neighbouring planes of the mask are {smallest:.3} mm apart at least; SpacingBetweenSlices says {:.3} mm, so the slices between are empty",
                found.0
            ),
        ));
        return Ok(found);
    }
    regular(positions, smallest)
}

/// The mean step and the number of slices, where every distance is a whole number of steps.
fn regular(positions: &[f64], step: f64) -> Result<(f64, usize), MaskError> {
    let near = |found: f64, expected: f64| (found - expected).abs() <= (0.01 * step).max(TOLERANCE_MM);
    let steps = |pair: &[f64]| ((pair[1] - pair[0]) / step).round();
    let total: f64 = positions.windows(2).map(steps).sum();
    let mean = (positions[positions.len() - 1] - positions[0]) / total;
    let even = positions.windows(2).all(|pair| near(pair[1] - pair[0], steps(pair) * mean));
    if even && near(mean, step) && total < f64::from(u32::MAX) {
        return Ok((mean, total as usize + 1));
    }
    let off = |pair: &&[f64]| (pair[1] - pair[0] - steps(pair) * step).abs();
    let worst = positions.windows(2).max_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(positions);
    Err(MaskError::Uneven { low: worst[0], high: worst[1], step })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid::Affine;

    const AXIAL: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

    fn axial(z: f64) -> Plane {
        Plane::of([10.0, 20.0, z], AXIAL, [0.75, 0.5]).unwrap()
    }

    fn own(z: &[f64], spacing: SliceSpacing) -> (Result<Grid>, Vec<Finding>) {
        let planes: Vec<Plane> = z.iter().map(|&z| axial(z)).collect();
        let mut findings = Vec::new();
        let grid = own_grid(&planes, [8, 6], spacing, Limits::default(), &mut findings);
        (grid, findings)
    }

    fn stated(mm: f64) -> SliceSpacing {
        SliceSpacing { between_slices: Some(mm), thickness: Some(9.0) }
    }

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
        assert!(place([10.01, 20.0, 11.0], [8, 2], [0.75, 0.5]).is_some(), "as near as rounding");
        assert!(place([10.04, 20.0, 11.04], [8, 2], [0.75, 0.5]).is_some(), "as near as slices shake");
        assert!(place([10.06, 20.0, 11.0], [8, 2], [0.75, 0.5]).is_none(), "0.12 of a voxel aside");
        assert!(place([10.0, 20.0, 11.0], [4, 2], [0.75, 1.0]).is_none(), "every second voxel");
        assert!(place([10.0, 20.0, 11.0], [1, 1], [0.75, 1.0]).is_some(), "one pixel has no spacing");
    }

    #[test]
    fn frames_make_a_grid_with_the_smallest_step() {
        let (grid, findings) = own(&[9.0, 3.0, 5.0, 5.0, 7.0, 13.0], SliceSpacing::default());
        let grid = grid.unwrap();
        assert_eq!(grid.shape(), [8, 6, 6]);
        for (found, expected) in grid.spacing_mm().into_iter().zip([0.5, 0.75, 2.0]) {
            assert!((found - expected).abs() < 1e-12);
        }
        assert_eq!(grid.center([0, 0, 5]), [-10.0, -20.0, 13.0]);
        assert!(findings.is_empty());
        for z in [3.0, 13.0] {
            assert!(Placement::find(&axial(z), [8, 6], &grid).is_some());
        }
    }

    #[test]
    fn the_stated_spacing_fills_skipped_slices() {
        let (grid, findings) = own(&[3.0, 9.0, 18.0], stated(1.5));
        assert_eq!(grid.unwrap().shape()[2], 11);
        assert_eq!(findings[0].code, "skipped_slices");
        let (grid, findings) = own(&[3.0, 9.0, 15.0], stated(2.5));
        assert_eq!(grid.unwrap().shape()[2], 3, "6 is no multiple of 2.5");
        assert!(findings.is_empty());
        let (grid, findings) = own(&[3.0], stated(2.5));
        assert!((grid.unwrap().spacing_mm()[2] - 2.5).abs() < 1e-12);
        assert_eq!(findings[0].code, "single_slice");
    }

    #[test]
    fn refuses_planes_that_make_no_grid() {
        let error = |z: &[f64]| own(z, SliceSpacing::default()).0.unwrap_err().to_string();
        assert_eq!(
            error(&[0.0, 4.0, 8.0, 14.0]),
            "planes at 8.00 and 14.00 mm along the normal are not a whole number of steps of 4.00 mm apart: expected planes of one regular grid, so give the image that was segmented in the same orientation or export the mask again"
        );
        assert!(error(&[3.0]).contains("SpacingBetweenSlices"));
        assert!(error(&[0.0, 0.02, 1e12]).contains("steps of 0.02 mm"));
        assert!(error(&[0.0, 0.02, 1e7]).contains("voxels"));
    }
}
