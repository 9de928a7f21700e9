//! `stage` and what it gives.

use std::ffi::OsString;

use hemastage::{classify::Classified, report::StageMap, table};
use hemastage_cli::program::{self, Outcome, StageCall, stages};
use hemastage_view::picture::{PictureOptions, picture};
use ndarray::{Array4, ShapeBuilder as _};
use numpy::Element;
use pyo3::{exceptions::PyValueError, prelude::*};

use crate::{
    array::Array,
    errors::checked,
    map::{Map3, Map4, map3, map4},
    table::{Texts, summary},
    threads::apart,
};

/// A staged study with all that its results are written from.
#[derive(Debug)]
#[pyclass(frozen, module = "hemastage._native")]
pub(crate) struct Staged {
    call: StageCall,
    outcome: Outcome,
}

/// Stages a study by the arguments of the command; arrays stand in for the files of their roles.
#[pyfunction]
pub(crate) fn stage(
    py: Python<'_>,
    arguments: Vec<OsString>,
    arrays: Vec<PyRef<'_, Array>>,
) -> PyResult<Staged> {
    let arrays: Vec<_> = arrays.iter().map(|array| (array.role.clone(), array.image.clone())).collect();
    let staged = py.detach(|| {
        let call = StageCall::new(&arguments, arrays)?;
        let outcome = call.run()?;
        Ok(Staged { call, outcome })
    });
    let staged = checked(py, staged)?;
    py.check_signals()?;
    Ok(staged)
}

#[pymethods]
impl Staged {
    /// What the study is called.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.call.name()
    }

    /// The findings that are warnings.
    #[getter]
    fn finding_warnings(&self) -> Vec<String> {
        program::warnings(self.outcome.findings())
    }

    /// What the command would have warned of before it staged the study.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.call.warnings().to_vec()
    }

    /// The report as JSON.
    fn to_json(&self, py: Python<'_>) -> String {
        py.detach(|| self.outcome.to_json())
    }

    /// The summary as plain text.
    fn summary(&self, py: Python<'_>) -> PyResult<String> {
        checked(py, self.outcome.summary())
    }

    /// The row of the summary table, with its header, and its dictionary.
    fn table(&self) -> Texts {
        let outcome = match &self.outcome {
            Outcome::Staged(both) => table::Outcome::Staged(&both.1.report),
            Outcome::WithoutHematoma(report) => table::Outcome::WithoutHematoma(report),
        };
        summary(self.call.name(), &outcome)
    }

    /// The figure as SVG.
    fn svg(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let Outcome::Staged(both) = &self.outcome else { return Ok(None) };
        let (study, staged) = &**both;
        let options = self
            .call
            .name()
            .map_or_else(PictureOptions::default, |name| PictureOptions::default().with_study(name));
        apart(py, || picture(study, staged, &options).map(|figure| figure.svg().to_owned())).map(Some)
    }

    /// The stage of each voxel, with the affine.
    fn stage_map<'py>(&self, py: Python<'py>) -> PyResult<Map3<'py, u8>> {
        let map = self.map(py)?;
        Ok(map3(py, map.to_array(), map.grid()))
    }

    /// The stage map as a compressed NIfTI file.
    fn stage_map_file(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        let map = self.map(py)?;
        let mut bytes = Vec::new();
        py.detach(|| map.write_nifti_gz(&mut bytes))?;
        Ok(bytes)
    }

    /// The ratios of T1 and T2 to their reference, NaN elsewhere, with the affine.
    fn ratio_map<'py>(&self, py: Python<'py>) -> PyResult<Map4<'py, f64>> {
        let classified = self.classified(py)?;
        let ratios = classified.ratios();
        Ok(of_columns(py, classified, &mut [f64::NAN; 2], |at, values| {
            values.copy_from_slice(&[ratios.t1[at], ratios.t2[at]]);
        }))
    }

    /// The probability of each stage, in their order, NaN elsewhere, with the affine.
    fn probability_map<'py>(&self, py: Python<'py>) -> PyResult<Map4<'py, f32>> {
        let classified = self.classified(py)?;
        let probabilities = apart(py, || Ok(classified.voxel_probabilities()))?;
        let mut values = vec![f32::NAN; stages().count()];
        Ok(of_columns(py, classified, &mut values, |at, values| {
            values.iter_mut().zip(probabilities[at].values()).for_each(|(value, of_stage)| *value = of_stage);
        }))
    }

    /// The stages in the order of a probability map.
    #[staticmethod]
    fn stages() -> Vec<&'static str> {
        stages().collect()
    }

    /// Writes the results as the command with these arguments in addition, and gives the files' names.
    fn save(&self, py: Python<'_>, arguments: Vec<OsString>) -> PyResult<Vec<&'static str>> {
        apart(py, || self.call.save(&self.outcome, &arguments))
    }
}

impl Staged {
    fn both(&self) -> PyResult<&(hemastage::Study, hemastage::Staged)> {
        match &self.outcome {
            Outcome::Staged(both) => Ok(both),
            Outcome::WithoutHematoma(_) => {
                Err(PyValueError::new_err("the images show no hematoma: there is no map"))
            }
        }
    }

    fn map(&self, _: Python<'_>) -> PyResult<&StageMap> {
        Ok(&self.both()?.1.stage_map)
    }

    fn classified(&self, _: Python<'_>) -> PyResult<&Classified> {
        let classified = self.both()?.1.classified.as_ref();
        classified.ok_or_else(|| PyValueError::new_err("nothing of each voxel was kept"))
    }
}

/// Several values per voxel of the hematoma as an array; elsewhere what they are before.
fn of_columns<'py, T: Element + Copy>(
    py: Python<'py>,
    classified: &Classified,
    values: &mut [T],
    fill: impl Fn(usize, &mut [T]),
) -> Map4<'py, T> {
    let roi = classified.roi();
    let [i, j, k] = roi.grid().shape();
    let mut array = Array4::from_shape_fn((i, j, k, values.len()).f(), |(.., place)| values[place]);
    for (at, [i, j, k]) in roi.voxels().enumerate() {
        fill(at, values);
        for (place, &value) in values.iter().enumerate() {
            if let Some(voxel) = array.get_mut((i, j, k, place)) {
                *voxel = value;
            }
        }
    }
    map4(py, array, roi.grid())
}
