//! The stage map as a DICOM segmentation: one segment for each stage that it holds.
//!
//! | file | what it does |
//! |---|---|
//! | `frames.rs` | which frames there are, and their pixels |
//! | `segments.rs` | what each segment is |
//! | `groups.rs` | where each frame lies, and which slice of the source it is |

mod frames;
mod groups;
mod segments;

use std::fmt;

use dicom_dictionary_std::{tags, uids};
use hemastage::{Result, report::StageMap, stage::Stage};
use hemastage_image::dicom::{CopiedEntity, Origin};

use self::{
    frames::Frames,
    groups::{dimensions, per_frame, referenced_series, shared},
    segments::segments,
};
use crate::{
    dataset::Dataset,
    error::WriteError,
    header::{Identity, Series, header},
    planes::Planes,
};

const SERIES: Series =
    Series { modality: "SEG", number: 9001, description: "hemastage stages, research use only" };

/// How a segmentation stores its voxels.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SegmentationType {
    /// One bit per voxel and segment, which every viewer reads.
    #[default]
    Binary,
    /// One number per voxel, which is smaller to read and known to few viewers yet.
    LabelMap,
}

impl SegmentationType {
    fn term(self) -> &'static str {
        match self {
            Self::Binary => "BINARY",
            Self::LabelMap => "LABELMAP",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Binary => uids::SEGMENTATION_STORAGE,
            Self::LabelMap => uids::LABEL_MAP_SEGMENTATION_STORAGE,
        }
    }

    fn bits(self) -> u16 {
        match self {
            Self::Binary => 1,
            Self::LabelMap => 8,
        }
    }
}

/// What becomes of frames in which nothing is marked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmptyFrames {
    /// They are left out.
    #[default]
    Omit,
    /// They are kept, for viewers that misplace a segmentation without them.
    Keep,
}

/// How a stage map is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SegmentationOptions {
    /// How voxels are stored.
    pub kind: SegmentationType,
    /// Frames in which nothing is marked.
    pub empty_frames: EmptyFrames,
}

impl SegmentationOptions {
    /// Sets how voxels are stored.
    pub fn with_kind(mut self, kind: SegmentationType) -> Self {
        self.kind = kind;
        self
    }

    /// Sets what becomes of frames in which nothing is marked.
    pub fn with_empty_frames(mut self, empty_frames: EmptyFrames) -> Self {
        self.empty_frames = empty_frames;
        self
    }
}

/// A segment: a stage that the map holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Segment {
    /// Its number in the file, from 1.
    pub number: u16,
    /// Its stage.
    pub stage: Stage,
    /// Its voxels.
    pub voxels: usize,
}

/// A written segmentation, which a structured report can refer to.
pub struct Segmentation<'a> {
    origin: &'a Origin,
    identity: Identity,
    segments: Vec<Segment>,
    file: Vec<u8>,
}

impl Segmentation<'_> {
    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.file
    }

    /// The segments, youngest stage first.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    pub(crate) fn origin(&self) -> &Origin {
        self.origin
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }
}

impl fmt::Debug for Segmentation<'_> {
    /// Shows nothing that identifies the patient.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segmentation")
            .field("segments", &self.segments)
            .field("bytes", &self.file.len())
            .finish_non_exhaustive()
    }
}

/// The stage map as a DICOM segmentation, on its own grid in the coordinates of the source.
///
/// # Shape and units
/// Frames are planes of the map's grid, along those of the source as nearly as the grid has them.
///
/// # Errors
/// `Geometry` when the axes of the grid are not at right angles; `Limit` when a plane or the pixels are too large for
/// DICOM; `Parameter` when the map holds no stage.
///
/// # Reference
/// DICOM PS3.3, A.51 Segmentation IOD and C.8.20 Segmentation.
pub fn segmentation<'a>(
    map: &StageMap,
    origin: &'a Origin,
    options: SegmentationOptions,
) -> Result<Segmentation<'a>> {
    let planes = Planes::new(map.grid(), origin.grid())?;
    let present = present(map);
    if present.is_empty() {
        return Err(WriteError::Empty.into());
    }
    let frames = Frames::new(map, &planes, &present, options)?;
    let kind = options.kind;
    // the class stands for the kind; frames may be the same in number, whether or not empty ones are kept
    let parts = [fingerprint(map), frames.len().to_string().into_bytes()];
    let identity = Identity::new(kind.class(), origin, &[&parts[0], &parts[1]]);
    let entities = [CopiedEntity::Study, CopiedEntity::FrameOfReference];
    let dataset = header(origin, &identity, &SERIES, &entities)
        .text(tags::IMAGE_TYPE, "DERIVED\\PRIMARY")
        .text(tags::CONTENT_LABEL, "HEMATOMA_STAGES")
        .text(tags::CONTENT_DESCRIPTION, "Stages that the signal of a spinal hematoma fits")
        .empty(tags::CONTENT_CREATOR_NAME)
        .text(tags::BURNED_IN_ANNOTATION, "NO")
        .text(tags::SEGMENTATION_TYPE, kind.term())
        .text(tags::SEGMENTS_OVERLAP, "NO")
        .items(tags::SEGMENT_SEQUENCE, segments(&present, origin, kind))
        .items(tags::REFERENCED_SERIES_SEQUENCE, [referenced_series(origin)]);
    let dataset = dimensions(dataset, &identity, kind);
    let placed = frames.on_source(&planes, origin);
    let dataset = dataset
        .item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE, shared(&planes, origin, placed.is_some()))
        .items(
            tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE,
            per_frame(&frames, &planes, origin, placed.as_deref()),
        );
    let file = frames.pixels(dataset, &planes, kind).file()?;
    Ok(Segmentation { origin, identity, segments: present, file })
}

/// The stages that a map holds.
fn present(map: &StageMap) -> Vec<Segment> {
    let mut counts = [0; Stage::ALL.len()];
    for (_, value) in map.voxels() {
        if let Some(count) = usize::from(value).checked_sub(1).and_then(|stage| counts.get_mut(stage)) {
            *count += 1;
        }
    }
    let held = Stage::ALL.into_iter().zip(counts).filter(|&(_, voxels)| voxels > 0);
    held.zip(1..).map(|((stage, voxels), number)| Segment { number, stage, voxels }).collect()
}

/// All that a map is made of.
fn fingerprint(map: &StageMap) -> Vec<u8> {
    let grid = map.grid();
    let shape = grid.shape().into_iter().flat_map(|n| (n as u64).to_le_bytes());
    let affine = grid.affine().matrix().iter().flatten().flat_map(|value| value.to_le_bytes());
    let [ni, nj, _] = grid.shape();
    let voxels = map.voxels().flat_map(|([i, j, k], value)| {
        let index = ((k * nj + j) * ni + i) as u64;
        index.to_le_bytes().into_iter().chain([value])
    });
    shape.chain(affine).chain(voxels).collect()
}

impl Frames {
    /// Adds the pixels and what describes them.
    fn pixels(self, dataset: Dataset, planes: &Planes, kind: SegmentationType) -> Dataset {
        let [columns, rows, _] = planes.size();
        let dataset = dataset
            .text(tags::NUMBER_OF_FRAMES, self.len().to_string())
            .shorts(tags::SAMPLES_PER_PIXEL, &[1])
            .text(tags::PHOTOMETRIC_INTERPRETATION, "MONOCHROME2")
            // checked by `Planes::new`
            .shorts(tags::ROWS, &[rows as u16])
            .shorts(tags::COLUMNS, &[columns as u16])
            .shorts(tags::BITS_ALLOCATED, &[kind.bits()])
            .shorts(tags::BITS_STORED, &[kind.bits()])
            .shorts(tags::HIGH_BIT, &[kind.bits() - 1])
            .shorts(tags::PIXEL_REPRESENTATION, &[0])
            .text(tags::LOSSY_IMAGE_COMPRESSION, "00");
        let dataset = match kind {
            SegmentationType::Binary => dataset,
            SegmentationType::LabelMap => dataset.shorts(tags::PIXEL_PADDING_VALUE, &[0]),
        };
        dataset.bytes(tags::PIXEL_DATA, self.into_bytes())
    }
}
