//! Blocks of an image: voxels in their stored number type, with the grid and scaling of the image.

use ndarray::{Array3, AxisDescription, Slice, Zip};

use crate::{
    error::{Detail, ErrorKind, Result},
    grid::{Affine, Grid, IndexBox},
};

mod sealed {
    pub trait Sealed {}
}

/// A number type that voxels can be stored in.
pub trait Voxel: sealed::Sealed + Copy + PartialEq + Send + Sync + 'static {
    /// The value as `f64`.
    fn value(self) -> f64;
    #[doc(hidden)]
    fn wrap(array: Array3<Self>) -> Voxels;
}

macro_rules! voxel_types {
    ($($variant:ident $type:ty),+) => {
        /// A box of voxels in their stored type, indexed (i, j, k).
        #[derive(Debug, Clone, PartialEq)]
        pub enum Voxels {
            $(#[doc = concat!("`", stringify!($type), "` voxels.")] $variant(Array3<$type>)),+
        }

        impl Voxels {
            /// Number of voxels along i, j, k.
            pub fn shape(&self) -> [usize; 3] {
                match self { $(Self::$variant(a) => a.dim().into()),+ }
            }

            /// How many voxels of a box, indexed from the start of these, have a value that meets a condition.
            fn count(&self, [start, end]: [[usize; 3]; 2], is_met: impl Fn(f64) -> bool) -> usize {
                let along = |axis: AxisDescription| Slice::from(start[axis.axis.0]..end[axis.axis.0]);
                match self {
                    $(Self::$variant(a) => {
                        // in the order of memory, whatever the axes' is
                        Zip::from(a.slice_each_axis(along)).fold(0, |n, v| n + usize::from(is_met(v.value())))
                    }),+
                }
            }

            /// Whether at least `n` voxels of a box do. Looks at no more of them than it takes.
            fn has(&self, [start, end]: [[usize; 3]; 2], n: usize, is_met: impl Fn(f64) -> bool) -> bool {
                let along = |axis: AxisDescription| Slice::from(start[axis.axis.0]..end[axis.axis.0]);
                match self {
                    $(Self::$variant(a) => {
                        a.slice_each_axis(along).iter().filter(|v| is_met(v.value())).take(n).count() == n
                    }),+
                }
            }

            /// The stored value of a voxel.
            pub fn value(&self, index: [usize; 3]) -> Option<f64> {
                match self { $(Self::$variant(a) => a.get(index).map(|v| v.value())),+ }
            }
        }

        $(
            impl sealed::Sealed for $type {}
            impl Voxel for $type {
                #[expect(clippy::allow_attributes, reason = "one line for ten types")]
                #[allow(clippy::cast_lossless, trivial_numeric_casts, reason = "lossless for some of the ten types only")]
                #[inline]
                fn value(self) -> f64 { self as f64 }
                fn wrap(array: Array3<Self>) -> Voxels { Voxels::$variant(array) }
            }
        )+
    };
}

voxel_types!(U8 u8, I8 i8, U16 u16, I16 i16, U32 u32, I32 i32, U64 u64, I64 i64, F32 f32, F64 f64);

/// The linear map from stored values to signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaling {
    /// Factor.
    pub slope: f64,
    /// Added after the factor.
    pub intercept: f64,
}

impl Scaling {
    /// The identity.
    pub const NONE: Self = Self { slope: 1.0, intercept: 0.0 };

    /// The signal of a stored value.
    #[inline]
    pub fn apply(self, stored: f64) -> f64 {
        stored * self.slope + self.intercept
    }
}

/// An image, or a block of one.
///
/// # Shape and units
/// The grid is that of the whole image; the voxels cover a block of it. Signal is in the scanner's arbitrary unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Volume {
    grid: Grid,
    block: IndexBox,
    voxels: Voxels,
    scaling: Scaling,
}

impl Volume {
    /// A whole image from an array indexed (i, j, k), which is not copied, and its affine to RAS+ mm.
    ///
    /// # Errors
    /// When an axis is empty.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, Volume};
    /// let affine = Affine::from_spacing([0.5, 0.5, 4.0])?;
    /// let volume = Volume::from_array(ndarray::Array3::<i16>::zeros((64, 64, 9)), affine)?;
    /// assert_eq!(volume.grid().spacing_mm(), [0.5, 0.5, 4.0]);
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    pub fn from_array<T: Voxel>(array: Array3<T>, affine: Affine) -> Result<Self> {
        let grid = Grid::new(array.dim().into(), affine)?;
        Ok(Self {
            grid,
            block: IndexBox::whole(grid.shape()),
            voxels: T::wrap(array),
            scaling: Scaling::NONE,
        })
    }

    /// A block of an image with this grid.
    ///
    /// # Errors
    /// `Parameter` when the voxels do not have the block's shape, the block ends before it starts or beyond the grid, or
    /// the scaling is not finite.
    pub fn from_block(grid: Grid, block: IndexBox, voxels: Voxels, scaling: Scaling) -> Result<Self> {
        if voxels.shape() != block.shape() || !grid.has_block(&block) {
            return Err(BlockError::Shape { found: voxels.shape(), block, grid: grid.shape() }.into());
        }
        if !(scaling.slope.is_finite() && scaling.intercept.is_finite()) {
            return Err(BlockError::Scaling(scaling).into());
        }
        Ok(Self { grid, block, voxels, scaling })
    }

    /// The image moved by a distance in RAS mm; its voxels are copied.
    ///
    /// # Errors
    /// When it cannot be placed there, as the distance is not finite.
    pub fn moved(&self, by_mm: [f64; 3]) -> Result<Self> {
        let mut matrix = *self.grid.affine().matrix();
        (0..3).for_each(|axis| matrix[axis][3] += by_mm[axis]);
        Ok(Self { grid: Grid::new(self.grid.shape(), Affine::new(matrix)?)?, ..self.clone() })
    }

    /// The whole image's grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// The part of the grid that the voxels cover.
    pub fn block(&self) -> &IndexBox {
        &self.block
    }

    /// The stored values, indexed from the start of the block.
    pub fn voxels(&self) -> &Voxels {
        &self.voxels
    }

    /// The map from stored values to signal.
    pub fn scaling(&self) -> Scaling {
        self.scaling
    }

    /// The share of the voxels of a box, as far as it is covered, whose signal is below 0.
    pub fn share_below_0(&self, block: &IndexBox) -> f64 {
        let Some((ends, voxels)) = self.covered(block) else { return 0.0 };
        let below = self.voxels.count(ends, |v| self.scaling.apply(v) < 0.0);
        below as f64 / voxels as f64
    }

    /// Whether at least this share of the voxels of a box, as far as it is covered, have a signal below a limit; true where
    /// none is covered. Looks at no more voxels than it takes.
    pub fn reaches_below(&self, limit: f64, block: &IndexBox, share: f64) -> bool {
        let Some((ends, voxels)) = self.covered(block) else { return true };
        let enough = (share * voxels as f64).ceil().max(1.0) as usize;
        self.voxels.has(ends, enough, |v| self.scaling.apply(v) < limit)
    }

    /// The ends of the part of a box that is covered, from the start of the voxels, and its number of voxels.
    fn covered(&self, block: &IndexBox) -> Option<([[usize; 3]; 2], usize)> {
        let of_block = &self.block;
        let start: [usize; 3] = std::array::from_fn(|a| block.start[a].max(of_block.start[a]));
        let end: [usize; 3] = std::array::from_fn(|a| block.end[a].min(of_block.end[a]));
        let local = |index: [usize; 3]| std::array::from_fn(|a| index[a] - of_block.start[a]);
        let is_empty = (0..3).any(|a| start[a] >= end[a]);
        (!is_empty).then(|| ([start, end].map(local), IndexBox { start, end }.voxels()))
    }

    /// The signal at a voxel of the whole grid; `None` outside the block.
    pub fn signal(&self, index: [usize; 3]) -> Option<f64> {
        if !self.block.contains(index) {
            return None;
        }
        let local = std::array::from_fn(|a| index[a] - self.block.start[a]);
        self.voxels.value(local).map(|v| self.scaling.apply(v))
    }
}

#[derive(Debug, thiserror::Error)]
enum BlockError {
    #[error(
        "a block of {found:?} voxels was given for the indices {:?} to {:?} of a grid of {grid:?}: expected one voxel per index, within the grid",
        .block.start, .block.end
    )]
    Shape { found: [usize; 3], block: IndexBox, grid: [usize; 3] },
    #[error("the scaling is {} times the stored value plus {}: expected finite numbers", .0.slope, .0.intercept)]
    Scaling(Scaling),
}

impl Detail for BlockError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_indexed_as_the_whole_grid() {
        let grid = Grid::new([5, 5, 5], Affine::identity()).unwrap();
        let block = IndexBox { start: [1, 2, 3], end: [3, 4, 5] };
        let array = Array3::from_shape_fn((2, 2, 2), |(i, j, k)| (i + 10 * j + 100 * k) as i16);
        let scaling = Scaling { slope: 2.0, intercept: 1.0 };
        let volume = Volume::from_block(grid, block, i16::wrap(array.clone()), scaling).unwrap();
        assert_eq!(volume.signal([2, 3, 4]), Some(2.0 * 111.0 + 1.0));
        assert_eq!(volume.signal([0, 2, 3]), None);
        let lowered = Scaling { slope: 1.0, intercept: -11.0 };
        let negative = Volume::from_block(grid, block, i16::wrap(array.clone()), lowered).unwrap();
        assert_eq!(negative.share_below_0(&IndexBox::whole([5; 3])), 3.0 / 8.0, "0, 1 and 10 of 8 voxels");
        assert_eq!(negative.share_below_0(&IndexBox { start: [2, 2, 0], end: [5, 3, 4] }), 1.0);
        assert_eq!(negative.share_below_0(&IndexBox { start: [0; 3], end: [1; 3] }), 0.0);
        let whole = IndexBox::whole([5; 3]);
        for (limit, share, expected) in
            [(0.0, 0.375, true), (0.0, 0.376, false), (-11.0, 0.0, false), (-10.9, 0.0, true)]
        {
            assert_eq!(negative.reaches_below(limit, &whole, share), expected, "{limit} {share}");
        }
        assert!(negative.reaches_below(0.0, &IndexBox { start: [0; 3], end: [1; 3] }, 0.1), "not covered");
        let wrong = IndexBox { start: [4, 4, 4], end: [6, 6, 6] };
        assert!(Volume::from_block(grid, wrong, i16::wrap(array.clone()), Scaling::NONE).is_err());
        let reversed = IndexBox { start: [4, 4, 4], end: [1, 1, 1] };
        let error = Volume::from_block(grid, reversed, u8::wrap(Array3::zeros((0, 0, 0))), Scaling::NONE);
        assert!(error.unwrap_err().to_string().starts_with("a block of [0, 0, 0] voxels was given for"));
        let scaling = Scaling { slope: f64::NAN, intercept: 0.0 };
        let error = Volume::from_block(grid, block, i16::wrap(array), scaling).unwrap_err().to_string();
        assert!(error.starts_with("the scaling is NaN times the stored value"), "{error}");
    }
}
