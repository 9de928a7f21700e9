//! The elements before the pixel data, in two flat lists.
//!
//! This takes less than four times the bytes of any header. A tree of maps would take up to seventeen times those of a
//! structure set or of per-frame functional groups.

use dicom_core::{Tag, VR};

use super::{character_set::CharacterSet, error::DicomError};
use crate::memory::reserve_tightly;

/// An element, sequence or item. The entries inside a sequence or item directly follow it.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub(super) tag: Tag,
    /// Where its VR and value start in the bytes, or [`NESTED`].
    at: u32,
    /// The length of its value; of a sequence or item, the index of the first entry after it.
    length: u32,
}

/// The position of a sequence or item, which has no value.
const NESTED: u32 = u32::MAX;

/// Length of a VR in bytes.
const VR_BYTES: usize = 2;

impl Entry {
    pub(super) fn is_nested(self) -> bool {
        self.at == NESTED
    }
}

/// The entries in the order of the file.
pub(super) struct Header {
    entries: Vec<Entry>,
    /// For each element with a value, its two-letter VR and the value as stored.
    bytes: Vec<u8>,
    pub(super) big_endian: bool,
    pub(super) character_set: CharacterSet,
}

impl Header {
    pub(super) fn new(big_endian: bool) -> Self {
        let character_set = CharacterSet::default();
        Self { entries: Vec::new(), bytes: Vec::new(), big_endian, character_set }
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn entry(&self, index: usize) -> Option<Entry> {
        self.entries.get(index).copied()
    }

    /// The index of the next entry on the same level.
    pub(super) fn next(&self, index: usize) -> usize {
        match self.entries.get(index) {
            Some(entry) if entry.is_nested() => (entry.length as usize).max(index + 1),
            _ => index + 1,
        }
    }

    /// The VR and value of an element; `None` when it is empty or nested.
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

    /// Adds an element; `fill` appends its value to the bytes, exactly `length` of them.
    pub(super) fn push_value(
        &mut self,
        tag: Tag,
        vr: VR,
        length: u32,
        fill: impl FnOnce(&mut Vec<u8>) -> Result<(), DicomError>,
    ) -> Result<(), DicomError> {
        let at = u32::try_from(self.bytes.len()).ok().filter(|&at| at != NESTED);
        let at = at.ok_or(DicomError::Memory { bytes: self.bytes.len() as u64 })?;
        reserve_tightly(&mut self.bytes, VR_BYTES)?;
        self.bytes.extend(vr.to_bytes());
        fill(&mut self.bytes)?;
        self.push(Entry { tag, at, length })
    }

    /// Adds a sequence or item. The returned index is passed to `close` when all its entries are added.
    pub(super) fn open(&mut self, tag: Tag) -> Result<usize, DicomError> {
        self.push(Entry { tag, at: NESTED, length: 0 })?;
        Ok(self.entries.len() - 1)
    }

    pub(super) fn close(&mut self, index: usize) {
        let end = self.entries.len() as u32;
        if let Some(entry) = self.entries.get_mut(index) {
            entry.length = end;
        }
    }

    fn push(&mut self, entry: Entry) -> Result<(), DicomError> {
        reserve_tightly(&mut self.entries, 1)?;
        self.entries.push(entry);
        Ok(())
    }

    /// Frees unused memory.
    pub(super) fn shrink(&mut self) {
        self.entries.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }
}
