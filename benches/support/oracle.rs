//! A scan as input of the slow, dense program in `tests/it/oracle`, the oracle of the benches.

#[path = "../../tests/it/oracle/dense/mod.rs"]
#[allow(
    dead_code,
    unused_imports,
    clippy::wildcard_imports,
    reason = "the benches use a part of what is a program of its own"
)]
pub(crate) mod dense;
#[path = "../../tests/it/oracle/profile.rs"]
mod profile;

use dense::{Image, Mask};
use hemastage::{Grid, Roi};
use ndarray::Array3;
pub(crate) use profile::profile;

pub(crate) fn image(stored: &Array3<i16>, grid: &Grid) -> Image {
    Image { data: stored.mapv(f64::from), affine: *grid.affine().matrix() }
}

pub(crate) fn mask(stored: &Array3<u8>, grid: &Grid) -> Mask {
    Mask { data: stored.mapv(|value| value != 0), affine: *grid.affine().matrix() }
}

/// A column of a region as a volume; NaN elsewhere.
pub(crate) fn spread(roi: &Roi, column: &[f64]) -> Array3<f64> {
    let mut volume = Array3::from_elem(roi.grid().shape(), f64::NAN);
    roi.voxels().zip(column).for_each(|(voxel, &value)| volume[voxel] = value);
    volume
}

/// The signal at each of some voxels, one after the other.
pub(crate) fn sampled(image: &Image, mask: &Mask, voxels: impl Iterator<Item = [usize; 3]>) -> Vec<f64> {
    let to_index = dense::inverse(&image.affine).unwrap();
    voxels
        .map(|voxel| {
            let world = dense::center_of(&mask.affine, voxel);
            dense::sample(&image.data, dense::transform(&to_index, world))
        })
        .collect()
}
