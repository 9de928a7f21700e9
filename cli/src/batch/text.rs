//! The text of a manifest before it is a table: its bytes, its separator and its quotes.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

/// No manifest is larger: a million rows.
const MAX_BYTES: u64 = 256 << 20;
/// What some programs write in front of UTF-8 text.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// How a first line of Excel begins that names the separator.
const DECLARATION: &[u8] = b"sep=";
/// What can stand between cells.
const SEPARATORS: &[u8] = b",;\t";

/// The bytes of a manifest.
pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let unread = |error: io::Error| format!("the manifest could not be read ({error})");
    // asked before opening, which would wait for a writer if this is a pipe
    if !fs::metadata(path).map_err(unread)?.is_file() {
        return Err("not a regular file: expected a CSV or TSV table of studies".into());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(format!("larger than {} MiB: expected a CSV or TSV table of studies", MAX_BYTES >> 20));
    }
    Ok(bytes)
}

/// What stands between the cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Separator {
    pub(super) sign: u8,
    /// Whether the first line with text in it names the sign, and is no header.
    pub(super) declared: bool,
}

impl Separator {
    /// By the first line with text: the one that is usual for the file's name if it is there, else the most frequent.
    pub(super) fn of(name: &str, bytes: &[u8]) -> Self {
        let lines = bytes.strip_prefix(MARK).unwrap_or(bytes).split(|byte| matches!(byte, b'\n' | b'\r'));
        let is_text = |byte: &u8| !byte.is_ascii_whitespace() && !SEPARATORS.contains(byte);
        let line = lines.into_iter().find(|line| line.iter().any(is_text)).unwrap_or_default();
        if let Some(sign) = declared(line) {
            return Self { sign, declared: true };
        }
        let is_tabbed = [".tsv", ".tab"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        let usual: &[u8] = if is_tabbed { b"\t" } else { b";," };
        let count = |sign: &u8| line.split(|byte| byte == sign).count() - 1;
        let most = |signs: &[u8]| signs.iter().copied().max_by_key(count).filter(|sign| count(sign) > 0);
        let sign = most(usual).or_else(|| most(SEPARATORS)).unwrap_or(b',');
        Self { sign, declared: false }
    }
}

/// The separator that a line names, as in `sep=;`.
fn declared(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (start, rest) = line.split_at_checked(DECLARATION.len())?;
    let sign = rest.first().filter(|sign| SEPARATORS.contains(sign))?;
    // what is behind it are the empty cells of a spreadsheet
    let is_alone = rest.iter().all(|byte| byte == sign || matches!(byte, b'"' | b' '));
    (start.eq_ignore_ascii_case(DECLARATION) && is_alone).then_some(*sign)
}

/// The line in which a quote is opened that is never closed.
pub(super) fn unclosed_quote(bytes: &[u8], separator: u8) -> Option<u64> {
    /// Where in a cell a byte stands; with the line in which its quote was opened.
    enum In {
        Start,
        Plain,
        Quotes(u64),
        /// Behind a quote that closes the cell, or is one of two that stand for one.
        Behind(u64),
    }
    let (mut line, mut at) = (1, In::Start);
    for &byte in bytes.strip_prefix(MARK).unwrap_or(bytes) {
        at = match (at, byte) {
            (In::Start, b'"') => In::Quotes(line),
            (In::Quotes(opened), b'"') => In::Behind(opened),
            (In::Quotes(opened), _) | (In::Behind(opened), b'"') => In::Quotes(opened),
            (_, b'\n' | b'\r') => In::Start,
            (_, byte) if byte == separator => In::Start,
            _ => In::Plain,
        };
        line += u64::from(byte == b'\n');
    }
    match at {
        In::Quotes(opened) => Some(opened),
        _ => None,
    }
}

/// The line on which a record starts: the position is that of the empty lines before it.
pub(super) fn line(bytes: &[u8], position: &csv::Position) -> u64 {
    let before = bytes.iter().skip(position.byte() as usize).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + before.filter(|byte| **byte == b'\n').count() as u64
}
