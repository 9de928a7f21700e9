//! An NRRD header as found: its fields and keys.

use std::{collections::BTreeMap, path::Path};

use super::error::NrrdError;
use crate::raster::HeaderText;

/// Maximum number of bytes of a header; one of 117 segments has some 60 000.
const MAX_HEADER: u64 = 4 << 20;

/// The start of every NRRD file, before its version.
pub(super) const MAGIC: &str = "NRRD000";

/// The fields of a header by their names in lower case, and its keys.
pub(super) struct Header {
    fields: BTreeMap<String, String>,
    pub(super) keys: BTreeMap<String, String>,
    /// One past its last byte.
    pub(super) end: u64,
    /// Whether an empty line ends it, as it does in front of voxels.
    pub(super) is_ended: bool,
}

impl Header {
    pub(super) fn read(path: &Path) -> Result<Self, NrrdError> {
        let text = HeaderText::read(path, MAX_HEADER, str::is_empty)?;
        let text = text.ok_or(NrrdError::HeaderLength { max: MAX_HEADER })?;
        let mut lines = text.lines.iter().enumerate();
        let version = lines.next().and_then(|(_, magic)| magic.strip_prefix(MAGIC));
        if !version.is_some_and(|version| matches!(version.trim_end(), "1" | "2" | "3" | "4" | "5")) {
            return Err(NrrdError::Version);
        }
        let (mut fields, mut keys) = (BTreeMap::new(), BTreeMap::new());
        for (n, line) in lines {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let repeated = if let Some((field, value)) = field(line) {
                fields.insert(field, value.to_owned()).is_some()
            } else if let Some((key, value)) = line.split_once(":=") {
                keys.insert(unescaped(key), unescaped(value)).is_some()
            } else {
                return Err(NrrdError::Line { line: n + 1 });
            };
            if repeated {
                return Err(NrrdError::Repeated { line: n + 1 });
            }
        }
        Ok(Self { fields, keys, end: text.end, is_ended: text.is_whole })
    }

    /// A field by its name.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }

    /// A field that every file has.
    pub(super) fn needed(&self, name: &'static str) -> Result<&str, NrrdError> {
        self.field(name).ok_or(NrrdError::Missing { field: name })
    }

    /// A whole number; `None` where the field is not there.
    pub(super) fn whole(&self, name: &'static str) -> Result<Option<i64>, NrrdError> {
        let number = |text: &str| text.trim().parse().map_err(|_| NrrdError::Number { field: name });
        self.field(name).map(number).transpose()
    }

    /// The words of a field, one per axis; `None` where the field is not there.
    pub(super) fn per_axis(&self, name: &'static str, axes: usize) -> Result<Option<Vec<String>>, NrrdError> {
        let Some(text) = self.field(name) else { return Ok(None) };
        let words: Vec<String> = text.split_ascii_whitespace().map(str::to_ascii_lowercase).collect();
        if words.len() == axes {
            Ok(Some(words))
        } else {
            Err(NrrdError::PerAxis { field: name, found: words.len(), expected: axes })
        }
    }
}

/// A line `name: value`; a key is separated by `:=` instead.
fn field(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.split_once(':')?;
    if value.starts_with('=') {
        return None;
    }
    // `data file` and `datafile`, `centers` and `centerings` are the same
    let name = match name.trim().to_ascii_lowercase().as_str() {
        "datafile" => "data file".into(),
        "byteskip" => "byte skip".into(),
        "lineskip" => "line skip".into(),
        name => name.to_owned(),
    };
    Some((name, value.trim()))
}

/// A key or its value without escapes.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut signs = text.chars();
    while let Some(c) = signs.next() {
        match c {
            '\\' => match signs.next() {
                Some('n') => out.push('\n'),
                Some(other) => out.push(other),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}
