//! Files for readers that want a path, in one folder per process.

use std::{
    collections::BTreeSet,
    fs::{self, File, OpenOptions},
    io::Write as _,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

use crate::check::FOLDER;

/// A folder of its own, in `TMPDIR`.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("{FOLDER}-{}", std::process::id())).join(name);
    fs::create_dir_all(&folder).expect("a folder in TMPDIR");
    folder
}

/// A file that each run writes anew. It stays open: opening takes longer than writing.
pub struct Scratch {
    path: PathBuf,
    file: File,
}

impl Scratch {
    /// An empty file of this name in a folder.
    pub fn new(folder: &Path, name: &str) -> Self {
        let path = folder.join(name);
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(&path);
        Self { file: file.expect("a file in TMPDIR"), path }
    }

    /// Replaces its bytes, and gives its path.
    pub fn put(&self, bytes: &[u8]) -> &Path {
        self.file.set_len(bytes.len() as u64).and_then(|()| self.file.write_all_at(bytes, 0)).expect("room");
        &self.path
    }
}

/// A folder of numbered files, of which each run has some.
pub struct ScratchFolder {
    path: PathBuf,
    present: BTreeSet<usize>,
}

impl ScratchFolder {
    /// An empty folder.
    pub fn new(name: &str) -> Self {
        Self { path: folder(name), present: BTreeSet::new() }
    }

    /// The path of the n-th file.
    pub fn file(&self, n: usize) -> PathBuf {
        self.path.join(format!("{n}.dcm"))
    }

    /// Replaces all files, and gives the folder's path.
    pub fn put<'a>(&mut self, files: impl IntoIterator<Item = &'a [u8]>) -> &Path {
        let mut count = 0;
        for bytes in files {
            fs::write(self.file(count), bytes).expect("room");
            self.present.insert(count);
            count += 1;
        }
        for old in self.present.split_off(&count) {
            fs::remove_file(self.file(old)).expect("own file");
        }
        &self.path
    }
}

/// Bytes as a gzip file.
pub fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    out.write_all(bytes).and_then(|()| out.finish()).expect("memory")
}
