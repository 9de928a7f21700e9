//! The text of a manifest: its bytes, separator, quotes and lines.

use std::{
    fs::{self, File},
    io::{self, Read as _},
    path::Path,
};

/// No manifest is larger.
const MAX_BYTES: u64 = 64 << 20;
/// The byte order mark, which some programs write in front of UTF-8 text.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// The first line of a table of Excel may name its separator.
const DECLARATION: &[u8] = b"sep=";
/// How files begin that are often given instead of a table of text, and what to do with them.
const OTHERS: [(&[u8], &str); 4] = [
    (b"PK\x03\x04", "a workbook (.xlsx, .ods), not a table of text: save its sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "a workbook (.xls), not a table of text: save its sheet as CSV"),
    (b"\xff\xfe", "text in UTF-16: save the table as CSV"),
    (b"PAR1", "a Parquet file, not a table of text: save it as CSV"),
];
/// What separates cells.
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
    let other = OTHERS.iter().find(|(start, _)| bytes.starts_with(start));
    other.map_or(Ok(bytes), |(_, what)| {
        Err(format!("{what} in UTF-8, as with `CSV UTF-8` of Excel or `to_csv` of pandas"))
    })
}

/// What separates the cells of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Separator {
    pub(super) byte: u8,
    /// Whether the first line with text only names the separator, and is no header.
    pub(super) is_declared: bool,
}

impl Separator {
    /// By the first line with text: the separator that is usual for the file's name where it occurs, else the most
    /// frequent one.
    pub(super) fn of(name: &str, bytes: &[u8]) -> Self {
        let lines =
            bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes).split(|byte| matches!(byte, b'\n' | b'\r'));
        let is_text = |byte: &u8| !byte.is_ascii_whitespace() && !SEPARATORS.contains(byte);
        let line = lines.into_iter().find(|line| line.iter().any(is_text)).unwrap_or_default();
        if let Some(byte) = declared(line) {
            return Self { byte, is_declared: true };
        }
        let is_tabbed = [".tsv", ".tab"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        let usual: &[u8] = if is_tabbed { b"\t" } else { b";," };
        let count = |separator: &u8| line.split(|byte| byte == separator).count() - 1;
        let most_frequent = |of: &[u8]| of.iter().copied().max_by_key(count).filter(|byte| count(byte) > 0);
        let byte = most_frequent(usual).or_else(|| most_frequent(SEPARATORS)).unwrap_or(b',');
        Self { byte, is_declared: false }
    }
}

/// The separator that a line names, as in `sep=;`.
fn declared(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").unwrap_or(line);
    let (start, rest) = line.split_at_checked(DECLARATION.len())?;
    let separator = rest.first().filter(|byte| SEPARATORS.contains(byte))?;
    // a spreadsheet adds empty cells
    let is_alone = rest.iter().all(|byte| byte == separator || matches!(byte, b'"' | b' '));
    (start.eq_ignore_ascii_case(DECLARATION) && is_alone).then_some(*separator)
}

/// The line in which a quote is opened that is never closed.
pub(super) fn unclosed_quote(bytes: &[u8], separator: u8) -> Option<u64> {
    /// Where in a cell a byte stands, with the line in which its quote was opened.
    enum Position {
        Start,
        Unquoted,
        Quoted(u64),
        /// After a quote that closes the cell, or is the first of two that stand for one.
        AfterQuote(u64),
    }
    let (mut line, mut position) = (1, Position::Start);
    for &byte in bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) {
        position = match (position, byte) {
            (Position::Start, b'"') => Position::Quoted(line),
            (Position::Quoted(opened), b'"') => Position::AfterQuote(opened),
            (Position::Quoted(opened), _) | (Position::AfterQuote(opened), b'"') => Position::Quoted(opened),
            (_, b'\n' | b'\r') => Position::Start,
            (_, byte) if byte == separator => Position::Start,
            _ => Position::Unquoted,
        };
        line += u64::from(byte == b'\n');
    }
    match position {
        Position::Quoted(opened) => Some(opened),
        _ => None,
    }
}

/// The line on which a record starts. Its position is that of the empty lines before it.
pub(super) fn line(bytes: &[u8], position: &csv::Position) -> u64 {
    let before = bytes.iter().skip(position.byte() as usize).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + before.filter(|byte| **byte == b'\n').count() as u64
}
