//! One cell of a table as text: never quoted, and `n/a` where the value is unknown.

use std::fmt;

use crate::vocabulary::{
    stage::{SignalLevel, Stage},
    vertebra::VertebralLevel,
};

/// The text of an unknown value, as in BIDS.
const MISSING: &str = "n/a";

/// Separates several values in one cell.
pub(crate) const DELIMITER: &str = ";";

/// The value of a column in a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Number(f64),
    Count(usize),
    Word(String),
    Missing,
}

impl Cell {
    /// Several values in one cell; `Missing` when there are none.
    pub(crate) fn list<C: Into<Self>>(values: impl IntoIterator<Item = C>) -> Self {
        let texts: Vec<String> = values.into_iter().map(|value| value.into().to_string()).collect();
        if texts.is_empty() { Self::Missing } else { Self::Word(texts.join(DELIMITER)) }
    }

    /// Whether it holds a finite number.
    pub(crate) fn is_number(&self) -> bool {
        match self {
            Self::Number(value) => value.is_finite(),
            Self::Count(_) => true,
            Self::Word(_) | Self::Missing => false,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(value) => number(f, *value),
            Self::Count(count) => write!(f, "{count}"),
            Self::Word(word) => f.write_str(&plain(word)),
            Self::Missing => f.write_str(MISSING),
        }
    }
}

/// The shortest decimal that reads back as the same number.
fn number(f: &mut fmt::Formatter<'_>, value: f64) -> fmt::Result {
    let size = value.abs();
    if !value.is_finite() {
        f.write_str(MISSING)
    } else if size == 0.0 || (1e-5..1e15).contains(&size) {
        write!(f, "{value}")
    } else {
        write!(f, "{value:e}")
    }
}

/// A text that cannot break a table: one line, no tabs, no double quotes, which many readers take for the start of a
/// quoted cell, and none of the signs at its start that spreadsheets take for that of a formula.
fn plain(text: &str) -> String {
    let breaks_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let clean: String = text
        .chars()
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .map(|c| if c == '"' { '\'' } else { c })
        .collect();
    let clean = clean.trim();
    match clean.chars().next() {
        None => MISSING.into(),
        Some('=' | '+' | '@') => format!("'{clean}"),
        Some(_) => clean.into(),
    }
}

/// What the values of a column are, in the words of BIDS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    String,
    Number,
    Integer,
    Boolean,
}

impl Format {
    /// The word in a data dictionary.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
        }
    }
}

/// A value that a column can be made of, whose type decides the column's format.
pub(crate) trait Value: Into<Cell> {
    const FORMAT: Format = Format::String;
}

impl Value for f64 {
    const FORMAT: Format = Format::Number;
}

impl Value for usize {
    const FORMAT: Format = Format::Integer;
}

impl Value for u8 {
    const FORMAT: Format = Format::Integer;
}

impl Value for bool {
    const FORMAT: Format = Format::Boolean;
}

impl Value for &str {}
impl Value for &String {}
impl Value for Stage {}
impl Value for SignalLevel {}
impl Value for VertebralLevel {}
/// A text or a list; a list of numbers says so by [`Column::with_format`](super::Column::with_format).
impl Value for Cell {}

impl<V: Value> Value for Option<V> {
    const FORMAT: Format = V::FORMAT;
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<usize> for Cell {
    fn from(count: usize) -> Self {
        Self::Count(count)
    }
}

impl From<u8> for Cell {
    fn from(number: u8) -> Self {
        Self::Count(number.into())
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Word(flag.to_string())
    }
}

impl From<&str> for Cell {
    fn from(word: &str) -> Self {
        Self::Word(word.into())
    }
}

impl From<&String> for Cell {
    fn from(word: &String) -> Self {
        Self::Word(word.clone())
    }
}

impl From<Stage> for Cell {
    fn from(stage: Stage) -> Self {
        stage.key().into()
    }
}

impl From<SignalLevel> for Cell {
    fn from(level: SignalLevel) -> Self {
        level.key().into()
    }
}

impl From<VertebralLevel> for Cell {
    fn from(level: VertebralLevel) -> Self {
        Self::Word(level.to_string())
    }
}

impl<C: Into<Cell>> From<Option<C>> for Cell {
    fn from(value: Option<C>) -> Self {
        value.map_or(Self::Missing, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (-0.25, "-0.25"),
            (123.456_789, "123.456789"),
            (1e-30, "1e-30"),
            (1.5e20, "1.5e20"),
        ];
        for (value, text) in cases {
            assert_eq!(Cell::from(value).to_string(), text);
            assert_eq!(text.parse::<f64>().unwrap(), value);
        }
        for unknown in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(Cell::from(unknown).to_string(), "n/a");
            assert!(!Cell::from(unknown).is_number());
        }
    }

    #[test]
    fn words_stay_in_their_cell() {
        let text = |word: &str| Cell::from(word).to_string();
        assert_eq!(text("a\tb\r\nc\u{b}d\u{85}e\u{2028}f\0g"), "a b  c d e f g");
        assert_eq!(text("\"a\" b\""), "'a' b'");
        assert_eq!((text("=1+1"), text(" @a"), text("a=b")), ("'=1+1".into(), "'@a".into(), "a=b".into()));
        assert_eq!((text(""), text(" \t\n")), ("n/a".into(), "n/a".into()));
        assert_eq!(text("Größe, 測定; 'x' #1"), "Größe, 測定; 'x' #1");
    }

    #[test]
    fn missing_values_and_lists() {
        assert_eq!(Cell::from(None::<f64>).to_string(), "n/a");
        assert_eq!(Cell::list([9.5, 20.0]).to_string(), "9.5;20");
        assert_eq!(Cell::list(Vec::<f64>::new()), Cell::Missing);
        assert_eq!(Cell::from(true).to_string(), "true");
        assert_eq!(Cell::from(Some(Stage::EarlySubacute)).to_string(), "early_subacute");
    }
}
