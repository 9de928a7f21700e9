//! One pass of an in-mask median over a voxel and its near face neighbors.

use std::ops::Range;

use hemastage_image::roi::{Roi, Run};
use serde::{Deserialize, Serialize};

/// Neighbors farther than this along an axis do not smooth.
const REACH_MM: f64 = 2.0;
/// Slices of the region's bounds are laid out whole where they have fewer pixels than this for each voxel.
const MAX_PIXELS_PER_VOXEL: usize = 4;

/// Whether ratios are smoothed before they are classified.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Smoothing {
    /// The median of the voxel and its face neighbors in the mask along axes with spacing <= 2 mm.
    #[default]
    Median,
    /// As sampled.
    None,
}

/// The smoothed column; unsampled voxels (NaN) stay so and are skipped as neighbors.
pub(super) fn smooth(roi: &Roi, ratios: &[f64]) -> Vec<f64> {
    let axes = roi.grid().spacing_mm().map(|spacing| spacing <= REACH_MM * (1.0 + 1e-6));
    let [width, height, _] = roi.bounds().shape();
    if width * height > MAX_PIXELS_PER_VOXEL * roi.len() {
        return roi
            .voxels()
            .zip(ratios)
            .map(|(voxel, &ratio)| smooth_voxel(roi, ratios, axes, voxel, ratio))
            .collect();
    }
    roi.filled(|slices, smoothed| smooth_slices(roi, ratios, axes, slices, smoothed))
}

/// Smooths one voxel by looking for its neighbors: a region of scattered parts fills too little of its bounds.
fn smooth_voxel(roi: &Roi, ratios: &[f64], axes: [bool; 3], voxel: [usize; 3], ratio: f64) -> f64 {
    let near = |axis: usize| {
        let found = if axes[axis] { roi.neighbors(voxel, axis) } else { [None; 2] };
        found.map(|position| position.map_or(f64::NAN, |n| ratios[n]))
    };
    let [[a, b], [c, d], [e, f]] = [near(0), near(1), near(2)];
    median_of(ratio, [a, b, c, d, e, f])
}

/// Smooths the voxels of some slices, which `smoothed` has room for.
fn smooth_slices(roi: &Roi, ratios: &[f64], axes: [bool; 3], slices: Range<usize>, smoothed: &mut [f64]) {
    let nothing = Plane::of(roi);
    let mut planes = [nothing.clone(), nothing.clone(), nothing.clone()];
    if let Some(below) = slices.start.checked_sub(1) {
        planes[0].set(roi.runs_of_slice(below), ratios);
    }
    planes[1].set(roi.runs_of_slice(slices.start), ratios);
    let mut rest = smoothed;
    for slice in slices {
        planes[2].set(roi.runs_of_slice(slice + 1), ratios);
        let [below, here, above] = &planes;
        for run in roi.runs_of_slice(slice) {
            let (out, after) = rest.split_at_mut(run.len as usize);
            let (at, row) = (here.at(run), here.width);
            let len = run.len as usize;
            let plane = |axis: usize, plane| if axes[axis] { plane } else { &nothing };
            let (i, j) = (plane(0, here), plane(1, here));
            let near = [
                &i.values[at - 1..][..len],
                &i.values[at + 1..][..len],
                &j.values[at - row..][..len],
                &j.values[at + row..][..len],
                &plane(2, below).values[at..][..len],
                &plane(2, above).values[at..][..len],
            ];
            medians(&here.values[at..][..len], near, out);
            rest = after;
        }
        if let Some(below) = slice.checked_sub(1) {
            planes[0].clear(roi.runs_of_slice(below));
        }
        planes.rotate_left(1);
    }
}

/// The median of each voxel of a run with its six neighbors.
fn medians(values: &[f64], [a, b, c, d, e, f]: [&[f64]; 6], out: &mut [f64]) {
    let voxels = values.iter().zip(a).zip(b).zip(c).zip(d).zip(e).zip(f);
    for (out, ((((((&value, &a), &b), &c), &d), &e), &f)) in out.iter_mut().zip(voxels) {
        *out = median_of(value, [a, b, c, d, e, f]);
    }
}

/// One slice of a column over the region's bounds, a voxel wider on every side; NaN where the region is not.
#[derive(Clone)]
struct Plane {
    values: Vec<f64>,
    width: usize,
    start: [usize; 2],
}

impl Plane {
    fn of(roi: &Roi) -> Self {
        let ([width, height, _], start) = (roi.bounds().shape().map(|n| n + 2), roi.bounds().start);
        Self { values: vec![f64::NAN; width * height], width, start: [start[0], start[1]] }
    }

    fn at(&self, run: &Run) -> usize {
        (run.j as usize + 1 - self.start[1]) * self.width + run.i as usize + 1 - self.start[0]
    }

    fn set(&mut self, runs: &[Run], column: &[f64]) {
        for run in runs {
            let (at, first, len) = (self.at(run), run.first as usize, run.len as usize);
            self.values[at..at + len].copy_from_slice(&column[first..first + len]);
        }
    }

    fn clear(&mut self, runs: &[Run]) {
        for run in runs {
            let at = self.at(run);
            self.values[at..at + run.len as usize].fill(f64::NAN);
        }
    }
}

/// The median of a value and its sampled neighbors; NaN where the value is NaN.
///
/// Missing neighbors (NaN) are replaced by +infinity and -infinity in turn, then the other way round; the median is the
/// mean of the two middles. There is no branch, so that a loop over it vectorizes.
#[inline]
fn median_of(value: f64, near: [f64; 6]) -> f64 {
    let middle = |first: f64| {
        let mut fill = first;
        let [a, b, c, d, e, f] = near.map(|v| {
            let there = !v.is_nan();
            let filled = if there { v } else { fill };
            fill = if there { fill } else { -fill };
            filled
        });
        middle_of_seven([value, a, b, c, d, e, f])
    };
    let median = 0.5 * middle(f64::INFINITY) + 0.5 * middle(f64::NEG_INFINITY);
    if value.is_nan() { value } else { median }
}

/// The fourth of seven values by a network of exchanges (Paeth 1990, Devillard 1998).
#[inline]
fn middle_of_seven(mut v: [f64; 7]) -> f64 {
    const EXCHANGES: [(usize, usize); 13] = [
        (0, 5),
        (0, 3),
        (1, 6),
        (2, 4),
        (0, 1),
        (3, 5),
        (2, 6),
        (2, 3),
        (3, 6),
        (4, 5),
        (1, 4),
        (1, 3),
        (3, 4),
    ];
    for (a, b) in EXCHANGES {
        let (low, high) = if v[a] < v[b] { (v[a], v[b]) } else { (v[b], v[a]) };
        (v[a], v[b]) = (low, high);
    }
    v[3]
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;
    use crate::kernel::statistics;

    fn row(spacing_i: f64) -> Roi {
        let affine =
            Affine::new([[spacing_i, 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]])
                .unwrap();
        Roi::from_array(Array3::<u8>::ones((5, 1, 1)).view(), affine, &Labels::NonZero).unwrap()
    }

    #[test]
    fn an_outlier_goes_and_edges_use_what_is_there() {
        let smoothed = smooth(&row(1.0), &[1.0, 9.0, 2.0, 3.0, 5.0]);
        assert_eq!(smoothed, [5.0, 2.0, 3.0, 3.0, 4.0], "even counts take the mean of the middle two");
    }

    #[test]
    fn unsampled_and_far_neighbors_are_skipped() {
        let smoothed = smooth(&row(1.0), &[1.0, f64::NAN, 2.0, 3.0, 5.0]);
        assert!(smoothed[1].is_nan());
        assert_eq!((smoothed[0], smoothed[2]), (1.0, 2.5));
        assert_eq!(smooth(&row(2.1), &[1.0, 9.0, 2.0, 3.0, 5.0])[1], 9.0);
    }

    #[test]
    fn the_network_finds_the_middle_of_all_orders() {
        // a network that sorts every row of zeros and ones sorts everything
        for bits in 0..128_u32 {
            let values: [f64; 7] = std::array::from_fn(|n| f64::from(bits >> n & 1));
            assert_eq!(middle_of_seven(values), f64::from(u8::from(bits.count_ones() > 3)), "{bits:b}");
        }
    }

    #[test]
    fn agrees_with_sorting_the_neighbors_of_each_voxel() {
        let mut state = 5_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        for (share, spacing) in [
            (0.003, [1.0; 3]),
            (0.2, [1.0; 3]),
            (0.5, [1.0, 3.0, 1.0]),
            (0.9, [1.0, 1.0, 4.0]),
            (1.0, [3.0; 3]),
        ] {
            let mut m = [[0.0; 4]; 4];
            (0..3).for_each(|a| m[a][a] = spacing[a]);
            m[3][3] = 1.0;
            let mask = Array3::from_shape_fn((40, 50, 60), |_| u8::from(random() < share));
            let roi = Roi::from_array(mask.view(), Affine::new(m).unwrap(), &Labels::NonZero).unwrap();
            let ratios: Vec<f64> =
                (0..roi.len()).map(|_| if random() < 0.1 { f64::NAN } else { random() }).collect();
            let found = smooth(&roi, &ratios);
            for (n, voxel) in roi.voxels().enumerate() {
                let axes = (0..3).filter(|&axis| spacing[axis] <= REACH_MM);
                let near = axes.flat_map(|axis| roi.neighbors(voxel, axis)).flatten();
                let mut values: Vec<f64> =
                    near.map(|n| ratios[n]).chain([ratios[n]]).filter(|v| !v.is_nan()).collect();
                let expected =
                    if ratios[n].is_nan() { f64::NAN } else { statistics::median(&mut values).unwrap() };
                assert!(found[n] == expected || (found[n].is_nan() && expected.is_nan()), "{voxel:?}");
            }
        }
    }
}
