//! The frames of one file: where each lies, how its values become signal, and which stack it belongs to.
//!
//! A classic file has one frame and says this in its data set; an enhanced one says it in functional groups.

use std::sync::Arc;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{
    acquisition::{acquired, contrast_agent},
    dataset::Dataset,
    file::DicomFile,
    functional_groups::FrameGroups,
    pixels::PixelFormat,
    plane::Plane,
};
use crate::{
    acquisition::DateTime,
    error::{Detail, ErrorKind, Result},
    volume::Scaling,
};

/// One 2-D frame in space.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    /// The index of its file.
    pub(crate) file: usize,
    /// Its index in the file.
    pub(crate) index: usize,
    pub(crate) plane: Plane,
    pub(crate) scaling: Scaling,
    /// Not part of the key, as it jitters on some scanners.
    pub(crate) echo_time_ms: Option<f64>,
    /// Shared by consecutive frames of a file that have the same.
    pub(crate) key: Arc<StackKey>,
    pub(crate) marks: Marks,
    /// `SpacingBetweenSlices`; some writers give it a sign.
    pub(crate) slice_spacing_mm: Option<f64>,
}

/// What the frames of one stack have in common, apart from directions, spacing and echo time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StackKey {
    columns: usize,
    rows: usize,
    /// Such as magnitude or phase, water or fat.
    image_type: Vec<String>,
    b_value: Option<i64>,
}

/// What tells frames apart that lie at one place, if they do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Marks {
    pub(crate) stack: Option<String>,
    pub(crate) acquisition: Option<i64>,
    pub(crate) time_point: Option<i64>,
    pub(crate) echo: Option<i64>,
    /// Indices of dimensions other than space.
    pub(crate) dimensions: Vec<i64>,
    pub(crate) contrast_agent: bool,
    /// When it was acquired; never shown.
    pub(crate) acquired: Option<DateTime>,
}

impl StackKey {
    /// Columns and rows.
    pub(crate) fn matrix(&self) -> [usize; 2] {
        [self.columns, self.rows]
    }

    /// The defined terms of `ImageType`, and the component of a complex image.
    pub(crate) fn image_type(&self) -> &[String] {
        &self.image_type
    }

    /// In thousandths of s/mm2.
    pub(crate) fn b_value(&self) -> Option<i64> {
        self.b_value
    }
}

/// The frames of a file, which has the index `file`.
///
/// # Errors
/// `Unsupported` for a mosaic; `Malformed` when functional groups and frames differ in number or a value is not a
/// number; `Geometry` when a frame has no position or no valid plane.
///
/// # Reference
/// DICOM PS3.3, C.7.6.2 and C.8.3.1 (classic), C.7.6.16 and C.8.13 (enhanced).
pub(crate) fn frames(dicom: &DicomFile, file: usize, format: &PixelFormat) -> Result<Vec<Frame>> {
    let dataset = dicom.dataset();
    if is_mosaic(dataset) {
        return Err(FrameError::Mosaic.into());
    }
    if dataset.has(tags::MODALITY_LUT_SEQUENCE) {
        return Err(FrameError::LookUpTable.into());
    }
    match FrameGroups::of_frames(dataset).count() {
        0 if format.frames == 1 => {}
        0 => return Err(FrameError::NoGroups { frames: format.frames }.into()),
        groups if groups == format.frames => {}
        groups => return Err(FrameError::Groups { groups, frames: format.frames }.into()),
    }
    let dimensions = Dimensions::of(dataset);
    let mut frames: Vec<Frame> = Vec::new();
    let mut enhanced = FrameGroups::of_frames(dataset);
    for index in 0..format.frames {
        let groups = enhanced.next().unwrap_or_else(|| FrameGroups::of_frame(dataset, index));
        let frame = frame(&groups, file, index, format, &dimensions);
        let mut frame = frame.map_err(|error| match format.frames {
            1 => error,
            _ => {
                FrameError::Frame { number: index + 1, kind: error.kind(), problem: error.to_string() }.into()
            }
        })?;
        if let Some(last) = frames.last().filter(|last| last.key == frame.key) {
            frame.key = Arc::clone(&last.key);
        }
        frames.push(frame);
    }
    Ok(frames)
}

fn frame(
    groups: &FrameGroups<'_>,
    file: usize,
    index: usize,
    format: &PixelFormat,
    dimensions: &Dimensions,
) -> Result<Frame> {
    let measures = groups.group_or_dataset(tags::PIXEL_MEASURES_SEQUENCE);
    Ok(Frame {
        file,
        index,
        plane: groups.plane(Some(groups.dataset), |keyword| FrameError::NoPlace { keyword }.into())?,
        scaling: scaling(groups, format)?,
        echo_time_ms: echo_time_ms(groups),
        key: Arc::new(stack_key(groups, format)),
        marks: marks(groups, dimensions),
        slice_spacing_mm: measures.decimal(tags::SPACING_BETWEEN_SLICES),
    })
}

/// Whether the frame is a Siemens mosaic: many slices tiled into one frame.
fn is_mosaic(dataset: Dataset<'_>) -> bool {
    const IMAGES_IN_MOSAIC: Tag = Tag(0x0019, 0x100a);
    const CREATOR: Tag = Tag(0x0019, 0x0010);
    const IMAGE_TYPE_TEXT: Tag = Tag(0x0051, 0x1016);
    let named = |tag| dataset.texts(tag).iter().any(|text| text.contains("MOSAIC"));
    let siemens = dataset.text(CREATOR).is_some_and(|creator| creator == "SIEMENS MR HEADER");
    named(tags::IMAGE_TYPE) || named(IMAGE_TYPE_TEXT) || (siemens && dataset.has(IMAGES_IN_MOSAIC))
}

/// For each dimension index of a frame, whether it counts something other than positions.
struct Dimensions(Vec<bool>);

impl Dimensions {
    fn of(dataset: Dataset<'_>) -> Self {
        const OF_SPACE: [Tag; 4] = [
            tags::STACK_ID,
            tags::IN_STACK_POSITION_NUMBER,
            tags::IMAGE_POSITION_PATIENT,
            tags::PLANE_POSITION_SEQUENCE,
        ];
        let is_other = |item: Dataset<'_>| {
            item.tag(tags::DIMENSION_INDEX_POINTER).is_some_and(|tag| !OF_SPACE.contains(&tag))
        };
        Self(dataset.items(tags::DIMENSION_INDEX_SEQUENCE).map(is_other).collect())
    }
}

fn scaling(groups: &FrameGroups<'_>, format: &PixelFormat) -> Result<Scaling> {
    let group = groups.group_or_dataset(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
    let slope = group.number(tags::RESCALE_SLOPE)?.unwrap_or(1.0);
    let intercept = group.number(tags::RESCALE_INTERCEPT)?.unwrap_or(0.0);
    if slope == 0.0 {
        return Err(FrameError::Slope.into());
    }
    let scaling = Scaling { slope, intercept };
    Ok(if format.monochrome1 { inverted(scaling, format) } else { scaling })
}

/// Longer echo times are none.
const MAX_ECHO_TIME_MS: f64 = 1e5;

fn echo_time_ms(groups: &FrameGroups<'_>) -> Option<f64> {
    let effective = groups.group_or_dataset(tags::MR_ECHO_SEQUENCE).decimal(tags::EFFECTIVE_ECHO_TIME);
    let time = effective.or_else(|| groups.dataset.decimal(tags::ECHO_TIME))?;
    (time > 0.0 && time <= MAX_ECHO_TIME_MS).then_some(time)
}

fn stack_key(groups: &FrameGroups<'_>, format: &PixelFormat) -> StackKey {
    let b_value = groups.group_or_dataset(tags::MR_DIFFUSION_SEQUENCE).decimal(tags::DIFFUSION_B_VALUE);
    StackKey {
        columns: format.columns,
        rows: format.rows,
        image_type: image_type(groups),
        b_value: b_value.map(|value| (value * 1e3).round() as i64),
    }
}

fn image_type(groups: &FrameGroups<'_>) -> Vec<String> {
    let group = groups.group_or_dataset(tags::MR_IMAGE_FRAME_TYPE_SEQUENCE);
    let mut terms = group.texts(tags::FRAME_TYPE);
    if terms.is_empty() {
        terms = groups.dataset.texts(tags::IMAGE_TYPE);
    }
    terms.extend(group.text(tags::COMPLEX_IMAGE_COMPONENT));
    // the order of the terms past the second has no meaning
    terms.sort();
    terms
}

fn marks(groups: &FrameGroups<'_>, dimensions: &Dimensions) -> Marks {
    let dataset = groups.dataset;
    let content = groups.group_or_dataset(tags::FRAME_CONTENT_SEQUENCE);
    let indices = content.integers(tags::DIMENSION_INDEX_VALUES).unwrap_or_default();
    let others = indices.into_iter().zip(&dimensions.0).filter(|&(_, &other)| other);
    let time_point = content.whole(tags::TEMPORAL_POSITION_INDEX);
    let acquisition = content.whole(tags::FRAME_ACQUISITION_NUMBER);
    Marks {
        stack: content.text(tags::STACK_ID),
        acquisition: acquisition.or_else(|| dataset.whole(tags::ACQUISITION_NUMBER)),
        time_point: time_point.or_else(|| dataset.whole(tags::TEMPORAL_POSITION_IDENTIFIER)),
        echo: dataset.whole(tags::ECHO_NUMBERS),
        dimensions: others.map(|(index, _)| index).collect(),
        contrast_agent: contrast_agent(groups),
        acquired: acquired(groups),
    }
}

/// The scaling that makes bright pixels high: in MONOCHROME1 the lowest stored value is the brightest.
fn inverted(Scaling { slope, intercept }: Scaling, format: &PixelFormat) -> Scaling {
    // the sum of the lowest and the highest value that the stored bits can hold
    let ends = if format.signed { -1.0 } else { f64::from(format.bits_stored).exp2() - 1.0 };
    Scaling { slope: -slope, intercept: slope * ends + intercept }
}

#[derive(Debug, thiserror::Error)]
enum FrameError {
    #[error(
        "a Siemens mosaic, many slices in one frame: not supported, so convert the series to NIfTI or export it as single slices"
    )]
    Mosaic,
    #[error("a Modality LUT Sequence: expected RescaleSlope and RescaleIntercept, so export the image again")]
    LookUpTable,
    #[error("{frames} frames without functional groups: where each lies is unknown, so it is not read")]
    NoGroups { frames: usize },
    #[error(
        "functional groups of {groups} frames, but NumberOfFrames is {frames}: the header contradicts itself"
    )]
    Groups { groups: usize, frames: usize },
    #[error("no {keyword}: where the image lies is unknown, so it is not read")]
    NoPlace { keyword: &'static str },
    #[error("RescaleSlope is 0: expected another number")]
    Slope,
    #[error("frame {number}: {problem}")]
    Frame { number: usize, kind: ErrorKind, problem: String },
}

impl Detail for FrameError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Mosaic | Self::LookUpTable | Self::NoGroups { .. } => ErrorKind::Unsupported,
            Self::NoPlace { .. } => ErrorKind::Geometry,
            Self::Groups { .. } | Self::Slope => ErrorKind::Malformed,
            Self::Frame { kind, .. } => *kind,
        }
    }
}
