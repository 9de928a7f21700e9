//! One enhanced MR file: all frames of a series, in any order, distinguished by functional groups.

use fastrand::Rng;

use super::{
    classic::Series,
    dataset::Dataset,
    place,
    secrets::{FRAME_COMMENT, kind, uid},
    tags::{
        ACQUISITION_CONTRAST, COMPLEX_IMAGE_COMPONENT, DIMENSION_INDEX_POINTER, DIMENSION_INDEX_SEQUENCE,
        DIMENSION_INDEX_VALUES, DIMENSION_ORGANIZATION_SEQUENCE, DIMENSION_ORGANIZATION_UID, ECHO_NUMBERS,
        ECHO_TIME, ECHO_TRAIN_LENGTH, EFFECTIVE_ECHO_TIME, FLIP_ANGLE, FRAME_CONTENT_SEQUENCE, FRAME_TYPE,
        FUNCTIONAL_GROUP_POINTER, IMAGE_ORIENTATION_PATIENT, IMAGE_POSITION_PATIENT, IMAGE_TYPE,
        IN_STACK_POSITION_NUMBER, INSTANCE_NUMBER, MR_ECHO_SEQUENCE, MR_IMAGE_FRAME_TYPE_SEQUENCE,
        MR_TIMING_SEQUENCE, NUMBER_OF_FRAMES, PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, PIXEL_MEASURES_SEQUENCE,
        PIXEL_PRESENTATION, PIXEL_SPACING, PIXEL_VALUE_TRANSFORMATION_SEQUENCE, PLANE_ORIENTATION_SEQUENCE,
        PLANE_POSITION_SEQUENCE, REPETITION_TIME, RESCALE_INTERCEPT, RESCALE_SLOPE, RESCALE_TYPE,
        RF_ECHO_TRAIN_LENGTH, SCANNING_SEQUENCE, SEQUENCE_VARIANT, SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
        SLICE_THICKNESS, SOP_CLASS_UID, SOP_INSTANCE_UID, STACK_ID, Tag, VOLUME_BASED_CALCULATION_TECHNIQUE,
        VOLUMETRIC_PROPERTIES,
    },
};

/// One echo of an enhanced image: its time (ms) and what it shows.
pub(crate) type Echo = (f64, ndarray::Array3<i32>);

/// A series as one file of frames in shuffled order, with one echo at the contrast's own echo time.
pub(crate) fn enhanced(series: &Series, seed: u64) -> Dataset {
    echoes(series, &[(series.contrast.timing().0, series.signal.clone())], seed)
}

/// The same with several echoes, whose signals have the series' shape.
pub(crate) fn echoes(series: &Series, echoes: &[Echo], seed: u64) -> Dataset {
    let slices = series.signal.dim().2;
    let mut frames: Vec<Frame> =
        (0..slices * echoes.len()).map(|n| Frame { k: n % slices, echo: n / slices }).collect();
    Rng::with_seed(seed).shuffle(&mut frames);
    let mut pixels = Vec::new();
    for frame in &frames {
        pixels.extend(series.pixels(&echoes[frame.echo].1, frame.k, frame.scale(series)));
    }
    let mut dataset = described(series);
    dataset
        .set(NUMBER_OF_FRAMES, frames.len())
        .set(SHARED_FUNCTIONAL_GROUPS_SEQUENCE, shared(series))
        .set(
            PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
            frames.iter().map(|frame| frame.groups(series, echoes[frame.echo].0)).collect::<Vec<_>>(),
        )
        .set(series.stored.pixel_data(), pixels);
    dataset
}

/// One frame: slice and echo, from 0.
struct Frame {
    k: usize,
    echo: usize,
}

impl Frame {
    fn scale(&self, series: &Series) -> (f64, f64) {
        series.scale.map_or((1.0, 0.0), |scale| scale(self.k))
    }

    fn groups(&self, series: &Series, echo_time: f64) -> Dataset {
        let (slope, intercept) = self.scale(series);
        let content = Dataset::default()
            .with(STACK_ID, "1")
            .with(IN_STACK_POSITION_NUMBER, self.k + 1)
            .with(DIMENSION_INDEX_VALUES, [1.0, self.k as f64 + 1.0, self.echo as f64 + 1.0])
            .with(FRAME_COMMENT.0, FRAME_COMMENT.1);
        let position = place::lps(&series.affine, [0.0, 0.0, self.k as f64]);
        let transformation = Dataset::default()
            .with(RESCALE_INTERCEPT, intercept)
            .with(RESCALE_SLOPE, slope)
            .with(RESCALE_TYPE, "US");
        Dataset::default()
            .with(FRAME_CONTENT_SEQUENCE, content)
            .with(PLANE_POSITION_SEQUENCE, Dataset::default().with(IMAGE_POSITION_PATIENT, position))
            .with(MR_ECHO_SEQUENCE, Dataset::default().with(EFFECTIVE_ECHO_TIME, echo_time))
            .with(PIXEL_VALUE_TRANSFORMATION_SEQUENCE, transformation)
    }
}

/// The attributes outside the functional groups.
fn described(series: &Series) -> Dataset {
    let mut dataset = series.common();
    for tag in [ECHO_TIME, REPETITION_TIME, ECHO_TRAIN_LENGTH, ECHO_NUMBERS, FLIP_ANGLE] {
        dataset.remove(tag);
    }
    dataset.remove(SCANNING_SEQUENCE).remove(SEQUENCE_VARIANT);
    dataset
        .set(SOP_CLASS_UID, "1.2.840.10008.5.1.4.1.1.4.1")
        .set(SOP_INSTANCE_UID, uid(kind::IMAGE, 1000 * series.number + 900))
        .set(IMAGE_TYPE, "ORIGINAL\\PRIMARY\\VOLUME\\NONE")
        .set(INSTANCE_NUMBER, 1)
        .set(PIXEL_PRESENTATION, "MONOCHROME")
        .set(VOLUMETRIC_PROPERTIES, "VOLUME")
        .set(VOLUME_BASED_CALCULATION_TECHNIQUE, "NONE")
        .set(COMPLEX_IMAGE_COMPONENT, "MAGNITUDE")
        .set(ACQUISITION_CONTRAST, "UNKNOWN");
    dimensions(
        &mut dataset,
        &[
            (STACK_ID, FRAME_CONTENT_SEQUENCE),
            (IN_STACK_POSITION_NUMBER, FRAME_CONTENT_SEQUENCE),
            (EFFECTIVE_ECHO_TIME, MR_ECHO_SEQUENCE),
        ],
    );
    dataset
}

/// What the frames' dimension indices count.
pub(super) fn dimensions(dataset: &mut Dataset, pointers: &[(Tag, Tag)]) {
    let organization = uid(kind::DIMENSIONS, 1);
    let pair = |tag: Tag| [f64::from(tag.0), f64::from(tag.1)];
    let indices: Vec<Dataset> = pointers
        .iter()
        .map(|&(tag, group)| {
            Dataset::default()
                .with(DIMENSION_ORGANIZATION_UID, organization.clone())
                .with(DIMENSION_INDEX_POINTER, pair(tag))
                .with(FUNCTIONAL_GROUP_POINTER, pair(group))
        })
        .collect();
    dataset
        .set(
            DIMENSION_ORGANIZATION_SEQUENCE,
            Dataset::default().with(DIMENSION_ORGANIZATION_UID, organization),
        )
        .set(DIMENSION_INDEX_SEQUENCE, indices);
}

/// Orientation, spacing and timing, which all frames share.
fn shared(series: &Series) -> Dataset {
    let (_, repetition_time, echo_train) = series.contrast.timing();
    let frame_type = Dataset::default()
        .with(FRAME_TYPE, "ORIGINAL\\PRIMARY\\VOLUME\\NONE")
        .with(PIXEL_PRESENTATION, "MONOCHROME")
        .with(VOLUMETRIC_PROPERTIES, "VOLUME")
        .with(VOLUME_BASED_CALCULATION_TECHNIQUE, "NONE")
        .with(COMPLEX_IMAGE_COMPONENT, "MAGNITUDE")
        .with(ACQUISITION_CONTRAST, "UNKNOWN");
    let timing = Dataset::default()
        .with(REPETITION_TIME, repetition_time)
        .with(FLIP_ANGLE, 90.0)
        .with(ECHO_TRAIN_LENGTH, echo_train)
        .with(RF_ECHO_TRAIN_LENGTH, echo_train);
    plane(series).with(MR_IMAGE_FRAME_TYPE_SEQUENCE, frame_type).with(MR_TIMING_SEQUENCE, timing)
}

fn plane(series: &Series) -> Dataset {
    let measures = Dataset::default()
        .with(PIXEL_SPACING, place::pixel_spacing(&series.affine))
        .with(SLICE_THICKNESS, 0.8 * place::slice_spacing(&series.affine));
    let orientation = Dataset::default().with(IMAGE_ORIENTATION_PATIENT, place::orientation(&series.affine));
    Dataset::default().with(PIXEL_MEASURES_SEQUENCE, measures).with(PLANE_ORIENTATION_SEQUENCE, orientation)
}
