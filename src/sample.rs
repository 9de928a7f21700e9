//! Step 1: the signal of an image at a region's voxel centres, in world space.

use ndarray::Array3;

use crate::{
    grid::{Grid, GridMap},
    roi::Roi,
    volume::{Volume, Voxel, Voxels},
};

/// One image's signal at a region's voxels.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    /// Signal per voxel of the region; NaN where the voxel is unsampled.
    pub values: Vec<f64>,
    /// Voxels without a signal: outside the image, or next to a value that is not finite.
    pub unsampled: usize,
    /// Voxels whose signal is exactly 0, as in the empty part of a slab.
    pub zeros: usize,
}

/// Samples an image at the voxel centres of a region: trilinear, and exact where a centre falls on a
/// voxel within 1e-3 of its size.
///
/// A centre outside the field of view (more than half a voxel beyond the outer voxel centres) is
/// unsampled; within that rim the edge value counts. A neighbour that carries weight and is not
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
/// assert_eq!(sample(&Volume::from_array(image, affine)?, &roi).values, [321.0]);
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn sample(image: &Volume, roi: &Roi) -> Samples {
    let values = signal_at(image, roi.grid(), roi.voxels());
    let unsampled = values.iter().filter(|v| v.is_nan()).count();
    let zeros = values.iter().filter(|&&v| v == 0.0).count();
    Samples { values, unsampled, zeros }
}

/// The signal of an image at voxels of any grid; NaN where there is none.
pub(crate) fn signal_at(image: &Volume, grid: &Grid, voxels: impl Iterator<Item = [usize; 3]>) -> Vec<f64> {
    match image.voxels() {
        Voxels::U8(a) => gather(image, a, grid, voxels),
        Voxels::I8(a) => gather(image, a, grid, voxels),
        Voxels::U16(a) => gather(image, a, grid, voxels),
        Voxels::I16(a) => gather(image, a, grid, voxels),
        Voxels::U32(a) => gather(image, a, grid, voxels),
        Voxels::I32(a) => gather(image, a, grid, voxels),
        Voxels::U64(a) => gather(image, a, grid, voxels),
        Voxels::I64(a) => gather(image, a, grid, voxels),
        Voxels::F32(a) => gather(image, a, grid, voxels),
        Voxels::F64(a) => gather(image, a, grid, voxels),
    }
}

fn gather<T: Voxel>(
    image: &Volume,
    block: &Array3<T>,
    grid: &Grid,
    voxels: impl Iterator<Item = [usize; 3]>,
) -> Vec<f64> {
    let map = grid.map_to(image.grid());
    let origin = image.block().start;
    let scaling = image.scaling();
    let signal = |voxel: [usize; 3]| -> f64 { interpolate(block, &map, origin, voxel) };
    voxels
        .map(|voxel| {
            let value = scaling.apply(signal(voxel));
            if value.is_finite() { value } else { f64::NAN }
        })
        .collect()
}

/// The stored value at a voxel's centre; NaN outside.
fn interpolate<T: Voxel>(block: &Array3<T>, map: &GridMap, origin: [usize; 3], voxel: [usize; 3]) -> f64 {
    let Some(at) = map.index(voxel) else { return f64::NAN };
    let low = at.map(|x| x.floor() as usize);
    let share: [f64; 3] = std::array::from_fn(|a| at[a] - low[a] as f64);
    let mut sum = 0.0;
    for corner in 0..8_usize {
        let step: [usize; 3] = std::array::from_fn(|a| corner >> a & 1);
        let weight: f64 = (0..3).map(|a| if step[a] == 1 { share[a] } else { 1.0 - share[a] }).product();
        if weight == 0.0 {
            continue;
        }
        let local: [Option<usize>; 3] = std::array::from_fn(|a| (low[a] + step[a]).checked_sub(origin[a]));
        let [Some(i), Some(j), Some(k)] = local else { return f64::NAN };
        let Some(value) = block.get([i, j, k]) else { return f64::NAN };
        sum += weight * value.value();
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Labels};

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
        assert!((found.values[0] - 111.0 * 2.25).abs() < 1e-9);
    }

    #[test]
    fn near_a_centre_the_value_is_that_voxels() {
        let mut array = ramp();
        array[[3, 2, 2]] = f32::NAN;
        let image = Volume::from_array(array, affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([2, 2, 2], affine(1.0, 0.0009))).values, [222.0]);
        let next_to_nan = sample(&image, &roi([2, 2, 2], affine(1.0, 0.01)));
        assert!(next_to_nan.values[0].is_nan() && next_to_nan.unsampled == 1);
    }

    #[test]
    fn the_rim_is_half_a_voxel_wide() {
        let image = Volume::from_array(ramp(), affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([0, 0, 0], affine(1.0, -0.5))).values, [0.0]);
        assert_eq!(sample(&image, &roi([5, 5, 5], affine(1.0, 0.49))).values, [555.0]);
        assert_eq!(sample(&image, &roi([5, 5, 5], affine(1.0, 0.51))).unsampled, 1);
    }

    #[test]
    fn zeros_are_counted() {
        let image = Volume::from_array(Array3::<u8>::zeros((6, 6, 6)), affine(1.0, 0.0)).unwrap();
        assert_eq!(sample(&image, &roi([1, 1, 1], affine(1.0, 0.0))).zeros, 1);
    }
}
