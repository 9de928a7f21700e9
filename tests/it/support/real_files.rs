//! Public test images, in the folder that `HEMASTAGE_DATA` names.

use std::path::PathBuf;

/// The folder; `None`, with a line that says that the test was skipped, where the variable is not set.
///
/// # Panics
/// Where the folder is empty or missing.
pub(crate) fn real_files(test: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("HEMASTAGE_DATA") else {
        eprintln!("skipped {test}: HEMASTAGE_DATA is not set");
        return None;
    };
    let folder = PathBuf::from(folder);
    let n_files = std::fs::read_dir(&folder).map_or(0, Iterator::count);
    assert!(n_files > 0, "HEMASTAGE_DATA is set but its folder is empty or missing");
    Some(folder)
}
