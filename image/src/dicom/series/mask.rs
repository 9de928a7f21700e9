//! Masks and label maps stored as a series, streamed slice by slice.

use std::collections::BTreeMap;

use super::{
    super::pixels::{Pixel, StoredType},
    DicomSeries,
    error::SeriesError,
    read::OpenFrames,
};
use crate::{
    error::Result,
    label_map::{LabelMap, LabelMapBuilder},
    roi::{Labels, Roi, RoiBuilder},
    sink::{LabelCounter, Sink},
    stretches::each_stretch,
};

impl DicomSeries {
    /// Reads the region with these labels.
    ///
    /// # Errors
    /// As [`DicomSeries::read_block`], and when a value is not a whole number or the region is empty.
    pub fn read_roi(&self, labels: &Labels) -> Result<Roi> {
        let read = || {
            let mut builder = RoiBuilder::new(self.grid, labels.clone());
            self.stream(&mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// Reads all labels.
    ///
    /// # Errors
    /// As [`DicomSeries::read_block`], and when a value is not a whole number or every voxel is 0.
    pub fn read_labels(&self) -> Result<LabelMap> {
        let read = || {
            let mut builder = LabelMapBuilder::new(self.grid);
            self.stream(&mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// Counts the voxels of each label but 0; `None` when a value is not a whole number or there are more than
    /// `max_labels`, as in an image.
    ///
    /// # Errors
    /// As [`DicomSeries::read_block`].
    pub fn count_labels(&self, max_labels: usize) -> Result<Option<BTreeMap<i64, usize>>> {
        let mut counter = LabelCounter::new(max_labels);
        self.stream(&mut counter).map_err(|error| error.at(self.name()))?;
        Ok(counter.finish())
    }

    /// Streams all voxels.
    pub(crate) fn stream(&self, sink: &mut impl Sink) -> Result<()> {
        if self.frames.iter().any(|frame| self.format(frame).monochrome1) {
            return Err(SeriesError::InvertedMask.into());
        }
        let mut frames = OpenFrames::of(self);
        for k in 0..self.frames.len() {
            match self.format(&self.frames[k]).stored_type() {
                StoredType::U8 => self.stream_as::<u8>(&mut frames, k, sink)?,
                StoredType::I8 => self.stream_as::<i8>(&mut frames, k, sink)?,
                StoredType::U16 => self.stream_as::<u16>(&mut frames, k, sink)?,
                StoredType::I16 => self.stream_as::<i16>(&mut frames, k, sink)?,
                StoredType::U32 => self.stream_as::<u32>(&mut frames, k, sink)?,
                StoredType::I32 => self.stream_as::<i32>(&mut frames, k, sink)?,
            }
        }
        Ok(())
    }

    /// Streams the voxels of one slice. Padding is background.
    fn stream_as<T: Pixel>(&self, frames: &mut OpenFrames<'_>, k: usize, sink: &mut impl Sink) -> Result<()> {
        let (frame, columns) = (&self.frames[k], self.grid.shape()[0]);
        let mut stored: Vec<T> = Vec::new();
        frames.reader(frame)?.read(frame.index, &mut stored)?;
        let skip = frame.scaling.intercept == 0.0 && sink.skips_zeros();
        for (j, row) in stored.chunks_exact(columns).enumerate() {
            if skip && row.iter().all(|stored| stored.value() == 0.0) {
                continue;
            }
            each_stretch(row, |at, stored| {
                let is_padding = self.is_padding(frame, stored);
                let value = if is_padding { 0.0 } else { frame.scaling.apply(stored.value()) };
                sink.add([at.start, j, k], at.len(), value);
            });
        }
        Ok(())
    }
}
