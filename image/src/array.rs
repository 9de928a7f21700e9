//! An image in memory, read box by box as a file is.

use std::{fmt, sync::Arc};

use ndarray::{Array3, ArrayView3, Axis, AxisDescription, ShapeBuilder as _, Slice};

use crate::{
    error::Result,
    grid::{Affine, Grid, IndexBox},
    sink::Sink,
    stretches::{each_row, each_stretch},
    volume::{Scaling, Volume, Voxel, Voxels},
};

/// Slices of a mask that are copied at a time: where k is fastest in memory, they share the lines of the cache.
const SLICES: usize = 16;

/// Voxels of a mask that are copied at a time, at most, but for one slice.
const MAX_VOXELS: usize = 1 << 20;

/// Copies a box of the voxels.
type Copied = dyn Fn(IndexBox) -> Voxels + Send + Sync;

/// An image in memory: its grid, and where its voxels are copied from, box by box.
///
/// # Example
/// ```
/// use hemastage_image::{Affine, ArrayImage, ImageReader, grid::IndexBox};
/// let voxels = ndarray::Array3::from_shape_fn((9, 9, 4), |(i, j, k)| (100 * k + 10 * j + i) as i16);
/// let image = ArrayImage::new("t1", voxels, Affine::from_spacing([0.5, 0.5, 4.0])?)?;
/// let slab = IndexBox { start: [0, 0, 2], end: [9, 9, 3] };
/// let volume = ImageReader::Array(Box::new(image)).read_block(None, slab)?;
/// assert_eq!((volume.signal([1, 2, 2]), volume.signal([1, 2, 3])), (Some(221.0), None));
/// # Ok::<(), hemastage_image::Error>(())
/// ```
#[derive(Clone)]
pub struct ArrayImage {
    name: String,
    grid: Grid,
    scaling: Scaling,
    copied: Arc<Copied>,
}

impl ArrayImage {
    /// An image of an array indexed (i, j, k), and its affine to RAS+ mm. Errors name it by its role, such as `t1`.
    ///
    /// # Errors
    /// When an axis is empty.
    pub fn new<T: Voxel>(role: impl Into<String>, array: Array3<T>, affine: Affine) -> Result<Self> {
        let grid = Grid::new(array.dim().into(), affine)?;
        Ok(Self::of_boxes(role, grid, move |block| Self::copied(&array.view(), &block)))
    }

    /// A box of an array, with i fastest in memory, as steps walk it, whatever the array's own order.
    pub fn copied<T: Voxel>(array: &ArrayView3<'_, T>, block: &IndexBox) -> Voxels {
        let along = |axis: AxisDescription| Slice::from(block.start[axis.axis.0]..block.end[axis.axis.0]);
        let from = array.slice_each_axis(along);
        let Some(&any) = from.first() else { return T::wrap(from.to_owned()) };
        let mut own = Array3::from_elem(from.raw_dim().f(), any);
        if let Some(own) = own.as_slice_memory_order_mut() {
            let [i, _, k] = [0, 1, 2].map(|axis| from.stride_of(Axis(axis)).abs());
            if k < i { copy_columns(&from, own) } else { copy_rows(&from, own) }
        }
        T::wrap(own)
    }

    /// An image whose voxels belong to somebody else, who copies a box of this grid when it is asked for, in any thread.
    pub fn of_boxes(
        role: impl Into<String>,
        grid: Grid,
        copied: impl Fn(IndexBox) -> Voxels + Send + Sync + 'static,
    ) -> Self {
        Self { name: role.into(), grid, scaling: Scaling::NONE, copied: Arc::new(copied) }
    }

    /// Sets how stored values become signal.
    pub fn with_scaling(mut self, scaling: Scaling) -> Self {
        self.scaling = scaling;
        self
    }

    /// What errors call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its shape and affine.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Copies a box.
    ///
    /// # Errors
    /// `Parameter` when what was copied has another shape, or the scaling is not finite.
    pub(crate) fn read_block(&self, block: IndexBox) -> Result<Volume> {
        Volume::from_block(self.grid, block, (self.copied)(block), self.scaling)
    }

    /// Streams all voxels, as those of a mask, a few slices at a time.
    pub(crate) fn stream(&self, sink: &mut impl Sink) {
        let [i, j, n] = self.grid.shape();
        let slices = (MAX_VOXELS / (i * j).max(1)).clamp(1, SLICES);
        for k in (0..n).step_by(slices) {
            let slab = IndexBox { start: [0, 0, k], end: [i, j, n.min(k + slices)] };
            match (self.copied)(slab) {
                Voxels::U8(voxels) => self.add(&voxels, k, sink),
                Voxels::I8(voxels) => self.add(&voxels, k, sink),
                Voxels::U16(voxels) => self.add(&voxels, k, sink),
                Voxels::I16(voxels) => self.add(&voxels, k, sink),
                Voxels::U32(voxels) => self.add(&voxels, k, sink),
                Voxels::I32(voxels) => self.add(&voxels, k, sink),
                Voxels::U64(voxels) => self.add(&voxels, k, sink),
                Voxels::I64(voxels) => self.add(&voxels, k, sink),
                Voxels::F32(voxels) => self.add(&voxels, k, sink),
                Voxels::F64(voxels) => self.add(&voxels, k, sink),
            }
        }
    }

    /// Streams slices from `k` on.
    fn add<T: Voxel>(&self, slab: &Array3<T>, k: usize, sink: &mut impl Sink) {
        let skips_zeros = sink.skips_zeros();
        each_row(&slab.view(), |j, n, row| {
            each_stretch(row, |at, value| {
                let value = self.scaling.apply(value.value());
                if value != 0.0 || !skips_zeros {
                    sink.add([at.start, j, k + n], at.len(), value);
                }
            });
        });
    }
}

/// Copies voxels to where i is fastest, row by row.
fn copy_rows<T: Voxel>(from: &ArrayView3<'_, T>, to: &mut [T]) {
    let [i, j, _] = from.dim().into();
    each_row(from, |at_j, at_k, row| {
        let start = (at_k * j + at_j) * i;
        to[start..start + i].copy_from_slice(row);
    });
}

/// Copies voxels to where i is fastest, a column along k at a time, as they lie where k is.
fn copy_columns<T: Voxel>(from: &ArrayView3<'_, T>, to: &mut [T]) {
    let [i, j, _] = from.dim().into();
    for (at_i, plane) in from.axis_iter(Axis(0)).enumerate() {
        for (at_j, column) in plane.axis_iter(Axis(0)).enumerate() {
            let to = to[at_j * i + at_i..].iter_mut().step_by(i * j);
            to.zip(column).for_each(|(to, from)| *to = *from);
        }
    }
}

impl PartialEq for ArrayImage {
    /// Whether both are the same image, and not only equal ones.
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.copied, &other.copied) && self.grid == other.grid && self.scaling == other.scaling
    }
}

impl Eq for ArrayImage {}

impl fmt::Debug for ArrayImage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArrayImage")
            .field("name", &self.name)
            .field("grid", &self.grid)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageReader, Labels, MaskReader, Roi, dicom::SegmentChoice};

    fn array() -> Array3<u8> {
        Array3::from_shape_fn((9, 5, 4), |(i, j, k)| u8::try_from((i / 3 + j + k) % 3).unwrap())
    }

    #[test]
    fn a_mask_in_memory_is_that_of_its_array() {
        let image = ArrayImage::new("cord", array(), Affine::identity()).unwrap();
        let mask = MaskReader::Image(ImageReader::Array(Box::new(image)));
        let (all, two) = (SegmentChoice::All, SegmentChoice::Numbers(vec![2]));
        let found = mask.read(&[&all, &two], true, &[]).unwrap();
        let region = |labels| Roi::from_array(array().view(), Affine::identity(), &labels).unwrap();
        for (found, labels) in found.regions.into_iter().zip([Labels::NonZero, Labels::Only(vec![2])]) {
            assert!(found.unwrap().0.voxels().eq(region(labels).voxels()));
        }
        let (map, _) = found.labels.unwrap().unwrap();
        assert_eq!(map.labels().map(|(label, _)| label).collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn the_order_in_memory_changes_nothing() {
        let shape = (5, 3, 2 * SLICES + 3);
        let by = |(i, j, k): (usize, usize, usize)| u8::try_from((i / 2 + j + k) % 3).unwrap();
        let orders = [Array3::from_shape_fn(shape, by), Array3::from_shape_fn(shape.f(), by)];
        let [last, first] = orders.map(|array| ArrayImage::new("t1", array, Affine::identity()).unwrap());
        let block = IndexBox { start: [1, 0, 3], end: [5, 2, 2 * SLICES + 2] };
        let (a, b) = (last.read_block(block).unwrap(), first.read_block(block).unwrap());
        assert_eq!(a.voxels(), b.voxels());
        let Voxels::U8(voxels) = a.voxels() else { panic!("another type") };
        assert!(voxels.t().is_standard_layout() && voxels[[0, 1, 2]] == by((1, 1, 5)));
        let region = |image| {
            let mask = MaskReader::Image(ImageReader::Array(Box::new(image)));
            let found = mask.read(&[&SegmentChoice::All], false, &[]).unwrap();
            found.regions.into_iter().next().unwrap().unwrap().0
        };
        let (a, b) = (region(last), region(first));
        assert!(a.voxels().eq(b.voxels()) && a.voxels().all(|[i, j, k]| by((i, j, k)) > 0));
        let inside = Array3::from_shape_fn(shape, by).iter().filter(|value| **value > 0).count();
        assert_eq!(a.len(), inside);
    }

    #[test]
    fn signal_is_scaled_and_a_box_of_another_shape_refused() {
        let scaling = Scaling { slope: 2.0, intercept: -1.0 };
        let image = ArrayImage::new("t1", array(), Affine::identity()).unwrap().with_scaling(scaling);
        let whole = image.read_block(IndexBox::whole([9, 5, 4])).unwrap();
        assert_eq!(whole.signal([8, 0, 0]), Some(3.0));
        let grid = *image.grid();
        let wrong = ArrayImage::of_boxes("t1", grid, |_| Voxels::U8(Array3::zeros((1, 1, 1))));
        assert!(wrong.read_block(IndexBox::whole([9, 5, 4])).is_err());
        assert!(wrong != image && image == image.clone());
    }
}
