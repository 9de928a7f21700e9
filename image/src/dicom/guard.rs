//! Walking the elements before the pixel data without trusting any length.
//!
//! A length must fit into the rest of its item, its sequence and the file before a byte of the value is read or a byte of
//! memory is allocated. Open sequences and items are kept in a list and not on the stack.

use std::io::Read as _;

use dicom_core::{
    Tag, VR,
    dictionary::{DataDictionary as _, DataDictionaryEntry, VirtualVr},
    header::{DataElementHeader, SequenceItemHeader},
};
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::{
    encoding::Encoding,
    error::DicomError,
    header::Header,
    source::{CHUNK, Source},
};
use crate::{contained::contained, memory::reserve_tightly};

/// Maximum nesting of sequences and items; real files reach about 10 sequences.
const MAX_DEPTH: usize = 64;

/// Maximum number of elements, sequences and items of a header; a segmentation of 10 000 frames has about 700 000.
const MAX_ELEMENTS: usize = 1 << 21;

/// Maximum length in bytes of values that are kept although they are never read.
const MAX_UNREAD: u32 = 64 * 1024;

const ITEM: Tag = Tag(0xfffe, 0xe000);
const ITEM_DELIMITATION: Tag = Tag(0xfffe, 0xe00d);

/// The pixel data element.
pub(super) struct PixelElement {
    /// Where its value starts.
    pub(super) at: u64,
    pub(super) vr: VR,
    /// `None` when it is in fragments.
    pub(super) length: Option<u32>,
}

/// Walks a data set from `at` to its pixel data or its end. Returns the elements before the pixel data.
pub(super) fn walk(
    source: &mut Source,
    encoding: Encoding,
    at: u64,
    end: End,
) -> Result<(Header, Option<PixelElement>), DicomError> {
    let guarded = contained(|| {
        let mut walk = Walk::new(source, encoding, at, end);
        let pixels = walk.run()?;
        walk.header.shrink();
        Ok((walk.header, pixels))
    });
    guarded.unwrap_or(Err(DicomError::Unreadable))
}

/// Where a data set ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// At this position, the end of the file.
    At(u64),
    /// With its compressed stream. The elements before the pixel data must end by this position.
    Within(u64),
}

/// An open sequence or item.
struct Level {
    is_item: bool,
    /// Where it ends by its stated length; `None` when a delimiter ends it.
    closes_at: Option<u64>,
    /// Where it must end at the latest.
    end: u64,
    /// Its index in the header.
    index: usize,
    /// The encoding of the elements after it.
    outside: Encoding,
}

struct Walk<'s> {
    source: &'s mut Source,
    position: u64,
    end: End,
    encoding: Encoding,
    levels: Vec<Level>,
    count: usize,
    signed_pixels: bool,
    header: Header,
}

impl<'s> Walk<'s> {
    fn new(source: &'s mut Source, encoding: Encoding, position: u64, end: End) -> Self {
        let header = Header::new(encoding.big_endian());
        let levels = Vec::new();
        Self { source, position, end, encoding, levels, count: 0, signed_pixels: false, header }
    }

    fn run(&mut self) -> Result<Option<PixelElement>, DicomError> {
        loop {
            self.close_full_levels()?;
            self.count += 1;
            if self.count > MAX_ELEMENTS {
                return Err(DicomError::TooMany { max: MAX_ELEMENTS });
            }
            match self.levels.last().map(|level| level.is_item) {
                None if self.ends()? => return Ok(None),
                Some(false) => self.item()?,
                _ => {
                    if let Some(pixels) = self.element()? {
                        return Ok(Some(pixels));
                    }
                }
            }
        }
    }

    /// Closes the sequences and items that end here by their stated lengths.
    fn close_full_levels(&mut self) -> Result<(), DicomError> {
        while let Some(closes_at) = self.levels.last().and_then(|level| level.closes_at) {
            if self.position < closes_at {
                break;
            }
            if self.position > closes_at {
                return Err(DicomError::Damaged { at: self.position });
            }
            self.close();
        }
        Ok(())
    }

    fn close(&mut self) {
        if let Some(level) = self.levels.pop() {
            self.header.close(level.index);
            self.encoding = level.outside;
        }
    }

    /// Whether the data set ends here. Zero bytes that are too few for an element are padding.
    fn ends(&mut self) -> Result<bool, DicomError> {
        if self.source.at_end()? {
            return Ok(true);
        }
        let End::At(end) = self.end else { return Ok(false) };
        let left = end.saturating_sub(self.position);
        if left >= 8 {
            return Ok(false);
        }
        let mut rest = [0; 8];
        let rest = &mut rest[..left as usize];
        self.source.read_exact(rest).map_err(|error| DicomError::from_read(error, self.position))?;
        if rest.iter().all(|&byte| byte == 0) {
            Ok(true)
        } else {
            Err(DicomError::CutShort { at: self.position })
        }
    }

    /// The next item of the innermost sequence, or the sequence's end.
    fn item(&mut self) -> Result<(), DicomError> {
        let at = self.position;
        let header = self.encoding.item_header(self.source, at)?;
        self.position += 8;
        match header {
            SequenceItemHeader::Item { len } => self.open(ITEM, true, len.get(), at),
            SequenceItemHeader::SequenceDelimiter => self.delimit(at),
            SequenceItemHeader::ItemDelimiter => Err(DicomError::Damaged { at }),
        }
    }

    /// Closes the innermost level at its delimiter; it must have no stated length.
    fn delimit(&mut self, at: u64) -> Result<(), DicomError> {
        if self.levels.last().is_none_or(|level| level.closes_at.is_some()) {
            return Err(DicomError::Damaged { at });
        }
        self.close();
        Ok(())
    }

    fn open(&mut self, tag: Tag, is_item: bool, length: Option<u32>, at: u64) -> Result<(), DicomError> {
        if self.levels.len() >= MAX_DEPTH {
            return Err(DicomError::TooDeep { at, max: MAX_DEPTH / 2 });
        }
        let closes_at = length.map(|length| self.end_of(length, at)).transpose()?;
        let index = self.header.open(tag)?;
        let end = closes_at.unwrap_or_else(|| self.innermost_end());
        self.levels.push(Level { is_item, closes_at, end, index, outside: self.encoding });
        Ok(())
    }

    fn innermost_end(&self) -> u64 {
        let (End::At(end) | End::Within(end)) = self.end;
        self.levels.last().map_or(end, |level| level.end)
    }

    /// The end of `length` bytes from here on, if they fit into the innermost level and the data set.
    fn end_of(&self, length: u32, at: u64) -> Result<u64, DicomError> {
        let end = self.position + u64::from(length);
        let max = self.innermost_end();
        match self.end {
            _ if end <= max => Ok(end),
            End::Within(whole) if max == whole => Err(DicomError::Bomb { max }),
            _ => {
                let left = max.saturating_sub(self.position);
                Err(DicomError::TooLong { at, claimed: u64::from(length), left })
            }
        }
    }

    /// The next element, or the end of the innermost item; the pixel data ends the walk.
    fn element(&mut self) -> Result<Option<PixelElement>, DicomError> {
        let at = self.position;
        let (header, bytes) = self.encoding.header(self.source, at)?;
        self.position += bytes as u64;
        let (tag, length) = (header.tag, header.len.get());
        if tag == ITEM_DELIMITATION {
            self.delimit(at)?;
        } else if tag.group() == 0xfffe {
            return Err(DicomError::Damaged { at });
        } else if tag == tags::PIXEL_DATA {
            if self.levels.is_empty() {
                return Ok(Some(PixelElement { at: self.position, vr: header.vr, length }));
            }
            self.skip_pixels(length, at)?;
        } else {
            self.enter_or_keep(header, at)?;
        }
        Ok(None)
    }

    fn enter_or_keep(&mut self, header: DataElementHeader, at: u64) -> Result<(), DicomError> {
        let (tag, length) = (header.tag, header.len.get());
        let vr = self.actual_vr(header);
        if vr != VR::SQ && length.is_some() {
            return self.keep(tag, vr, length.unwrap_or(0), at);
        }
        self.open(tag, false, length, at)?;
        if header.vr == VR::UN && self.encoding == Encoding::ExplicitLittle {
            // a sequence unknown to its writer keeps its original implicit encoding
            self.encoding = Encoding::Implicit;
        }
        Ok(())
    }

    /// The VR of an element's value, where the stated one is UN or contradicts the sign of the pixels.
    fn actual_vr(&mut self, header: DataElementHeader) -> VR {
        let known = || StandardDataDictionary.by_tag(header.tag).map(DataDictionaryEntry::vr);
        match header.vr {
            VR::UN if self.encoding == Encoding::ExplicitLittle => known().map_or(VR::UN, VirtualVr::relaxed),
            VR::US if self.signed_pixels && known() == Some(VirtualVr::Xs) => VR::SS,
            vr => vr,
        }
    }

    /// Keeps a value, or skips a large one that is never read.
    fn keep(&mut self, tag: Tag, vr: VR, length: u32, at: u64) -> Result<(), DicomError> {
        let end = self.end_of(length, at)?;
        if length == 0 {
            self.header.push_empty(tag)?;
        } else if length > MAX_UNREAD && !is_needed(tag, vr) {
            self.skip(length)?;
            self.header.push_empty(tag)?;
        } else {
            let source = &mut *self.source;
            self.header.push_value(tag, vr, length, |bytes| append(source, bytes, length, at))?;
        }
        self.position = end;
        if tag == tags::PIXEL_REPRESENTATION && self.levels.is_empty() {
            self.signed_pixels = self.last_value().is_some_and(|value| value.iter().any(|&byte| byte != 0));
        }
        Ok(())
    }

    fn last_value(&self) -> Option<&[u8]> {
        let last = self.header.entry(self.header.len().checked_sub(1)?)?;
        self.header.value(last).map(|(_, value)| value)
    }

    /// Skips pixel data inside an item, as of an icon.
    fn skip_pixels(&mut self, length: Option<u32>, at: u64) -> Result<(), DicomError> {
        if let Some(length) = length {
            let end = self.end_of(length, at)?;
            self.skip(length)?;
            self.position = end;
            return Ok(());
        }
        loop {
            let at = self.position;
            let header = self.encoding.item_header(self.source, at)?;
            self.position += 8;
            let SequenceItemHeader::Item { len } = header else { return Ok(()) };
            let length = len.get().ok_or(DicomError::Damaged { at })?;
            let end = self.end_of(length, at)?;
            self.skip(length)?;
            self.position = end;
        }
    }

    fn skip(&mut self, length: u32) -> Result<(), DicomError> {
        self.source.skip(u64::from(length))
    }
}

/// Whether a value is kept whatever its size: all numbers, as lists of them may be long (contours).
fn is_needed(tag: Tag, vr: VR) -> bool {
    tag == tags::EXTENDED_OFFSET_TABLE
        || matches!(
            vr,
            VR::DS | VR::IS | VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV | VR::FL | VR::FD | VR::AT
        )
}

/// Appends `length` bytes, in chunks: bytes that are claimed but not there take no memory.
fn append(source: &mut Source, bytes: &mut Vec<u8>, length: u32, at: u64) -> Result<(), DicomError> {
    let mut left = length as usize;
    while left > 0 {
        let step = left.min(CHUNK);
        reserve_tightly(bytes, step)?;
        let filled = bytes.len();
        bytes.resize(filled + step, 0);
        source.read_exact(&mut bytes[filled..]).map_err(|error| DicomError::from_read(error, at))?;
        left -= step;
    }
    Ok(())
}
