//! Makes the reference and the vertebrae of a study from masks and text.

use std::path::Path;

use hemastage_image::{error::Result, file_name, is_dicom, label_map::LabelMap, roi::Roi};

use super::{ImageFile, MaskFile, ReferenceFile, VertebraeFile, content::text, error::LoadError};
use crate::{
    steps::{
        level::{Landmarks, Scheme},
        reference::{Reference, Tissue},
    },
    study::{ReferenceSource, VertebraeSource},
};

impl ReferenceFile {
    /// The role and the mask of the tissue.
    pub(super) fn mask(&self) -> Option<(&'static str, &MaskFile)> {
        match self {
            Self::Cord(mask) | Self::Tissue { tissue: Tissue::Cord, mask } => Some(("cord", mask)),
            Self::Tissue { mask, .. } => Some(("reference", mask)),
            Self::Anatomy | Self::Values { .. } => None,
        }
    }

    /// The reference; `region` is called for the region of its mask.
    pub(super) fn source(&self, region: impl FnOnce() -> Roi) -> Result<ReferenceSource> {
        Ok(match self {
            Self::Cord(_) => ReferenceSource::cord(region()),
            Self::Anatomy => return Err(LoadError::NoAnatomy.into()),
            Self::Tissue { tissue, .. } => ReferenceSource::tissue(tissue.clone(), region()),
            &Self::Values { t1, t2 } => {
                ReferenceSource::given(Reference::given(t1.0, t1.1)?, Reference::given(t2.0, t2.1)?)
            }
        })
    }
}

impl VertebraeFile {
    /// The role and the image that holds them; `None` if they are text.
    pub(super) fn image(&self) -> Option<(&'static str, ImageFile)> {
        match self {
            Self::Map { map, .. } => Some(("vertebrae", map.clone())),
            Self::Landmarks(path) => {
                (is_image(path) || is_dicom(path)).then(|| ("landmarks", ImageFile::new(path)))
            }
        }
    }

    /// The vertebrae, given the labels of their image if an image holds them.
    pub(super) fn source(&self, labels: Option<LabelMap>) -> Result<VertebraeSource> {
        let found = match (self, labels) {
            (Self::Map { scheme, .. }, Some(map)) => {
                let scheme = scheme.clone().map_or_else(|| Scheme::choose(None, &map), Ok);
                scheme.map(|scheme| VertebraeSource::map(map, scheme))
            }
            (Self::Landmarks(_), Some(points)) => Scheme::built_in("sct")
                .and_then(|scheme| Landmarks::from_disc_points(&points, &scheme))
                .map(VertebraeSource::landmarks),
            (_, None) => text(self.path()).and_then(|text| text.parse()).map(VertebraeSource::landmarks),
        };
        found.map_err(|error| error.at(file_name(self.path())))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Map { map, .. } => &map.path,
            Self::Landmarks(path) => path,
        }
    }
}

/// Whether a file's name is that of an image.
fn is_image(path: &Path) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    [".nii", ".hdr", ".img", ".nrrd", ".nhdr", ".mha", ".mhd"]
        .iter()
        .any(|ending| name.trim_end_matches(".gz").ends_with(ending))
}
