//! Reading masks and label maps as runs; the volume is never held.

use std::collections::BTreeMap;

use super::{datatype::Datatype, voxels::StoredVoxels};
use crate::{
    error::Result,
    grid::IndexBox,
    label_map::{LabelMap, LabelMapBuilder},
    roi::{Labels, Roi, RoiBuilder, label},
    sink::{LabelCounter, Sink},
    stretches::each_stretch,
};

/// Slack on half a step, as a share of the value: slopes are stored in single precision.
const SLACK: f64 = 1e-6;

impl StoredVoxels {
    /// The region with these labels in one volume.
    pub(crate) fn read_roi(&self, volume: usize, labels: &Labels) -> Result<Roi> {
        let mut builder = RoiBuilder::new(self.grid, labels.clone());
        self.stream(volume, &mut builder)?;
        builder.finish()
    }

    /// All labels of one volume.
    pub(crate) fn read_labels(&self, volume: usize) -> Result<LabelMap> {
        let mut builder = LabelMapBuilder::new(self.grid);
        self.stream(volume, &mut builder)?;
        builder.finish()
    }

    /// The voxels of each label but 0 in one volume; `None` when a value is not a whole number or there are more than
    /// `max_labels`.
    pub(crate) fn count_labels(
        &self,
        volume: usize,
        max_labels: usize,
    ) -> Result<Option<BTreeMap<i64, usize>>> {
        let mut counter = LabelCounter::new(max_labels);
        self.stream(volume, &mut counter)?;
        Ok(counter.finish())
    }

    /// Streams all voxels of one volume.
    pub(crate) fn stream(&self, volume: usize, sink: &mut impl Sink) -> Result<()> {
        if self.pitch() > self.datatype.bytes() {
            self.check_range(volume, IndexBox::whole(self.grid.shape()))?;
            return self.stream_components(|index, len, values| sink.add(index, len, values[volume]));
        }
        match self.datatype.bytes() {
            1 => self.stream_as::<1>(volume, sink),
            2 => self.stream_as::<2>(volume, sink),
            4 => self.stream_as::<4>(volume, sink),
            _ => self.stream_as::<8>(volume, sink),
        }
    }

    /// Voxels of `N` bytes are compared as stored, and only one of each stretch of equal ones is decoded.
    fn stream_as<const N: usize>(&self, volume: usize, sink: &mut impl Sink) -> Result<()> {
        let skip = self.scaling.intercept == 0.0 && sink.skips_zeros();
        let mut rows = Rows::new(self.grid.shape());
        // the previous value, as stored and decoded
        let mut last = ([0; N], self.value([0; N]));
        let (half_step, mut is_rounded) = (self.half_step(), false);
        self.stream_rows(volume, IndexBox::whole(self.grid.shape()), |stream, bytes| {
            stream.read_in_place(bytes, N, |bytes| {
                let (voxels, _) = bytes.as_chunks::<N>();
                each_stretch(voxels, |at, stored| {
                    if skip && stored == [0; N] {
                        return;
                    }
                    if stored != last.0 {
                        let value = self.value(stored);
                        let is_near = half_step.is_some_and(|half_step| {
                            (value - value.round()).abs() <= half_step + SLACK * value.abs()
                        });
                        is_rounded |= is_near && label(value).is_none();
                        last = (stored, if is_near { value.round() } else { value });
                    }
                    rows.split(at.start, at.len(), |index, len| sink.add(index, len, last.1));
                });
                rows.before += voxels.len();
            })
        })?;
        if is_rounded {
            sink.rounded();
        }
        Ok(())
    }

    /// How far from a whole number a value may be that was one: saved in whole steps below 1, as by the header of another
    /// image, it is off by up to half a step. `None` where values are stored as they are.
    fn half_step(&self) -> Option<f64> {
        let is_float = matches!(self.datatype, Datatype::F32 | Datatype::F64);
        let step = self.scaling.slope.abs();
        (!is_float && step < 1.0).then_some(0.5 * step)
    }

    /// Streams all volumes of interleaved voxels at once: `visit` gets the values of each stretch of equal voxels.
    pub(crate) fn stream_components(&self, mut visit: impl FnMut([usize; 3], usize, &[f64])) -> Result<()> {
        let mut rows = Rows::new(self.grid.shape());
        let (size, pitch) = (self.datatype.bytes(), self.pitch());
        let mut values = Vec::with_capacity(pitch / size);
        self.stream_rows(0, IndexBox::whole(self.grid.shape()), |stream, bytes| {
            stream.read_in_place(bytes, pitch, |bytes| {
                let (mut at, voxels) = (0, bytes.len() / pitch);
                while at < voxels {
                    let stored = &bytes[at * pitch..][..pitch];
                    let equal = bytes[at * pitch..].chunks_exact(pitch).take_while(|other| *other == stored);
                    let len = equal.count();
                    values.clear();
                    values.extend(stored.chunks_exact(size).map(|value| self.any_value(value)));
                    rows.split(at, len, |index, len| visit(index, len, &values));
                    at += len;
                }
                rows.before += voxels;
            })
        })
    }

    /// A stored value of any number of bytes, decoded and scaled.
    fn any_value(&self, stored: &[u8]) -> f64 {
        let mut bytes = [0; 8];
        match self.datatype.bytes() {
            size if self.big_endian => {
                bytes[..size].copy_from_slice(stored);
                bytes[..size].reverse();
            }
            size => bytes[..size].copy_from_slice(stored),
        }
        self.scaling.apply(self.datatype.value(bytes))
    }

    /// A stored value, decoded and scaled.
    fn value<const N: usize>(&self, mut stored: [u8; N]) -> f64 {
        if self.big_endian {
            stored.reverse();
        }
        self.scaling.apply(Datatype::value(self.datatype, stored))
    }
}

/// Where stretches of voxels in memory order lie in the rows of a grid.
struct Rows {
    shape: [usize; 3],
    /// Number of voxels passed.
    before: usize,
    /// The current row: its first voxel, j and k.
    row: usize,
    j: usize,
    k: usize,
}

impl Rows {
    fn new(shape: [usize; 3]) -> Self {
        Self { shape, before: 0, row: 0, j: 0, k: 0 }
    }

    /// Splits a stretch, counted from the voxels passed, where rows end.
    fn split(&mut self, start: usize, len: usize, mut visit: impl FnMut([usize; 3], usize)) {
        let [ni, nj, _] = self.shape;
        let (mut start, end) = (self.before + start, self.before + start + len);
        while start < end {
            if start >= self.row + ni {
                let rows = start / ni;
                (self.row, self.j, self.k) = (rows * ni, rows % nj, rows / nj);
            }
            let part = end.min(self.row + ni) - start;
            visit([start - self.row, self.j, self.k], part);
            start += part;
        }
    }
}
