//! Phantoms as studies, for the tests.

#![allow(dead_code, reason = "each test uses its part")]

use hemastage::{
    Affine, Labels, ReferenceSource, Result, Roi, Study, VertebraeSource, Volume,
    label_map::LabelMap,
    level::{Landmarks, Scheme},
};
use hemastage_phantom::{Phantom, PhantomOptions, phantom};
use ndarray::Array3;

#[allow(unused_imports, reason = "each test uses its part")]
pub(crate) use crate::rigid::{Rigid, moved, moved_point, moves, rigid};

/// Images and masks with their affines, free to be turned about before they are staged.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) t1: (Array3<f64>, Affine),
    pub(crate) t2: (Array3<f64>, Affine),
    pub(crate) hematoma: (Array3<u8>, Affine),
    pub(crate) cord: (Array3<u8>, Affine),
    pub(crate) canal: Option<(Array3<u8>, Affine)>,
    pub(crate) vertebrae: Option<Known>,
    /// What the cord's mask holds instead.
    pub(crate) tissue: Option<&'static str>,
}

/// How the vertebrae are known.
#[derive(Clone)]
pub(crate) enum Known {
    Map(Box<(Array3<u8>, Affine)>),
    Points(Landmarks),
}

impl Parts {
    pub(crate) fn of(made: &Phantom) -> Self {
        let mask = *made.mask_grid.affine();
        Self {
            t1: (made.t1.mapv(f64::from), *made.t1_grid.affine()),
            t2: (made.t2.mapv(f64::from), *made.t2_grid.affine()),
            hematoma: (made.hematoma.clone(), mask),
            cord: (made.cord.clone(), mask),
            canal: None,
            vertebrae: None,
            tissue: None,
        }
    }

    /// Adds the canal.
    pub(crate) fn with_canal(mut self, made: &Phantom) -> Self {
        self.canal = Some((made.canal.clone(), *made.mask_grid.affine()));
        self
    }

    /// Adds the vertebrae as a label map.
    pub(crate) fn with_map(mut self, made: &Phantom) -> Self {
        self.vertebrae = Some(Known::Map(Box::new((made.vertebrae.clone(), *made.mask_grid.affine()))));
        self
    }

    /// Adds the vertebrae as points.
    pub(crate) fn with_points(mut self, points: Landmarks) -> Self {
        self.vertebrae = Some(Known::Points(points));
        self
    }

    /// The whole study moved in the world.
    pub(crate) fn moved(mut self, by: &Rigid) -> Self {
        for affine in [&mut self.t1.1, &mut self.t2.1, &mut self.hematoma.1, &mut self.cord.1] {
            *affine = moved(affine, by);
        }
        if let Some((_, affine)) = &mut self.canal {
            *affine = moved(affine, by);
        }
        match &mut self.vertebrae {
            Some(Known::Map(map)) => map.1 = moved(&map.1, by),
            Some(Known::Points(points)) => {
                points.vertebrae.iter_mut().for_each(|(_, point)| *point = moved_point(by, *point));
                points.discs.iter_mut().for_each(|(_, point)| *point = moved_point(by, *point));
            }
            None => {}
        }
        self
    }

    pub(crate) fn study(self) -> Result<Study> {
        let roi =
            |(array, affine): (Array3<u8>, Affine)| Roi::from_array(array.view(), affine, &Labels::NonZero);
        let (hematoma, cord) = (roi(self.hematoma)?, roi(self.cord)?);
        let mut study = Study::new(
            Volume::from_array(self.t1.0, self.t1.1)?,
            Volume::from_array(self.t2.0, self.t2.1)?,
            hematoma,
            cord.clone(),
        )?;
        if let Some(name) = self.tissue {
            study = study.with_reference(ReferenceSource::tissue(name.parse()?, cord))?;
        }
        if let Some(canal) = self.canal {
            study = study.with_canal(roi(canal)?);
        }
        Ok(match self.vertebrae {
            Some(Known::Map(map)) => {
                let map = LabelMap::from_array(map.0.view(), map.1)?;
                study.with_vertebrae(VertebraeSource::map(map, Scheme::built_in("sct")?))
            }
            Some(Known::Points(points)) => study.with_vertebrae(VertebraeSource::landmarks(points)),
            None => study,
        })
    }
}

/// A phantom as a study.
pub(crate) fn study(options: &PhantomOptions) -> Result<Study> {
    Parts::of(&phantom(options)?).study()
}

/// The same image stored backwards along an axis.
pub(crate) fn flipped<T: Clone>((array, affine): (Array3<T>, Affine), axis: usize) -> (Array3<T>, Affine) {
    let mut m = *affine.matrix();
    let last = array.shape()[axis] as f64 - 1.0;
    for row in m.iter_mut().take(3) {
        row[3] += last * row[axis];
        row[axis] = -row[axis];
    }
    let mut turned = array;
    turned.invert_axis(ndarray::Axis(axis));
    (turned.as_standard_layout().into_owned(), Affine::new(m).unwrap())
}

/// The same image with its axes in another order.
pub(crate) fn permuted<T: Clone>(
    (array, affine): (Array3<T>, Affine),
    order: [usize; 3],
) -> (Array3<T>, Affine) {
    let old = *affine.matrix();
    let mut m = old;
    for (row, old) in m.iter_mut().zip(old) {
        for (axis, &from) in order.iter().enumerate() {
            row[axis] = old[from];
        }
    }
    (array.permuted_axes(order), Affine::new(m).unwrap())
}
