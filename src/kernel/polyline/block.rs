//! The nearest points of the voxels of runs, a block of points at a time: those of [`Polyline::nearest`] to the last
//! bit.
#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    clippy::needless_bitwise_bool,
    reason = "plain loops without branches become wide vectors, if they are inlined"
)]

use hemastage_image::{
    grid::Affine,
    roi::Run,
    simd::{Lanes, WIDE, wide},
    vector::dot,
};

use super::{NearestPoint, Polyline, tie};

/// Points and their nearest points on a line.
#[derive(Default)]
struct Block {
    points: [Lanes; 3],
    /// Their places along the axis.
    place: Lanes,
    along: Lanes,
    segment: [u64; WIDE],
}

impl Block {
    #[inline(always)]
    fn point(&self, n: usize) -> [f64; 3] {
        [self.points[0][n], self.points[1][n], self.points[2][n]]
    }

    /// The nearest point of one of `segments` segments; `None` on the first and the last, where the query may lie
    /// past the end.
    fn nearest(&self, n: usize, segments: usize) -> Option<NearestPoint> {
        let segment = self.segment[n] as usize;
        let is_inner = segment > 0 && segment + 1 < segments;
        is_inner.then(|| NearestPoint { along: self.along[n], segment, beyond: false })
    }
}

/// The best so far, for the points whose place along the axis is on the starting segment.
struct Best {
    /// 1 for such a point.
    is_active: [u64; WIDE],
    along: Lanes,
    square: Lanes,
    segment: [u64; WIDE],
}

impl Polyline {
    /// Calls `visit` with the nearest point of each voxel of the runs, in their order.
    pub(crate) fn each_nearest(&self, affine: &Affine, runs: &[Run], mut visit: impl FnMut(NearestPoint)) {
        let mut voxels =
            runs.iter().flat_map(|run| (run.i..run.end()).map(|i| [i, run.j, run.k].map(f64::from)));
        let mut index = [[0.0; WIDE]; 3];
        loop {
            let mut count = 0;
            for voxel in voxels.by_ref().take(WIDE) {
                (0..3).for_each(|a| index[a][count] = voxel[a]);
                count += 1;
            }
            let Some(last) = count.checked_sub(1) else { return };
            for index in &mut index {
                let place = index[last];
                index[count..].fill(place);
            }
            let mut block = Block::default();
            wide(
                #[inline(always)]
                || self.search(affine, &index, &mut block),
            );
            for n in 0..count {
                let nearest = block.nearest(n, self.segments.len());
                visit(nearest.unwrap_or_else(|| self.nearest(block.point(n))));
            }
        }
    }

    /// Finds the nearest points of a block of voxels.
    #[inline(always)]
    fn search(&self, affine: &Affine, index: &[Lanes; 3], block: &mut Block) {
        let m = affine.matrix();
        for n in 0..WIDE {
            let [i, j, k] = [index[0][n], index[1][n], index[2][n]];
            for a in 0..3 {
                block.points[a][n] = m[a][0] * i + m[a][1] * j + m[a][2] * k + m[a][3];
            }
            block.place[n] = dot(block.point(n), self.axis);
        }
        let (mut lowest, mut highest) = (block.place, block.place);
        for half in [8, 4, 2, 1] {
            for n in 0..half {
                lowest[n] = lowest[n].min(lowest[n + half]);
                highest[n] = highest[n].max(highest[n + half]);
            }
        }
        for start in self.segment_at(lowest[0])..=self.segment_at(highest[0]) {
            self.search_from(start, block);
        }
    }

    /// Finds the nearest points of those whose place along the axis is on one segment, as [`Self::nearest`] does.
    #[inline(always)]
    fn search_from(&self, start: usize, block: &mut Block) {
        let last = self.segments.len() - 1;
        let low = if start == 0 { f64::NEG_INFINITY } else { self.places[start] };
        let high = if start == last { f64::INFINITY } else { self.places[start + 1] };
        let lanes = [0.0; WIDE];
        let mut best =
            Best { is_active: [0; WIDE], along: lanes, square: lanes, segment: [start as u64; WIDE] };
        for n in 0..WIDE {
            let (_, on, square) = self.segments[start].nearest(block.point(n));
            best.is_active[n] = u64::from((block.place[n] >= low) & (block.place[n] < high));
            (best.along[n], best.square[n]) = (self.segments[start].along + on, square);
        }
        for above in (0..start).rev() {
            if !self.try_segment::<true>(above, block, &mut best) {
                break;
            }
        }
        for below in start + 1..=last {
            if !self.try_segment::<false>(below, block, &mut best) {
                break;
            }
        }
        for n in 0..WIDE {
            block.along[n] = if best.is_active[n] == 1 { best.along[n] } else { block.along[n] };
            block.segment[n] = if best.is_active[n] == 1 { best.segment[n] } else { block.segment[n] };
        }
    }

    /// Tries a segment, which wins a tie if it lies above; `false` where it is too far for all points.
    #[inline(always)]
    fn try_segment<const ABOVE: bool>(&self, number: usize, block: &Block, best: &mut Best) -> bool {
        let (segment, end) = (&self.segments[number], self.places[number + usize::from(ABOVE)]);
        let (mut may_win, mut is_tried) = ([0_u64; WIDE], 0);
        for n in 0..WIDE {
            let gap = if ABOVE { block.place[n] - end } else { end - block.place[n] };
            let square = best.square[n];
            let max = if ABOVE { square + tie(square) } else { square };
            may_win[n] = u64::from(!((gap > 0.0) & (gap * gap > max)));
            is_tried |= best.is_active[n] & may_win[n];
        }
        if is_tried == 0 {
            return false;
        }
        for n in 0..WIDE {
            let (_, on, square) = segment.nearest(block.point(n));
            let known = best.square[n];
            let is_nearer = if ABOVE { square <= known + tie(known) } else { square < known - tie(known) };
            let wins = (may_win[n] == 1) & is_nearer;
            best.along[n] = if wins { segment.along + on } else { best.along[n] };
            best.square[n] = if wins { square } else { known };
            best.segment[n] = if wins { number as u64 } else { best.segment[n] };
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::bent, *};

    #[test]
    fn points_together_are_points_one_by_one() {
        let (line, mut random) = (bent(), fastrand::Rng::with_seed(1));
        for _ in 0..400 {
            let mut step = || std::array::from_fn(|_| 4.0 * random.f64() - 2.0);
            let steps: [[f64; 3]; 3] = [step(), step(), step()];
            let origin =
                [80.0 * random.f64() - 40.0, 200.0 * random.f64() - 100.0, 60.0 - 640.0 * random.f64()];
            let row = |a: usize| [steps[0][a], steps[1][a], steps[2][a], origin[a]];
            let affine = Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]]).unwrap();
            let run = |j: u32| Run { i: 3 * j, j, k: 2, len: 1 + 7 * j, first: 0 };
            let runs: Vec<Run> = (0..6).map(run).collect();
            let mut found = Vec::new();
            line.each_nearest(&affine, &runs, |near| found.push((near.along, near.segment, near.beyond)));
            let each: Vec<_> = runs
                .iter()
                .flat_map(|run| (run.i..run.end()).map(|i| [i, run.j, run.k].map(f64::from)))
                .map(|index| line.nearest(affine.index_to_world(index)))
                .map(|near| (near.along, near.segment, near.beyond))
                .collect();
            assert_eq!(found, each);
        }
    }
}
