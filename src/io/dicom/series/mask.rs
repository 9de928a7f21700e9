//! A mask stored as a series: streamed slice by slice, into runs or into counts.

use std::collections::BTreeMap;

use super::{
    super::pixels::{Pixel, StoredType},
    DicomSeries,
    error::SeriesError,
    read::Slices,
};
use crate::{
    error::Result,
    io::rows::{LabelCounter, Rows},
    label_map::{LabelMap, LabelMapBuilder},
    roi::{Labels, Roi, RoiBuilder},
};

impl DicomSeries {
    /// Reads the region that the labels choose.
    ///
    /// # Errors
    /// As [`DicomSeries::read_block`], and when a value is not a whole number or the region is empty.
    pub fn read_roi(&self, labels: &Labels) -> Result<Roi> {
        let read = || {
            let mut builder = RoiBuilder::new(self.grid, labels.clone());
            self.stream_rows(&mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// Reads every label.
    ///
    /// # Errors
    /// As [`DicomSeries::read_block`], and when a value is not a whole number or every voxel is 0.
    pub fn read_labels(&self) -> Result<LabelMap> {
        let read = || {
            let mut builder = LabelMapBuilder::new(self.grid);
            self.stream_rows(&mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// Counts the voxels of each value but 0; none when a value is not a whole number or there are more
    /// than `most` values, as in an image.
    ///
    /// # Errors
    /// As [`DicomSeries::read_block`].
    pub fn count_labels(&self, most: usize) -> Result<Option<BTreeMap<i64, usize>>> {
        let mut counter = LabelCounter::new(most);
        self.stream_rows(&mut counter).map_err(|error| error.at(self.name()))?;
        Ok(counter.finish())
    }

    fn stream_rows(&self, rows: &mut impl Rows) -> Result<()> {
        if self.format().monochrome1 {
            return Err(SeriesError::InvertedMask.into());
        }
        match self.format().stored_type() {
            StoredType::U8 => self.stream::<u8>(rows),
            StoredType::I8 => self.stream::<i8>(rows),
            StoredType::U16 => self.stream::<u16>(rows),
            StoredType::I16 => self.stream::<i16>(rows),
            StoredType::U32 => self.stream::<u32>(rows),
            StoredType::I32 => self.stream::<i32>(rows),
        }
    }

    /// Hands out all rows in memory order; padding is background.
    fn stream<T: Pixel>(&self, rows: &mut impl Rows) -> Result<()> {
        let columns = self.grid.shape()[0];
        let mut slices = Slices::of(self);
        let mut stored: Vec<T> = Vec::new();
        for (k, frame) in self.frames.iter().enumerate() {
            slices.reader(frame)?.read(frame.index, &mut stored)?;
            let skip = frame.scaling.intercept == 0.0 && rows.skips_zeros();
            for (j, row) in stored.chunks_exact(columns).enumerate() {
                if skip && row.iter().all(|stored| stored.value() == 0.0) {
                    continue;
                }
                let value = |&stored: &T| {
                    if self.is_padding(frame, stored) { 0.0 } else { frame.scaling.apply(stored.value()) }
                };
                rows.row(j, k, row.iter().map(value));
            }
        }
        Ok(())
    }
}
