//! A label map file streamed into labeled runs; its volume is never held.

use super::NiftiFile;
use crate::{
    error::Result,
    label_map::{LabelMap, LabelMapBuilder},
};

impl NiftiFile {
    /// Reads every label of one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or every voxel is 0.
    pub fn read_labels(&self, volume: usize) -> Result<LabelMap> {
        let read = || {
            let mut builder = LabelMapBuilder::new(*self.grid());
            self.stream(volume, &mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }
}
