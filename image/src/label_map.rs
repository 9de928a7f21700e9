//! A label map as sparse runs with their labels, on the map's own grid.

use std::collections::BTreeMap;

use ndarray::ArrayView3;

use crate::{
    error::{Detail, ErrorKind, Result},
    grid::{Affine, Grid},
    roi::INTEGER_TOLERANCE,
    stretches::{each_row, each_stretch},
    volume::Voxel,
};

/// Voxels of one label side by side along i: (i.., j, k).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LabelRun {
    pub i: u32,
    pub j: u32,
    pub k: u32,
    pub len: u32,
    pub label: i64,
}

/// The labeled voxels of a map; 0 is background.
///
/// # Shape and units
/// Runs come in memory order, i fastest; the [`Grid`] maps indices to RAS+ millimeters. Labels are
/// whole numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelMap {
    grid: Grid,
    runs: Vec<LabelRun>,
    voxels: BTreeMap<i64, usize>,
}

impl LabelMap {
    /// The label map of an array indexed (i, j, k), with its affine to RAS+ mm.
    ///
    /// # Errors
    /// When a value is not a whole number, every voxel is 0, or the map has no structure to speak of.
    ///
    /// # Example
    /// ```
    /// use hemastage_image::{Affine, label_map::LabelMap};
    /// let affine = Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]])?;
    /// let mut labels = ndarray::Array3::<u8>::zeros((9, 9, 9));
    /// labels[[3, 3, 3]] = 7;
    /// labels[[4, 3, 3]] = 7;
    /// labels[[0, 0, 0]] = 4;
    /// let map = LabelMap::from_array(labels.view(), affine)?;
    /// assert_eq!(map.labels().collect::<Vec<_>>(), [(4, 1), (7, 2)]);
    /// # Ok::<(), hemastage_image::Error>(())
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "views are passed by value, as ndarray does")]
    pub fn from_array<T: Voxel>(labels: ArrayView3<'_, T>, affine: Affine) -> Result<Self> {
        let grid = Grid::new(labels.dim().into(), affine)?;
        let mut builder = LabelMapBuilder::new(grid);
        each_row(&labels, |j, k, row| builder.add_row(j, k, row));
        builder.finish()
    }

    /// The map's grid.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Each label and its number of voxels, by rising label; never 0.
    pub fn labels(&self) -> impl Iterator<Item = (i64, usize)> + '_ {
        self.voxels.iter().map(|(&label, &count)| (label, count))
    }

    pub fn runs(&self) -> &[LabelRun] {
        &self.runs
    }
}

/// Runs that a map may have: 24 bytes each, so that noise read as labels does not fill the memory.
const MAX_RUNS: usize = 1 << 25;

/// Different labels that a map may have.
const MAX_LABELS: usize = 1 << 16;

/// Whole numbers are exact in `f64` up to this.
const MAX_LABEL: f64 = (1_u64 << 53) as f64;

/// Gathers a label map row by row, in memory order, without ever holding the volume.
#[derive(Debug)]
pub struct LabelMapBuilder {
    grid: Grid,
    runs: Vec<LabelRun>,
    voxels: BTreeMap<i64, usize>,
    broken: Option<f64>,
    overfull: bool,
}

impl LabelMapBuilder {
    pub fn new(grid: Grid) -> Self {
        Self { grid, runs: Vec::new(), voxels: BTreeMap::new(), broken: None, overfull: false }
    }

    /// Adds row (j, k): the values along i.
    pub fn add_row<T: Voxel>(&mut self, j: usize, k: usize, row: &[T]) {
        each_stretch(row, |at, value| self.add([at.start, j, k], at.len(), value.value()));
    }

    /// Adds `len` voxels along i from a place on, which share a value; places rise in memory order.
    pub fn add(&mut self, [i, j, k]: [usize; 3], len: usize, value: f64) {
        let whole = value.round();
        let is_label = (value - whole).abs() <= INTEGER_TOLERANCE && value.abs() < MAX_LABEL;
        if !is_label {
            self.broken.get_or_insert(value);
            return;
        }
        if whole == 0.0 || self.overfull {
            return;
        }
        let run = LabelRun { i: i as u32, j: j as u32, k: k as u32, len: len as u32, label: whole as i64 };
        *self.voxels.entry(run.label).or_insert(0) += len;
        match self.runs.last_mut() {
            Some(last)
                if (last.i + last.len, last.j, last.k, last.label) == (run.i, run.j, run.k, run.label) =>
            {
                last.len += run.len;
            }
            _ => self.runs.push(run),
        }
        if self.runs.len() > MAX_RUNS || self.voxels.len() > MAX_LABELS {
            self.overfull = true;
            self.runs = Vec::new();
        }
    }

    pub fn finish(self) -> Result<LabelMap> {
        if let Some(value) = self.broken {
            return Err(LabelMapError::NotInteger { value }.into());
        }
        if self.overfull {
            return Err(LabelMapError::TooLarge.into());
        }
        if self.runs.is_empty() {
            return Err(LabelMapError::Empty.into());
        }
        Ok(LabelMap { grid: self.grid, runs: self.runs, voxels: self.voxels })
    }
}

#[derive(Debug, thiserror::Error)]
enum LabelMapError {
    #[error(
        "the label map holds a value that is not a whole number (found {value}): expected labels, so give the map before any interpolation"
    )]
    NotInteger { value: f64 },
    #[error("the label map is empty: found no voxel that is not 0, expected labeled vertebrae")]
    Empty,
    #[error(
        "the label map has more than {MAX_RUNS} stretches of equal voxels or {MAX_LABELS} labels: expected few labels in large parts, so check that the file is a label map"
    )]
    TooLarge,
}

impl Detail for LabelMapError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotInteger { .. } | Self::Empty => ErrorKind::Malformed,
            Self::TooLarge => ErrorKind::Limit,
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array3;

    use super::*;

    fn unit() -> Affine {
        Affine::new([[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]]).unwrap()
    }

    #[test]
    fn runs_hold_what_the_array_holds() {
        let array = Array3::from_shape_fn((7, 6, 5), |(i, j, k)| ((i + j * 13 + k * 29) / 2 % 4) as i16 - 1);
        let map = LabelMap::from_array(array.view(), unit()).unwrap();
        let mut back = Array3::<i16>::zeros(array.dim());
        for run in map.runs() {
            for i in run.i..run.i + run.len {
                back[[i as usize, run.j as usize, run.k as usize]] = run.label as i16;
            }
        }
        assert_eq!(back, array);
        for (label, count) in map.labels() {
            assert_eq!(count, array.iter().filter(|&&v| i64::from(v) == label).count());
        }
        assert_eq!(map.labels().map(|(label, _)| label).collect::<Vec<_>>(), [-1, 1, 2]);
    }

    #[test]
    fn refuses_what_is_no_label_map() {
        let error = |value: f32| {
            LabelMap::from_array(Array3::from_elem((2, 2, 2), value).view(), unit()).unwrap_err().to_string()
        };
        assert!(error(0.0).contains("is empty"));
        assert!(error(0.4).contains("found 0.4"));
        assert!(error(f32::NAN).contains("NaN"));
        assert!(LabelMap::from_array(Array3::from_elem((2, 2, 2), 3.0004_f32).view(), unit()).is_ok());
    }
}
