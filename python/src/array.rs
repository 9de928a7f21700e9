//! Arrays of numpy as images of the library, of which boxes are copied when they are needed.

use hemastage::{
    Affine, Grid,
    volume::{Scaling, Voxel},
};
use hemastage_image::ArrayImage;
use numpy::{Element, PyArray3, PyArrayMethods, PyReadonlyArray2};
use pyo3::{exceptions::PyTypeError, prelude::*};

use crate::errors::checked;

/// An image or a mask in memory.
#[derive(Debug)]
#[pyclass(frozen, module = "hemastage._native")]
pub(crate) struct Array {
    pub(crate) role: String,
    pub(crate) image: ArrayImage,
}

#[pymethods]
impl Array {
    /// An array indexed (i, j, k) with its affine to RAS+ mm. `owner` is kept as long as the array: what its memory belongs to.
    #[new]
    #[pyo3(signature = (role, array, affine, slope = 1.0, intercept = 0.0, owner = None))]
    fn new(
        role: String,
        array: &Bound<'_, PyAny>,
        affine: PyReadonlyArray2<'_, f64>,
        slope: f64,
        intercept: f64,
        owner: Option<Py<PyAny>>,
    ) -> PyResult<Self> {
        let image = image(&role, array, &affine, owner)?.with_scaling(Scaling { slope, intercept });
        Ok(Self { role, image })
    }
}

fn image(
    role: &str,
    array: &Bound<'_, PyAny>,
    affine: &PyReadonlyArray2<'_, f64>,
    owner: Option<Py<PyAny>>,
) -> PyResult<ArrayImage> {
    macro_rules! of_type {
        ($($type:ty),+) => {
            $(if let Ok(array) = array.cast::<PyArray3<$type>>() {
                return of_array::<$type>(role, array, affine, owner);
            })+
        };
    }
    of_type!(i16, u8, u16, f32, f64, i8, i32, u32, i64, u64);
    Err(PyTypeError::new_err("expected an array of three axes with numbers of this machine's own byte order"))
}

fn of_array<T: Element + Voxel>(
    role: &str,
    array: &Bound<'_, PyArray3<T>>,
    affine: &PyReadonlyArray2<'_, f64>,
    owner: Option<Py<PyAny>>,
) -> PyResult<ArrayImage> {
    let py = array.py();
    let grid =
        checked(py, grid(array.readonly().as_array().dim().into(), affine).map_err(|error| error.at(role)))?;
    let array = array.clone().unbind();
    Ok(ArrayImage::of_boxes(role, grid, move |block| {
        // what the memory belongs to lives as long as this function
        let _ = &owner;
        Python::attach(|py| ArrayImage::copied(&array.bind(py).readonly().as_array(), &block))
    }))
}

fn grid(shape: [usize; 3], affine: &PyReadonlyArray2<'_, f64>) -> hemastage::Result<Grid> {
    let view = affine.as_array();
    let at = |row: usize, column: usize| view.get((row, column)).copied().unwrap_or(f64::NAN);
    Grid::new(shape, Affine::new(std::array::from_fn(|row| std::array::from_fn(|column| at(row, column))))?)
}
