//! What needs no image: visits and readings that are compared, words that are staged, spans that are counted.

use std::ffi::OsString;

use hemastage::{
    Criteria,
    agreement::{Agreement as FoundAgreement, table as agreement_table},
    followup::{FollowUp as FoundFollowUp, table as followup_table},
    level::Scheme,
};
use hemastage_cli::program;
use hemastage_view::{agreement::agreement_figure, followup::followup_figure};
use pyo3::prelude::*;

use crate::{errors::checked, table::Texts, threads::apart};

/// Visits of a patient, compared.
#[derive(Debug)]
#[pyclass(frozen, module = "hemastage._native")]
pub(crate) struct FollowUp {
    found: FoundFollowUp,
    arguments: Vec<OsString>,
}

/// Two readings, compared.
#[derive(Debug)]
#[pyclass(frozen, module = "hemastage._native")]
pub(crate) struct Agreement {
    found: FoundAgreement,
    arguments: Vec<OsString>,
}

/// Compares visits by the arguments of the command; a report as text stands in for the visit in its place.
#[pyfunction]
pub(crate) fn followup(
    py: Python<'_>,
    arguments: Vec<OsString>,
    reports: Vec<Option<String>>,
) -> PyResult<FollowUp> {
    let found = apart(py, || program::followup(&arguments, &reports))?;
    Ok(FollowUp { found, arguments })
}

/// Compares two readings by the arguments of the command.
#[pyfunction]
pub(crate) fn agree(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<Agreement> {
    let found = apart(py, || program::agree(&arguments))?;
    Ok(Agreement { found, arguments })
}

#[pymethods]
impl FollowUp {
    /// The findings that are warnings.
    #[getter]
    fn finding_warnings(&self) -> Vec<String> {
        program::warnings(&self.found.findings)
    }

    /// The record as JSON.
    fn to_json(&self) -> String {
        self.found.to_json()
    }

    /// The table and its dictionary.
    fn table(&self) -> Texts {
        (followup_table::header() + &followup_table::rows("n/a", &self.found), followup_table::dictionary())
    }

    /// The figure as SVG.
    fn svg(&self, py: Python<'_>) -> PyResult<String> {
        Ok(checked(py, followup_figure(&self.found, None, &[]))?.svg().to_owned())
    }

    /// Writes the result as the command with these arguments in addition.
    fn save(&self, py: Python<'_>, arguments: Vec<OsString>) -> PyResult<()> {
        let all: Vec<OsString> = arguments.into_iter().chain(self.arguments.clone()).collect();
        apart(py, || program::save_followup(&self.found, &all))
    }
}

#[pymethods]
impl Agreement {
    /// The findings that are warnings.
    #[getter]
    fn finding_warnings(&self) -> Vec<String> {
        program::warnings(&self.found.findings)
    }

    /// The record as JSON.
    fn to_json(&self) -> String {
        self.found.to_json()
    }

    /// The table and its dictionary.
    fn table(&self) -> Texts {
        let rows: String = self.found.studies.iter().map(agreement_table::row).collect();
        (agreement_table::header() + &rows, agreement_table::dictionary())
    }

    /// The figure as SVG.
    fn svg(&self) -> String {
        agreement_figure(&self.found).svg().to_owned()
    }

    /// Writes the result as the command with these arguments in addition.
    fn save(&self, py: Python<'_>, arguments: Vec<OsString>) -> PyResult<()> {
        let all: Vec<OsString> = arguments.into_iter().chain(self.arguments.clone()).collect();
        apart(py, || program::save_agreement(&self.found, &all))
    }
}

/// What `read --json` prints.
#[pyfunction]
pub(crate) fn read(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<String> {
    checked(py, program::read(&arguments))
}

/// What `levels --json` prints.
#[pyfunction]
pub(crate) fn levels(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<String> {
    checked(py, program::levels(&arguments))
}

/// What `inspect --json` prints.
#[pyfunction]
pub(crate) fn inspect(py: Python<'_>, arguments: Vec<OsString>) -> PyResult<String> {
    apart(py, || program::inspect(&arguments))
}

/// The text of a built-in criteria profile, or the names of all.
#[pyfunction]
#[pyo3(signature = (name = None))]
pub(crate) fn criteria(py: Python<'_>, name: Option<&str>) -> PyResult<Vec<&'static str>> {
    match name {
        None => Ok(Criteria::built_in_names().collect()),
        Some(name) => Ok(vec![checked(py, Criteria::built_in_toml(name))?]),
    }
}

/// The names of the built-in label schemes.
#[pyfunction]
pub(crate) fn schemes() -> Vec<&'static str> {
    Scheme::built_in_names().collect()
}
