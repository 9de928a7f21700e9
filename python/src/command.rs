//! The command itself, which comes with the package.

use std::{
    ffi::OsString,
    sync::{Mutex, PoisonError},
};

use hemastage_cli::program;
use pyo3::prelude::*;

/// What starts the command again: the interpreter and how it finds the package.
static RESTART: Mutex<Vec<OsString>> = Mutex::new(Vec::new());

/// Sets what starts the command in another process.
#[pyfunction]
pub(crate) fn restart_with(words: Vec<OsString>) {
    *RESTART.lock().unwrap_or_else(PoisonError::into_inner) = words;
}

/// What starts the command in another process.
pub(crate) fn restart() -> Vec<OsString> {
    RESTART.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Runs the command as this process and gives its exit code.
#[pyfunction]
pub(crate) fn main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| program::run(&arguments, &restart()))
}
