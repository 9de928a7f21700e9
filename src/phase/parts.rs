//! Connected parts of a selection of a region's voxels, by runs and union-find.

use crate::roi::Roi;

/// A stretch of selected voxels along i in row (j, k).
struct Stretch {
    row: (u32, u32),
    start: u32,
    end: u32,
}

/// Voxels in each 26-connected part of the selected voxels, largest first.
///
/// # Shape and units
/// `selected` has one entry per voxel of the region.
pub fn part_sizes(roi: &Roi, selected: &[bool]) -> Vec<usize> {
    let stretches = stretches(roi, selected);
    let mut parents: Vec<usize> = (0..stretches.len()).collect();
    for n in 0..stretches.len() {
        let (k, j) = stretches[n].row;
        join_row(&stretches, n, (k, j.wrapping_sub(1)), &mut parents);
        for row in [j.wrapping_sub(1), j, j + 1] {
            join_row(&stretches, n, (k.wrapping_sub(1), row), &mut parents);
        }
    }
    let mut sizes = vec![0; stretches.len()];
    for (n, stretch) in stretches.iter().enumerate() {
        sizes[root(&mut parents, n)] += (stretch.end - stretch.start) as usize;
    }
    sizes.retain(|&size| size > 0);
    sizes.sort_unstable_by(|a, b| b.cmp(a));
    sizes
}

fn stretches(roi: &Roi, selected: &[bool]) -> Vec<Stretch> {
    let mut stretches: Vec<Stretch> = Vec::new();
    for run in roi.runs() {
        let mut open = None;
        for i in run.i..run.end() {
            let inside = selected[(run.first + (i - run.i)) as usize];
            match (inside, open) {
                (true, None) => open = Some(i),
                (false, Some(start)) => {
                    stretches.push(Stretch { row: (run.k, run.j), start, end: i });
                    open = None;
                }
                _ => {}
            }
        }
        if let Some(start) = open {
            stretches.push(Stretch { row: (run.k, run.j), start, end: run.end() });
        }
    }
    stretches
}

/// Joins stretch `n` with those of an earlier row that it touches, corners included.
fn join_row(stretches: &[Stretch], n: usize, row: (u32, u32), parents: &mut [usize]) {
    let this = &stretches[n];
    let earlier = &stretches[..n];
    let first =
        earlier.partition_point(|other| other.row < row || (other.row == row && other.end < this.start));
    for (m, other) in earlier.iter().enumerate().skip(first) {
        if other.row != row || other.start > this.end {
            break;
        }
        let (a, b) = (root(parents, n), root(parents, m));
        parents[a.max(b)] = a.min(b);
    }
}

fn root(parents: &mut [usize], mut n: usize) -> usize {
    while parents[n] != n {
        parents[n] = parents[parents[n]];
        n = parents[n];
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
        let affine =
            Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]]).unwrap();
        let mut state = 1_u64;
        for percent in [3, 10, 20, 40, 80] {
            for _ in 0..20 {
                let mask = Array3::from_shape_fn((9, 8, 7), |_| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    u8::from((state >> 33) % 100 < percent)
                });
                let whole =
                    Roi::from_array(Array3::<u8>::ones((9, 8, 7)).view(), affine, &Labels::NonZero).unwrap();
                let selected: Vec<bool> = whole.voxels().map(|v| mask[v] != 0).collect();
                assert_eq!(part_sizes(&whole, &selected), flooded(&mask));
            }
        }
    }
}
