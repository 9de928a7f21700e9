//! Reading a block of voxels: only its slices are decoded, in parallel.

use ndarray::{Array3, ShapeBuilder};
use rayon::prelude::*;

use super::{
    super::{
        frames::Frame,
        pixels::{FrameReader, Pixel, StoredType},
    },
    DicomSeries,
    error::SeriesError,
};
use crate::{
    error::Result,
    grid::IndexBox,
    memory::reserve_exact,
    volume::{Scaling, Volume, Voxel},
};

impl DicomSeries {
    /// Reads a box of voxels. Slices outside it are not decoded; of uncompressed slices, only its rows are read.
    ///
    /// # Shape and units
    /// The result covers `block`, which must lie in the grid. Voxels are as stored when all slices share their
    /// scaling, else signal as `f64`. `PixelPaddingValue` becomes NaN, which also needs `f64`.
    ///
    /// # Errors
    /// `Malformed` or `Io` when a slice is damaged or cannot be read, `Unsupported` when its compression is
    /// not, `Parameter` when the block lies outside the grid.
    pub fn read_block(&self, block: IndexBox) -> Result<Volume> {
        let read = || match self.stored_type() {
            None => self.mixed(block),
            Some(StoredType::U8) => self.typed::<u8>(block),
            Some(StoredType::I8) => self.typed::<i8>(block),
            Some(StoredType::U16) => self.typed::<u16>(block),
            Some(StoredType::I16) => self.typed::<i16>(block),
            Some(StoredType::U32) => self.typed::<u32>(block),
            Some(StoredType::I32) => self.typed::<i32>(block),
        };
        read().map_err(|error| error.at(self.name()))
    }

    /// The signal of slices that are stored as different types.
    fn mixed(&self, block: IndexBox) -> Result<Volume> {
        if !self.grid.has_block(&block) {
            return Err(SeriesError::OutOfRange.into());
        }
        let signal = self.fill(block, |frames, frame, out| match self.format(frame).stored_type() {
            StoredType::U8 => frames.copy(frame, block, out, |stored: u8| self.signal(frame, stored)),
            StoredType::I8 => frames.copy(frame, block, out, |stored: i8| self.signal(frame, stored)),
            StoredType::U16 => frames.copy(frame, block, out, |stored: u16| self.signal(frame, stored)),
            StoredType::I16 => frames.copy(frame, block, out, |stored: i16| self.signal(frame, stored)),
            StoredType::U32 => frames.copy(frame, block, out, |stored: u32| self.signal(frame, stored)),
            StoredType::I32 => frames.copy(frame, block, out, |stored: i32| self.signal(frame, stored)),
        })?;
        self.volume(block, signal, Scaling::NONE)
    }

    fn typed<T: Pixel + Default>(&self, block: IndexBox) -> Result<Volume> {
        if !self.grid.has_block(&block) {
            return Err(SeriesError::OutOfRange.into());
        }
        let Some(scaling) = self.shared_scaling() else {
            let signal = self.fill(block, |frames, frame, out| {
                frames.copy(frame, block, out, |stored: T| self.signal(frame, stored))
            })?;
            return self.volume(block, signal, Scaling::NONE);
        };
        let stored =
            self.fill(block, |frames, frame, out| frames.copy(frame, block, out, |stored: T| stored))?;
        let [ni, nj, _] = block.shape();
        let slices = || stored.chunks((ni * nj).max(1)).zip(&self.frames[block.start[2]..]);
        let is_padded = |(slice, frame): (&[T], &Frame)| {
            self.padding(frame).is_some() && slice.iter().any(|&stored| self.is_padding(frame, stored))
        };
        if slices().any(is_padded) {
            let mut signal = Vec::new();
            reserve_exact(&mut signal, stored.len()).map_err(|_| memory(block))?;
            for (slice, frame) in slices() {
                signal.extend(slice.iter().map(|&stored| self.signal(frame, stored)));
            }
            return self.volume(block, signal, Scaling::NONE);
        }
        self.volume(block, stored, scaling)
    }

    /// The scaling of all slices, if they share it.
    fn shared_scaling(&self) -> Option<Scaling> {
        let scaling = self.frames.first()?.scaling;
        self.frames.iter().all(|frame| frame.scaling == scaling).then_some(scaling)
    }

    fn padding(&self, frame: &Frame) -> Option<(i64, i64)> {
        self.format(frame).padding
    }

    pub(super) fn is_padding(&self, frame: &Frame, stored: impl Voxel) -> bool {
        let within = |(from, to): (i64, i64)| (from as f64..=to as f64).contains(&stored.value());
        self.padding(frame).is_some_and(within)
    }

    fn signal(&self, frame: &Frame, stored: impl Voxel) -> f64 {
        if self.is_padding(frame, stored) { f64::NAN } else { frame.scaling.apply(stored.value()) }
    }

    fn volume<T: Voxel>(&self, block: IndexBox, values: Vec<T>, scaling: Scaling) -> Result<Volume> {
        let [ni, nj, nk] = block.shape();
        let array = Array3::from_shape_vec((ni, nj, nk).f(), values).map_err(|_| SeriesError::OutOfRange)?;
        Volume::from_block(self.grid, block, T::wrap(array), scaling)
    }

    /// The values of a block in memory order; `copy` fills those of one frame.
    fn fill<U: Voxel + Default>(
        &self,
        block: IndexBox,
        copy: impl Fn(&mut OpenFrames<'_>, &Frame, &mut [U]) -> Result<()> + Sync,
    ) -> Result<Vec<U>> {
        let mut values = zeros(block)?;
        let [bi, bj, bk] = block.shape();
        let slice = bi * bj;
        if slice * bk == 0 {
            return Ok(values);
        }
        let slices_each = bk.div_ceil(rayon::current_num_threads());
        let frames = &self.frames[block.start[2]..block.end[2]];
        let parts = values.par_chunks_mut(slice * slices_each).zip(frames.par_chunks(slices_each));
        let part = |(out, frames): (&mut [U], &[Frame])| {
            let mut files = OpenFrames::of(self);
            let mut slices = frames.iter().zip(out.chunks_exact_mut(slice));
            slices.try_for_each(|(frame, out)| copy(&mut files, frame, out))
        };
        let read: Vec<Result<()>> = parts.map(part).collect();
        // of several errors, the first in the order of slices
        read.into_iter().collect::<Result<()>>()?;
        Ok(values)
    }
}

/// Readers for the frames of a series, one file open at a time: consecutive frames are often in the same file.
pub(super) struct OpenFrames<'a> {
    series: &'a DicomSeries,
    open: Option<(usize, FrameReader<'a>)>,
}

impl<'a> OpenFrames<'a> {
    pub(super) fn of(series: &'a DicomSeries) -> Self {
        Self { series, open: None }
    }

    /// The reader for the file that a frame is in.
    pub(super) fn reader(&mut self, frame: &Frame) -> Result<&mut FrameReader<'a>> {
        let reader = match self.open.take() {
            Some((file, reader)) if file == frame.file => reader,
            _ => {
                let (file, format) = &self.series.files[frame.file];
                FrameReader::new(file, format)?
            }
        };
        Ok(&mut self.open.insert((frame.file, reader)).1)
    }

    /// Fills the part of a block that a frame makes, each value converted from a stored one.
    fn copy<T: Pixel, U>(
        &mut self,
        frame: &Frame,
        block: IndexBox,
        out: &mut [U],
        convert: impl Fn(T) -> U,
    ) -> Result<()> {
        let columns = self.series.grid.shape()[0];
        let mut stored = Vec::new();
        self.reader(frame)?.read_rows(frame.index, block.start[1]..block.end[1], &mut stored)?;
        for (row, out) in stored.chunks_exact(columns).zip(out.chunks_exact_mut(block.shape()[0])) {
            for (out, &stored) in out.iter_mut().zip(&row[block.start[0]..block.end[0]]) {
                *out = convert(stored);
            }
        }
        Ok(())
    }
}

/// Zeros for a block; the system provides the memory when they are first written.
fn zeros<T: Voxel + Default>(block: IndexBox) -> Result<Vec<T>, SeriesError> {
    let voxels = block.voxels();
    // a trial, as `vec!` gets zeroed memory cheaply but aborts where there is none
    reserve_exact(&mut Vec::<T>::new(), voxels).map_err(|_| memory(block))?;
    Ok(vec![T::default(); voxels])
}

fn memory(block: IndexBox) -> SeriesError {
    SeriesError::Memory { voxels: block.voxels() }
}
