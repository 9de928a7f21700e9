//! `phantom`: a synthetic study as arrays.

use std::{ffi::OsString, path::PathBuf};

use hemastage::{Grid, io::output::Overwrite};
use hemastage_cli::program;
use ndarray::Array3;
use numpy::Element;
use pyo3::{prelude::*, types::PyDict};

use crate::{map::map3, threads::apart};

/// Makes a phantom by the arguments of the command: its images and masks by their names, each an array with its affine, and the
/// truth as JSON. With a folder, its files are written there too.
#[pyfunction]
#[pyo3(signature = (arguments, folder = None, force = false))]
pub(crate) fn phantom(
    py: Python<'_>,
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    force: bool,
) -> PyResult<(Bound<'_, PyDict>, String)> {
    let overwrite = if force { Overwrite::Replace } else { Overwrite::Refuse };
    let made = apart(py, || program::phantom(&arguments, folder.as_deref(), overwrite))?;
    let truth = serde_json::to_string(&made.truth).unwrap_or_default();
    let images = PyDict::new(py);
    add(&images, "t1", &made.t1, &made.t1_grid)?;
    add(&images, "t2", &made.t2, &made.t2_grid)?;
    for (name, image) in made.further.files() {
        add(&images, name.trim_end_matches(".nii.gz"), image, &made.t1_grid)?;
    }
    let masks = [
        ("hematoma", &made.hematoma),
        ("cord", &made.cord),
        ("canal", &made.canal),
        ("csf", &made.csf),
        ("vertebrae", &made.vertebrae),
        ("discs", &made.discs),
        ("stages", &made.stages),
    ];
    for (name, mask) in masks {
        add(&images, name, mask, &made.mask_grid)?;
    }
    Ok((images, truth))
}

fn add<T: Element + Clone>(
    images: &Bound<'_, PyDict>,
    name: &str,
    array: &Array3<T>,
    grid: &Grid,
) -> PyResult<()> {
    images.set_item(name, map3(images.py(), array.clone(), grid))
}
