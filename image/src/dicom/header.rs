//! The elements before the pixel data, kept in one piece of memory.
//!
//! A tree of maps takes up to seventeen times the bytes of a structure set or of per-frame groups; this
//! takes less than four times the bytes of any header.

use dicom_core::{Tag, VR};
use dicom_encoding::text::SpecificCharacterSet;

use super::error::DicomError;

/// An element, sequence or item; those inside a sequence or an item follow it directly.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) tag: Tag,
    /// Where its VR and value start in the bytes, or a mark.
    at: u32,
    /// Bytes of its value; of a sequence or item, the number of the first entry after it.
    length: u32,
}

/// In place of a position: a sequence or an item.
const NESTED: u32 = u32::MAX;

/// Bytes of a VR.
const VR_BYTES: usize = 2;

impl Entry {
    pub(super) fn is_nested(self) -> bool {
        self.at == NESTED
    }
}

/// The entries in the order of the file.
pub(super) struct Header {
    entries: Vec<Entry>,
    /// Of each element with a value: two letters of VR, then the value as stored.
    bytes: Vec<u8>,
    pub(super) big_endian: bool,
    pub(super) character_set: SpecificCharacterSet,
}

impl Header {
    pub(super) fn new(big_endian: bool) -> Self {
        let character_set = SpecificCharacterSet::default();
        Self { entries: Vec::new(), bytes: Vec::new(), big_endian, character_set }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entry(&self, at: usize) -> Option<Entry> {
        self.entries.get(at).copied()
    }

    /// The number of the entry that follows this one on the same level.
    pub(super) fn next(&self, at: usize) -> usize {
        match self.entries.get(at) {
            Some(entry) if entry.is_nested() => (entry.length as usize).max(at + 1),
            _ => at + 1,
        }
    }

    /// VR and value of an element; none when it is empty or nested.
    pub(super) fn value(&self, entry: Entry) -> Option<(VR, &[u8])> {
        if entry.is_nested() || entry.length == 0 {
            return None;
        }
        let start = entry.at as usize;
        let stored = self.bytes.get(start..start + VR_BYTES + entry.length as usize)?;
        let (vr, value) = stored.split_at(VR_BYTES);
        Some((VR::from_binary([vr[0], vr[1]])?, value))
    }

    /// Adds an element without a value, or with one that is not kept.
    pub(super) fn push_empty(&mut self, tag: Tag) -> Result<(), DicomError> {
        self.push(Entry { tag, at: 0, length: 0 })
    }

    /// Adds an element whose value `fill` appends to the bytes, exactly `length` of them.
    pub(super) fn push_value(
        &mut self,
        tag: Tag,
        vr: VR,
        length: u32,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), DicomError>,
    ) -> Result<(), DicomError> {
        let at = u32::try_from(self.bytes.len()).ok().filter(|&at| at != NESTED);
        let at = at.ok_or(DicomError::Memory { bytes: self.bytes.len() as u64 })?;
        reserve(&mut self.bytes, VR_BYTES)?;
        self.bytes.extend(vr.to_bytes());
        fill(&mut self.bytes)?;
        self.push(Entry { tag, at, length })
    }

    /// Adds a sequence or an item; its number is given to `close` when all inside it is added.
    pub(super) fn open(&mut self, tag: Tag) -> Result<usize, DicomError> {
        self.push(Entry { tag, at: NESTED, length: 0 })?;
        Ok(self.entries.len() - 1)
    }

    pub(super) fn close(&mut self, number: usize) {
        let end = self.entries.len() as u32;
        if let Some(entry) = self.entries.get_mut(number) {
            entry.length = end;
        }
    }

    fn push(&mut self, entry: Entry) -> Result<(), DicomError> {
        reserve(&mut self.entries, 1)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Gives back what was reserved and not used.
    pub(super) fn shrink(&mut self) {
        self.entries.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }
}

/// Makes room for so many more. Growing by a quarter keeps what is reserved near what is used.
pub(super) fn reserve<T>(vec: &mut Vec<T>, more: usize) -> Result<(), DicomError> {
    if vec.capacity() - vec.len() < more {
        let growth = more.max(vec.len() / 4).max(64);
        let bytes = ((vec.len() + growth) * size_of::<T>()) as u64;
        vec.try_reserve_exact(growth).map_err(|_| DicomError::Memory { bytes })?;
    }
    Ok(())
}
