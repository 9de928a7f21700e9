//! NIfTI-1 and NIfTI-2, single files and pairs, plain or gzip, read by block.
//!
//! Every size in a header is checked against the file and the caller's [`Limits`] before anything
//! is allocated. What is odd but harmless becomes a [`Finding`]; what could give a wrong voxel is
//! an error.
//!
//! | file | what it does |
//! |---|---|
//! | `header.rs` | the header as found, and the checks of its sizes |
//! | `orientation.rs` | the affine: sform, else qform, else none |
//! | `pair.rs` | the two files of a `.hdr`/`.img` pair |
//! | `stream.rs` | bytes read forward, inflated where needed |
//! | `gzip.rs` | the members of a gzip file, and their checksums |
//! | `mask.rs` | a mask streamed into runs |
//! | `labels.rs` | a label map streamed into labeled runs |
//! | `label_map.rs` | a label map written on a mask's own grid |

mod error;
mod gzip;
mod header;
mod label_map;
mod labels;
mod mask;
mod orientation;
mod pair;
mod stream;

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytemuck::Pod;
use ndarray::{Array3, ShapeBuilder};

pub use self::label_map::write_label_map;
pub(crate) use self::pair::other_half;
use self::{
    error::NiftiError,
    header::{HEADER_2, Header},
    pair::{has_ending, partner},
    stream::{GAP, STEP, Stream, claims_length},
};
pub use self::{
    header::{Datatype, NiftiVersion},
    label_map::LabelMapHeader,
    orientation::Orientation,
};
use super::{Limits, file_name};
use crate::{
    error::{Error, Result},
    finding::Finding,
    grid::{Grid, IndexBox},
    volume::{Scaling, Volume, Voxel, Voxels},
};

/// An opened NIfTI file: its header is checked, its voxels are not read yet.
///
/// # Reference
/// The NIfTI-1 and NIfTI-2 standards (nifti1.h, nifti2.h; NIMH 2003, 2011).
#[derive(Debug, Clone)]
pub struct NiftiFile {
    header: Header,
    /// The file the voxels are in: the file itself, or the `.img` of a pair.
    voxels_in: PathBuf,
    name: String,
    stored_bytes: u64,
    grid: Grid,
    orientation: Orientation,
    volumes: usize,
    datatype: Datatype,
    scaling: Scaling,
    offset: u64,
    /// Whether a gzip stream is inflated to its end.
    to_the_end: bool,
    findings: Vec<Finding>,
}

impl NiftiFile {
    /// Opens a `.nii`, `.nii.gz`, or either file of a `.hdr`/`.img` pair, and checks its header.
    ///
    /// # Errors
    /// `Io` when it cannot be opened, `Malformed` when it is not NIfTI or contradicts itself,
    /// `Unsupported` for color and complex voxels, `Limit` when it claims more voxels than allowed,
    /// `Geometry` when its affine is not usable.
    pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        let path = path.as_ref();
        Self::open_unnamed(path, limits).map_err(|error| error.at(file_name(path)))
    }

    fn open_unnamed(path: &Path, limits: Limits) -> Result<Self> {
        let header_in = partner(path, "img", "hdr").unwrap_or_else(|| path.to_owned());
        let mut stream = Stream::open_start(&header_in)?;
        let mut bytes = [0; HEADER_2];
        let filled = stream.read_up_to(&mut bytes)?;
        let header = match Header::parse(&bytes[..filled]) {
            Err(NiftiError::NotNifti) if has_ending(path, "img") => return Err(NiftiError::NoPartner.into()),
            parsed => parsed?,
        };
        let voxels_in = if header.single_file {
            header_in.clone()
        } else if header_in == path {
            partner(&header_in, "hdr", "img").ok_or(NiftiError::NoPartner)?
        } else {
            path.to_owned()
        };
        let (shape, volumes) = header.shape(limits)?;
        let datatype = header.datatype()?;
        let (scaling, odd_slope) = header.scaling()?;
        let offset = header.voxel_offset()?;
        check_extensions(&header, &header_in, offset)?;
        let mut findings = Vec::new();
        if odd_slope {
            findings.push(Finding::info(
                "scl_slope",
                format!("scl_slope is {}; the voxels were read unscaled", header.slope),
            ));
        }
        let (grid, orientation) = orientation::orient(&header, shape, &mut findings)?;
        let stored_bytes = fs::metadata(&voxels_in).map_err(NiftiError::Open)?.len();
        let file = Self {
            name: file_name(path),
            header,
            voxels_in,
            stored_bytes,
            grid,
            orientation,
            volumes,
            datatype,
            scaling,
            offset,
            to_the_end: false,
            findings,
        };
        file.check_size()?;
        Ok(file)
    }

    /// The claimed voxels must fit into the file, or into what its gzip stream can hold at most.
    fn check_size(&self) -> Result<()> {
        let claimed =
            (self.volume_bytes() as u64).saturating_mul(self.volumes as u64).saturating_add(self.offset);
        let held = Stream::open_start(&self.voxels_in)?.capacity(self.stored_bytes);
        if claimed > held { Err(NiftiError::TooShort { claimed, held }.into()) } else { Ok(()) }
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that holds the voxels: the file itself, or the `.img` of a pair.
    pub(crate) fn voxels_in(&self) -> &Path {
        &self.voxels_in
    }

    /// Bytes of the file that holds the voxels, as stored.
    pub fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// NIfTI-1 or NIfTI-2.
    pub fn version(&self) -> NiftiVersion {
        self.header.version
    }

    /// Shape and affine.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Which part of the header gave the affine.
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// Volumes in the file: the product of the axes past the third.
    pub fn volumes(&self) -> usize {
        self.volumes
    }

    /// The number type of the voxels.
    pub fn datatype(&self) -> Datatype {
        self.datatype
    }

    /// How stored values become signal.
    pub fn scaling(&self) -> Scaling {
        self.scaling
    }

    /// What was odd in the header.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The header as stored, in the file's byte order.
    pub(crate) fn header_bytes(&self) -> &[u8] {
        &self.header.bytes
    }

    /// Whether numbers are stored with the most significant byte first.
    pub fn big_endian(&self) -> bool {
        self.header.big_endian
    }

    /// The one volume of the file, or the one chosen; a choice out of range or a missing one is an error.
    ///
    /// # Errors
    /// `Parameter` when the file holds several volumes and none is chosen, or fewer than chosen.
    pub fn choose_volume(&self, choice: Option<usize>) -> Result<usize> {
        match choice {
            None if self.volumes == 1 => Ok(0),
            None => Err(Error::from(NiftiError::ChooseVolume { volumes: self.volumes }).at(&self.name)),
            Some(n) if n < self.volumes => Ok(n),
            Some(n) => {
                Err(Error::from(NiftiError::NoVolume { chosen: n, volumes: self.volumes }).at(&self.name))
            }
        }
    }

    /// Checks the checksum of a gzip file whatever is read of it, for which all of it is inflated.
    pub fn with_checksum(mut self) -> Self {
        self.to_the_end = true;
        self
    }

    /// Reads one box of one volume, in its on-disk type.
    ///
    /// A gzip file is inflated up to the last row of the box. Its checksum, which is of the whole, is checked when
    /// that is the last row of the file, or [`with_checksum`](Self::with_checksum) asks for it; else its length is.
    ///
    /// # Shape and units
    /// The result's voxels cover `block` (which must lie in the grid) in the file's own number type.
    ///
    /// # Errors
    /// `Io` or `Malformed` when the file is cut short or its compression is damaged up to where it is read.
    /// `Parameter` when volume or block lie outside the file.
    pub fn read_block(&self, volume: usize, block: IndexBox) -> Result<Volume> {
        self.check_range(volume, block).map_err(|error| Error::from(error).at(&self.name))?;
        let read = || match self.datatype {
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
        let voxels = read().map_err(|error| error.at(&self.name))?;
        Volume::from_block(self.grid, block, voxels, self.scaling)
    }

    fn typed<T: Voxel + Pod>(&self, volume: usize, block: IndexBox) -> Result<Voxels> {
        let mut values: Vec<T> = Vec::new();
        values
            .try_reserve_exact(block.voxels())
            .map_err(|_| NiftiError::Memory { voxels: block.voxels() })?;
        let size = size_of::<T>();
        self.stream_rows(volume, block, |stream, bytes| {
            let (start, end) = (values.len(), values.len() + bytes / size);
            if bytes < STEP {
                stream.hand_out(bytes, size, |stored| {
                    values.extend(stored.chunks_exact(size).map(bytemuck::pod_read_unaligned::<T>));
                })?;
            }
            while values.len() < end {
                // memory that no bytes have come for is not touched, and what is touched is still in the cache then
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

    fn volume_bytes(&self) -> usize {
        self.grid.voxels().saturating_mul(self.datatype.bytes())
    }

    fn check_range(&self, volume: usize, block: IndexBox) -> Result<(), NiftiError> {
        if volume >= self.volumes || (0..3).any(|a| block.end[a] > self.grid.shape()[a]) {
            return Err(NiftiError::OutOfRange);
        }
        Ok(())
    }

    /// Goes to the rows of a box in memory order; `take` must read so many bytes, of a row or of several at once.
    fn stream_rows(
        &self,
        volume: usize,
        block: IndexBox,
        mut take: impl FnMut(&mut Stream, usize) -> Result<(), NiftiError>,
    ) -> Result<()> {
        self.check_range(volume, block)?;
        let [ni, nj, _] = self.grid.shape();
        let size = self.datatype.bytes();
        let place = |i: usize, j: usize, k: usize| {
            self.offset + (volume * self.volume_bytes() + ((k * nj + j) * ni + i) * size) as u64
        };
        let IndexBox { start: [i, first, _], end: [_, last, _] } = block;
        let [bi, bj, _] = block.shape();
        let slices = if bi * bj > 0 { block.start[2]..block.end[2] } else { 0..0 };
        let needed = slices.clone().next_back().map_or(0, |k| place(block.end[0], last - 1, k));
        let end = self.offset + (self.volumes * self.volume_bytes()) as u64;
        let mut stream = Stream::open(&self.voxels_in)?;
        let ends_early =
            needed < end && !self.to_the_end && stream.is_gzip() && claims_length(&self.voxels_in, end)?;
        if ends_early {
            stream.leave_checksum();
        }
        // rows as wide as the grid follow each other without a gap, and so do whole slices
        let (rows, slices_at_once) = match (bi == ni, bj == nj) {
            (true, true) => (bj, slices.len().max(1)),
            (true, false) => (bj.max(1), 1),
            (false, _) => (1, 1),
        };
        let bytes = (slices_at_once * rows * bi * size) as u64;
        let mut at = 0;
        for k in slices.step_by(slices_at_once) {
            for j in (first..last).step_by(rows) {
                let start = place(i, j, k);
                let row = start + bytes;
                let end =
                    if (ni - bi) * size > GAP { row } else { row.max(place(block.end[0], last - 1, k)) };
                stream.expect(end - at);
                stream.skip(start - at)?;
                take(&mut stream, bytes as usize)?;
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

/// A number's bytes in the other order.
fn reversed<const N: usize>(mut bytes: [u8; N]) -> [u8; N] {
    bytes.reverse();
    bytes
}

/// Walks the header extensions: each must end before the voxels (or the header file) do.
fn check_extensions(header: &Header, path: &Path, offset: u64) -> Result<(), NiftiError> {
    let mut stream = Stream::open_start(path)?;
    stream.skip(header.header_bytes() as u64)?;
    let mut flag = [0; 4];
    if stream.read_up_to(&mut flag)? < 4 || flag[0] == 0 {
        return Ok(());
    }
    let mut at = header.header_bytes() as u64 + 4;
    while !header.single_file || at + 8 <= offset {
        let mut lead = [0; 8];
        if stream.read_up_to(&mut lead)? < 8 {
            break;
        }
        let size = header.i32_at([lead[0], lead[1], lead[2], lead[3]]);
        let end = at + u64::try_from(size).unwrap_or(0);
        if header.single_file {
            if size < 8 || end > offset {
                return Err(NiftiError::Extension { size, at, offset });
            }
            stream.skip(size as u64 - 8)?;
        } else if size < 8 || !stream.skips(size as u64 - 8)? {
            return Err(NiftiError::PairExtension { size, at });
        }
        at = end;
    }
    Ok(())
}
