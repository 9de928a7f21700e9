//! A mask's voxels in short rows along any axis, as its runs are along the first.

use hemastage_image::roi::Roi;

/// Maximum number of voxels in a row; few enough that the spine hardly bends over its length.
pub(crate) const MAX_VOXELS: usize = 8;

/// Maximum number of rows across the axis per voxel; in a mask sparser than that, each voxel is a row of its own.
const OPEN_PER_VOXEL: usize = 4;

/// Calls `visit` with the first and the last voxel of each row along an axis; long rows come in parts.
pub(crate) fn each_row(mask: &Roi, axis: usize, mut visit: impl FnMut([[u32; 3]; 2])) {
    if axis == 0 {
        for run in mask.runs() {
            for i in (run.i..run.end()).step_by(MAX_VOXELS) {
                let last = (i + MAX_VOXELS as u32).min(run.end()) - 1;
                visit([[i, run.j, run.k], [last, run.j, run.k]]);
            }
        }
        return;
    }
    let other = 3 - axis;
    let bounds = mask.bounds();
    let start = bounds.start.map(|v| v as u32);
    let width = bounds.shape()[0].max(1);
    let rows = width * bounds.shape()[other];
    if rows > OPEN_PER_VOXEL * mask.len() {
        for run in mask.runs() {
            (run.i..run.end()).for_each(|i| visit([[i, run.j, run.k]; 2]));
        }
        return;
    }
    // the open row at each position across the axis: its first voxel and its length
    let mut open = vec![(0_u32, 0_u32); rows];
    let mut close = |i: u32, across: u32, (first, voxels): (u32, u32)| {
        let voxel = |at: u32| if axis == 1 { [i, at, across] } else { [i, across, at] };
        if voxels > 0 {
            visit([voxel(first), voxel(first + voxels - 1)]);
        }
    };
    for run in mask.runs() {
        let (across, at) = if axis == 1 { (run.k, run.j) } else { (run.j, run.k) };
        let first = (run.i - start[0]) as usize + width * (across - start[other]) as usize;
        for (i, row) in (run.i..run.end()).zip(&mut open[first..]) {
            if row.0 + row.1 == at && row.1 > 0 && row.1 < MAX_VOXELS as u32 {
                row.1 += 1;
            } else {
                close(i, across, std::mem::replace(row, (at, 1)));
            }
        }
    }
    for (across, rows) in (start[other]..).zip(open.chunks(width)) {
        for (i, &row) in (start[0]..).zip(rows) {
            close(i, across, row);
        }
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn rows_are_unbroken_and_hold_every_voxel_once() {
        let matrix = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        let mask = Array3::from_shape_fn((21, 19, 23), |(i, j, k)| {
            u8::from(i > 1 && j > 2 && k > 3 && (i * 7 + j * 13 + k * 29) % 17 > 1)
        });
        let roi = Roi::from_array(mask.view(), Affine::new(matrix).unwrap(), &Labels::NonZero).unwrap();
        for axis in 0..3 {
            let mut left = mask.clone();
            let mut longest = 0;
            each_row(&roi, axis, |[first, last]| {
                let mut voxel = first;
                for place in first[axis]..=last[axis] {
                    voxel[axis] = place;
                    let voxel = voxel.map(|v| v as usize);
                    assert_eq!(std::mem::take(&mut left[voxel]), 1, "{voxel:?} along {axis}");
                }
                assert_eq!(voxel, last);
                longest = longest.max(last[axis] - first[axis] + 1);
            });
            assert!(left.iter().all(|&voxel| voxel == 0));
            assert_eq!(longest, MAX_VOXELS as u32);
        }
    }

    #[test]
    fn voxels_far_apart_are_rows_of_their_own() {
        let matrix = [[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        let mask = Array3::from_shape_fn((30, 30, 30), |(i, j, k)| u8::from(i == j && j == k && i % 7 < 2));
        let roi = Roi::from_array(mask.view(), Affine::new(matrix).unwrap(), &Labels::NonZero).unwrap();
        for axis in 0..3 {
            let mut found = Vec::new();
            each_row(&roi, axis, |[first, last]| {
                assert_eq!(first, last);
                found.push(first.map(|v| v as usize));
            });
            assert!(found.into_iter().eq(roi.voxels()));
        }
    }
}
