//! A mask file streamed row by row, into runs or into counts; its volume is never held.

use std::collections::BTreeMap;

use super::{Datatype, NiftiFile};
use crate::{
    error::Result,
    grid::IndexBox,
    roi::{INTEGER_TOLERANCE, Labels, Roi, RoiBuilder},
};

/// What takes in the scaled values of a mask, a row along i at a time.
pub(super) trait Rows {
    fn row(&mut self, j: usize, k: usize, values: impl Iterator<Item = f64>);

    /// Whether rows of zeros say nothing to it.
    fn skips_zeros(&self) -> bool;
}

impl NiftiFile {
    /// Reads the region that the labels choose from one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or the region is empty.
    pub fn read_roi(&self, volume: usize, labels: &Labels) -> Result<Roi> {
        let read = || {
            let mut builder = RoiBuilder::new(self.grid, labels.clone());
            self.stream_values(volume, &mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// Counts the voxels of each value but 0 of one volume; none when a value is not a whole number or
    /// there are more than `most` values, as in an image.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`].
    pub fn count_labels(&self, volume: usize, most: usize) -> Result<Option<BTreeMap<i64, usize>>> {
        let mut counter = Counter { counts: BTreeMap::new(), most, is_mask: true };
        self.stream_values(volume, &mut counter).map_err(|error| error.at(self.name()))?;
        Ok(counter.is_mask.then_some(counter.counts))
    }

    pub(super) fn stream_values(&self, volume: usize, rows: &mut impl Rows) -> Result<()> {
        let [ni, nj, _] = self.grid.shape();
        let row_bytes = ni * self.datatype.bytes();
        let skip = self.scaling.intercept == 0.0 && rows.skips_zeros();
        let mut row = 0;
        self.stream_rows(volume, IndexBox::whole(self.grid.shape()), &mut |bytes| {
            for stored in bytes.chunks_exact(row_bytes) {
                if !(skip && stored.iter().all(|&b| b == 0)) {
                    self.take_row(rows, row % nj, row / nj, stored);
                }
                row += 1;
            }
        })
    }

    fn take_row(&self, rows: &mut impl Rows, j: usize, k: usize, bytes: &[u8]) {
        let scaling = self.scaling;
        macro_rules! row {
            ($type:ty) => {{
                let values = self.decode(bytes, <$type>::from_le_bytes);
                rows.row(j, k, values.map(|v| scaling.apply(v as f64)));
            }};
        }
        #[expect(clippy::cast_lossless, reason = "one macro for ten types")]
        match self.datatype {
            Datatype::U8 => row!(u8),
            Datatype::I8 => row!(i8),
            Datatype::U16 => row!(u16),
            Datatype::I16 => row!(i16),
            Datatype::U32 => row!(u32),
            Datatype::I32 => row!(i32),
            Datatype::U64 => row!(u64),
            Datatype::I64 => row!(i64),
            Datatype::F32 => row!(f32),
            Datatype::F64 => row!(f64),
        }
    }
}

impl Rows for RoiBuilder {
    fn row(&mut self, j: usize, k: usize, values: impl Iterator<Item = f64>) {
        self.add_row(j, k, values);
    }

    fn skips_zeros(&self) -> bool {
        !self.labels().contains(0)
    }
}

/// Counts values until they are not those of a mask.
struct Counter {
    counts: BTreeMap<i64, usize>,
    most: usize,
    is_mask: bool,
}

impl Counter {
    fn add(&mut self, value: f64, voxels: usize) {
        if value == 0.0 || voxels == 0 || !self.is_mask {
            return;
        }
        let label = value.round();
        *self.counts.entry(label as i64).or_default() += voxels;
        let whole = (value - label).abs() <= INTEGER_TOLERANCE && label.abs() < 9e15;
        self.is_mask = whole && self.counts.len() <= self.most;
    }
}

impl Rows for Counter {
    fn row(&mut self, _: usize, _: usize, values: impl Iterator<Item = f64>) {
        if !self.is_mask {
            return;
        }
        // neighbours mostly share a label
        let (mut last, mut run) = (0.0, 0);
        for value in values {
            if value == last {
                run += 1;
            } else {
                self.add(last, run);
                (last, run) = (value, 1);
            }
        }
        self.add(last, run);
    }

    fn skips_zeros(&self) -> bool {
        true
    }
}
