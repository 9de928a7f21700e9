//! A classic MR series: one file per slice.

use ndarray::Array3;

use super::{
    dataset::Dataset,
    place::{self, Matrix},
    secrets::{kind, patient, uid},
    tags::{
        BITS_ALLOCATED, BITS_STORED, COLUMNS, ECHO_NUMBERS, ECHO_TIME, ECHO_TRAIN_LENGTH, FLIP_ANGLE,
        FRAME_OF_REFERENCE_UID, HIGH_BIT, IMAGE_TYPE, INSTANCE_NUMBER, MAGNETIC_FIELD_STRENGTH, MODALITY,
        MR_ACQUISITION_TYPE, PATIENT_POSITION, PHOTOMETRIC_INTERPRETATION, PIXEL_DATA, PIXEL_DATA_BYTES,
        PIXEL_PADDING_VALUE, PIXEL_PADDING_VALUE_SIGNED, PIXEL_REPRESENTATION, REPETITION_TIME,
        RESCALE_INTERCEPT, RESCALE_SLOPE, RESCALE_TYPE, ROWS, SAMPLES_PER_PIXEL, SCAN_OPTIONS,
        SCANNING_SEQUENCE, SEQUENCE_VARIANT, SERIES_INSTANCE_UID, SERIES_NUMBER, SOP_CLASS_UID,
        SOP_INSTANCE_UID, STUDY_INSTANCE_UID, Tag,
    },
};

/// How an image was weighted, as a scanner writes it down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contrast {
    T1,
    T2,
}

impl Contrast {
    /// Echo time, repetition time (ms) and echoes per excitation of a fast spin echo.
    pub(crate) fn timing(self) -> (f64, f64, usize) {
        match self {
            Self::T1 => (10.0, 550.0, 3),
            Self::T2 => (105.0, 3500.0, 17),
        }
    }
}

/// How a signal is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Storage {
    pub(crate) bits_allocated: usize,
    pub(crate) bits_stored: usize,
    pub(crate) signed: bool,
    pub(crate) photometric: &'static str,
    pub(crate) padding: Option<i32>,
    /// What stands in the bits above those stored, as in old overlays.
    pub(crate) above: u16,
}

impl Storage {
    /// 16 bits, signed.
    pub(crate) const SIGNED: Self = Self {
        bits_allocated: 16,
        bits_stored: 16,
        signed: true,
        photometric: "MONOCHROME2",
        padding: None,
        above: 0,
    };

    /// 12 bits of 16, unsigned.
    pub(crate) const TWELVE: Self = Self { bits_stored: 12, signed: false, ..Self::SIGNED };

    /// The Image Pixel attributes but the size.
    pub(crate) fn describe(&self, dataset: &mut Dataset) {
        dataset
            .set(SAMPLES_PER_PIXEL, 1)
            .set(PHOTOMETRIC_INTERPRETATION, self.photometric)
            .set(BITS_ALLOCATED, self.bits_allocated)
            .set(BITS_STORED, self.bits_stored)
            .set(HIGH_BIT, self.bits_stored - 1)
            .set(PIXEL_REPRESENTATION, usize::from(self.signed));
        if let Some(padding) = self.padding {
            let tag = if self.signed { PIXEL_PADDING_VALUE_SIGNED } else { PIXEL_PADDING_VALUE };
            dataset.set(tag, f64::from(padding));
        }
    }

    /// Pixels as bytes, least significant first; each must fit.
    pub(crate) fn bytes(&self, values: impl Iterator<Item = i32>) -> Vec<u8> {
        let span = 1_i32 << self.bits_stored;
        let range = if self.signed { -span / 2..span / 2 } else { 0..span };
        let above = u32::from(self.above) & !(span as u32 - 1);
        let each = values.flat_map(|value| {
            assert!(range.contains(&value), "{value} does not fit into {self:?}");
            let word = (value & (span - 1)) as u32 | above;
            word.to_le_bytes().into_iter().take(self.bits_allocated / 8)
        });
        each.collect()
    }

    /// The tag of the pixel data: words, or bytes.
    pub(crate) fn pixel_data(&self) -> Tag {
        if self.bits_allocated == 16 { PIXEL_DATA } else { PIXEL_DATA_BYTES }
    }
}

/// Slope and intercept of a slice or frame: signal = slope * stored + intercept.
pub(crate) type Scale = fn(usize) -> (f64, f64);

/// The stored value of a signal, which must be a whole number.
pub(crate) fn unscaled(signal: i32, (slope, intercept): (f64, f64)) -> i32 {
    let stored = (f64::from(signal) - intercept) / slope;
    assert!(stored == stored.round(), "a signal of {signal} is not exact");
    stored as i32
}

/// A series to be written: `slices` gives one data set per slice, which a test may damage.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    /// The signal by (i, j, k): column, row, slice.
    pub(crate) signal: Array3<i32>,
    pub(crate) affine: Matrix,
    pub(crate) stored: Storage,
    /// By slice; `None` for no rescaling at all.
    pub(crate) scale: Option<Scale>,
    pub(crate) contrast: Contrast,
    pub(crate) number: usize,
    pub(crate) frame_of_reference: usize,
}

impl Series {
    /// A T2 of 16 signed bits, in frame of reference 1.
    pub(crate) fn new(number: usize, signal: Array3<i32>, affine: Matrix) -> Self {
        Self {
            signal,
            affine,
            stored: Storage::SIGNED,
            scale: None,
            contrast: Contrast::T2,
            number,
            frame_of_reference: 1,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// What all images of the series share.
    pub(crate) fn common(&self) -> Dataset {
        let (echo_time, repetition_time, echo_train) = self.contrast.timing();
        let (columns, rows, _) = self.signal.dim();
        let mut dataset = patient()
            .with(MODALITY, "MR")
            .with(STUDY_INSTANCE_UID, uid(kind::STUDY, 1))
            .with(SERIES_INSTANCE_UID, uid(kind::SERIES, self.number))
            .with(FRAME_OF_REFERENCE_UID, uid(kind::FRAME_OF_REFERENCE, self.frame_of_reference))
            .with(SERIES_NUMBER, self.number)
            .with(PATIENT_POSITION, "HFS")
            .with(MAGNETIC_FIELD_STRENGTH, 1.5)
            .with(SCANNING_SEQUENCE, "SE")
            .with(SEQUENCE_VARIANT, "SK")
            .with(SCAN_OPTIONS, "")
            .with(MR_ACQUISITION_TYPE, "2D")
            .with(ECHO_TIME, echo_time)
            .with(REPETITION_TIME, repetition_time)
            .with(ECHO_TRAIN_LENGTH, echo_train)
            .with(ECHO_NUMBERS, 1)
            .with(FLIP_ANGLE, 90.0)
            .with(ROWS, rows)
            .with(COLUMNS, columns);
        self.stored.describe(&mut dataset);
        dataset
    }

    /// The slices from k = 0 on.
    pub(crate) fn slices(&self) -> Vec<Dataset> {
        (0..self.signal.dim().2).map(|k| self.slice(k)).collect()
    }

    fn slice(&self, k: usize) -> Dataset {
        let mut slice = self
            .common()
            .with(SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.4")
            .with(SOP_INSTANCE_UID, uid(kind::IMAGE, 1000 * self.number + k))
            .with(IMAGE_TYPE, "ORIGINAL\\PRIMARY\\M\\NONE")
            .with(INSTANCE_NUMBER, k + 1);
        place::image_plane(&mut slice, &self.affine, k);
        if let Some(scale) = self.scale {
            let (slope, intercept) = scale(k);
            slice.set(RESCALE_SLOPE, slope).set(RESCALE_INTERCEPT, intercept).set(RESCALE_TYPE, "US");
        }
        let scale = self.scale.map_or((1.0, 0.0), |scale| scale(k));
        slice.with(self.stored.pixel_data(), self.pixels(&self.signal, k, scale))
    }

    /// Slice `k` of a signal, row by row.
    pub(crate) fn pixels(&self, signal: &Array3<i32>, k: usize, scale: (f64, f64)) -> Vec<u8> {
        let slice = signal.index_axis(ndarray::Axis(2), k);
        let rows = slice.t();
        let mut bytes = self.stored.bytes(rows.iter().map(|&value| unscaled(value, scale)));
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        bytes
    }
}
