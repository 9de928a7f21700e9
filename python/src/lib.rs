//! The Python package `hemastage`: the commands as functions on arrays and paths.
//!
//! The Python code in `hemastage/` checks and converts what it is given; here are the calls into the library and the command,
//! without the interpreter's lock.

#![expect(clippy::needless_pass_by_value, reason = "PyO3 hands over what it has converted")]

mod array;
mod batch;
mod command;
mod errors;
mod map;
mod phantom;
mod records;
mod stage;
mod table;
mod threads;

use pyo3::prelude::*;

/// The compiled part of the package; use `hemastage`.
#[pymodule]
mod _native {
    #[pymodule_export]
    use super::{
        array::Array,
        batch::batch,
        command::{main, restart_with},
        phantom::phantom,
        records::{Agreement, FollowUp, agree, criteria, followup, inspect, levels, read, schemes},
        stage::{Staged, stage},
    };

    #[pymodule_init]
    fn init(module: &pyo3::Bound<'_, pyo3::types::PyModule>) -> pyo3::PyResult<()> {
        super::init(module)
    }
}

fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
    hemastage_cli::program::init();
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
