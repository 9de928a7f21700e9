//! A thin shell around the cord: mostly fluid, where no mask of the canal says what is.

use std::collections::BTreeMap;

use hemastage_image::{
    grid::{Affine, Grid},
    roi::{Labels, Roi, RoiBuilder},
};

use crate::steps::shape::along;

/// The shell's voxels lie so far from the cord's in a plane across it: beyond what shares a voxel with the cord, and
/// nearer than fat and bone mostly are.
const INNER_MM: f64 = 1.5;
const OUTER_MM: f64 = 3.0;
/// Voxels smaller than a 40th of that, of which a shell has too many, are those of no scanner.
const MAX_STEPS: f64 = 40.0;
/// With more voxels of the cord, planes are left out.
const MAX_VOXELS: usize = 8000;

/// The shell around a cord without the hematoma and what touches it, on the cord's grid, continued where the cord
/// reaches its border; `None` where there is none.
pub(super) fn shell(cord: &Roi, hematoma: &Roi) -> Option<Roi> {
    let along = along(cord);
    let across = [(along + 1) % 3, (along + 2) % 3];
    let grid = continued(cord.grid(), across)?;
    let margin = across.map(|axis| (grid.shape()[axis] - cord.grid().shape()[axis]) / 2);
    let every = cord.len().div_ceil(MAX_VOXELS);
    let mut planes: BTreeMap<usize, Vec<[usize; 2]>> = BTreeMap::new();
    for voxel in cord.voxels().filter(|voxel| voxel[along] % every == 0) {
        let at = [0, 1].map(|n| voxel[across[n]] + margin[n]);
        planes.entry(voxel[along]).or_default().push(at);
    }
    let near = offsets(across.map(|axis| grid.spacing_mm()[axis]));
    let map = grid.map_to(hematoma.grid());
    let is_blood = |voxel| map.nearest(voxel).is_some_and(|index| hematoma.position(index).is_some());
    let mut voxels = Vec::new();
    for (plane, cord) in planes {
        let voxel = |at: [usize; 2]| {
            let mut voxel = [plane; 3];
            (0..2).for_each(|n| voxel[across[n]] = at[n]);
            voxel
        };
        let is_free = |at: &[usize; 2]| {
            let [a, b] = *at;
            let around = [[a, b], [a.wrapping_sub(1), b], [a + 1, b], [a, b.wrapping_sub(1)], [a, b + 1]];
            !around.into_iter().any(|at| is_blood(voxel(at)))
        };
        voxels.extend(around(&cord, &near).into_iter().filter(is_free).map(voxel));
    }
    voxels.sort_unstable_by_key(|&[i, j, k]| [k, j, i]);
    let mut builder = RoiBuilder::new(grid, Labels::NonZero);
    for voxel in voxels {
        builder.add(voxel, 1, 1.0);
    }
    builder.finish().ok()
}

/// The grid with a margin on both sides of the axes across the cord.
fn continued(grid: &Grid, across: [usize; 2]) -> Option<Grid> {
    let (mut shape, mut matrix) = (grid.shape(), *grid.affine().matrix());
    for axis in across {
        let margin = (OUTER_MM / grid.spacing_mm()[axis]).ceil();
        if margin > MAX_STEPS {
            return None;
        }
        shape[axis] += 2 * margin as usize;
        for row in matrix.iter_mut().take(3) {
            row[3] -= margin * row[axis];
        }
    }
    Grid::new(shape, Affine::new(matrix).ok()?).ok()
}

/// The steps across that are at most [`OUTER_MM`] long, and whether they are shorter than [`INNER_MM`].
fn offsets(spacing_mm: [f64; 2]) -> Vec<([isize; 2], bool)> {
    let [a, b] = spacing_mm.map(|mm| (OUTER_MM / mm) as isize);
    let all = (-a..=a).flat_map(|a| (-b..=b).map(move |b| [a, b]));
    let length = |[a, b]: [isize; 2]| (a as f64 * spacing_mm[0]).hypot(b as f64 * spacing_mm[1]);
    all.map(|at| (at, length(at)))
        .filter(|&(_, mm)| mm <= OUTER_MM)
        .map(|(at, mm)| (at, mm < INNER_MM))
        .collect()
}

/// The voxels of a plane in the shell around those of the cord.
fn around(cord: &[[usize; 2]], offsets: &[([isize; 2], bool)]) -> Vec<[usize; 2]> {
    let reach = [0, 1].map(|n| offsets.iter().map(|(at, _)| at[n]).max().unwrap_or(0) as usize);
    let (mut low, mut high) = ([usize::MAX; 2], [0; 2]);
    for at in cord {
        for n in 0..2 {
            (low[n], high[n]) = (low[n].min(at[n]), high[n].max(at[n]));
        }
    }
    let start = [0, 1].map(|n| low[n] - reach[n].min(low[n]));
    let shape = [0, 1].map(|n| high[n] + reach[n] + 1 - start[n]);
    // 1 for the shell, 2 for what is nearer
    let mut marks = vec![0_u8; shape[0] * shape[1]];
    for at in cord {
        for &(by, is_inner) in offsets {
            let [a, b] = [0, 1].map(|n| at[n].saturating_add_signed(by[n]) - start[n]);
            let mark = &mut marks[a * shape[1] + b];
            *mark = (*mark).max(1 + u8::from(is_inner));
        }
    }
    let is_shell =
        |(n, &mark): (usize, &u8)| (mark == 1).then(|| [start[0] + n / shape[1], start[1] + n % shape[1]]);
    marks.iter().enumerate().filter_map(is_shell).collect()
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    /// A mask on voxels of these sizes, in a body with its axes in this order.
    fn mask(spacing: [f64; 3], shape: [usize; 3], inside: impl Fn([f64; 3]) -> bool) -> Roi {
        let array = Array3::from_shape_fn(shape, |(i, j, k)| {
            u8::from(inside([i as f64 * spacing[0], j as f64 * spacing[1], k as f64 * spacing[2]]))
        });
        Roi::from_array(array.view(), Affine::from_spacing(spacing).unwrap(), &Labels::NonZero).unwrap()
    }

    #[test]
    fn the_shell_keeps_its_distance_from_cord_and_blood_and_reaches_beyond_the_grid() {
        // a cord along z whose mask touches the border of its grid
        let cord = mask([0.5, 0.5, 2.0], [20, 40, 30], |[x, y, _]| (x - 3.0).hypot(y - 10.0) < 3.2);
        let blood = mask([0.5, 0.5, 2.0], [20, 40, 30], |[_, y, z]| y > 14.6 && z > 30.0);
        let found = shell(&cord, &blood).unwrap();
        let heights: Vec<f64> = cord.centers().map(|center| center[2]).collect();
        let (mut least, mut most) = (f64::INFINITY, 0.0_f64);
        let mut beyond = 0;
        for [x, y, z] in found.centers() {
            let off = cord.centers().filter(|center| center[2] == z);
            let off = off.map(|center| (center[0] - x).hypot(center[1] - y)).fold(f64::INFINITY, f64::min);
            (least, most) = (least.min(off), most.max(off));
            assert!(heights.contains(&z) && !(x >= 0.0 && y > 14.4 && z > 30.0), "{x} {y} {z}");
            beyond += usize::from(x < 0.0);
        }
        assert!(least >= INNER_MM && most <= OUTER_MM && least < 1.6 && most > 2.9, "{least} {most}");
        assert!(beyond > 100, "{beyond}");
        // a ring of 4.7 to 6.2 mm around the middle
        let expected = std::f64::consts::PI * (6.2_f64.powi(2) - 4.7_f64.powi(2)) / 0.25 * 30.0;
        assert!((found.len() as f64 / expected - 1.0).abs() < 0.15, "{} {expected}", found.len());
    }

    #[test]
    fn thick_slices_have_a_shell_within_each_and_coarse_voxels_none() {
        let none = |spacing, shape| mask(spacing, shape, |[x, y, z]| x + y + z < 0.1);
        let sagittal = mask([0.6, 0.6, 4.0], [120, 40, 5], |[_, y, z]| (y - 12.0).hypot(z - 8.0) < 5.0);
        let found = shell(&sagittal, &none([0.6, 0.6, 4.0], [120, 40, 5])).unwrap();
        let slices = |roi: &Roi| -> std::collections::BTreeSet<i64> {
            roi.centers().map(|center| center[2].round() as i64).collect()
        };
        assert_eq!(slices(&found), slices(&sagittal));
        // three voxels on each side of each row, in three slices
        assert_eq!(found.len(), 120 * 3 * 2 * 3);
        let coarse = mask([4.0, 4.0, 4.0], [9, 9, 40], |[x, y, _]| (x - 16.0).hypot(y - 16.0) < 7.0);
        assert!(shell(&coarse, &none([4.0; 3], [9, 9, 40])).is_none());
        let tiny = mask([0.001; 3], [9, 9, 40], |[x, y, _]| (x - 0.004).hypot(y - 0.004) < 0.002);
        assert!(shell(&tiny, &none([0.001; 3], [9, 9, 40])).is_none());
    }

    #[test]
    fn a_large_cord_has_fewer_planes() {
        let cord = mask([0.5, 0.5, 0.5], [40, 40, 100], |[x, y, _]| (x - 10.0).hypot(y - 10.0) < 5.0);
        let blood = mask([0.5, 0.5, 0.5], [40, 40, 100], |[x, y, z]| x + y + z < 0.1);
        let found = shell(&cord, &blood).unwrap();
        let planes: std::collections::BTreeSet<usize> = found.voxels().map(|voxel| voxel[2]).collect();
        assert_eq!(planes.len(), 100_usize.div_ceil(cord.len().div_ceil(MAX_VOXELS)));
    }
}
