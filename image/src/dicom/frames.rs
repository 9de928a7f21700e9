//! The frames of one file: where each lies, how its values become signal, and which stack it belongs to.
//!
//! A classic file has one frame and says this in its data set; an enhanced one says it in functional groups.

use std::sync::Arc;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{
    dataset::Dataset, file::DicomFile, functional_groups::FrameGroups, pixels::PixelFormat, plane::Plane,
};
use crate::{
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
    /// Indices of time and other dimensions than space, which distinguish volumes at the same positions.
    pub(crate) volume: Vec<i64>,
}

/// What the frames of one stack have in common, apart from directions and spacing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StackKey {
    series: String,
    frame_of_reference: Option<String>,
    columns: usize,
    rows: usize,
    /// `BitsAllocated`, whether signed, whether MONOCHROME1.
    stored: (u16, bool, bool),
    /// Such as magnitude or phase, water or fat.
    image_type: Vec<String>,
    echo_number: Option<i64>,
    b_value: Option<i64>,
    stack: Option<String>,
}

impl StackKey {
    /// Columns and rows.
    pub(crate) fn matrix(&self) -> [usize; 2] {
        [self.columns, self.rows]
    }

    /// `FrameOfReferenceUID`, the coordinate system of the positions; never shown.
    pub(crate) fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
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
        let key = stack_key(&groups, format)?;
        let same = frames.last().filter(|last| *last.key == key).map(|last| Arc::clone(&last.key));
        frames.push(Frame {
            file,
            index,
            plane: groups.plane(Some(dataset), |keyword| FrameError::NoPlace { keyword }.into())?,
            scaling: scaling(&groups, format)?,
            echo_time_ms: echo_time_ms(&groups)?,
            key: same.unwrap_or_else(|| Arc::new(key)),
            volume: volume_indices(&groups, &dimensions)?,
        });
    }
    Ok(frames)
}

/// `SeriesInstanceUID`; never shown.
pub(crate) fn series_uid(dataset: Dataset<'_>) -> String {
    dataset.text(tags::SERIES_INSTANCE_UID).unwrap_or_default()
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

fn echo_time_ms(groups: &FrameGroups<'_>) -> Result<Option<f64>> {
    match groups.group_or_dataset(tags::MR_ECHO_SEQUENCE).number(tags::EFFECTIVE_ECHO_TIME)? {
        Some(time) => Ok(Some(time)),
        None => groups.dataset.number(tags::ECHO_TIME),
    }
}

fn stack_key(groups: &FrameGroups<'_>, format: &PixelFormat) -> Result<StackKey> {
    let dataset = groups.dataset;
    let b_value = groups.group_or_dataset(tags::MR_DIFFUSION_SEQUENCE).number(tags::DIFFUSION_B_VALUE)?;
    Ok(StackKey {
        series: series_uid(dataset),
        frame_of_reference: dataset.text(tags::FRAME_OF_REFERENCE_UID),
        columns: format.columns,
        rows: format.rows,
        stored: (format.bits_allocated, format.signed, format.monochrome1),
        image_type: image_type(groups),
        echo_number: dataset.integer(tags::ECHO_NUMBERS)?,
        b_value: b_value.map(|value| (value * 1e3).round() as i64),
        stack: groups.group_or_dataset(tags::FRAME_CONTENT_SEQUENCE).text(tags::STACK_ID),
    })
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

fn volume_indices(groups: &FrameGroups<'_>, dimensions: &Dimensions) -> Result<Vec<i64>> {
    let content = groups.group_or_dataset(tags::FRAME_CONTENT_SEQUENCE);
    let indices = content.integers(tags::DIMENSION_INDEX_VALUES)?;
    let others = indices.into_iter().zip(&dimensions.0).filter(|&(_, &other)| other);
    let mut volume: Vec<i64> = others.map(|(index, _)| index).collect();
    volume.extend(content.integer(tags::TEMPORAL_POSITION_INDEX)?);
    volume.extend(groups.dataset.integer(tags::TEMPORAL_POSITION_IDENTIFIER)?);
    Ok(volume)
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
}

impl Detail for FrameError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Mosaic | Self::LookUpTable | Self::NoGroups { .. } => ErrorKind::Unsupported,
            Self::NoPlace { .. } => ErrorKind::Geometry,
            Self::Groups { .. } | Self::Slope => ErrorKind::Malformed,
        }
    }
}
