//! Where voxels lie: a [`Grid`] is a shape and an [`Affine`] to RAS+ millimeters, without the voxels.

mod affine;
mod index_box;
mod map;

use std::fmt::Write as _;

pub use self::{
    affine::Affine,
    index_box::IndexBox,
    map::{GridMap, SNAP_VOXELS},
};
use crate::{
    error::{Detail, ErrorKind, Result},
    vector::distance,
};

/// The patient's directions as the scan was planned: unit vectors in RAS+, orthogonal unless the grid is sheared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PatientAxes {
    /// To the patient's right.
    pub right: [f64; 3],
    /// To the front.
    pub anterior: [f64; 3],
    /// To the head.
    pub superior: [f64; 3],
}

/// A voxel grid in space.
///
/// # Shape and units
/// Voxels along i, j, k; world coordinates in RAS+ millimeters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grid {
    shape: [usize; 3],
    affine: Affine,
}

impl Grid {
    /// A grid from its shape and the affine of its voxel centers.
    ///
    /// # Errors
    /// When an axis has no voxels.
    pub fn new(shape: [usize; 3], affine: Affine) -> Result<Self> {
        if shape.contains(&0) {
            return Err(EmptyGrid { shape }.into());
        }
        Ok(Self { shape, affine })
    }

    /// Voxels along i, j, k.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The map from index to RAS+ millimeters.
    pub fn affine(&self) -> &Affine {
        &self.affine
    }

    /// Voxels in the grid.
    pub fn voxels(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether `len` voxels from an index on along i lie in the grid.
    pub(crate) fn has_run(&self, [i, j, k]: [usize; 3], len: usize) -> bool {
        let [ni, nj, nk] = self.shape;
        i < ni && len <= ni - i && j < nj && k < nk
    }

    /// Whether a box lies in the grid, and ends where it starts or after.
    pub(crate) fn has_block(&self, block: &IndexBox) -> bool {
        (0..3).all(|a| block.start[a] <= block.end[a] && block.end[a] <= self.shape[a])
    }

    /// A voxel's center in RAS+ millimeters.
    #[inline]
    pub fn center(&self, index: [usize; 3]) -> [f64; 3] {
        self.affine.index_to_world(index.map(|v| v as f64))
    }

    /// Distance between neighboring voxel centers along i, j, k.
    pub fn spacing_mm(&self) -> [f64; 3] {
        self.affine.spacing_mm()
    }

    /// Volume of one voxel.
    pub fn voxel_mm3(&self) -> f64 {
        let m = self.affine.matrix();
        let minor = |c: usize| {
            let (a, b) = ((c + 1) % 3, (c + 2) % 3);
            m[1][a] * m[2][b] - m[1][b] * m[2][a]
        };
        (0..3).map(|c| m[0][c] * minor(c)).sum::<f64>().abs()
    }

    /// The axes along which neighbors count as adjacent: spacing at most 1.5 x the smallest, or 1.01 x the
    /// second smallest. These are two axes of a thick-slice scan and three of an isotropic one.
    pub fn near_axes(&self) -> [bool; 3] {
        let spacing = self.spacing_mm();
        let mut sorted = spacing;
        sorted.sort_by(f64::total_cmp);
        let slack = 1.0 + 1e-6;
        spacing.map(|s| s <= 1.5 * slack * sorted[0] || s <= 1.01 * slack * sorted[1])
    }

    /// The direction in which each index grows, such as `LAS`.
    pub fn orientation(&self) -> String {
        let (m, spacing) = (self.affine.matrix(), self.spacing_mm());
        let mut pairs: Vec<(usize, usize)> = (0..3).flat_map(|r| (0..3).map(move |c| (r, c))).collect();
        let share = |&(r, c): &(usize, usize)| m[r][c].abs() / spacing[c];
        pairs.sort_by(|a, b| share(b).total_cmp(&share(a)));
        let mut world_of: [Option<usize>; 3] = [None; 3];
        for (r, c) in pairs {
            if world_of[c].is_none() && !world_of.contains(&Some(r)) {
                world_of[c] = Some(r);
            }
        }
        let mut code = String::new();
        for (c, r) in world_of.into_iter().enumerate() {
            let r = r.unwrap_or(c);
            let letter = if m[r][c] > 0.0 { ['R', 'A', 'S'][r] } else { ['L', 'P', 'I'][r] };
            let _ = code.write_char(letter);
        }
        code
    }

    /// The array axis assigned to each world axis (R-L, A-P, S-I), such that all three together turn the least.
    ///
    /// An orientation code pairs the nearest two first; in a grid that is oblique about several axes this leaves
    /// worse pairs for the rest.
    fn patient_order(&self) -> [usize; 3] {
        const ORDERS: [[usize; 3]; 6] = [[2, 1, 0], [1, 0, 2], [0, 2, 1], [2, 0, 1], [1, 2, 0], [0, 1, 2]];
        let (m, spacing) = (self.affine.matrix(), self.spacing_mm());
        let along =
            |order: &[usize; 3]| (0..3).map(|r| m[r][order[r]].abs() / spacing[order[r]]).sum::<f64>();
        ORDERS.into_iter().max_by(|a, b| along(a).total_cmp(&along(b))).unwrap_or([0, 1, 2])
    }

    /// The directions of the array axes nearest to the patient's right, front and head.
    ///
    /// Scans are planned along the patient, so the axes of an oblique grid are nearer to the patient's than the
    /// scanner's are. They turn with the study; flips and permutations of the array do not change them.
    pub fn patient_axes(&self) -> PatientAxes {
        let (m, spacing) = (self.affine.matrix(), self.spacing_mm());
        let order = self.patient_order();
        let [right, anterior, superior] = std::array::from_fn(|r| {
            let c = order[r];
            std::array::from_fn(|a| m[a][c] / spacing[c] * m[r][c].signum())
        });
        PatientAxes { right, anterior, superior }
    }

    /// The largest distance between corresponding corner voxels of two grids; infinite when the shapes differ.
    pub fn corner_distance_mm(&self, other: &Self) -> f64 {
        if self.shape != other.shape {
            return f64::INFINITY;
        }
        let corner = |grid: &Self, bits: usize| {
            let last = |a: usize| if bits >> a & 1 == 1 { grid.shape[a] - 1 } else { 0 };
            grid.center([last(0), last(1), last(2)])
        };
        (0..8).map(|bits| distance(corner(self, bits), corner(other, bits))).fold(0.0, f64::max)
    }

    /// A box with a margin on every side, clipped to the grid; an empty box stays empty.
    pub fn widened(&self, bounds: IndexBox, margin_mm: f64) -> IndexBox {
        if bounds.voxels() == 0 {
            return bounds;
        }
        let (spacing, shape) = (self.spacing_mm(), self.shape());
        let margin = |axis: usize| (margin_mm.max(0.0) / spacing[axis]).ceil() as usize;
        IndexBox {
            start: std::array::from_fn(|a| bounds.start[a].saturating_sub(margin(a))),
            end: std::array::from_fn(|a| bounds.end[a].saturating_add(margin(a)).min(shape[a])),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the grid has no voxels: found the shape {} x {} x {}, expected at least 1 on each axis", shape[0], shape[1], shape[2])]
struct EmptyGrid {
    shape: [usize; 3],
}

impl Detail for EmptyGrid {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Geometry
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;

    pub(super) fn oblique() -> Grid {
        let (s, c) = (0.3_f64.sin(), 0.3_f64.cos());
        let m = [
            [0.0, 0.0, 4.0, -20.0],
            [-0.5 * c, 0.6 * s, 0.0, 30.0],
            [-0.5 * s, -0.6 * c, 0.0, 7.0],
            [0.0, 0.0, 0.0, 1.0],
        ];
        Grid::new([40, 50, 15], Affine::new(m).unwrap()).unwrap()
    }

    #[test]
    fn index_and_world_round_trip() {
        let grid = oblique();
        for index in [[0.0, 0.0, 0.0], [3.0, 41.5, 7.25], [39.0, 49.0, 14.0]] {
            let back = grid.affine().world_to_index(grid.affine().index_to_world(index));
            assert_abs_diff_eq!(index[..], back[..], epsilon = 1e-12);
        }
    }

    #[test]
    fn describes_itself() {
        let grid = oblique();
        assert_abs_diff_eq!(grid.spacing_mm()[..], [0.5, 0.6, 4.0][..], epsilon = 1e-12);
        assert_abs_diff_eq!(grid.voxel_mm3(), 1.2, epsilon = 1e-12);
        assert_eq!(grid.orientation(), "PIR");
        assert_eq!(grid.near_axes(), [true, true, false]);
    }

    #[test]
    fn near_axes_do_not_depend_on_storage_order() {
        let near = |spacing: [f64; 3]| {
            Grid::new([2, 2, 2], Affine::from_spacing(spacing).unwrap()).unwrap().near_axes()
        };
        assert_eq!(near([1.0, 1.0, 1.0]), [true; 3]);
        assert_eq!(near([4.0, 0.5, 0.5]), [false, true, true]);
        assert_eq!(near([0.5, 0.9, 4.0]), [true, true, false], "the second smallest is always near");
        assert_eq!(near([1.0, 1.5, 1.6]), [true, true, false]);
    }

    #[test]
    fn refuses_an_axis_without_voxels() {
        assert!(Grid::new([3, 0, 1], *oblique().affine()).unwrap_err().to_string().contains("3 x 0 x 1"));
    }

    #[test]
    fn patient_axes_turn_with_the_grid_and_not_with_the_array() {
        let grid = oblique();
        let (s, c) = (0.3_f64.sin(), 0.3_f64.cos());
        let axes = PatientAxes { right: [1.0, 0.0, 0.0], anterior: [0.0, c, s], superior: [0.0, -s, c] };
        let near = |found: PatientAxes| {
            let pairs =
                [(found.right, axes.right), (found.anterior, axes.anterior), (found.superior, axes.superior)];
            pairs.iter().all(|&(a, b)| distance(a, b) < 1e-12)
        };
        assert!(near(grid.patient_axes()), "{:?}", grid.patient_axes());
        let m = grid.affine().matrix();
        let stored = m.map(|row| [-row[2], row[0], -row[1], row[3]]);
        let stored = Grid::new([15, 40, 50], Affine::new(stored).unwrap()).unwrap();
        assert_eq!(stored.orientation(), "LPS");
        assert!(near(stored.patient_axes()), "{:?}", stored.patient_axes());
    }
}
