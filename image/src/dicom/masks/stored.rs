//! How the stored values of a segmentation become the numbers of segments.

use dicom_dictionary_std::tags;

use super::error::MaskError;
use crate::{
    dicom::{Dataset, DicomFile, FrameReader, PixelFormat},
    error::Result,
};

/// `Background` among the codes of the standard, a segment of a label map that marks nothing.
const BACKGROUND: &str = "125040";

/// What a stored value means.
///
/// # Reference
/// DICOM PS3.3, C.8.20.2 Segmentation Image.
#[derive(Debug)]
pub(super) enum Stored {
    /// 1 is in the frame's segment.
    Binary,
    /// A share of `maximum` is in the frame's segment, or is probable to be.
    Fractional { maximum: i64 },
    /// The value is the segment's number.
    LabelMap { background: Vec<i64>, listed: Vec<i64> },
}

impl Stored {
    /// # Errors
    /// When the type is not known, or the pixels are not of the size that it asks for.
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

    /// Whether a number stands for no segment.
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

/// A label map's segments, and which of its values mark nothing.
fn label_map(dataset: Dataset<'_>) -> Result<Stored> {
    let padding = dataset.integer(tags::PIXEL_PADDING_VALUE)?;
    let (mut background, mut listed) = (Vec::new(), Vec::new());
    for segment in dataset.items(tags::SEGMENT_SEQUENCE) {
        let Some(number) = segment.integer(tags::SEGMENT_NUMBER)? else { continue };
        let code = segment.item(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE);
        if code.and_then(|code| code.text(tags::CODE_VALUE)).as_deref() == Some(BACKGROUND) {
            background.push(number);
        } else {
            listed.push(number);
        }
    }
    if listed.contains(&0) && padding.is_some_and(|value| value != 0) {
        return Err(MaskError::SegmentZero.into());
    }
    listed.sort_unstable();
    background.push(0);
    background.extend(padding.filter(|value| listed.binary_search(value).is_err()));
    background.sort_unstable();
    Ok(Stored::LabelMap { background, listed })
}

/// Reads frames as numbers of segments.
pub(super) struct NumberReader<'a> {
    reader: FrameReader<'a>,
    stored: &'a Stored,
    is_16_bit: bool,
    bytes: Vec<u8>,
    words: Vec<u16>,
    numbers: Vec<i32>,
}

impl<'a> NumberReader<'a> {
    pub(super) fn new(file: &'a DicomFile, format: &'a PixelFormat, stored: &'a Stored) -> Result<Self> {
        Ok(Self {
            reader: FrameReader::new(file, format)?,
            stored,
            is_16_bit: format.bits_allocated == 16,
            bytes: Vec::new(),
            words: Vec::new(),
            numbers: Vec::new(),
        })
    }

    /// The numbers of a frame's pixels, row by row; 0 where no segment is.
    ///
    /// # Errors
    /// When the frame cannot be read, or a value names a segment that is not listed.
    pub(super) fn read(&mut self, frame: usize, segment: Option<i64>) -> Result<&[i32]> {
        self.numbers.clear();
        let number = segment.unwrap_or(0) as i32;
        if self.is_16_bit {
            self.reader.read(frame, &mut self.words)?;
            reserve(&mut self.numbers, self.words.len())?;
            self.numbers.extend(self.words.iter().map(|&value| i32::from(value)));
        } else {
            self.reader.read(frame, &mut self.bytes)?;
            reserve(&mut self.numbers, self.bytes.len())?;
            let bytes = self.bytes.iter();
            match *self.stored {
                Stored::Binary => self.numbers.extend(bytes.map(|&v| i32::from(v != 0) * number)),
                Stored::Fractional { maximum } => {
                    self.numbers.extend(bytes.map(|&v| i32::from(2 * i64::from(v) >= maximum) * number));
                }
                Stored::LabelMap { .. } => self.numbers.extend(bytes.map(|&v| i32::from(v))),
            }
        }
        if let Stored::LabelMap { background, listed } = self.stored {
            clear_background(&mut self.numbers, background, listed, frame)?;
        }
        Ok(&self.numbers)
    }
}

fn reserve(numbers: &mut Vec<i32>, pixels: usize) -> Result<(), MaskError> {
    numbers.try_reserve_exact(pixels).map_err(|_| MaskError::Memory)
}

fn clear_background(
    numbers: &mut [i32],
    background: &[i64],
    listed: &[i64],
    frame: usize,
) -> Result<(), MaskError> {
    for stretch in numbers.chunk_by_mut(|a, b| a == b) {
        let number = i64::from(stretch[0]);
        if background.binary_search(&number).is_ok() {
            stretch.fill(0);
        } else if listed.binary_search(&number).is_err() {
            return Err(MaskError::UnlistedValue { frame: frame + 1, number });
        }
    }
    Ok(())
}
