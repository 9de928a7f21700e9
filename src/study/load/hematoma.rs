//! The mask of the hematoma, or that there is none.

use hemastage_image::{
    dicom::ImageSpace,
    error::{Error, Result},
};

use super::{error::LoadError, files::MaskFile, loader::Loader, masks, placed::Oriented};

/// The role of its mask.
pub(super) const HEMATOMA: &str = "hematoma";

/// The mask of the hematoma, or that there is none.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum HematomaFile {
    Mask(MaskFile),
    /// The images show no hematoma; a mask, where there is one, must be empty.
    None {
        empty: Option<MaskFile>,
    },
}

impl HematomaFile {
    pub(super) fn mask(&self) -> Option<&MaskFile> {
        match self {
            Self::Mask(mask) => Some(mask),
            Self::None { empty } => empty.as_ref(),
        }
    }

    pub(super) fn located(&self) -> Self {
        match self {
            Self::Mask(mask) => Self::Mask(mask.located()),
            Self::None { empty } => Self::None { empty: empty.as_ref().map(MaskFile::located) },
        }
    }
}

impl Loader<'_> {
    /// Checks that the mask of a study without a hematoma is empty.
    pub(super) fn check_empty(
        &self,
        mask: Option<&MaskFile>,
        images: &[ImageSpace<'_>],
        oriented: &Oriented,
    ) -> Result<()> {
        let Some(mask) = mask else { return Ok(()) };
        match masks::read(&[(HEMATOMA, mask)], None, None, images, oriented, self.limits()) {
            Ok(read) => {
                let voxels = read.regions.first().map_or(0, |region| region.value.len());
                let name = read.files.first().map(|file| file.source().name.to_owned());
                Err(name.into_iter().fold(Error::from(LoadError::NotEmpty { voxels }), Error::at))
            }
            Err(error) if error.is_empty_mask() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// An error about a mask of the hematoma that has no voxel, with what to do where there is no hematoma.
pub(super) fn with_hint(error: Error) -> Error {
    if !error.is_empty_mask() {
        return error;
    }
    let place = error.place().map(str::to_owned);
    let text = error.to_string();
    let start = place.as_ref().map_or_else(String::new, |place| format!("{place}: "));
    let text = text.strip_prefix(&start).unwrap_or(&text).to_owned();
    place.into_iter().fold(Error::from(LoadError::EmptyHematoma { text }), Error::at)
}
