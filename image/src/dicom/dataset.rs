//! Typed, fallible getters for the elements before the pixel data.

use dicom_core::{
    Tag, VR,
    dictionary::{DataDictionary as _, DataDictionaryEntry as _},
};
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::{
    character_set::CharacterSet,
    error::DicomError,
    header::{Entry, Header},
};
use crate::{error::Result, memory::reserve_exact};

/// The elements of a file before its pixel data, or of one item of a sequence in it.
#[derive(Clone, Copy)]
pub(crate) struct Dataset<'a> {
    header: &'a Header,
    start: usize,
    end: usize,
}

impl<'a> Dataset<'a> {
    pub(super) fn new(header: &'a Header) -> Self {
        Self { header, start: 0, end: header.len() }
    }

    /// Whether an element is present, even without a value.
    pub(crate) fn has(self, tag: Tag) -> bool {
        self.find(tag).is_some()
    }

    /// The first value as text, trimmed of spaces and NULs; `None` when absent or empty.
    pub(crate) fn text(self, tag: Tag) -> Option<String> {
        self.texts(tag).into_iter().next().filter(|text| !text.is_empty())
    }

    /// All values as text, trimmed of spaces and NULs; an empty value is an empty text.
    pub(crate) fn texts(self, tag: Tag) -> Vec<String> {
        let Some((vr, value)) = self.value(tag).filter(|&(vr, _)| is_text(vr)) else { return Vec::new() };
        let text = self.header.character_set.decode(value);
        if matches!(vr, VR::LT | VR::ST | VR::UT | VR::UR) {
            return vec![trimmed(&text).to_owned()];
        }
        text.split('\\').map(|part| trimmed(part).to_owned()).collect()
    }

    /// All values of a text as stored, without the padding around them; `None` when absent or empty.
    pub(crate) fn stored_text(self, tag: Tag) -> Option<&'a [u8]> {
        let (_, mut value) = self.value(tag).filter(|&(vr, _)| is_text(vr))?;
        while let [b' ' | 0, rest @ ..] | [rest @ .., b' ' | 0] = value {
            value = rest;
        }
        Some(value)
    }

    /// The first value as an integer; `None` when absent or empty.
    ///
    /// # Errors
    /// `Malformed` when a value is not an integer; the text names the element but not the value.
    pub(crate) fn integer(self, tag: Tag) -> Result<Option<i64>> {
        Ok(self.integers(tag)?.first().copied())
    }

    /// All values as integers.
    ///
    /// # Errors
    /// As [`integer`](Self::integer).
    pub(crate) fn integers(self, tag: Tag) -> Result<Vec<i64>> {
        let wrong = || DicomError::NotANumber { keyword: keyword(tag), expected: "a whole number" };
        let Some((vr, value)) = self.value(tag) else { return Ok(Vec::new()) };
        let values = match vr {
            VR::US => self.fixed(value, |bytes: [u8; 2]| Some(i64::from(u16::from_le_bytes(bytes)))),
            VR::SS => self.fixed(value, |bytes: [u8; 2]| Some(i64::from(i16::from_le_bytes(bytes)))),
            VR::UL => self.fixed(value, |bytes: [u8; 4]| Some(i64::from(u32::from_le_bytes(bytes)))),
            VR::SL => self.fixed(value, |bytes: [u8; 4]| Some(i64::from(i32::from_le_bytes(bytes)))),
            VR::UV => self.fixed(value, |bytes: [u8; 8]| i64::try_from(u64::from_le_bytes(bytes)).ok()),
            VR::OV if tag == tags::EXTENDED_OFFSET_TABLE => {
                self.fixed(value, |bytes: [u8; 8]| i64::try_from(u64::from_le_bytes(bytes)).ok())
            }
            VR::SV => self.fixed(value, |bytes: [u8; 8]| Some(i64::from_le_bytes(bytes))),
            _ if is_text(vr) => parse_list(value, |text| text.parse().ok()),
            _ => None,
        };
        Ok(values.ok_or_else(wrong)?)
    }

    /// The first value as a number; `None` when absent or empty.
    ///
    /// # Errors
    /// `Malformed` when a value is not a finite number; the text names the element but not the value.
    pub(crate) fn number(self, tag: Tag) -> Result<Option<f64>> {
        Ok(self.number_list(tag)?.first().copied())
    }

    /// The first value as a whole number where it is one, also as `4.0`; of an element that is not needed.
    pub(crate) fn whole(self, tag: Tag) -> Option<i64> {
        // all whole numbers to this one are exact
        const MAX_EXACT: f64 = (1_u64 << 53) as f64;
        let value = self.decimal(tag)?;
        (value.fract() == 0.0 && value.abs() <= MAX_EXACT).then_some(value as i64)
    }

    /// The first value as a finite number where it is one; of an element that is not needed.
    pub(crate) fn decimal(self, tag: Tag) -> Option<f64> {
        match self.value(tag)? {
            (vr, value) if is_text(vr) => {
                let first = value.split(|&byte| byte == b'\\').next()?;
                trimmed(std::str::from_utf8(first).ok()?).parse().ok().and_then(finite)
            }
            _ => self.number(tag).ok().flatten(),
        }
    }

    /// Exactly `N` numbers; `None` when absent or empty.
    ///
    /// # Errors
    /// As [`number`](Self::number), and `Malformed` when there are more or fewer.
    pub(crate) fn numbers<const N: usize>(self, tag: Tag) -> Result<Option<[f64; N]>> {
        let found = self.number_list(tag)?;
        if found.is_empty() {
            return Ok(None);
        }
        let count = DicomError::Count { keyword: keyword(tag), found: found.len(), expected: N };
        Ok(Some(<[f64; N]>::try_from(found).map_err(|_| count)?))
    }

    /// All values as numbers.
    ///
    /// # Errors
    /// As [`number`](Self::number).
    pub(crate) fn number_list(self, tag: Tag) -> Result<Vec<f64>> {
        let wrong = || DicomError::NotANumber { keyword: keyword(tag), expected: "a finite decimal number" };
        let Some((vr, value)) = self.value(tag) else { return Ok(Vec::new()) };
        let values = match vr {
            VR::FL | VR::OF => {
                self.fixed(value, |bytes: [u8; 4]| finite(f64::from(f32::from_le_bytes(bytes))))
            }
            VR::FD | VR::OD => self.fixed(value, |bytes: [u8; 8]| finite(f64::from_le_bytes(bytes))),
            _ if is_text(vr) => parse_list(value, |text| text.parse().ok().and_then(finite)),
            _ => return Ok(self.integers(tag)?.into_iter().map(|value| value as f64).collect()),
        };
        Ok(values.ok_or_else(wrong)?)
    }

    /// The first value as a tag (VR AT); `None` when absent.
    pub(crate) fn tag(self, tag: Tag) -> Option<Tag> {
        let (VR::AT, value) = self.value(tag)? else { return None };
        let halves = self.fixed(value, |bytes: [u8; 2]| Some(u16::from_le_bytes(bytes)))?;
        let [group, element, ..] = halves[..] else { return None };
        Some(Tag(group, element))
    }

    /// The items of a sequence, in order; empty when absent.
    pub(crate) fn items(self, tag: Tag) -> impl Iterator<Item = Dataset<'a>> {
        let sequence = self.find(tag).filter(|&(_, entry)| entry.is_nested());
        let (header, range) = (self.header, sequence.map(|(at, _)| (at + 1, self.header.next(at))));
        let (mut at, end) = range.unwrap_or((0, 0));
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let item = Dataset { header, start: at + 1, end: header.next(at) };
            at = item.end;
            Some(item)
        })
    }

    /// The first item of a sequence.
    pub(crate) fn item(self, tag: Tag) -> Option<Dataset<'a>> {
        self.items(tag).next()
    }

    /// The index and entry of an element; a repeated element replaces the previous one.
    fn find(self, tag: Tag) -> Option<(usize, Entry)> {
        let mut last = None;
        let mut index = self.start;
        while index < self.end {
            let entry = self.header.entry(index)?;
            if entry.tag == tag {
                last = Some((index, entry));
            }
            index = self.header.next(index);
        }
        last
    }

    fn value(self, tag: Tag) -> Option<(VR, &'a [u8])> {
        let (vr, value) = self.find(tag).and_then(|(_, entry)| self.header.value(entry))?;
        // only spaces: no value
        let blank = is_text(vr) && value.iter().all(|&byte| matches!(byte, b' ' | 0));
        (!blank).then_some((vr, value))
    }

    /// Numbers of `N` bytes, converted by `from_le` from little-endian order.
    fn fixed<const N: usize, T>(
        self,
        value: &[u8],
        from_le: impl Fn([u8; N]) -> Option<T>,
    ) -> Option<Vec<T>> {
        let (numbers, []) = value.as_chunks::<N>() else { return None };
        let big_endian = self.header.big_endian;
        numbers
            .iter()
            .map(|&number| {
                let mut number = number;
                if big_endian {
                    number.reverse();
                }
                from_le(number)
            })
            .collect()
    }
}

/// The character set that a data set names; else the default.
pub(super) fn character_set(header: &Header) -> CharacterSet {
    CharacterSet::of(&Dataset::new(header).texts(tags::SPECIFIC_CHARACTER_SET))
}

fn is_text(vr: VR) -> bool {
    use VR::{AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT};
    matches!(vr, AE | AS | CS | DA | DS | DT | IS | LO | LT | PN | SH | ST | TM | UC | UI | UR | UT)
}

fn trimmed(text: &str) -> &str {
    text.trim_matches([' ', '\0'])
}

/// Numbers in text, separated by backslashes; one at the end separates nothing.
fn parse_list<T>(value: &[u8], parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let value = value.trim_ascii_end().strip_suffix(b"\\").unwrap_or(value);
    let count = value.split(|&byte| byte == b'\\').count();
    let mut numbers = Vec::new();
    reserve_exact(&mut numbers, count).ok()?;
    for part in value.split(|&byte| byte == b'\\') {
        numbers.push(parse(trimmed(std::str::from_utf8(part).ok()?))?);
    }
    Some(numbers)
}

fn finite(value: f64) -> Option<f64> {
    value.is_finite().then_some(value)
}

/// The standard's keyword for an element, or its number.
fn keyword(tag: Tag) -> String {
    StandardDataDictionary.by_tag(tag).map_or_else(|| tag.to_string(), |entry| entry.alias().to_owned())
}
