//! The tables of all studies: rows appended whole, in order.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use fs4::{FileExt, TryLockError};
use hemastage::table::{Outcome as StudyOutcome, Table};

use crate::failure::{Failure, Outcome};

/// So many bytes tell a table from another file.
const START: usize = 64;

/// The rows of one study, one text per table.
#[derive(Debug)]
pub(super) struct Rows([String; 3]);

impl Rows {
    /// The rows of a study.
    pub(super) fn new(study: &str, outcome: &StudyOutcome<'_>) -> Self {
        Self(Table::ALL.map(|table| table.rows(study, outcome)))
    }
}

/// The tables in the output folder, held open. No other batch can write there meanwhile.
#[derive(Debug)]
pub(super) struct Tables {
    tables: [(Table, File, u64); 3],
    /// Held for its lock. Not a table: a lock keeps others from reading on some systems.
    _dictionary: File,
}

impl Tables {
    /// The names of all files.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        Table::ALL.into_iter().flat_map(|table| [table.file_name(), table.dictionary_name()])
    }

    /// Refuses to replace what is no table of a batch.
    ///
    /// # Errors
    /// When there is such a file.
    pub(super) fn check(folder: &Path) -> Outcome {
        let files = Table::ALL.into_iter().flat_map(|table| {
            [(table.file_name(), table.header()), (table.dictionary_name(), table.dictionary())]
        });
        for (name, text) in files {
            let path = folder.join(name);
            let is_in_the_way =
                path.symlink_metadata().is_ok_and(|found| !found.is_file() || !begins(&path, &text));
            if is_in_the_way {
                return Err(Failure::Usage(format!(
                    "{name}: what has this name in the output folder is no table of a batch: move it away, or choose another folder"
                )));
            }
        }
        Ok(())
    }

    /// Writes the dictionaries and the tables' headers.
    ///
    /// # Errors
    /// When they can't be written, or another batch holds them.
    pub(super) fn create(folder: &Path) -> Outcome<Self> {
        let mut lock = None;
        for table in Table::ALL {
            let name = table.dictionary_name();
            let mut file = open(folder, name)?;
            if lock.is_none() {
                // not the standard library's, which is newer than the oldest compiler in use
                FileExt::try_lock(&file).map_err(|error| match error {
                    TryLockError::WouldBlock => Failure::Input(
                        "another batch is at work in the output folder: wait for it, or choose another folder".into(),
                    ),
                    TryLockError::Error(error) => unwritten(name, &error),
                })?;
            }
            replace(&mut file, &table.dictionary()).map_err(|error| unwritten(name, &error))?;
            lock.get_or_insert(file);
        }
        let [summary, levels, measures] = Table::ALL.map(|table| Self::begun(folder, table));
        let Some(dictionary) = lock else { return Err(Failure::Told) };
        Ok(Self { tables: [summary?, levels?, measures?], _dictionary: dictionary })
    }

    fn begun(folder: &Path, table: Table) -> Outcome<(Table, File, u64)> {
        let name = table.file_name();
        let mut file = open(folder, name)?;
        let header = table.header();
        replace(&mut file, &header).map_err(|error| unwritten(name, &error))?;
        Ok((table, file, header.len() as u64))
    }

    /// Adds a study. The summary comes last: a study that is in it is in the others.
    ///
    /// # Errors
    /// When a table can't be written; no part of a row is left in it then.
    pub(super) fn append(&mut self, rows: &Rows) -> Outcome {
        for ((table, file, length), text) in self.tables.iter_mut().zip(&rows.0).rev() {
            // nothing is kept back in memory: a file has no buffer of its own
            if let Err(error) = file.write_all(text.as_bytes()) {
                drop(file.set_len(*length));
                return Err(unwritten(table.file_name(), &error));
            }
            *length += text.len() as u64;
        }
        Ok(())
    }
}

/// Whether a file is empty or begins as a text does.
fn begins(path: &Path, text: &str) -> bool {
    let expected = &text.as_bytes()[..text.len().min(START)];
    let mut found = Vec::new();
    let read = File::open(path).and_then(|file| file.take(expected.len() as u64).read_to_end(&mut found));
    read.is_ok() && (found.is_empty() || found == expected)
}

/// Puts a text in place of all that a file holds; nothing when it can't be written whole.
fn replace(file: &mut File, text: &str) -> io::Result<()> {
    let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
    if written.is_err() {
        drop(file.set_len(0));
    }
    written
}

fn open(folder: &Path, name: &str) -> Outcome<File> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(name));
    opened.map_err(|error| unwritten(name, &error))
}

fn unwritten(name: &str, error: &io::Error) -> Failure {
    Failure::Input(format!(
        "{name}: could not be written ({error}): check the output folder's permissions and free space, then go on with --resume"
    ))
}
