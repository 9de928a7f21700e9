//! Voxels as small cells, as a voxel of 0.5 x 0.5 x 4 mm is not one point.

use hemastage_image::{
    grid::{Grid, IndexBox},
    roi::{Roi, Run},
    vector::{Vector, dot, plus},
};

/// Maximum edge length of a cell.
const CELL_MM: f64 = 0.6;
/// Maximum number of cells along an edge of a voxel.
const MAX_CELLS: f64 = 16.0;

/// The equal cells that each voxel of a grid is divided into.
#[derive(Debug)]
pub(crate) struct Cells {
    /// Each cell's center relative to the voxel's, in voxels.
    offsets: Vec<Vector>,
    /// A cell's edge along each axis, mm.
    edges: [Vector; 3],
    pub(crate) volume_mm3: f64,
}

impl Cells {
    pub(crate) fn of(grid: &Grid) -> Self {
        let counts = grid.spacing_mm().map(|mm| (mm / CELL_MM - 1e-6).ceil().clamp(1.0, MAX_CELLS));
        let voxel = voxel_edges(grid);
        let edges: [Vector; 3] = std::array::from_fn(|a| voxel[a].map(|v| v / counts[a]));
        let mut offsets = vec![[0.0; 3]];
        for a in 0..3 {
            let shifts = (0..counts[a] as usize).map(|n| (n as f64 - (counts[a] - 1.0) / 2.0) / counts[a]);
            let shifted = |shift| {
                offsets.iter().map(move |&(mut offset): &Vector| {
                    offset[a] = shift;
                    offset
                })
            };
            offsets = shifts.flat_map(shifted).collect();
        }
        let volume_mm3 = grid.voxel_mm3() / offsets.len() as f64;
        Self { offsets, edges, volume_mm3 }
    }

    /// The center of each cell relative to the voxel's, in voxels.
    pub(super) fn offsets(&self) -> &[Vector] {
        &self.offsets
    }

    /// The centers of a voxel's cells, as indices.
    pub(crate) fn centers(&self, voxel: Vector) -> impl Iterator<Item = Vector> + '_ {
        self.offsets.iter().map(move |&offset| plus(voxel, 1.0, offset))
    }

    /// The length of a cell's projection on a direction.
    pub(crate) fn extent_mm(&self, direction: Vector) -> f64 {
        self.edges.iter().map(|&edge| dot(edge, direction).abs()).sum()
    }
}

/// The corners of a mask's bounding box.
pub(crate) fn corners(mask: &Roi) -> [Vector; 8] {
    let IndexBox { start, end } = mask.bounds();
    let at = |upper: bool, a: usize| (if upper { end[a] } else { start[a] }) as f64 - 0.5;
    std::array::from_fn(|bits| {
        mask.grid().affine().index_to_world(std::array::from_fn(|a| at(bits >> a & 1 == 1, a)))
    })
}

/// The vectors from a voxel's center to the next along each axis.
pub(crate) fn voxel_edges(grid: &Grid) -> [Vector; 3] {
    let m = grid.affine().matrix();
    std::array::from_fn(|a| [m[0][a], m[1][a], m[2][a]])
}

/// The voxels of runs, as indices.
pub(crate) fn voxels(runs: &[Run]) -> impl Iterator<Item = Vector> + '_ {
    runs.iter().flat_map(|run| {
        let (j, k) = (f64::from(run.j), f64::from(run.k));
        (run.i..run.end()).map(move |i| [f64::from(i), j, k])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemastage_image::Affine;

    #[test]
    fn a_thick_voxel_becomes_cells_that_fill_it() {
        let m = [[0.0, 0.0, 4.0, 0.0], [0.5, 0.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        let cells = Cells::of(&Grid::new([2, 2, 2], Affine::new(m).unwrap()).unwrap());
        let k: Vec<f64> = cells.centers([3.0, 0.0, 10.0]).map(|index| index[2]).collect();
        assert_eq!(k.len(), 7);
        assert!((k.iter().sum::<f64>() / 7.0 - 10.0).abs() < 1e-12);
        assert!((k[6] - k[0] - 6.0 / 7.0).abs() < 1e-12);
        assert!(cells.centers([3.0, 0.0, 10.0]).all(|index| index[..2] == [3.0, 0.0]));
        assert!((cells.volume_mm3 * 7.0 - 1.0).abs() < 1e-12);
        assert!((cells.extent_mm([1.0, 0.0, 0.0]) - 4.0 / 7.0).abs() < 1e-12);
    }
}
