//! The frames of one file: where each lies, how its values become signal, and what it belongs to.
//!
//! A classic file says it once, an enhanced one in functional groups, shared or per frame.

use std::sync::Arc;

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use super::{dataset::Dataset, file::DicomFile, pixels::PixelFormat, plane::Plane};
use crate::{
    error::{Detail, ErrorKind, Result},
    volume::Scaling,
};

/// One 2-D frame in space.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    /// The number of the file it is in.
    pub(crate) file: usize,
    /// Its number in the file, from 0.
    pub(crate) index: usize,
    pub(crate) plane: Plane,
    pub(crate) scaling: Scaling,
    /// Not in the key, as some scanners' jitters.
    pub(crate) echo_time_ms: Option<f64>,
    /// Shared by the frames of a file that have the same.
    pub(crate) key: Arc<StackKey>,
    /// Indices of time and other dimensions than space, which tell volumes at the same places apart.
    pub(crate) volume: Vec<i64>,
}

/// What frames of one stack have in common, beside their directions and spacing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StackKey {
    series: String,
    frame_of_reference: Option<String>,
    columns: usize,
    rows: usize,
    /// `BitsAllocated`, whether signed, whether low values are bright.
    stored: (u16, bool, bool),
    /// Magnitude or phase, water or fat, and the like.
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

    /// `FrameOfReferenceUID`: which coordinate system the positions are in; never shown.
    pub(crate) fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }
}

/// The frames of a file that is number `file` of those read.
///
/// # Errors
/// `Unsupported` for a mosaic, or when a frame's place is not given; `Malformed` when functional groups
/// and frames differ in number or a value is none; `Geometry` when a frame lies in no plane.
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
    let shared = dataset.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let own = || dataset.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    match own().count() {
        0 if format.frames == 1 => {}
        0 => return Err(FrameError::NoGroups { frames: format.frames }.into()),
        groups if groups == format.frames => {}
        groups => return Err(FrameError::Groups { groups, frames: format.frames }.into()),
    }
    let dimensions = Dimensions::of(dataset);
    let mut frames: Vec<Frame> = Vec::new();
    let mut own = own();
    for index in 0..format.frames {
        let groups = Groups { dataset, shared, own: own.next() };
        let key = groups.key(format)?;
        let same = frames.last().filter(|last| *last.key == key).map(|last| Arc::clone(&last.key));
        frames.push(Frame {
            file,
            index,
            plane: groups.plane()?,
            scaling: groups.scaling(format)?,
            echo_time_ms: groups.echo_time_ms()?,
            key: same.unwrap_or_else(|| Arc::new(key)),
            volume: groups.volume(&dimensions)?,
        });
    }
    Ok(frames)
}

/// `SeriesInstanceUID`, which is never shown.
pub(crate) fn series_uid(dataset: Dataset<'_>) -> String {
    dataset.text(tags::SERIES_INSTANCE_UID).unwrap_or_default()
}

/// Many slices side by side in one frame, as Siemens writes them.
fn is_mosaic(dataset: Dataset<'_>) -> bool {
    const IMAGES_IN_MOSAIC: Tag = Tag(0x0019, 0x100a);
    const CREATOR: Tag = Tag(0x0019, 0x0010);
    const IMAGE_TYPE_TEXT: Tag = Tag(0x0051, 0x1016);
    let named = |tag| dataset.texts(tag).iter().any(|text| text.contains("MOSAIC"));
    let siemens = dataset.text(CREATOR).is_some_and(|creator| creator == "SIEMENS MR HEADER");
    named(tags::IMAGE_TYPE) || named(IMAGE_TYPE_TEXT) || (siemens && dataset.has(IMAGES_IN_MOSAIC))
}

/// Which of a frame's dimension indices count something else than places.
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

/// Where what is said of one frame can stand, the nearest place last.
struct Groups<'a> {
    dataset: Dataset<'a>,
    shared: Option<Dataset<'a>>,
    own: Option<Dataset<'a>>,
}

impl<'a> Groups<'a> {
    /// The item of a functional group: the frame's own, the shared one, or else the data set itself.
    fn group(&self, sequence: Tag) -> Dataset<'a> {
        let item = |groups: Option<Dataset<'a>>| groups.and_then(|groups| groups.item(sequence));
        item(self.own).or_else(|| item(self.shared)).unwrap_or(self.dataset)
    }

    fn plane(&self) -> Result<Plane> {
        let missing = |keyword| FrameError::NoPlace { keyword };
        let position = self.group(tags::PLANE_POSITION_SEQUENCE).numbers(tags::IMAGE_POSITION_PATIENT)?;
        let orientation =
            self.group(tags::PLANE_ORIENTATION_SEQUENCE).numbers(tags::IMAGE_ORIENTATION_PATIENT)?;
        let spacing = self.group(tags::PIXEL_MEASURES_SEQUENCE).numbers(tags::PIXEL_SPACING)?;
        Plane::of(
            position.ok_or(missing("ImagePositionPatient"))?,
            orientation.ok_or(missing("ImageOrientationPatient"))?,
            spacing.ok_or(missing("PixelSpacing"))?,
        )
    }

    fn scaling(&self, format: &PixelFormat) -> Result<Scaling> {
        let group = self.group(tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
        let slope = group.number(tags::RESCALE_SLOPE)?.unwrap_or(1.0);
        let intercept = group.number(tags::RESCALE_INTERCEPT)?.unwrap_or(0.0);
        if slope == 0.0 {
            return Err(FrameError::Slope.into());
        }
        let scaling = Scaling { slope, intercept };
        Ok(if format.monochrome1 { bright_high(scaling, format) } else { scaling })
    }

    fn echo_time_ms(&self) -> Result<Option<f64>> {
        match self.group(tags::MR_ECHO_SEQUENCE).number(tags::EFFECTIVE_ECHO_TIME)? {
            Some(time) => Ok(Some(time)),
            None => self.dataset.number(tags::ECHO_TIME),
        }
    }

    fn key(&self, format: &PixelFormat) -> Result<StackKey> {
        let b_value = self.group(tags::MR_DIFFUSION_SEQUENCE).number(tags::DIFFUSION_B_VALUE)?;
        Ok(StackKey {
            series: series_uid(self.dataset),
            frame_of_reference: self.dataset.text(tags::FRAME_OF_REFERENCE_UID),
            columns: format.columns,
            rows: format.rows,
            stored: (format.bits_allocated, format.signed, format.monochrome1),
            image_type: self.image_type(),
            echo_number: self.dataset.integer(tags::ECHO_NUMBERS)?,
            b_value: b_value.map(|value| (value * 1e3).round() as i64),
            stack: self.group(tags::FRAME_CONTENT_SEQUENCE).text(tags::STACK_ID),
        })
    }

    fn image_type(&self) -> Vec<String> {
        let group = self.group(tags::MR_IMAGE_FRAME_TYPE_SEQUENCE);
        let mut found = group.texts(tags::FRAME_TYPE);
        if found.is_empty() {
            found = self.dataset.texts(tags::IMAGE_TYPE);
        }
        found.extend(group.text(tags::COMPLEX_IMAGE_COMPONENT));
        // the order of the values past the second says nothing
        found.sort();
        found
    }

    fn volume(&self, dimensions: &Dimensions) -> Result<Vec<i64>> {
        let content = self.group(tags::FRAME_CONTENT_SEQUENCE);
        let indices = content.integers(tags::DIMENSION_INDEX_VALUES)?;
        let others = indices.into_iter().zip(&dimensions.0).filter(|&(_, &other)| other);
        let mut volume: Vec<i64> = others.map(|(index, _)| index).collect();
        volume.extend(content.integer(tags::TEMPORAL_POSITION_INDEX)?);
        volume.extend(self.dataset.integer(tags::TEMPORAL_POSITION_IDENTIFIER)?);
        Ok(volume)
    }
}

/// The same signal with its range turned over: as stored, low values are the bright ones.
fn bright_high(Scaling { slope, intercept }: Scaling, format: &PixelFormat) -> Scaling {
    // the lowest and the highest value that the stored bits can hold
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
