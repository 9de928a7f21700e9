//! Connected parts of a selection of a region's voxels, by runs and union-find.

use std::ops::Range;

use super::{Column, Roi, Run};

/// The selected voxels as stretches along i, row by row.
#[derive(Default)]
struct Rows {
    /// Each stretch from its first index i to one past its last.
    stretches: Vec<(u32, u32)>,
    /// For each row its number ([`Run::row`](super::Run::row)) and its first stretch; one more at the end.
    rows: Vec<(i64, u32)>,
}

/// The number of voxels in each 26-connected part of the selected voxels, largest first.
///
/// # Example
/// ```
/// use hemastage_image::{Affine, Labels, Roi, roi::{Column, part_sizes}};
/// let roi = Roi::from_array(ndarray::Array3::<u8>::ones((5, 1, 1)).view(), Affine::identity(), &Labels::NonZero)?;
/// let selected = Column::new(&roi, vec![true, true, false, false, true])?;
/// assert_eq!(part_sizes(&selected), [2, 1]);
/// # Ok::<(), hemastage_image::Error>(())
/// ```
pub fn part_sizes(selected: &Column<bool>) -> Vec<usize> {
    let rows = Rows::of(selected.roi(), selected);
    let mut parents = rows.joined();
    let mut sizes = vec![0; rows.stretches.len()];
    for (n, &(start, end)) in rows.stretches.iter().enumerate() {
        sizes[root(&mut parents, n as u32) as usize] += (end - start) as usize;
    }
    sizes.retain(|&size| size > 0);
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

/// The 26-connected parts of a region, in the order of their first runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    sizes: Vec<usize>,
    of_runs: Vec<u32>,
}

impl Parts {
    /// The number of voxels of each part.
    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The index of the part of each run of the region.
    pub fn of_runs(&self) -> &[u32] {
        &self.of_runs
    }
}

impl Roi {
    /// Its 26-connected parts.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, Labels, Roi};
    /// let mask = ndarray::arr3(&[[[1_u8]], [[1]], [[0]], [[1]]]);
    /// let parts = Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero)?.parts();
    /// assert_eq!((parts.sizes(), parts.of_runs()), (&[2, 1][..], &[0, 1][..]));
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    pub fn parts(&self) -> Parts {
        let rows = Rows::of_runs(self);
        let mut parents = rows.joined();
        let (mut sizes, mut parts) = (Vec::new(), vec![u32::MAX; rows.stretches.len()]);
        let mut part_of = |(n, run): (usize, &Run)| {
            let root = root(&mut parents, n as u32) as usize;
            if parts[root] == u32::MAX {
                parts[root] = sizes.len() as u32;
                sizes.push(0);
            }
            sizes[parts[root] as usize] += run.len as usize;
            parts[root]
        };
        let of_runs = self.runs().iter().enumerate().map(&mut part_of).collect();
        Parts { sizes, of_runs }
    }
}

impl Rows {
    /// All runs of a region, one stretch each.
    fn of_runs(roi: &Roi) -> Self {
        let mut found = Self::default();
        for runs in roi.runs().chunk_by(|a, b| a.row() == b.row()) {
            found.rows.push((runs[0].row(), found.stretches.len() as u32));
            found.stretches.extend(runs.iter().map(|run| (run.i, run.end())));
        }
        found.rows.push((i64::MAX, found.stretches.len() as u32));
        found
    }

    /// For each stretch one that it is connected to; the first of a part for itself.
    fn joined(&self) -> Vec<u32> {
        let rows = self;
        let mut parents: Vec<u32> = (0..rows.stretches.len() as u32).collect();
        // the adjacent rows already passed: one in this slice, three in the slice before; each has a cursor of its own
        let mut adjacent = [(0, -1), (-1, -1), (-1, 0), (-1, 1)].map(|(k, j): (i64, i64)| ((k << 32) + j, 0));
        for row in 0..rows.rows.len() - 1 {
            for (offset, at) in &mut adjacent {
                let wanted = rows.rows[row].0 + *offset;
                while rows.rows[*at].0 < wanted {
                    *at += 1;
                }
                if rows.rows[*at].0 == wanted {
                    rows.join(row, *at, &mut parents);
                }
            }
        }
        parents
    }

    fn of(roi: &Roi, selected: &[bool]) -> Self {
        let mut found = Self::default();
        for runs in roi.runs().chunk_by(|a, b| a.row() == b.row()) {
            let before = found.stretches.len();
            for run in runs {
                found.add(run.i, &selected[run.first as usize..][..run.len as usize]);
            }
            if found.stretches.len() > before {
                found.rows.push((runs[0].row(), before as u32));
            }
        }
        found.rows.push((i64::MAX, found.stretches.len() as u32));
        found
    }

    /// Adds the selected stretches of a run that starts at `i`.
    fn add(&mut self, i: u32, selected: &[bool]) {
        let mut at = 0;
        while let Some(skipped) = selected[at..].iter().position(|&inside| inside) {
            let start = at + skipped;
            let len = selected[start..].iter().position(|&inside| !inside);
            at = len.map_or(selected.len(), |len| start + len);
            self.stretches.push((i + start as u32, i + at as u32));
        }
    }

    /// The stretches of a row.
    fn row(&self, row: usize) -> Range<usize> {
        self.rows[row].1 as usize..self.rows[row + 1].1 as usize
    }

    /// Joins the stretches of two adjacent rows that touch, corners included. Both rows are walked once: of two
    /// stretches, the one that ends first touches no later one.
    fn join(&self, row: usize, other: usize, parents: &mut [u32]) {
        let (mut here, mut there) = (self.row(row), self.row(other));
        while !here.is_empty() && !there.is_empty() {
            let (a, b) = (self.stretches[here.start], self.stretches[there.start]);
            if a.0 <= b.1 && b.0 <= a.1 {
                let (m, n) = (root(parents, here.start as u32), root(parents, there.start as u32));
                parents[m.max(n) as usize] = m.min(n);
            }
            if a.1 < b.1 {
                here.start += 1;
            } else {
                there.start += 1;
            }
        }
    }
}

fn root(parents: &mut [u32], mut n: u32) -> u32 {
    while parents[n as usize] != n {
        parents[n as usize] = parents[parents[n as usize] as usize];
        n = parents[n as usize];
    }
    n
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;
    use crate::{Affine, Labels};

    /// Flood fill over the full array, one voxel at a time.
    fn flooded(mask: &Array3<u8>) -> Vec<usize> {
        let mut left = mask.mapv(|v| v != 0);
        let mut sizes = Vec::new();
        let (ni, nj, nk) = left.dim();
        for index in ndarray::indices(left.dim()) {
            if !left[index] {
                continue;
            }
            let mut stack = vec![index];
            left[index] = false;
            let mut size = 0;
            while let Some((i, j, k)) = stack.pop() {
                size += 1;
                for a in i.saturating_sub(1)..(i + 2).min(ni) {
                    for b in j.saturating_sub(1)..(j + 2).min(nj) {
                        for c in k.saturating_sub(1)..(k + 2).min(nk) {
                            if std::mem::take(&mut left[[a, b, c]]) {
                                stack.push((a, b, c));
                            }
                        }
                    }
                }
            }
            sizes.push(size);
        }
        sizes.sort_unstable_by(|a, b| b.cmp(a));
        sizes
    }

    #[test]
    fn agrees_with_a_flood_fill() {
        let affine = Affine::identity();
        let mut random = fastrand::Rng::with_seed(1);
        for percent in [3, 10, 20, 40, 80] {
            for _ in 0..20 {
                let mask = Array3::from_shape_fn((9, 8, 7), |_| u8::from(random.u32(..100) < percent));
                let whole =
                    Roi::from_array(Array3::<u8>::ones((9, 8, 7)).view(), affine, &Labels::NonZero).unwrap();
                let selected = whole.voxels().map(|v| mask[v] != 0).collect();
                assert_eq!(part_sizes(&Column::new(&whole, selected).unwrap()), flooded(&mask));
                let alone = Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
                let all = Column::new(&alone, vec![true; alone.len()]).unwrap();
                assert_eq!(part_sizes(&all), flooded(&mask));
                let parts = alone.parts();
                let mut sizes = parts.sizes().to_vec();
                sizes.sort_unstable_by(|a, b| b.cmp(a));
                assert_eq!(sizes, flooded(&mask));
                for (part, &size) in parts.sizes().iter().enumerate() {
                    let only = alone.of_runs(|n, _| parts.of_runs()[n] == part as u32).unwrap();
                    let all = Column::new(&only, vec![true; only.len()]).unwrap();
                    assert_eq!((part_sizes(&all), only.len()), (vec![size], size));
                }
            }
        }
    }
}
