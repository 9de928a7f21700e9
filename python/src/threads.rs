//! Threads that live as long as a call: those of a pool that is kept would be missing in a forked process, which would wait for
//! them for ever.

use std::{num::NonZero, thread};

use pyo3::prelude::*;

use crate::errors::checked;

/// Makes a call without the interpreter's lock, on threads of its own.
pub(crate) fn apart<T: Send>(
    py: Python<'_>,
    call: impl FnOnce() -> hemastage::Result<T> + Send,
) -> PyResult<T> {
    let threads = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    checked(py, py.detach(|| hemastage::on_threads(threads, call)?))
}
