//! Where the voxels of a file lie, and the rows of a box in their order.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    datatype::Datatype,
    error::VoxelError,
    stream::{MAX_GAP, Stream, claims_length},
};
use crate::{
    error::Result,
    grid::{Grid, IndexBox},
    volume::Scaling,
};

/// How the bytes of voxels are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// As they are.
    Raw,
    /// As a gzip file of one or more members.
    Gzip,
    /// As a zlib stream of this many bytes.
    Zlib(u64),
    /// As numbers in words.
    Ascii,
}

/// Where the volumes of a file lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One after the other.
    Apart(usize),
    /// Each voxel of all volumes at once, as components.
    Interleaved(usize),
}

/// The voxels of a file: where, how and as what they are stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredVoxels {
    /// The file that holds them.
    pub(crate) path: PathBuf,
    /// Size of that file.
    pub(crate) stored_bytes: u64,
    pub(crate) encoding: Encoding,
    /// Where the packed bytes start in the file.
    pub(crate) start: u64,
    /// Where the voxels start in the unpacked bytes.
    pub(crate) offset: u64,
    pub(crate) grid: Grid,
    pub(crate) layout: Layout,
    pub(crate) datatype: Datatype,
    /// Whether numbers are stored with the most significant byte first.
    pub(crate) big_endian: bool,
    pub(crate) scaling: Scaling,
    /// Whether a packed stream is always read to its end.
    pub(crate) verify_checksum: bool,
}

impl StoredVoxels {
    /// The size of a file that is to hold voxels.
    pub(crate) fn size_of(path: &Path) -> Result<u64, VoxelError> {
        fs::metadata(path).map(|metadata| metadata.len()).map_err(VoxelError::Open)
    }

    /// Checks that the claimed voxels fit into the file, or into the most that its stream can unpack to.
    pub(crate) fn check_size(&self) -> Result<(), VoxelError> {
        let stored = self.stored_bytes.saturating_sub(self.start);
        let capacity = match self.encoding {
            Encoding::Ascii => (stored / 2 + 1).saturating_mul(self.datatype.bytes() as u64),
            encoding => Stream::capacity(encoding, stored),
        };
        let claimed = self.end();
        if claimed > capacity { Err(VoxelError::TooShort { claimed, capacity }) } else { Ok(()) }
    }

    /// Places the voxels on another grid of the same shape.
    pub(crate) fn place(&mut self, grid: Grid) -> Result<(), VoxelError> {
        let (found, given) = (self.grid.shape(), grid.shape());
        if found != given {
            return Err(VoxelError::GivenGrid { found, given });
        }
        self.grid = grid;
        Ok(())
    }

    /// The number of volumes.
    pub(crate) fn volumes(&self) -> usize {
        match self.layout {
            Layout::Apart(volumes) | Layout::Interleaved(volumes) => volumes,
        }
    }

    /// The chosen volume, or the only one.
    pub(crate) fn choose_volume(&self, choice: Option<usize>) -> Result<usize, VoxelError> {
        let volumes = self.volumes();
        match choice {
            None if volumes == 1 => Ok(0),
            None => Err(VoxelError::ChooseVolume { volumes }),
            Some(n) if n < volumes => Ok(n),
            Some(n) => Err(VoxelError::NoVolume { chosen: n, volumes }),
        }
    }

    /// Number of bytes from one voxel of a volume to the next.
    pub(super) fn pitch(&self) -> usize {
        self.datatype.bytes() * if let Layout::Interleaved(volumes) = self.layout { volumes } else { 1 }
    }

    /// Number of bytes of all volumes.
    pub(crate) fn needed(&self) -> u64 {
        let apart = if let Layout::Apart(volumes) = self.layout { volumes as u64 } else { 1 };
        self.volume_bytes().saturating_mul(apart)
    }

    /// One past the last byte of all volumes.
    fn end(&self) -> u64 {
        self.needed().saturating_add(self.offset)
    }

    /// Number of bytes from the start of a volume to its end.
    fn volume_bytes(&self) -> u64 {
        (self.grid.voxels() as u64).saturating_mul(self.pitch() as u64)
    }

    pub(super) fn check_range(&self, volume: usize, block: IndexBox) -> Result<(), VoxelError> {
        if volume >= self.volumes() || !self.grid.has_block(&block) {
            return Err(VoxelError::OutOfRange);
        }
        Ok(())
    }

    /// Moves to each row of a box in memory order and calls `read`, which must read the given number of bytes: a row, or
    /// several contiguous ones.
    pub(super) fn stream_rows(
        &self,
        volume: usize,
        block: IndexBox,
        mut read: impl FnMut(&mut Stream, usize) -> Result<(), VoxelError>,
    ) -> Result<()> {
        self.check_range(volume, block)?;
        let [ni, nj, _] = self.grid.shape();
        let size = self.pitch();
        let apart = if let Layout::Apart(_) = self.layout { volume as u64 } else { 0 };
        let first_byte = self.offset + apart * self.volume_bytes();
        let position = |i: usize, j: usize, k: usize| first_byte + (((k * nj + j) * ni + i) * size) as u64;
        let IndexBox { start: [i, first, _], end: [_, last, _] } = block;
        let [bi, bj, _] = block.shape();
        let slices = if bi * bj > 0 { block.start[2]..block.end[2] } else { 0..0 };
        let needed = slices.clone().next_back().map_or(0, |k| position(block.end[0], last - 1, k));
        let end = self.end();
        let mut stream = Stream::open(&self.path, self.start, self.encoding, self.datatype)?;
        let ends_early = needed < end
            && !self.verify_checksum
            && match self.encoding {
                Encoding::Raw | Encoding::Ascii | Encoding::Zlib(_) => true,
                Encoding::Gzip => claims_length(&self.path, end)?,
            };
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
        if self.encoding == Encoding::Raw || ends_early {
            return Ok(());
        }
        stream.skip(end - at)?;
        Ok(stream.finish()?)
    }
}
