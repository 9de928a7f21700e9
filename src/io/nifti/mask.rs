//! A mask file streamed into runs; its volume is never held.

use super::{Datatype, NiftiFile};
use crate::{
    error::Result,
    grid::IndexBox,
    roi::{Labels, Roi, RoiBuilder},
    volume::Scaling,
};

impl NiftiFile {
    /// Reads the region that the labels choose from one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or the region is empty.
    pub fn read_roi(&self, volume: usize, labels: &Labels) -> Result<Roi> {
        self.rows_to_roi(volume, labels).map_err(|error| error.at(self.name()))
    }

    fn rows_to_roi(&self, volume: usize, labels: &Labels) -> Result<Roi> {
        let [ni, nj, _] = self.grid.shape();
        let mut builder = RoiBuilder::new(self.grid, labels.clone());
        let mut row = 0;
        let row_bytes = ni * self.datatype.bytes();
        // rows of stored zeros are background unless the scaling or the labels say otherwise
        let zero_is_background = self.scaling.intercept == 0.0 && !labels.contains(0);
        self.stream_rows(volume, IndexBox::whole(self.grid.shape()), &mut |bytes| {
            for stored in bytes.chunks_exact(row_bytes) {
                if !(zero_is_background && stored.iter().all(|&b| b == 0)) {
                    self.add_row(&mut builder, row % nj, row / nj, stored);
                }
                row += 1;
            }
        })?;
        builder.finish()
    }

    fn add_row(&self, builder: &mut RoiBuilder, j: usize, k: usize, bytes: &[u8]) {
        let scaling: Scaling = self.scaling;
        macro_rules! row {
            ($type:ty) => {{
                let values = self.decode(bytes, <$type>::from_le_bytes);
                builder.row(j, k, values.map(|v| scaling.apply(v as f64)));
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
