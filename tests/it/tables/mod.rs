//! Tables hold what the report holds, and stay whole whatever the texts in it.

mod docs;
mod format;
mod long;
mod studies;
mod wide;

use std::collections::BTreeMap;

use hemastage::{
    Report,
    table::{Outcome, Table},
};

/// A row by the names of its columns.
type Row = BTreeMap<String, String>;

/// The rows of a staged study as a reader of tab-separated values sees them.
fn rows(table: Table, report: &Report) -> Vec<Row> {
    read(&(table.header() + &table.rows("study", &Outcome::Staged(report))))
}

/// A table as a reader of tab-separated values sees it that knows quotes.
fn read(text: &str) -> Vec<Row> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(text.as_bytes());
    reader.deserialize().map(|row| row.unwrap()).collect()
}

/// Whether a cell holds a JSON value as it must.
fn holds(cell: &str, value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Null => cell == "n/a",
        serde_json::Value::Number(number) => cell.parse::<f64>().unwrap() == number.as_f64().unwrap(),
        serde_json::Value::String(text) => cell == text,
        serde_json::Value::Bool(flag) => cell == flag.to_string(),
        list => panic!("no single value: {list}"),
    }
}
