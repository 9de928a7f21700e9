//! The tile-parts of a JPEG 2000 image: they follow each other to its end, and each tile has one.

use std::borrow::Cow;

use super::{
    codestream::segment,
    error::Damage,
    jpeg2000_header::{
        COMMENT, MIN_TILE_PART, START_OF_TILE_PART, TILE_VARIATIONS, UNUSUAL, VARIATIONS, VARIED,
    },
};

const PACKET_LENGTHS: u8 = 0x58;
const START_OF_DATA: [u8; 2] = [0xff, 0x93];
const END: [u8; 2] = [0xff, 0xd9];

/// The tile-parts that the main header lists (TLM), if it lists any.
#[derive(Default)]
pub(super) struct Lengths {
    /// Segments so far, which number themselves.
    segments: usize,
    /// The tile, where it is told, and the number of bytes.
    parts: Vec<(Option<usize>, usize)>,
}

impl Lengths {
    /// Appends the tile-parts of a segment.
    ///
    /// # Reference
    /// ITU-T T.800 section A.7.1.
    pub(super) fn append(&mut self, body: &[u8]) -> Result<(), Damage> {
        let (&[number, sizes], entries) = body.split_first_chunk().ok_or(Damage::CutShort)?;
        let tile_bytes = usize::from(sizes >> 4 & 3);
        let length_bytes = if sizes & 0x40 == 0 { 2 } else { 4 };
        let known = tile_bytes <= 2 && sizes & 0x8f == 0 && usize::from(number) == self.segments;
        if !known || !entries.len().is_multiple_of(tile_bytes + length_bytes) {
            return Err(Damage::Parts);
        }
        let number = |bytes: &[u8]| bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte));
        self.segments += 1;
        self.parts.extend(entries.chunks_exact(tile_bytes + length_bytes).map(|entry| {
            let (tile, length) = entry.split_at(tile_bytes);
            (Some(number(tile)).filter(|_| tile_bytes > 0), number(length))
        }));
        Ok(())
    }

    /// Whether a part is as listed; all are where nothing is listed.
    fn agree(&self, index: usize, tile: usize, length: usize) -> bool {
        self.segments == 0
            || self.parts.get(index).is_some_and(|&(listed, bytes)| {
                // without numbers, each tile has one part
                listed.unwrap_or(index) == tile && bytes == length
            })
    }

    fn is_count(&self, count: usize) -> bool {
        self.segments == 0 || self.parts.len() == count
    }
}

/// The image from its start to its end marker. Padding after the marker is left out, and a missing one added.
///
/// `first` is where the first tile-part starts.
pub(super) fn whole_image<'a>(
    bytes: &'a [u8],
    first: usize,
    tiles: usize,
    lengths: &Lengths,
) -> Result<Cow<'a, [u8]>, Damage> {
    let mut parts_of_tile = vec![0_usize; tiles];
    let (mut at, mut count) = (first, 0);
    while bytes.get(at..at + 2).is_some_and(|marker| marker == [0xff, START_OF_TILE_PART]) {
        let (_, body, header) = segment(bytes, at).ok_or(Damage::CutShort)?;
        let part = TilePart::read(body).ok_or(Damage::Parts)?;
        let parts = parts_of_tile.get_mut(part.tile).filter(|parts| **parts == part.index);
        *parts.ok_or(Damage::Parts)? += 1;
        let end = match part.length {
            0 => end_marker(bytes).ok_or(Damage::CutShort)?,
            length => at.saturating_add(length),
        };
        check_tile_part(bytes.get(..end).ok_or(Damage::CutShort)?, header)?;
        if !lengths.agree(count, part.tile, end - at) {
            return Err(Damage::Parts);
        }
        (at, count) = (end, count + 1);
    }
    if parts_of_tile.contains(&0) || !lengths.is_count(count) {
        return Err(Damage::Parts);
    }
    if end_marker(bytes) == Some(at) {
        Ok(Cow::Borrowed(&bytes[..at + END.len()]))
    } else if bytes.len() - at <= 1 {
        Ok(Cow::Owned([&bytes[..at], &END].concat()))
    } else {
        Err(Damage::Parts)
    }
}

/// The header of a tile-part.
struct TilePart {
    tile: usize,
    /// Bytes from the start of the header, 0 for all the rest.
    length: usize,
    /// Which part of its tile it is.
    index: usize,
}

impl TilePart {
    fn read(body: &[u8]) -> Option<Self> {
        let &[tile_high, tile, a, b, c, d, index, _parts] = body else { return None };
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let tile = u16::from_be_bytes([tile_high, tile]).into();
        Some(Self { tile, length, index: index.into() }).filter(|_| length == 0 || length >= MIN_TILE_PART)
    }
}

/// Checks the segments of a tile-part between its header and its data.
fn check_tile_part(part: &[u8], header_end: usize) -> Result<(), Damage> {
    let (mut at, mut packets) = (header_end, None);
    while part.get(at..at + 2).ok_or(Damage::Parts)? != START_OF_DATA {
        let (marker, body, end) = segment(part, at).ok_or(Damage::Parts)?;
        match marker {
            PACKET_LENGTHS => {
                let bytes = packet_bytes(body).ok_or(Damage::Parts)?;
                packets = Some(packets.unwrap_or(0_usize).saturating_add(bytes));
            }
            COMMENT => {}
            _ if VARIATIONS.contains(&marker) || TILE_VARIATIONS.contains(&marker) => return Err(VARIED),
            _ => return Err(UNUSUAL),
        }
        at = end;
    }
    let data = part.len() - at - START_OF_DATA.len();
    if packets.is_none_or(|bytes| bytes == data) { Ok(()) } else { Err(Damage::Parts) }
}

/// The sum of the packet lengths that a segment lists (PLT), in groups of seven bits.
fn packet_bytes(body: &[u8]) -> Option<usize> {
    let (_number, lengths) = body.split_first()?;
    let (mut sum, mut length) = (0_usize, 0_usize);
    for &byte in lengths {
        length = length << 7 | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            sum = sum.saturating_add(length);
            length = 0;
        }
    }
    Some(sum).filter(|_| lengths.last().is_none_or(|&byte| byte & 0x80 == 0))
}

/// Where the end marker is, before padding of bytes of 0 and 255.
fn end_marker(bytes: &[u8]) -> Option<usize> {
    let padding = bytes.iter().rev().take_while(|&&byte| byte == 0 || byte == 0xff).count();
    bytes[..bytes.len() - padding].strip_suffix(&END).map(<[u8]>::len)
}
