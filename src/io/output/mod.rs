//! Writes the results of a study whole or not at all: to a hidden folder in the output folder, from which they are put
//! in place together.

mod claim;
mod lock;
mod placed;
pub(crate) mod sha256;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use hemastage_image::error::{Detail, Error, ErrorKind, Result};
use sha2::{Digest, Sha256};

pub(crate) use self::claim::Claim;
use self::{
    placed::{NotPlaced, discard, new_files, place},
    sha256::{hex, of_file},
};

/// The file that holds a study's report. In a folder of results it goes first and comes last: where it is, all are.
pub const REPORT_FILE: &str = "report.json";

/// The folder, in an output folder, of what is not complete yet.
pub(crate) const HIDDEN: &str = ".hemastage";

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

/// An output folder that gets all of its new files, or none. Until then they are in a hidden folder in it, which no
/// other run can use.
#[derive(Debug)]
pub struct OutputFolder {
    claim: Arc<Claim>,
    overwrite: Overwrite,
    /// The SHA-256 of each file that is complete.
    ready: BTreeMap<String, String>,
}

/// Attempts to remove the unfinished files while another thread adds more; an output has far fewer files.
const MAX_REMOVALS: usize = 1000;

/// What an output that was not completed has left on the disk.
#[derive(Debug, Clone, Default)]
pub struct Unfinished {
    folder: PathBuf,
    /// Folders created for this output, outermost first.
    created: Vec<PathBuf>,
}

impl OutputFolder {
    /// Creates the folder if necessary, and checks that files of these names may be written to it. What an earlier run
    /// that was killed had begun to put in place is completed first.
    ///
    /// # Errors
    /// `Parameter` when a file exists and may not be replaced, `Io` when the folder cannot be written or another run
    /// writes to it.
    pub fn create(folder: impl AsRef<Path>, names: &[&str], overwrite: Overwrite) -> Result<Self> {
        Self::claimed(Arc::new(Claim::new(folder.as_ref())?), names, overwrite)
    }

    /// As [`create`](Self::create), but where another run writes to the folder, waits for it.
    ///
    /// # Errors
    /// Those of `create`, but for that one.
    pub fn create_after_others(
        folder: impl AsRef<Path>,
        names: &[&str],
        overwrite: Overwrite,
    ) -> Result<Self> {
        Self::claimed(Arc::new(Claim::wait(folder.as_ref(), || false)?), names, overwrite)
    }

    /// Whether another run writes to a folder now, or was killed when it did.
    pub fn is_unfinished(folder: impl AsRef<Path>) -> bool {
        folder.as_ref().join(HIDDEN).exists()
    }

    /// In a folder that this run has claimed already.
    pub(crate) fn claimed(claim: Arc<Claim>, names: &[&str], overwrite: Overwrite) -> Result<Self> {
        let output = Self { claim, overwrite, ready: BTreeMap::new() };
        names.iter().try_for_each(|name| output.check(name))?;
        // an unwritable folder fails now rather than after the work
        fs::create_dir(new_files(&output.claim.hidden())).map_err(OutputError::Folder)?;
        Ok(output)
    }

    /// Refuses a name whose file may not be replaced.
    fn check(&self, name: &str) -> Result<()> {
        let path = self.claim.folder().join(name);
        let exists = path.symlink_metadata().is_ok();
        if exists && (self.overwrite == Overwrite::Refuse || path.is_dir()) {
            return Err(Error::from(OutputError::Exists).at(name));
        }
        Ok(())
    }

    /// Refuses inputs, each with its role, that one of the files would replace. They are listed only if there is
    /// something to replace.
    ///
    /// # Errors
    /// `Parameter` when there is one.
    pub fn protect<'a, I: IntoIterator<Item = (&'a str, PathBuf)>>(
        &self,
        names: &[&str],
        inputs: impl FnOnce() -> I,
    ) -> Result<()> {
        let Ok(folder) = self.claim.folder().canonicalize() else { return Ok(()) };
        let existing = names.iter().map(|name| (name, folder.join(name))).filter(|(_, place)| place.exists());
        // one that is a link may lead to an input
        let places: Vec<(&str, PathBuf)> = existing
            .flat_map(|(name, place)| {
                [place.canonicalize().unwrap_or_default(), place].map(|place| (*name, place))
            })
            .collect();
        if places.is_empty() {
            return Ok(());
        }
        let result_at = |input: &Path| places.iter().find(|(_, place)| place == input).map(|(name, _)| *name);
        let replaced = |(role, input): (&'a str, PathBuf)| {
            let name = result_at(&input).or_else(|| result_at(&input.canonicalize().ok()?))?;
            Some((role, name))
        };
        match inputs().into_iter().find_map(replaced) {
            Some((role, name)) => Err(Error::from(OutputError::Input(name.into())).at(role)),
            None => Ok(()),
        }
    }

    /// Writes one file in full, in the hidden folder.
    ///
    /// # Errors
    /// `Io` when writing fails, for example on a full disk.
    pub fn add(&mut self, name: &str, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
        let unwritten = |error| Error::from(OutputError::Write(error)).at(name);
        let file = File::create(self.new_file(name)).map_err(unwritten)?;
        let mut hashed = Hashed { file, hasher: Sha256::new() };
        let mut buffered = BufWriter::new(&mut hashed);
        write(&mut buffered).and_then(|()| buffered.flush()).map_err(unwritten)?;
        drop(buffered);
        self.ready.insert(name.to_owned(), hex(&hashed.hasher.finalize()));
        Ok(())
    }

    /// Writes one file in full by its path, which has the final name in the hidden folder.
    ///
    /// # Errors
    /// That of the writer.
    pub fn add_by_path(&mut self, name: &str, write: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
        let path = self.new_file(name);
        write(&path)?;
        let sha256 = of_file(&path).map_err(|error| Error::from(OutputError::Write(error)).at(name))?;
        self.ready.insert(name.to_owned(), sha256);
        Ok(())
    }

    /// Where a file of this name is until the output is complete.
    pub fn new_file(&self, name: &str) -> PathBuf {
        new_files(&self.claim.hidden()).join(name)
    }

    /// The SHA-256 of each file that was added, by its name.
    pub fn sha256(&self) -> BTreeMap<String, String> {
        self.ready.clone()
    }

    /// What is on the disk until the output is complete, for a handler of signals.
    pub fn unfinished(&self) -> Unfinished {
        self.claim.unfinished()
    }

    /// Puts all files in place. If that fails for one, the folder is as it was.
    ///
    /// # Errors
    /// `Io` when a file cannot be renamed, `Parameter` when a file of that name has appeared in the meantime.
    pub fn complete(self) -> Result<()> {
        let names: Vec<String> = self.ready.keys().cloned().collect();
        names.iter().try_for_each(|name| self.check(name))?;
        place(self.claim.folder(), &self.claim.hidden(), &names).map_err(|failed| {
            let NotPlaced { name, error, is_undone } = failed;
            Error::from(if is_undone { OutputError::Write(error) } else { OutputError::Torn(error) }).at(name)
        })
    }
}

impl Unfinished {
    fn hidden(&self) -> PathBuf {
        self.folder.join(HIDDEN)
    }

    /// Removes the files that are not in place yet, and the folders made for them. Call it when the process is about
    /// to end, but not while the output is being completed.
    pub fn remove(&self) {
        // another thread may add a file meanwhile
        for _ in 0..MAX_REMOVALS {
            match fs::remove_dir_all(self.hidden()) {
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                _ => break,
            }
        }
        self.remove_folders();
    }

    /// Removes the created folders; one that is not empty stays.
    fn remove_folders(&self) {
        self.created.iter().rev().for_each(|folder| drop(fs::remove_dir(folder)));
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        discard(&self.claim.hidden());
    }
}

/// A file whose bytes are hashed on their way.
struct Hashed {
    file: File,
    hasher: Sha256,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[derive(Debug, thiserror::Error)]
enum OutputError {
    #[error("the output folder cannot be written ({0}): choose another one or change its permissions")]
    Folder(#[source] io::Error),
    #[error("another run writes to the output folder: wait for it, or choose another folder")]
    Locked,
    #[error(
        "already exists in the output folder: choose another folder, or allow it to be replaced with --force"
    )]
    Exists,
    #[error("lies where the result {0} goes, and would be replaced: choose another output folder")]
    Input(String),
    #[error("could not be written ({0}): nothing was left behind")]
    Write(#[source] io::Error),
    #[error(
        "could not be put in place ({0}), and the folder holds a part of the results: make it writable, then run again"
    )]
    Torn(#[source] io::Error),
}

impl Detail for OutputError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Folder(_) | Self::Locked | Self::Write(_) | Self::Torn(_) => ErrorKind::Io,
            Self::Exists | Self::Input(_) => ErrorKind::Parameter,
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
    fn what_another_thread_adds_meanwhile_is_removed_too() {
        let root = tempfile::tempdir().unwrap();
        for n in 0..20 {
            let folder = root.path().join(n.to_string());
            let mut output = OutputFolder::create(&folder, &[], Overwrite::Refuse).unwrap();
            let unfinished = output.unfinished();
            let writer = std::thread::spawn(move || {
                let add = |n: usize| output.add(&n.to_string(), |out| out.write_all(b"1"));
                // until there is no folder to add to
                let added = (0..100_000).map(add).take_while(Result::is_ok).count();
                std::mem::forget(output);
                added
            });
            while names(&new_files(&folder.join(HIDDEN))).len() < 20 {}
            unfinished.remove();
            assert!(!folder.exists(), "{:?}", names(&folder.join(HIDDEN)));
            assert!(writer.join().unwrap() >= 20);
        }
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

    /// A folder with old results and a file of somebody's own.
    fn old_results() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for name in ["a", "b", REPORT_FILE] {
            fs::write(root.path().join(name), "old").unwrap();
        }
        fs::write(root.path().join("own"), "own").unwrap();
        root
    }

    /// New results that are ready.
    fn new_results(folder: &Path) -> OutputFolder {
        let names = ["a", "b", REPORT_FILE, "c"];
        let mut output = OutputFolder::create(folder, &names, Overwrite::Replace).unwrap();
        for name in names {
            output.add(name, |out| out.write_all(b"new")).unwrap();
        }
        output
    }

    fn contents(folder: &Path) -> BTreeMap<String, String> {
        let read = |name: String| {
            let text = fs::read_to_string(folder.join(&name)).unwrap_or_else(|_| "a folder".into());
            (name, text)
        };
        names(folder).into_iter().map(read).collect()
    }

    fn whole(state: &str) -> BTreeMap<String, String> {
        let names: &[&str] =
            if state == "new" { &["a", "b", "c", REPORT_FILE] } else { &["a", "b", REPORT_FILE] };
        let own = ("own".to_owned(), "own".to_owned());
        names.iter().map(|&name| (name.to_owned(), state.to_owned())).chain([own]).collect()
    }

    #[test]
    fn results_are_replaced_together_or_not_at_all() {
        let root = old_results();
        new_results(root.path()).complete().unwrap();
        assert_eq!(contents(root.path()), whole("new"));
        for name in ["a", "b", "c", REPORT_FILE] {
            let root = old_results();
            let output = new_results(root.path());
            // stands for whatever keeps one file from its place
            fs::remove_file(output.new_file(name)).unwrap();
            let error = output.complete().unwrap_err();
            assert!(error.to_string().starts_with(&format!("{name}: could not be written (")), "{error}");
            assert_eq!(contents(root.path()), whole("old"), "{name}");
        }
        let root = old_results();
        drop(new_results(root.path()));
        assert_eq!(contents(root.path()), whole("old"));
    }

    /// Every moment at which a process can be killed while it puts files in place.
    #[test]
    fn the_next_run_completes_what_was_begun() {
        let new_first = ["c", "b", "a", REPORT_FILE];
        for moves in 0..=8 {
            let root = old_results();
            let folder = root.path();
            let output = new_results(folder);
            let (new, old) = (output.new_file(""), folder.join(HIDDEN).join("old"));
            let unlocked = fs::remove_file(folder.join(HIDDEN).join("lock"));
            std::mem::forget(output);
            assert!(unlocked.is_ok(), "as when its process has ended");
            fs::create_dir(&old).unwrap();
            for &name in [REPORT_FILE, "a", "b"].iter().take(moves) {
                fs::rename(folder.join(name), old.join(name)).unwrap();
            }
            for &name in new_first.iter().take(moves.saturating_sub(3)) {
                fs::rename(new.join(name), folder.join(name)).unwrap();
            }
            let mut killed = contents(folder);
            killed.retain(|name, _| name != HIDDEN && name != "own");
            let has = |state: &str| killed.values().any(|found| found == state);
            assert!(!(has("old") && has("new")), "never mixed: {killed:?}");
            assert!(!killed.contains_key(REPORT_FILE) || killed.len() >= 3, "with its report it is whole");

            let error = OutputFolder::create(folder, &["a"], Overwrite::Refuse).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parameter);
            assert_eq!(contents(folder), whole("new"), "after {moves} moves");
        }
    }

    #[test]
    fn one_run_at_a_time() {
        let root = tempfile::tempdir().unwrap();
        let first = OutputFolder::create(root.path(), &["one"], Overwrite::Replace).unwrap();
        let error = OutputFolder::create(root.path(), &["one"], Overwrite::Replace).unwrap_err();
        assert_eq!(
            error.to_string(),
            "another run writes to the output folder: wait for it, or choose another folder"
        );
        drop(first);
        OutputFolder::create(root.path(), &["one"], Overwrite::Replace).unwrap();
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn what_is_unfinished_can_be_removed_from_outside() {
        let root = tempfile::tempdir().unwrap();
        let mut output = OutputFolder::create(root.path().join("a/b"), &["one"], Overwrite::Refuse).unwrap();
        output.add("one", |out| out.write_all(b"1")).unwrap();
        output.unfinished().remove();
        assert!(names(root.path()).is_empty());
        output.complete().unwrap_err();
        assert!(names(root.path()).is_empty());
    }

    #[test]
    fn no_input_is_replaced() {
        let root = tempfile::tempdir().unwrap();
        let input = root.path().join("one");
        fs::write(&input, "mine").unwrap();
        let output = OutputFolder::create(root.path(), &["one", "two"], Overwrite::Replace).unwrap();
        let refused = |names: &[&str], input: &Path| output.protect(names, || [("t1", input.to_owned())]);
        assert_eq!(
            refused(&["two", "one"], &input).unwrap_err().to_string(),
            "t1: lies where the result one goes, and would be replaced: choose another output folder"
        );
        refused(&["two"], &input).unwrap();
        refused(&["two"], &root.path().join("none")).unwrap();
        #[cfg(unix)]
        {
            let other = tempfile::tempdir().unwrap();
            std::os::unix::fs::symlink(&input, other.path().join("link")).unwrap();
            refused(&["one"], &other.path().join("link")).unwrap_err();
            std::os::unix::fs::symlink(other.path().join("link"), root.path().join("two")).unwrap();
            refused(&["two"], &other.path().join("link")).unwrap_err();
        }
    }
}
