//! A MetaImage header as found: its keys.

use std::{collections::BTreeMap, path::Path};

use super::error::MetaImageError;
use crate::raster::HeaderText;

/// Maximum number of bytes of a header.
const MAX_HEADER: u64 = 1 << 20;

/// The key of the last line.
const LAST: &str = "ElementDataFile";

/// Numbers of two keys that differ by less, relative to 1 or more, were rounded.
const SAME: f64 = 1e-4;

/// Keys that a file may start with.
const FIRST: [&str; 4] = ["ObjectType", "ObjectSubType", "Comment", "NDims"];

/// Whether a file that starts so is a MetaImage: its first line is `key = value`.
pub(crate) fn is_first_line(start: &[u8]) -> bool {
    let line = start.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let key = line.split(|&byte| byte == b'=').next().filter(|key| key.len() < line.len());
    key.is_some_and(|key| FIRST.iter().any(|first| first.as_bytes() == key.trim_ascii()))
}

/// The values of a header by their keys.
pub(super) struct Header {
    values: BTreeMap<String, String>,
    /// One past its last byte.
    pub(super) end: u64,
}

impl Header {
    pub(super) fn read(path: &Path) -> Result<Self, MetaImageError> {
        let is_last = |line: &str| line.split_once('=').is_some_and(|(key, _)| key.trim() == LAST);
        let text = HeaderText::read(path, MAX_HEADER, is_last)?;
        let text = text.filter(|text| text.is_whole).ok_or(MetaImageError::NoDataFile)?;
        let mut values = BTreeMap::new();
        for (n, line) in text.lines.iter().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let (key, value) = line.split_once('=').ok_or(MetaImageError::Line { line: n + 1 })?;
            let key = key.trim();
            if values.insert(key.to_owned(), value.trim().to_owned()).is_some() && key != "Comment" {
                return Err(MetaImageError::Repeated { line: n + 1 });
            }
        }
        Ok(Self { values, end: text.end })
    }

    /// The value of the first of these keys that is there.
    pub(super) fn value(&self, keys: &[&'static str]) -> Option<(&'static str, &str)> {
        keys.iter().find_map(|&key| Some((key, self.values.get(key)?.as_str())))
    }

    /// The last value: the name of the data file, or `LOCAL`.
    pub(super) fn data_file(&self) -> &str {
        self.value(&[LAST]).map_or("", |(_, value)| value)
    }

    /// Whether a key is set to `True`.
    pub(super) fn is_set(&self, keys: &[&'static str]) -> bool {
        self.value(keys).is_some_and(|(_, value)| value.starts_with(['T', 't', '1']))
    }

    /// A whole number; `None` where the key is not there.
    pub(super) fn whole(&self, key: &'static str) -> Result<Option<i64>, MetaImageError> {
        let number = |(key, value): (_, &str)| value.parse().map_err(|_| MetaImageError::Number { key });
        self.value(&[key]).map(number).transpose()
    }

    /// Numbers, as many as expected; `None` where none of the keys is there.
    pub(super) fn numbers<const N: usize>(
        &self,
        keys: &[&'static str],
    ) -> Result<Option<[f64; N]>, MetaImageError> {
        match self.value(keys) {
            Some((key, _)) => self.numbers_of(key),
            None => Ok(None),
        }
    }

    /// Numbers that several keys may hold, of which all that are there say the same.
    pub(super) fn agreeing<const N: usize>(
        &self,
        keys: &[&'static str],
    ) -> Result<Option<[f64; N]>, MetaImageError> {
        let mut first: Option<(&'static str, [f64; N])> = None;
        for &key in keys {
            let Some(numbers) = self.numbers_of(key)? else { continue };
            let Some((known, expected)) = first else {
                first = Some((key, numbers));
                continue;
            };
            let is_same = |(a, b): (&f64, &f64)| (a - b).abs() <= SAME * a.abs().max(1.0);
            if !numbers.iter().zip(&expected).all(is_same) {
                return Err(MetaImageError::Contradiction { keys: [known, key] });
            }
        }
        Ok(first.map(|(_, numbers)| numbers))
    }

    /// The numbers of a key.
    fn numbers_of<const N: usize>(&self, key: &'static str) -> Result<Option<[f64; N]>, MetaImageError> {
        let Some((key, value)) = self.value(&[key]) else { return Ok(None) };
        let numbers = value.split_ascii_whitespace().map(str::parse).collect::<Result<Vec<f64>, _>>();
        let numbers: Option<[f64; N]> = numbers.ok().and_then(|numbers| numbers.try_into().ok());
        match numbers {
            Some(numbers) if numbers.iter().all(|number| number.is_finite()) => Ok(Some(numbers)),
            _ => Err(MetaImageError::Numbers { key, expected: N }),
        }
    }
}
