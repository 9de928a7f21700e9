//! The headers of a JPEG 2000 codestream: image size, tiling, coding style and tile-parts.

use super::{
    codestream::{Codestream, segment, short},
    error::Damage,
};

const START: [u8; 2] = [0xff, 0x4f];
const END: [u8; 2] = [0xff, 0xd9];
const SIZE: u8 = 0x51;
const CODING_STYLE: u8 = 0x52;
const COMPONENT_CODING_STYLE: u8 = 0x53;
const PROGRESSION_CHANGE: u8 = 0x5f;
const START_OF_TILE_PART: u8 = 0x90;
const START_OF_DATA: [u8; 2] = [0xff, 0x93];
/// Minimum number of bytes of a tile-part: its header and the marker of its data.
const MIN_TILE_PART: usize = 14;

/// The main header, checked against the size of the codestream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Jpeg2000Header {
    pub(super) codestream: Codestream,
    /// Whether the wavelet is the reversible (lossless) one.
    pub(super) reversible: bool,
}

/// The size segment: image and tiles on the reference grid.
struct Size {
    image: [usize; 2],
    tiles: usize,
}

impl Jpeg2000Header {
    /// Whether these bytes start an image.
    pub(super) fn starts(bytes: &[u8]) -> bool {
        bytes.starts_with(&START)
    }

    /// Reads the main header and walks the tile-parts.
    ///
    /// Every packet takes at least a byte and every tile a tile-part, so an image with more pieces than bytes is damaged
    /// or made to exhaust a decoder.
    ///
    /// # Reference
    /// ITU-T T.800 annex A.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Damage> {
        if !Self::starts(bytes) {
            return Err(Damage::NotCodestream { expected: "a JPEG 2000 codestream" });
        }
        let (marker, body, mut at) = segment(bytes, START.len()).ok_or(Damage::CutShort)?;
        if marker != SIZE {
            return Err(Damage::NotCodestream {
                expected: "a JPEG 2000 codestream that starts with its size",
            });
        }
        let (size, codestream) = size(body).ok_or(Damage::Parts)?;
        if size.tiles > bytes.len() / MIN_TILE_PART {
            return Err(Damage::TooFewBytes);
        }
        let mut style = None;
        loop {
            let (marker, body, end) = segment(bytes, at).ok_or(Damage::CutShort)?;
            match marker {
                START_OF_TILE_PART => break,
                CODING_STYLE => style = Some(Style::read(body).ok_or(Damage::Parts)?),
                COMPONENT_CODING_STYLE | PROGRESSION_CHANGE => return Err(VARIED),
                _ => {}
            }
            at = end;
        }
        let style = style.ok_or(Damage::Parts)?;
        if style.min_packets(&size) > bytes.len() {
            return Err(Damage::TooFewBytes);
        }
        walk_tile_parts(bytes, at, size.tiles)?;
        Ok(Self { codestream, reversible: style.reversible })
    }
}

const VARIED: Damage = Damage::Unsupported("JPEG 2000 that is coded differently in places");

fn size(body: &[u8]) -> Option<(Size, Codestream)> {
    let long =
        |n: usize| body.get(2 + 4 * n..)?.first_chunk().map(|&bytes| u32::from_be_bytes(bytes) as usize);
    let across = |axis: usize| {
        let (end, start, tile, tile_start) = (long(axis)?, long(2 + axis)?, long(4 + axis)?, long(6 + axis)?);
        // the first tile must reach into the image
        let inside = tile_start <= start && start < tile_start.checked_add(tile)?;
        let extent = end.checked_sub(start).filter(|&extent| extent > 0 && inside)?;
        Some((extent, (end - tile_start).div_ceil(tile)))
    };
    let ((columns, tiles_across), (rows, tiles_down)) = (across(0)?, across(1)?);
    let depth = *body.get(36)?;
    let components = usize::from(short(body, 34)?);
    // a subsampled component has fewer pixels than the image
    if body.get(37..39)? != [1, 1] {
        return None;
    }
    let tiles = tiles_across.checked_mul(tiles_down)?;
    let precision = u16::from(depth & 0x7f) + 1;
    let codestream = Codestream { rows, columns, components, precision, signed: depth & 0x80 != 0 };
    Some((Size { image: [columns, rows], tiles }, codestream))
}

/// How tiles are coded.
struct Style {
    layers: usize,
    /// Exponents of the precincts' width and height, from the lowest resolution on.
    precincts: Vec<[u8; 2]>,
    reversible: bool,
}

impl Style {
    fn read(body: &[u8]) -> Option<Self> {
        let levels = usize::from(*body.get(5)?);
        if levels > 32 {
            return None;
        }
        let precincts = if body.first()? & 1 == 0 {
            vec![[15, 15]; levels + 1]
        } else {
            body.get(10..=10 + levels)?.iter().map(|size| [size & 0x0f, size >> 4]).collect()
        };
        Some(Self { layers: short(body, 2)?.into(), precincts, reversible: *body.get(9)? == 1 })
    }

    /// Minimum number of packets: one per layer, resolution and precinct, and per tile.
    fn min_packets(&self, size: &Size) -> usize {
        let of_resolution = |(level, exponents): (usize, &[u8; 2])| {
            let across = |axis: usize| {
                let pixels = size.image[axis].checked_shr(level as u32).unwrap_or(0);
                (pixels >> exponents[axis]).max(1)
            };
            across(0).saturating_mul(across(1)).max(size.tiles)
        };
        let precincts = self.precincts.iter().rev().enumerate().map(of_resolution);
        precincts.fold(0, usize::saturating_add).saturating_mul(self.layers)
    }
}

/// Checks that tile-parts follow each other to the end of the image, and that each tile has one.
fn walk_tile_parts(bytes: &[u8], start: usize, tiles: usize) -> Result<(), Damage> {
    let mut has_part = vec![false; tiles];
    let mut at = start;
    while bytes.get(at..at + 2).is_some_and(|marker| marker == [0xff, START_OF_TILE_PART]) {
        let (_, body, end) = segment(bytes, at).ok_or(Damage::CutShort)?;
        let (tile, length) = tile_part(body).ok_or(Damage::Parts)?;
        *has_part.get_mut(tile).ok_or(Damage::Parts)? = true;
        let part_end = if length == 0 {
            end_of_image(bytes).ok_or(Damage::CutShort)?
        } else {
            at.saturating_add(length)
        };
        let part = bytes.get(..part_end).ok_or(Damage::CutShort)?;
        check_tile_part_header(part, end)?;
        at = part_end;
    }
    let ended = end_of_image(bytes) == Some(at) || bytes.len() - at <= 1;
    if ended && has_part.iter().all(|&has_part| has_part) { Ok(()) } else { Err(Damage::Parts) }
}

/// The index of a tile-part's tile and its number of bytes, 0 for all the rest.
fn tile_part(body: &[u8]) -> Option<(usize, usize)> {
    let (&tile, rest) = body.split_first_chunk()?;
    let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
    Some((u16::from_be_bytes(tile).into(), length)).filter(|_| length == 0 || length >= MIN_TILE_PART)
}

fn check_tile_part_header(part: &[u8], start: usize) -> Result<(), Damage> {
    let mut at = start;
    while part.get(at..at + 2).ok_or(Damage::Parts)? != START_OF_DATA {
        let (marker, _, end) = segment(part, at).ok_or(Damage::Parts)?;
        if [CODING_STYLE, COMPONENT_CODING_STYLE, PROGRESSION_CHANGE].contains(&marker) {
            return Err(VARIED);
        }
        at = end;
    }
    Ok(())
}

/// Where the end marker is, before one byte of padding at most.
fn end_of_image(bytes: &[u8]) -> Option<usize> {
    let unpadded = bytes.strip_suffix(&[0]).filter(|unpadded| unpadded.ends_with(&END)).unwrap_or(bytes);
    unpadded.strip_suffix(&END).map(<[u8]>::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A codestream of two tiles across, whose data is one byte each.
    fn image(width: u32, height: u32, tile: u32, layers: u16, precincts: Option<u8>) -> Vec<u8> {
        let mut bytes = vec![0xff, 0x4f, 0xff, 0x51, 0, 41, 0, 0];
        for number in [width, height, 0, 0, tile, tile, 0, 0] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.extend([0, 1, 0x8f, 1, 1]);
        let levels = 5;
        bytes.extend([0xff, 0x52, 0, if precincts.is_some() { 18 } else { 12 }]);
        bytes.extend([u8::from(precincts.is_some()), 0]);
        bytes.extend(layers.to_be_bytes());
        bytes.extend([0, levels, 4, 4, 0, 1]);
        bytes.extend(precincts.iter().flat_map(|&size| [size; 6]));
        for tile in 0..2 {
            bytes.extend([0xff, 0x90, 0, 10, 0, tile, 0, 0, 0, 30, 0, 1, 0xff, 0x93]);
            bytes.extend([0x80; 16]);
        }
        bytes.extend([0xff, 0xd9, 0]);
        bytes
    }

    #[test]
    fn size_and_parts_are_read() {
        let good = image(20, 9, 16, 1, None);
        let header = Jpeg2000Header::read(&good).unwrap();
        let codestream = Codestream { rows: 9, columns: 20, components: 1, precision: 16, signed: true };
        assert_eq!(header, Jpeg2000Header { codestream, reversible: true });
        for length in 0..good.len() - 3 {
            assert!(Jpeg2000Header::read(&good[..length]).is_err(), "{length}");
        }
        assert!(Jpeg2000Header::read(&image(20, 9, 20, 1, None)).is_err(), "a tile too many");
        assert!(Jpeg2000Header::read(&image(40, 9, 16, 1, None)).is_err(), "a tile missing");
    }

    #[test]
    fn more_pieces_than_bytes_are_refused() {
        let refused = |bytes: &[u8]| assert_eq!(Jpeg2000Header::read(bytes), Err(Damage::TooFewBytes));
        refused(&image(60_000, 60_000, 1, 1, None));
        refused(&image(20, 9, 16, u16::MAX, None));
        refused(&image(512, 512, 256, 1, Some(0)));
        refused(&image(u32::MAX, u32::MAX, 1, u16::MAX, Some(0)));
        assert!(Jpeg2000Header::read(&image(20, 9, 16, 2, Some(0x44))).is_ok());
    }

    #[test]
    fn coding_that_varies_is_refused() {
        let good = image(20, 9, 16, 1, None);
        for marker in [0x52, 0x53, 0x5f] {
            let mut bytes = good.clone();
            let at = bytes.windows(2).position(|w| w == START_OF_DATA).unwrap();
            bytes.splice(at..at, [0xff, marker, 0, 2]);
            bytes[at - 3] += 4;
            assert_eq!(Jpeg2000Header::read(&bytes), Err(VARIED));
        }
    }
}
