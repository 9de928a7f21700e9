//! Reading masks and label maps as runs; the volume is never held.

use std::collections::BTreeMap;

use super::{file::NiftiFile, header::Datatype};
use crate::{
    error::Result,
    grid::IndexBox,
    label_map::{LabelMap, LabelMapBuilder},
    roi::{Labels, Roi, RoiBuilder},
    sink::{LabelCounter, Sink},
    stretches::each_stretch,
};

impl NiftiFile {
    /// Reads the region with these labels in one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or the region is empty.
    pub fn read_roi(&self, volume: usize, labels: &Labels) -> Result<Roi> {
        let read = || {
            let mut builder = RoiBuilder::new(self.grid, labels.clone());
            self.stream(volume, &mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// Reads all labels of one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or every voxel is 0.
    pub fn read_labels(&self, volume: usize) -> Result<LabelMap> {
        let read = || {
            let mut builder = LabelMapBuilder::new(self.grid);
            self.stream(volume, &mut builder)?;
            builder.finish()
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// Counts the voxels of each label but 0 in one volume; `None` when a value is not a whole number or there are more
    /// than `max_labels`, as in an image.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`].
    pub fn count_labels(&self, volume: usize, max_labels: usize) -> Result<Option<BTreeMap<i64, usize>>> {
        let mut counter = LabelCounter::new(max_labels);
        self.stream(volume, &mut counter).map_err(|error| error.at(self.name()))?;
        Ok(counter.finish())
    }

    /// Streams all voxels of one volume.
    pub(crate) fn stream(&self, volume: usize, sink: &mut impl Sink) -> Result<()> {
        match self.datatype().bytes() {
            1 => self.stream_as::<1>(volume, sink),
            2 => self.stream_as::<2>(volume, sink),
            4 => self.stream_as::<4>(volume, sink),
            _ => self.stream_as::<8>(volume, sink),
        }
    }

    /// Voxels of `N` bytes are compared as stored, and only one of each stretch of equal ones is decoded.
    fn stream_as<const N: usize>(&self, volume: usize, sink: &mut impl Sink) -> Result<()> {
        let [ni, nj, _] = self.grid.shape();
        let skip = self.scaling().intercept == 0.0 && sink.skips_zeros();
        // number of voxels passed
        let mut before = 0;
        // the current row: its first voxel, j and k
        let (mut row, mut j, mut k) = (0, 0, 0);
        // the previous value, as stored and decoded
        let mut last = ([0; N], self.value([0; N]));
        self.stream_rows(volume, IndexBox::whole(self.grid.shape()), |stream, bytes| {
            stream.read_in_place(bytes, N, |bytes| {
                let (voxels, _) = bytes.as_chunks::<N>();
                each_stretch(voxels, |at, stored| {
                    if skip && stored == [0; N] {
                        return;
                    }
                    if stored != last.0 {
                        last = (stored, self.value(stored));
                    }
                    let (mut start, end) = (before + at.start, before + at.end);
                    while start < end {
                        if start >= row + ni {
                            let rows = start / ni;
                            (row, j, k) = (rows * ni, rows % nj, rows / nj);
                        }
                        let part = end.min(row + ni) - start;
                        sink.add([start - row, j, k], part, last.1);
                        start += part;
                    }
                });
                before += voxels.len();
            })
        })
    }

    /// A stored value, decoded and scaled.
    fn value<const N: usize>(&self, mut stored: [u8; N]) -> f64 {
        if self.big_endian() {
            stored.reverse();
        }
        let mut wide = [0; 8];
        wide[..N].copy_from_slice(&stored);
        let [a, b, c, d, ..] = wide;
        let value = match self.datatype() {
            Datatype::U8 => f64::from(a),
            Datatype::I8 => f64::from(a as i8),
            Datatype::U16 => f64::from(u16::from_le_bytes([a, b])),
            Datatype::I16 => f64::from(i16::from_le_bytes([a, b])),
            Datatype::U32 => f64::from(u32::from_le_bytes([a, b, c, d])),
            Datatype::I32 => f64::from(i32::from_le_bytes([a, b, c, d])),
            Datatype::F32 => f64::from(f32::from_le_bytes([a, b, c, d])),
            Datatype::U64 => u64::from_le_bytes(wide) as f64,
            Datatype::I64 => i64::from_le_bytes(wide) as f64,
            Datatype::F64 => f64::from_le_bytes(wide),
        };
        self.scaling().apply(value)
    }
}
