//! Values per voxel as arrays of numpy.

use hemastage::Grid;
use ndarray::{Array3, Array4};
use numpy::{Element, IntoPyArray, PyArray2, PyArray3, PyArray4};
use pyo3::prelude::*;

/// An array with its affine.
pub(crate) type Map3<'py, T> = (Bound<'py, PyArray3<T>>, Bound<'py, PyArray2<f64>>);
/// An array of several values per voxel with its affine.
pub(crate) type Map4<'py, T> = (Bound<'py, PyArray4<T>>, Bound<'py, PyArray2<f64>>);

pub(crate) fn map3<'py, T: Element>(py: Python<'py>, array: Array3<T>, grid: &Grid) -> Map3<'py, T> {
    (array.into_pyarray(py), affine(py, grid))
}

pub(crate) fn map4<'py, T: Element>(py: Python<'py>, array: Array4<T>, grid: &Grid) -> Map4<'py, T> {
    (array.into_pyarray(py), affine(py, grid))
}

fn affine<'py>(py: Python<'py>, grid: &Grid) -> Bound<'py, PyArray2<f64>> {
    ndarray::arr2(grid.affine().matrix()).into_pyarray(py)
}
