//! The table of studies: its columns by the header, and its rows.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use csv::{ByteRecord, ReaderBuilder};

use super::{
    columns::{Column, Decided, Header, Naming},
    defaults::Default,
    fault::Fault,
    missing::{is_missing, whole},
    own,
    text::{self, Separator},
    unnamed::is_header_short,
};
use crate::failure::{Failure, Outcome};

/// Maximum number of studies and of columns of a manifest.
const MAX_ROWS: usize = 100_000;
const MAX_COLUMNS: usize = 1000;

/// A manifest.
#[derive(Debug)]
pub(super) struct Manifest {
    /// Where relative paths start.
    pub(super) folder: PathBuf,
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    /// What counts where a row has no value.
    pub(super) defaults: Vec<Default>,
    /// What is wrong with the header.
    pub(super) faults: Vec<Fault>,
    /// What the caller should know about the header.
    pub(super) notes: Vec<String>,
    /// Whether a comma can be that of a number, as where it does not separate cells.
    pub(super) has_decimal_comma: bool,
    naming: Naming,
    patient: Option<usize>,
    visit: Option<usize>,
    /// Columns of the caller's own that the summary repeats: place and name.
    own: Vec<(usize, String)>,
}

/// A row with text in it.
#[derive(Debug)]
pub(super) struct Row {
    /// Its first line in the file, from 1.
    pub(super) line: u64,
    pub(super) cells: ByteRecord,
    /// Why it is no study, where that is known without its cells.
    pub(super) fault: Option<String>,
}

impl Manifest {
    /// Reads the table and what its columns mean.
    ///
    /// # Errors
    /// When it is no table. What is wrong with its header is in `faults`.
    pub(super) fn read(path: &Path, decided: &Decided) -> Outcome<Self> {
        let name = match path.file_name() {
            // a folder's name is not repeated
            Some(name) if !path.is_dir() => name.to_string_lossy().into_owned(),
            _ => "the manifest".into(),
        };
        let bytes = text::bytes(path).map_err(|text| Failure::input(format!("{name}: {text}")))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        Self::parse(&name, folder, &bytes, decided)
    }

    /// The table in these bytes, whose paths start at a folder; messages name it so.
    ///
    /// # Errors
    /// When it is no table. What is wrong with its header is in `faults`.
    pub(super) fn parse(name: &str, folder: &Path, bytes: &[u8], decided: &Decided) -> Outcome<Self> {
        let usage = |text: String| Failure::usage(format!("{name}: {text}"));
        let separator = Separator::of(name, bytes);
        if let Some(line) = text::unclosed_quote(bytes, separator.byte) {
            return Err(usage(format!(
                "a quote is opened in line {line} and not closed: close it, or write `\"\"` in quotes for a quote in a cell"
            )));
        }
        let mut reader = ReaderBuilder::new()
            .delimiter(separator.byte)
            .flexible(true)
            .has_headers(false)
            .from_reader(bytes);
        // spreadsheets leave rows of empty cells, above the header too
        let has_text = |record: &Result<ByteRecord, csv::Error>| {
            record.as_ref().map_or(true, |cells| cells.iter().any(|cell| !cell.trim_ascii().is_empty()))
        };
        let mut records = reader.byte_records().filter(has_text).skip(usize::from(separator.is_declared));
        let unread = |error: csv::Error| usage(format!("the table cannot be read ({error})"));
        let header = records.next().transpose().map_err(unread)?.unwrap_or_default();
        let mut header: Vec<&str> = header
            .iter()
            .map(std::str::from_utf8)
            .collect::<Result<_, _>>()
            .map_err(|_| usage("the header is not UTF-8 text: save the table as UTF-8".into()))?;
        if header.len() > MAX_COLUMNS {
            return Err(usage(format!(
                "the header has {} columns: expected at most {MAX_COLUMNS}",
                header.len()
            )));
        }
        let mut rows = Vec::new();
        for record in records {
            let cells = record.map_err(unread)?;
            if rows.len() == MAX_ROWS {
                return Err(usage(format!(
                    "the table has more than {MAX_ROWS} rows: split it into several tables"
                )));
            }
            let line = cells.position().map_or(0, |at| text::line(bytes, at));
            rows.push(Row { line, cells, fault: None });
        }
        if is_header_short(&header, &rows) {
            header.insert(0, "");
        }
        let names: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
        let Header { columns, naming, patient, visit, notes, mut faults } =
            Header::new(&header, &rows, decided);
        if let Some(fault) = faults.last_mut().filter(|_| header.len() == 1) {
            *fault =
                Fault::new(format!("{fault}; the header is one cell: separate cells by `,`, `;` or tabs"));
        }
        if rows.is_empty() {
            if let Some(fault) = faults.first() {
                return Err(usage(fault.to_string()));
            }
            return Err(usage("the table has no row below its header: expected one per study".into()));
        }
        let mut manifest = Self {
            folder: folder.to_owned(),
            columns,
            rows,
            defaults: Vec::new(),
            faults,
            notes,
            has_decimal_comma: separator.byte != b',',
            naming,
            patient,
            visit,
            own: Vec::new(),
        };
        manifest.keep_own(&names);
        manifest.refuse_visits();
        Ok(manifest)
    }

    /// Decides which of the caller's own columns the summary repeats, and says so.
    fn keep_own(&mut self, names: &[String]) {
        let mut left = Vec::new();
        for (n, name) in names.iter().enumerate().filter(|(n, _)| self.columns[*n] == Column::Own) {
            let cells = self.rows.iter().map(|row| row.cell(n)).filter(|cell| !is_missing(cell));
            match own::withheld(name, cells) {
                Some(why) => {
                    left.push(format!("column {} is not repeated in summary.tsv, as it {why}", n + 1));
                }
                None => self.own.push((n, name.trim().to_owned())),
            }
        }
        match self.own.len() {
            0 => {}
            1 => self.notes.push("1 other column is repeated in summary.tsv".into()),
            n => self.notes.push(format!("{n} other columns are repeated in summary.tsv")),
        }
        self.notes.append(&mut left);
    }

    /// Refuses a patient with several rows where nothing tells these apart.
    fn refuse_visits(&mut self) {
        let Naming::One(n) = self.naming else { return };
        if self.columns[n] != Column::Own {
            return;
        }
        let mut first = HashMap::new();
        for row in self.rows.iter().filter(|row| !is_missing(row.cell(n))) {
            let line = *first.entry(row.cell(n)).or_insert(row.line);
            if line != row.line {
                let text = format!(
                    "the patient of line {line} once more: add a column `visit`, or `study` with a name for each study"
                );
                self.faults.push(Fault::of_cell("patient", text).on_line(row.line));
            }
        }
    }

    /// Says which columns hold the patient and the visit, counted from 0.
    pub(super) fn with_visits_in(mut self, patient: usize, visit: usize) -> Self {
        (self.patient, self.visit) = (Some(patient), Some(visit));
        self
    }

    /// Whether a column names the studies.
    pub(super) fn has_names(&self) -> bool {
        self.naming != Naming::Unknown
    }

    /// The name of a row's study.
    pub(super) fn name(&self, row: &Row) -> String {
        let part = |n: usize| Some(whole(row.cell(n))).filter(|part| !is_missing(part));
        match self.naming {
            Naming::One(n) => {
                let name = String::from_utf8_lossy(row.cells.get(n).unwrap_or_default());
                Some(name.trim()).filter(|name| !is_missing(name)).unwrap_or_default().to_owned()
            }
            Naming::PatientAndVisit(patient, visit) => match (part(patient), part(visit)) {
                (Some(patient), Some(visit)) => format!("{patient}_{visit}"),
                _ => String::new(),
            },
            Naming::Unknown => String::new(),
        }
    }

    /// The patient of a row, where a column says so.
    pub(super) fn patient(&self, row: &Row) -> Option<String> {
        Self::cell_of(self.patient, row)
    }

    /// Which visit of the patient a row is, where a column says so.
    pub(super) fn visit(&self, row: &Row) -> Option<String> {
        Self::cell_of(self.visit, row)
    }

    fn cell_of(column: Option<usize>, row: &Row) -> Option<String> {
        Some(whole(row.cell(column?))).filter(|cell| !is_missing(cell))
    }

    /// The names of the caller's own columns.
    pub(super) fn own_names(&self) -> impl Iterator<Item = &str> {
        self.own.iter().map(|(_, name)| name.as_str())
    }

    /// A row's cells in these columns; an empty one is missing.
    pub(super) fn own_cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a str> {
        self.own.iter().map(|(n, _)| Some(row.cell(*n)).filter(|cell| !is_missing(cell)).unwrap_or_default())
    }
}

impl Row {
    /// The text of a cell; empty where there is none, or none in UTF-8.
    pub(super) fn cell(&self, n: usize) -> &str {
        std::str::from_utf8(self.cells.get(n).unwrap_or_default()).unwrap_or_default().trim()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read(name: &str, text: &[u8]) -> Outcome<Manifest> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        Manifest::read(&path, &Decided::default())
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

    /// Bytes as written by R 4.2 and pandas.
    #[test]
    fn rows_may_begin_with_a_number_or_name_of_their_own() {
        let numbers = "column 1 has no name and holds row numbers: left out";
        let names = "column 1 has no name and holds row names: left out";
        for (text, notes) in [
            // write.csv(d), and of a subset; write.table(d, sep = ","), which has no header above the names
            ("\"\",\"study\",\"onset\"\n\"1\",\"a\",\"x\"\n\"2\",\"b\",NA\n", &[numbers][..]),
            ("\"\",\"study\",\"onset\"\n\"3\",\"a\",\"x\"\n\"17\",\"b\",NA\n", &[numbers]),
            ("\"study\",\"onset\"\n\"1\",\"a\",\"x\"\n\"2\",\"b\",NA\n", &[numbers]),
            ("\"study\";\"onset\"\n\"one\";\"a\";\"x\"\n\"two\";\"b\";NA\n", &[names]),
            // to_csv, of a part, with an index of days
            (",study,onset\n0,a,x\n1,b,\n", &[numbers]),
            (",study,onset\n5,a,x\n2,b,\n", &[numbers]),
            (",study,onset\n2031-05-06,a,x\n2031-05-07,b,\n", &[names]),
            // columns of a spreadsheet that were emptied, in between and behind
            ("study;;onset;;\na;;x;;\nb;;;;\n", &[]),
            ("study;onset\na;x;\nb;;;;\n", &[]),
        ] {
            let found = read("m.csv", text.as_bytes()).unwrap();
            assert!(found.faults.is_empty(), "{text}: {:?}", found.faults);
            assert_eq!(found.notes, notes, "{text}");
            let studies: Vec<String> = found.rows.iter().map(|row| found.name(row)).collect();
            assert_eq!(studies, ["a", "b"], "{text}");
        }
        // no names of rows: paths, a number that is missing, a last column without a name, a column further on
        let unnamed = "has no name: give it one, or leave it out with --ignore-column ''";
        for (text, n) in [(",study\nx/y,a\n", 1), (",study\n1,a\n,b\n", 1), ("study,\na,1\n", 2)] {
            let faults = read("m.csv", text.as_bytes()).unwrap().faults;
            assert_eq!(faults[0].to_string(), format!("column {n} {unnamed}"), "{text}");
        }
        let cut = read("m.csv", b"study,t1\na,a/t1.nii,36h\nb,b/t1.nii,2d\n").unwrap();
        assert_eq!((cut.columns.len(), cut.notes.len()), (2, 0), "a header whose last cell is missing");
        let dates = read("m.csv", b",t1\n2031-05-06,a.nii\n").unwrap();
        assert_eq!(dates.faults[0].to_string(), "no column `study`: expected one with a name for each study");
    }

    #[test]
    fn the_size_of_a_manifest_is_bounded() {
        let text = |rows: usize| read("m.csv", format!("study\n{}", "a\n".repeat(rows)).as_bytes());
        assert_eq!(text(MAX_ROWS).unwrap().rows.len(), MAX_ROWS);
        assert_eq!(
            text(MAX_ROWS + 1).unwrap_err().text().unwrap(),
            "m.csv: the table has more than 100000 rows: split it into several tables"
        );
        let wide = format!("study{}\na\n", ",x".repeat(MAX_COLUMNS));
        assert_eq!(
            read("m.csv", wide.as_bytes()).unwrap_err().text().unwrap(),
            "m.csv: the header has 1001 columns: expected at most 1000"
        );
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
        let found = read("m.csv", b"study t1 t2\na b c\n").unwrap();
        assert_eq!(
            found.faults[0].to_string(),
            "no column `study`: expected one with a name for each study; the header is one cell: separate cells by `,`, `;` or tabs"
        );
        let folder = tempfile::tempdir().unwrap();
        let error = Manifest::read(folder.path(), &Decided::default()).unwrap_err().text().unwrap();
        assert_eq!(error, "the manifest: not a regular file: expected a CSV or TSV table of studies");
    }
}
