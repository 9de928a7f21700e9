//! The axes of a stage map as columns, rows and slices of DICOM frames.

use hemastage::{Grid, Result};
use hemastage_image::vector::{Vector, dot, unit};

use crate::error::WriteError;

/// Maximum cosine between two axes of a grid: 0.03 mm over 256 mm, less than a reader's tolerance.
const MAX_COSINE: f64 = 1e-4;

/// How far a slice may lie off one of the source, in its voxels, to be the same.
const SAME_VOXELS: f64 = 0.01;

/// All orders of three axes.
const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// A grid cut into planes: its axes are reordered and reversed so that columns, rows and slices run as nearly along those
/// of the source as they can. On the source's own grid in another order they are the source's.
#[derive(Debug, Clone)]
pub(crate) struct Planes {
    grid: Grid,
    /// Of columns, rows and slices: the axis of the grid, and whether it is counted from its end.
    axes: [(usize, bool); 3],
}

impl Planes {
    /// # Errors
    /// `Geometry` when the axes are not at right angles, `Limit` when a plane is too large.
    pub(crate) fn new(grid: &Grid, source: &Grid) -> Result<Self> {
        let (ours, theirs) = (directions(grid), directions(source));
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            if dot(ours[one], ours[other]).abs() > MAX_COSINE {
                return Err(WriteError::Sheared.into());
            }
        }
        let along = |order: &[usize; 3]| -> f64 {
            order.iter().zip(theirs).map(|(&axis, theirs)| dot(ours[axis], theirs).abs()).sum()
        };
        let best = ORDERS
            .into_iter()
            .fold(ORDERS[0], |best, order| if along(&order) > along(&best) { order } else { best });
        let mut axes = [(0, false); 3];
        for (n, axis) in best.into_iter().enumerate() {
            axes[n] = (axis, dot(ours[axis], theirs[n]) < 0.0);
        }
        let planes = Self { grid: *grid, axes };
        let [columns, rows, _] = planes.size();
        for (what, found) in [("columns", columns), ("rows", rows)] {
            if found > usize::from(u16::MAX) {
                return Err(WriteError::Size { what, found }.into());
            }
        }
        Ok(planes)
    }

    /// The numbers of columns, rows and slices.
    pub(crate) fn size(&self) -> [usize; 3] {
        self.axes.map(|(axis, _)| self.grid.shape()[axis])
    }

    /// Column, row and slice of a voxel.
    pub(crate) fn place(&self, voxel: [usize; 3]) -> [usize; 3] {
        self.axes.map(|(axis, reversed)| {
            let index = voxel[axis];
            if reversed { self.grid.shape()[axis] - 1 - index } else { index }
        })
    }

    /// Distances between columns, between rows and between slices, mm.
    pub(crate) fn spacing_mm(&self) -> [f64; 3] {
        self.axes.map(|(axis, _)| self.grid.spacing_mm()[axis])
    }

    /// `ImageOrientationPatient`: the directions along a row and down a column, LPS.
    pub(crate) fn orientation(&self) -> [f64; 6] {
        let ours = directions(&self.grid);
        let [along, down] = [0, 1].map(|n: usize| {
            let (axis, reversed) = self.axes[n];
            lps(ours[axis].map(|v| if reversed { -v } else { v }))
        });
        [along[0], along[1], along[2], down[0], down[1], down[2]]
    }

    /// `ImagePositionPatient` of a slice: the center of its first pixel, LPS mm.
    pub(crate) fn position(&self, slice: usize) -> Vector {
        lps(self.center([0, 0, slice]))
    }

    /// For each slice, the slice of the source whose pixels have the same centers.
    pub(crate) fn source_slices(&self, source: &Grid) -> Vec<Option<usize>> {
        let [columns, rows, slices] = self.size();
        if source.shape()[..2] != [columns, rows] {
            return vec![None; slices];
        }
        let last = [columns as f64 - 1.0, rows as f64 - 1.0];
        let same = |slice: usize| {
            let at = |column, row| source.affine().world_to_index(self.center([column, row, slice]));
            let number = at(0, 0)[2].round();
            let is_at = |found: Vector, i: f64, j: f64| {
                found
                    .iter()
                    .zip([i, j, number])
                    .all(|(found, expected)| (found - expected).abs() <= SAME_VOXELS)
            };
            let is_same = is_at(at(0, 0), 0.0, 0.0)
                && is_at(at(columns - 1, 0), last[0], 0.0)
                && is_at(at(0, rows - 1), 0.0, last[1]);
            (is_same && number >= 0.0 && number < source.shape()[2] as f64).then_some(number as usize)
        };
        (0..slices).map(same).collect()
    }

    /// The center of a pixel, RAS mm.
    fn center(&self, place: [usize; 3]) -> Vector {
        let mut voxel = [0; 3];
        for (&(axis, reversed), index) in self.axes.iter().zip(place) {
            voxel[axis] = if reversed { self.grid.shape()[axis] - 1 - index } else { index };
        }
        self.grid.center(voxel)
    }
}

/// The unit directions of i, j and k, RAS.
fn directions(grid: &Grid) -> [Vector; 3] {
    let matrix = grid.affine().matrix();
    [0, 1, 2].map(|axis: usize| {
        let step = [matrix[0][axis], matrix[1][axis], matrix[2][axis]];
        // no axis of an affine is of length 0
        unit(step).unwrap_or(step)
    })
}

fn lps([x, y, z]: Vector) -> Vector {
    [-x, -y, z]
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use hemastage::Affine;

    use super::*;

    fn grid(shape: [usize; 3], matrix: [[f64; 4]; 3]) -> Grid {
        let [x, y, z] = matrix;
        Grid::new(shape, Affine::new([x, y, z, [0.0, 0.0, 0.0, 1.0]]).unwrap()).unwrap()
    }

    /// A sagittal source: columns to the back, rows to the feet, slices to the right.
    fn sagittal() -> Grid {
        grid([8, 6, 3], [[0.0, 0.0, 3.0, -4.0], [-0.5, 0.0, 0.0, 20.0], [0.0, -0.75, 0.0, 30.0]])
    }

    #[test]
    fn a_grid_in_another_order_gives_the_planes_of_the_source() {
        // the same voxels with i to the right, j to the front, k to the head
        let ours = grid([3, 8, 6], [[3.0, 0.0, 0.0, -4.0], [0.0, 0.5, 0.0, 16.5], [0.0, 0.0, 0.75, 26.25]]);
        let source = sagittal();
        let planes = Planes::new(&ours, &source).unwrap();
        assert_eq!(planes.size(), [8, 6, 3]);
        assert_eq!(planes.spacing_mm(), [0.5, 0.75, 3.0]);
        assert_eq!(planes.orientation(), [0.0, 1.0, 0.0, 0.0, 0.0, -1.0].map(|v| v + 0.0));
        assert_eq!(planes.source_slices(&source), [Some(0), Some(1), Some(2)]);
        for voxel in [[0, 0, 0], [2, 7, 5], [1, 3, 2]] {
            assert_eq!(source.center(planes.place(voxel)), ours.center(voxel));
        }
        assert_eq!(planes.position(1), [1.0, -20.0, 30.0]);
    }

    #[test]
    fn a_slice_between_those_of_the_source_is_none_of_them() {
        let ours = grid([8, 6, 5], [[0.0, 0.0, 1.5, -4.0], [-0.5, 0.0, 0.0, 20.0], [0.0, -0.75, 0.0, 30.0]]);
        let planes = Planes::new(&ours, &sagittal()).unwrap();
        assert_eq!(planes.source_slices(&sagittal()), [Some(0), None, Some(1), None, Some(2)]);
        let wide = grid([9, 6, 3], [[0.0, 0.0, 3.0, -4.0], [-0.5, 0.0, 0.0, 20.0], [0.0, -0.75, 0.0, 30.0]]);
        assert_eq!(Planes::new(&wide, &sagittal()).unwrap().source_slices(&sagittal()), [None; 3]);
    }

    #[test]
    fn an_oblique_grid_keeps_its_directions() {
        let (sin, cos) = 0.3_f64.sin_cos();
        let ours = grid([4, 5, 6], [[cos, -sin, 0.0, 1.0], [sin, cos, 0.0, 2.0], [0.0, 0.0, 2.0, 3.0]]);
        let source = grid([9, 9, 9], [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        let planes = Planes::new(&ours, &source).unwrap();
        let expected = [-cos, -sin, 0.0, sin, -cos, 0.0];
        assert_abs_diff_eq!(planes.orientation()[..], expected[..], epsilon = 1e-15);
        assert_eq!(planes.position(2), [-1.0, -2.0, 7.0]);
    }

    #[test]
    fn refuses_what_is_no_plane() {
        let sheared = grid([4, 5, 6], [[1.0, 0.001, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        let error = Planes::new(&sheared, &sagittal()).unwrap_err().to_string();
        assert!(error.contains("not at right angles"), "{error}");
        let long = grid([65_536, 5, 6], [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]);
        let error = Planes::new(&long, &long).unwrap_err().to_string();
        assert_eq!(error, "65536 columns: a DICOM image has at most 65535");
    }
}
