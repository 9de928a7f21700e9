//! The signal of an image at scattered points that are moved together, as a search for a shift moves them.

use hemastage_image::{
    grid::{Affine, Grid},
    simd::WHOLE,
    vector::Vector,
    volume::{Scaling, Volume, Voxel, Voxels},
};
use ndarray::Array3;

/// Fills in the signal at each point moved by a vector; NaN where a neighbor lies outside the block that was read.
pub(crate) type SignalAt<'a> = Box<dyn Fn(Vector, &mut [f64]) + Sync + 'a>;

/// The signal of an image, interpolated linearly, at points of the world.
pub(crate) fn signal_at<'a>(image: &'a Volume, points: &[Vector]) -> SignalAt<'a> {
    let at = Indices::of(image.grid(), points);
    match image.voxels() {
        Voxels::U8(a) => source(image, a, at),
        Voxels::I8(a) => source(image, a, at),
        Voxels::U16(a) => source(image, a, at),
        Voxels::I16(a) => source(image, a, at),
        Voxels::U32(a) => source(image, a, at),
        Voxels::I32(a) => source(image, a, at),
        Voxels::U64(a) => source(image, a, at),
        Voxels::I64(a) => source(image, a, at),
        Voxels::F32(a) => source(image, a, at),
        Voxels::F64(a) => source(image, a, at),
    }
}

/// Points as fractional indices of a grid.
struct Indices {
    affine: Affine,
    points: Vec<Vector>,
}

impl Indices {
    fn of(grid: &Grid, points: &[Vector]) -> Self {
        let affine = *grid.affine();
        Self { affine, points: points.iter().map(|&point| affine.world_to_index(point)).collect() }
    }

    /// What a vector of the world is in the grid.
    fn step(&self, by: Vector) -> Vector {
        let (from, to) = (self.affine.world_to_index([0.0; 3]), self.affine.world_to_index(by));
        std::array::from_fn(|a| to[a] - from[a])
    }
}

fn source<'a, T: Voxel>(image: &'a Volume, block: &'a Array3<T>, at: Indices) -> SignalAt<'a> {
    let forward = block.strides().iter().all(|&stride| stride >= 0);
    let source = Source {
        data: block.as_slice_memory_order().filter(|_| forward).unwrap_or(&[]),
        strides: std::array::from_fn(|a| block.strides()[a].unsigned_abs()),
        start: image.block().start.map(|v| v as f64),
        last: std::array::from_fn(|a| block.shape()[a] as f64 - 2.0),
        scaling: image.scaling(),
    };
    Box::new(move |by, out| {
        let step = at.step(by);
        for (point, out) in at.points.iter().zip(out) {
            let index = std::array::from_fn(|a| point[a] + step[a]);
            *out = if source.data.is_empty() { plain(image, index) } else { source.interpolate(index) };
        }
    })
}

/// A block of an image in memory order.
struct Source<'a, T> {
    data: &'a [T],
    strides: [usize; 3],
    start: Vector,
    /// The last cell of the block along each axis.
    last: Vector,
    scaling: Scaling,
}

impl<T: Voxel> Source<'_, T> {
    #[inline]
    fn interpolate(&self, index: Vector) -> f64 {
        let (mut inside, mut offset, mut share) = (true, 0, [0.0; 3]);
        for a in 0..3 {
            let nearest = index[a] + WHOLE - WHOLE;
            let low = nearest - if nearest > index[a] { 1.0 } else { 0.0 };
            let cell = low - self.start[a];
            share[a] = index[a] - low;
            inside &= (0.0..=self.last[a]).contains(&cell);
            offset += (cell + WHOLE).to_bits() as u32 as usize * self.strides[a];
        }
        let [di, dj, dk] = self.strides;
        let Some(cell) =
            self.data.get(if inside { offset } else { usize::MAX }..).filter(|c| c.len() > di + dj + dk)
        else {
            return f64::NAN;
        };
        let mix = |low: f64, high: f64, share: f64| low + (high - low) * share;
        let row = |at: usize| mix(cell[at].value(), cell[at + di].value(), share[0]);
        let plane = |at: usize| mix(row(at), row(at + dj), share[1]);
        self.scaling.apply(mix(plane(0), plane(dk), share[2]))
    }
}

/// The plain twin: the weighted sum of the eight voxels around a point.
fn plain(image: &Volume, index: Vector) -> f64 {
    let low = index.map(f64::floor);
    let mut sum = 0.0;
    for corner in 0..8 {
        let step: Vector = std::array::from_fn(|a| f64::from(corner >> a & 1));
        let at: Vector = std::array::from_fn(|a| low[a] + step[a]);
        if at.iter().any(|&at| at < 0.0) {
            return f64::NAN;
        }
        let weight = |a: usize| {
            let share = index[a] - low[a];
            if step[a] > 0.0 { share } else { 1.0 - share }
        };
        let signal = image.signal(at.map(|v| v as usize)).unwrap_or(f64::NAN);
        sum += (0..3).map(weight).product::<f64>() * signal;
    }
    sum
}

#[cfg(test)]
mod tests {
    use hemastage_image::grid::IndexBox;

    use super::*;

    #[test]
    fn points_agree_with_their_plain_twin() {
        let mut random = fastrand::Rng::with_seed(5);
        let oblique =
            [[0.6, -0.5, 0.1, 2.1], [0.5, 0.6, -0.05, -1.3], [-0.1, 0.02, 0.9, 1.7], [0., 0., 0., 1.]];
        let grid = Grid::new([12, 13, 14], Affine::new(oblique).unwrap()).unwrap();
        let part = IndexBox { start: [2, 1, 3], end: [11, 12, 14] };
        let scaling = Scaling { slope: 0.3, intercept: 7.0 };
        let array = Array3::from_shape_fn((9, 11, 11), |_| random.i16(..));
        let columns = Array3::from_shape_fn((11, 11, 9), |_| random.i16(..)).reversed_axes();
        for block in [array, columns] {
            let image = Volume::from_block(grid, part, Voxels::I16(block), scaling).unwrap();
            let mut point = || {
                let index = std::array::from_fn(|a| grid.shape()[a] as f64 * 1.2 * random.f64() - 1.0);
                grid.affine().index_to_world(index)
            };
            let points: Vec<Vector> = (0..4000).map(|_| point()).collect();
            let signal = signal_at(&image, &points);
            let mut found = vec![0.0; points.len()];
            let mut known = 0;
            for by in [[0.0; 3], [0.3, -1.1, 0.7]] {
                signal(by, &mut found);
                for (point, &found) in points.iter().zip(&found) {
                    let moved = std::array::from_fn(|a| point[a] + by[a]);
                    let expected = plain(&image, grid.affine().world_to_index(moved));
                    let is_same = (found - expected).abs() < 1e-8 * expected.abs().max(1.0);
                    assert!(is_same || (found.is_nan() && expected.is_nan()), "{found} {expected}");
                    known += usize::from(found.is_finite());
                }
            }
            assert!((1000..7000).contains(&known), "{known}");
        }
    }
}
