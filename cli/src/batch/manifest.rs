//! The table of studies: its text read into a header and rows, and the name of each row's study.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, ReaderBuilder};
use hemastage::table::Table;

use super::{
    columns::{self, Column, STUDY},
    text::{self, Separator},
};
use crate::failure::{Failure, Outcome};

/// No name of a study is longer, so that a folder can have it everywhere.
const LONGEST_NAME: usize = 200;

/// A manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Its own file.
    pub(super) path: PathBuf,
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
        let name = match path.file_name() {
            // a folder's name is not repeated
            Some(name) if !path.is_dir() => name.to_string_lossy().into_owned(),
            _ => "the manifest".into(),
        };
        let bytes = text::bytes(path).map_err(|text| Failure::Input(format!("{name}: {text}")))?;
        let usage = |text: String| Failure::Usage(format!("{name}: {text}"));
        let separator = Separator::of(&name, &bytes);
        if let Some(line) = text::unclosed_quote(&bytes, separator.sign) {
            return Err(usage(format!(
                "a quote is opened in line {line} and not closed: close it, or write `\"\"` in quotes for a quote in a cell"
            )));
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(separator.sign)
            .flexible(true)
            .has_headers(false)
            .from_reader(&*bytes);
        // spreadsheets leave rows of empty cells, above the header too
        let has_text = |record: &Result<ByteRecord, csv::Error>| {
            record.as_ref().map_or(true, |cells| cells.iter().any(|cell| !cell.trim_ascii().is_empty()))
        };
        let mut records = reader.byte_records().filter(has_text).skip(usize::from(separator.declared));
        let unread = |error: csv::Error| usage(format!("the table cannot be read ({error})"));
        let header = records.next().transpose().map_err(unread)?.unwrap_or_default();
        let header: Vec<&str> = header
            .iter()
            .map(std::str::from_utf8)
            .collect::<Result<_, _>>()
            .map_err(|_| usage("the header is not UTF-8 text: save the table as UTF-8".into()))?;
        let alone = if header.len() == 1 {
            "; the header is one cell: separate cells by `,`, `;` or tabs"
        } else {
            ""
        };
        let columns = columns::columns(header.into_iter(), ignored).map_err(|text| usage(text + alone))?;
        let mut rows = Vec::new();
        for record in records {
            let cells = record.map_err(unread)?;
            rows.push(Row { line: cells.position().map_or(0, |at| text::line(&bytes, at)), cells });
        }
        if rows.is_empty() {
            return Err(usage("the table has no row below its header: expected one per study".into()));
        }
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { path: path.to_owned(), folder, columns, rows })
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
            let name = name.trim();
            check_name(name)?;
            let first = *seen.entry(tabled(name).to_lowercase()).or_insert(row.line);
            if first == row.line {
                return Ok(name.to_owned());
            }
            Err(format!(
                "the study's name is that of line {first}, but for capital letters and kinds of quotes at most: expected each once"
            ))
        };
        self.rows.iter().map(name).collect()
    }
}

/// A name as it stands in the tables, which hold no double quotes.
fn tabled(name: &str) -> String {
    name.replace('"', "'")
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
    if name.contains(|c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')) {
        return wrong("holds a control character or line break");
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(name: &str, text: &[u8]) -> Outcome<Manifest> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Manifest::read(&path, &[])
    }

    fn cells(name: &str, text: &[u8]) -> Vec<(u64, Vec<String>)> {
        let row = |row: &Row| {
            (row.line, row.cells.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect())
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
        for (name, text, line) in [
            ("m.csv", "study\tonset\na\tx, y\n", 2),
            ("m.tsv", "study,onset\na,\"x, y\"\n", 2),
            ("m.csv", "sep=;\r\nstudy;onset\r\na;x, y\r\n", 3),
            ("m.csv", "\u{feff}\"sep=\t\"\r\nstudy\tonset\na\tx, y\n", 3),
            ("m.csv", "\n;\n\nstudy;onset\n;\na;x, y\n", 6),
        ] {
            assert_eq!(cells(name, text.as_bytes()), [(line, vec!["a".into(), "x, y".into()])], "{text}");
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
        let expected = "m.csv: a quote is opened in line 3 and not closed: close it, or write `\"\"` in quotes for a quote in a cell";
        for table in ["study,t1\na,\"b\nc\"\"d\"\n\"e,f\ng,h\n", "\u{feff}\"study\"\n5\" x\n\"\"\"\"\"x\n"] {
            let table = table.replace("a,\"b\nc\"\"d\"", "a,\"b c\"\"d\"");
            assert_eq!(text("m.csv", table.as_bytes()), expected, "{table}");
        }
        assert_eq!(
            text("m.csv", b"study t1 t2\na b c\n"),
            "m.csv: unknown column `study t1 t2`: write `study`, or leave it out with --ignore-column 'study t1 t2'; the header is one cell: separate cells by `,`, `;` or tabs"
        );
        let folder = tempfile::tempdir().unwrap();
        let error = Manifest::read(folder.path(), &[]).unwrap_err().text().unwrap();
        assert_eq!(error, "the manifest: not a regular file: expected a CSV or TSV table of studies");
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
