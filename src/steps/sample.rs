//! The signal of an image at a region's voxel centers, in world space.

use hemastage_image::{
    grid::{Grid, GridMap, IndexBox, SNAP_VOXELS},
    roi::{Column, Roi},
    simd::WHOLE,
    volume::{Scaling, Volume, Voxel, Voxels},
};
use ndarray::Array3;

/// One image's signal at a region's voxels.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    signal: Column<f64>,
    unsampled: usize,
    zeros: usize,
}

impl Samples {
    /// Signal from elsewhere, as of another program; NaN where a voxel is unsampled.
    pub fn new(signal: Column<f64>) -> Self {
        let unsampled = signal.iter().filter(|v| v.is_nan()).count();
        let zeros = signal.iter().filter(|&&v| v == 0.0).count();
        Self { signal, unsampled, zeros }
    }

    /// Signal per voxel of the region; NaN where the voxel is unsampled.
    pub fn signal(&self) -> &Column<f64> {
        &self.signal
    }

    /// Voxels without a signal: outside the image, or next to a value that is not finite.
    pub fn unsampled(&self) -> usize {
        self.unsampled
    }

    /// Voxels whose signal is exactly 0, as in the empty part of a slab.
    pub fn zeros(&self) -> usize {
        self.zeros
    }
}

/// Samples an image at the voxel centers of a region: trilinear, and exact where a center falls on a
/// voxel within 1e-3 of its size.
///
/// A center outside the field of view (more than half a voxel beyond the outer voxel centers) is
/// unsampled; within that rim the edge value counts. A neighbor that carries weight and is not
/// finite makes the voxel unsampled, and so does one outside the block that was read.
///
/// # Shape and units
/// One value per voxel of `roi`, in its order, in the image's own unit.
///
/// # Example
/// ```
/// use hemastage::{Affine, Labels, Roi, Volume, sample::sample};
/// let affine = Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]])?;
/// let image = ndarray::Array3::from_shape_fn((5, 5, 5), |(i, j, k)| (i + 10 * j + 100 * k) as u16);
/// let mut mask = ndarray::Array3::<u8>::zeros((5, 5, 5));
/// mask[[1, 2, 3]] = 1;
/// let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero)?;
/// assert_eq!(sample(&Volume::from_array(image, affine)?, &roi).signal()[..], [321.0]);
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn sample(image: &Volume, roi: &Roi) -> Samples {
    let signal = signal(image, roi.grid(), roi.bounds());
    Samples::new(roi.column(|slices, mut values: &mut [f64]| {
        for run in roi.runs_of_slices(&slices) {
            let (stretch, rest) = values.split_at_mut(run.len as usize);
            signal([run.i, run.j, run.k].map(|v| v as usize), stretch);
            values = rest;
        }
    }))
}

/// The signal of an image at voxels of any grid; NaN where there is none.
pub fn signal_at(image: &Volume, grid: &Grid, voxels: impl Iterator<Item = [usize; 3]>) -> Vec<f64> {
    let signal = signal(image, grid, &IndexBox::whole(grid.shape()));
    let one = |voxel| {
        let mut value = [f64::NAN];
        signal(voxel, &mut value);
        value[0]
    };
    voxels.map(one).collect()
}

/// Fills in the signal at the voxels side by side along i that begin with the one given.
type Signal<'a> = Box<dyn Fn([usize; 3], &mut [f64]) + Sync + 'a>;

/// The signal of an image at voxels within a box of a grid; NaN where there is none.
fn signal<'a>(image: &'a Volume, grid: &Grid, bounds: &IndexBox) -> Signal<'a> {
    let map = grid.map_to(image.grid());
    match image.voxels() {
        Voxels::U8(a) => Source::new(image, a, map).signal(bounds),
        Voxels::I8(a) => Source::new(image, a, map).signal(bounds),
        Voxels::U16(a) => Source::new(image, a, map).signal(bounds),
        Voxels::I16(a) => Source::new(image, a, map).signal(bounds),
        Voxels::U32(a) => Source::new(image, a, map).signal(bounds),
        Voxels::I32(a) => Source::new(image, a, map).signal(bounds),
        Voxels::U64(a) => Source::new(image, a, map).signal(bounds),
        Voxels::I64(a) => Source::new(image, a, map).signal(bounds),
        Voxels::F32(a) => Source::new(image, a, map).signal(bounds),
        Voxels::F64(a) => Source::new(image, a, map).signal(bounds),
    }
}

/// The part of an image that was read, with the way to it.
struct Source<'a, T> {
    block: &'a Array3<T>,
    /// The block in memory order; empty when it does not lie in one piece.
    data: &'a [T],
    strides: [usize; 3],
    map: GridMap,
    origin: [usize; 3],
    scaling: Scaling,
}

impl<'a, T: Voxel> Source<'a, T> {
    fn new(image: &Volume, block: &'a Array3<T>, map: GridMap) -> Self {
        let forward = block.strides().iter().all(|&stride| stride >= 0);
        Self {
            block,
            data: block.as_slice_memory_order().filter(|_| forward).unwrap_or(&[]),
            strides: std::array::from_fn(|a| block.strides()[a].unsigned_abs()),
            map,
            origin: image.block().start,
            scaling: image.scaling(),
        }
    }

    fn signal(self, bounds: &IndexBox) -> Signal<'a> {
        match self.on_voxels(bounds) {
            Some(place) => Box::new(move |voxel, out| {
                let first = place.of(voxel);
                for (n, out) in (0..).zip(out) {
                    // on_voxels has checked that every voxel of the box lies in the block
                    let stored = self.data.get((first + n * place.steps[0]) as usize);
                    *out = self.scaled(stored.map_or(f64::NAN, |v| v.value()));
                }
            }),
            None => Box::new(move |voxel, out| self.interpolate_run(voxel, out)),
        }
    }

    fn scaled(&self, stored: f64) -> f64 {
        let value = self.scaling.apply(stored);
        if value.is_finite() { value } else { f64::NAN }
    }

    /// Where in the data a box's voxels stand, when each falls on one of the block.
    fn on_voxels(&self, bounds: &IndexBox) -> Option<Place> {
        let (first, steps) = self.map.on_voxels(bounds)?;
        let apart: [i64; 3] = std::array::from_fn(|a| (bounds.end[a] - 1 - bounds.start[a]) as i64);
        for r in 0..3 {
            let reach = steps.map(|step| step[r]);
            let sum = |take: fn(i64) -> i64| (0..3).map(|a| take(reach[a] * apart[a])).sum::<i64>();
            let (low, high) = (first[r] + sum(|v| v.min(0)), first[r] + sum(|v| v.max(0)));
            let (start, end) = (self.origin[r] as i64, (self.origin[r] + self.block.shape()[r]) as i64);
            if low < start || high >= end {
                return None;
            }
        }
        let along = |step: [i64; 3]| (0..3).map(|r| step[r] * self.strides[r] as i64).sum::<i64>();
        let local = std::array::from_fn(|r| first[r] - self.origin[r] as i64);
        (!self.data.is_empty()).then(|| Place {
            start: bounds.start.map(|v| v as i64),
            first: along(local),
            steps: steps.map(along),
        })
    }

    /// Interpolates between the eight voxels around each center, without a look at the border where they all lie in
    /// the block.
    fn interpolate_run(&self, voxel: [usize; 3], out: &mut [f64]) {
        let corners: [usize; 8] =
            std::array::from_fn(|corner| (0..3).map(|a| (corner >> a & 1) * self.strides[a]).sum());
        let origin = self.origin.map(|v| v as f64);
        let last: [f64; 3] = std::array::from_fn(|a| self.block.shape()[a] as f64 - 2.0);
        let [i, j, k] = voxel.map(|v| v as f64);
        for (n, out) in out.iter_mut().enumerate() {
            let at = self.map.exact([i + n as f64, j, k]);
            let mut inside = !self.data.is_empty();
            let (mut offset, mut share) = (0, [0.0; 3]);
            for a in 0..3 {
                let whole = at[a] + WHOLE - WHOLE;
                let at = if (at[a] - whole).abs() <= SNAP_VOXELS { whole } else { at[a] };
                let low = whole - if whole > at { 1.0 } else { 0.0 };
                let cell = low - origin[a];
                share[a] = at - low;
                inside &= (0.0..=last[a]).contains(&cell);
                offset += (cell + WHOLE).to_bits() as u32 as usize * self.strides[a];
            }
            let found = self.data.get(if inside { offset } else { usize::MAX }..);
            let sum = found.map_or(f64::NAN, |cell| weighted(cell, &corners, share));
            // next to the border, and next to NaN
            let stored =
                if sum.is_finite() { sum } else { self.interpolate([voxel[0] + n, voxel[1], voxel[2]]) };
            *out = self.scaled(stored);
        }
    }

    /// The stored value at a voxel's center; NaN outside.
    fn interpolate(&self, voxel: [usize; 3]) -> f64 {
        let Some(at) = self.map.index(voxel) else { return f64::NAN };
        let low = at.map(|x| x.floor() as usize);
        let share: [f64; 3] = std::array::from_fn(|a| at[a] - low[a] as f64);
        let mut sum = 0.0;
        for corner in 0..8 {
            let step: [usize; 3] = std::array::from_fn(|a| corner >> a & 1);
            let weight = weight(corner, share);
            if weight == 0.0 {
                continue;
            }
            let local: [Option<usize>; 3] =
                std::array::from_fn(|a| (low[a] + step[a]).checked_sub(self.origin[a]));
            let [Some(i), Some(j), Some(k)] = local else { return f64::NAN };
            let Some(value) = self.block.get([i, j, k]) else { return f64::NAN };
            sum += weight * value.value();
        }
        sum
    }
}

/// The sum of a cell's eight corners by their weights.
#[inline]
fn weighted<T: Voxel>(cell: &[T], corners: &[usize; 8], share: [f64; 3]) -> f64 {
    let Some(cell) = cell.get(..=corners[7]) else { return f64::NAN };
    let mut sum = 0.0;
    for (corner, &at) in corners.iter().enumerate() {
        sum += weight(corner, share) * cell[at].value();
    }
    sum
}

/// The weight of a cell's corner: bit by bit on the lower or the upper side along i, j and k.
#[inline]
fn weight(corner: usize, share: [f64; 3]) -> f64 {
    (0..3).map(|a| if corner >> a & 1 == 1 { share[a] } else { 1.0 - share[a] }).product()
}

/// Where in an image's data the voxels of another grid stand.
struct Place {
    start: [i64; 3],
    first: i64,
    steps: [i64; 3],
}

impl Place {
    fn of(&self, voxel: [usize; 3]) -> i64 {
        self.first + (0..3).map(|a| (voxel[a] as i64 - self.start[a]) * self.steps[a]).sum::<i64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hemastage_image::{Affine, Labels};

    fn affine(spacing: f64, shift: f64) -> Affine {
        let mut m = [[0.0; 4]; 4];
        for (a, row) in m.iter_mut().enumerate() {
            row[a] = spacing;
            row[3] = shift;
        }
        m[3] = [0.0, 0.0, 0.0, 1.0];
        Affine::new(m).unwrap()
    }

    fn roi(voxel: [usize; 3], affine: Affine) -> Roi {
        let mut mask = Array3::<u8>::zeros((6, 6, 6));
        mask[voxel] = 1;
        Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap()
    }

    fn ramp() -> Array3<f32> {
        Array3::from_shape_fn((6, 6, 6), |(i, j, k)| (i + 10 * j + 100 * k) as f32)
    }

    #[test]
    fn a_linear_ramp_is_met_exactly_between_voxels() {
        let image = Volume::from_array(ramp(), affine(1.0, 0.0)).unwrap();
        let found = sample(&image, &roi([2, 2, 2], affine(1.0, 0.25)));
        assert!((found.signal()[0] - 111.0 * 2.25).abs() < 1e-9);
    }

    #[test]
    fn near_a_center_the_value_is_that_voxels() {
        let mut array = ramp();
        array[[3, 2, 2]] = f32::NAN;
        let image = Volume::from_array(array, affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([2, 2, 2], affine(1.0, 0.0009))).signal()[..], [222.0]);
        let next_to_nan = sample(&image, &roi([2, 2, 2], affine(1.0, 0.01)));
        assert!(next_to_nan.signal()[0].is_nan() && next_to_nan.unsampled() == 1);
    }

    #[test]
    fn the_rim_is_half_a_voxel_wide() {
        let image = Volume::from_array(ramp(), affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([0, 0, 0], affine(1.0, -0.5))).signal()[..], [0.0]);
        assert_eq!(sample(&image, &roi([5, 5, 5], affine(1.0, 0.49))).signal()[..], [555.0]);
        assert_eq!(sample(&image, &roi([5, 5, 5], affine(1.0, 0.51))).unsampled(), 1);
    }

    #[test]
    fn zeros_are_counted() {
        let image = Volume::from_array(Array3::<u8>::zeros((6, 6, 6)), affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([1, 1, 1], affine(1.0, 0.0))).zeros, 1);
    }

    /// Each voxel on its own, with a look at every border.
    fn one_by_one(image: &Volume, roi: &Roi) -> Vec<f64> {
        let map = roi.grid().map_to(image.grid());
        let Voxels::F32(block) = image.voxels() else { panic!() };
        let source = Source::new(image, block, map);
        roi.voxels().map(|voxel| source.scaled(source.interpolate(voxel))).collect()
    }

    #[test]
    fn runs_agree_with_single_voxels_to_the_last_bit() {
        let mut state = 11_u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / f64::from(1_u32 << 31)
        };
        let matrices = [
            [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.]],
            [[1., 0., 0., 0.0004], [0., 1., 0., -2.0], [0., 0., 1., 3.0]],
            [[-1., 0., 0., 11.0], [0., 0., 1., 0.], [0., 1., 0., 0.0009]],
            [[1., 0., 0., 0.00095], [0., 1., 0., 0.], [0., 0., 1., 0.]],
            [[0.8, 0., 0., 0.3], [0., 0.9, 0., 0.], [0., 0., 1., 0.]],
            [[0.6, -0.5, 0.1, 2.1], [0.5, 0.6, -0.05, -1.3], [-0.1, 0.02, 0.9, 1.7]],
        ];
        for (m, holes) in matrices.into_iter().flat_map(|m| [(m, 0.0), (m, 0.01)]) {
            let affine = Affine::new([m[0], m[1], m[2], [0., 0., 0., 1.]]).unwrap();
            let mask = Array3::from_shape_fn((12, 14, 13), |_| u8::from(random() < 0.6));
            let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
            let mut value = || if random() < holes { f32::NAN } else { (1000.0 * random()) as f32 };
            let rows = Array3::from_shape_fn((12, 13, 14), |_| value());
            let columns = Array3::from_shape_fn((14, 13, 12), |_| value()).reversed_axes();
            let grid = Grid::new([12, 13, 14], self::affine(1.0, 0.0)).unwrap();
            let part = IndexBox { start: [2, 1, 3], end: [11, 12, 14] };
            let scaling = Scaling { slope: 0.3, intercept: 7.0 };
            for array in [rows, columns] {
                let block = Array3::from_shape_fn(part.shape(), |(i, j, k)| array[[i + 2, j + 1, k + 3]]);
                let part = Volume::from_block(grid, part, Voxels::F32(block), scaling).unwrap();
                for image in [Volume::from_array(array, *grid.affine()).unwrap(), part] {
                    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
                    assert_eq!(
                        bits(sample(&image, &roi).signal().to_vec()),
                        bits(one_by_one(&image, &roi)),
                        "{m:?}"
                    );
                }
            }
        }
    }
}
