//! A mask file streamed row by row, into runs or into counts; its volume is never held.

use std::collections::BTreeMap;

use super::{
    super::rows::{LabelCounter, Rows},
    Datatype, NiftiFile,
};
use crate::{
    error::Result,
    grid::IndexBox,
    roi::{Labels, Roi, RoiBuilder},
};

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
        let mut counter = LabelCounter::new(most);
        self.stream_values(volume, &mut counter).map_err(|error| error.at(self.name()))?;
        Ok(counter.finish())
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
