//! The walk over the elements before the pixel data, which trusts no length.
//!
//! A length must fit into what is left of its item, its sequence and the file before a byte of the value
//! is read or a byte of memory taken. Nesting is kept on a list and not on the stack.

use std::{
    io::Read as _,
    panic::{AssertUnwindSafe, catch_unwind},
};

use dicom_core::{
    Tag, VR,
    dictionary::{DataDictionary as _, DataDictionaryEntry, VirtualVr},
    header::{DataElementHeader, SequenceItemHeader},
};
use dicom_dictionary_std::{StandardDataDictionary, tags};

use super::{
    encoding::Encoding,
    error::DicomError,
    header::{Header, reserve},
    source::{CHUNK, Source},
    transfer_syntax::TransferSyntax,
};

/// Sequences and items within each other; real files reach about 10 sequences.
const DEEPEST: usize = 64;

/// Elements, sequences and items of a header; a segmentation of 10 000 frames has about 700 000.
const MAX_ELEMENTS: usize = 1 << 21;

/// Bytes of a value that nobody needs and that is kept all the same.
const SMALL: u32 = 64 * 1024;

const ITEM: Tag = Tag(0xfffe, 0xe000);
const ITEM_DELIMITATION: Tag = Tag(0xfffe, 0xe00d);

/// The pixel data element where the walk stopped.
pub(super) struct Found {
    /// Where its value starts.
    pub(super) at: u64,
    pub(super) vr: VR,
    /// None when it is in fragments.
    pub(super) length: Option<u32>,
}

/// Walks a data set from `at` to its pixel data, or to its end.
///
/// `end` is where the data set ends at the latest; `exact` says that it does end there.
pub(super) fn walk(
    source: &mut Source,
    syntax: TransferSyntax,
    at: u64,
    end: End,
) -> Result<(Header, Option<Found>), DicomError> {
    let guarded = catch_unwind(AssertUnwindSafe(|| {
        let mut walk = Walk::new(source, syntax, at, end);
        let found = walk.run()?;
        walk.header.shrink();
        Ok((walk.header, found))
    }));
    guarded.unwrap_or(Err(DicomError::Unreadable))
}

/// Where a data set ends.
#[derive(Clone, Copy)]
pub(super) enum End {
    /// With the file.
    At(u64),
    /// With its compressed stream; the elements before the pixel data may not inflate to more.
    Within(u64),
}

/// A sequence or an item that is open.
struct Level {
    is_item: bool,
    /// Where it ends by its stated length; none when a delimiter ends it.
    closes_at: Option<u64>,
    /// No byte of it lies further on.
    end: u64,
    number: usize,
    /// How the elements after it are written.
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
    fn new(source: &'s mut Source, syntax: TransferSyntax, position: u64, end: End) -> Self {
        let encoding = Encoding::of(syntax);
        let header = Header::new(syntax.big_endian());
        let levels = Vec::new();
        Self { source, position, end, encoding, levels, count: 0, signed_pixels: false, header }
    }

    fn run(&mut self) -> Result<Option<Found>, DicomError> {
        loop {
            self.close_full_levels()?;
            self.count += 1;
            if self.count > MAX_ELEMENTS {
                return Err(DicomError::TooMany { most: MAX_ELEMENTS });
            }
            match self.levels.last().map(|level| level.is_item) {
                None if self.ends()? => return Ok(None),
                Some(false) => self.item()?,
                _ => {
                    if let Some(found) = self.element()? {
                        return Ok(Some(found));
                    }
                }
            }
        }
    }

    /// Closes what ends here by its stated length.
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
            self.header.close(level.number);
            self.encoding = level.outside;
        }
    }

    /// Whether the data set ends here. Fewer bytes than a header are padding when they are zero.
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

    /// Closes the innermost level, which must be one without a stated length.
    fn delimit(&mut self, at: u64) -> Result<(), DicomError> {
        if self.levels.last().is_none_or(|level| level.closes_at.is_some()) {
            return Err(DicomError::Damaged { at });
        }
        self.close();
        Ok(())
    }

    fn open(&mut self, tag: Tag, is_item: bool, length: Option<u32>, at: u64) -> Result<(), DicomError> {
        if self.levels.len() >= DEEPEST {
            return Err(DicomError::TooDeep { at, most: DEEPEST / 2 });
        }
        let closes_at = length.map(|length| self.fits(length, at)).transpose()?;
        let number = self.header.open(tag)?;
        let end = closes_at.unwrap_or_else(|| self.innermost_end());
        self.levels.push(Level { is_item, closes_at, end, number, outside: self.encoding });
        Ok(())
    }

    fn innermost_end(&self) -> u64 {
        let (End::At(end) | End::Within(end)) = self.end;
        self.levels.last().map_or(end, |level| level.end)
    }

    /// Where so many bytes from here end, if they fit into what they lie in.
    fn fits(&self, length: u32, at: u64) -> Result<u64, DicomError> {
        let end = self.position + u64::from(length);
        let most = self.innermost_end();
        match self.end {
            _ if end <= most => Ok(end),
            End::Within(whole) if most == whole => Err(DicomError::Bomb { most }),
            _ => {
                let left = most.saturating_sub(self.position);
                Err(DicomError::TooLong { at, claimed: u64::from(length), left })
            }
        }
    }

    /// The next element, or the end of the item it would be in; the pixel data ends the walk.
    fn element(&mut self) -> Result<Option<Found>, DicomError> {
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
                return Ok(Some(Found { at: self.position, vr: header.vr, length }));
            }
            self.skip_pixels(length, at)?;
        } else {
            self.enter_or_keep(header, at)?;
        }
        Ok(None)
    }

    fn enter_or_keep(&mut self, header: DataElementHeader, at: u64) -> Result<(), DicomError> {
        let (tag, length) = (header.tag, header.len.get());
        let vr = self.meant(header);
        if vr != VR::SQ && length.is_some() {
            return self.keep(tag, vr, length.unwrap_or(0), at);
        }
        self.open(tag, false, length, at)?;
        if header.vr == VR::UN && self.encoding == Encoding::ExplicitLittle {
            // a sequence that its writer did not know keeps the implicit encoding it came with
            self.encoding = Encoding::Implicit;
        }
        Ok(())
    }

    /// The VR that an element's value has.
    fn meant(&mut self, header: DataElementHeader) -> VR {
        let known = || StandardDataDictionary.by_tag(header.tag).map(DataDictionaryEntry::vr);
        match header.vr {
            VR::UN if self.encoding == Encoding::ExplicitLittle => known().map_or(VR::UN, VirtualVr::relaxed),
            VR::US if self.signed_pixels && known() == Some(VirtualVr::Xs) => VR::SS,
            vr => vr,
        }
    }

    /// Takes a value into memory, or passes over a large one that nobody needs.
    fn keep(&mut self, tag: Tag, vr: VR, length: u32, at: u64) -> Result<(), DicomError> {
        let end = self.fits(length, at)?;
        if length == 0 {
            self.header.push_empty(tag)?;
        } else if length > SMALL && !is_needed(tag, vr) {
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

    /// Passes over pixel data within an item, as of an icon.
    fn skip_pixels(&mut self, length: Option<u32>, at: u64) -> Result<(), DicomError> {
        if let Some(length) = length {
            let end = self.fits(length, at)?;
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
            let end = self.fits(length, at)?;
            self.skip(length)?;
            self.position = end;
        }
    }

    fn skip(&mut self, length: u32) -> Result<(), DicomError> {
        self.source.skip(u64::from(length))
    }
}

/// Whether a value is kept whatever its size: numbers and lists of them, as of contours.
fn is_needed(tag: Tag, vr: VR) -> bool {
    tag == tags::EXTENDED_OFFSET_TABLE
        || matches!(
            vr,
            VR::DS | VR::IS | VR::US | VR::SS | VR::UL | VR::SL | VR::UV | VR::SV | VR::FL | VR::FD | VR::AT
        )
}

/// Appends so many bytes, some at a time, so that bytes that are claimed but not there take no memory.
fn append(source: &mut Source, bytes: &mut Vec<u8>, length: u32, at: u64) -> Result<(), DicomError> {
    let mut left = length as usize;
    while left > 0 {
        let step = left.min(CHUNK);
        reserve(bytes, step)?;
        let filled = bytes.len();
        bytes.resize(filled + step, 0);
        source.read_exact(&mut bytes[filled..]).map_err(|error| DicomError::from_read(error, at))?;
        left -= step;
    }
    Ok(())
}
