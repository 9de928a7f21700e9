//! The empty part of an image: what padding or a slab's end leaves at exactly one value, mostly 0.
//!
//! Zeros that tissue surrounds are none: the noise of black blood may be cut off there.

use hemastage_image::{grid::IndexBox, roi::Column, volume::Volume};

use super::one_value::is_same;

/// The voxels of an image's block that are empty.
pub(super) struct Empty<'a> {
    image: &'a Volume,
    value: f64,
    marked: Marked,
}

impl<'a> Empty<'a> {
    /// Solid regions of a value that reach the border of the block, and whole slices of it.
    pub(super) fn of(image: &'a Volume, value: f64) -> Self {
        let has_value = |index| image.signal(index).is_some_and(|signal| is_same(signal, value));
        let all = Marked::of(*image.block(), has_value);
        let solid = all.eroded();
        let mut found = solid.reaching_border();
        // what touches a solid region belongs to it
        found = found.grown().and(&all);
        all.mark_whole_slices(&mut found);
        Self { image, value, marked: found }
    }

    /// How many voxels of a region have exactly that value and their center in an empty voxel.
    pub(super) fn among(&self, signal: &Column<f64>) -> usize {
        let map = signal.roi().grid().map_to(self.image.grid());
        let is_empty = |(voxel, value): &([usize; 3], &f64)| {
            is_same(**value, self.value) && map.nearest(*voxel).is_some_and(|index| self.marked.holds(index))
        };
        signal.roi().voxels().zip(signal.iter()).filter(is_empty).count()
    }
}

/// A flag per voxel of a block, the first axis fastest.
#[derive(Debug, Clone)]
struct Marked {
    block: IndexBox,
    shape: [usize; 3],
    flags: Vec<bool>,
}

impl Marked {
    fn of(block: IndexBox, is_marked: impl Fn([usize; 3]) -> bool) -> Self {
        let (shape, start) = (block.shape(), block.start);
        let mut flags = Vec::with_capacity(block.voxels());
        for k in 0..shape[2] {
            for j in 0..shape[1] {
                flags.extend((0..shape[0]).map(|i| is_marked([start[0] + i, start[1] + j, start[2] + k])));
            }
        }
        Self { block, shape, flags }
    }

    fn holds(&self, index: [usize; 3]) -> bool {
        let [i, j, k]: [usize; 3] = std::array::from_fn(|a| index[a].wrapping_sub(self.block.start[a]));
        let [ni, nj, nk] = self.shape;
        i < ni && j < nj && k < nk && self.flags[i + ni * (j + nj * k)]
    }

    /// The step from a voxel to the next along an axis.
    fn stride(&self, axis: usize) -> usize {
        self.shape[..axis].iter().product()
    }

    /// The place of a voxel along an axis.
    fn along(&self, n: usize, axis: usize) -> usize {
        n / self.stride(axis) % self.shape[axis]
    }

    /// The neighbors of a voxel along an axis, within the block.
    fn neighbors(&self, n: usize, axis: usize) -> impl Iterator<Item = usize> {
        let (at, stride) = (self.along(n, axis), self.stride(axis));
        let below = (at > 0).then(|| n - stride);
        let above = (at + 1 < self.shape[axis]).then(|| n + stride);
        below.into_iter().chain(above)
    }

    /// One axis after the other, each flag joined with those of its neighbors.
    fn joined(&self, join: impl Fn(bool, bool) -> bool) -> Self {
        let mut joined = self.clone();
        for axis in 0..3 {
            let before = joined.clone();
            for (n, flag) in joined.flags.iter_mut().enumerate() {
                *flag = before.neighbors(n, axis).fold(*flag, |flag, next| join(flag, before.flags[next]));
            }
        }
        joined
    }

    /// Those with none but marked voxels around them.
    fn eroded(&self) -> Self {
        self.joined(|a, b| a & b)
    }

    /// Those with a marked voxel around them, and these.
    fn grown(&self) -> Self {
        self.joined(|a, b| a | b)
    }

    fn and(mut self, other: &Self) -> Self {
        self.flags.iter_mut().zip(&other.flags).for_each(|(flag, other)| *flag &= other);
        self
    }

    /// Those connected by faces with one at the border of the block.
    fn reaching_border(&self) -> Self {
        let is_at_border = |n: usize| {
            (0..3).any(|axis| {
                let at = self.along(n, axis);
                // one voxel says nothing about what lies beyond along its axis
                self.shape[axis] > 1 && (at == 0 || at + 1 == self.shape[axis])
            })
        };
        let mut open: Vec<usize> =
            (0..self.flags.len()).filter(|&n| self.flags[n] && is_at_border(n)).collect();
        let mut found = Self { flags: vec![false; self.flags.len()], ..*self };
        for &n in &open {
            found.flags[n] = true;
        }
        while let Some(n) = open.pop() {
            for next in (0..3).flat_map(|axis| self.neighbors(n, axis)) {
                if self.flags[next] && !found.flags[next] {
                    found.flags[next] = true;
                    open.push(next);
                }
            }
        }
        found
    }

    /// Marks all of each slice, across any axis, that is marked here as a whole.
    fn mark_whole_slices(&self, found: &mut Self) {
        for axis in (0..3).filter(|&axis| self.shape[axis] > 1) {
            let mut whole = vec![true; self.shape[axis]];
            self.flags.iter().enumerate().for_each(|(n, flag)| whole[self.along(n, axis)] &= flag);
            for (n, flag) in found.flags.iter_mut().enumerate() {
                *flag |= whole[self.along(n, axis)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels, roi::Roi};
    use ndarray::Array3;

    use super::{super::sample, *};

    /// How many zeros of a region in the middle of an image are empty.
    fn empty(signal: impl Fn([usize; 3]) -> u16) -> (usize, usize) {
        let image = Array3::from_shape_fn((24, 24, 12), |(i, j, k)| signal([i, j, k]));
        let mask = Array3::from_shape_fn((24, 24, 12), |(i, j, k)| {
            u8::from((8..16).contains(&i) && (8..16).contains(&j) && (3..9).contains(&k))
        });
        let roi = Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero).unwrap();
        let found = sample(&Volume::from_array(image, Affine::identity()).unwrap(), &roi);
        (found.zeros(), found.empty())
    }

    #[test]
    fn padding_is_empty_and_black_blood_is_not() {
        assert_eq!(empty(|[i, ..]| if i < 12 { 0 } else { 90 }), (192, 192), "padding");
        assert_eq!(empty(|[_, _, k]| if k == 5 { 0 } else { 90 }), (64, 64), "a slice that is missing");
        let in_blood = |[i, j, k]: [usize; 3]| i.abs_diff(12) < 5 && j.abs_diff(12) < 5 && k.abs_diff(6) < 4;
        assert_eq!(empty(|at| if in_blood(at) { 0 } else { 90 }), (384, 0), "black blood");
        let noise = |[i, j, k]: [usize; 3]| (i * 7919 + j * 104_729 + k * 1_299_709) % 5 < 3;
        let (zeros, found) = empty(|at| if in_blood(at) && noise(at) { 0 } else { 90 });
        assert!(zeros > 200 && found == 0, "{zeros} {found}");
        let (zeros, found) = empty(|at| if noise(at) { 0 } else { 90 });
        assert!(zeros > 200 && found == 0, "noise everywhere: {zeros} {found}");
    }
}
