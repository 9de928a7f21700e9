//! An opened NIfTI file: its checked header, and the file that holds its voxels.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    error::NiftiError,
    extensions::check_extensions,
    header::{Datatype, HEADER_2, Header, NiftiVersion},
    orientation::{Orientation, orient},
    pair::{has_ending, partner},
    stream::Stream,
};
use crate::{
    error::{Error, Result},
    file::file_name,
    finding::Finding,
    grid::Grid,
    limits::Limits,
    volume::Scaling,
};

/// A NIfTI file, read by block. On opening, only its header is read and checked.
///
/// # Reference
/// The NIfTI-1 and NIfTI-2 standards (nifti1.h, nifti2.h; NIMH 2003, 2011).
#[derive(Debug, Clone)]
pub struct NiftiFile {
    header: Header,
    /// The file that holds the voxels: the file itself, or the `.img` of a pair.
    voxel_file: PathBuf,
    name: String,
    stored_bytes: u64,
    pub(super) grid: Grid,
    orientation: Orientation,
    volumes: usize,
    datatype: Datatype,
    scaling: Scaling,
    /// Where the voxels start.
    pub(super) offset: u64,
    /// Whether a gzip stream is always inflated to its end.
    pub(super) verify_checksum: bool,
    findings: Vec<Finding>,
}

impl NiftiFile {
    /// Opens a `.nii`, `.nii.gz`, or either file of a `.hdr`/`.img` pair, and checks its header.
    ///
    /// # Errors
    /// `Io` when it cannot be opened, `Malformed` when it is not NIfTI or contradicts itself, `Unsupported` for color
    /// and complex voxels, `Limit` when it claims more voxels than allowed, `Geometry` when its affine is not usable.
    pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        let path = path.as_ref();
        Self::open_unnamed(path, limits).map_err(|error| error.at(file_name(path)))
    }

    fn open_unnamed(path: &Path, limits: Limits) -> Result<Self> {
        let header_file = partner(path, "img", "hdr").unwrap_or_else(|| path.to_owned());
        let mut stream = Stream::open_start(&header_file)?;
        let mut bytes = [0; HEADER_2];
        let filled = stream.read_up_to(&mut bytes)?;
        let header = match Header::parse(&bytes[..filled]) {
            Err(NiftiError::NotNifti) if has_ending(path, "img") => return Err(NiftiError::NoPartner.into()),
            parsed => parsed?,
        };
        let voxel_file = if header.single_file {
            header_file.clone()
        } else if header_file == path {
            partner(&header_file, "hdr", "img").ok_or(NiftiError::NoPartner)?
        } else {
            path.to_owned()
        };
        let (shape, volumes) = header.shape(limits)?;
        let datatype = header.datatype()?;
        let (scaling, invalid_slope) = header.scaling()?;
        let offset = header.voxel_offset()?;
        check_extensions(&header, &header_file, offset)?;
        let mut findings = Vec::new();
        if invalid_slope {
            findings.push(Finding::info(
                "scl_slope",
                format!("scl_slope is {}; the voxels were read unscaled", header.slope),
            ));
        }
        let (grid, orientation) = orient(&header, shape, &mut findings)?;
        let stored_bytes = fs::metadata(&voxel_file).map_err(NiftiError::Open)?.len();
        let file = Self {
            name: file_name(path),
            header,
            voxel_file,
            stored_bytes,
            grid,
            orientation,
            volumes,
            datatype,
            scaling,
            offset,
            verify_checksum: false,
            findings,
        };
        file.check_size()?;
        Ok(file)
    }

    /// Checks that the claimed voxels fit into the file, or into the most that its gzip stream can inflate to.
    fn check_size(&self) -> Result<()> {
        let claimed =
            (self.volume_bytes() as u64).saturating_mul(self.volumes as u64).saturating_add(self.offset);
        let capacity = Stream::open_start(&self.voxel_file)?.capacity(self.stored_bytes);
        if claimed > capacity { Err(NiftiError::TooShort { claimed, capacity }.into()) } else { Ok(()) }
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that holds the voxels: the file itself, or the `.img` of a pair.
    pub(crate) fn voxel_file(&self) -> &Path {
        &self.voxel_file
    }

    /// Size in bytes of the file that holds the voxels.
    pub fn stored_bytes(&self) -> u64 {
        self.stored_bytes
    }

    /// NIfTI-1 or NIfTI-2.
    pub fn version(&self) -> NiftiVersion {
        self.header.version
    }

    /// The shape and affine of the whole image.
    pub fn grid(&self) -> &Grid {
        &self.grid
    }

    /// Which part of the header gave the affine.
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// The number of volumes: the product of the axes past the third.
    pub fn volumes(&self) -> usize {
        self.volumes
    }

    /// The number type of the voxels.
    pub fn datatype(&self) -> Datatype {
        self.datatype
    }

    /// The map from stored values to signal.
    pub fn scaling(&self) -> Scaling {
        self.scaling
    }

    /// What is unusual in the header.
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

    /// The chosen volume, or the only one.
    ///
    /// # Errors
    /// `Parameter` when the file holds several volumes and none is chosen, or does not hold the chosen one.
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

    /// Verifies the checksum of a gzip file even where not all of it is read, which inflates all of it.
    pub fn with_checksum(mut self) -> Self {
        self.verify_checksum = true;
        self
    }

    /// Number of bytes of a volume.
    pub(super) fn volume_bytes(&self) -> usize {
        self.grid.voxels().saturating_mul(self.datatype.bytes())
    }
}
