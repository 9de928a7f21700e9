//! The same voxels stored otherwise: backwards, with their axes in another order, or moved in the world.

use hemastage::Affine;
use ndarray::{Array3, Axis};

use super::rigid::{Rigid, moved_affine};

/// An image or a mask, with its affine.
pub(crate) type Stored<T> = (Array3<T>, Affine);

/// Stored backwards along an axis.
pub(crate) fn flipped<T: Clone>((mut array, affine): Stored<T>, axis: usize) -> Stored<T> {
    let mut m = *affine.matrix();
    let last = array.shape()[axis] as f64 - 1.0;
    for row in m.iter_mut().take(3) {
        row[3] += last * row[axis];
        row[axis] = -row[axis];
    }
    array.invert_axis(Axis(axis));
    (array.as_standard_layout().into_owned(), Affine::new(m).unwrap())
}

/// Stored with its axes in another order.
pub(crate) fn permuted<T: Clone>((array, affine): Stored<T>, order: [usize; 3]) -> Stored<T> {
    let m = affine.matrix().map(|row| [row[order[0]], row[order[1]], row[order[2]], row[3]]);
    (array.permuted_axes(order), Affine::new(m).unwrap())
}

/// Moved in the world.
pub(crate) fn moved<T>((array, affine): Stored<T>, by: &Rigid) -> Stored<T> {
    (array, moved_affine(&affine, by))
}
