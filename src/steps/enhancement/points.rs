//! Points around the hematoma that both images are compared at.

use hemastage_image::{
    roi::Roi,
    vector::{Vector, length},
};

/// Points lie in the box around the hematoma with this margin, ...
pub(super) const AROUND_MM: f64 = 8.0;
/// ... and this far from it: what takes up contrast agent says nothing about the shift.
const CLEAR_MM: f64 = 2.0;
/// Distances from the hematoma are counted in cells of this size, or in voxels where these are larger.
const CELL_MM: f64 = 1.0;
/// Upper bound on their number in a hematoma: 33 liters.
const MAX_CELLS: usize = 1 << 25;
/// Number of points.
const MAX_POINTS: usize = 6000;
/// Points that are tried for each that is kept.
const MAX_TRIES: usize = 6;
/// Steps of the sequence along i, j and k: powers of the root of `x^4 = x + 1`, by which it fills a cube evenly. No grid
/// of voxels is in step with it, so that a shift by half a voxel, which smoothes noise, is not taken for a better one.
const STEPS: Vector = [0.819_172_513_396_164_4, 0.671_043_606_703_789_2, 0.549_700_477_901_970_3];

/// Points in the world, along the axes of the hematoma's grid.
pub(super) fn points(hematoma: &Roi, is_covered: impl Fn(Vector) -> bool) -> Vec<Vector> {
    let (grid, bounds) = (hematoma.grid(), hematoma.bounds());
    let margin = grid.spacing_mm().map(|mm| AROUND_MM / mm);
    let start: Vector = std::array::from_fn(|a| bounds.start[a] as f64 - 0.5 - margin[a]);
    let size: Vector = std::array::from_fn(|a| (bounds.end[a] - bounds.start[a]) as f64 + 2.0 * margin[a]);
    let Some(cells) = Cells::around(hematoma) else { return Vec::new() };
    let mut found = Vec::with_capacity(MAX_POINTS);
    for n in 1..=MAX_POINTS * MAX_TRIES {
        let index = std::array::from_fn(|a| start[a] + (n as f64 * STEPS[a]).fract() * size[a]);
        if cells.is_near(index) {
            continue;
        }
        let point = grid.affine().index_to_world(index);
        if is_covered(point) {
            found.push(point);
        }
        if found.len() == MAX_POINTS {
            break;
        }
    }
    found
}

/// Which cells of about 1 mm, along the axes of the hematoma's grid, lie near it.
struct Cells {
    /// Size of a cell and where the first one starts, in voxels of the grid.
    size: Vector,
    start: Vector,
    shape: [usize; 3],
    near: Vec<bool>,
}

impl Cells {
    /// `None` where there would be too many.
    fn around(hematoma: &Roi) -> Option<Self> {
        let (spacing, bounds) = (hematoma.grid().spacing_mm(), hematoma.bounds());
        let size = spacing.map(|mm| (CELL_MM / mm).max(1.0));
        let cell_mm: Vector = std::array::from_fn(|a| size[a] * spacing[a]);
        // a voxel may lie anywhere in its cell, and a point too
        let reach_mm = CLEAR_MM + length(cell_mm);
        let reach = cell_mm.map(|mm| (reach_mm / mm) as usize);
        let start = std::array::from_fn(|a| bounds.start[a] as f64 - 0.5 - reach[a] as f64 * size[a]);
        let shape: [usize; 3] = std::array::from_fn(|a| {
            ((bounds.end[a] - bounds.start[a]) as f64 / size[a]).ceil() as usize + 2 * reach[a]
        });
        let all =
            shape.iter().try_fold(1_usize, |all, &n| all.checked_mul(n)).filter(|&all| all <= MAX_CELLS)?;
        let mut cells = Self { size, start, shape, near: vec![false; all] };
        for run in hematoma.runs() {
            let [i, j, k] = [run.i, run.j, run.k].map(f64::from);
            let first = cells.position([i, j, k]);
            let last = cells.position([i + f64::from(run.len) - 1.0, j, k]);
            if let (Some(first), Some(last)) = (first, last) {
                cells.near[first..=last].fill(true);
            }
        }
        Some(cells.widened(reach, |[i, j, k]| {
            length([i as f64 * cell_mm[0], j as f64 * cell_mm[1], k as f64 * cell_mm[2]]) <= reach_mm
        }))
    }

    /// With all cells that can be reached from one by some steps.
    fn widened(self, reach: [usize; 3], is_reached: impl Fn([usize; 3]) -> bool) -> Self {
        let [wide, high, _] = self.shape;
        let mut near = vec![false; self.near.len()];
        // from each row to those around it, the steps along it that are left
        let span = |a: usize| -(reach[a] as isize)..=reach[a] as isize;
        let rows = span(2).flat_map(|k| span(1).map(move |j| (j, k)));
        let rows: Vec<(isize, usize)> = rows
            .filter_map(|(j, k)| {
                let is_left = |i: &usize| is_reached([*i, j.unsigned_abs(), k.unsigned_abs()]);
                let left = (0..=reach[0]).rev().find(is_left)?;
                Some((j * wide as isize + k * (wide * high) as isize, left))
            })
            .collect();
        for (row, cells) in self.near.chunks_exact(wide).enumerate() {
            let mut i = 0;
            while i < wide {
                let run = cells[i..].iter().take_while(|&&is_near| is_near).count();
                for &(step, left) in rows.iter().filter(|_| run > 0) {
                    // the region is `reach` off every side of the cells
                    let first = (row * wide + i - left).wrapping_add_signed(step);
                    near[first..first + run + 2 * left].fill(true);
                }
                i += run + 1;
            }
        }
        Self { near, ..self }
    }

    /// The position of the cell that a fractional index of the grid lies in.
    fn position(&self, index: Vector) -> Option<usize> {
        let cell: [f64; 3] = std::array::from_fn(|a| ((index[a] - self.start[a]) / self.size[a]).floor());
        let inside = (0..3).all(|a| cell[a] >= 0.0 && cell[a] < self.shape[a] as f64);
        let [i, j, k] = cell.map(|v| v as usize);
        inside.then(|| i + self.shape[0] * (j + self.shape[1] * k))
    }

    fn is_near(&self, index: Vector) -> bool {
        self.position(index).is_some_and(|cell| self.near[cell])
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels, vector::distance};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn points_lie_around_the_hematoma_and_clear_of_it() {
        for spacing in [[0.5, 0.5, 0.5], [0.8, 0.8, 4.0], [1.0, 1.3, 1.0]] {
            let affine = Affine::from_spacing(spacing).unwrap();
            let array = Array3::from_shape_fn((60, 50, 30), |(i, j, k)| {
                u8::from((i as f64 - 30.0).hypot(j as f64 - 22.0) < 9.0 && (5..24).contains(&k))
            });
            let roi = Roi::from_array(array.view(), affine, &Labels::NonZero).unwrap();
            let found = points(&roi, |[x, _, _]| x > 0.0);
            assert!(found.len() > 3000, "{}", found.len());
            let (mut nearest, mut farthest) = (f64::INFINITY, 0.0_f64);
            for &point in found.iter().step_by(11) {
                let off = roi.centers().map(|center| distance(center, point)).fold(f64::INFINITY, f64::min);
                (nearest, farthest) = (nearest.min(off), farthest.max(off));
                assert!(point[0] > 0.0);
            }
            // from a center a voxel reaches half its diagonal
            assert!(
                nearest >= CLEAR_MM && nearest < CLEAR_MM + 2.0 * length(spacing.map(|mm| mm.max(1.0))),
                "{nearest}"
            );
            assert!(farthest > AROUND_MM && farthest < AROUND_MM * 3_f64.sqrt() + 10.0, "{farthest}");
        }
    }
}
