//! An opened NRRD or MetaImage file: its checked header, and the file that holds its voxels.

use std::{
    collections::BTreeMap,
    path::{Component, Path, PathBuf},
};

use super::{datatype::Datatype, voxels::StoredVoxels};
use crate::{
    error::{Detail, Error, ErrorKind, Result},
    finding::Finding,
    grid::{Grid, IndexBox},
    label_map::LabelMap,
    roi::{Labels, Roi},
    sink::Sink,
    volume::Volume,
};

/// An NRRD or MetaImage file, read by block. On opening, only its header is read and checked.
///
/// [`nrrd::open`](crate::nrrd::open) and [`metaimage::open`](crate::metaimage::open) make it.
#[derive(Debug, Clone)]
pub struct RasterFile {
    pub(crate) name: String,
    pub(crate) format: &'static str,
    pub(crate) is_oriented: bool,
    pub(crate) voxels: StoredVoxels,
    pub(crate) findings: Vec<Finding>,
}

impl RasterFile {
    /// The file's name, without its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The format as a word: `nrrd` or `metaimage`.
    pub fn format(&self) -> &'static str {
        self.format
    }

    /// The file that holds the voxels: the file itself, or the data file of a header.
    pub fn voxel_file(&self) -> &Path {
        &self.voxels.path
    }

    /// Size in bytes of the file that holds the voxels.
    pub fn stored_bytes(&self) -> u64 {
        self.voxels.stored_bytes
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
        self.is_oriented = true;
        Ok(self)
    }

    /// Whether the header says where the patient's left is.
    pub fn is_oriented(&self) -> bool {
        self.is_oriented
    }

    /// The number of volumes: the components of each voxel, or the points in time.
    pub fn volumes(&self) -> usize {
        self.voxels.volumes()
    }

    /// The number type of the voxels.
    pub fn datatype(&self) -> Datatype {
        self.voxels.datatype
    }

    /// Whether numbers are stored with the most significant byte first.
    pub fn big_endian(&self) -> bool {
        self.voxels.big_endian
    }

    /// What is unusual in the header.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The chosen volume, or the only one.
    ///
    /// # Errors
    /// `Parameter` when the file holds several volumes and none is chosen, or does not hold the chosen one.
    pub fn choose_volume(&self, choice: Option<usize>) -> Result<usize> {
        self.voxels.choose_volume(choice).map_err(|error| Error::from(error).at(&self.name))
    }

    /// Verifies the checksum of packed voxels even where not all of them are read, which unpacks all of them.
    pub fn with_checksum(mut self) -> Self {
        self.voxels.verify_checksum = true;
        self
    }

    /// Reads a box of voxels of one volume. Packed voxels are unpacked only up to the last row of the box.
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
    /// As [`RasterFile::read_block`], and when a value is not a whole number or the region is empty.
    pub fn read_roi(&self, volume: usize, labels: &Labels) -> Result<Roi> {
        self.voxels.read_roi(volume, labels).map_err(|error| error.at(&self.name))
    }

    /// Reads all labels of one volume.
    ///
    /// # Errors
    /// As [`RasterFile::read_block`], and when a value is not a whole number or every voxel is 0.
    pub fn read_labels(&self, volume: usize) -> Result<LabelMap> {
        self.voxels.read_labels(volume).map_err(|error| error.at(&self.name))
    }

    /// Counts the voxels of each label but 0 in one volume; `None` when a value is not a whole number, there are more than
    /// `max_labels`, or more than 64 that change from voxel to voxel, as in an image.
    ///
    /// # Errors
    /// As [`RasterFile::read_block`].
    pub fn count_labels(&self, volume: usize, max_labels: usize) -> Result<Option<BTreeMap<i64, usize>>> {
        self.voxels.count_labels(volume, max_labels).map_err(|error| error.at(&self.name))
    }

    /// Streams all voxels of one volume.
    pub(crate) fn stream(&self, volume: usize, sink: &mut impl Sink) -> Result<()> {
        self.voxels.stream(volume, sink)
    }
}

/// The data file that a header names. It lies in the header's folder: a name with a folder in it could lead anywhere.
pub(crate) fn data_file(header: &Path, name: &str) -> Result<PathBuf, DataFileError> {
    // some programs write `./` in front of a plain name
    let name = name.strip_prefix("./").unwrap_or(name);
    let mut parts = Path::new(name).components();
    let is_plain =
        matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name);
    let is_list = name == "LIST" || name.starts_with("LIST ") || name.contains('%');
    if is_list {
        return Err(DataFileError::Several);
    }
    if !is_plain || name.contains(['\\', '\0']) {
        return Err(DataFileError::NotPlain);
    }
    let path = header.with_file_name(name);
    if path.is_file() { Ok(path) } else { Err(DataFileError::Missing) }
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum DataFileError {
    #[error(
        "the header names its data file with a folder: expected the plain name of a file in the header's folder, so put both into one folder and take the folder out of the header"
    )]
    NotPlain,
    #[error(
        "the header lists several data files: expected one file with all slices, so save the image as one file"
    )]
    Several,
    #[error("the data file that the header names is not in the header's folder: keep both in one folder")]
    Missing,
}

impl Detail for DataFileError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotPlain | Self::Several => ErrorKind::Unsupported,
            Self::Missing => ErrorKind::Io,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_file_lies_beside_its_header() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        for file in [folder.path().join("up.raw"), inner.join("a b.raw")] {
            std::fs::write(file, "x").unwrap();
        }
        let header = inner.join("a.nhdr");
        assert_eq!(data_file(&header, "a b.raw").unwrap(), inner.join("a b.raw"));
        let absolute = folder.path().join("up.raw").to_str().unwrap().to_owned();
        assert_eq!(data_file(&header, "./a b.raw").unwrap(), inner.join("a b.raw"));
        for name in [
            "../up.raw",
            &absolute,
            "./../up.raw",
            ".//a b.raw",
            "././a b.raw",
            "..",
            ".",
            "./",
            "",
            "x\\a.raw",
            "a b.raw/",
        ] {
            assert!(matches!(data_file(&header, name), Err(DataFileError::NotPlain)), "{name}");
        }
        for name in ["LIST", "LIST 2", "a%03d.raw 1 4 1"] {
            assert!(matches!(data_file(&header, name), Err(DataFileError::Several)), "{name}");
        }
        assert!(matches!(data_file(&header, "b.raw"), Err(DataFileError::Missing)));
    }
}
