//! Ways to damage a file or a data set.

use fastrand::Rng;

use crate::support::dicom::{
    dataset::{Dataset, Value},
    tags::{
        BITS_ALLOCATED, BITS_STORED, COLUMNS, HIGH_BIT, NUMBER_OF_FRAMES, PIXEL_DATA, PIXEL_REPRESENTATION,
        ROWS, SAMPLES_PER_PIXEL,
    },
};

/// Cuts a file, or changes some of its bits or bytes, more often near its head.
pub(crate) fn bytes(random: &mut Rng, file: &mut Vec<u8>) {
    match random.usize(..6) {
        0 => file.truncate(random.usize(..file.len())),
        1 => {
            let (from, more) = (random.usize(..file.len()), random.usize(..40));
            file.drain(from..(from + more).min(file.len()));
        }
        2 => {
            let at = random.usize(..file.len());
            let length = random.u64(..).to_le_bytes();
            file.splice(at..(at + 4).min(file.len()), length[..4].iter().copied());
        }
        kind => {
            let end = if kind == 3 { file.len() } else { file.len().min(4000) };
            for _ in 0..=random.usize(..8) {
                let at = 128 + random.usize(..end.saturating_sub(128).max(1));
                if let Some(byte) = file.get_mut(at) {
                    *byte ^= 1 << random.usize(..8);
                }
            }
        }
    }
}

/// Which part of an element is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The size of the image or of its numbers.
    Size,
    /// A number anywhere.
    Number,
    /// A text anywhere.
    Text,
    /// A length anywhere.
    Length,
    /// An element is gone.
    Absent,
    /// An element is empty.
    Empty,
    /// Fewer items, or more of the same.
    Items,
    /// The pixels.
    Pixels,
}

impl Form {
    pub(crate) fn any(random: &mut Rng) -> Self {
        let forms =
            [Self::Number, Self::Text, Self::Length, Self::Absent, Self::Empty, Self::Items, Self::Pixels];
        *forms.get(random.usize(..10)).unwrap_or(&Self::Size)
    }

    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Number => matches!(value, Value::Numbers(_)),
            Self::Text => matches!(value, Value::Text(_)),
            Self::Items => matches!(value, Value::Items(_)),
            _ => true,
        }
    }
}

/// Damages one element of a data set or of an item in it.
pub(crate) fn element(random: &mut Rng, form: Form, dataset: &mut Dataset) {
    match form {
        Form::Size => size(random, dataset),
        Form::Pixels => pixels(random, dataset),
        _ => {
            let Some(target) = inner(random, form, dataset) else { return };
            let fitting: Vec<(u16, u16)> =
                target.elements().filter(|(_, value)| form.fits(value)).map(|(tag, _)| tag).collect();
            let Some(&tag) = fitting.get(random.usize(..fitting.len().max(1))) else { return };
            if form == Form::Absent {
                target.take(tag);
            } else if let Some(value) = target.at(tag) {
                spoil(random, form, value);
            }
        }
    }
}

/// The data set, or more often an item somewhere within it that has such an element.
fn inner<'a>(random: &mut Rng, form: Form, dataset: &'a mut Dataset) -> Option<&'a mut Dataset> {
    let holding: Vec<(u16, u16)> = dataset
        .elements()
        .filter(|(_, value)| matches!(value, Value::Items(items) if !items.is_empty()))
        .map(|(tag, _)| tag)
        .collect();
    if holding.is_empty() || random.usize(..4) == 0 {
        let has_one = dataset.elements().any(|(_, value)| form.fits(value));
        return has_one.then_some(dataset);
    }
    let tag = holding[random.usize(..holding.len())];
    match dataset.at(tag) {
        Some(Value::Items(items)) => {
            let item = random.usize(..items.len());
            inner(random, form, &mut items[item])
        }
        _ => None,
    }
}

/// Rows, columns, bits and frames that are not those of the pixels.
fn size(random: &mut Rng, dataset: &mut Dataset) {
    let tags = [
        ROWS,
        COLUMNS,
        BITS_ALLOCATED,
        BITS_STORED,
        HIGH_BIT,
        NUMBER_OF_FRAMES,
        SAMPLES_PER_PIXEL,
        PIXEL_REPRESENTATION,
    ];
    for _ in 0..=random.usize(..2) {
        dataset.set(tags[random.usize(..tags.len())], extreme(random));
    }
}

fn extreme(random: &mut Rng) -> f64 {
    let some = [
        0.0,
        1.0,
        2.0,
        7.0,
        8.0,
        12.0,
        16.0,
        17.0,
        32.0,
        64.0,
        255.0,
        32_768.0,
        65_535.0,
        2_147_483_647.0,
        -1.0,
    ];
    match random.usize(..some.len() + 2) {
        n if n < some.len() => some[n],
        n if n == some.len() => random.usize(..200) as f64,
        _ => random.usize(..70_000) as f64,
    }
}

fn spoil(random: &mut Rng, form: Form, value: &mut Value) {
    match (form, &mut *value) {
        (Form::Empty, _) => *value = Value::Bytes(Vec::new()),
        (Form::Length, _) => {
            let claimed = [u32::MAX - 1, u32::MAX, 0x7FFF_FFFE, 0x4000_0000, 1 << 20, 13, random.u32(..)];
            *value = Value::Claimed(claimed[random.usize(..claimed.len())], vec![b'1'; random.usize(..40)]);
        }
        (Form::Number, Value::Numbers(numbers)) => match random.usize(..6) {
            0 => numbers.push(1.0),
            1 => numbers.truncate(numbers.len() / 2),
            _ => {
                let values = [0.0, -0.0, f64::NAN, f64::INFINITY, 1e300, -1e300, 1e-300, 1e9, -1.0, 1e6];
                let at = random.usize(..numbers.len());
                numbers[at] =
                    values[random.usize(..values.len())] + if random.usize(..3) == 0 { 0.01 } else { 0.0 };
            }
        },
        (Form::Text, Value::Text(text)) => {
            let texts = ["", "\\\\\\", "nan", "0,5", "-", "1e400", "99999999999999999999", "\u{0}\u{1}", "é"];
            *text = match random.usize(..=texts.len()) {
                n if n < texts.len() => texts[n].into(),
                _ => "x".repeat(random.usize(..3000)),
            };
        }
        (Form::Items, Value::Items(items)) => match random.usize(..4) {
            0 => items.clear(),
            1 => items.truncate(items.len() / 2),
            2 => items.push(Dataset::default()),
            _ => items.extend_from_within(..),
        },
        _ => {}
    }
}

/// Fewer pixels, more, none, or fragments where none should be.
fn pixels(random: &mut Rng, dataset: &mut Dataset) {
    match dataset.at((PIXEL_DATA.0, PIXEL_DATA.1)) {
        Some(Value::Fragments(fragments)) => fragment(random, fragments),
        Some(value) => {
            let Value::Bytes(bytes) = &mut *value else { return };
            let mut bytes = std::mem::take(bytes);
            *value = match random.usize(..6) {
                0 => Value::Fragments(Vec::new()),
                1 => Value::Fragments(vec![Vec::new(); 1 + random.usize(..20)]),
                2 => Value::Fragments(bytes.chunks(64 + 2 * random.usize(..400)).map(Vec::from).collect()),
                3 => Value::Claimed(u32::MAX - 1, bytes),
                4 => {
                    bytes.truncate(random.usize(..bytes.len()) & !1);
                    Value::Bytes(bytes)
                }
                _ => {
                    bytes.resize(bytes.len() + 2 * random.usize(..200), 7);
                    Value::Bytes(bytes)
                }
            };
        }
        None => {}
    }
}

fn fragment(random: &mut Rng, fragments: &mut Vec<Vec<u8>>) {
    let which = random.usize(..fragments.len());
    match random.usize(..6) {
        0 => fragments.clear(),
        1 => fragments[which].clear(),
        2 => fragments.insert(which, Vec::new()),
        3 => {
            fragments.remove(which);
        }
        4 => {
            let keep = random.usize(..fragments[which].len());
            fragments[which].truncate(keep & !1);
        }
        _ => {
            let at = random.usize(..fragments[which].len());
            fragments[which][at] ^= 1 << random.usize(..8);
        }
    }
}
