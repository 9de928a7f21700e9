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
        let read = || match self.format().stored_type() {
            StoredType::U8 => self.typed::<u8>(block),
            StoredType::I8 => self.typed::<i8>(block),
            StoredType::U16 => self.typed::<u16>(block),
            StoredType::I16 => self.typed::<i16>(block),
            StoredType::U32 => self.typed::<u32>(block),
            StoredType::I32 => self.typed::<i32>(block),
        };
        read().map_err(|error| error.at(self.name()))
    }

    fn typed<T: Pixel + Default>(&self, block: IndexBox) -> Result<Volume> {
        if !self.grid.has_block(&block) {
            return Err(SeriesError::OutOfRange.into());
        }
        let Some(scaling) = self.shared_scaling() else {
            let signal = self.fill(block, |frame, stored: T| self.signal(frame, stored))?;
            return self.volume(block, signal, Scaling::NONE);
        };
        let stored = self.fill(block, |_, stored: T| stored)?;
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
        self.files[frame.file].1.padding
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

    /// The values of a block in memory order, each converted from a stored one.
    fn fill<T: Pixel, U: Voxel + Default>(
        &self,
        block: IndexBox,
        convert: impl Fn(&Frame, T) -> U + Sync,
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
        let read: Vec<Result<()>> =
            parts.map(|(out, frames)| self.fill_part(block, frames, out, &convert)).collect();
        // of several errors, the first in the order of slices
        read.into_iter().collect::<Result<()>>()?;
        Ok(values)
    }

    /// Fills the part of a block that some slices make, one after the other.
    fn fill_part<T: Pixel, U>(
        &self,
        block: IndexBox,
        frames: &[Frame],
        out: &mut [U],
        convert: &impl Fn(&Frame, T) -> U,
    ) -> Result<()> {
        let [bi, bj, _] = block.shape();
        let columns = self.grid.shape()[0];
        let mut files = OpenFrames::of(self);
        let mut stored = Vec::new();
        for (frame, out) in frames.iter().zip(out.chunks_exact_mut(bi * bj)) {
            files.reader(frame)?.read_rows(frame.index, block.start[1]..block.end[1], &mut stored)?;
            for (row, out) in stored.chunks_exact(columns).zip(out.chunks_exact_mut(bi)) {
                for (out, &stored) in out.iter_mut().zip(&row[block.start[0]..block.end[0]]) {
                    *out = convert(frame, stored);
                }
            }
        }
        Ok(())
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
