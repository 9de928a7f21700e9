//! The rim of a region: voxels near its border, by a bit for each voxel, 64 at a time.

use hemastage_image::roi::Roi;

/// The rows of a region, by which its rim is found.
pub(super) struct Rim<'a> {
    roi: &'a Roi,
    /// Words of the region's bounds along i.
    words: usize,
    /// By k, then j.
    rows: Vec<Row>,
    /// Which voxels of the rows belong to the region.
    bits: Vec<u64>,
}

struct Row {
    /// k and j.
    at: (i64, i64),
    /// Where its bits start in the region's bounds and among all bits, in words.
    word: usize,
    first: usize,
}

impl<'a> Rim<'a> {
    pub(super) fn of(roi: &'a Roi) -> Self {
        let start = roi.bounds().start[0];
        let words = roi.bounds().shape()[0].div_ceil(64);
        let mut all = Self { roi, words, rows: Vec::new(), bits: Vec::new() };
        for run in roi.runs() {
            let at = (i64::from(run.k), i64::from(run.j));
            let (from, end) = (run.i as usize - start, run.end() as usize - start);
            if all.rows.last().is_none_or(|row| row.at != at) {
                all.rows.push(Row { at, word: from / 64, first: all.bits.len() });
            }
            let Some(row) = all.rows.last() else { continue };
            all.bits.resize(row.first + end.div_ceil(64) - row.word, 0);
            for word in from / 64..end.div_ceil(64) {
                let (low, high) = (from.max(64 * word) % 64, (end - 64 * word).min(64));
                all.bits[row.first + word - row.word] |= u64::MAX >> (64 - high + low) << low;
            }
        }
        all
    }

    /// Whether the center of each voxel lies within a distance of the border. Axes across thick slices do not count:
    /// there, every voxel may be near the border.
    pub(super) fn within(&self, mm: f64) -> Vec<bool> {
        let start = self.roi.bounds().start[0];
        let steps = steps(self.roi, mm);
        self.roi.filled(|slices, mut out| {
            let (mut inner, mut window) = (vec![0; self.words], vec![0; self.words]);
            let mut others = vec![0; steps.len()];
            for runs in self.roi.runs_of_slices(&slices).chunk_by(|a, b| (a.j, a.k) == (b.j, b.k)) {
                inner.fill(u64::MAX);
                for (&(j, k, reach), other) in steps.iter().zip(&mut others) {
                    let at = (i64::from(runs[0].k) + k, i64::from(runs[0].j) + j);
                    *other += rows_before(&self.rows[*other..], at);
                    self.narrow(*other, at, reach, &mut window, &mut inner);
                    if inner.iter().all(|&word| word == 0) {
                        break;
                    }
                }
                for run in runs {
                    let (of_run, rest) = out.split_at_mut(run.len as usize);
                    for (bit, is_near) in (run.i as usize - start..).zip(of_run) {
                        *is_near = inner[bit / 64] >> (bit % 64) & 1 == 0;
                    }
                    out = rest;
                }
            }
        })
    }

    /// Leaves only what lies deeper along i than `reach` in a row: the nth, unless that is another.
    fn narrow(&self, n: usize, at: (i64, i64), reach: usize, window: &mut [u64], inner: &mut [u64]) {
        let Some(row) = self.rows.get(n).filter(|row| row.at == at) else { return inner.fill(0) };
        let end = self.rows.get(n + 1).map_or(self.bits.len(), |next| next.first);
        window.fill(0);
        window[row.word..][..end - row.first].copy_from_slice(&self.bits[row.first..end]);
        // each bit says whether it and those after it are set: twice as many each time
        let (mut known, all) = (1, 2 * reach + 1);
        while known < all {
            let more = known.min(all - known);
            and_later(window, more);
            known += more;
        }
        and_earlier(inner, window, reach);
    }
}

/// From a voxel's row to those around it within a distance of its center, by j and k, and how far it reaches along them.
fn steps(roi: &Roi, mm: f64) -> Vec<(i64, i64, usize)> {
    let (near, spacing) = (roi.grid().near_axes(), roi.grid().spacing_mm());
    let used = |a: usize| near[a];
    let sizes = || (0..3).filter(|&a| used(a)).map(|a| spacing[a]);
    // the border is half a voxel nearer than the voxels outside
    let to_border_mm = sizes().fold(f64::INFINITY, f64::min) / 2.0;
    let reach_mm = mm + to_border_mm + 1e-6;
    let span = |a: usize| if used(a) { (reach_mm / spacing[a]) as i64 } else { 0 };
    let mut steps = Vec::new();
    for k in -span(2)..=span(2) {
        for j in -span(1)..=span(1) {
            let off = (k as f64 * spacing[2]).hypot(j as f64 * spacing[1]);
            let left = reach_mm * reach_mm - off * off;
            if left >= 0.0 {
                steps.push((j, k, if used(0) { (left.sqrt() / spacing[0]) as usize } else { 0 }));
            }
        }
    }
    // the farthest row empties most
    steps.sort_by_key(|&(_, _, reach)| reach);
    steps
}

/// How many rows come before a place, which is mostly one of the next.
fn rows_before(rows: &[Row], at: (i64, i64)) -> usize {
    let is_before = |row: &&Row| row.at < at;
    match rows.iter().take(4).take_while(is_before).count() {
        4 => rows.partition_point(|row| row.at < at),
        few => few,
    }
}

/// Each bit and that `by` after it.
fn and_later(bits: &mut [u64], by: usize) {
    let (words, shift) = (by / 64, by % 64);
    for at in 0..bits.len() {
        let word = |at: usize| bits.get(at).copied().unwrap_or(0);
        let (low, high) = (word(at + words), word(at + words + 1));
        bits[at] &= if shift == 0 { low } else { low >> shift | high << (64 - shift) };
    }
}

/// Each bit and that of the others `by` before it.
fn and_earlier(bits: &mut [u64], others: &[u64], by: usize) {
    let (words, shift) = (by / 64, by % 64);
    let word = |at: Option<usize>| at.map_or(0, |at| others[at]);
    for (at, bits) in bits.iter_mut().enumerate() {
        let (high, low) = (word(at.checked_sub(words)), word(at.checked_sub(words + 1)));
        *bits &= if shift == 0 { high } else { high << shift | low >> (64 - shift) };
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn bits_move_across_words() {
        let mut random = fastrand::Rng::with_seed(4);
        let [bits, others]: [Vec<u64>; 2] = std::array::from_fn(|_| (0..4).map(|_| random.u64(..)).collect());
        let bit = |words: &[u64], n: usize| words.get(n / 64).is_some_and(|word| word >> (n % 64) & 1 == 1);
        for by in [0, 1, 5, 63, 64, 65, 130, 255, 300] {
            let [mut later, mut earlier] = [bits.clone(), bits.clone()];
            and_later(&mut later, by);
            and_earlier(&mut earlier, &others, by);
            for n in 0..256 {
                assert_eq!(bit(&later, n), bit(&bits, n) && bit(&bits, n + by), "{n} + {by}");
                let is_earlier = n.checked_sub(by).is_some_and(|n| bit(&others, n));
                assert_eq!(bit(&earlier, n), bit(&bits, n) && is_earlier, "{n} - {by}");
            }
        }
    }

    #[test]
    fn voxels_near_the_border_are_those_that_plain_loops_find() {
        let mut random = fastrand::Rng::with_seed(3);
        let spacings = [[1.0; 3], [0.5; 3], [2.0; 3], [0.8, 0.8, 4.0], [0.7, 3.3, 0.7]];
        // a ball, and a cylinder of rows of several words
        for (spacing, length) in spacings.into_iter().flat_map(|spacing| [(spacing, 18), (spacing, 150)]) {
            let array = Array3::from_shape_fn((length, 17, 16), |(i, j, k)| {
                let along = if length > 64 { 0.0 } else { i as f64 - 8.0 };
                let off = along.hypot(j as f64 - 8.0).hypot(k as f64 - 8.0);
                u8::from(off < 8.2 && random.f64() < 0.995)
            });
            let roi = Roi::from_array(array.view(), Affine::from_spacing(spacing).unwrap(), &Labels::NonZero)
                .unwrap();
            let near: Vec<usize> = (0..3).filter(|&a| spacing[a] < 3.0).collect();
            let half = near.iter().map(|&a| spacing[a]).fold(f64::INFINITY, f64::min) / 2.0;
            let mm = near.iter().map(|&a| spacing[a]).fold(1.5, f64::max);
            let reach = mm + half + 1e-6;
            let plain = roi.voxels().map(|voxel| {
                let mut others =
                    (-4_isize..=4).flat_map(|i| (-4..=4).flat_map(move |j| (-4..=4).map(move |k| [i, j, k])));
                others.any(|step: [isize; 3]| {
                    let is_near = (0..3).all(|a| step[a] == 0 || near.contains(&a));
                    let off = (0..3).map(|a| (step[a] as f64 * spacing[a]).powi(2)).sum::<f64>().sqrt();
                    let at: [usize; 3] = std::array::from_fn(|a| voxel[a].wrapping_add_signed(step[a]));
                    is_near && off <= reach && array.get(at).is_none_or(|&value| value == 0)
                })
            });
            let expected: Vec<bool> = plain.collect();
            assert_eq!(Rim::of(&roi).within(mm), expected, "{spacing:?}");
            assert!(
                expected.iter().any(|&is_rim| is_rim) && !expected.iter().all(|&is_rim| is_rim),
                "{spacing:?}"
            );
        }
    }
}
