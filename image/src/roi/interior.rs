//! Which voxels of a region have all face neighbors in it.

use std::ops::Range;

use super::{Roi, Run, voxels};
use crate::simd::wide;

/// Slices are laid out as bitmaps while these have at most this many words per voxel of the region; a sparser region
/// looks each neighbor up.
const MAX_WORDS_PER_VOXEL: usize = 4;

impl Roi {
    /// Which voxels have all face neighbors along the given axes in the region: one entry per voxel. Beyond the grid is
    /// outside.
    pub fn interior(&self, axes: [bool; 3]) -> Vec<bool> {
        self.filled(|slices, inside| mark_interior(self, axes, slices, inside))
    }
}

/// Marks the interior voxels of a range of slices; `inside` has an entry for each voxel of these.
fn mark_interior(roi: &Roi, axes: [bool; 3], slices: Range<usize>, inside: &mut [bool]) {
    let layout = Layout::of(roi);
    if layout.words * slices.len() > MAX_WORDS_PER_VOXEL * inside.len() {
        for (inside, voxel) in inside.iter_mut().zip(voxels(roi.runs_of_slices(&slices))) {
            let mut neighbors = (0..3).filter(|&axis| axes[axis]).flat_map(|axis| roi.neighbors(voxel, axis));
            *inside = neighbors.all(|neighbor| neighbor.is_some());
        }
        return;
    }
    let mut planes = [(); 3].map(|()| vec![0; layout.words]);
    let mut inner = vec![0; layout.words];
    if let Some(below) = slices.start.checked_sub(1) {
        layout.set(roi.runs_of_slice(below), &mut planes[0]);
    }
    layout.set(roi.runs_of_slice(slices.start), &mut planes[1]);
    let mut rest = inside;
    for slice in slices {
        layout.set(roi.runs_of_slice(slice + 1), &mut planes[2]);
        let voxels = wide(
            #[inline(always)]
            || {
                layout.narrow(axes, &planes, &mut inner);
                mark(&planes[1], &inner, rest)
            },
        );
        rest = &mut rest[voxels..];
        planes.rotate_left(1);
    }
}

/// The bitmap of a slice of the region's bounds, in memory order. It is one pixel wider on every side, so that every
/// voxel has neighbors.
struct Layout {
    start: [usize; 2],
    /// Words of a row.
    row: usize,
    /// Words of a slice.
    words: usize,
}

impl Layout {
    fn of(roi: &Roi) -> Self {
        let ([width, height, _], start) = (roi.bounds().shape(), roi.bounds().start);
        let row = (width + 2).div_ceil(64);
        Self { start: [start[0], start[1]], row, words: row * (height + 2) }
    }

    fn set(&self, runs: &[Run], plane: &mut [u64]) {
        plane.fill(0);
        for run in runs {
            let row = (run.j as usize + 1 - self.start[1]) * self.row;
            let first = run.i as usize + 1 - self.start[0];
            let last = first + run.len as usize - 1;
            let (head, tail) = (u64::MAX << (first % 64), u64::MAX >> (63 - last % 64));
            let (first, last) = (row + first / 64, row + last / 64);
            if first == last {
                plane[first] |= head & tail;
            } else {
                plane[first] |= head;
                plane[first + 1..last].fill(u64::MAX);
                plane[last] |= tail;
            }
        }
    }

    /// The bitmap of those voxels of the middle plane that have all neighbors.
    #[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
    #[inline(always)]
    fn narrow(&self, axes: [bool; 3], [below, here, above]: &[Vec<u64>; 3], inner: &mut [u64]) {
        inner.copy_from_slice(here);
        let inner = &mut inner[self.row..self.words - self.row];
        let both = |inner: &mut [u64], one: &[u64], other: &[u64]| {
            inner.iter_mut().zip(one).zip(other).for_each(|((inner, one), other)| *inner &= one & other);
        };
        if axes[0] {
            let neighbors = here[self.row - 1..].iter().zip(&here[self.row..]).zip(&here[self.row + 1..]);
            for (inner, ((before, here), after)) in inner.iter_mut().zip(neighbors) {
                *inner &= (here << 1 | before >> 63) & (here >> 1 | after << 63);
            }
        }
        if axes[1] {
            both(inner, here, &here[2 * self.row..]);
        }
        if axes[2] {
            both(inner, &below[self.row..], &above[self.row..]);
        }
    }
}

/// Marks the voxels of `here` that are in `inner`; returns the number of voxels in `here`.
#[expect(clippy::inline_always, reason = "compiled for the vectors of the caller")]
#[inline(always)]
fn mark(here: &[u64], inner: &[u64], inside: &mut [bool]) -> usize {
    let mut first = 0;
    for (&here, &inner) in here.iter().zip(inner) {
        let count = here.count_ones() as usize;
        if inner == here {
            inside[first..first + count].fill(true);
        } else {
            let mut left = inner;
            while left != 0 {
                let bit = left & left.wrapping_neg();
                inside[first + (here & (bit - 1)).count_ones() as usize] = true;
                left ^= bit;
            }
        }
        first += count;
    }
    first
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels};

    fn region(mask: &Array3<u8>) -> Roi {
        Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero).unwrap()
    }

    /// Compares with a look at every neighbor in the mask.
    fn check(mask: &Array3<u8>) {
        let roi = region(mask);
        let near = |voxel: [usize; 3], axis: usize, by: usize| {
            let mut index = voxel;
            index[axis] = (index[axis] + by).wrapping_sub(1);
            mask.get(index).is_some_and(|&value| value != 0)
        };
        for n in 0..8 {
            let axes = [n & 1 > 0, n & 2 > 0, n & 4 > 0];
            let expected = roi
                .voxels()
                .map(|voxel| (0..3).all(|a| !axes[a] || (near(voxel, a, 0) && near(voxel, a, 2))));
            assert!(roi.interior(axes).into_iter().eq(expected), "{:?} {axes:?}", mask.dim());
        }
    }

    #[test]
    fn agrees_with_a_look_at_every_neighbor() {
        let mut random = fastrand::Rng::with_seed(7);
        for width in [1, 2, 61, 62, 63, 64, 65, 126, 127, 128, 200] {
            for share in [0.02, 0.5, 0.97, 1.0] {
                let mut mask = Array3::from_shape_fn((width, 5, 4), |_| u8::from(random.f64() < share));
                mask[[width / 2, 2, 2]] = 1;
                check(&mask);
            }
        }
        // more than one piece
        check(&Array3::from_shape_fn((130, 70, 40), |_| u8::from(random.f64() < 0.8)));
    }

    #[test]
    fn one_stray_voxel_makes_no_wide_planes() {
        let mut mask = Array3::from_shape_fn((300, 200, 30), |(i, j, k)| u8::from(i < 5 && j < 4 && k < 3));
        mask[[299, 199, 29]] = 1;
        let roi = region(&mask);
        assert!(Layout::of(&roi).words * 30 > MAX_WORDS_PER_VOXEL * roi.len());
        check(&mask);
    }

    #[test]
    fn interior_needs_neighbors_inside_the_grid() {
        let roi = Roi::from_array(Array3::<u8>::ones((3, 3, 2)).view(), Affine::identity(), &Labels::NonZero)
            .unwrap();
        let count = |axes| roi.interior(axes).into_iter().filter(|&inside| inside).count();
        assert_eq!(count([true, true, false]), 2, "the middle of both slices");
        assert_eq!(count([true, true, true]), 0);
        assert_eq!(count([false; 3]), 18);
    }
}
