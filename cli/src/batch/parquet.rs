//! A table as Parquet, typed by its dictionary: `Format`, and `Delimiter` for a column of lists.
//!
//! It is made from the finished table, row group by row group, so that both hold the same and memory is bounded.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::Path,
    sync::Arc,
};

use csv::{ReaderBuilder, StringRecord};
use hemastage::io::output::{OutputFolder, Overwrite};
use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::{Type, TypePtr},
};
use serde::Deserialize;

use crate::failure::{Failure, Outcome};

/// Rows that are kept in memory at a time.
const ROWS_PER_GROUP: usize = 1 << 16;
/// The text of an unknown value.
const MISSING: &str = "n/a";
/// The key of the data dictionary in the file's metadata.
const DICTIONARY: &str = "dictionary";
/// The same in every file of a version.
const CREATED_BY: &str = concat!("hemastage version ", env!("CARGO_PKG_VERSION"));

/// Levels of a list's value: a cell that is missing, a missing value in a list, a value.
const NO_LIST: i16 = 0;
const NO_VALUE: i16 = 2;
const VALUE: i16 = 3;

/// What the dictionary says about a column.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    format: Format,
    delimiter: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    String,
    Number,
    Integer,
    Boolean,
}

/// Writes `NAME.parquet` for each `NAME.tsv` with its dictionary `NAME.json` in a folder.
///
/// # Errors
/// When a table can't be read or written.
pub(super) fn write(folder: &Path, names: &[&str]) -> Outcome {
    for name in names {
        let [table, dictionary, file] = ["tsv", "json", "parquet"].map(|end| format!("{name}.{end}"));
        if !folder.join(&table).is_file() {
            continue;
        }
        let failed = |error: ParquetError| Failure::input(format!("{file}: could not be written ({error})"));
        let text = fs::read_to_string(folder.join(dictionary)).map_err(|error| failed(error.into()))?;
        let mut output = OutputFolder::create_after_others(folder, &[&file], Overwrite::Replace)?;
        let mut written = Ok(());
        output.add_by_path(&file, |path| {
            written = converted(&folder.join(&table), &text, path);
            Ok(())
        })?;
        written.map_err(failed)?;
        output.complete()?;
    }
    Ok(())
}

fn converted(table: &Path, dictionary: &str, to: &Path) -> Result<(), ParquetError> {
    let other = |error: Box<dyn std::error::Error + Send + Sync>| ParquetError::External(error);
    let mut entries: BTreeMap<String, Entry> =
        serde_json::from_str(dictionary).map_err(|error| other(error.into()))?;
    let reader = ReaderBuilder::new().delimiter(b'\t').quoting(false).from_path(table);
    let mut reader = reader.map_err(|error| other(error.into()))?;
    let header = reader.headers().map_err(|error| other(error.into()))?.clone();
    let columns: Option<Vec<Entry>> = header.iter().map(|name| entries.remove(name)).collect();
    let columns = columns.ok_or_else(|| other("a column is not in the dictionary".into()))?;
    let fields = header.iter().zip(&columns).map(|(name, entry)| entry.field(name));
    let fields = fields.collect::<Result<Vec<TypePtr>, _>>()?;
    let schema = Arc::new(Type::group_type_builder("table").with_fields(fields).build()?);
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_created_by(CREATED_BY.into())
        .set_key_value_metadata(Some(vec![KeyValue::new(DICTIONARY.into(), dictionary.to_owned())]));
    let mut writer = SerializedFileWriter::new(File::create(to)?, schema, Arc::new(properties.build()))?;
    let mut records = reader.records();
    loop {
        let rows: Vec<StringRecord> = records
            .by_ref()
            .take(ROWS_PER_GROUP)
            .collect::<Result<_, _>>()
            .map_err(|error| other(error.into()))?;
        if rows.is_empty() {
            break;
        }
        let mut group = writer.next_row_group()?;
        for (n, entry) in columns.iter().enumerate() {
            if let Some(mut column) = group.next_column()? {
                entry.write(&mut column, rows.iter().map(|row| row.get(n).unwrap_or(MISSING)))?;
                column.close()?;
            }
        }
        group.close()?;
    }
    writer.close().map(drop)
}

impl Entry {
    /// The column in the schema; every value may be missing.
    fn field(&self, name: &str) -> Result<TypePtr, ParquetError> {
        let (physical, logical) = match self.format {
            Format::String => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Format::Number => (Physical::DOUBLE, None),
            Format::Integer => (Physical::INT64, None),
            Format::Boolean => (Physical::BOOLEAN, None),
        };
        let values = |name: &str| {
            Type::primitive_type_builder(name, physical)
                .with_repetition(Repetition::OPTIONAL)
                .with_logical_type(logical.clone())
                .build()
                .map(Arc::new)
        };
        if self.delimiter.is_none() {
            return values(name);
        }
        // the three levels of a list, as the format prescribes their names
        let list = Type::group_type_builder("list")
            .with_repetition(Repetition::REPEATED)
            .with_fields(vec![values("element")?])
            .build()?;
        let outer = Type::group_type_builder(name)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(Some(LogicalType::List))
            .with_fields(vec![Arc::new(list)])
            .build()?;
        Ok(Arc::new(outer))
    }

    fn write<'a>(
        &self,
        column: &mut SerializedColumnWriter<'_>,
        cells: impl Iterator<Item = &'a str>,
    ) -> Result<(), ParquetError> {
        match self.format {
            Format::String => self.put::<ByteArrayType>(column, cells, |text| Some(ByteArray::from(text))),
            Format::Number => self.put::<DoubleType>(column, cells, |text| text.parse().ok()),
            Format::Integer => self.put::<Int64Type>(column, cells, |text| text.parse().ok()),
            Format::Boolean => self.put::<BoolType>(column, cells, |text| text.parse().ok()),
        }
    }

    fn put<'a, T: DataType>(
        &self,
        column: &mut SerializedColumnWriter<'_>,
        cells: impl Iterator<Item = &'a str>,
        parsed: impl Fn(&str) -> Option<T::T>,
    ) -> Result<(), ParquetError> {
        let (mut values, mut present, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
        let mut add = |text: &str| -> Result<bool, ParquetError> {
            if text == MISSING {
                return Ok(false);
            }
            let value = parsed(text);
            let wrong = || io::Error::other("a cell is not of its column's format");
            values.push(value.ok_or_else(|| ParquetError::from(wrong()))?);
            Ok(true)
        };
        match &self.delimiter {
            None => {
                for cell in cells {
                    present.push(i16::from(add(cell)?));
                }
            }
            Some(delimiter) => {
                for cell in cells {
                    if cell == MISSING {
                        present.push(NO_LIST);
                        repeated.push(0);
                        continue;
                    }
                    for (n, part) in cell.split(delimiter.as_str()).enumerate() {
                        present.push(if add(part)? { VALUE } else { NO_VALUE });
                        repeated.push(i16::from(n > 0));
                    }
                }
            }
        }
        let repeated = self.delimiter.as_ref().map(|_| &repeated[..]);
        column.typed::<T>().write_batch(&values, Some(&present), repeated).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use parquet::{
        file::reader::{FileReader as _, SerializedFileReader},
        record::{Field, Row, RowAccessor as _},
    };

    use super::*;

    const JSON: &str = r#"{
        "study": {"Format": "string"},
        "age": {"Format": "string", "LongName": "Age"},
        "mm": {"Format": "number", "Units": "mm"},
        "n": {"Format": "integer"},
        "mixed": {"Format": "boolean"},
        "onset": {"Format": "number", "Delimiter": ";"},
        "words": {"Format": "string", "Delimiter": ";"}
    }"#;

    fn write_table(rows: &str) -> (tempfile::TempDir, Outcome) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t.json"), JSON).unwrap();
        let text = format!("study\tage\tmm\tn\tmixed\tonset\twords\n{rows}");
        fs::write(folder.path().join("t.tsv"), text).unwrap();
        let outcome = write(folder.path(), &["t", "none"]);
        (folder, outcome)
    }

    #[test]
    fn values_have_the_types_of_the_dictionary() {
        let rows = "007\t70\t0.1\t3\ttrue\t36.5;12\ta;b\nNA\tn/a\tn/a\tn/a\tn/a\tn/a\tn/a\n\"x\"\t1e5\t-1e-30\t-4\tfalse\t1;n/a\tc\n";
        let (folder, outcome) = write_table(rows);
        outcome.unwrap();
        let path = folder.path().join("t.parquet");
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let rows: Vec<Row> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap()).collect();
        let text = |row: &Row| row.get_column_iter().map(|(_, field)| field.to_string()).collect::<Vec<_>>();
        assert_eq!(
            text(&rows[0]),
            ["\"007\"", "\"70\"", "0.1", "3", "true", "[36.5, 12.0]", "[\"a\", \"b\"]"]
        );
        assert_eq!(text(&rows[1])[0], "\"NA\"");
        assert!(rows[1].get_column_iter().skip(1).all(|(_, field)| *field == Field::Null));
        let [study, age] = [0, 1].map(|n| rows[2].get_string(n).unwrap().clone());
        assert_eq!((&*study, &*age, rows[2].get_double(2).unwrap()), ("\"x\"", "1e5", -1e-30));
        assert_eq!(text(&rows[2])[3..], ["-4", "false", "[1.0, null]", "[\"c\"]"]);
        let metadata = reader.metadata().file_metadata();
        assert_eq!(metadata.created_by(), Some(CREATED_BY));
        let pairs = metadata.key_value_metadata().unwrap();
        assert_eq!((&*pairs[0].key, pairs[0].value.as_deref()), (DICTIONARY, Some(JSON)));
        assert!(!folder.path().join("none.parquet").exists());
        let bytes = fs::read(&path).unwrap();
        write(folder.path(), &["t"]).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn what_is_not_of_its_format_is_no_file() {
        let (folder, outcome) = write_table("a\tn/a\t1,5\tn/a\tn/a\tn/a\tn/a\n");
        let text = outcome.unwrap_err().text().unwrap();
        assert!(text.starts_with("t.parquet: could not be written (") && text.contains("format"), "{text}");
        assert!(!folder.path().join("t.parquet").exists());
    }

    #[test]
    fn a_table_without_rows_has_its_columns() {
        let (folder, outcome) = write_table("");
        outcome.unwrap();
        let reader = SerializedFileReader::new(File::open(folder.path().join("t.parquet")).unwrap()).unwrap();
        let metadata = reader.metadata().file_metadata();
        assert_eq!((metadata.num_rows(), metadata.schema().get_fields().len()), (0, 7));
    }
}
