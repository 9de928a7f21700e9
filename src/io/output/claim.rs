//! A folder that one run works in.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use hemastage_image::error::{Error, Result};

use super::{
    HIDDEN, OutputError, Unfinished,
    lock::FolderLock,
    placed::{NotPlaced, recover},
};

/// How long a run waits before it asks again for a folder that another one works in.
const PAUSE: Duration = Duration::from_millis(100);

/// A folder that no other run writes to until this is dropped. It is made if necessary, and removed if nothing is put
/// into it.
#[derive(Debug)]
pub(crate) struct Claim {
    unfinished: Unfinished,
    /// Whether another run had to end first.
    has_waited: bool,
    /// `None` once it is released.
    lock: Option<FolderLock>,
}

impl Claim {
    /// Claims a folder. What an earlier run that was killed had begun to put in place is completed.
    ///
    /// # Errors
    /// `Io` when the folder cannot be written or another run works in it.
    pub(crate) fn new(folder: &Path) -> Result<Self> {
        Self::wait(folder, || true)
    }

    /// The same, but waits for another run until `gives_up`.
    ///
    /// # Errors
    /// Those of `new`.
    pub(crate) fn wait(folder: &Path, gives_up: impl Fn() -> bool) -> Result<Self> {
        let unfinished = Unfinished { folder: folder.to_owned(), created: Vec::new() };
        let mut claim = Self { unfinished, has_waited: false, lock: None };
        loop {
            // again each time, as the other run may remove what it made
            claim.make_folders()?;
            match FolderLock::take(&claim.hidden()) {
                Ok(Some(lock)) => {
                    claim.lock = Some(lock);
                    return claim.recovered();
                }
                Ok(None) if gives_up() => return Err(OutputError::Locked.into()),
                // the folder went just now, with the other run
                Err(error) if error.kind() == io::ErrorKind::NotFound && !gives_up() => {}
                Err(error) => return Err(OutputError::Folder(error).into()),
                Ok(None) => {}
            }
            claim.has_waited = true;
            thread::sleep(PAUSE);
        }
    }

    /// Completes or removes what an earlier run that was killed has left.
    fn recovered(self) -> Result<Self> {
        let torn = |NotPlaced { name, error, .. }: NotPlaced| Error::from(OutputError::Torn(error)).at(name);
        recover(self.folder(), &self.hidden()).map_err(torn)?;
        Ok(self)
    }

    fn make_folders(&mut self) -> Result<()> {
        let is_missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<PathBuf> =
            self.unfinished.folder.ancestors().take_while(is_missing).map(Path::to_owned).collect();
        for new in missing.into_iter().rev() {
            match fs::create_dir(&new) {
                Ok(()) => self.unfinished.created.push(new),
                // by another run in the meantime, which keeps it
                Err(_) if new.is_dir() => {}
                Err(error) => return Err(OutputError::Folder(error).into()),
            }
        }
        Ok(())
    }

    /// The folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.unfinished.folder
    }

    /// The folder in it of what is not complete.
    pub(crate) fn hidden(&self) -> PathBuf {
        self.folder().join(HIDDEN)
    }

    /// Whether another run had to end first.
    pub(crate) fn has_waited(&self) -> bool {
        self.has_waited
    }

    /// What is on the disk until the work is complete.
    pub(crate) fn unfinished(&self) -> Unfinished {
        self.unfinished.clone()
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        drop(self.lock.take());
        self.unfinished.remove_folders();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_folder_is_claimed_by_one_run() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let first = Claim::new(&folder).unwrap();
        let refused = Claim::new(&folder).unwrap_err().to_string();
        assert!(refused.starts_with("another run writes to the output folder"), "{refused}");
        let (sender, waits) = mpsc::channel();
        thread::scope(|scope| {
            let second = scope.spawn(|| {
                let gives_up = || {
                    sender.send(()).unwrap();
                    false
                };
                Claim::wait(&folder, gives_up).unwrap().has_waited()
            });
            waits.recv().unwrap();
            drop(first);
            assert!(second.join().unwrap());
        });
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 0, "not even the folders are left");
        assert!(!Claim::wait(&folder, || true).unwrap().has_waited());
    }

    #[test]
    fn what_is_in_a_claimed_folder_stays() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let claim = Claim::new(&folder).unwrap();
        fs::write(folder.join("x"), "").unwrap();
        drop(claim);
        assert!(folder.join("x").is_file() && !folder.join(HIDDEN).exists());
    }
}
