//! Images in any supported format.

use std::path::{Path, PathBuf};

use crate::{
    acquisition::Acquisition,
    array::ArrayImage,
    content::Content,
    dicom::{DicomSeries, ImageSpace, ObjectKind, Selector, files_in},
    error::{Detail, Error, ErrorKind, Result},
    file::file_name,
    finding::Finding,
    grid::{Grid, IndexBox},
    limits::Limits,
    metaimage,
    nifti::{LabelMapHeader, NiftiFile, NiftiVersion, other_half},
    nrrd,
    raster::RasterFile,
    sidecar,
    sink::Sink,
    volume::Volume,
};

/// What a report says of the files behind an image or a mask.
#[derive(Debug)]
#[non_exhaustive]
pub struct SourceInfo<'a> {
    /// The file's name or the series' number; never a folder.
    pub name: &'a str,
    /// The format as a word, such as `nifti-1` or `dicom-seg`.
    pub format: &'static str,
    /// Total size of the files as stored.
    pub bytes: u64,
    /// The files that hold the voxels; those of a series in the order of its slices.
    pub files: Vec<&'a Path>,
    /// Whether the header distinguishes left from right.
    pub oriented: bool,
    /// What is unusual in the headers.
    pub findings: &'a [Finding],
}

/// Reads an image in any supported format, box by box. On opening, only its headers are read and checked.
///
/// # Example
/// ```no_run
/// use hemastage_image::{ImageReader, Limits, grid::IndexBox};
/// let image = ImageReader::open("t2.nii.gz".as_ref(), None, Limits::default())?;
/// let slab = IndexBox { start: [0, 100, 100], end: [8, 200, 200] };
/// let volume = image.read_block(None, slab)?;
/// println!("{:?}", volume.signal([4, 150, 150]));
/// # Ok::<(), hemastage_image::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum ImageReader {
    /// A NIfTI file.
    Nifti(Box<NiftiFile>),
    /// An NRRD or MetaImage file.
    Raster(Box<RasterFile>),
    /// A DICOM series.
    Dicom(Box<DicomSeries>),
    /// Voxels in memory.
    Array(Box<ArrayImage>),
}

impl ImageReader {
    /// The format of an image in memory.
    pub const ARRAY: &str = "array";

    /// Opens a NIfTI, NRRD or MetaImage file, a DICOM file or a folder of DICOM files; `series` selects one of several
    /// series as [`Selector::parse`] reads it.
    ///
    /// # Errors
    /// As [`NiftiFile::open`], [`nrrd::open`], [`metaimage::open`] and [`DicomSeries::open`]; `Parameter` when a series is
    /// selected in a file that has none.
    pub fn open(path: &Path, series: Option<&str>, limits: Limits) -> Result<Self> {
        if cfg!(not(windows)) && path.to_string_lossy().contains('\\') && !path.exists() {
            return Err(Error::from(ImageError::Backslash).at(file_name(path)));
        }
        let image = match Content::of(path) {
            Content::Dicom => {
                let selector = series.map_or(Ok(Selector::Only), Selector::parse)?;
                return Ok(Self::Dicom(Box::new(DicomSeries::open(path, &selector, limits)?)));
            }
            Content::Nrrd => Self::Raster(Box::new(nrrd::open(path, limits)?)),
            Content::MetaImage => Self::Raster(Box::new(metaimage::open(path, limits)?)),
            Content::Other => Self::Nifti(Box::new(NiftiFile::open(path, limits)?)),
        };
        if series.is_some() {
            let kind = match &image {
                Self::Raster(file) if file.format() == "nrrd" => "an NRRD",
                Self::Raster(_) => "a MetaImage",
                _ => "a NIfTI",
            };
            return Err(Error::from(ImageError::NoSeries { kind }).at(image.source().name));
        }
        Ok(image)
    }

    /// Verifies the checksum of a gzip file, even where not all of it is read.
    pub fn with_checksum(self) -> Self {
        match self {
            Self::Nifti(file) => Self::Nifti(Box::new(file.with_checksum())),
            Self::Raster(file) => Self::Raster(Box::new(file.with_checksum())),
            other => other,
        }
    }

    /// Places the voxels on the grid of another image, where the header does not say where they lie.
    ///
    /// # Errors
    /// `Geometry` when the grid has another shape, or the file has its own.
    pub fn with_grid(self, grid: Grid) -> Result<Self> {
        match self {
            Self::Nifti(file) => file.with_grid(grid).map(|file| Self::Nifti(Box::new(file))),
            Self::Raster(file) => file.with_grid(grid).map(|file| Self::Raster(Box::new(file))),
            Self::Dicom(series) => Err(Error::from(ImageError::OwnGrid).at(series.name())),
            Self::Array(image) => Err(Error::from(ImageError::OwnGrid).at(image.name())),
        }
    }

    /// The shape and affine of the whole image.
    pub fn grid(&self) -> &Grid {
        match self {
            Self::Nifti(file) => file.grid(),
            Self::Raster(file) => file.grid(),
            Self::Dicom(series) => series.grid(),
            Self::Array(image) => image.grid(),
        }
    }

    /// What a report says of its files.
    pub fn source(&self) -> SourceInfo<'_> {
        match self {
            Self::Nifti(file) => SourceInfo {
                name: file.name(),
                format: if file.version() == NiftiVersion::One { "nifti-1" } else { "nifti-2" },
                bytes: file.stored_bytes(),
                files: vec![file.voxel_file()],
                oriented: file.is_oriented(),
                findings: file.findings(),
            },
            Self::Raster(file) => SourceInfo {
                name: file.name(),
                format: file.format(),
                bytes: file.stored_bytes(),
                files: vec![file.voxel_file()],
                oriented: file.is_oriented(),
                findings: file.findings(),
            },
            Self::Dicom(series) => SourceInfo {
                name: series.name(),
                format: "dicom",
                bytes: series.stored_bytes(),
                files: series.files().collect(),
                oriented: true,
                findings: series.findings(),
            },
            Self::Array(image) => SourceInfo {
                name: image.name(),
                format: Self::ARRAY,
                bytes: 0,
                files: Vec::new(),
                oriented: true,
                findings: &[],
            },
        }
    }

    /// The scan parameters, from the DICOM headers or from the BIDS sidecar of the file at `path`; `None` when there
    /// is no sidecar.
    ///
    /// # Errors
    /// When there is a sidecar but it cannot be read.
    pub fn acquisition(&self, path: &Path) -> Result<Option<Acquisition>> {
        match self {
            Self::Nifti(_) | Self::Raster(_) => sidecar::acquisition(path),
            Self::Dicom(series) => Ok(Some(series.acquisition().clone())),
            Self::Array(_) => Ok(None),
        }
    }

    /// Where it lies and what masks call it, for masks drawn on it.
    pub fn space(&self) -> ImageSpace<'_> {
        match self {
            Self::Nifti(_) | Self::Raster(_) | Self::Array(_) => ImageSpace::new(self.grid(), None),
            Self::Dicom(series) => ImageSpace::of_series(series),
        }
    }

    /// Reads a box of the image, or of one of its volumes.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`] and [`DicomSeries::read_block`]; `Parameter` as [`ImageReader::check_volume`].
    pub fn read_block(&self, volume: Option<usize>, block: IndexBox) -> Result<Volume> {
        self.check_volume(volume)?;
        match self {
            Self::Nifti(file) => file.read_block(file.choose_volume(volume)?, block),
            Self::Raster(file) => file.read_block(file.choose_volume(volume)?, block),
            Self::Dicom(series) => series.read_block(block),
            Self::Array(image) => image.read_block(block),
        }
    }

    /// Checks the choice of a volume.
    ///
    /// # Errors
    /// `Parameter` when the image does not have it, or has several and none is chosen.
    pub fn check_volume(&self, volume: Option<usize>) -> Result<()> {
        match self {
            Self::Nifti(file) => file.choose_volume(volume).map(drop),
            Self::Raster(file) => file.choose_volume(volume).map(drop),
            Self::Dicom(series) if volume.is_some() => {
                Err(Error::from(ImageError::OneVolume).at(series.name()))
            }
            Self::Array(image) if volume.is_some() => Err(Error::from(ImageError::OneArray).at(image.name())),
            Self::Dicom(_) | Self::Array(_) => Ok(()),
        }
    }

    /// Streams all voxels, as those of a mask.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`] and [`DicomSeries::read_block`]; `Unsupported` when it has several volumes.
    pub(crate) fn stream(&self, sink: &mut impl Sink) -> Result<()> {
        let volumes = match self {
            Self::Nifti(file) => file.volumes(),
            Self::Raster(file) => file.volumes(),
            Self::Dicom(_) | Self::Array(_) => 1,
        };
        if volumes > 1 {
            return Err(ImageError::MaskVolumes { volumes }.into());
        }
        match self {
            Self::Nifti(file) => file.stream(file.choose_volume(None)?, sink),
            Self::Raster(file) => file.stream(file.choose_volume(None)?, sink),
            Self::Dicom(series) => series.stream(sink),
            Self::Array(image) => {
                image.stream(sink);
                Ok(())
            }
        }
    }

    /// The header of a label map on its grid.
    pub fn label_map_header(&self) -> LabelMapHeader {
        match self {
            Self::Nifti(file) if file.has_given_grid() => LabelMapHeader::of_grid(file.grid()),
            Self::Nifti(file) => LabelMapHeader::of_file(file),
            Self::Raster(file) => LabelMapHeader::of_grid(file.grid()),
            Self::Dicom(series) => LabelMapHeader::of_grid(series.grid()),
            Self::Array(image) => LabelMapHeader::of_grid(image.grid()),
        }
    }
}

/// The files that opening a path may read: all in a folder, all of a DICOM file's series, a NIfTI file with its `.hdr` or
/// `.img`, or a header with its data file.
///
/// # Errors
/// When a folder cannot be listed.
pub fn files_of(path: &Path, limits: Limits) -> Result<Vec<PathBuf>> {
    if path.is_dir() {
        return files_in(path);
    }
    let mut files = vec![path.to_owned()];
    match Content::of(path) {
        Content::Dicom => {
            let is_image = ObjectKind::of_file(path, limits).is_ok_and(|kind| kind == ObjectKind::Image);
            let series = is_image.then(|| DicomSeries::open(path, &Selector::Only, limits).ok()).flatten();
            files.extend(series.iter().flat_map(DicomSeries::files).map(Path::to_owned));
        }
        Content::Nrrd => files.extend(nrrd::voxel_file(path)),
        Content::MetaImage => files.extend(metaimage::voxel_file(path)),
        Content::Other => files.extend(other_half(path)),
    }
    Ok(files)
}

/// Whether a path is read as DICOM: a folder, or a file that starts like DICOM. Little more than its start is read.
pub fn is_dicom(path: &Path) -> bool {
    Content::of(path) == Content::Dicom
}

#[derive(Debug, thiserror::Error)]
enum ImageError {
    #[error("{kind} file holds no series: leave out what stands after `#`")]
    NoSeries { kind: &'static str },
    #[error(
        "there is no such file, and its path has a backslash, which separates folders on Windows alone: write `/`"
    )]
    Backslash,
    #[error("a DICOM series has its own grid: expected a file without orientation")]
    OwnGrid,
    #[error(
        "the file holds {volumes} volumes, and a mask is one: save that with the mask as a file of its own, or several labels in one volume"
    )]
    MaskVolumes { volumes: usize },
    #[error("a DICOM series is one volume: choose another series instead of a volume")]
    OneVolume,
    #[error("an array is one volume: leave out the choice of one")]
    OneArray,
}

impl Detail for ImageError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Backslash => ErrorKind::Io,
            Self::MaskVolumes { .. } => ErrorKind::Unsupported,
            Self::NoSeries { .. } | Self::OneVolume | Self::OneArray | Self::OwnGrid => ErrorKind::Parameter,
        }
    }
}
