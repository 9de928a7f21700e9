//! What a DICOM file is read as, by its modality.

use std::path::Path;

use dicom_dictionary_std::tags;

use super::{Dataset, DicomFile};
use crate::{Limits, error::Result};

/// What a DICOM file is read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// One or more slices, or something without any.
    Image,
    /// A segmentation (SEG).
    Segmentation,
    /// A structure set (RTSTRUCT).
    StructureSet,
}

impl ObjectKind {
    /// What a file is read as.
    ///
    /// # Errors
    /// `Io` when it cannot be opened, `Malformed` when it is not DICOM or is damaged, `Unsupported` for a
    /// DICOMDIR and a transfer syntax that is not read.
    pub fn of_file(path: impl AsRef<Path>, limits: Limits) -> Result<Self> {
        Ok(Self::of(DicomFile::open(path.as_ref(), limits)?.dataset()))
    }

    pub(crate) fn of(dataset: Dataset<'_>) -> Self {
        match dataset.text(tags::MODALITY).as_deref() {
            Some("SEG") => Self::Segmentation,
            Some("RTSTRUCT") => Self::StructureSet,
            _ => Self::Image,
        }
    }
}
