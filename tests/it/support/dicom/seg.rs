//! A segmentation: one frame per segment and slice, or label values.

use fastrand::Rng;
use ndarray::{Array3, Axis};

use super::{
    classic::Storage,
    dataset::Dataset,
    enhanced::dimensions,
    place::{self, Matrix},
    secrets::{kind, label, patient, uid},
    tags::{
        BITS_ALLOCATED, CODE_MEANING, CODE_VALUE, CODING_SCHEME_DESIGNATOR, COLUMNS, CONTENT_CREATOR_NAME,
        CONTENT_DESCRIPTION, CONTENT_LABEL, DIMENSION_INDEX_VALUES, FRAME_CONTENT_SEQUENCE,
        FRAME_OF_REFERENCE_UID, IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT, IMAGE_TYPE,
        INSTANCE_NUMBER, LOSSY_IMAGE_COMPRESSION, MAXIMUM_FRACTIONAL_VALUE, MODALITY, NUMBER_OF_FRAMES,
        PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PIXEL_DATA_BYTES, PIXEL_MEASURES_SEQUENCE, PIXEL_SPACING,
        PLANE_ORIENTATION_SEQUENCE, PLANE_POSITION_SEQUENCE, REFERENCED_SEGMENT_NUMBER, ROWS,
        SEGMENT_ALGORITHM_NAME, SEGMENT_ALGORITHM_TYPE, SEGMENT_DESCRIPTION, SEGMENT_IDENTIFICATION_SEQUENCE,
        SEGMENT_LABEL, SEGMENT_NUMBER, SEGMENT_SEQUENCE, SEGMENTATION_FRACTIONAL_TYPE, SEGMENTATION_TYPE,
        SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, SEGMENTS_OVERLAP,
        SERIES_INSTANCE_UID, SERIES_NUMBER, SHARED_FUNCTIONAL_GROUPS_SEQUENCE, SLICE_THICKNESS,
        SOP_CLASS_UID, SOP_INSTANCE_UID, SPACING_BETWEEN_SLICES, STUDY_INSTANCE_UID,
    },
};

/// How segments are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SegmentationType {
    /// One bit a pixel, running on from frame to frame.
    Binary,
    /// One byte a pixel; `maximum` is a whole pixel.
    Fractional { maximum: usize },
    /// The number of the segment at each pixel.
    LabelMap,
}

/// A segmentation to be written.
#[derive(Debug, Clone)]
pub(crate) struct Segmentation {
    pub(crate) kind: SegmentationType,
    /// By segment number from 1, by (i, j, k): 0, 1, or a part of the fractional maximum.
    pub(crate) segments: Vec<Array3<u8>>,
    pub(crate) affine: Matrix,
    /// Leaves out the frames in which nothing is marked.
    pub(crate) sparse: bool,
    pub(crate) frame_of_reference: usize,
    /// Names in place of [`label`].
    pub(crate) labels: Option<Vec<&'static str>>,
    pub(crate) number: usize,
    pub(crate) seed: u64,
}

impl Segmentation {
    /// Sparse, in frame of reference 1, with frames in shuffled order.
    pub(crate) fn new(kind: SegmentationType, segments: Vec<Array3<u8>>, affine: Matrix) -> Self {
        Self {
            kind,
            segments,
            affine,
            sparse: true,
            frame_of_reference: 1,
            labels: None,
            number: 70,
            seed: 5,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn dataset(&self) -> Dataset {
        let frames = self.frames();
        let (columns, rows, _) = self.segments[0].dim();
        let segments = (1..=self.segments.len()).map(|number| self.segment(number)).collect::<Vec<_>>();
        let groups = frames.iter().map(|frame| self.groups(frame)).collect::<Vec<_>>();
        let mut dataset = self.described();
        dataset
            .set(ROWS, rows)
            .set(COLUMNS, columns)
            .set(NUMBER_OF_FRAMES, frames.len())
            .set(SEGMENT_SEQUENCE, segments)
            .set(SHARED_FUNCTIONAL_GROUPS_SEQUENCE, self.shared())
            .set(PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, groups)
            .set(PIXEL_DATA_BYTES, self.pixels(&frames));
        self.stored().describe(&mut dataset);
        if self.kind == SegmentationType::Binary {
            dataset.set(BITS_ALLOCATED, 1);
        }
        dataset
    }

    fn stored(&self) -> Storage {
        let bits_stored = if self.kind == SegmentationType::Binary { 1 } else { 8 };
        Storage { bits_allocated: 8, bits_stored, signed: false, ..Storage::SIGNED }
    }

    /// Segment (`None` in a label map) and slice of each frame, and its pixels row by row.
    fn frames(&self) -> Vec<Frame> {
        let label_map = self.kind == SegmentationType::LabelMap;
        let combined = || {
            let mut labels = Array3::zeros(self.segments[0].raw_dim());
            for (segment, number) in self.segments.iter().zip(1..) {
                labels.zip_mut_with(segment, |label, &marked| {
                    if marked > 0 {
                        *label = number;
                    }
                });
            }
            labels
        };
        let volumes: Vec<(Option<usize>, Array3<u8>)> = if label_map {
            vec![(None, combined())]
        } else {
            self.segments.iter().cloned().enumerate().map(|(n, segment)| (Some(n + 1), segment)).collect()
        };
        let mut frames = Vec::new();
        for (segment, volume) in volumes {
            for k in 0..volume.dim().2 {
                let pixels: Vec<u8> = volume.index_axis(Axis(2), k).t().iter().copied().collect();
                if !self.sparse || pixels.iter().any(|&pixel| pixel > 0) {
                    frames.push(Frame { segment, k, pixels });
                }
            }
        }
        Rng::with_seed(self.seed).shuffle(&mut frames);
        frames
    }

    fn pixels(&self, frames: &[Frame]) -> Vec<u8> {
        let pixels: Vec<u8> = frames.iter().flat_map(|frame| frame.pixels.iter().copied()).collect();
        let mut bytes = match self.kind {
            SegmentationType::Binary => pixels
                .chunks(8)
                .map(|bits| bits.iter().enumerate().fold(0, |byte, (n, &bit)| byte | u8::from(bit > 0) << n))
                .collect(),
            _ => pixels,
        };
        if bytes.len() % 2 == 1 {
            bytes.push(0);
        }
        bytes
    }

    fn described(&self) -> Dataset {
        let label_map = self.kind == SegmentationType::LabelMap;
        let class = if label_map { "1.2.840.10008.5.1.4.1.1.66.7" } else { "1.2.840.10008.5.1.4.1.1.66.4" };
        let mut dataset = patient()
            .with(SOP_CLASS_UID, class)
            .with(SOP_INSTANCE_UID, uid(kind::IMAGE, 1000 * self.number))
            .with(MODALITY, "SEG")
            .with(STUDY_INSTANCE_UID, uid(kind::STUDY, 1))
            .with(SERIES_INSTANCE_UID, uid(kind::SERIES, self.number))
            .with(FRAME_OF_REFERENCE_UID, uid(kind::FRAME_OF_REFERENCE, self.frame_of_reference))
            .with(SERIES_NUMBER, self.number)
            .with(INSTANCE_NUMBER, 1)
            .with(IMAGE_TYPE, "DERIVED\\PRIMARY")
            .with(CONTENT_LABEL, "SEGMENTATION")
            .with(CONTENT_DESCRIPTION, label(0))
            .with(CONTENT_CREATOR_NAME, "Grabowski^Egon")
            .with(LOSSY_IMAGE_COMPRESSION, "00");
        match self.kind {
            SegmentationType::Binary => dataset.set(SEGMENTATION_TYPE, "BINARY"),
            SegmentationType::Fractional { maximum } => dataset
                .set(SEGMENTATION_TYPE, "FRACTIONAL")
                .set(SEGMENTATION_FRACTIONAL_TYPE, "PROBABILITY")
                .set(MAXIMUM_FRACTIONAL_VALUE, maximum),
            SegmentationType::LabelMap => dataset.set(SEGMENTATION_TYPE, "LABELMAP"),
        };
        dataset.set(SEGMENTS_OVERLAP, if label_map { "NO" } else { "UNDEFINED" });
        let position = (IMAGE_POSITION_PATIENT, PLANE_POSITION_SEQUENCE);
        let segment = (REFERENCED_SEGMENT_NUMBER, SEGMENT_IDENTIFICATION_SEQUENCE);
        let pointers = [segment, position];
        dimensions(&mut dataset, &pointers[usize::from(label_map)..]);
        dataset
    }

    fn segment(&self, number: usize) -> Dataset {
        let name = self.labels.as_ref().map_or_else(|| label(number), |labels| labels[number - 1].into());
        let code = |value: &str, meaning: &str| {
            Dataset::default()
                .with(CODE_VALUE, value)
                .with(CODING_SCHEME_DESIGNATOR, "SCT")
                .with(CODE_MEANING, meaning)
        };
        Dataset::default()
            .with(SEGMENT_NUMBER, number)
            .with(SEGMENT_LABEL, name)
            .with(SEGMENT_DESCRIPTION, label(number))
            .with(SEGMENT_ALGORITHM_TYPE, "SEMIAUTOMATIC")
            .with(SEGMENT_ALGORITHM_NAME, label(number))
            .with(SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE, code("49755003", "Morphologic abnormality"))
            .with(SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, code("35566002", "Hematoma"))
    }

    fn shared(&self) -> Dataset {
        let spacing = place::slice_spacing(&self.affine);
        let measures = Dataset::default()
            .with(PIXEL_SPACING, place::pixel_spacing(&self.affine))
            .with(SLICE_THICKNESS, spacing)
            .with(SPACING_BETWEEN_SLICES, spacing);
        let orientation =
            Dataset::default().with(IMAGE_ORIENTATION_PATIENT, place::orientation(&self.affine));
        Dataset::default()
            .with(PIXEL_MEASURES_SEQUENCE, measures)
            .with(PLANE_ORIENTATION_SEQUENCE, orientation)
    }

    fn groups(&self, frame: &Frame) -> Dataset {
        let index = frame.segment.into_iter().map(|segment| segment as f64).chain([frame.k as f64 + 1.0]);
        let position = place::lps(&self.affine, [0.0, 0.0, frame.k as f64]);
        let mut groups = Dataset::default()
            .with(
                FRAME_CONTENT_SEQUENCE,
                Dataset::default().with(DIMENSION_INDEX_VALUES, index.collect::<Vec<f64>>()),
            )
            .with(PLANE_POSITION_SEQUENCE, Dataset::default().with(IMAGE_POSITION_PATIENT, position));
        if let Some(segment) = frame.segment {
            let identification = Dataset::default().with(REFERENCED_SEGMENT_NUMBER, segment);
            groups.set(SEGMENT_IDENTIFICATION_SEQUENCE, identification);
        }
        groups
    }
}

#[derive(Clone)]
struct Frame {
    segment: Option<usize>,
    k: usize,
    pixels: Vec<u8>,
}
