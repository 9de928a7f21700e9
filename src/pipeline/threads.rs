//! How many threads a call may use.

use std::num::NonZero;

use hemastage_image::error::{Detail, ErrorKind, Result};
use rayon::{ThreadPoolBuildError, ThreadPoolBuilder};

/// Runs a call, and all of this crate that it calls, on at most `threads` threads.
///
/// Outside, this crate uses rayon's pool of the caller: all processors, unless it is set otherwise. Results do not
/// depend on the number of threads, to the last bit.
///
/// # Errors
/// `Parameter` when the system does not start that many.
///
/// # Example
/// ```
/// use std::num::NonZero;
/// let three = hemastage::on_threads(NonZero::<usize>::MIN, || 1 + 2)?;
/// assert_eq!(three, 3);
/// # Ok::<(), hemastage::Error>(())
/// ```
pub fn on_threads<T: Send>(threads: NonZero<usize>, call: impl FnOnce() -> T + Send) -> Result<T> {
    let pool = ThreadPoolBuilder::new().num_threads(threads.get()).build();
    let pool = pool.map_err(|source| ThreadsError { threads, source })?;
    Ok(pool.install(call))
}

#[derive(Debug, thiserror::Error)]
#[error("{threads} threads could not be started ({source}): ask for fewer")]
struct ThreadsError {
    threads: NonZero<usize>,
    source: ThreadPoolBuildError,
}

impl Detail for ThreadsError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Parameter
    }
}
