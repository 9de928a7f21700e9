//! The images of further contrasts of a study.

use hemastage_image::{acquisition::Acquisition, volume::Volume};

use super::{Input, Study};
use crate::{
    steps::fat::FatImage,
    vocabulary::further::{FurtherContrast, PerFurther},
};

/// An image of a further contrast.
#[derive(Debug, Clone)]
pub(crate) struct FurtherImage {
    pub(crate) image: Volume,
    pub(crate) acquisition: Option<Acquisition>,
}

/// The images of further contrasts.
#[derive(Debug, Clone, Default)]
pub(crate) struct FurtherImages {
    pub(crate) images: PerFurther<Option<FurtherImage>>,
    /// What the image without fat shows.
    pub(crate) fat_image: Option<FatImage>,
}

/// These images change no number of the stage, but that voxels of fat are left out of the core.
impl Study {
    /// Adds the T1 after contrast agent, and its acquisition where it is known: where the hematoma takes it up.
    pub fn with_t1_post(self, image: Volume, acquisition: Option<Acquisition>) -> Self {
        self.with_further(FurtherContrast::T1Post, image, acquisition)
    }

    /// Adds a T2*-weighted image, and its acquisition where it is known: how dark the hematoma is on it.
    pub fn with_t2star(self, image: Volume, acquisition: Option<Acquisition>) -> Self {
        self.with_further(FurtherContrast::T2Star, image, acquisition)
    }

    /// Adds a T1 with suppressed fat, or the water or the fat image of the Dixon sequence that the T1 is of: which
    /// voxels of the mask are fat.
    pub fn with_t1_fs(mut self, image: Volume, shows: FatImage, acquisition: Option<Acquisition>) -> Self {
        self.further.fat_image = Some(shows);
        self.with_further(FurtherContrast::T1Fs, image, acquisition)
    }

    /// The image of a further contrast, or the part of it that was read.
    pub fn further(&self, contrast: FurtherContrast) -> Option<&Volume> {
        Some(&self.further.images[contrast].as_ref()?.image)
    }

    fn with_further(
        mut self,
        contrast: FurtherContrast,
        image: Volume,
        acquisition: Option<Acquisition>,
    ) -> Self {
        self.inputs.retain(|input| input.role != contrast.key());
        self.inputs.push(Input::array(contrast.key(), image.grid()));
        self.further.images[contrast] = Some(FurtherImage { image, acquisition });
        self
    }
}
