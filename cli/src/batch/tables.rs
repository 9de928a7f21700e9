//! The tables of all studies: rows appended whole, in order.

use std::{
    fs::{File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

use fs4::{FileExt, TryLockError};
use hemastage::table::{Outcome as StudyOutcome, Table};

use crate::failure::{Failure, Outcome};

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
            let written = file.set_len(0).and_then(|()| file.write_all(table.dictionary().as_bytes()));
            written.map_err(|error| unwritten(name, &error))?;
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
        let written = file.set_len(0).and_then(|()| file.write_all(header.as_bytes()));
        written.map_err(|error| unwritten(name, &error))?;
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

fn open(folder: &Path, name: &str) -> Outcome<File> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(name));
    opened.map_err(|error| unwritten(name, &error))
}

fn unwritten(name: &str, error: &io::Error) -> Failure {
    Failure::Input(format!(
        "{name}: could not be written ({error}): check the output folder's permissions and free space, then go on with --resume"
    ))
}
