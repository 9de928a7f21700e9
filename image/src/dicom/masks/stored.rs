//! From the stored values of a segmentation to the numbers of segments.

use dicom_dictionary_std::tags;

use super::error::MaskError;
use crate::{
    dicom::{
        dataset::Dataset,
        file::DicomFile,
        pixels::{FrameReader, PixelFormat},
    },
    error::Result,
    memory::reserve_exact,
};

/// The code of `Background` in the standard: a segment of a label map that marks nothing.
const BACKGROUND: &str = "125040";

/// What a stored value means.
///
/// # Reference
/// DICOM PS3.3, C.8.20.2 Segmentation Image.
#[derive(Debug)]
pub(super) enum StoredAs {
    /// 1 is inside the frame's segment.
    Binary,
    /// The value as a share of `maximum` is occupancy by the frame's segment, or its probability.
    Fractional { maximum: i64 },
    /// The value is the segment's number.
    LabelMap {
        /// Sorted numbers that mark nothing.
        background: Vec<i64>,
        /// Sorted numbers of segments.
        segments: Vec<i64>,
    },
}

impl StoredAs {
    /// # Errors
    /// When the type is not known, or the pixels have another size than it allows.
    pub(super) fn of(dataset: Dataset<'_>, format: &PixelFormat) -> Result<Self> {
        let bits = |of, allowed: &[u16], expected| {
            let bits = format.bits_allocated;
            if allowed.contains(&bits) { Ok(()) } else { Err(MaskError::Bits { bits, of, expected }) }
        };
        if format.signed {
            return Err(MaskError::Value { keyword: "PixelRepresentation", found: 1, expected: "0" }.into());
        }
        match dataset.text(tags::SEGMENTATION_TYPE).as_deref() {
            Some("BINARY") => {
                bits("BINARY", &[1], "1")?;
                Ok(Self::Binary)
            }
            Some("FRACTIONAL") => {
                bits("FRACTIONAL", &[8], "8")?;
                let missing =
                    MaskError::Missing { keyword: "MaximumFractionalValue", of: "FRACTIONAL segmentation" };
                let maximum = dataset.integer(tags::MAXIMUM_FRACTIONAL_VALUE)?.ok_or(missing)?;
                check_maximum(maximum)?;
                Ok(Self::Fractional { maximum })
            }
            Some("LABELMAP") => {
                bits("LABELMAP", &[8, 16], "8 or 16")?;
                label_map(dataset)
            }
            _ => Err(MaskError::SegmentationType.into()),
        }
    }

    pub(super) fn is_label_map(&self) -> bool {
        matches!(self, Self::LabelMap { .. })
    }

    /// Whether a number stands for the background.
    pub(super) fn is_background(&self, number: i64) -> bool {
        matches!(self, Self::LabelMap { background, .. } if background.binary_search(&number).is_ok())
    }
}

fn check_maximum(maximum: i64) -> Result<(), MaskError> {
    let (keyword, expected) = ("MaximumFractionalValue", "a number from 1 to 255");
    if (1..=255).contains(&maximum) {
        Ok(())
    } else {
        Err(MaskError::Value { keyword, found: maximum, expected })
    }
}

/// The numbers of a label map's segments and of its background.
fn label_map(dataset: Dataset<'_>) -> Result<StoredAs> {
    let padding = dataset.integer(tags::PIXEL_PADDING_VALUE)?;
    let (mut background, mut segments) = (Vec::new(), Vec::new());
    for segment in dataset.items(tags::SEGMENT_SEQUENCE) {
        let Some(number) = segment.integer(tags::SEGMENT_NUMBER)? else { continue };
        let code = segment.item(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE);
        if code.and_then(|code| code.text(tags::CODE_VALUE)).as_deref() == Some(BACKGROUND) {
            background.push(number);
        } else {
            segments.push(number);
        }
    }
    if segments.contains(&0) && padding.is_some_and(|value| value != 0) {
        return Err(MaskError::SegmentZero.into());
    }
    segments.sort_unstable();
    background.push(0);
    background.extend(padding.filter(|value| segments.binary_search(value).is_err()));
    background.sort_unstable();
    Ok(StoredAs::LabelMap { background, segments })
}

/// Reads frames as numbers of segments.
pub(super) struct SegmentReader<'a> {
    reader: FrameReader<'a>,
    stored_as: &'a StoredAs,
    is_16_bit: bool,
    bytes: Vec<u8>,
    words: Vec<u16>,
    numbers: Vec<i32>,
}

impl<'a> SegmentReader<'a> {
    pub(super) fn new(file: &'a DicomFile, format: &'a PixelFormat, stored_as: &'a StoredAs) -> Result<Self> {
        Ok(Self {
            reader: FrameReader::new(file, format)?,
            stored_as,
            is_16_bit: format.bits_allocated == 16,
            bytes: Vec::new(),
            words: Vec::new(),
            numbers: Vec::new(),
        })
    }

    /// The segment number of each pixel of a frame, row by row; 0 is background.
    ///
    /// # Errors
    /// When the frame cannot be read, or a value is not the number of a segment.
    pub(super) fn read(&mut self, frame: usize, segment: Option<i64>) -> Result<&[i32]> {
        self.numbers.clear();
        let number = segment.unwrap_or(0) as i32;
        if self.is_16_bit {
            self.reader.read(frame, &mut self.words)?;
            reserve_exact(&mut self.numbers, self.words.len()).map_err(MaskError::from)?;
            self.numbers.extend(self.words.iter().map(|&value| i32::from(value)));
        } else {
            self.reader.read(frame, &mut self.bytes)?;
            reserve_exact(&mut self.numbers, self.bytes.len()).map_err(MaskError::from)?;
            let bytes = self.bytes.iter();
            match *self.stored_as {
                StoredAs::Binary => self.numbers.extend(bytes.map(|&v| i32::from(v != 0) * number)),
                StoredAs::Fractional { maximum } => {
                    self.numbers.extend(bytes.map(|&v| i32::from(2 * i64::from(v) >= maximum) * number));
                }
                StoredAs::LabelMap { .. } => self.numbers.extend(bytes.map(|&v| i32::from(v))),
            }
        }
        if let StoredAs::LabelMap { background, segments } = self.stored_as {
            clear_background(&mut self.numbers, background, segments, frame)?;
        }
        Ok(&self.numbers)
    }
}

/// Replaces the numbers of the background by 0, and checks the others.
fn clear_background(
    numbers: &mut [i32],
    background: &[i64],
    segments: &[i64],
    frame: usize,
) -> Result<(), MaskError> {
    for run in numbers.chunk_by_mut(|a, b| a == b) {
        let number = i64::from(run[0]);
        if background.binary_search(&number).is_ok() {
            run.fill(0);
        } else if segments.binary_search(&number).is_err() {
            return Err(MaskError::UnlistedValue { frame: frame + 1, number });
        }
    }
    Ok(())
}
