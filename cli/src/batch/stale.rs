//! Files of an earlier run that are results no longer.

use std::{fs, io, path::Path};

use hemastage::io::output::{OutputFolder, Overwrite};

use crate::failure::Outcome;

/// Removes files, and the folders up to the output folder that are empty then.
///
/// # Errors
/// When another run works in the folder.
pub(super) fn remove(folder: &Path, names: &[impl AsRef<str>], up_to: &Path) -> Outcome {
    if OutputFolder::is_unfinished(folder) {
        // which completes or removes what is
        drop(OutputFolder::create_after_others(folder, &[], Overwrite::Replace)?);
    }
    for name in names {
        let is_file = |path: &Path| path.symlink_metadata().is_ok_and(|found| found.is_file());
        let path = folder.join(name.as_ref());
        if is_file(&path) {
            drop(fs::remove_file(path));
        }
    }
    for folder in folder.ancestors().take_while(|folder| *folder != up_to) {
        // one that holds more stays
        match fs::remove_dir(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => break,
            _ => {}
        }
    }
    Ok(())
}
