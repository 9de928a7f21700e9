//! Writes the results of a study whole or not at all: to temporary files in the output folder, renamed at the end.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use hemastage_image::error::{Detail, Error, ErrorKind, Result};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::sha256::hex;

/// What to do about a file that already exists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overwrite {
    /// Fail, before anything is written.
    #[default]
    Refuse,
    /// Replace it, once the new one is complete.
    Replace,
}

/// Prefix of the names of files that are not complete yet.
pub(crate) const TEMPORARY_PREFIX: &str = ".hemastage-";

/// A complete file that still has its temporary name.
#[derive(Debug)]
struct Ready {
    name: String,
    file: NamedTempFile,
    sha256: String,
}

/// An output folder that gets all of its new files, or none.
#[derive(Debug)]
pub struct OutputFolder {
    folder: PathBuf,
    overwrite: Overwrite,
    ready: Vec<Ready>,
    /// Folders created for this output, outermost first; removed again unless it is completed.
    created: Vec<PathBuf>,
}

impl OutputFolder {
    /// Creates the folder if necessary, and checks that files of these names may be written to it.
    ///
    /// # Errors
    /// `Parameter` when a file exists and may not be replaced, `Io` when the folder cannot be written.
    pub fn create(folder: impl AsRef<Path>, names: &[&str], overwrite: Overwrite) -> Result<Self> {
        let folder = folder.as_ref();
        let missing: Vec<PathBuf> = folder
            .ancestors()
            .take_while(|f| !f.as_os_str().is_empty() && !f.exists())
            .map(Path::to_owned)
            .collect();
        let mut output =
            Self { folder: folder.to_owned(), overwrite, ready: Vec::new(), created: Vec::new() };
        for new in missing.into_iter().rev() {
            fs::create_dir(&new).map_err(OutputError::Folder)?;
            output.created.push(new);
        }
        for name in names {
            let path = folder.join(name);
            let exists = path.symlink_metadata().is_ok();
            if exists && (overwrite == Overwrite::Refuse || path.is_dir()) {
                return Err(Error::from(OutputError::Exists).at(*name));
            }
        }
        // an unwritable folder fails now rather than after the work
        output.temporary()?;
        Ok(output)
    }

    fn temporary(&self) -> Result<NamedTempFile> {
        let mut builder = tempfile::Builder::new();
        builder.prefix(TEMPORARY_PREFIX);
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        // the error's own text contains the path
        Ok(builder.tempfile_in(&self.folder).map_err(|error| OutputError::Folder(error.kind().into()))?)
    }

    /// Writes one file in full, under a temporary name.
    ///
    /// # Errors
    /// `Io` when writing fails, for example on a full disk.
    pub fn add(&mut self, name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let file = self.temporary()?;
        // through the plain file: errors of the temporary one contain its path
        let mut hashed = Hashed { file: file.as_file(), hasher: Sha256::new() };
        let mut buffered = BufWriter::new(&mut hashed);
        let written = write(&mut buffered).and_then(|()| buffered.flush());
        drop(buffered);
        written.map_err(|error| Error::from(OutputError::Write(error)).at(name))?;
        let sha256 = hex(&hashed.hasher.finalize());
        self.ready.push(Ready { name: name.to_owned(), file, sha256 });
        Ok(())
    }

    /// The SHA-256 of each file that was added, by its name.
    pub fn sha256(&self) -> BTreeMap<String, String> {
        self.ready.iter().map(|ready| (ready.name.clone(), ready.sha256.clone())).collect()
    }

    /// Renames all files to their final names. If that fails for one, those that are new are removed again.
    ///
    /// # Errors
    /// `Io` when a file cannot be renamed, `Parameter` when a file of that name has appeared in the meantime.
    pub fn complete(mut self) -> Result<()> {
        let mut placed: Vec<PathBuf> = Vec::new();
        for Ready { name, file, .. } in std::mem::take(&mut self.ready) {
            let path = self.folder.join(&name);
            let is_new = !path.exists();
            let moved = match self.overwrite {
                Overwrite::Refuse => file.persist_noclobber(&path),
                Overwrite::Replace => file.persist(&path),
            };
            if let Err(error) = moved {
                for path in &placed {
                    drop(fs::remove_file(path));
                }
                let exists = error.error.kind() == io::ErrorKind::AlreadyExists;
                let detail = if exists { OutputError::Exists } else { OutputError::Write(error.error) };
                return Err(Error::from(detail).at(name));
            }
            if is_new {
                placed.push(path);
            }
        }
        self.created.clear();
        Ok(())
    }
}

/// A file whose bytes are hashed on their way.
struct Hashed<'a> {
    file: &'a File,
    hasher: Sha256,
}

impl Write for Hashed<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        self.ready.clear();
        // a folder that is not empty stays
        self.created.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

#[derive(Debug, thiserror::Error)]
enum OutputError {
    #[error("the output folder cannot be written ({0}): choose another one or change its permissions")]
    Folder(#[source] io::Error),
    #[error(
        "already exists in the output folder: choose another folder, or allow it to be replaced with --force"
    )]
    Exists,
    #[error("could not be written ({0}): nothing was left behind")]
    Write(#[source] io::Error),
}

impl Detail for OutputError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Folder(_) | Self::Write(_) => ErrorKind::Io,
            Self::Exists => ErrorKind::Parameter,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn all_files_or_none() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("a/b");
        let mut output = OutputFolder::create(&folder, &["one", "two"], Overwrite::Refuse).unwrap();
        output.add("one", |out| out.write_all(b"1")).unwrap();
        let error = output.add("two", |_| Err(io::Error::other("disk full"))).unwrap_err();
        assert_eq!(error.to_string(), "two: could not be written (disk full): nothing was left behind");
        drop(output);
        assert!(names(root.path()).is_empty(), "not even the folders");

        let mut output = OutputFolder::create(&folder, &["one"], Overwrite::Refuse).unwrap();
        output.add("one", |out| out.write_all(b"1")).unwrap();
        output.complete().unwrap();
        assert_eq!(names(&folder), ["one"]);
    }

    #[test]
    fn nothing_is_overwritten_unasked() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("one"), "old").unwrap();
        let error = OutputFolder::create(root.path(), &["one"], Overwrite::Refuse).unwrap_err();
        assert!(error.to_string().starts_with("one: already exists") && error.kind() == ErrorKind::Parameter);
        let mut output = OutputFolder::create(root.path(), &["one"], Overwrite::Replace).unwrap();
        output.add("one", |out| out.write_all(b"new")).unwrap();
        assert_eq!(fs::read_to_string(root.path().join("one")).unwrap(), "old", "until it is complete");
        output.complete().unwrap();
        assert_eq!(fs::read_to_string(root.path().join("one")).unwrap(), "new");
    }

    #[test]
    fn a_folder_that_is_a_file_is_refused() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("file"), "").unwrap();
        let error = OutputFolder::create(root.path().join("file"), &["one"], Overwrite::Refuse).unwrap_err();
        assert!(error.to_string().contains("the output folder cannot be written"), "{error}");
        assert!(!error.to_string().contains(root.path().file_name().unwrap().to_str().unwrap()));
    }
}
