//! How the pixels of a file are stored: the elements as found, and the checked format.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{error::PixelError, pixel::StoredType};
use crate::{dicom::dataset::Dataset, error::Result, limits::Limits};

/// Maximum number of rows or columns, which have 16 bits.
const MAX_SIDE: i64 = 65_535;

/// The elements that describe the pixels, as found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct PixelHeader {
    pub(crate) rows: Option<i64>,
    pub(crate) columns: Option<i64>,
    pub(crate) frames: Option<i64>,
    pub(crate) samples: Option<i64>,
    /// `PhotometricInterpretation`.
    pub(crate) photometric: Option<String>,
    pub(crate) bits_allocated: Option<i64>,
    pub(crate) bits_stored: Option<i64>,
    pub(crate) high_bit: Option<i64>,
    pub(crate) representation: Option<i64>,
    pub(crate) padding: Option<i64>,
    pub(crate) padding_limit: Option<i64>,
    pub(crate) floating: bool,
    /// Whether the values are segment numbers, so that a palette only gives them colors.
    pub(crate) label_map: bool,
}

/// How the pixels of a file are stored, checked against each other and the limits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PixelFormat {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) frames: usize,
    /// 1, 8, 16 or 32.
    pub(crate) bits_allocated: u16,
    /// From 1 to `bits_allocated`; always the lowest bits.
    pub(crate) bits_stored: u16,
    pub(crate) signed: bool,
    /// Whether low values are bright (MONOCHROME1).
    pub(crate) monochrome1: bool,
    /// The range of stored values that are padding.
    pub(crate) padding: Option<(i64, i64)>,
}

impl PixelHeader {
    fn of(dataset: Dataset<'_>) -> Result<Self> {
        let integer = |tag: Tag| dataset.integer(tag);
        Ok(Self {
            rows: integer(tags::ROWS)?,
            columns: integer(tags::COLUMNS)?,
            // of a single frame often left blank, 0 or text; the length of the pixels must fit then
            frames: dataset.whole(tags::NUMBER_OF_FRAMES).filter(|&frames| frames != 0),
            samples: integer(tags::SAMPLES_PER_PIXEL)?,
            photometric: dataset.text(tags::PHOTOMETRIC_INTERPRETATION),
            bits_allocated: integer(tags::BITS_ALLOCATED)?,
            bits_stored: integer(tags::BITS_STORED)?,
            high_bit: integer(tags::HIGH_BIT)?,
            representation: integer(tags::PIXEL_REPRESENTATION)?,
            padding: integer(tags::PIXEL_PADDING_VALUE)?,
            padding_limit: integer(tags::PIXEL_PADDING_RANGE_LIMIT)?,
            floating: dataset.has(tags::FLOAT_PIXEL_DATA) || dataset.has(tags::DOUBLE_FLOAT_PIXEL_DATA),
            label_map: dataset.text(tags::SEGMENTATION_TYPE).as_deref() == Some("LABELMAP"),
        })
    }
}

impl PixelFormat {
    /// The format of the pixels of a data set.
    ///
    /// # Errors
    /// `Malformed` when an element is missing or contradicts another, `Unsupported` for color, floating point and pixels
    /// that are not in the lowest bits, `Limit` when more pixels are claimed than allowed.
    ///
    /// # Reference
    /// DICOM PS3.3 section C.7.6.3.
    pub(crate) fn of(dataset: Dataset<'_>, limits: Limits) -> Result<Self> {
        Ok(Self::new(&PixelHeader::of(dataset)?, limits)?)
    }

    /// The number of bytes of native pixels.
    pub(super) fn native_bytes(&self) -> u64 {
        (self.frame_pixels() as u64 * self.frames as u64 * u64::from(self.bits_allocated)).div_ceil(8)
    }

    /// The error for native pixel data of another length.
    pub(super) fn wrong_length(&self, found: u64) -> PixelError {
        let &Self { frames, rows, columns, bits_allocated: bits, .. } = self;
        PixelError::Length { found, expected: self.native_bytes(), frames, rows, columns, bits }
    }

    /// The format that the elements describe.
    pub(crate) fn new(header: &PixelHeader, limits: Limits) -> Result<Self, PixelError> {
        if header.floating {
            return Err(PixelError::Float);
        }
        let monochrome1 = header.monochrome1()?;
        let (rows, columns, frames) = header.shape(limits)?;
        let (bits_allocated, bits_stored) = header.bits()?;
        let signed = match header.representation.ok_or(PixelError::Missing("PixelRepresentation"))? {
            0 => false,
            1 if bits_allocated > 1 => true,
            found => {
                let expected = "0 (unsigned), or 1 (signed) with more than one bit";
                return Err(PixelError::Value { name: "PixelRepresentation", found, expected });
            }
        };
        let padding = header.padding_range(signed);
        Ok(Self { rows, columns, frames, bits_allocated, bits_stored, signed, monochrome1, padding })
    }

    /// The number type of the pixels; single bits become `u8` values of 0 or 1.
    pub(crate) fn stored_type(&self) -> StoredType {
        match (self.bits_allocated, self.signed) {
            (32, false) => StoredType::U32,
            (32, true) => StoredType::I32,
            (16, false) => StoredType::U16,
            (16, true) => StoredType::I16,
            (_, false) => StoredType::U8,
            (_, true) => StoredType::I8,
        }
    }

    /// Number of pixels of a frame.
    pub(crate) fn frame_pixels(&self) -> usize {
        self.rows * self.columns
    }

    /// Number of bytes of a decoded frame; single bits take a byte each.
    pub(super) fn frame_bytes(&self) -> usize {
        self.frame_pixels().saturating_mul(self.bytes_per_pixel())
    }

    pub(super) fn bytes_per_pixel(&self) -> usize {
        usize::from(self.bits_allocated).div_ceil(8)
    }
}

impl PixelHeader {
    fn monochrome1(&self) -> Result<bool, PixelError> {
        let photometric = self.photometric.as_deref().unwrap_or_default();
        // a gray image has one sample
        let gray = photometric.starts_with("MONOCHROME").then_some(1);
        let samples = self.samples.or(gray).ok_or(PixelError::Missing("SamplesPerPixel"))?;
        match (samples, photometric) {
            (1, "MONOCHROME1") => Ok(true),
            (1, "MONOCHROME2") => Ok(false),
            (1, "PALETTE COLOR") if self.label_map => Ok(false),
            (_, "") => Err(PixelError::Missing("PhotometricInterpretation")),
            _ => Err(PixelError::Color { samples, name: color_name(photometric) }),
        }
    }

    fn shape(&self, limits: Limits) -> Result<(usize, usize, usize), PixelError> {
        let side = |name, found: Option<i64>| match found.ok_or(PixelError::Missing(name))? {
            side @ 1..=MAX_SIDE => Ok(side),
            found => Err(PixelError::Value { name, found, expected: "1 to 65535" }),
        };
        let (rows, columns) = (side("Rows", self.rows)?, side("Columns", self.columns)?);
        let frames = self.frames.unwrap_or(1);
        if frames < 1 {
            let expected = "1 or more, or none for a single frame";
            return Err(PixelError::Value { name: "NumberOfFrames", found: frames, expected });
        }
        // the product of two 16-bit numbers fits, and a saturated one exceeds any limit
        let pixels = (rows * columns).unsigned_abs().saturating_mul(frames.unsigned_abs());
        if pixels > limits.max_voxels {
            return Err(PixelError::TooLarge { rows, columns, frames, limit: limits.max_voxels });
        }
        Ok((rows as usize, columns as usize, frames as usize))
    }

    fn bits(&self) -> Result<(u16, u16), PixelError> {
        let allocated = self.bits_allocated.ok_or(PixelError::Missing("BitsAllocated"))?;
        if ![1, 8, 16, 32].contains(&allocated) {
            let expected = "1, 8, 16 or 32";
            return Err(PixelError::Value { name: "BitsAllocated", found: allocated, expected });
        }
        let stored = self.bits_stored.ok_or(PixelError::Missing("BitsStored"))?;
        if !(1..=allocated).contains(&stored) {
            let expected = "1 or more, and no more than BitsAllocated";
            return Err(PixelError::Value { name: "BitsStored", found: stored, expected });
        }
        // the current standard allows the lowest bits only
        let high_bit = self.high_bit.unwrap_or(stored - 1);
        if high_bit != stored - 1 {
            return Err(PixelError::HighBit { found: high_bit, stored });
        }
        Ok((allocated as u16, stored as u16))
    }

    /// The range from `PixelPaddingValue` to `PixelPaddingRangeLimit`, in either order, signed as the pixels are.
    fn padding_range(&self, signed: bool) -> Option<(i64, i64)> {
        // both have 16 bits, signed as the pixels are, but may have been read with the other sign
        let of_sign = |value: i64| if signed { i64::from(value as i16) } else { i64::from(value as u16) };
        let from = of_sign(self.padding?);
        let to = self.padding_limit.map_or(from, of_sign);
        Some((from.min(to), from.max(to)))
    }
}

/// The name of a color space for an error; free text of the header is not repeated.
fn color_name(photometric: &str) -> &'static str {
    const KNOWN: [&str; 10] = [
        "MONOCHROME1",
        "MONOCHROME2",
        "PALETTE COLOR",
        "RGB",
        "YBR_FULL",
        "YBR_FULL_422",
        "YBR_PARTIAL_420",
        "YBR_PARTIAL_422",
        "YBR_ICT",
        "YBR_RCT",
    ];
    KNOWN.into_iter().find(|&name| name == photometric).unwrap_or("an unknown color space")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> PixelHeader {
        PixelHeader {
            rows: Some(4),
            columns: Some(6),
            samples: Some(1),
            photometric: Some("MONOCHROME2".into()),
            bits_allocated: Some(16),
            bits_stored: Some(12),
            high_bit: Some(11),
            representation: Some(1),
            ..PixelHeader::default()
        }
    }

    fn error(change: impl FnOnce(&mut PixelHeader)) -> String {
        let mut header = header();
        change(&mut header);
        PixelFormat::new(&header, Limits::default()).unwrap_err().to_string()
    }

    fn format(change: impl FnOnce(&mut PixelHeader)) -> PixelFormat {
        let mut header = header();
        change(&mut header);
        PixelFormat::new(&header, Limits::default()).unwrap()
    }

    #[test]
    fn ordinary_headers() {
        let plain = format(|_| ());
        assert_eq!((plain.rows, plain.columns, plain.frames), (4, 6, 1));
        assert_eq!((plain.bits_allocated, plain.bits_stored, plain.signed), (16, 12, true));
        assert_eq!(plain.stored_type(), StoredType::I16);
        assert_eq!((plain.monochrome1, plain.padding), (false, None));
        assert!(format(|h| h.photometric = Some("MONOCHROME1".into())).monochrome1);
        assert_eq!(format(|h| h.frames = Some(7)).frames, 7);
        let bit = format(|h| {
            (h.bits_allocated, h.bits_stored, h.high_bit) = (Some(1), Some(1), None);
            h.representation = Some(0);
        });
        assert_eq!((bit.stored_type(), bit.frame_bytes()), (StoredType::U8, 24));
    }

    #[test]
    fn contradictions_are_named() {
        assert_eq!(error(|h| h.rows = Some(0)), "Rows is 0: expected 1 to 65535");
        assert_eq!(error(|h| h.columns = Some(-3)), "Columns is -3: expected 1 to 65535");
        assert_eq!(
            error(|h| h.frames = Some(-2)),
            "NumberOfFrames is -2: expected 1 or more, or none for a single frame"
        );
        assert_eq!(error(|h| h.bits_allocated = Some(12)), "BitsAllocated is 12: expected 1, 8, 16 or 32");
        for bits in [0, 17, -1] {
            let expected = "1 or more, and no more than BitsAllocated";
            assert_eq!(
                error(|h| h.bits_stored = Some(bits)),
                format!("BitsStored is {bits}: expected {expected}")
            );
        }
        assert_eq!(
            error(|h| h.high_bit = Some(15)),
            "HighBit is 15 with 12 BitsStored: only pixels stored in the lowest bits are read"
        );
        assert!(error(|h| h.representation = Some(7)).starts_with("PixelRepresentation is 7"));
        assert!(error(|h| h.representation = None).starts_with("the data set has no PixelRepresentation"));
        assert!(error(|h| h.photometric = None).starts_with("the data set has no PhotometricInterpretation"));
        assert!(error(|h| h.floating = true).contains("floating-point"));
    }

    #[test]
    fn color_is_refused_without_free_text() {
        let color =
            |samples, name: &str| error(|h| (h.samples, h.photometric) = (Some(samples), Some(name.into())));
        assert_eq!(
            color(3, "RGB"),
            "SamplesPerPixel is 3 and PhotometricInterpretation is RGB: expected 1 and MONOCHROME1 or MONOCHROME2, so export a grayscale image"
        );
        assert!(color(1, "PALETTE COLOR").contains("is PALETTE COLOR:"));
        assert!(!color(1, "DOE^JANE").contains("DOE"));
        format(|h| (h.photometric, h.label_map) = (Some("PALETTE COLOR".into()), true));
    }

    #[test]
    fn claims_beyond_the_limit_are_refused() {
        let limits = Limits::default().with_max_voxels(24);
        assert!(PixelFormat::new(&header(), limits).is_ok());
        let error = PixelFormat::new(&header(), limits.with_max_voxels(23)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "Rows 4, Columns 6 and NumberOfFrames 1 claim more pixels than the limit of 23"
        );
        let huge = PixelHeader { frames: Some(i64::MAX), ..header() };
        assert!(matches!(PixelFormat::new(&huge, Limits::default()), Err(PixelError::TooLarge { .. })));
    }

    #[test]
    fn padding_has_the_sign_of_the_pixels() {
        let padding = |signed: i64, value, limit| {
            format(|h| (h.representation, h.padding, h.padding_limit) = (Some(signed), value, limit)).padding
        };
        assert_eq!(padding(1, Some(63_536), None), Some((-2000, -2000)));
        assert_eq!(padding(1, Some(-2000), Some(-1900)), Some((-2000, -1900)));
        assert_eq!(padding(0, Some(-2000), None), Some((63_536, 63_536)));
        assert_eq!(padding(0, Some(9), Some(3)), Some((3, 9)));
        assert_eq!(padding(0, None, Some(3)), None);
    }
}
