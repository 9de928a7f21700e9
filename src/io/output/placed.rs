//! Puts new files in the place of old ones, together.
//!
//! The old files are moved aside, the report first; then the new ones move in, the report last. Whenever a process is
//! killed, the folder holds old files or new ones but never both, and with its report it is whole. The next run
//! completes what was begun.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::REPORT_FILE;

/// Complete new files, in the hidden folder.
const NEW: &str = "new";
/// The files whose place they take. Once this folder exists, all new ones are complete.
const OLD: &str = "old";

/// Where the new files of an output folder are.
pub(super) fn new_files(hidden: &Path) -> PathBuf {
    hidden.join(NEW)
}

/// Why files were not put in place.
#[derive(Debug)]
pub(super) struct NotPlaced {
    /// The file at fault.
    pub(super) name: String,
    pub(super) error: io::Error,
    /// Whether the folder is as it was before.
    pub(super) is_undone: bool,
}

/// Moves the new files of these names into the folder, and removes those that they replace. If one can't be moved,
/// all that were are moved back.
pub(super) fn place(folder: &Path, hidden: &Path, names: &[String]) -> Result<(), NotPlaced> {
    let (new, old) = (hidden.join(NEW), hidden.join(OLD));
    // a single file takes the place of another in one step
    if let [name] = names {
        return fs::rename(new.join(name), folder.join(name)).map_err(|error| NotPlaced {
            name: name.clone(),
            error,
            is_undone: true,
        });
    }
    let names = report_first(names);
    let mut moved = Moved::default();
    if let Err((name, error)) = moved.all(folder, &new, &old, &names) {
        return Err(NotPlaced { name, error, is_undone: moved.undo() && fs::remove_dir(&old).is_ok() });
    }
    // the new files are in place, whether or not the old ones can be removed
    drop(fs::remove_dir_all(&old));
    Ok(())
}

/// Completes what a run that was killed had begun to put in place, and removes what it had not.
pub(super) fn recover(folder: &Path, hidden: &Path) -> Result<(), NotPlaced> {
    let (new, old) = (hidden.join(NEW), hidden.join(OLD));
    if old.exists() {
        let names: Vec<String> = fs::read_dir(&new)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        let mut moved = Moved::default();
        // what had been moved aside stays so: it cannot be put back next to the new files
        moved.all(folder, &new, &old, &report_first(&names)).map_err(|(name, error)| NotPlaced {
            name,
            error,
            is_undone: false,
        })?;
    }
    drop(fs::remove_dir_all(new));
    drop(fs::remove_dir_all(old));
    Ok(())
}

/// Removes the new files, unless they could be neither put in place nor the old ones put back: they wait for the next
/// run.
pub(super) fn discard(hidden: &Path) {
    if !hidden.join(OLD).exists() {
        drop(fs::remove_dir_all(hidden.join(NEW)));
    }
}

/// The names in a fixed order, that of the report first.
fn report_first(names: &[String]) -> Vec<&str> {
    let mut names: Vec<&str> = names.iter().map(String::as_str).collect();
    names.sort_unstable_by_key(|&name| (name != REPORT_FILE, name));
    names
}

/// The moves that were made, from and to.
#[derive(Debug, Default)]
struct Moved(Vec<(PathBuf, PathBuf)>);

impl Moved {
    /// Moves the old files aside and the new ones in.
    fn all(
        &mut self,
        folder: &Path,
        new: &Path,
        old: &Path,
        names: &[&str],
    ) -> Result<(), (String, io::Error)> {
        let first = names.first().map_or_else(String::new, |&name| name.into());
        match fs::create_dir(old) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err((first, error)),
            _ => {}
        }
        for &name in names {
            if folder.join(name).symlink_metadata().is_ok() {
                self.one(folder.join(name), old.join(name)).map_err(|error| (name.into(), error))?;
            }
        }
        for &name in names.iter().rev() {
            self.one(new.join(name), folder.join(name)).map_err(|error| (name.into(), error))?;
        }
        Ok(())
    }

    fn one(&mut self, from: PathBuf, to: PathBuf) -> io::Result<()> {
        fs::rename(&from, &to)?;
        self.0.push((from, to));
        Ok(())
    }

    /// Moves everything back, the last first; whether all of it could be.
    fn undo(&mut self) -> bool {
        self.0.drain(..).rev().all(|(from, to)| fs::rename(to, from).is_ok())
    }
}
