//! Reading a block of voxels, row by row.

use bytemuck::Pod;
use ndarray::{Array3, ShapeBuilder};

use super::{
    error::NiftiError,
    file::NiftiFile,
    header::Datatype,
    stream::{MAX_GAP, STEP, Stream, claims_length},
};
use crate::{
    error::{Error, Result},
    grid::IndexBox,
    memory::reserve_exact,
    volume::{Volume, Voxel, Voxels},
};

impl NiftiFile {
    /// Reads a box of voxels of one volume.
    ///
    /// A gzip file is inflated only up to the last row of the box. Its checksum is verified when that is the last row of
    /// the file, or with [`with_checksum`](Self::with_checksum); otherwise only its length is.
    ///
    /// # Shape and units
    /// The result covers `block`, which must lie in the grid, in the file's own number type.
    ///
    /// # Errors
    /// `Io` or `Malformed` when the part of the file that is read is damaged or cut short, `Parameter` when volume or
    /// block lie outside the file.
    pub fn read_block(&self, volume: usize, block: IndexBox) -> Result<Volume> {
        self.check_range(volume, block).map_err(|error| Error::from(error).at(self.name()))?;
        let read = || match self.datatype() {
            Datatype::U8 => self.typed::<u8>(volume, block),
            Datatype::I8 => self.typed::<i8>(volume, block),
            Datatype::U16 => self.typed::<u16>(volume, block),
            Datatype::I16 => self.typed::<i16>(volume, block),
            Datatype::U32 => self.typed::<u32>(volume, block),
            Datatype::I32 => self.typed::<i32>(volume, block),
            Datatype::U64 => self.typed::<u64>(volume, block),
            Datatype::I64 => self.typed::<i64>(volume, block),
            Datatype::F32 => self.typed::<f32>(volume, block),
            Datatype::F64 => self.typed::<f64>(volume, block),
        };
        let voxels = read().map_err(|error| error.at(self.name()))?;
        Volume::from_block(self.grid, block, voxels, self.scaling())
    }

    fn typed<T: Voxel + Pod>(&self, volume: usize, block: IndexBox) -> Result<Voxels> {
        let mut values: Vec<T> = Vec::new();
        reserve_exact(&mut values, block.voxels())
            .map_err(|_| NiftiError::Memory { voxels: block.voxels() })?;
        let size = size_of::<T>();
        self.stream_rows(volume, block, |stream, bytes| {
            let (start, end) = (values.len(), values.len() + bytes / size);
            if bytes < STEP {
                stream.read_in_place(bytes, size, |stored| {
                    values.extend(stored.chunks_exact(size).map(bytemuck::pod_read_unaligned::<T>));
                })?;
            }
            while values.len() < end {
                // in steps, so that memory is only touched when bytes arrive, and these are still in the cache
                let at = values.len();
                values.resize(end.min(at + STEP / size), T::zeroed());
                stream.read_all(bytemuck::cast_slice_mut(&mut values[at..]))?;
            }
            if self.big_endian() != cfg!(target_endian = "big") {
                let stored: &mut [u8] = bytemuck::cast_slice_mut(&mut values[start..]);
                stored.chunks_exact_mut(size).for_each(<[u8]>::reverse);
            }
            Ok(())
        })?;
        let [ni, nj, nk] = block.shape();
        let array = Array3::from_shape_vec((ni, nj, nk).f(), values).map_err(|_| NiftiError::Truncated)?;
        Ok(T::wrap(array))
    }

    fn check_range(&self, volume: usize, block: IndexBox) -> Result<(), NiftiError> {
        if volume >= self.volumes() || !self.grid.has_block(&block) {
            return Err(NiftiError::OutOfRange);
        }
        Ok(())
    }

    /// Moves to each row of a box in memory order and calls `read`, which must read the given number of bytes: a row, or
    /// several contiguous ones.
    pub(super) fn stream_rows(
        &self,
        volume: usize,
        block: IndexBox,
        mut read: impl FnMut(&mut Stream, usize) -> Result<(), NiftiError>,
    ) -> Result<()> {
        self.check_range(volume, block)?;
        let [ni, nj, _] = self.grid.shape();
        let size = self.datatype().bytes();
        let position = |i: usize, j: usize, k: usize| {
            self.offset + (volume * self.volume_bytes() + ((k * nj + j) * ni + i) * size) as u64
        };
        let IndexBox { start: [i, first, _], end: [_, last, _] } = block;
        let [bi, bj, _] = block.shape();
        let slices = if bi * bj > 0 { block.start[2]..block.end[2] } else { 0..0 };
        let needed = slices.clone().next_back().map_or(0, |k| position(block.end[0], last - 1, k));
        let end = self.offset + (self.volumes() * self.volume_bytes()) as u64;
        let mut stream = Stream::open(self.voxel_file())?;
        let ends_early = needed < end
            && !self.verify_checksum
            && stream.is_gzip()
            && claims_length(self.voxel_file(), end)?;
        if ends_early {
            stream.skip_checksum();
        }
        // rows as wide as the grid are contiguous, and so are whole slices
        let (rows, slices_at_once) = match (bi == ni, bj == nj) {
            (true, true) => (bj, slices.len().max(1)),
            (true, false) => (bj.max(1), 1),
            (false, _) => (1, 1),
        };
        let bytes = (slices_at_once * rows * bi * size) as u64;
        let mut at = 0;
        for k in slices.step_by(slices_at_once) {
            for j in (first..last).step_by(rows) {
                let start = position(i, j, k);
                let row = start + bytes;
                let end = if (ni - bi) * size > MAX_GAP {
                    row
                } else {
                    row.max(position(block.end[0], last - 1, k))
                };
                stream.expect(end - at);
                stream.skip(start - at)?;
                read(&mut stream, bytes as usize)?;
                at = row;
            }
        }
        if !stream.is_gzip() || ends_early {
            return Ok(());
        }
        stream.skip(end - at)?;
        Ok(stream.finish()?)
    }
}
