//! Reading a block of voxels, row by row.

use bytemuck::Pod;
use ndarray::{Array3, ShapeBuilder};

use super::{
    datatype::Datatype,
    error::VoxelError,
    stream::STEP,
    voxels::{Layout, StoredVoxels},
};
use crate::{
    error::Result,
    grid::IndexBox,
    memory::reserve_exact,
    volume::{Volume, Voxel, Voxels},
};

impl StoredVoxels {
    /// Reads a box of voxels of one volume, in the file's own number type.
    ///
    /// A packed file is unpacked only up to the last row of the box. The checksum of a gzip file is verified when that is
    /// the last row of the file, or with `verify_checksum`; otherwise only its length is.
    pub(crate) fn read_block(&self, volume: usize, block: IndexBox) -> Result<Volume> {
        self.check_range(volume, block)?;
        let voxels = match self.datatype {
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
        }?;
        Volume::from_block(self.grid, block, voxels, self.scaling)
    }

    fn typed<T: Voxel + Pod>(&self, volume: usize, block: IndexBox) -> Result<Voxels> {
        let mut values: Vec<T> = Vec::new();
        reserve_exact(&mut values, block.voxels())
            .map_err(|_| VoxelError::Memory { voxels: block.voxels() })?;
        let (size, pitch) = (size_of::<T>(), self.pitch());
        let component = if let Layout::Interleaved(_) = self.layout { volume * size } else { 0 };
        self.stream_rows(volume, block, |stream, bytes| {
            let (start, end) = (values.len(), values.len() + bytes / pitch);
            if pitch > size {
                stream.read_in_place(bytes, pitch, |stored| {
                    let stored = stored.chunks_exact(pitch).map(|voxel| &voxel[component..component + size]);
                    values.extend(stored.map(bytemuck::pod_read_unaligned::<T>));
                })?;
            } else if bytes < STEP {
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
            if self.big_endian != cfg!(target_endian = "big") {
                let stored: &mut [u8] = bytemuck::cast_slice_mut(&mut values[start..]);
                stored.chunks_exact_mut(size).for_each(<[u8]>::reverse);
            }
            Ok(())
        })?;
        let [ni, nj, nk] = block.shape();
        let array = Array3::from_shape_vec((ni, nj, nk).f(), values).map_err(|_| VoxelError::Truncated)?;
        Ok(T::wrap(array))
    }
}
