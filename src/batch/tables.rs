//! The tables of all studies: rows appended whole, in order.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::Path,
};

use hemastage_image::error::{Error, Result};

use super::{
    error::BatchError,
    methods::{METHODS_FILE, START},
    overview::{self, INDEX_FILE, INDEX_START, PARQUET_FILES, PARQUET_START},
};
use crate::{
    io::output::Claim,
    table::{Outcome, OwnColumns, Table},
};

/// A table is known by this many of its first bytes.
const START_BYTES: usize = 64;

/// The rows of one study, one text per table.
#[derive(Debug)]
pub(super) struct Rows([String; 3]);

impl Rows {
    /// The rows of a study, with its cells of own columns.
    pub(super) fn new(study: &str, outcome: &Outcome<'_>, own: &OwnColumns, cells: &[String]) -> Self {
        Self(Table::ALL.map(|table| own.rows(table, study, outcome, cells)))
    }
}

/// The tables in the output folder, held open so that no other batch writes there.
#[derive(Debug)]
pub(super) struct Tables {
    /// Each with the length of its complete rows.
    files: [(Table, File, u64); 3],
    methods: File,
    _claim: Claim,
}

impl Tables {
    /// The names of all tables and dictionaries, of the methods and of what is made of them afterward.
    pub(super) fn names() -> impl Iterator<Item = &'static str> {
        let tables = Table::ALL.into_iter().flat_map(|table| [table.file_name(), table.dictionary_name()]);
        tables.chain([METHODS_FILE, INDEX_FILE]).chain(PARQUET_FILES)
    }

    /// Refuses to replace a file that is no table of a batch.
    ///
    /// # Errors
    /// When there is one.
    pub(super) fn check(folder: &Path) -> Result<()> {
        let files = Table::ALL.into_iter().flat_map(|table| {
            [(table.file_name(), table.header()), (table.dictionary_name(), table.dictionary())]
        });
        let files = files.chain([(METHODS_FILE, START.to_owned()), (INDEX_FILE, INDEX_START.to_owned())]);
        let files = files.chain(PARQUET_FILES.map(|name| (name, PARQUET_START.to_owned())));
        for (name, text) in files {
            let path = folder.join(name);
            let is_foreign =
                path.symlink_metadata().is_ok_and(|found| !found.is_file() || !begins(&path, &text));
            if is_foreign {
                return Err(Error::from(BatchError::NotATable).at(name));
            }
        }
        Ok(())
    }

    /// Writes the dictionaries and the tables' headers.
    ///
    /// # Errors
    /// When they can't be written, or another batch holds them.
    pub(super) fn create(claim: Claim, own: &OwnColumns) -> Result<Self> {
        let folder = claim.folder();
        overview::remove(folder)?;
        for table in Table::ALL {
            let mut file = open(folder, table.dictionary_name())?;
            replace(&mut file, table.dictionary_name(), &own.dictionary(table))?;
        }
        let with_header = |table: Table| -> Result<(Table, File, u64)> {
            let mut file = open(folder, table.file_name())?;
            let header = own.header(table);
            replace(&mut file, table.file_name(), &header)?;
            Ok((table, file, header.len() as u64))
        };
        let [summary, levels, measures] = Table::ALL;
        let files = [with_header(summary)?, with_header(levels)?, with_header(measures)?];
        let mut methods = open(folder, METHODS_FILE)?;
        replace(&mut methods, METHODS_FILE, START)?;
        Ok(Self { files, methods, _claim: claim })
    }

    /// Writes the methods, which begin with [`START`].
    ///
    /// # Errors
    /// When they can't be written.
    pub(super) fn write_methods(&mut self, text: &str) -> Result<()> {
        let rest = text.strip_prefix(START).unwrap_or(text);
        self.methods.write_all(rest.as_bytes()).map_err(|error| unwritten(METHODS_FILE, error))
    }

    /// Adds a study. The summary comes last: a study that is in it is in the others.
    ///
    /// # Errors
    /// When a table can't be written; no part of a row is left in it then.
    pub(super) fn append(&mut self, rows: &Rows) -> Result<()> {
        for ((table, file, length), text) in self.files.iter_mut().zip(&rows.0).rev() {
            // written at once: a file has no buffer of its own
            if let Err(error) = file.write_all(text.as_bytes()) {
                drop(file.set_len(*length));
                return Err(unwritten(table.file_name(), error));
            }
            *length += text.len() as u64;
        }
        Ok(())
    }
}

/// Whether a file is empty or begins as a text does.
fn begins(path: &Path, text: &str) -> bool {
    let expected = &text.as_bytes()[..text.len().min(START_BYTES)];
    let mut found = Vec::new();
    let read = File::open(path).and_then(|file| file.take(expected.len() as u64).read_to_end(&mut found));
    read.is_ok() && (found.is_empty() || found == expected)
}

/// Puts a text in place of all that a file holds; the file is empty when that fails.
fn replace(file: &mut File, name: &str, text: &str) -> Result<()> {
    let written = file.set_len(0).and_then(|()| file.write_all(text.as_bytes()));
    written.map_err(|error| {
        drop(file.set_len(0));
        unwritten(name, error)
    })
}

fn open(folder: &Path, name: &str) -> Result<File> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join(name));
    opened.map_err(|error| unwritten(name, error))
}

fn unwritten(name: &str, error: io::Error) -> Error {
    Error::from(BatchError::Unwritten(error)).at(name)
}
