//! A phantom as a study with its further images.

use hemastage::{Labels, Result, Roi, Study, Volume, fat::FatImage};
use hemastage_phantom::{GridSpec, Phantom, PhantomOptions, phantom};
use ndarray::Array3;

/// The grids of images and masks.
pub(crate) fn grids() -> [(&'static str, GridSpec); 2] {
    let thick = GridSpec::thick_sagittal().with_shape([70, 100, 9]).with_spacing_mm([0.8, 0.8, 4.0]);
    let isotropic = GridSpec::isotropic().with_shape([40, 56, 76]);
    [("0.8 x 0.8 x 4 mm", thick), ("1 x 1 x 1 mm", isotropic)]
}

pub(crate) fn image(made: &Phantom, array: &Array3<i16>) -> Result<Volume> {
    Volume::from_array(array.clone(), *made.t1_grid.affine())
}

pub(crate) fn mask(made: &Phantom, array: &Array3<u8>) -> Result<Roi> {
    Roi::from_array(array.view(), *made.mask_grid.affine(), &Labels::NonZero)
}

/// The study of a phantom with this mask of the hematoma.
pub(crate) fn study_of(made: &Phantom, hematoma: Roi) -> Result<Study> {
    let (t1, t2) = (image(made, &made.t1)?, Volume::from_array(made.t2.clone(), *made.t2_grid.affine())?);
    let mut study = Study::new(t1, t2, hematoma, mask(made, &made.cord)?)?;
    if let Some(post) = &made.further.t1_post {
        study = study.with_t1_post(image(made, post)?, None);
    }
    if let Some(dark) = &made.further.t2star {
        study = study.with_t2star(image(made, dark)?, None);
    }
    if let Some(suppressed) = &made.further.t1_fs {
        study = study.with_t1_fs(image(made, suppressed)?, FatImage::Suppressed, None);
    }
    Ok(study)
}

pub(crate) fn study(options: &PhantomOptions) -> Result<Study> {
    let made = phantom(options)?;
    study_of(&made, mask(&made, &made.hematoma)?)
}
