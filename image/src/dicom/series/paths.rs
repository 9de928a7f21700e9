//! The files in a folder. Links are followed, as data sets under git-annex or DVC are folders of links; a folder that is
//! reached twice is searched once, and a file counts once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::error::SeriesError;
use crate::{
    error::{Error, Result},
    file::file_name,
    foreign,
};

/// Maximum number of files and folders in a folder; a large study has some ten thousand.
const MAX_FILES: usize = 100_000;

/// How deep a folder is searched.
#[derive(Clone, Copy, PartialEq, Default)]
pub(super) enum Depth {
    One,
    #[default]
    All,
}

/// What a folder holds.
#[derive(Default)]
pub(super) struct Found {
    /// The regular files but DICOMDIR, sorted by path.
    pub(super) files: Vec<PathBuf>,
    /// Subfolders that could not be read, such as the system's on a disc, and links that lead nowhere.
    pub(super) unread: Vec<Error>,
    /// The number of links to a folder that they lie in.
    pub(super) loops: usize,
}

/// The regular files in a folder and its subfolders except DICOMDIR, sorted.
pub(crate) fn files_in(folder: &Path) -> Result<Vec<PathBuf>> {
    Ok(list_files(folder, Depth::All)?.files)
}

/// The files in a folder.
///
/// # Errors
/// `Io` when it cannot be read, `Limit` for too many files.
pub(super) fn list_files(first: &Path, depth: Depth) -> Result<Found, SeriesError> {
    let real = fs::canonicalize(first).map_err(SeriesError::Folder)?;
    let mut search = Search { depth, ..Search::default() };
    search.enter(Folder { path: first.to_owned(), real });
    while let Some(folder) = search.folders.pop() {
        match search.folder(&folder) {
            Ok(()) => {}
            Err(error) if folder.path == first => return Err(error),
            Err(error @ SeriesError::TooManyFiles { .. }) => return Err(error),
            Err(error) => search.found.unread.push(error.into()),
        }
    }
    Ok(search.finish())
}

/// A folder as it is reached, and where it is.
struct Folder {
    path: PathBuf,
    real: PathBuf,
}

#[derive(Default)]
struct Search {
    depth: Depth,
    folders: Vec<Folder>,
    /// Where the folders are that were reached.
    reached: BTreeSet<PathBuf>,
    /// Where each file is, and how it was reached.
    files: BTreeMap<PathBuf, PathBuf>,
    found: Found,
}

impl Search {
    fn enter(&mut self, folder: Folder) {
        if self.reached.insert(folder.real.clone()) {
            self.folders.push(folder);
        }
    }

    fn folder(&mut self, folder: &Folder) -> Result<(), SeriesError> {
        for entry in fs::read_dir(&folder.path).map_err(SeriesError::Folder)? {
            let entry = entry.map_err(SeriesError::Folder)?;
            let kind = entry.file_type().map_err(SeriesError::Folder)?;
            let (path, real) = (entry.path(), folder.real.join(entry.file_name()));
            if kind.is_symlink() {
                self.link(path, &folder.real);
            } else if kind.is_dir() {
                self.subfolder(path, real);
            } else if kind.is_file() {
                self.file(path, real);
            }
            if self.files.len() + self.reached.len() > MAX_FILES {
                return Err(SeriesError::TooManyFiles { max: MAX_FILES });
            }
        }
        Ok(())
    }

    /// Follows a link in the folder that is at `real`.
    fn link(&mut self, path: PathBuf, real: &Path) {
        match fs::canonicalize(&path) {
            // also a link to itself
            Err(_) => self.found.unread.push(Error::from(foreign::DANGLING).at(file_name(&path))),
            Ok(target) if target.is_dir() && real.starts_with(&target) => self.found.loops += 1,
            Ok(target) if target.is_dir() => self.subfolder(path, target),
            Ok(target) if target.is_file() => self.file(path, target),
            Ok(_) => {}
        }
    }

    fn subfolder(&mut self, path: PathBuf, real: PathBuf) {
        if self.depth == Depth::All {
            self.enter(Folder { path, real });
        }
    }

    fn file(&mut self, path: PathBuf, real: PathBuf) {
        if path.file_name().is_some_and(|name| name.eq_ignore_ascii_case("DICOMDIR")) {
            return;
        }
        // of several ways to a file, the first by name
        let reached = self.files.entry(real).or_insert_with(|| path.clone());
        if path < *reached {
            *reached = path;
        }
    }

    fn finish(self) -> Found {
        let mut files: Vec<PathBuf> = self.files.into_values().collect();
        files.sort();
        Found { files, ..self.found }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_followed_once_and_not_around() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("store/deep")).unwrap();
        fs::create_dir(at("study")).unwrap();
        fs::write(at("store/a"), "a").unwrap();
        fs::write(at("store/deep/b"), "b").unwrap();
        fs::write(at("store/DICOMDIR"), "").unwrap();
        for (target, name) in [
            ("../store", "study/one"),
            ("../store", "study/two"),
            ("../store/a", "study/link"),
            ("../store/DICOMDIR", "study/index"),
            ("../../store", "store/deep/up"),
            (".", "study/here"),
            ("nowhere", "study/gone"),
            ("self", "study/self"),
        ] {
            symlink(target, at(name)).unwrap();
        }
        let found = list_files(&at("study"), Depth::All).unwrap();
        let names: Vec<_> =
            found.files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names.len(), 3, "{names:?}: a and b once, and the index under another name");
        assert_eq!(found.loops, 2);
        let unread: Vec<String> = found.unread.iter().map(ToString::to_string).collect();
        assert_eq!(unread.len(), 2, "{unread:?}");
        assert!(unread.iter().all(|text| text.contains("a link to a file that is not there")), "{unread:?}");
        let one = list_files(&at("study"), Depth::One).unwrap();
        assert_eq!(one.files.len(), 2, "{:?}", one.files);
        assert!(list_files(&at("absent"), Depth::All).is_err());
    }

    /// Each folder holds two links to the next: there are 2^40 ways to the last.
    #[test]
    fn many_ways_to_a_folder_are_one() {
        let folder = tempfile::tempdir().unwrap();
        let at = |n: usize| folder.path().join(n.to_string());
        (0..40).for_each(|n| fs::create_dir(at(n)).unwrap());
        for n in 0..39 {
            for name in ["x", "y"] {
                symlink(at(n + 1), at(n).join(name)).unwrap();
            }
        }
        fs::write(at(39).join("a"), "a").unwrap();
        assert_eq!(files_in(&at(0)).unwrap().len(), 1);
    }
}
