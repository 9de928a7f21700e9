//! A data set in the making, and its bytes.

use dicom_core::{
    DataElement, Length, PrimitiveValue, Tag, VR,
    dictionary::{DataDictionary as _, DataDictionaryEntry as _},
    value::{DataSetSequence, Value},
};
use dicom_dictionary_std::{StandardDataDictionary, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use hemastage::Result;

use crate::{decimal::decimal, error::WriteError};

/// The elements of an object or an item. Each gets the value representation that the standard gives its tag.
#[derive(Debug, Clone)]
pub(crate) struct Dataset(InMemDicomObject);

impl Dataset {
    pub(crate) fn new() -> Self {
        Self(InMemDicomObject::new_empty())
    }

    /// Adds a text of the default character set.
    pub(crate) fn text(self, tag: Tag, text: impl Into<String>) -> Self {
        self.put(tag, vr(tag), PrimitiveValue::from(text.into()))
    }

    /// Adds a text as it is stored elsewhere, in the character set of the object; empty for no value.
    pub(crate) fn stored(self, tag: Tag, text: &[u8]) -> Self {
        let vr = vr(tag);
        let mut bytes = text.to_vec();
        if bytes.len() % 2 == 1 {
            bytes.push(if vr == VR::UI { 0 } else { b' ' });
        }
        let value = if bytes.is_empty() { PrimitiveValue::Empty } else { PrimitiveValue::U8(bytes.into()) };
        self.put(tag, vr, value)
    }

    /// Adds an element without a value.
    pub(crate) fn empty(self, tag: Tag) -> Self {
        self.put(tag, vr(tag), PrimitiveValue::Empty)
    }

    /// Adds numbers as decimal text (VR DS).
    pub(crate) fn decimals(self, tag: Tag, numbers: &[f64]) -> Self {
        let texts: Vec<String> = numbers.iter().copied().map(decimal).collect();
        self.text(tag, texts.join("\\"))
    }

    /// Adds numbers of 16 bits (VR US).
    pub(crate) fn shorts(self, tag: Tag, numbers: &[u16]) -> Self {
        self.put(tag, VR::US, PrimitiveValue::U16(numbers.into()))
    }

    /// Adds numbers of 32 bits (VR UL).
    pub(crate) fn longs(self, tag: Tag, numbers: &[u32]) -> Self {
        self.put(tag, VR::UL, PrimitiveValue::U32(numbers.into()))
    }

    /// Adds a tag (VR AT).
    pub(crate) fn tag(self, tag: Tag, to: Tag) -> Self {
        self.put(tag, VR::AT, PrimitiveValue::from(to))
    }

    /// Adds bytes (VR OB).
    pub(crate) fn bytes(self, tag: Tag, bytes: Vec<u8>) -> Self {
        self.put(tag, VR::OB, PrimitiveValue::U8(bytes.into()))
    }

    /// Adds a sequence of one item.
    pub(crate) fn item(self, tag: Tag, item: Self) -> Self {
        self.items(tag, [item])
    }

    /// Adds a sequence.
    pub(crate) fn items(mut self, tag: Tag, items: impl IntoIterator<Item = Self>) -> Self {
        let items: Vec<InMemDicomObject> = items.into_iter().map(|item| item.0).collect();
        let sequence = DataSetSequence::new(items, Length::UNDEFINED);
        self.0.put(DataElement::new(tag, VR::SQ, Value::Sequence(sequence)));
        self
    }

    /// Adds all elements of another data set.
    pub(crate) fn joined(mut self, other: Self) -> Self {
        for element in other.0 {
            self.0.put(element);
        }
        self
    }

    fn put(mut self, tag: Tag, vr: VR, value: PrimitiveValue) -> Self {
        self.0.put(DataElement::new(tag, vr, value));
        self
    }

    /// The object as a file, in explicit VR little endian.
    ///
    /// # Errors
    /// When the encoder refuses a value, which no input can cause.
    pub(crate) fn file(self) -> Result<Vec<u8>> {
        let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
        let object = self.0.with_meta(meta).map_err(|error| WriteError::Encode(Box::new(error)))?;
        let mut bytes = Vec::new();
        object.write_all(&mut bytes).map_err(|error| WriteError::Encode(Box::new(error)))?;
        Ok(bytes)
    }
}

/// The value representation of a tag.
fn vr(tag: Tag) -> VR {
    StandardDataDictionary.by_tag(tag).map_or(VR::UN, |entry| entry.vr().relaxed())
}
