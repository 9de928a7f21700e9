//! A label map file streamed into labelled runs; its volume is never held.

use super::{Datatype, NiftiFile};
use crate::{
    error::Result,
    grid::IndexBox,
    label_map::{LabelMap, LabelMapBuilder},
};

impl NiftiFile {
    /// Reads every label of one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or every voxel is 0.
    pub fn read_labels(&self, volume: usize) -> Result<LabelMap> {
        self.rows_to_labels(volume).map_err(|error| error.at(self.name()))
    }

    fn rows_to_labels(&self, volume: usize) -> Result<LabelMap> {
        let [ni, nj, _] = self.grid.shape();
        let mut builder = LabelMapBuilder::new(self.grid);
        let mut row = 0;
        let row_bytes = ni * self.datatype.bytes();
        let zero_is_background = self.scaling.intercept == 0.0;
        self.stream_rows(volume, IndexBox::whole(self.grid.shape()), &mut |bytes| {
            for stored in bytes.chunks_exact(row_bytes) {
                if !(zero_is_background && stored.iter().all(|&b| b == 0)) {
                    self.add_labels(&mut builder, row % nj, row / nj, stored);
                }
                row += 1;
            }
        })?;
        builder.finish()
    }

    fn add_labels(&self, builder: &mut LabelMapBuilder, j: usize, k: usize, bytes: &[u8]) {
        macro_rules! row {
            ($type:ty) => {{
                let values = self.decode(bytes, <$type>::from_le_bytes);
                builder.row(j, k, values.map(|v| self.scaling.apply(v as f64)));
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
