//! A mask's voxels in rows along any axis, as its runs are along the first.

use crate::roi::Roi;

/// Voxels in a row at most; few enough that the line hardly bends beside them.
pub(super) const MOST_VOXELS: usize = 8;

/// Calls with the first and the last voxel of each of a mask's rows along an axis; of a long row, of each part.
pub(super) fn each_row(mask: &Roi, axis: usize, mut call: impl FnMut([[u32; 3]; 2])) {
    if axis == 0 {
        for run in mask.runs() {
            for i in (run.i..run.end()).step_by(MOST_VOXELS) {
                let last = (i + MOST_VOXELS as u32).min(run.end()) - 1;
                call([[i, run.j, run.k], [last, run.j, run.k]]);
            }
        }
        return;
    }
    // voxels are sorted by k, j and i: then by the rows' axis within each row, last
    let by_i = sorted(voxels(mask), 0, mask);
    let by_row = sorted(by_i.iter().copied(), 3 - axis, mask);
    drop(by_i);
    let is_next = |a: &[u32; 3], b: &[u32; 3]| {
        let mut next = *a;
        next[axis] += 1;
        next == *b
    };
    for part in by_row.chunk_by(is_next).flat_map(|row| row.chunks(MOST_VOXELS)) {
        call([part[0], part[part.len() - 1]]);
    }
}

fn voxels(mask: &Roi) -> impl Iterator<Item = [u32; 3]> + Clone + '_ {
    mask.runs().iter().flat_map(|run| (run.i..run.end()).map(|i| [i, run.j, run.k]))
}

/// Voxels by their place along an axis; those at the same place stay in order.
fn sorted(voxels: impl Iterator<Item = [u32; 3]> + Clone, axis: usize, mask: &Roi) -> Vec<[u32; 3]> {
    let bounds = mask.bounds();
    let place = |voxel: [u32; 3]| voxel[axis] as usize - bounds.start[axis];
    let mut next = vec![0_usize; bounds.shape()[axis] + 1];
    for voxel in voxels.clone() {
        next[place(voxel) + 1] += 1;
    }
    for n in 1..next.len() {
        next[n] += next[n - 1];
    }
    let mut found = vec![[0; 3]; mask.len()];
    for voxel in voxels {
        let at = &mut next[place(voxel)];
        found[*at] = voxel;
        *at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels};

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
            assert_eq!(longest, MOST_VOXELS as u32);
        }
    }
}
