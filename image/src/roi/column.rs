//! One value per voxel of a region.

use std::{
    ops::{Deref, Range},
    sync::Arc,
};

use ndarray::Array3;
use rayon::prelude::*;

use super::{Roi, fill::MIN_PIECE_VOXELS};
use crate::error::{Detail, ErrorKind, Result};

/// One value per voxel of a region, in memory order, with the region that it belongs to.
///
/// It reads as a slice. What takes two columns refuses those of different regions, by [`Roi::check_same`].
///
/// # Example
/// ```
/// use hemastage_image::{Affine, Labels, Roi, roi::Column};
/// let affine = Affine::identity();
/// let roi = Roi::from_array(ndarray::Array3::<u8>::ones((2, 1, 1)).view(), affine, &Labels::NonZero)?;
/// let column = Column::new(&roi, vec![0.5, 1.5])?;
/// assert_eq!(column[1], 1.5);
/// assert!(Column::new(&roi, vec![0.5]).is_err(), "a value is missing");
/// # Ok::<(), hemastage_image::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Column<T> {
    roi: Roi,
    values: Vec<T>,
}

impl<T> Column<T> {
    /// A column of values in the region's memory order.
    ///
    /// # Errors
    /// `Parameter` when there is not one value per voxel.
    pub fn new(roi: &Roi, values: Vec<T>) -> Result<Self> {
        if values.len() != roi.len() {
            return Err(ColumnError::Length { found: values.len(), expected: roi.len() }.into());
        }
        Ok(Self { roi: roi.clone(), values })
    }

    /// The region that the values belong to.
    pub fn roi(&self) -> &Roi {
        &self.roi
    }

    /// The values alone.
    pub fn into_values(self) -> Vec<T> {
        self.values
    }

    /// A column of the same region with each value made into another.
    pub fn map<U>(&self, to: impl FnMut(&T) -> U) -> Column<U> {
        Column { roi: self.roi.clone(), values: self.values.iter().map(to).collect() }
    }

    /// The same for a column that is given away.
    pub fn map_into<U>(self, to: impl FnMut(T) -> U) -> Column<U> {
        Column { roi: self.roi, values: self.values.into_iter().map(to).collect() }
    }

    /// A column of each value and that of another column at the same voxel made into one.
    ///
    /// # Errors
    /// `Parameter` when the other column is of another region.
    pub fn zip_map<U, V>(&self, other: &Column<U>, mut to: impl FnMut(&T, &U) -> V) -> Result<Column<V>> {
        self.roi.check_same(&other.roi, "values")?;
        let values = self.values.iter().zip(&other.values).map(|(a, b)| to(a, b)).collect();
        Ok(Column { roi: self.roi.clone(), values })
    }

    /// The same in parallel, with the position of each value.
    pub fn par_map<U: Send>(&self, to: impl Fn(usize, &T) -> U + Sync + Send) -> Column<U>
    where
        T: Sync,
    {
        let values = self.values.par_iter().with_min_len(MIN_PIECE_VOXELS).enumerate();
        Column { roi: self.roi.clone(), values: values.map(|(n, value)| to(n, value)).collect() }
    }

    /// The values as an array indexed (i, j, k) in the shape of the region's grid, with a value elsewhere.
    pub fn to_array(&self, elsewhere: T) -> Array3<T>
    where
        T: Clone,
    {
        let mut array = Array3::from_elem(self.roi.grid().shape(), elsewhere);
        for (voxel, value) in self.roi.voxels().zip(&self.values) {
            array[voxel] = value.clone();
        }
        array
    }
}

impl<T> Deref for Column<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.values
    }
}

impl PartialEq for Roi {
    /// As [`Roi::is_same`]; the labels that a region was made of do not count.
    fn eq(&self, other: &Self) -> bool {
        self.is_same(other)
    }
}

impl Roi {
    /// A column filled as by [`Roi::filled`].
    pub fn column<T: Copy + Default + Send>(
        &self,
        fill: impl Fn(Range<usize>, &mut [T]) + Sync,
    ) -> Column<T> {
        Column { roi: self.clone(), values: self.filled(fill) }
    }

    /// Whether another region holds the same voxels of the same grid.
    pub fn is_same(&self, other: &Self) -> bool {
        let same_runs = || Arc::ptr_eq(&self.runs, &other.runs) || self.runs == other.runs;
        self.len == other.len && self.grid == other.grid && same_runs()
    }

    /// Refuses what does not hold the same voxels of the same grid.
    ///
    /// # Errors
    /// `Parameter`, with what the other region is of.
    pub fn check_same(&self, other: &Self, what: &'static str) -> Result<()> {
        if self.is_same(other) {
            return Ok(());
        }
        Err(ColumnError::Region { what, found: other.len(), expected: self.len() }.into())
    }
}

#[derive(Debug, thiserror::Error)]
enum ColumnError {
    #[error("a column has {found} values for a region of {expected} voxels: expected one per voxel")]
    Length { found: usize, expected: usize },
    #[error(
        "{what} of another region were given (one of {found} voxels, expected the one of {expected}): compute them for this region"
    )]
    Region { what: &'static str, found: usize, expected: usize },
}

impl Detail for ColumnError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Affine, Labels};

    fn roi(mask: &Array3<u8>) -> Roi {
        Roi::from_array(mask.view(), Affine::identity(), &Labels::NonZero).unwrap()
    }

    #[test]
    fn a_column_has_one_value_per_voxel() {
        let roi = roi(&Array3::ones((2, 2, 1)));
        for len in [0, 3, 5] {
            let error = Column::new(&roi, vec![1.0; len]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            let expected = format!("a column has {len} values for a region of 4 voxels");
            assert!(error.to_string().starts_with(&expected), "{error}");
        }
        assert_eq!(Column::new(&roi, vec![1, 2, 3, 4]).unwrap().map(|v| v * 2)[3], 8);
    }

    #[test]
    fn regions_are_the_same_by_their_voxels() {
        let mut mask = Array3::<u8>::zeros((4, 4, 4));
        mask[[1, 2, 3]] = 1;
        let one = roi(&mask);
        assert!(one.is_same(&roi(&mask)) && one.check_same(&one.clone(), "a column").is_ok());
        mask.swap([1, 2, 3], [3, 2, 1]);
        let error = one.check_same(&roi(&mask), "ratios").unwrap_err().to_string();
        assert!(error.starts_with("ratios of another region were given (one of 1 voxels"), "{error}");

        let column = |roi: &Roi, value: u8| Column::new(roi, vec![value]).unwrap();
        let sum = |other: &Roi| column(&one, 2).zip_map(&column(other, 3), |a, b| a + b);
        assert_eq!(sum(&one).unwrap().into_values(), [5]);
        assert_eq!(sum(&roi(&mask)).unwrap_err().kind(), ErrorKind::Parameter);
    }

    #[test]
    fn an_array_holds_the_values_where_the_region_is() {
        let mut mask = Array3::<u8>::zeros((3, 3, 3));
        (mask[[2, 0, 1]], mask[[0, 1, 2]]) = (1, 1);
        let array = Column::new(&roi(&mask), vec![5, 7]).unwrap().to_array(-1);
        assert_eq!(
            (array[[2, 0, 1]], array[[0, 1, 2]], array.iter().filter(|&&v| v == -1).count()),
            (5, 7, 25)
        );
    }
}
