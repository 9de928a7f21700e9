//! The table of studies: its bytes read into a header and rows, and the name of each row's study.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, ReaderBuilder};
use hemastage::table::Table;

use super::columns::{self, Column, STUDY};
use crate::failure::{Failure, Outcome};

/// No manifest is larger: a million rows.
const MOST_BYTES: u64 = 256 << 20;
/// No name of a study is longer, so that a folder can have it everywhere.
const LONGEST_NAME: usize = 200;

/// A manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    /// What relative paths start from.
    pub(super) folder: PathBuf,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
}

/// A row with text in it.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it is in the file, from 1.
    pub(super) line: u64,
    pub(super) cells: ByteRecord,
}

impl Manifest {
    /// Reads the table and what its columns mean.
    ///
    /// # Errors
    /// When it can't be read, or its header is not one of a manifest.
    pub(super) fn read(path: &Path, ignored: &[String]) -> Outcome<Self> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let bytes = bytes(path).map_err(|text| Failure::Input(format!("{name}: {text}")))?;
        let usage = |text: String| Failure::Usage(format!("{name}: {text}"));
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter(&name, &bytes))
            .flexible(true)
            .has_headers(false)
            .trim(csv::Trim::All)
            .from_reader(&*bytes);
        let mut records = reader.byte_records();
        let unread = |error: csv::Error| usage(format!("the table cannot be read ({error})"));
        let header = records.next().transpose().map_err(unread)?.unwrap_or_default();
        let header: Vec<&str> = header
            .iter()
            .map(std::str::from_utf8)
            .collect::<Result<_, _>>()
            .map_err(|_| usage("the header is not UTF-8 text: save the table as UTF-8".into()))?;
        let columns = columns::columns(header.into_iter(), ignored).map_err(usage)?;
        let mut rows = Vec::new();
        for record in records {
            let cells = record.map_err(unread)?;
            // spreadsheets leave rows of empty cells at the end
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(Row { line: cells.position().map_or(0, |at| line(&bytes, at)), cells });
            }
        }
        if rows.is_empty() {
            return Err(usage("the table has no row below its header: expected one per study".into()));
        }
        Ok(Self { folder: path.parent().unwrap_or(Path::new("")).to_owned(), columns, rows })
    }

    /// The name of each row's study, or why it can't be one.
    pub(super) fn names(&self) -> Vec<Result<String, String>> {
        let at = self
            .columns
            .iter()
            .position(|column| matches!(column, Column::Option { name, .. } if name == STUDY));
        let mut seen: HashMap<String, u64> = HashMap::new();
        let name = |row: &Row| {
            let cell = at.and_then(|at| row.cells.get(at)).unwrap_or_default();
            let name =
                std::str::from_utf8(cell).map_err(|_| "the study's name is not UTF-8 text".to_owned())?;
            check_name(name)?;
            match seen.insert(name.to_lowercase(), row.line) {
                None => Ok(name.to_owned()),
                Some(line) => {
                    seen.insert(name.to_lowercase(), line);
                    Err(format!(
                        "the study's name is that of line {line}, but for capital letters at most: expected each once"
                    ))
                }
            }
        };
        self.rows.iter().map(name).collect()
    }
}

/// The line on which a record starts: the position is that of the empty lines before it.
fn line(bytes: &[u8], position: &csv::Position) -> u64 {
    let before = bytes.iter().skip(position.byte() as usize).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + before.filter(|byte| **byte == b'\n').count() as u64
}

/// Checks that a folder beside the tables can have this name.
fn check_name(name: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("the study's name {what}: expected a plain name for a folder"));
    let lower = name.to_lowercase();
    let is_table = |table: &Table| lower == table.file_name() || lower == table.dictionary_name();
    if name.is_empty() || lower == "n/a" {
        return wrong("is missing");
    }
    if name.contains(['/', '\\']) {
        return wrong("holds a `/` or `\\`");
    }
    if name.contains(char::is_control) {
        return wrong("holds a control character");
    }
    if name.starts_with('.') {
        return wrong("starts with a `.`");
    }
    if name.len() > LONGEST_NAME {
        return wrong(&format!("is longer than {LONGEST_NAME} bytes"));
    }
    if Table::ALL.iter().any(is_table) {
        return wrong("is that of a table");
    }
    Ok(())
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    let unread = |error: std::io::Error| format!("the manifest could not be read ({error})");
    // asked before opening, which would wait for a writer if this is a pipe
    if !fs::metadata(path).map_err(unread)?.is_file() {
        return Err("not a regular file: expected a CSV or TSV table of studies".into());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(unread)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("larger than {} MiB: expected a CSV or TSV table of studies", MOST_BYTES >> 20));
    }
    Ok(bytes)
}

/// The separator: of a TSV a tab, else the most frequent one of the first line; some write CSV with semicolons.
fn delimiter(name: &str, bytes: &[u8]) -> u8 {
    let lower = name.to_ascii_lowercase();
    let choice: &[u8] = match lower.rsplit_once('.') {
        Some((_, "tsv" | "tab")) => b"\t",
        Some((_, "csv")) => b";,",
        _ => b";\t,",
    };
    let count = |sign: &u8| {
        bytes.iter().take_while(|byte| !matches!(**byte, b'\n' | b'\r')).filter(|byte| *byte == sign).count()
    };
    choice.iter().copied().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &[u8]) -> Outcome<Manifest> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Manifest::read(&path, &[])
    }

    fn cells(name: &str, text: &[u8]) -> Vec<(u64, Vec<String>)> {
        let row = |row: &Row| {
            (row.line, row.cells.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect())
        };
        read(name, text).unwrap().rows.iter().map(row).collect()
    }

    #[test]
    fn every_usual_form_of_a_table_is_read() {
        let expected = vec![(2, vec!["a".to_owned(), "x y".into()]), (4, vec!["b".into(), "z;w".into()])];
        for (name, text) in [
            ("m.csv", "study,onset\na,x y\n\nb,z;w\n"),
            ("m.csv", "\u{feff}study,onset\r\na,\"x y\"\r\n,\r\nb, z;w \r\n"),
            ("m.csv", "study;onset\na;x y\n;\nb;\"z;w\"\n"),
            ("m.TSV", "study\tonset\na\tx y\n\t\nb\tz;w"),
            ("m.txt", "study\tonset\na\tx y\n\t\nb\tz;w"),
        ] {
            assert_eq!(cells(name, text.as_bytes()), expected, "{name}: {text}");
        }
        assert_eq!(
            cells("m.csv", b"study,onset\na\nb,c,d\n")[1].1.len(),
            3,
            "the number of cells is checked by row"
        );
        assert_eq!(cells("m.csv", b"study,onset\n\"a\nb\",\"c\"\"d\"\n")[0].1, ["a\nb", "c\"d"]);
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        let text = |name: &str, bytes: &[u8]| read(name, bytes).unwrap_err().text().unwrap();
        assert_eq!(
            text("m.csv", b"study\n"),
            "m.csv: the table has no row below its header: expected one per study"
        );
        assert_eq!(text("m.csv", b""), "m.csv: no column `study`: expected one with a name for each study");
        assert_eq!(
            text("m.csv", b"study,\xff\n1,2\n"),
            "m.csv: the header is not UTF-8 text: save the table as UTF-8"
        );
        let folder = tempfile::tempdir().unwrap();
        let error = Manifest::read(folder.path(), &[]).unwrap_err().text().unwrap();
        assert!(error.ends_with("not a regular file: expected a CSV or TSV table of studies"), "{error}");
    }

    #[test]
    fn a_name_is_plain_and_there_once() {
        let long = "x".repeat(201);
        let table = format!(
            "study\nÉtude #1: \"a\" 'b'\n-rf\nétude #1: \"a\" 'b'\na/b\na\\b\n.x\n..\nSUMMARY.tsv\nn/a\n{long}\n"
        );
        let names = read("m.tsv", table.replace('"', "”").as_bytes()).unwrap().names();
        let (good, bad): (Vec<_>, Vec<_>) = names.into_iter().partition(Result::is_ok);
        assert_eq!(good.into_iter().flatten().collect::<Vec<_>>(), ["Étude #1: ”a” 'b'", "-rf"]);
        let bad: Vec<String> = bad.into_iter().filter_map(Result::err).collect();
        let parts = [
            "that of line 2",
            "holds a `/`",
            "holds a `/`",
            "starts with",
            "starts with",
            "that of a table",
            "missing",
            "longer",
        ];
        assert_eq!(bad.len(), parts.len());
        for (bad, part) in bad.iter().zip(parts) {
            assert!(bad.contains(part), "{part}: {bad}");
        }
    }
}
