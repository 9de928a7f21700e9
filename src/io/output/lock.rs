//! One run at a time per output folder.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use fs4::{FileExt, TryLockError};

/// The locked file in the hidden folder.
const FILE: &str = "lock";

/// Held by the run that writes to a folder. The system releases it when the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    hidden: PathBuf,
    _file: File,
}

impl FolderLock {
    /// Makes the hidden folder if necessary and locks it; `None` when another run holds it.
    ///
    /// # Errors
    /// When the hidden folder can't be made.
    pub(crate) fn take(hidden: &Path) -> io::Result<Option<Self>> {
        loop {
            match fs::create_dir(hidden) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                _ => {}
            }
            // a link would lead out of the folder
            if !hidden.symlink_metadata()?.is_dir() {
                return Err(io::ErrorKind::AlreadyExists.into());
            }
            let path = hidden.join(FILE);
            let file = match OpenOptions::new().create(true).truncate(false).write(true).open(&path) {
                // removed in between by a run that ended
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            // not the standard library's, which is newer than the oldest compiler in use
            if matches!(FileExt::try_lock(&file), Err(TryLockError::WouldBlock)) {
                return Ok(None);
            }
            // where a file system knows no locks, results are still whole as long as runs take turns
            if is_at(&file, &path)? {
                return Ok(Some(Self { hidden: hidden.to_owned(), _file: file }));
            }
        }
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        drop(fs::remove_file(self.hidden.join(FILE)));
        // another run may have opened it by now, or unfinished results may be in it: then it stays
        drop(fs::remove_dir(&self.hidden));
    }
}

/// Whether an open file still has its path; a run that ended has removed it otherwise.
#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (open, named) = (file.metadata()?, path.metadata());
    Ok(named.is_ok_and(|named| (named.dev(), named.ino()) == (open.dev(), open.ino())))
}

#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}
