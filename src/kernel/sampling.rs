//! The signal of an image at the voxels of another grid, run by run.
//!
//! Three ways to the same bits: where every voxel falls on one of the image, it is read; elsewhere the eight voxels
//! around each center are weighted; at the border and next to values that are not finite, each is looked at by itself
//! (`interpolate`, the plain twin).

use hemastage_image::{
    grid::{Grid, GridMap, IndexBox, SNAP_VOXELS},
    simd::{WHOLE, wide},
    vector::Vector,
    volume::{Scaling, Volume, Voxel, Voxels},
};
use ndarray::Array3;

/// Fills in the signal at adjacent voxels along i, from the given one on.
pub(crate) type Signal<'a> = Box<dyn Fn([usize; 3], &mut [f64]) + Sync + 'a>;

/// The signal of an image at voxels of a grid within a box; NaN where there is none.
pub(crate) fn signal<'a>(image: &'a Volume, grid: &Grid, bounds: &IndexBox) -> Signal<'a> {
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

/// The block of an image that was read, and the map to its indices.
struct Source<'a, T> {
    block: &'a Array3<T>,
    /// The block in memory order; empty when it is not contiguous.
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
        match self.offsets(bounds) {
            Some(offsets) => Box::new(move |voxel, out| {
                let first = offsets.of(voxel);
                for (n, out) in (0..).zip(out) {
                    // every voxel of the box lies in the block, as `offsets` has checked
                    let stored = self.data.get((first + n * offsets.steps[0]) as usize);
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

    /// The offsets in the data of a box's voxels, when each falls on a voxel of the block.
    fn offsets(&self, bounds: &IndexBox) -> Option<Offsets> {
        let (first, steps) = self.map.on_voxels(bounds)?;
        let spans: [i64; 3] = std::array::from_fn(|a| (bounds.end[a] - 1 - bounds.start[a]) as i64);
        for r in 0..3 {
            let changes: [i64; 3] = std::array::from_fn(|a| steps[a][r] * spans[a]);
            let low = first[r] + changes.iter().map(|&change| change.min(0)).sum::<i64>();
            let high = first[r] + changes.iter().map(|&change| change.max(0)).sum::<i64>();
            let (start, end) = (self.origin[r] as i64, (self.origin[r] + self.block.shape()[r]) as i64);
            if low < start || high >= end {
                return None;
            }
        }
        let offset = |index: [i64; 3]| (0..3).map(|r| index[r] * self.strides[r] as i64).sum::<i64>();
        let in_block = std::array::from_fn(|r| first[r] - self.origin[r] as i64);
        (!self.data.is_empty()).then(|| Offsets {
            start: bounds.start.map(|v| v as i64),
            first: offset(in_block),
            steps: steps.map(offset),
        })
    }

    /// Interpolates at each voxel of a run; where all eight voxels around a center lie in the block, without checking
    /// each.
    fn interpolate_run(&self, voxel: [usize; 3], out: &mut [f64]) {
        let corners: [usize; 8] =
            std::array::from_fn(|corner| (0..3).map(|a| (corner >> a & 1) * self.strides[a]).sum());
        wide(
            #[inline(always)]
            || {
                for (first, out) in (voxel[0]..).step_by(LANES).zip(out.chunks_mut(LANES)) {
                    let voxel = [first, voxel[1], voxel[2]];
                    let cells = self.cells(voxel);
                    for (lane, out) in out.iter_mut().enumerate() {
                        *out = self.weighted(&cells, lane, &corners);
                        // at the border, and next to a value that is not finite
                        if !out.is_finite() {
                            *out = self.interpolate([first + lane, voxel[1], voxel[2]]);
                        }
                        *out = self.scaled(*out);
                    }
                }
            },
        );
    }

    /// The weighted sum of the eight corners of a cell; NaN where not all of them lie in the block.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    fn weighted(&self, cells: &Cells, lane: usize, corners: &[usize; 8]) -> f64 {
        let offset = if cells.inside[lane] { cells.offset[lane] } else { usize::MAX };
        let Some(cell) = self.data.get(offset..).and_then(|cell| cell.get(..=corners[7])) else {
            return f64::NAN;
        };
        let mut sum = 0.0;
        for (&at, weights) in corners.iter().zip(&cells.weights) {
            sum += weights[lane] * cell[at].value();
        }
        sum
    }

    /// The cells around the next `LANES` voxels of a run, those past its end included.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "for wide vectors")]
    fn cells(&self, voxel: [usize; 3]) -> Cells {
        let [i, j, k] = voxel.map(|v| v as f64);
        let mut cells = Cells { inside: [!self.data.is_empty(); LANES], ..Cells::default() };
        let at: [Vector; LANES] = std::array::from_fn(|lane| self.map.exact([i + lane as f64, j, k]));
        let mut share = [[0.0; LANES]; 3];
        for a in 0..3 {
            let (origin, last) = (self.origin[a] as f64, self.block.shape()[a] as f64 - 2.0);
            for (lane, at) in at.iter().enumerate() {
                let at = at[a];
                let nearest = at + WHOLE - WHOLE;
                let at = if (at - nearest).abs() <= SNAP_VOXELS { nearest } else { at };
                let low = nearest - if nearest > at { 1.0 } else { 0.0 };
                let cell = low - origin;
                share[a][lane] = at - low;
                cells.inside[lane] &= cell >= 0.0 && cell <= last;
                cells.offset[lane] += (cell + WHOLE).to_bits() as u32 as usize * self.strides[a];
            }
        }
        for (corner, weights) in cells.weights.iter_mut().enumerate() {
            for (lane, of_lane) in weights.iter_mut().enumerate() {
                *of_lane = weight(corner, std::array::from_fn(|a| share[a][lane]));
            }
        }
        cells
    }

    /// The plain twin, one voxel at a time: the stored value at a voxel's center; NaN outside.
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
            let in_block: [Option<usize>; 3] =
                std::array::from_fn(|a| (low[a] + step[a]).checked_sub(self.origin[a]));
            let [Some(i), Some(j), Some(k)] = in_block else { return f64::NAN };
            let Some(value) = self.block.get([i, j, k]) else { return f64::NAN };
            sum += weight * value.value();
        }
        sum
    }
}

/// Voxels of a run that are interpolated together; most runs are short.
const LANES: usize = 4;

/// Cells of an image's block around the voxels of a run.
#[derive(Default)]
struct Cells {
    /// Whether all eight corners lie in the block.
    inside: [bool; LANES],
    /// Of the first corner, in the data.
    offset: [usize; LANES],
    /// Of each corner.
    weights: [[f64; LANES]; 8],
}

/// The weight of a cell's corner; its bits say lower or upper along i, j and k.
#[inline(always)]
#[expect(clippy::inline_always, reason = "for wide vectors")]
fn weight(corner: usize, share: [f64; 3]) -> f64 {
    (0..3).map(|a| if corner >> a & 1 == 1 { share[a] } else { 1.0 - share[a] }).product()
}

/// Offsets in an image's data of the voxels of another grid.
struct Offsets {
    start: [i64; 3],
    first: i64,
    steps: [i64; 3],
}

impl Offsets {
    fn of(&self, voxel: [usize; 3]) -> i64 {
        self.first + (0..3).map(|a| (voxel[a] as i64 - self.start[a]) * self.steps[a]).sum::<i64>()
    }
}

#[cfg(test)]
mod tests {
    use hemastage_image::{Affine, Labels, Roi};

    use super::*;

    fn one_by_one(image: &Volume, roi: &Roi) -> Vec<f64> {
        let map = roi.grid().map_to(image.grid());
        let Voxels::F32(block) = image.voxels() else { panic!() };
        let source = Source::new(image, block, map);
        roi.voxels().map(|voxel| source.scaled(source.interpolate(voxel))).collect()
    }

    fn by_runs(image: &Volume, roi: &Roi) -> Vec<f64> {
        let signal = signal(image, roi.grid(), roi.bounds());
        let mut values = vec![0.0; roi.len()];
        for run in roi.runs() {
            let first = run.first as usize;
            let voxel = [run.i, run.j, run.k].map(|v| v as usize);
            signal(voxel, &mut values[first..first + run.len as usize]);
        }
        values
    }

    #[test]
    fn runs_agree_with_single_voxels_to_the_last_bit() {
        let mut random = fastrand::Rng::with_seed(11);
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
            let mask = Array3::from_shape_fn((12, 14, 13), |_| u8::from(random.f64() < 0.6));
            let roi = Roi::from_array(mask.view(), affine, &Labels::NonZero).unwrap();
            let mut value = || if random.f64() < holes { f32::NAN } else { 1000.0 * random.f32() };
            let rows = Array3::from_shape_fn((12, 13, 14), |_| value());
            let columns = Array3::from_shape_fn((14, 13, 12), |_| value()).reversed_axes();
            let unit = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]];
            let grid = Grid::new([12, 13, 14], Affine::new(unit).unwrap()).unwrap();
            let part = IndexBox { start: [2, 1, 3], end: [11, 12, 14] };
            let scaling = Scaling { slope: 0.3, intercept: 7.0 };
            for array in [rows, columns] {
                let block = Array3::from_shape_fn(part.shape(), |(i, j, k)| array[[i + 2, j + 1, k + 3]]);
                let part = Volume::from_block(grid, part, Voxels::F32(block), scaling).unwrap();
                for image in [Volume::from_array(array, *grid.affine()).unwrap(), part] {
                    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
                    assert_eq!(bits(by_runs(&image, &roi)), bits(one_by_one(&image, &roi)), "{m:?}");
                }
            }
        }
    }
}
