//! The rim of a region: voxels near its border.

use hemastage_image::roi::{Roi, Run};

/// Whether the center of each voxel lies within a distance of the border. Axes across thick slices do not count: there,
/// every voxel may be near the border.
pub(super) fn within(roi: &Roi, mm: f64) -> Vec<bool> {
    let (near, spacing) = (roi.grid().near_axes(), roi.grid().spacing_mm());
    let used = |a: usize| near[a];
    let sizes = || (0..3).filter(|&a| used(a)).map(|a| spacing[a]);
    // the border is half a voxel nearer than the voxels outside
    let to_border_mm = sizes().fold(f64::INFINITY, f64::min) / 2.0;
    let reach_mm = mm + to_border_mm + 1e-6;
    let span = |a: usize| if used(a) { (reach_mm / spacing[a]) as isize } else { 0 };
    let mut steps = Vec::new();
    for k in -span(2)..=span(2) {
        for j in -span(1)..=span(1) {
            let off = (k as f64 * spacing[2]).hypot(j as f64 * spacing[1]);
            let left = reach_mm * reach_mm - off * off;
            if left >= 0.0 {
                steps.push((j, k, if used(0) { (left.sqrt() / spacing[0]) as isize } else { 0 }));
            }
        }
    }
    roi.filled(|slices, mut out| {
        for runs in roi.runs_of_slices(&slices).chunk_by(|a, b| (a.j, a.k) == (b.j, b.k)) {
            let voxels = runs.iter().map(|run| run.len as usize).sum();
            let (marks, rest) = out.split_at_mut(voxels);
            for &(j, k, reach) in &steps {
                mark(runs, row(roi, runs[0].j as isize + j, runs[0].k as isize + k), reach, marks);
            }
            out = rest;
        }
    })
}

/// Marks the voxels of a row's runs that voxels outside the region reach, along i, from another row, some steps away.
fn mark(runs: &[Run], mut others: &[Run], reach: isize, mut marks: &mut [bool]) {
    for run in runs {
        let (first, end) = (run.i as isize, run.end() as isize);
        let (of_run, rest) = marks.split_at_mut(run.len as usize);
        marks = rest;
        // the next voxel of the other row that none of its runs has reached yet
        let mut next = first - reach;
        let mut outside_until = |until: isize, start: isize| {
            if next < until {
                let from = (next - reach).max(first) - first;
                let to = (until + reach).min(end) - first;
                if from < to {
                    of_run[from as usize..to as usize].fill(true);
                }
            }
            next = next.max(start);
        };
        // what ends before this run's reach ends before that of the next
        let before = others.iter().take_while(|other| other.end() as isize <= first - reach).count();
        others = &others[before..];
        let last = end + reach;
        for other in others.iter().take_while(|other| (other.i as isize) < last) {
            outside_until(other.i as isize, other.end() as isize);
        }
        outside_until(last, last);
    }
}

/// The runs of a row, by increasing i.
fn row(roi: &Roi, j: isize, k: isize) -> &[Run] {
    let slice = k - roi.bounds().start[2] as isize;
    let (Ok(slice), Ok(j)) = (usize::try_from(slice), u32::try_from(j)) else { return &[] };
    let runs = roi.runs_of_slice(slice);
    let runs = &runs[runs.partition_point(|run| run.j < j)..];
    &runs[..runs.partition_point(|run| run.j == j)]
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;

    #[test]
    fn voxels_near_the_border_are_those_that_plain_loops_find() {
        let mut random = fastrand::Rng::with_seed(3);
        for spacing in [[1.0; 3], [0.5; 3], [2.0; 3], [0.8, 0.8, 4.0], [0.7, 3.3, 0.7]] {
            let array = Array3::from_shape_fn((18, 17, 16), |(i, j, k)| {
                let off = (i as f64 - 8.0).hypot(j as f64 - 8.0).hypot(k as f64 - 8.0);
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
            assert_eq!(within(&roi, mm), expected, "{spacing:?}");
            assert!(
                expected.iter().any(|&is_rim| is_rim) && !expected.iter().all(|&is_rim| is_rim),
                "{spacing:?}"
            );
        }
    }
}
