//! A data set in the making: values by tag, encoded later.

use std::collections::BTreeMap;

use super::tags::Tag;

/// What an element holds.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    /// Text, several values with a backslash between them.
    Text(String),
    /// Numbers, in the type of the value representation; as decimal text where that is text.
    Numbers(Vec<f64>),
    /// Bytes; as OW, words with the least significant byte first.
    Bytes(Vec<u8>),
    /// The items of a sequence.
    Items(Vec<Dataset>),
    /// Encapsulated pixel data: an empty offset table, then these fragments.
    Fragments(Vec<Vec<u8>>),
    /// A length that is not the length of the bytes behind it.
    Claimed(u32, Vec<u8>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Numbers(vec![number])
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::from(f64::from(number))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::from(number as f64)
    }
}

impl From<Vec<f64>> for Value {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Numbers(numbers)
    }
}

impl<const N: usize> From<[f64; N]> for Value {
    fn from(numbers: [f64; N]) -> Self {
        Self::Numbers(numbers.to_vec())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<Vec<Dataset>> for Value {
    fn from(items: Vec<Dataset>) -> Self {
        Self::Items(items)
    }
}

impl From<Dataset> for Value {
    fn from(item: Dataset) -> Self {
        Self::Items(vec![item])
    }
}

/// Elements in the order of their tags, each with its value representation.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dataset(pub(super) BTreeMap<(u16, u16), (&'static str, Value)>);

impl Dataset {
    /// Sets an element.
    pub(crate) fn set(&mut self, tag: Tag, value: impl Into<Value>) -> &mut Self {
        self.0.insert((tag.0, tag.1), (tag.2, value.into()));
        self
    }

    /// The same, for a chain that begins with a new data set.
    pub(crate) fn with(mut self, tag: Tag, value: impl Into<Value>) -> Self {
        self.set(tag, value);
        self
    }

    /// Takes an element out.
    pub(crate) fn remove(&mut self, tag: Tag) -> &mut Self {
        self.0.remove(&(tag.0, tag.1));
        self
    }

    pub(crate) fn get(&self, tag: Tag) -> Option<&Value> {
        self.0.get(&(tag.0, tag.1)).map(|(_, value)| value)
    }

    /// The first number of an element; it must be there.
    pub(crate) fn number(&self, tag: Tag) -> f64 {
        match self.get(tag) {
            Some(Value::Numbers(numbers)) => numbers[0],
            other => panic!("no number in {tag:?}: {other:?}"),
        }
    }

    /// The items of a sequence, to be changed; it must be there.
    pub(crate) fn items(&mut self, tag: Tag) -> &mut Vec<Self> {
        match self.0.get_mut(&(tag.0, tag.1)) {
            Some((_, Value::Items(items))) => items,
            other => panic!("no items in {tag:?}: {other:?}"),
        }
    }

    /// The bytes of an element, to be changed; it must be there.
    pub(crate) fn bytes(&mut self, tag: Tag) -> &mut Vec<u8> {
        match self.0.get_mut(&(tag.0, tag.1)) {
            Some((_, Value::Bytes(bytes))) => bytes,
            other => panic!("no bytes in {tag:?}: {other:?}"),
        }
    }

    /// All elements of this level.
    pub(crate) fn elements(&self) -> impl Iterator<Item = ((u16, u16), &Value)> {
        self.0.iter().map(|(&tag, (_, value))| (tag, value))
    }

    /// An element by group and element, to be changed.
    pub(crate) fn at(&mut self, tag: (u16, u16)) -> Option<&mut Value> {
        self.0.get_mut(&tag).map(|(_, value)| value)
    }

    /// Takes an element out, by group and element.
    pub(crate) fn take(&mut self, tag: (u16, u16)) {
        self.0.remove(&tag);
    }
}
