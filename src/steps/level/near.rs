//! The nearest points of the voxels of runs on the curve, many at a time.
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

use super::curve::{Curve, Foot, tie};

/// Points and the nearest points on a curve.
#[derive(Default)]
struct Near {
    points: [Lanes; 3],
    /// Their places along the main direction.
    place: Lanes,
    along: Lanes,
    segment: [u64; WIDE],
}

impl Near {
    #[inline(always)]
    fn point(&self, n: usize) -> [f64; 3] {
        [self.points[0][n], self.points[1][n], self.points[2][n]]
    }

    /// What was found of a point; none at an end of the curve, which may lie past it.
    fn foot(&self, n: usize, segments: usize) -> Option<Foot> {
        let segment = self.segment[n] as usize;
        let is_inner = segment > 0 && segment + 1 < segments;
        is_inner.then(|| Foot { along: self.along[n], segment, beyond: false })
    }
}

/// The best so far of the points that lie beside one segment.
struct Best {
    /// 1 where a point does.
    is_here: [u64; WIDE],
    along: Lanes,
    square: Lanes,
    segment: [u64; WIDE],
}

impl Curve {
    /// The nearest points of the voxels of runs, in their order: those of [`Self::nearest`], found side by side.
    pub(super) fn each_nearest(&self, affine: &Affine, runs: &[Run], mut see: impl FnMut(Foot)) {
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
            let mut near = Near::default();
            wide(
                #[inline(always)]
                || self.find(affine, &index, &mut near),
            );
            for n in 0..count {
                see(near.foot(n, self.segments.len()).unwrap_or_else(|| self.nearest(near.point(n))));
            }
        }
    }

    /// Finds the nearest points of voxels.
    #[inline(always)]
    fn find(&self, affine: &Affine, index: &[Lanes; 3], near: &mut Near) {
        let m = affine.matrix();
        for n in 0..WIDE {
            let [i, j, k] = [index[0][n], index[1][n], index[2][n]];
            for a in 0..3 {
                near.points[a][n] = m[a][0] * i + m[a][1] * j + m[a][2] * k + m[a][3];
            }
            near.place[n] = dot(near.point(n), self.axis);
        }
        let (mut lowest, mut highest) = (near.place, near.place);
        for half in [8, 4, 2, 1] {
            for n in 0..half {
                lowest[n] = lowest[n].min(lowest[n + half]);
                highest[n] = highest[n].max(highest[n + half]);
            }
        }
        for start in self.segment_at(lowest[0])..=self.segment_at(highest[0]) {
            self.find_from(start, near);
        }
    }

    /// Finds the nearest points of those that lie beside one segment, as [`Self::nearest`] does.
    #[inline(always)]
    fn find_from(&self, start: usize, near: &mut Near) {
        let last = self.segments.len() - 1;
        let low = if start == 0 { f64::NEG_INFINITY } else { self.places[start] };
        let high = if start == last { f64::INFINITY } else { self.places[start + 1] };
        let lanes = [0.0; WIDE];
        let mut best =
            Best { is_here: [0; WIDE], along: lanes, square: lanes, segment: [start as u64; WIDE] };
        for n in 0..WIDE {
            let (_, on, square) = self.segments[start].nearest(near.point(n));
            best.is_here[n] = u64::from((near.place[n] >= low) & (near.place[n] < high));
            (best.along[n], best.square[n]) = (self.segments[start].along + on, square);
        }
        for above in (0..start).rev() {
            if !self.try_segment::<true>(above, near, &mut best) {
                break;
            }
        }
        for below in start + 1..=last {
            if !self.try_segment::<false>(below, near, &mut best) {
                break;
            }
        }
        for n in 0..WIDE {
            near.along[n] = if best.is_here[n] == 1 { best.along[n] } else { near.along[n] };
            near.segment[n] = if best.is_here[n] == 1 { best.segment[n] } else { near.segment[n] };
        }
    }

    /// Tries a segment, which wins a tie if it lies above; false where it is too far for all points.
    #[inline(always)]
    fn try_segment<const ABOVE: bool>(&self, number: usize, near: &Near, best: &mut Best) -> bool {
        let (segment, end) = (&self.segments[number], self.places[number + usize::from(ABOVE)]);
        let (mut may_be, mut is_tried) = ([0_u64; WIDE], 0);
        for n in 0..WIDE {
            let apart = if ABOVE { near.place[n] - end } else { end - near.place[n] };
            let square = best.square[n];
            let most = if ABOVE { square + tie(square) } else { square };
            may_be[n] = u64::from(!((apart > 0.0) & (apart * apart > most)));
            is_tried |= best.is_here[n] & may_be[n];
        }
        if is_tried == 0 {
            return false;
        }
        for n in 0..WIDE {
            let (_, on, square) = segment.nearest(near.point(n));
            let known = best.square[n];
            let is_nearer = if ABOVE { square <= known + tie(known) } else { square < known - tie(known) };
            let wins = (may_be[n] == 1) & is_nearer;
            best.along[n] = if wins { segment.along + on } else { best.along[n] };
            best.square[n] = if wins { square } else { known };
            best.segment[n] = if wins { number as u64 } else { best.segment[n] };
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::level::curve::tests::{bent, generator};

    #[test]
    fn points_together_are_points_one_by_one() {
        let (curve, mut random) = (bent(), generator());
        for _ in 0..400 {
            let mut step = || [4.0 * random() - 2.0, 4.0 * random() - 2.0, 4.0 * random() - 2.0];
            let steps = [step(), step(), step()];
            let origin = [80.0 * random() - 40.0, 200.0 * random() - 100.0, 60.0 - 640.0 * random()];
            let row = |a: usize| [steps[0][a], steps[1][a], steps[2][a], origin[a]];
            let affine = Affine::new([row(0), row(1), row(2), [0.0, 0.0, 0.0, 1.0]]).unwrap();
            let run = |j: u32| Run { i: 3 * j, j, k: 2, len: 1 + 7 * j, first: 0 };
            let runs: Vec<Run> = (0..6).map(run).collect();
            let mut found = Vec::new();
            curve.each_nearest(&affine, &runs, |foot| found.push((foot.along, foot.segment, foot.beyond)));
            let each: Vec<_> = runs
                .iter()
                .flat_map(|run| (run.i..run.end()).map(|i| [i, run.j, run.k].map(f64::from)))
                .map(|index| curve.nearest(affine.index_to_world(index)))
                .map(|foot| (foot.along, foot.segment, foot.beyond))
                .collect();
            assert_eq!(found, each);
        }
    }
}
