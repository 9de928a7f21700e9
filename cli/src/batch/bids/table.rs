//! A dataset as a manifest.

use std::path::Path;

use csv::WriterBuilder;

use super::{BidsArgs, columns, names::Role, sessions::Session};
use crate::{
    batch::{
        columns::Decided,
        init::{file_names, relative},
        manifest::Manifest,
    },
    failure::{Failure, Outcome},
};

/// Columns that the summary repeats, by which it is joined with the dataset's tables.
const PARTICIPANT: &str = "participant_id";
const SESSION: &str = "session_id";
/// The column that says that a session shows no hematoma.
const NO_HEMATOMA: &str = "no_hematoma";

/// The manifest, with a row per session.
///
/// # Errors
/// When a column that is wanted is not there.
pub(super) fn manifest(args: &BidsArgs, sessions: &[Session]) -> Outcome<Manifest> {
    let (more, cells) = columns::of(&args.dataset, &args.column, sessions)?;
    let header = ["study", PARTICIPANT, SESSION].into_iter().chain(Role::ALL.map(Role::column));
    let mut out = WriterBuilder::new().from_writer(Vec::new());
    let unwritten =
        |error: csv::Error| Failure::input(format!("the list of studies cannot be made ({error})"));
    out.write_record(header.chain(more.iter().copied())).map_err(unwritten)?;
    for (session, cells) in sessions.iter().zip(&cells) {
        let participant = format!("sub-{}", session.subject);
        let label = session.label.as_ref().map_or(String::new(), |label| format!("ses-{label}"));
        let files = Role::ALL.map(|role| match session.files.get(&role).map_or(&[][..], Vec::as_slice) {
            [one] => from_dataset(one, &args.dataset),
            _ => String::new(),
        });
        let row = [session.study(), participant, label].into_iter().chain(files).chain(cells.iter().cloned());
        out.write_record(row).map_err(unwritten)?;
    }
    let bytes = out.into_inner().map_err(|error| Failure::input(error.to_string()))?;
    let own = [PARTICIPANT, SESSION].map(str::to_owned).to_vec();
    let decided = Decided { ignored: Vec::new(), own };
    let mut manifest = Manifest::parse("the dataset", &args.dataset, &bytes, &decided)?.with_visits_in(1, 2);
    let is_clear = |cells: &[String]| {
        let at = more.iter().position(|name| name.replace('-', "_") == NO_HEMATOMA);
        at.is_some_and(|at| cells[at].eq_ignore_ascii_case("true"))
    };
    for ((row, session), cells) in manifest.rows.iter_mut().zip(sessions).zip(&cells) {
        row.fault = fault(args, session, is_clear(cells));
    }
    Ok(manifest)
}

/// A path as a cell: from the dataset's folder.
fn from_dataset(path: &Path, dataset: &Path) -> String {
    match path.strip_prefix(dataset) {
        Ok(below) => below.to_string_lossy().into_owned(),
        Err(_) => relative(path, Some(dataset)),
    }
}

/// Why a session is no study: files that could be one, and what is missing.
fn fault(args: &BidsArgs, session: &Session, is_clear: bool) -> Option<String> {
    let mut texts = Vec::new();
    for role in Role::ALL {
        match session.files.get(&role).map_or(&[][..], Vec::as_slice) {
            [] if role <= Role::T2 || (role == Role::Hematoma && !is_clear) => {
                texts.push(format!("no {}: expected a file `…{}`", role.key(), role.ending(&args.labels)));
            }
            [] | [_] => {}
            many => texts.push(format!(
                "{} files could be {}, choose with --filter {}:…: {}",
                many.len(),
                role.key(),
                role.key(),
                file_names(many)
            )),
        }
    }
    (!texts.is_empty()).then(|| texts.join("; "))
}
