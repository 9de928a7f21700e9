//! Which voxels of a region lie in another region.

use super::{Roi, Run, voxels};

/// The steps of a grid's axes within the same grid.
const UNIT_STEPS: [[i64; 3]; 3] = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];

impl Roi {
    /// Which voxels have their center in another region, whose grid may differ: one entry per voxel.
    pub fn shared_with(&self, other: &Self) -> Vec<bool> {
        let map = self.grid.map_to(&other.grid);
        // the other grid's voxel of this region's first, where the grids differ by whole voxels only
        let shift =
            map.on_voxels(&self.bounds).filter(|(_, steps)| *steps == UNIT_STEPS).map(|(first, _)| first);
        self.filled(|slices, shared| {
            let runs = self.runs_of_slices(&slices);
            let Some(first) = shift else {
                let inside = |voxel| map.nearest(voxel).is_some_and(|index| other.position(index).is_some());
                shared.iter_mut().zip(voxels(runs)).for_each(|(shared, voxel)| *shared = inside(voxel));
                return;
            };
            let moved = |run: &Run| {
                let start = self.bounds.start;
                let to = |a: usize, at: u32| first[a] as usize + at as usize - start[a];
                (to(0, run.i), to(1, run.j), to(2, run.k))
            };
            let mut rest = shared;
            for run in runs {
                let (shared, after) = rest.split_at_mut(run.len as usize);
                let (i, j, k) = moved(run);
                let end = i + run.len as usize;
                let row = other.row(j, k);
                let before = row.partition_point(|other| other.end() as usize <= i);
                for other in row[before..].iter().take_while(|other| (other.i as usize) < end) {
                    let (from, to) = ((other.i as usize).max(i), (other.end() as usize).min(end));
                    shared[from - i..to - i].fill(true);
                }
                rest = after;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels, grid::GridMap, roi::tests::mask};

    #[test]
    fn shares_what_the_nearest_voxel_is_in() {
        let roi = Roi::from_array(mask().view(), Affine::identity(), &Labels::NonZero).unwrap();
        for (spacing, shift) in [(1.0, 0.0), (1.0, 2.0), (1.0, -1.0), (1.0, 0.4), (0.7, 0.2), (-1.0, 5.0)] {
            let row = |a: usize| {
                std::array::from_fn(|c| if c == a { spacing } else { 0.0 } + if c == 3 { shift } else { 0.0 })
            };
            let affine = Affine::new([row(0), row(1), row(2), [0., 0., 0., 1.]]).unwrap();
            let part = Array3::from_shape_fn((2, 2, 2), |(i, j, k)| mask()[[i, j + 1, k + 1]]);
            for array in [mask(), part] {
                let other = Roi::from_array(array.view(), affine, &Labels::Only(vec![1, 2])).unwrap();
                let (there, back) = (roi.grid().map_to(other.grid()), other.grid().map_to(roi.grid()));
                let inside = |map: &GridMap, to: &Roi, voxel| {
                    map.nearest(voxel).is_some_and(|index| to.position(index).is_some())
                };
                assert!(
                    roi.shared_with(&other).into_iter().eq(roi.voxels().map(|v| inside(&there, &other, v)))
                );
                assert!(
                    other.shared_with(&roi).into_iter().eq(other.voxels().map(|v| inside(&back, &roi, v)))
                );
            }
        }
    }
}
