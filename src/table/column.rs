//! A column as data: its definition, and the function that takes its value from a row.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::cell::{Cell, DELIMITER, Format, Value};
use crate::vocabulary::{json, stage::Stage};

/// The unit of a column's numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Shares, ratios, probabilities and counts.
    One,
    /// Signal as stored in an image.
    Arbitrary,
    Millimeter,
    SquareMillimeter,
    CubicMillimeter,
    Hour,
}

impl Unit {
    /// Its text in a column.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::One => "1",
            Self::Arbitrary => "arbitrary",
            Self::Millimeter => "mm",
            Self::SquareMillimeter => "mm2",
            Self::CubicMillimeter => "mm3",
            Self::Hour => "h",
        }
    }

    /// Its text in a data dictionary, as BIDS writes it.
    const fn in_dictionary(self) -> &'static str {
        match self {
            Self::SquareMillimeter => "mm^2",
            Self::CubicMillimeter => "mm^3",
            other => other.key(),
        }
    }

    /// The name of a measure in this unit: the unit at its end, if it has one.
    fn appended_to(self, measure: &str) -> String {
        match self {
            Self::One | Self::Arbitrary => measure.to_owned(),
            unit => format!("{measure}_{}", unit.key()),
        }
    }
}

/// The region that a number describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Region {
    Hematoma,
    Reference,
    Cord,
    Canal,
    Stage(Stage),
}

impl Region {
    /// Its word in the column `roi`, and the prefix of the names of its columns.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Hematoma => "hematoma",
            Self::Reference => "reference",
            Self::Cord => "cord",
            Self::Canal => "canal",
            Self::Stage(stage) => stage.key(),
        }
    }
}

/// A number's region, name and unit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measure {
    pub(crate) region: Region,
    pub(crate) name: String,
    pub(crate) unit: Unit,
}

/// What a column holds, as the dictionary says it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Definition {
    pub(crate) name: String,
    long_name: String,
    description: String,
    format: Format,
    unit: Option<Unit>,
    words: Vec<(String, String)>,
    is_list: bool,
    /// Set when the column holds a number that describes a region.
    pub(crate) measure: Option<Measure>,
}

impl Definition {
    pub(crate) fn new(name: &str, long_name: &str, description: &str) -> Self {
        let [name, long_name, description] = [name, long_name, description].map(str::to_owned);
        Self { name, long_name, description, ..Self::default() }
    }

    /// Says what its values are, unless they are texts.
    pub(crate) fn with_format(mut self, format: Format) -> Self {
        self.format = format;
        self
    }

    /// Lists the words that the column may hold, and what they mean.
    pub(crate) fn with_words(mut self, words: &[(&str, &str)]) -> Self {
        self.words = words.iter().map(|&(word, meaning)| (word.to_owned(), meaning.to_owned())).collect();
        self
    }
}

impl Serialize for Definition {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("LongName", &self.long_name)?;
        map.serialize_entry("Description", &self.description)?;
        map.serialize_entry("Format", self.format.key())?;
        if let Some(unit) = self.unit {
            map.serialize_entry("Units", unit.in_dictionary())?;
        }
        if self.is_list {
            map.serialize_entry("Delimiter", DELIMITER)?;
        }
        if !self.words.is_empty() {
            map.serialize_entry("Levels", &InOrder(&self.words))?;
        }
        map.end()
    }
}

/// Pairs as a JSON object that keeps their order.
struct InOrder<'a>(&'a [(String, String)]);

impl Serialize for InOrder<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// Definitions as a data dictionary, in the order of the columns.
pub(crate) fn dictionary<'a>(definitions: impl Iterator<Item = &'a Definition>) -> String {
    struct Dictionary<'a>(Vec<&'a Definition>);
    impl Serialize for Dictionary<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().map(|definition| (&definition.name, definition)))
        }
    }
    json::indented(&Dictionary(definitions.collect()))
}

/// A column of a table with one `Row` per line.
pub(crate) struct Column<Row> {
    pub(crate) definition: Definition,
    value: Box<dyn Fn(&Row) -> Cell + Send + Sync>,
}

impl<Row> Column<Row> {
    /// A column of the values that the function gives, without a unit.
    pub(crate) fn word<C: Value>(
        name: &str,
        long_name: &str,
        description: &str,
        value: impl Fn(&Row) -> C + Send + Sync + 'static,
    ) -> Self {
        let definition = Definition::new(name, long_name, description).with_format(C::FORMAT);
        Self { definition, value: Box::new(move |row| value(row).into()) }
    }

    /// A column of numbers that describe no region.
    pub(crate) fn number<C: Value>(
        (name, unit): (&str, Unit),
        long_name: &str,
        description: &str,
        value: impl Fn(&Row) -> C + Send + Sync + 'static,
    ) -> Self {
        let mut column = Self::word(&unit.appended_to(name), long_name, description, value);
        column.definition.unit = Some(unit);
        column
    }

    /// A column of numbers that describe a region. Its name is region (except the hematoma), measure and unit.
    pub(crate) fn measure<C: Value>(
        (region, measure, unit): (Region, &str, Unit),
        long_name: &str,
        description: &str,
        value: impl Fn(&Row) -> C + Send + Sync + 'static,
    ) -> Self {
        let name = match region {
            Region::Hematoma => measure.to_owned(),
            other => format!("{}_{measure}", other.key()),
        };
        let mut column = Self::number((&name, unit), long_name, description, value);
        column.definition.measure = Some(Measure { region, name: measure.into(), unit });
        column
    }

    /// Lists the words that the column may hold, and what they mean.
    pub(crate) fn with_words(mut self, words: &[(&str, &str)]) -> Self {
        self.definition = self.definition.with_words(words);
        self
    }

    /// Says what the values in a cell are, where their type does not.
    pub(crate) fn with_format(mut self, format: Format) -> Self {
        self.definition.format = format;
        self
    }

    /// Says that a cell can hold several values.
    pub(crate) fn with_lists(mut self) -> Self {
        self.definition.is_list = true;
        self
    }

    /// The cell of a row.
    pub(crate) fn cell(&self, row: &Row) -> Cell {
        (self.value)(row)
    }
}

/// A text with its first letter in upper case.
pub(crate) fn capitalized(text: &str) -> String {
    text[..1].to_uppercase() + &text[1..]
}

/// The words of a column of flags; its description says what is true.
pub(crate) const FLAGS: [(&str, &str); 2] = [("true", "yes"), ("false", "no")];

/// The words of a column of stages.
pub(crate) const STAGES: [(&str, &str); 6] = [
    ("hyperacute", "oxyhemoglobin"),
    ("acute", "deoxyhemoglobin"),
    ("early_subacute", "intracellular methemoglobin"),
    ("late_subacute", "extracellular methemoglobin"),
    ("chronic", "ferritin and hemosiderin, or what remains after methemoglobin is absorbed"),
    ("indeterminate", "the signal fits none of the five stages"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_region_measure_and_unit() {
        let name =
            |region, unit| Column::measure((region, "volume", unit), "", "", |(): &()| 1.0).definition.name;
        assert_eq!(name(Region::Hematoma, Unit::CubicMillimeter), "volume_mm3");
        assert_eq!(
            name(Region::Stage(Stage::LateSubacute), Unit::CubicMillimeter),
            "late_subacute_volume_mm3"
        );
        assert_eq!(name(Region::Canal, Unit::One), "canal_volume");
    }

    #[test]
    fn the_words_of_stages_are_all_of_them() {
        assert_eq!(STAGES.map(|(word, _)| word), Stage::ALL.map(Stage::key));
    }

    #[test]
    fn a_dictionary_keeps_the_order_of_its_columns() {
        let b = Definition::new("b", "B", "first");
        let a = Column::number(("a", Unit::SquareMillimeter), "A", "second", |(): &()| 1.0);
        let a = a.with_words(&[("z", "last letter"), ("y", "one before")]).with_lists();
        let text = dictionary([&b, &a.definition].into_iter());
        let order = ["\"b\"", "first", "\"a_mm2\"", "mm^2", "\"Delimiter\": \";\"", "\"z\"", "\"y\""];
        let places: Vec<usize> = order.iter().map(|word| text.find(word).unwrap()).collect();
        assert!(places.is_sorted(), "{text}");
    }
}
