//! A mask or a label map, whatever its format.

use std::path::{Path, PathBuf};

use super::{
    Limits,
    dicom::{DicomFile, ImageSpace, ObjectKind, SegmentChoice, Segmentation, StructureSet, files_in},
    image::{Image, Source, is_dicom},
    nifti::LabelMapHeader,
    sink::Several,
};
use crate::{
    error::{Detail, Error, ErrorKind, Result},
    finding::Finding,
    label_map::{LabelMap, LabelMapBuilder},
    roi::{Labels, Roi, RoiBuilder},
};

/// An opened mask: its headers are checked, its voxels are not read yet.
#[derive(Debug)]
pub enum Mask {
    /// An image of labels.
    Image(Image),
    /// A DICOM segmentation.
    Segmentation(Segmentation),
    /// The contours of a DICOM structure set.
    StructureSet(StructureSet),
}

/// A part of a mask with what was odd in it.
pub type Found<T> = Result<(T, Vec<Finding>)>;

/// What was read of one file.
pub struct Parts {
    /// One for each choice.
    pub regions: Vec<Found<Roi>>,
    /// If they were asked for.
    pub labels: Option<Found<LabelMap>>,
}

impl Mask {
    /// Opens an image of labels as [`Image::open`] does, a DICOM segmentation or a structure set; a folder may hold
    /// one of these as its only DICOM file.
    ///
    /// # Errors
    /// As [`Image::open`], [`Segmentation::open`] and [`StructureSet::open`].
    pub fn open(path: &Path, series: Option<&str>, limits: Limits) -> Result<Self> {
        if is_dicom(path)
            && series.is_none()
            && let Some(path) = single_file(path)
        {
            let file = DicomFile::open(&path, limits)?;
            match ObjectKind::of(file.dataset()) {
                ObjectKind::Segmentation => {
                    return Segmentation::of_file(file, limits).map(Self::Segmentation);
                }
                ObjectKind::StructureSet => return StructureSet::of_file(file).map(Self::StructureSet),
                ObjectKind::Image => {}
            }
        }
        Image::open(path, series, limits).map(Self::Image)
    }

    /// Where it comes from.
    pub fn source(&self) -> Source<'_> {
        match self {
            Self::Image(image) => image.source(),
            Self::Segmentation(segmentation) => Source {
                name: segmentation.name(),
                format: "dicom-seg",
                bytes: segmentation.stored_bytes(),
                files: vec![segmentation.path()],
                oriented: true,
                findings: &[],
            },
            Self::StructureSet(structures) => Source {
                name: structures.name(),
                format: "dicom-rtstruct",
                bytes: structures.stored_bytes(),
                files: vec![structures.path()],
                oriented: true,
                findings: &[],
            },
        }
    }

    /// The labels, segments or structures that a choice means; none where it is every one of an image.
    ///
    /// # Errors
    /// `Parameter` when the choice is not in the file, or names a label of an image, which has no names.
    pub fn choose(&self, choice: &SegmentChoice) -> Result<Option<Vec<i64>>> {
        match self {
            Self::Segmentation(segmentation) => segmentation.choose(choice).map(Some),
            Self::StructureSet(structures) => structures.choose(choice).map(Some),
            Self::Image(image) => match choice {
                SegmentChoice::All => Ok(None),
                SegmentChoice::Numbers(numbers) => Ok(Some(numbers.clone())),
                SegmentChoice::Named(_) => Err(Error::from(MaskError::NoNames).at(image.source().name)),
            },
        }
    }

    /// Reads chosen parts as regions, and every label or every segment by its number; contours and segments lie
    /// on the grid of an image where they fit one. An image of labels is read once for all.
    ///
    /// # Errors
    /// As [`NiftiFile::read_block`](super::nifti::NiftiFile::read_block) and [`DicomSeries::read_block`](super::dicom::DicomSeries::read_block).
    /// Of a part, as [`Segmentation::read_roi`], [`Segmentation::read_labels`] and [`StructureSet::read_roi`];
    /// `Unsupported` for the labels of a structure set.
    pub fn read(&self, choices: &[&SegmentChoice], labels: bool, images: &[ImageSpace<'_>]) -> Result<Parts> {
        match self {
            Self::Image(image) => self.stream(image, choices, labels),
            Self::Segmentation(file) => Ok(Parts {
                regions: each(choices, |choice, findings| file.read_roi(choice, images, findings)),
                labels: labels.then(|| noted(|findings| file.read_labels(images, findings))),
            }),
            Self::StructureSet(file) => Ok(Parts {
                regions: each(choices, |choice, findings| file.read_roi(choice, images, findings)),
                labels: labels.then(|| Err(Error::from(MaskError::NoLabels).at(file.name()))),
            }),
        }
    }

    /// The parts of an image of labels, in one pass.
    fn stream(&self, image: &Image, choices: &[&SegmentChoice], labels: bool) -> Result<Parts> {
        let name = image.source().name;
        let region = |choice: &&SegmentChoice| -> Result<RoiBuilder> {
            let labels = self.choose(choice)?.map_or(Labels::NonZero, Labels::Only);
            Ok(RoiBuilder::new(*image.grid(), labels))
        };
        let mut several = Several {
            regions: choices.iter().map(region).collect::<Result<_>>()?,
            labels: labels.then(|| LabelMapBuilder::new(*image.grid())),
        };
        image.stream(&mut several).map_err(|error| error.at(name))?;
        let Several { regions, labels } = several;
        let finished = |builder: RoiBuilder| noted(|_| builder.finish().map_err(|error| error.at(name)));
        Ok(Parts {
            regions: regions.into_iter().map(finished).collect(),
            labels: labels.map(|builder| noted(|_| builder.finish().map_err(|error| error.at(name)))),
        })
    }

    /// The header of a label map on the region's grid.
    pub fn label_map_header(&self, roi: &Roi) -> LabelMapHeader {
        match self {
            Self::Image(image) => image.label_map_header(),
            Self::Segmentation(_) | Self::StructureSet(_) => LabelMapHeader::of_grid(roi.grid()),
        }
    }
}

/// What was read, or why not, with what was odd in it.
fn noted<T>(read: impl FnOnce(&mut Vec<Finding>) -> Result<T>) -> Found<T> {
    let mut findings = Vec::new();
    read(&mut findings).map(|found| (found, findings))
}

fn each(
    choices: &[&SegmentChoice],
    read: impl Fn(&SegmentChoice, &mut Vec<Finding>) -> Result<Roi>,
) -> Vec<Found<Roi>> {
    choices.iter().map(|choice| noted(|findings| read(choice, findings))).collect()
}

/// The file itself, or the only DICOM file of a folder and all in it, which may have an index beside it.
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
    #[error("a label map has no names: choose its labels by number, as in `mask.nii.gz:2`")]
    NoNames,
    #[error("contours are no label map: expected a label map or a segmentation")]
    NoLabels,
}

impl Detail for MaskError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoNames => ErrorKind::Parameter,
            Self::NoLabels => ErrorKind::Unsupported,
        }
    }
}
