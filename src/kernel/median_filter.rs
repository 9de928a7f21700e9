//! The median of each voxel and its face neighbors in a region, a slice at a time.
//!
//! The formula: the median of up to seven values that are not NaN. `tests::plain_filter` is the twin that looks for
//! the neighbors of each voxel and sorts.

use std::ops::Range;

use hemastage_image::roi::{Roi, Run};

/// Whole slices are laid out for regions of at least one voxel per this many pixels of their bounds.
const MAX_PIXELS_PER_VOXEL: usize = 4;

/// The median of each voxel's value and those of its face neighbors along some axes, in the order of the region's
/// voxels. A NaN stays NaN and is skipped as a neighbor.
pub(crate) fn median_filter(roi: &Roi, values: &[f64], axes: [bool; 3]) -> Vec<f64> {
    let [width, height, _] = roi.bounds().shape();
    if width * height > MAX_PIXELS_PER_VOXEL * roi.len() {
        return roi
            .voxels()
            .zip(values)
            .map(|(voxel, &value)| filter_voxel(roi, values, axes, voxel, value))
            .collect();
    }
    roi.filled(|slices, out| filter_slices(roi, values, axes, slices, out))
}

/// The median of one voxel, whose neighbors are looked up: for a region of scattered parts, which fills little of its
/// bounds.
fn filter_voxel(roi: &Roi, values: &[f64], axes: [bool; 3], voxel: [usize; 3], value: f64) -> f64 {
    let neighbors = |axis: usize| {
        let positions = if axes[axis] { roi.neighbors(voxel, axis) } else { [None; 2] };
        positions.map(|position| position.map_or(f64::NAN, |n| values[n]))
    };
    let [[a, b], [c, d], [e, f]] = [neighbors(0), neighbors(1), neighbors(2)];
    median_of(value, [a, b, c, d, e, f])
}

/// The medians of the voxels of some slices.
fn filter_slices(roi: &Roi, values: &[f64], axes: [bool; 3], slices: Range<usize>, out: &mut [f64]) {
    let nothing = Plane::of(roi);
    let mut planes = [nothing.clone(), nothing.clone(), nothing.clone()];
    if let Some(below) = slices.start.checked_sub(1) {
        planes[0].set(roi.runs_of_slice(below), values);
    }
    planes[1].set(roi.runs_of_slice(slices.start), values);
    let mut rest = out;
    for slice in slices {
        planes[2].set(roi.runs_of_slice(slice + 1), values);
        let [below, here, above] = &planes;
        for run in roi.runs_of_slice(slice) {
            let (out, after) = rest.split_at_mut(run.len as usize);
            let (at, row) = (here.at(run), here.width);
            let len = run.len as usize;
            let plane = |axis: usize, plane| if axes[axis] { plane } else { &nothing };
            let (i, j) = (plane(0, here), plane(1, here));
            let neighbors = [
                &i.values[at - 1..][..len],
                &i.values[at + 1..][..len],
                &j.values[at - row..][..len],
                &j.values[at + row..][..len],
                &plane(2, below).values[at..][..len],
                &plane(2, above).values[at..][..len],
            ];
            medians(&here.values[at..][..len], neighbors, out);
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

/// One slice of a column over the region's bounds, plus a voxel on every side; NaN outside the region.
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
/// Missing neighbors (NaN) are replaced by +infinity and -infinity in turn, then the other way round; the median is
/// the mean of the two middles. There is no branch, so that a loop over it vectorizes.
#[inline]
fn median_of(value: f64, neighbors: [f64; 6]) -> f64 {
    let middle = |first: f64| {
        let mut fill = first;
        let [a, b, c, d, e, f] = neighbors.map(|v| {
            let is_value = !v.is_nan();
            let filled = if is_value { v } else { fill };
            fill = if is_value { fill } else { -fill };
            filled
        });
        middle_of_seven([value, a, b, c, d, e, f])
    };
    let median = 0.5 * middle(f64::INFINITY) + 0.5 * middle(f64::NEG_INFINITY);
    if value.is_nan() { value } else { median }
}

/// The median of seven values by a network of exchanges (Paeth 1990, Devillard 1998).
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
    use fastrand::Rng;
    use hemastage_image::{Affine, Labels};
    use ndarray::Array3;

    use super::*;
    use crate::kernel::statistics::median;

    const UNIT: [[f64; 4]; 4] = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]];

    /// The plain twin: the neighbors of each voxel, sorted.
    fn plain_filter(roi: &Roi, values: &[f64], axes: [bool; 3]) -> Vec<f64> {
        let filtered = |(n, voxel): (usize, [usize; 3])| {
            let along = (0..3).filter(|&axis| axes[axis]);
            let neighbors = along.flat_map(|axis| roi.neighbors(voxel, axis)).flatten();
            let all = neighbors.map(|n| values[n]).chain([values[n]]);
            let all: Vec<f64> = all.filter(|value| !value.is_nan()).collect();
            if values[n].is_nan() { f64::NAN } else { median(&all).unwrap() }
        };
        roi.voxels().enumerate().map(filtered).collect()
    }

    #[test]
    fn an_outlier_goes_and_edges_use_what_is_there() {
        let row = Array3::<u8>::ones((5, 1, 1));
        let roi = Roi::from_array(row.view(), Affine::new(UNIT).unwrap(), &Labels::NonZero).unwrap();
        let filtered = |values: &[f64]| median_filter(&roi, values, [true; 3]);
        assert_eq!(
            filtered(&[1.0, 9.0, 2.0, 3.0, 5.0]),
            [5.0, 2.0, 3.0, 3.0, 4.0],
            "even counts take the mean of the middle two"
        );
        let with_nan = filtered(&[1.0, f64::NAN, 2.0, 3.0, 5.0]);
        assert!(with_nan[1].is_nan());
        assert_eq!((with_nan[0], with_nan[2]), (1.0, 2.5));
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
        let mut random = Rng::with_seed(5);
        for (share, axes) in [
            (0.003, [true; 3]),
            (0.2, [true; 3]),
            (0.5, [true, false, true]),
            (0.9, [true, true, false]),
            (1.0, [false; 3]),
        ] {
            let mask = Array3::from_shape_fn((40, 50, 60), |_| u8::from(random.f64() < share));
            let roi = Roi::from_array(mask.view(), Affine::new(UNIT).unwrap(), &Labels::NonZero).unwrap();
            let value = |_| if random.u8(0..10) == 0 { f64::NAN } else { random.f64() };
            let values: Vec<f64> = (0..roi.len()).map(value).collect();
            let (filtered, expected) =
                (median_filter(&roi, &values, axes), plain_filter(&roi, &values, axes));
            for (n, (filtered, expected)) in filtered.into_iter().zip(expected).enumerate() {
                assert!(filtered == expected || (filtered.is_nan() && expected.is_nan()), "{share} {n}");
            }
        }
    }
}
