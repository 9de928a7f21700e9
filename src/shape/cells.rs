//! Voxels as small cells: a voxel of 0.5 x 0.5 x 4 mm is not one point.

use crate::{
    grid::Grid,
    vector::{Vector, dot, plus},
};

/// Longest edge of a cell.
const CELL_MM: f64 = 0.6;
/// Cells along an edge of a voxel at most.
const MOST_CELLS: f64 = 16.0;

/// The equal cells that each voxel of a grid is divided into.
#[derive(Debug)]
pub(super) struct Cells {
    /// From the voxel's centre to each cell's centre.
    offsets: Vec<Vector>,
    edges: [Vector; 3],
    pub(super) volume_mm3: f64,
}

impl Cells {
    pub(super) fn of(grid: &Grid) -> Self {
        let counts = grid.spacing_mm().map(|mm| (mm / CELL_MM - 1e-6).ceil().clamp(1.0, MOST_CELLS));
        let voxel = voxel_edges(grid);
        let edges: [Vector; 3] = std::array::from_fn(|a| voxel[a].map(|v| v / counts[a]));
        let mut offsets = vec![[0.0; 3]];
        for a in 0..3 {
            let places = (0..counts[a] as usize).map(|n| n as f64 - (counts[a] - 1.0) / 2.0);
            offsets = places
                .flat_map(|place| offsets.iter().map(move |&offset| plus(offset, place, edges[a])))
                .collect();
        }
        let volume_mm3 = grid.voxel_mm3() / offsets.len() as f64;
        Self { offsets, edges, volume_mm3 }
    }

    /// The centres of a voxel's cells.
    pub(super) fn centres(&self, voxel: Vector) -> impl Iterator<Item = Vector> + '_ {
        self.offsets.iter().map(move |&offset| plus(voxel, 1.0, offset))
    }

    /// How far a cell reaches along a direction, from end to end.
    pub(super) fn extent_mm(&self, direction: Vector) -> f64 {
        self.edges.iter().map(|&edge| dot(edge, direction).abs()).sum()
    }
}

/// From a voxel's centre to the next along each axis.
pub(super) fn voxel_edges(grid: &Grid) -> [Vector; 3] {
    let m = grid.affine().matrix();
    std::array::from_fn(|a| [m[0][a], m[1][a], m[2][a]])
}

/// How little of a step a stretch may reach and still not be in it.
const ROUNDING: f64 = 1e-6;

/// The whole number at or below, without the call that processors without SSE4.1 need.
fn floor(value: f64) -> i64 {
    let whole = value as i64;
    whole.saturating_sub(i64::from(whole as f64 > value))
}

/// The whole steps that a stretch of the line reaches, each with its share of the stretch. Step `n`
/// goes from `n * step_mm` to `(n + 1) * step_mm`.
pub(super) fn spread(middle: f64, extent: f64, step_mm: f64) -> impl Iterator<Item = (i64, f64)> {
    let extent = extent.max(1e-6);
    let (low, high) = ((middle - extent / 2.0) / step_mm, (middle + extent / 2.0) / step_mm);
    let (first, last) = (floor(low + ROUNDING), floor(high - ROUNDING));
    (first..=last).map(move |step| {
        let from = if step == first { low } else { step as f64 };
        let to = if step == last { high } else { step as f64 + 1.0 };
        (step, (to - from) / (high - low))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Affine;

    #[test]
    fn a_thick_voxel_becomes_cells_that_fill_it() {
        let m = [[0.0, 0.0, 4.0, 0.0], [0.5, 0.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        let cells = Cells::of(&Grid::new([2, 2, 2], Affine::new(m).unwrap()).unwrap());
        let x: Vec<f64> = cells.centres([10.0, 0.0, 0.0]).map(|p| p[0]).collect();
        assert_eq!(x.len(), 7);
        assert!((x.iter().sum::<f64>() / 7.0 - 10.0).abs() < 1e-12);
        assert!((x[6] - x[0] - 4.0 * 6.0 / 7.0).abs() < 1e-12);
        assert!((cells.volume_mm3 * 7.0 - 1.0).abs() < 1e-12);
        assert!((cells.extent_mm([1.0, 0.0, 0.0]) - 4.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn the_whole_number_below_is_that_of_the_library() {
        let near = |n: f64| [n - 0.5, n.next_down(), n, n.next_up(), n + 0.5];
        let far = [1e18, -1e18, 1e300, -1e300, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
        for value in (-40..40).flat_map(|n| near(f64::from(n))).chain(far) {
            assert_eq!(floor(value), value.floor() as i64, "{value}");
        }
    }

    #[test]
    fn a_stretch_is_shared_among_the_steps_it_reaches() {
        let shares: Vec<(i64, f64)> = spread(-0.25, 1.0, 1.0).collect();
        assert_eq!(shares, [(-1, 0.75), (0, 0.25)]);
        let total: f64 = spread(3.3, 4.0, 1.0).map(|(_, share)| share).sum();
        assert!((total - 1.0).abs() < 1e-12);
    }
}
