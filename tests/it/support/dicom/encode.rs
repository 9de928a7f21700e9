//! A data set as bytes, from Part 5 of the standard.

use super::dataset::{Dataset, Value};

/// How elements are laid out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Encoding {
    pub(crate) explicit: bool,
    pub(crate) big_endian: bool,
    /// Sequences and items end with a delimiter in place of a length at their head.
    pub(crate) undefined_lengths: bool,
}

const UNDEFINED: u32 = u32::MAX;
const ITEM: (u16, u16) = (0xFFFE, 0xE000);
const ITEM_END: (u16, u16) = (0xFFFE, 0xE00D);
const SEQUENCE_END: (u16, u16) = (0xFFFE, 0xE0DD);

/// A decimal string: as many digits as 16 characters hold.
pub(crate) fn decimal(value: f64) -> String {
    let fitting = (0..=15).rev().map(|digits| format!("{value:.digits$}")).find(|text| text.len() <= 16);
    let text = fitting.unwrap_or_else(|| format!("{value:.8e}"));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".into() } else { text.into() }
}

impl Encoding {
    /// The whole data set.
    pub(crate) fn bytes(self, dataset: &Dataset) -> Vec<u8> {
        let mut out = Vec::new();
        for (&tag, (vr, value)) in &dataset.0 {
            self.element(&mut out, tag, vr, value);
        }
        out
    }

    fn element(self, out: &mut Vec<u8>, tag: (u16, u16), vr: &str, value: &Value) {
        match value {
            Value::Items(items) => self.sequence(out, tag, items),
            Value::Fragments(fragments) => {
                self.head(out, tag, "OB", UNDEFINED);
                self.item(out, ITEM, 0);
                for fragment in fragments {
                    self.item(out, ITEM, fragment.len() as u32);
                    out.extend(fragment);
                }
                self.item(out, SEQUENCE_END, 0);
            }
            Value::Claimed(length, bytes) => {
                self.head(out, tag, vr, *length);
                out.extend(bytes);
            }
            value => {
                let mut bytes = self.value(vr, value);
                if bytes.len() % 2 == 1 {
                    bytes.push(if matches!(vr, "UI" | "OB" | "UN") { 0 } else { b' ' });
                }
                self.head(out, tag, vr, bytes.len() as u32);
                out.extend(bytes);
            }
        }
    }

    fn sequence(self, out: &mut Vec<u8>, tag: (u16, u16), items: &[Dataset]) {
        let mut inner = Vec::new();
        for item in items {
            let bytes = self.bytes(item);
            if self.undefined_lengths {
                self.item(&mut inner, ITEM, UNDEFINED);
                inner.extend(bytes);
                self.item(&mut inner, ITEM_END, 0);
            } else {
                self.item(&mut inner, ITEM, bytes.len() as u32);
                inner.extend(bytes);
            }
        }
        if self.undefined_lengths {
            self.item(&mut inner, SEQUENCE_END, 0);
        }
        let length = if self.undefined_lengths { UNDEFINED } else { inner.len() as u32 };
        self.head(out, tag, "SQ", length);
        out.extend(inner);
    }

    /// The head of an element: tag, value representation where explicit, length.
    fn head(self, out: &mut Vec<u8>, tag: (u16, u16), vr: &str, length: u32) {
        self.tag(out, tag);
        let long = matches!(vr, "OB" | "OW" | "OF" | "OD" | "OL" | "SQ" | "UC" | "UN" | "UR" | "UT");
        if self.explicit {
            out.extend(vr.as_bytes());
        }
        if self.explicit && !long {
            out.extend(self.u16(u16::try_from(length).unwrap_or(u16::MAX - 1)));
            return;
        }
        if self.explicit {
            out.extend([0; 2]);
        }
        out.extend(self.u32(length));
    }

    /// An item or a delimiter, which has no value representation.
    pub(crate) fn item(self, out: &mut Vec<u8>, tag: (u16, u16), length: u32) {
        self.tag(out, tag);
        out.extend(self.u32(length));
    }

    fn tag(self, out: &mut Vec<u8>, (group, element): (u16, u16)) {
        out.extend(self.u16(group));
        out.extend(self.u16(element));
    }

    fn value(self, vr: &str, value: &Value) -> Vec<u8> {
        match (vr, value) {
            (_, Value::Text(text)) => text.as_bytes().to_vec(),
            ("OW", Value::Bytes(bytes)) if self.big_endian => {
                assert!(bytes.len().is_multiple_of(2), "words");
                bytes.chunks(2).flat_map(|word| [word[1], word[0]]).collect()
            }
            (_, Value::Bytes(bytes)) => bytes.clone(),
            ("DS" | "IS", Value::Numbers(numbers)) => {
                let texts: Vec<String> = numbers.iter().map(|&number| decimal(number)).collect();
                texts.join("\\").into_bytes()
            }
            (_, Value::Numbers(numbers)) => {
                numbers.iter().flat_map(|&number| self.binary(vr, number)).collect()
            }
            (vr, value) => panic!("no value of {vr}: {value:?}"),
        }
    }

    fn binary(self, vr: &str, number: f64) -> Vec<u8> {
        match vr {
            "US" | "SS" | "AT" => self.u16(number as i64 as u16).to_vec(),
            "UL" | "SL" => self.u32(number as i64 as u32).to_vec(),
            "FD" => self.ordered(number.to_le_bytes()).to_vec(),
            "FL" => self.ordered((number as f32).to_le_bytes()).to_vec(),
            _ => panic!("{vr} holds no number"),
        }
    }

    fn u16(self, value: u16) -> [u8; 2] {
        self.ordered(value.to_le_bytes())
    }

    fn u32(self, value: u32) -> [u8; 4] {
        self.ordered(value.to_le_bytes())
    }

    fn ordered<const N: usize>(self, mut bytes: [u8; N]) -> [u8; N] {
        if self.big_endian {
            bytes.reverse();
        }
        bytes
    }
}
