//! The main header of a JPEG 2000 image. Only marker segments and values that are listed here reach a decoder.

use std::borrow::Cow;

use super::{
    codestream::{Codestream, segment, short},
    error::Damage,
    jpeg2000_parts::{Lengths, whole_image},
};

const START: [u8; 2] = [0xff, 0x4f];
const SIZE: u8 = 0x51;
const CODING_STYLE: u8 = 0x52;
const COMPONENT_CODING_STYLE: u8 = 0x53;
const TILE_PART_LENGTHS: u8 = 0x55;
const QUANTIZATION: u8 = 0x5c;
const COMPONENT_QUANTIZATION: u8 = 0x5d;
const REGION_OF_INTEREST: u8 = 0x5e;
const PROGRESSION_CHANGE: u8 = 0x5f;
pub(super) const COMMENT: u8 = 0x64;
pub(super) const START_OF_TILE_PART: u8 = 0x90;
/// Minimum number of bytes of a tile-part: its header and the marker of its data.
pub(super) const MIN_TILE_PART: usize = 14;
/// Markers that code a part of an image differently.
pub(super) const VARIATIONS: [u8; 4] =
    [COMPONENT_CODING_STYLE, COMPONENT_QUANTIZATION, REGION_OF_INTEREST, PROGRESSION_CHANGE];
/// Markers that a tile may repeat to be coded differently.
pub(super) const TILE_VARIATIONS: [u8; 2] = [CODING_STYLE, QUANTIZATION];

pub(super) const VARIED: Damage = Damage::Unsupported("JPEG 2000 that is coded differently in places");
pub(super) const UNUSUAL: Damage = Damage::Unsupported("JPEG 2000 with an unusual header");

/// The main header, checked against the size of the codestream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Jpeg2000Header<'a> {
    pub(super) codestream: Codestream,
    /// Whether the wavelet is the reversible (lossless) one.
    pub(super) reversible: bool,
    /// The image from its start to its end marker, without padding.
    pub(super) image: Cow<'a, [u8]>,
}

impl<'a> Jpeg2000Header<'a> {
    /// Reads the main header and walks the tile-parts.
    ///
    /// Every packet takes at least a byte and every tile a tile-part, so an image with more pieces than bytes is damaged
    /// or made to exhaust a decoder.
    ///
    /// # Reference
    /// ITU-T T.800 annex A.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Damage> {
        if !starts(bytes) {
            return Err(Damage::NotCodestream { expected: "a JPEG 2000 codestream" });
        }
        let (marker, body, mut at) = segment(bytes, START.len()).ok_or(Damage::CutShort)?;
        if marker != SIZE {
            return Err(Damage::NotCodestream {
                expected: "a JPEG 2000 codestream that starts with its size",
            });
        }
        let (size, codestream) = size(body)?;
        if size.tile_count() > bytes.len() / MIN_TILE_PART {
            return Err(Damage::TooFewBytes);
        }
        let (mut style, mut quantization, mut lengths) = (None, None, Lengths::default());
        loop {
            let (marker, body, end) = segment(bytes, at).ok_or(Damage::CutShort)?;
            match marker {
                START_OF_TILE_PART => break,
                CODING_STYLE if style.is_none() => style = Some(Style::read(body)?),
                QUANTIZATION if quantization.is_none() => quantization = Some(body),
                TILE_PART_LENGTHS => lengths.append(body)?,
                COMMENT => {}
                _ if VARIATIONS.contains(&marker) => return Err(VARIED),
                _ => return Err(UNUSUAL),
            }
            at = end;
        }
        let (style, quantization) = (style.ok_or(Damage::Parts)?, quantization.ok_or(Damage::Parts)?);
        style.check(&size, bytes.len())?;
        let reversible = style.check_quantization(quantization)?;
        let image = whole_image(bytes, at, size.tile_count(), &lengths)?;
        Ok(Self { codestream, reversible, image })
    }
}

/// Whether these bytes start an image.
pub(super) fn starts(bytes: &[u8]) -> bool {
    bytes.starts_with(&START)
}

/// Image and tiles, in pixels across and down.
struct Size {
    image: [usize; 2],
    tile: [usize; 2],
}

impl Size {
    fn tiles(&self, axis: usize) -> usize {
        self.image[axis].div_ceil(self.tile[axis])
    }

    fn tile_count(&self) -> usize {
        self.tiles(0).saturating_mul(self.tiles(1))
    }

    /// Whether a tile has no pixel at the lowest resolution. Encoders disagree on what they write for it.
    fn has_empty_resolution(&self, levels: usize) -> bool {
        let at_lowest = |position: usize| (position as u64).div_ceil(1 << levels);
        let is_empty = |axis: usize, tile: usize| {
            let start = tile * self.tile[axis];
            at_lowest(start) == at_lowest((start + self.tile[axis]).min(self.image[axis]))
        };
        (0..2).any(|axis| (0..self.tiles(axis)).any(|tile| is_empty(axis, tile)))
    }
}

/// The size segment of an image of one component that starts at the origin, as its tiles do.
fn size(body: &[u8]) -> Result<(Size, Codestream), Damage> {
    let long = |n: usize| {
        let bytes = body.get(2 + 4 * n..).and_then(|rest| rest.first_chunk());
        bytes.map(|&bytes| u32::from_be_bytes(bytes) as usize).ok_or(Damage::CutShort)
    };
    let capabilities = short(body, 0).ok_or(Damage::CutShort)?;
    let (image, origin) = ([long(0)?, long(1)?], [long(2)?, long(3)?]);
    let (tile, tile_origin) = ([long(4)?, long(5)?], [long(6)?, long(7)?]);
    if image.contains(&0) || tile.contains(&0) {
        return Err(Damage::Parts);
    }
    // parts 2 and 15 of the standard set the two highest bits
    if origin != [0; 2] || tile_origin != [0; 2] || capabilities & 0xc000 != 0 {
        return Err(UNUSUAL);
    }
    let components = usize::from(short(body, 34).ok_or(Damage::CutShort)?);
    let Some(&[depth, subsampling @ ..]) = body.get(36..39).and_then(|rest| rest.first_chunk::<3>()) else {
        return Err(Damage::CutShort);
    };
    // a subsampled component has fewer pixels than the image
    if subsampling != [1, 1] {
        return Err(Damage::Parts);
    }
    let precision = u16::from(depth & 0x7f) + 1;
    let [columns, rows] = image;
    let tile = [tile[0].min(columns), tile[1].min(rows)];
    let codestream = Codestream { rows, columns, components, precision, signed: depth & 0x80 != 0 };
    Ok((Size { image, tile }, codestream))
}

/// How tiles are coded.
struct Style {
    layers: usize,
    /// Exponents of a code block's width and height.
    block: [u32; 2],
    /// Exponents of the precincts' width and height, from the lowest resolution on.
    precincts: Vec<[u32; 2]>,
    reversible: bool,
}

impl Style {
    /// Maximum number of times that the wavelet is applied, by the standard.
    const MAX_LEVELS: usize = 32;
    /// Maximum number of layers that the decoder reads.
    const MAX_LAYERS: usize = 32;
    /// Estimated bytes of a decoder's tables for each tile, precinct, code block and layer of a code block.
    const TABLES: [usize; 4] = [1024, 128, 256, 32];
    /// Maximum number of bytes of those tables: as many for each pixel as its coefficients take, and those of a small
    /// image.
    const MAX_TABLES_PER_PIXEL: usize = 16;
    const MAX_TABLES: usize = 1 << 20;

    fn read(body: &[u8]) -> Result<Self, Damage> {
        let (&[flags, order, high, low, transform, levels, width, height, coding, wavelet], precincts) =
            body.split_first_chunk().ok_or(Damage::CutShort)?;
        let levels = usize::from(levels);
        let block = [u32::from(width) + 2, u32::from(height) + 2];
        let known = flags <= 7 && order <= 4 && transform == 0 && wavelet <= 1 && levels <= Self::MAX_LEVELS;
        if !known || block[0] > 10 || block[1] > 10 || block[0] + block[1] > 12 {
            return Err(UNUSUAL);
        }
        if coding > 0x3f {
            return Err(Damage::Unsupported("high-throughput JPEG 2000"));
        }
        let precincts: Vec<[u32; 2]> = if flags & 1 == 0 {
            vec![[15, 15]; levels + 1]
        } else {
            precincts.iter().map(|&size| [u32::from(size & 0x0f), u32::from(size >> 4)]).collect()
        };
        let layers = usize::from(u16::from_be_bytes([high, low]));
        if precincts.len() != levels + 1 || layers == 0 {
            return Err(Damage::Parts);
        }
        Ok(Self { layers, block, precincts, reversible: wavelet == 1 })
    }

    fn levels(&self) -> usize {
        self.precincts.len() - 1
    }

    /// Checks that there are no more pieces than the bytes and pixels of the image account for.
    fn check(&self, size: &Size, bytes: usize) -> Result<(), Damage> {
        if self.min_packets(size) > bytes {
            return Err(Damage::TooFewBytes);
        }
        if self.layers > Self::MAX_LAYERS {
            return Err(Damage::Unsupported("JPEG 2000 of more than 32 layers"));
        }
        // above the lowest resolution a precinct is halved in each of its three bands
        if self.precincts.iter().skip(1).flatten().any(|&exponent| exponent == 0) {
            return Err(Damage::Parts);
        }
        let pixels = size.image[0].saturating_mul(size.image[1]);
        let bound = pixels.saturating_mul(Self::MAX_TABLES_PER_PIXEL).saturating_add(Self::MAX_TABLES);
        if self.tables(size) > bound {
            return Err(Damage::Unsupported("JPEG 2000 in so many small pieces"));
        }
        if size.has_empty_resolution(self.levels()) {
            return Err(Damage::Unsupported("JPEG 2000 with tiles smaller than its wavelet"));
        }
        Ok(())
    }

    /// Minimum number of packets: one per layer, resolution and precinct, and per tile.
    fn min_packets(&self, size: &Size) -> usize {
        let of_resolution = |(level, exponents): (usize, &[u32; 2])| {
            let across = |axis: usize| {
                let pixels = size.image[axis].checked_shr(level as u32).unwrap_or(0);
                (pixels >> exponents[axis]).max(1)
            };
            across(0).saturating_mul(across(1)).max(size.tile_count())
        };
        let precincts = self.precincts.iter().rev().enumerate().map(of_resolution);
        precincts.fold(0, usize::saturating_add).saturating_mul(self.layers)
    }

    /// Estimated bytes of a decoder's tables, which hold one tile at a time.
    fn tables(&self, size: &Size) -> usize {
        let [of_tile, of_precinct, of_block, of_layer] = Self::TABLES;
        let of_resolution = |(level, exponents): (usize, &[u32; 2])| {
            let lowest = level == self.levels();
            // pieces of a row or column, and those that its ends cut
            let pieces = |axis: usize| {
                let pixels = (size.tile[axis] as u64).div_ceil(1 << level) as usize;
                let (band, precinct) = if lowest {
                    (pixels, exponents[axis])
                } else {
                    (pixels.div_ceil(2), exponents[axis] - 1)
                };
                [(band >> precinct) + 2, (band >> precinct.min(self.block[axis])) + 2]
            };
            let [across, down] = [pieces(0), pieces(1)];
            let bands = if lowest { 1 } else { 3 };
            let precincts = across[0].saturating_mul(down[0]);
            let blocks = across[1].saturating_mul(down[1]);
            let bytes = precincts
                .saturating_mul(of_precinct)
                .saturating_add(blocks.saturating_mul(of_block + of_layer * self.layers));
            bytes.saturating_mul(bands)
        };
        let resolutions = self.precincts.iter().rev().enumerate().map(of_resolution);
        resolutions.fold(size.tile_count().saturating_mul(of_tile), usize::saturating_add)
    }

    /// Checks that each band has its step, and says whether the coding is lossless.
    fn check_quantization(&self, body: &[u8]) -> Result<bool, Damage> {
        let (&style, steps) = body.split_first().ok_or(Damage::CutShort)?;
        let bands = 3 * self.levels() + 1;
        // some encoders write the steps of the most levels there can be
        let enough = bands..=3 * Self::MAX_LEVELS + 1;
        // the highest bits are those that guard against overflow
        let kind = style & 0x1f;
        let fits = match kind {
            0 => enough.contains(&steps.len()),
            1 => steps.len() == 2,
            2 => steps.len().is_multiple_of(2) && enough.contains(&(steps.len() / 2)),
            _ => false,
        };
        let lossless = kind == 0;
        if fits && lossless == self.reversible { Ok(lossless) } else { Err(UNUSUAL) }
    }
}
