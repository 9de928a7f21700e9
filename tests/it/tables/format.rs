//! The form of the tables: BIDS, and whole whatever the texts.

use std::collections::{BTreeMap, BTreeSet};

use hemastage::{
    stage::Stage,
    table::{Outcome, Table, stage_labels},
};
use serde_json::{Map, Value};

use crate::tables::{read, studies};

const POISON: &str = "a\tb\r\nc\u{0}d\u{1b}[31m\"e\" \u{2028}f\u{85}g\u{b}";

fn dictionary(table: Table) -> Map<String, Value> {
    serde_json::from_str(&table.dictionary()).unwrap()
}

fn header(table: Table) -> Vec<String> {
    table.header().trim_end_matches('\n').split('\t').map(str::to_owned).collect()
}

#[test]
fn every_column_is_in_its_dictionary_and_back() {
    for table in Table::ALL {
        let (header, dictionary) = (header(table), dictionary(table));
        let unique: BTreeSet<&String> = header.iter().collect();
        assert_eq!(unique.len(), header.len(), "a name twice in {}", table.file_name());
        assert!(dictionary.keys().eq(unique), "{}", table.file_name());
        let places: Vec<usize> = header
            .iter()
            .map(|name| table.dictionary().find(&format!("\n  \"{name}\": {{")).unwrap())
            .collect();
        assert!(places.is_sorted(), "the order of the columns");
        for name in &header {
            let snake = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
            assert!(snake || name == "VertLevel", "{name}");
            let entry = dictionary[name].as_object().unwrap();
            let known = ["LongName", "Description", "Format", "Units", "Delimiter", "Levels"];
            assert!(entry.keys().all(|key| known.contains(&key.as_str())), "{entry:?}");
            for key in ["LongName", "Description"] {
                let text = entry[key].as_str().unwrap();
                assert!(
                    text.len() > 2 && !text.ends_with('.') && text.starts_with(char::is_alphanumeric),
                    "{text}"
                );
            }
        }
    }
    let names = Table::ALL.map(|table| (table.file_name(), table.dictionary_name()));
    assert_eq!(names[0], ("summary.tsv", "summary.json"));
    assert!(names.iter().all(|(table, json)| table.strip_suffix(".tsv") == json.strip_suffix(".json")));
}

#[test]
fn units_are_at_the_end_of_names() {
    let ends = [("mm", "_mm"), ("mm^2", "_mm2"), ("mm^3", "_mm3"), ("h", "_h")];
    let mut units = BTreeSet::new();
    for table in [Table::Summary, Table::Levels] {
        for (name, entry) in dictionary(table) {
            let unit = entry.get("Units").and_then(Value::as_str);
            for (known, end) in ends {
                assert_eq!(unit == Some(known), name.ends_with(end), "{name}: {unit:?}");
            }
            units.extend(unit.map(str::to_owned));
        }
    }
    assert!(units.iter().map(String::as_str).eq(["1", "arbitrary", "h", "mm", "mm^2", "mm^3"]), "{units:?}");
}

#[test]
fn every_value_has_the_format_of_its_column() {
    let is_of = |format: &str, text: &str| match format {
        "string" => true,
        "number" => text.parse::<f64>().is_ok_and(f64::is_finite),
        "integer" => text.parse::<i64>().is_ok(),
        "boolean" => ["true", "false"].contains(&text),
        _ => false,
    };
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for table in Table::ALL {
        let dictionary = dictionary(table);
        for row in crate::tables::rows(table, studies::full()) {
            for (column, cell) in row.iter().filter(|(_, cell)| *cell != "n/a") {
                let entry = &dictionary[column];
                let format = entry["Format"].as_str().unwrap();
                let several = entry.get("Delimiter").is_some();
                let parts: Vec<&str> = if several { cell.split(';').collect() } else { vec![cell] };
                assert!(parts.iter().all(|part| is_of(format, part)), "{column}, {format}: {cell}");
                *counts.entry(format.into()).or_default() += parts.len();
            }
        }
        // a unit is that of numbers, and words are texts or flags
        for (name, entry) in &dictionary {
            let is_number = ["number", "integer"].contains(&entry["Format"].as_str().unwrap());
            assert!(is_number || entry.get("Units").is_none(), "{name}");
            assert!(!is_number || entry.get("Levels").is_none(), "{name}");
            let flags = entry.get("Levels").is_some_and(|words| words.get("true").is_some());
            assert_eq!(flags, entry["Format"] == "boolean", "{name}");
        }
    }
    assert!(counts.len() == 4 && counts.values().all(|n| *n > 3), "{counts:?}");
}

#[test]
fn every_word_is_one_that_the_dictionary_names() {
    let mut checked = 0;
    for table in Table::ALL {
        let dictionary = dictionary(table);
        for row in crate::tables::rows(table, studies::full()) {
            for (column, cell) in row.iter().filter(|(_, cell)| *cell != "n/a") {
                let entry = &dictionary[column];
                let Some(words) = entry.get("Levels") else { continue };
                let several = entry.get("Delimiter").is_some();
                let parts: Vec<&str> = if several { cell.split(';').collect() } else { vec![cell] };
                checked += parts.len();
                assert!(parts.iter().all(|word| words.get(word).is_some()), "{column}: {cell}");
            }
        }
    }
    assert!(checked > 100, "{checked}");
}

#[test]
fn any_text_stays_in_its_cell() {
    let mut report = studies::full().clone();
    report.criteria.name = POISON.into();
    report.reference.t1.tissue = POISON.into();
    let clean = "a b  c d [31m'e'  f g";
    let texts = ["\"", "\"open", "=1+1", "n/a", "", " ", "Größe 測定", "a;b", "\u{202e}x"];
    for study in [POISON].into_iter().chain(texts) {
        for outcome in [Outcome::Staged(&report), Outcome::Failed(POISON), Outcome::Failed(study)] {
            for table in Table::ALL {
                whole(&table.rows(study, &outcome), header(table).len());
            }
        }
    }
    let row = &read(&(Table::Summary.header() + &Table::Summary.rows(POISON, &Outcome::Staged(&report))))[0];
    for column in ["study", "criteria", "reference_tissue"] {
        assert_eq!(row[column], clean);
    }
}

/// Each line has a cell per column for readers that know quotes and for those that do not.
fn whole(text: &str, columns: usize) {
    assert!(text.is_empty() || text.ends_with('\n'));
    let lines: Vec<&str> = text.split_terminator('\n').collect();
    let breaks = |c: char| c != '\t' && (c.is_control() || matches!(c, '\u{2028}' | '\u{2029}'));
    for line in &lines {
        assert!(!line.contains(breaks), "{line:?}");
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), columns, "{line:?}");
        assert!(cells.iter().all(|cell| !cell.is_empty() && *cell == cell.trim()), "{line:?}");
    }
    for quoting in [true, false] {
        let mut reader = csv::ReaderBuilder::new();
        reader.delimiter(b'\t').has_headers(false).quoting(quoting);
        let read: Vec<_> = reader.from_reader(text.as_bytes()).into_records().map(Result::unwrap).collect();
        assert_eq!(read.len(), lines.len());
        for (record, line) in read.iter().zip(&lines) {
            assert!(record.iter().eq(line.split('\t')), "{line:?}");
        }
    }
}

#[test]
fn a_failed_study_has_one_row() {
    let failed = Outcome::Failed("the mask is empty");
    let row = Table::Summary.rows("patient 7", &failed);
    let cells: Vec<&str> = row.trim_end().split('\t').collect();
    assert_eq!(cells[..3], ["patient 7", "failed", "the mask is empty"]);
    assert!(cells[3..].iter().all(|cell| *cell == "n/a") && row.lines().count() == 1);
    assert_eq!(Table::Levels.rows("patient 7", &failed), "");
    assert_eq!(Table::Measures.rows("patient 7", &failed), "");
}

#[test]
fn the_labels_of_the_map_are_its_values_in_the_one_palette() {
    let text = stage_labels();
    let rows = read(&text);
    assert_eq!(
        text.lines().next(),
        Some("index\tname\tabbreviation\tcolor"),
        "the columns of a BIDS dseg.tsv"
    );
    assert_eq!(rows.len(), 7);
    assert_eq!((&*rows[6]["index"], &*rows[6]["name"]), ("7", "unsampled"));
    for (row, stage) in rows.iter().zip(Stage::ALL) {
        assert_eq!((row["index"].parse(), row["name"].as_str()), (Ok(stage.map_value()), stage.key()));
        let color = row["color"].strip_prefix('#').unwrap();
        let [red, green, blue] = [0, 2, 4].map(|at| u8::from_str_radix(&color[at..at + 2], 16).unwrap());
        assert_eq!((color.len(), [red, green, blue]), (6, stage.rgb()));
    }
    let short: BTreeSet<&str> = rows.iter().map(|row| row["abbreviation"].as_str()).collect();
    assert_eq!(short.len(), 7, "abbreviations are unique");
}
