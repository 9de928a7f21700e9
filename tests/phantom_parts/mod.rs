//! Phantoms as studies, for the tests.

#![allow(dead_code, reason = "each test uses its part")]

use hemastage::{
    Affine, Labels, Result, Roi, Study, Volume,
    phantom::{Phantom, PhantomOptions, phantom},
};
use ndarray::Array3;

/// Images and masks with their affines, free to be turned about before they are staged.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) t1: (Array3<f64>, Affine),
    pub(crate) t2: (Array3<f64>, Affine),
    pub(crate) hematoma: (Array3<u8>, Affine),
    pub(crate) cord: (Array3<u8>, Affine),
}

impl Parts {
    pub(crate) fn of(made: &Phantom) -> Self {
        let mask = *made.mask_grid.affine();
        Self {
            t1: (made.t1.mapv(f64::from), *made.t1_grid.affine()),
            t2: (made.t2.mapv(f64::from), *made.t2_grid.affine()),
            hematoma: (made.hematoma.clone(), mask),
            cord: (made.cord.clone(), mask),
        }
    }

    pub(crate) fn study(self) -> Result<Study> {
        let roi =
            |(array, affine): (Array3<u8>, Affine)| Roi::from_array(array.view(), affine, &Labels::NonZero);
        Study::new(
            Volume::from_array(self.t1.0, self.t1.1)?,
            Volume::from_array(self.t2.0, self.t2.1)?,
            roi(self.hematoma)?,
            roi(self.cord)?,
        )
    }
}

/// A phantom as a study.
pub(crate) fn study(options: &PhantomOptions) -> Result<Study> {
    Parts::of(&phantom(options)?).study()
}
