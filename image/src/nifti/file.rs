//! An opened NIfTI file: its checked header, and the file that holds its voxels.

use std::{collections::BTreeMap, path::Path};

use super::{
    error::NiftiError,
    extensions::{check_extensions, label_names},
    header::{HEADER_2, Header, NiftiVersion},
    orientation::{Orientation, orient},
    pair::{has_ending, partner},
};
use crate::{
    error::{Error, Result},
    file::file_name,
    finding::Finding,
    foreign,
    grid::{Grid, IndexBox},
    label_map::LabelMap,
    limits::Limits,
    raster::{Datatype, Encoding, Layout, StoredVoxels, Stream},
    roi::{Labels, Roi},
    sink::Sink,
    volume::{Scaling, Volume},
};

/// A NIfTI file, read by block. On opening, only its header is read and checked.
///
/// # Reference
/// The NIfTI-1 and NIfTI-2 standards (nifti1.h, nifti2.h; NIMH 2003, 2011).
#[derive(Debug, Clone)]
pub struct NiftiFile {
    header: Header,
    name: String,
    orientation: Orientation,
    /// Whether the grid is another image's.
    has_given_grid: bool,
    voxels: StoredVoxels,
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
        if header_file.is_symlink() && !header_file.exists() {
            return Err(foreign::DANGLING.into());
        }
        let (mut stream, encoding) = Stream::open_start(&header_file)?;
        let mut bytes = [0; HEADER_2];
        let filled = stream.read_up_to(&mut bytes)?;
        let header = match Header::parse(&bytes[..filled]) {
            Err(NiftiError::NotNifti) if has_ending(path, "img") => return Err(NiftiError::NoPartner.into()),
            Err(error @ (NiftiError::NotNifti | NiftiError::Dicom)) => {
                let found = foreign::named(&bytes[..filled], encoding == Encoding::Gzip);
                return Err(found.map_or_else(|| error.into(), Into::into));
            }
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
        let stored_bytes = StoredVoxels::size_of(&voxel_file)?;
        let (_, encoding) = Stream::open_start(&voxel_file)?;
        let voxels = StoredVoxels {
            path: voxel_file,
            stored_bytes,
            encoding,
            start: 0,
            offset,
            grid,
            layout: Layout::Apart(volumes),
            datatype,
            big_endian: header.big_endian,
            scaling,
            verify_checksum: false,
        };
        voxels.check_size()?;
        Ok(Self { name: file_name(path), header, orientation, has_given_grid: false, voxels, findings })
    }

    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file that holds the voxels: the file itself, or the `.img` of a pair.
    pub(crate) fn voxel_file(&self) -> &Path {
        &self.voxels.path
    }

    /// Size in bytes of the file that holds the voxels.
    pub fn stored_bytes(&self) -> u64 {
        self.voxels.stored_bytes
    }

    /// NIfTI-1 or NIfTI-2.
    pub fn version(&self) -> NiftiVersion {
        self.header.version
    }

    /// The shape and affine of the whole image.
    pub fn grid(&self) -> &Grid {
        &self.voxels.grid
    }

    /// Places the voxels on the grid of another image, where the header does not say where they lie.
    ///
    /// # Errors
    /// `Geometry` when the grid has another shape.
    pub fn with_grid(mut self, grid: Grid) -> Result<Self> {
        self.voxels.place(grid).map_err(|error| Error::from(error).at(&self.name))?;
        self.has_given_grid = true;
        Ok(self)
    }

    /// Whether left is told from right, by the header or by a grid that was given.
    pub fn is_oriented(&self) -> bool {
        self.has_given_grid || self.orientation != Orientation::None
    }

    /// Whether the grid is another image's.
    pub(crate) fn has_given_grid(&self) -> bool {
        self.has_given_grid
    }

    /// Which part of the header gave the affine.
    pub fn orientation(&self) -> Orientation {
        self.orientation
    }

    /// The number of volumes: the product of the axes past the third.
    pub fn volumes(&self) -> usize {
        self.voxels.volumes()
    }

    /// The number type of the voxels.
    pub fn datatype(&self) -> Datatype {
        self.voxels.datatype
    }

    /// The map from stored values to signal.
    pub fn scaling(&self) -> Scaling {
        self.voxels.scaling
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
        self.voxels.choose_volume(choice).map_err(|error| Error::from(error).at(&self.name))
    }

    /// Verifies the checksum of a gzip file even where not all of it is read, which inflates all of it.
    pub fn with_checksum(mut self) -> Self {
        self.voxels.verify_checksum = true;
        self
    }

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
        self.voxels.read_block(volume, block).map_err(|error| error.at(&self.name))
    }

    /// Reads the region with these labels in one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or the region is empty.
    pub fn read_roi(&self, volume: usize, labels: &Labels) -> Result<Roi> {
        self.voxels.read_roi(volume, labels).map_err(|error| error.at(&self.name))
    }

    /// Reads all labels of one volume.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`], and when a value is not a whole number or every voxel is 0.
    pub fn read_labels(&self, volume: usize) -> Result<LabelMap> {
        self.voxels.read_labels(volume).map_err(|error| error.at(&self.name))
    }

    /// Counts the voxels of each label but 0 in one volume; `None` when a value is not a whole number, there are more than
    /// `max_labels`, or more than 64 that change from voxel to voxel, as in an image.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`].
    pub fn count_labels(&self, volume: usize, max_labels: usize) -> Result<Option<BTreeMap<i64, usize>>> {
        self.voxels.count_labels(volume, max_labels).map_err(|error| error.at(&self.name))
    }

    /// The names of its labels, where an extension of the header holds a label table; only a single file is searched.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn label_names(&self) -> Result<BTreeMap<i64, String>> {
        let start = self.header.header_bytes() as u64;
        let end = if self.header.single_file { self.voxels.offset } else { start };
        // an extension takes 8 bytes behind the 4 that say whether there is one
        if end < start + 12 {
            return Ok(BTreeMap::new());
        }
        let names = label_names(&self.voxels.path, start, end).map_err(Error::from);
        names.map_err(|error| error.at(&self.name))
    }

    /// Streams all voxels of one volume.
    pub(crate) fn stream(&self, volume: usize, sink: &mut impl Sink) -> Result<()> {
        self.voxels.stream(volume, sink)
    }
}
