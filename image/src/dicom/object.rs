//! What a DICOM file holds, by its SOP class, else its modality.

use std::path::Path;

use dicom_dictionary_std::{tags, uids};

use super::{dataset::Dataset, file::DicomFile};
use crate::{error::Result, limits::Limits};

/// What a DICOM file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// An image of one or more slices, or anything else that is no mask.
    Image,
    /// A segmentation (SEG).
    Segmentation,
    /// A structure set (RTSTRUCT).
    StructureSet,
}

impl ObjectKind {
    /// What a file holds.
    ///
    /// # Errors
    /// `Io` when it cannot be opened, `Malformed` when it is not DICOM or is damaged, `Unsupported` for a DICOMDIR and
    /// an unsupported transfer syntax.
    pub fn of_file(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        Ok(Self::of(DicomFile::open(path.as_ref(), limits)?.dataset()))
    }

    pub(crate) fn of(dataset: Dataset<'_>) -> Self {
        const LABEL_MAP: &str = "1.2.840.10008.5.1.4.1.1.66.7";
        match dataset.text(tags::SOP_CLASS_UID).as_deref() {
            Some(uids::SEGMENTATION_STORAGE | LABEL_MAP) => return Self::Segmentation,
            Some(uids::RT_STRUCTURE_SET_STORAGE) => return Self::StructureSet,
            _ => {}
        }
        match dataset.text(tags::MODALITY).as_deref() {
            Some("SEG") => Self::Segmentation,
            Some("RTSTRUCT") => Self::StructureSet,
            _ => Self::Image,
        }
    }
}
