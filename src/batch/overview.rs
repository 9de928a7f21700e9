//! What the caller writes once a batch has run: the page over all studies, and the tables as Parquet.

use std::{fs, io, path::Path};

use hemastage_image::error::{Error, Result};

use super::error::BatchError;

/// The file of the page over all studies. A batch keeps its place free and removes an earlier one; whoever calls
/// [`Batch::run`](super::Batch::run) may write it afterward.
pub const INDEX_FILE: &str = "index.html";

/// How the page begins, by which a batch knows it as its own.
pub const INDEX_START: &str = "<!DOCTYPE html>\n<!-- hemastage batch -->\n";

/// The files of the tables as Parquet, which whoever calls [`Batch::run`](super::Batch::run) may write afterward, as
/// [`INDEX_FILE`].
pub const PARQUET_FILES: [&str; 4] =
    ["summary.parquet", "levels.parquet", "measures.parquet", "followups.parquet"];

/// How such a file begins.
pub(super) const PARQUET_START: &str = "PAR1";

/// Removes those of an earlier batch, which show other results.
///
/// # Errors
/// When one can't be removed.
pub(super) fn remove(folder: &Path) -> Result<()> {
    let remove = |name: &str| match fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::from(BatchError::Unwritten(error)).at(name))
        }
        _ => Ok(()),
    };
    PARQUET_FILES.into_iter().chain([INDEX_FILE]).try_for_each(remove)
}
