//! Masks and label maps in any supported format.

use std::path::{Path, PathBuf};

use crate::{
    content::Content,
    dicom::{
        DicomFile, ImageSpace, ObjectKind, SegmentChoice, Segmentation, Selector, StructureSet, files_in,
        listed_masks, masks_in, selected_mask,
    },
    error::{Detail, Error, ErrorKind, Result},
    finding::Finding,
    folder::MaskFolder,
    image::{ImageReader, SourceInfo, is_dicom},
    label_map::LabelMapBuilder,
    limits::Limits,
    mask_contents::{MaskContents, WithFindings},
    nifti::LabelMapHeader,
    nrrd::{NrrdSegmentation, SegmentMeaning},
    roi::{Labels, Roi, RoiBuilder},
    sink::MaskSink,
};

/// Reads a mask or label map in any supported format. On opening, only its headers are read and checked.
///
/// # Example
/// ```no_run
/// use hemastage_image::{Limits, MaskReader, dicom::SegmentChoice};
/// let mask = MaskReader::open("labels.nii.gz".as_ref(), None, Limits::default())?;
/// let contents = mask.read(&[&SegmentChoice::Numbers(vec![3])], false, &[])?;
/// for region in contents.regions {
///     let (roi, findings) = region?;
///     println!("{} voxels, {} findings", roi.len(), findings.len());
/// }
/// # Ok::<(), hemastage_image::Error>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum MaskReader {
    /// An image of labels.
    Image(ImageReader),
    /// A DICOM segmentation.
    Segmentation(Segmentation),
    /// The contours of a DICOM structure set.
    StructureSet(StructureSet),
    /// A segmentation of 3D Slicer.
    Nrrd(Box<NrrdSegmentation>),
    /// A folder with a mask per file.
    Folder(MaskFolder),
}

impl MaskReader {
    /// Opens a segmentation, a structure set, or an image of labels as [`ImageReader::open`] does; a folder may hold a
    /// DICOM segmentation or structure set as its only DICOM file, or among others if `series` selects it, or no DICOM but
    /// a mask per file.
    ///
    /// # Errors
    /// As [`ImageReader::open`], [`Segmentation::open`], [`StructureSet::open`] and [`NrrdSegmentation::open`].
    pub fn open(path: &Path, series: Option<&str>, limits: Limits) -> Result<Self> {
        if series.is_none()
            && let Some(folder) = MaskFolder::open(path, limits)
        {
            return Ok(Self::Folder(folder));
        }
        let content = Content::of(path);
        if content == Content::Nrrd
            && series.is_none()
            && let Some(segmentation) = NrrdSegmentation::open(path, limits)?
        {
            return Ok(Self::Nrrd(Box::new(segmentation)));
        }
        if content == Content::Dicom
            && let Some((kind, file)) = dicom_file(path, series, limits)?
        {
            match kind {
                ObjectKind::Segmentation => {
                    return Segmentation::of_file(file, limits).map(Self::Segmentation);
                }
                ObjectKind::StructureSet => return StructureSet::of_file(file).map(Self::StructureSet),
                ObjectKind::Image => {}
            }
        }
        ImageReader::open(path, series, limits)
            .map(Self::Image)
            .map_err(|error| with_masks(error, path, limits))
    }

    /// What a report says of its files.
    pub fn source(&self) -> SourceInfo<'_> {
        match self {
            Self::Image(image) => image.source(),
            Self::Segmentation(segmentation) => SourceInfo {
                name: segmentation.name(),
                format: "dicom-seg",
                bytes: segmentation.stored_bytes(),
                files: vec![segmentation.path()],
                oriented: true,
                findings: &[],
            },
            Self::StructureSet(structures) => SourceInfo {
                name: structures.name(),
                format: "dicom-rtstruct",
                bytes: structures.stored_bytes(),
                files: vec![structures.path()],
                oriented: true,
                findings: &[],
            },
            Self::Nrrd(segmentation) => {
                let file = segmentation.file();
                SourceInfo {
                    name: file.name(),
                    format: "nrrd-seg",
                    bytes: file.stored_bytes(),
                    files: vec![file.voxel_file()],
                    oriented: file.is_oriented(),
                    findings: file.findings(),
                }
            }
            Self::Folder(folder) => SourceInfo {
                name: folder.name(),
                format: "folder",
                bytes: folder.stored_bytes(),
                files: folder.files().collect(),
                oriented: folder.is_oriented(),
                findings: folder.findings(),
            },
        }
    }

    /// The numbers of the labels, segments or structures that a choice selects; `None` for all labels of an image.
    ///
    /// # Errors
    /// `Parameter` when the choice is not in the file, or selects label 0 of an image, or one by name: these have none.
    pub fn choose(&self, choice: &SegmentChoice) -> Result<Option<Vec<i64>>> {
        match self {
            Self::Segmentation(segmentation) => segmentation.choose(choice).map(Some),
            Self::StructureSet(structures) => structures.choose(choice).map(Some),
            Self::Nrrd(segmentation) => segmentation.choose(choice),
            Self::Folder(folder) => Err(folder.no_choice(choice)),
            Self::Image(image) => match choice {
                SegmentChoice::All => Ok(None),
                SegmentChoice::Numbers(numbers) if numbers.contains(&0) => {
                    Err(Error::from(MaskError::Background).at(image.source().name))
                }
                SegmentChoice::Numbers(numbers) => Ok(Some(numbers.clone())),
                SegmentChoice::Named(_) => Err(Error::from(MaskError::NoNames).at(image.source().name)),
            },
        }
    }

    /// The names of segments, structures or labels, with their numbers, where the file has some. A name is free text, and may
    /// be that of a person: it is for comparing, not for an output.
    ///
    /// # Errors
    /// `Io` when a `NIfTI` file's table of labels cannot be read.
    pub fn names(&self) -> Result<Vec<(i64, String)>> {
        let named = match self {
            Self::Segmentation(segmentation) => segmentation.names(),
            Self::StructureSet(structures) => structures.names(),
            Self::Nrrd(segmentation) => segmentation.names(),
            Self::Image(ImageReader::Nifti(file)) => return Ok(file.label_names()?.into_iter().collect()),
            Self::Image(_) | Self::Folder(_) => Vec::new(),
        };
        Ok(named.into_iter().map(|(number, name)| (number, name.to_owned())).collect())
    }

    /// Reads a region per choice and, if `labels` is set, a label map of all labels or segments by their numbers.
    ///
    /// An image of labels is read once for all of these. Contours are drawn on the grid of one of the `images`, and
    /// segments are placed on one where they fit it.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`](crate::nifti::NiftiFile::read_block) and [`DicomSeries::read_block`](crate::dicom::DicomSeries::read_block).
    /// Each of the contents may be an error: as [`Segmentation::read_roi`], [`Segmentation::read_labels`] and [`StructureSet::read_roi`];
    /// `Unsupported` for the labels of a structure set.
    pub fn read(
        &self,
        choices: &[&SegmentChoice],
        labels: bool,
        images: &[ImageSpace<'_>],
    ) -> Result<MaskContents> {
        match self {
            Self::Image(image) => self.stream(image, choices, labels),
            Self::Segmentation(file) => Ok(MaskContents {
                regions: each(choices, |choice, findings| file.read_roi(choice, images, findings)),
                labels: labels.then(|| with_findings(|findings| file.read_labels(images, findings))),
            }),
            Self::StructureSet(file) => Ok(MaskContents {
                regions: each(choices, |choice, findings| file.read_roi(choice, images, findings)),
                labels: labels.then(|| Err(Error::from(MaskError::NoLabels).at(file.name()))),
            }),
            Self::Nrrd(file) => file.read(choices, labels),
            Self::Folder(folder) => Ok(MaskContents {
                regions: choices.iter().map(|choice| Err(folder.no_choice(choice))).collect(),
                labels: labels.then(|| folder.read_labels().map(|map| (map, Vec::new()))),
            }),
        }
    }

    /// Reads an image of labels in one pass.
    fn stream(&self, image: &ImageReader, choices: &[&SegmentChoice], labels: bool) -> Result<MaskContents> {
        let name = image.source().name;
        let region = |choice: &&SegmentChoice| -> Result<RoiBuilder> {
            let labels = self.choose(choice)?.map_or(Labels::NonZero, Labels::Only);
            Ok(RoiBuilder::new(*image.grid(), labels))
        };
        let mut sink = MaskSink {
            regions: choices.iter().map(region).collect::<Result<_>>()?,
            labels: labels.then(|| LabelMapBuilder::new(*image.grid())),
            is_rounded: false,
        };
        image.stream(&mut sink).map_err(|error| error.at(name))?;
        let MaskSink { regions, labels, is_rounded } = sink;
        let message = "the labels are stored in steps below 1 and were rounded to the whole numbers that they were: a map of whole numbers needs no scaling (scl_slope 1)";
        let rounded: Vec<Finding> =
            is_rounded.then(|| Finding::info("labels_rescaled", message)).into_iter().collect();
        let region = |builder: RoiBuilder| Ok((builder.finish()?, rounded.clone()));
        let map = |builder: LabelMapBuilder| Ok((builder.finish()?, rounded.clone()));
        Ok(MaskContents {
            regions: regions
                .into_iter()
                .map(|builder| region(builder).map_err(|error: Error| error.at(name)))
                .collect(),
            labels: labels.map(|builder| map(builder).map_err(|error: Error| error.at(name))),
        })
    }

    /// The header for writing a label map on the grid of a region of this mask.
    pub fn label_map_header(&self, roi: &Roi) -> LabelMapHeader {
        match self {
            Self::Image(image) => image.label_map_header(),
            _ => LabelMapHeader::of_grid(roi.grid()),
        }
    }

    /// Numbers the masks of a folder by the names of their files, as a label map of them needs; no other mask changes.
    ///
    /// # Errors
    /// As [`ImageReader::open`] for those that have a number.
    pub fn number_masks(&mut self, number: impl Fn(&str) -> Option<i64>) -> Result<()> {
        if let Self::Folder(folder) = self { folder.number(number) } else { Ok(()) }
    }

    /// Gives the segments of 3D Slicer the numbers that their names mean, as a label map of them needs; how many have
    /// one, of how many. `None` of other masks.
    pub fn number_segments(
        &mut self,
        meaning: impl Fn(&str) -> Option<SegmentMeaning>,
    ) -> Option<(usize, usize)> {
        let Self::Nrrd(segmentation) = self else { return None };
        Some((segmentation.number(meaning), segmentation.segments().count()))
    }

    /// The labels in the file of these numbers of its label map: those of segments that were given the numbers, else they
    /// themselves.
    pub fn labels_numbered(&self, numbers: &[i64]) -> Vec<i64> {
        let given =
            if let Self::Nrrd(segmentation) = self { segmentation.labels_numbered(numbers) } else { vec![] };
        if given.is_empty() { numbers.to_vec() } else { given }
    }
}

/// What a read returns, together with the findings that it pushes.
fn with_findings<T>(read: impl FnOnce(&mut Vec<Finding>) -> Result<T>) -> Result<WithFindings<T>> {
    let mut findings = Vec::new();
    read(&mut findings).map(|value| (value, findings))
}

fn each(
    choices: &[&SegmentChoice],
    read: impl Fn(&SegmentChoice, &mut Vec<Finding>) -> Result<Roi>,
) -> Vec<Result<WithFindings<Roi>>> {
    choices.iter().map(|choice| with_findings(|findings| read(choice, findings))).collect()
}

/// The DICOM file that a path stands for, unless it is one of images in a folder.
fn dicom_file(path: &Path, series: Option<&str>, limits: Limits) -> Result<Option<(ObjectKind, DicomFile)>> {
    match series {
        None => single_file(path)
            .map(|path| {
                let file = DicomFile::open(&path, limits)?;
                Ok((ObjectKind::of(file.dataset()), file))
            })
            .transpose(),
        Some(series) if path.is_dir() => selected_mask(path, &Selector::parse(series)?, limits),
        Some(_) => Ok(None),
    }
}

/// Adds the masks in a folder to the error about a choice of its series.
fn with_masks(error: Error, path: &Path, limits: Limits) -> Error {
    if error.kind() != ErrorKind::Parameter || !path.is_dir() {
        return error;
    }
    match masks_in(path, limits) {
        Ok(masks) if !masks.is_empty() => {
            MaskError::Choose { problem: error.to_string(), masks: listed_masks(&masks) }.into()
        }
        _ => error,
    }
}

/// The file itself, or the only DICOM file in a folder and its subfolders (a DICOMDIR is not counted).
fn single_file(path: &Path) -> Option<PathBuf> {
    if !path.is_dir() {
        return Some(path.to_owned());
    }
    let mut files = files_in(path).ok()?.into_iter().filter(|file| is_dicom(file));
    let only = files.next()?;
    files.next().is_none().then_some(only)
}

#[derive(Debug, thiserror::Error)]
enum MaskError {
    #[error("{problem}{masks}")]
    Choose { problem: String, masks: String },
    #[error("a label map has no names: choose its labels by number, as in `mask.nii.gz:2`")]
    NoNames,
    #[error("label 0 is what no label was given to: choose labels that are not 0, or none for all of them")]
    Background,
    #[error("contours are no label map: expected a label map or a segmentation")]
    NoLabels,
}

impl Detail for MaskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Choose { .. } | Self::NoNames | Self::Background => ErrorKind::Parameter,
            Self::NoLabels => ErrorKind::Unsupported,
        }
    }
}
