//! The page over all studies, which the caller writes once a batch has run.

use std::{fs, io, path::Path};

use hemastage_image::error::{Error, Result};

use super::error::BatchError;

/// The file of the page over all studies. A batch keeps its place free and removes an earlier one; whoever calls
/// [`Batch::run`](super::Batch::run) may write it afterward.
pub const INDEX_FILE: &str = "index.html";

/// How the page begins, by which a batch knows it as its own.
pub const INDEX_START: &str = "<!DOCTYPE html>\n<!-- hemastage batch -->\n";

/// Removes the page of an earlier batch, which shows other results.
///
/// # Errors
/// When it can't be removed.
pub(super) fn remove(folder: &Path) -> Result<()> {
    match fs::remove_file(folder.join(INDEX_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::from(BatchError::Unwritten(error)).at(INDEX_FILE))
        }
        _ => Ok(()),
    }
}
