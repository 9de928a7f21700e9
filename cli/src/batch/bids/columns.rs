//! Columns of `participants.tsv` and of the participants' `sessions.tsv`.

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use csv::{ReaderBuilder, StringRecord};
use hemastage_image::open_regular;

use super::sessions::Session;
use crate::failure::{Failure, Outcome};

/// No table is larger.
const MAX_BYTES: u64 = 64 << 20;

/// A column that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wanted<'a> {
    /// The column of the manifest that it becomes.
    column: &'a str,
    name: &'a str,
}

/// The names of the columns, and their cells for each session.
pub(super) fn of<'a>(
    dataset: &Path,
    wanted: &'a [String],
    sessions: &[Session],
) -> Outcome<(Vec<&'a str>, Vec<Vec<String>>)> {
    if wanted.is_empty() {
        return Ok((Vec::new(), sessions.iter().map(|_| Vec::new()).collect()));
    }
    let wanted: Vec<Wanted<'a>> = wanted
        .iter()
        .map(|text| match text.split_once('=') {
            Some((column, name)) => Wanted { column, name },
            None => Wanted { column: text, name: text },
        })
        .collect();
    let participants = Table::read(&dataset.join("participants.tsv"), "participant_id")?;
    let mut of_subjects: BTreeMap<&str, Table> = BTreeMap::new();
    for session in sessions.iter().filter(|session| session.label.is_some()) {
        if !of_subjects.contains_key(&*session.subject) {
            let subject = format!("sub-{}", session.subject);
            let path: PathBuf = [subject.clone(), format!("{subject}_sessions.tsv")].iter().collect();
            of_subjects.insert(&session.subject, Table::read(&dataset.join(path), "session_id")?);
        }
    }
    for Wanted { name, .. } in &wanted {
        if !participants.has(name) && !of_subjects.values().any(|table| table.has(name)) {
            return Err(Failure::usage(format!(
                "--column {name}: neither in participants.tsv nor in a sessions.tsv"
            )));
        }
    }
    let cell = |session: &Session, name: &str| {
        let of_session = session
            .label
            .as_ref()
            .and_then(|label| of_subjects.get(&*session.subject)?.cell(&format!("ses-{label}"), name));
        of_session
            .or_else(|| participants.cell(&format!("sub-{}", session.subject), name))
            .unwrap_or_default()
    };
    let cells = |session: &Session| wanted.iter().map(|one| cell(session, one.name).to_owned()).collect();
    Ok((wanted.iter().map(|one| one.column).collect(), sessions.iter().map(cells).collect()))
}

/// A table of BIDS, by the cells of its first column.
#[derive(Debug, Default)]
struct Table {
    names: Vec<String>,
    rows: BTreeMap<String, StringRecord>,
}

impl Table {
    /// The table in a file; an empty one where there is no file.
    fn read(path: &Path, key: &str) -> Outcome<Self> {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !path.exists() {
            return Ok(Self::default());
        }
        let unread = |why: String| Failure::input(format!("{file}: the table could not be read ({why})"));
        let opened: Option<(File, _)> =
            open_regular(path).map_err(|error| unread(error.kind().to_string()))?;
        let (opened, _) = opened.ok_or_else(|| unread("not a regular file".into()))?;
        let mut reader = ReaderBuilder::new()
            .delimiter(b'\t')
            .quoting(false)
            .flexible(true)
            .from_reader(opened.take(MAX_BYTES));
        let headers = reader.headers().map_err(|_| unread("its header is not UTF-8 text".into()))?;
        let names: Vec<String> =
            headers.iter().map(|name| name.trim_start_matches('\u{feff}').trim().to_owned()).collect();
        let at = names.iter().position(|name| name == key);
        let at = at.ok_or_else(|| unread(format!("it has no column `{key}`")))?;
        let mut rows = BTreeMap::new();
        for record in reader.records() {
            let record = record.map_err(|_| unread("a row is not UTF-8 text".into()))?;
            rows.insert(record.get(at).unwrap_or_default().trim().to_owned(), record);
        }
        Ok(Self { names, rows })
    }

    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|known| known == name)
    }

    /// A cell with a value.
    fn cell(&self, row: &str, name: &str) -> Option<&str> {
        let at = self.names.iter().position(|known| known == name)?;
        let cell = self.rows.get(row)?.get(at)?.trim();
        (!cell.is_empty() && cell != "n/a").then_some(cell)
    }
}
